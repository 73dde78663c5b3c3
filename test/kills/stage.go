package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/chaos"
	"github.com/rolewarden/rolewarden/internal/graphsim"
	"github.com/rolewarden/rolewarden/internal/testenv"
)

const (
	system  = "rolewarden-system"
	account = "rolewarden"
	// trials is the namespace of all that users do.
	trials = "trials"
	// directories are how many trials can have one to themselves at once.
	directories = 80
)

// stage is what all lives of the manager share: a cluster in which Rolewarden is installed, a directory, and the program.
type stage struct {
	dir     string
	binary  string
	plane   *testenv.Environment
	sim     *testenv.Simulator
	kube    client.WithWatch
	account []byte // a kubeconfig of the manager's service account
	scraper string // a token that may read metrics
	// identity is that of all proxies.
	identity *identity
}

// newStage starts a cluster and a directory, and installs what is shipped, in a directory of its own.
func newStage(ctx context.Context, o options) (*stage, error) {
	s := &stage{binary: o.manager}
	for _, step := range []func(context.Context) error{s.makeDir, s.startPlane, s.startSimulator, s.install, s.allowScraping} {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, s.close())
		}
	}
	return s, nil
}

func (s *stage) makeDir(context.Context) (err error) {
	if s.identity, err = newIdentity(); err != nil {
		return err
	}
	s.dir, err = os.MkdirTemp("", "rolewarden-kills-")
	return err
}

func (s *stage) startPlane(ctx context.Context) (err error) {
	if s.plane, err = testenv.Start(ctx, testenv.Options{CRDs: []string{}}); err != nil {
		return err
	}
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		return err
	}
	config := s.plane.Config()
	config.QPS = -1
	s.kube, err = client.NewWithWatch(config, client.Options{Scheme: scheme})
	return err
}

func (s *stage) startSimulator(ctx context.Context) (err error) {
	s.sim, err = testenv.StartSimulator(ctx, testenv.SimulatorOptions{Options: graphsim.Options{Seed: chaos.Seed(directories)}})
	return err
}

// install does what a user would.
func (s *stage) install(ctx context.Context) error {
	admin, err := s.plane.KubeConfig("administrator", "system:masters")
	if err != nil {
		return err
	}
	path := filepath.Join(s.dir, "administrator")
	if err := os.WriteFile(path, admin, 0o600); err != nil {
		return err
	}
	for _, args := range [][]string{
		{"apply", "--server-side", "-k", filepath.Join("config", "default")},
		{"wait", "--for=condition=Established", "--timeout=60s", "crd", "--all"},
	} {
		command := exec.CommandContext(ctx, s.plane.Kubectl(), append([]string{"--kubeconfig", path}, args...)...) //nolint:gosec // kubectl
		if output, err := command.CombinedOutput(); err != nil {
			return fmt.Errorf("kubectl %v: %w\n%s", args, err, output)
		}
	}
	s.account, err = s.plane.ServiceAccountKubeConfig(ctx, system, account)
	return err
}

// allowScraping makes a service account that may read the manager's metrics by the role that is shipped for it.
func (s *stage) allowScraping(ctx context.Context) (err error) {
	const name = "scraper"
	for _, object := range []client.Object{
		&corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: metav1.NamespaceDefault}},
		&rbacv1.ClusterRoleBinding{
			ObjectMeta: metav1.ObjectMeta{Name: name},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "rolewarden-metrics-reader"},
			Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Name: name, Namespace: metav1.NamespaceDefault}},
		},
	} {
		if err := s.kube.Create(ctx, object); err != nil {
			return fmt.Errorf("creating %s: %w", name, err)
		}
	}
	s.scraper, err = s.plane.ServiceAccountToken(ctx, metav1.NamespaceDefault, name)
	return err
}

// buildManager builds what is shipped, in a directory that is to be removed.
func buildManager(ctx context.Context) (dir, binary string, err error) {
	if dir, err = os.MkdirTemp("", "rolewarden-manager-"); err != nil {
		return "", "", err
	}
	binary = filepath.Join(dir, "manager")
	command := exec.CommandContext(ctx, "go", "build", "-o", binary, "./cmd/manager")
	if output, err := command.CombinedOutput(); err != nil {
		return dir, "", fmt.Errorf("building the manager: %w\n%s", err, output)
	}
	return dir, binary, nil
}

// prepare makes the namespace of the trials, and trusts the proxy to the directory.
func (s *stage) prepare(ctx context.Context, directory *proxy) (v1alpha1.Endpoints, error) {
	const name = "directory"
	for _, object := range []client.Object{
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: trials}},
		&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: system}, Data: map[string]string{"ca.crt": string(directory.ca)}},
	} {
		if err := s.kube.Create(ctx, object); err != nil {
			return v1alpha1.Endpoints{}, fmt.Errorf("creating %s: %w", object.GetName(), err)
		}
	}
	return v1alpha1.Endpoints{
		Login: v1alpha1.URL(directory.url), Graph: v1alpha1.URL(directory.url), CABundleRef: v1alpha1.ConfigMapKeyReference{Name: name},
	}, nil
}

// close ends the directory and the cluster. What was written stays, for whoever wants to know why; remove removes it.
func (s *stage) close() error {
	var errs []error
	if s.sim != nil {
		errs = append(errs, s.sim.Close())
	}
	if s.plane != nil {
		errs = append(errs, s.plane.Stop())
	}
	return errors.Join(errs...)
}

func (s *stage) remove() error { return os.RemoveAll(s.dir) }
