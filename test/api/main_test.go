package api

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/rolewarden/rolewarden/internal/testenv"
)

// server is the API server of all tests of the package.
var server client.Client

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	env, err := testenv.Start(context.Background(), testenv.Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer env.Stop() //nolint:errcheck // the tests have been judged by then
	if server, err = client.New(env.Config(), client.Options{}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// object returns an object of the kind with that spec, in YAML flow style.
func object(t *testing.T, kind, spec string) *unstructured.Unstructured {
	t.Helper()
	obj := &unstructured.Unstructured{}
	text := fmt.Sprintf("{apiVersion: entra.rolewarden.dev/v1alpha1, kind: %s, metadata: {generateName: rule-}, spec: %s}", kind, spec)
	if err := yaml.Unmarshal([]byte(text), &obj.Object); err != nil {
		t.Fatalf("the row is not YAML: %v", err)
	}
	if kind != "Tenant" {
		obj.SetNamespace("default")
	}
	return obj
}

// rule is a row: a spec, and the sentence it is refused with; none when it is accepted.
type rule struct {
	spec   string
	refuse string
}

func checkRules(t *testing.T, kind string, rules map[string]rule) {
	t.Helper()
	for name, row := range rules {
		t.Run(name, func(t *testing.T) {
			err := server.Create(t.Context(), object(t, kind, row.spec), client.DryRunAll)
			check(t, err, row.refuse)
		})
	}
}

func check(t *testing.T, err error, refuse string) {
	t.Helper()
	if refuse == "" {
		if err != nil {
			t.Fatalf("want it accepted, got: %v", err)
		}
		return
	}
	if !apierrors.IsInvalid(err) || !strings.Contains(err.Error(), refuse) {
		t.Fatalf("want it refused with %q, got: %v", refuse, err)
	}
}

// change is a row: a field of the spec that is set to another value, and the sentence it is refused with; none when it is accepted.
type change struct {
	field  string
	value  any
	refuse string
}

func checkChanges(t *testing.T, kind, spec string, changes map[string]change) {
	t.Helper()
	obj := object(t, kind, spec)
	if err := server.Create(t.Context(), obj); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Delete(context.Background(), obj) })
	for name, row := range changes {
		t.Run(name, func(t *testing.T) {
			after := obj.DeepCopy()
			if err := unstructured.SetNestedField(after.Object, row.value, "spec", row.field); err != nil {
				t.Fatal(err)
			}
			check(t, server.Update(t.Context(), after, client.DryRunAll), row.refuse)
		})
	}
}
