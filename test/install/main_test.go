package install

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/testenv"
)

const (
	root    = "../.."
	system  = "rolewarden-system"
	account = "rolewarden"
	// patience bounds every Eventually: a machine that compiles at the same time is slow.
	patience = 60 * time.Second
)

// What all tests of the package share: a cluster with config/default in it, and its administrator.
var (
	plane      *testenv.Environment
	kube       client.WithWatch
	kubeconfig string
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "rolewarden-install-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir) //nolint:errcheck // the tests have been judged by then
	if err := start(context.Background(), dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer plane.Stop() //nolint:errcheck // the tests have been judged by then
	return m.Run()
}

// start starts a cluster without CRDs, and installs what a user would.
func start(ctx context.Context, dir string) (err error) {
	if plane, err = testenv.Start(ctx, testenv.Options{CRDs: []string{}}); err != nil {
		return err
	}
	admin, err := plane.KubeConfig("administrator", "system:masters")
	if err != nil {
		return err
	}
	kubeconfig = filepath.Join(dir, "kubeconfig")
	if err := os.WriteFile(kubeconfig, admin, 0o600); err != nil {
		return err
	}
	scheme := runtime.NewScheme()
	utilruntime.Must(clientgoscheme.AddToScheme(scheme))
	utilruntime.Must(v1alpha1.AddToScheme(scheme))
	if kube, err = client.NewWithWatch(plane.Config(), client.Options{Scheme: scheme}); err != nil {
		return err
	}
	for _, args := range [][]string{
		{"apply", "--server-side", "-k", filepath.Join(root, "config", "default")},
		{"wait", "--for=condition=Established", "--timeout=60s", "crd", "--all"},
	} {
		if output, err := kubectl(ctx, args...); err != nil {
			return fmt.Errorf("kubectl %v: %w\n%s", args, err, output)
		}
	}
	return nil
}

// kubectl runs kubectl as the administrator, and returns all that it says.
func kubectl(ctx context.Context, args ...string) (string, error) {
	var output bytes.Buffer
	command := exec.CommandContext(ctx, plane.Kubectl(), append([]string{"--kubeconfig", kubeconfig}, args...)...)
	command.Stdout, command.Stderr = &output, &output
	err := command.Run()
	return output.String(), err
}
