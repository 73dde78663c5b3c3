package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/rolewarden/rolewarden/internal/testenv"
)

// TestManifests: the API server accepts, to the letter, whatever the pages of the kinds show as a manifest.
func TestManifests(t *testing.T) {
	server := startServer(t)
	files, err := filepath.Glob(spec + "/*.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	for _, file := range files {
		for _, text := range manifests(read(t, file)) {
			obj := decode(t, file, text)
			if obj.GetKind() != "Tenant" && obj.GetNamespace() == "" {
				obj.SetNamespace(metav1.NamespaceDefault)
			}
			if err := server.Create(t.Context(), obj, client.DryRunAll, client.FieldValidation(metav1.FieldValidationStrict)); err != nil {
				t.Errorf("%s: %v\n%s", file, err, text)
			}
			shown[filepath.Base(file)+" "+obj.GetKind()] = true
		}
	}
	for kind := range kinds() {
		if !shown[strings.ToLower(kind)+".md "+kind] {
			t.Errorf("the page of %s shows none", kind)
		}
	}
}

func startServer(t *testing.T) client.Client {
	t.Helper()
	env, err := testenv.Start(t.Context(), testenv.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := env.Stop(); err != nil {
			t.Error(err)
		}
	})
	server, err := client.New(env.Config(), client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return server
}

// manifests returns the YAML that a page shows, an object each.
func manifests(page string) []string {
	var all []string
	for _, block := range regexp.MustCompile("(?ms)^```yaml\n(.*?)^```").FindAllStringSubmatch(page, -1) {
		all = append(all, strings.Split(block[1], "\n---\n")...)
	}
	return all
}

func decode(t *testing.T, file, text string) *unstructured.Unstructured {
	t.Helper()
	obj := &unstructured.Unstructured{}
	if err := yaml.UnmarshalStrict([]byte(text), &obj.Object); err != nil {
		t.Fatalf("%s: %v\n%s", file, err, text)
	}
	return obj
}

// TestFields: the page of a kind names each field of its spec, and none that is not there.
func TestFields(t *testing.T) {
	for kind, plural := range kinds() {
		named := map[string]bool{}
		for _, row := range rows(section(pageOf(t, kind), "Writing a spec")) {
			for _, field := range quoted(row[0]) {
				named[field] = true
			}
		}
		want := fieldsOf(t, plural)
		for field := range want {
			if !named[field] {
				t.Errorf("the page of %s does not name the field %s", kind, field)
			}
		}
		for field := range named {
			if !want[field] {
				t.Errorf("the page of %s names the field %s, which is not there", kind, field)
			}
		}
	}
}

// fieldsOf returns the fields of a kind's spec that have none of their own, as paths.
func fieldsOf(t *testing.T, plural string) map[string]bool {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "config/crd/bases/entra.rolewarden.dev_"+plural+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var crd map[string]any
	if err := yaml.Unmarshal(text, &crd); err != nil {
		t.Fatal(err)
	}
	versions, _, _ := unstructured.NestedSlice(crd, "spec", "versions")
	version, _ := versions[0].(map[string]any)
	schema, found, err := unstructured.NestedMap(version, "schema", "openAPIV3Schema", "properties", "spec")
	if err != nil || !found {
		t.Fatalf("%s: no schema of the spec: %v", plural, err)
	}
	fields := map[string]bool{}
	addFields(fields, "", schema)
	return fields
}

func addFields(fields map[string]bool, path string, schema map[string]any) {
	properties, _, _ := unstructured.NestedMap(schema, "properties")
	if len(properties) == 0 {
		fields[path] = true
	}
	for name, property := range properties {
		if property, ok := property.(map[string]any); ok {
			addFields(fields, strings.TrimPrefix(path+"."+name, "."), property)
		}
	}
}
