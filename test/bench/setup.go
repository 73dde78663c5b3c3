package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/wait"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/testenv"
)

const (
	system   = "rolewarden-system"
	tenantID = "5f2c1c6e-9a3b-4d5c-8e7f-0a1b2c3d4e5f"
	appID    = "0d1f9a52-6b3e-4c8d-9f10-7a5e2b4c6d81"
	secret   = "rolewarden-demo-secret" //nolint:gosec // of the simulator
	patience = 2 * time.Minute
	poll     = 50 * time.Millisecond
)

// bench is a control plane, a directory and a manager.
type bench struct {
	scratch string
	plane   *testenv.Environment
	sim     *testenv.Simulator
	kube    client.WithWatch
	manager *exec.Cmd
}

func newBench(ctx context.Context) (*bench, error) {
	b := &bench{}
	for _, step := range []func(context.Context) error{b.start, b.connect, b.startManager, b.ready} {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, b.close())
		}
	}
	return b, nil
}

func (b *bench) start(ctx context.Context) (err error) {
	if b.scratch, err = os.MkdirTemp("", "rolewarden-bench-"); err != nil {
		return err
	}
	if b.plane, err = testenv.Start(ctx, testenv.Options{}); err != nil {
		return err
	}
	if b.sim, err = testenv.StartSimulator(ctx, testenv.SimulatorOptions{}); err != nil {
		return err
	}
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		return err
	}
	b.kube, err = client.NewWithWatch(b.plane.Config(), client.Options{Scheme: scheme})
	return err
}

// connect makes the directory known to the cluster.
func (b *bench) connect(ctx context.Context) error {
	in := metav1.ObjectMeta{Name: "contoso", Namespace: system}
	for _, object := range []client.Object{
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: system}},
		&corev1.ConfigMap{ObjectMeta: in, Data: map[string]string{"ca.crt": string(b.sim.CAPEM)}},
		&corev1.Secret{ObjectMeta: in, StringData: map[string]string{"clientSecret": secret}},
		&v1alpha1.Tenant{
			ObjectMeta: metav1.ObjectMeta{Name: "contoso"},
			Spec: v1alpha1.TenantSpec{
				TenantID: tenantID, Cloud: v1alpha1.CloudCustom,
				Endpoints: v1alpha1.Endpoints{
					Login: v1alpha1.URL(b.sim.URL), Graph: v1alpha1.URL(b.sim.URL),
					CABundleRef: v1alpha1.ConfigMapKeyReference{Name: "contoso"},
				},
				Credential: v1alpha1.Credential{ClientSecret: v1alpha1.ClientSecret{
					ClientID: appID, SecretRef: v1alpha1.SecretKeyReference{Name: "contoso"},
				}},
			},
		},
	} {
		if err := b.kube.Create(ctx, object); err != nil {
			return fmt.Errorf("creating %s: %w", object.GetName(), err)
		}
	}
	return nil
}

// startManager builds and starts the manager as it is shipped.
func (b *bench) startManager(ctx context.Context) error {
	binary := filepath.Join(b.scratch, "manager")
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, "./cmd/manager")
	build.Stdout, build.Stderr = os.Stderr, os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("building the manager: %w", err)
	}
	kubeconfig, err := b.plane.KubeConfig("bench", "system:masters")
	if err != nil {
		return err
	}
	path := filepath.Join(b.scratch, "kubeconfig")
	if err := os.WriteFile(path, kubeconfig, 0o600); err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(b.scratch, "manager.log"))
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()                                  // the manager has its own handle
	b.manager = exec.CommandContext(context.WithoutCancel(ctx), binary, //nolint:gosec // built above
		"--namespace="+system, "--metrics-bind-address=127.0.0.1:0", "--health-probe-bind-address=127.0.0.1:0")
	b.manager.Env = []string{"KUBECONFIG=" + path, "HOME=" + b.scratch}
	b.manager.Stdout, b.manager.Stderr = log, log
	return b.manager.Start()
}

func (b *bench) ready(ctx context.Context) error {
	connected := func(ctx context.Context) (bool, error) {
		t := &v1alpha1.Tenant{}
		err := b.kube.Get(ctx, client.ObjectKey{Name: "contoso"}, t)
		return meta.IsStatusConditionTrue(t.Status.Conditions, v1alpha1.ConditionReady), err
	}
	if err := wait.PollUntilContextTimeout(ctx, poll, patience, true, connected); err != nil {
		return fmt.Errorf("waiting for the Tenant: %w", err)
	}
	return nil
}

// addUsers puts users into the directory.
func (b *bench) addUsers(n int) error {
	for i := range n {
		properties := map[string]any{"displayName": user(i), "userPrincipalName": user(i), "mailNickname": fmt.Sprint("u", i), "accountEnabled": true}
		if _, err := b.sim.AddObject(tenantID, "users", properties); err != nil {
			return err
		}
	}
	return nil
}

func user(i int) string { return fmt.Sprintf("bench-%d@contoso.com", i) }

// close ends all that was started.
func (b *bench) close() error {
	var errs []error
	if b.manager != nil && b.manager.Process != nil {
		errs = append(errs, b.manager.Process.Signal(syscall.SIGTERM), b.manager.Wait())
	}
	if b.sim != nil {
		errs = append(errs, b.sim.Close())
	}
	if b.plane != nil {
		errs = append(errs, b.plane.Stop())
	}
	return errors.Join(append(errs, os.RemoveAll(b.scratch))...)
}

// memory reads a line of the manager's /proc/…/status, in MiB.
func (b *bench) memory(line string) (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", b.manager.Process.Pid))
	if err != nil {
		return 0, err
	}
	for l := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(l, line+":"); ok {
			var kib float64
			_, err := fmt.Sscan(value, &kib)
			return kib / 1024, err
		}
	}
	return 0, fmt.Errorf("no %s in /proc", line)
}
