package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/rolewarden/rolewarden/internal/graphsim"
	"github.com/rolewarden/rolewarden/internal/testenv"
)

const (
	systemNamespace = "rolewarden-system"
	serviceAccount  = "rolewarden"
	startLimit      = time.Minute
	// window is shorter than it should be for a real directory. This one has no replicas that are behind.
	window       = 20 * time.Second
	pollInterval = 20 * time.Millisecond
)

// demo is everything that is started, and the way to tell of it.
type demo struct {
	printer *printer
	// fail ends the story for a reason that no command would report.
	fail context.CancelCauseFunc

	root, scratch string
	plane         *testenv.Environment
	simulator     *process
	manager       *process
	kubectl       *kubectl
	directory     *directory
	// background is a command that runs beside the scenes; from is what the directory had been through before this one.
	background *background
	from       bookmark
}

// setUp starts everything, in the order in which the later parts need the earlier ones.
func (d *demo) setUp(ctx context.Context) error {
	for _, step := range []func(context.Context) error{
		d.findRoot, d.build, d.makeScratch, d.startPlane, d.startSimulator, d.install, d.connect,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// makeScratch makes a directory for all that is written, with a copy of the scenes' manifests to edit and remove.
func (d *demo) makeScratch(context.Context) (err error) {
	if d.scratch, err = os.MkdirTemp("", "rolewarden-demo-"); err != nil {
		return fmt.Errorf("making a scratch directory: %w", err)
	}
	if err := os.Mkdir(filepath.Join(d.scratch, "logs"), 0o700); err != nil {
		return fmt.Errorf("making a scratch directory: %w", err)
	}
	if err := os.CopyFS(d.manifest(""), os.DirFS(filepath.Join(d.root, "config", "demo", "scenes"))); err != nil {
		return fmt.Errorf("copying the manifests: %w", err)
	}
	return nil
}

// manifest is the path of a manifest, which kubectl is given relative to its working directory.
func (d *demo) manifest(name string) string { return filepath.Join(d.scratch, "manifests", name) }

func (d *demo) startPlane(ctx context.Context) (err error) {
	d.printer.say("Starting etcd, kube-apiserver and kube-controller-manager.")
	// No CRDs: kubectl installs them, as it would anywhere else.
	d.plane, err = testenv.Start(ctx, testenv.Options{Dir: d.scratch, CRDs: []string{}})
	if err != nil {
		return err
	}
	kubeconfig, err := d.plane.KubeConfig("demo", "system:masters")
	if err != nil {
		return err
	}
	d.kubectl = newKubectl(d.plane.Kubectl(), d.scratch, d.root)
	return os.WriteFile(filepath.Join(d.scratch, "kubeconfig"), kubeconfig, 0o600)
}

// startSimulator starts the directory and waits until it answers.
func (d *demo) startSimulator(ctx context.Context) (err error) {
	d.printer.say("Starting the simulated directory of Contoso, over HTTPS.")
	seed, err := loadSeed(filepath.Join(d.root, "config", "demo", "contoso.yaml"))
	if err != nil {
		return err
	}
	ca, url := filepath.Join(d.scratch, "simulator-ca.crt"), filepath.Join(d.scratch, "simulator-url")
	d.simulator, err = d.start(ctx, nil, filepath.Join(d.root, "bin", "graph-simulator"),
		"--seed="+filepath.Join(d.root, "config", "demo", "contoso.yaml"), "--ca-out="+ca, "--url-out="+url)
	if err != nil {
		return err
	}
	// The URL is written last, and whole.
	written := func(context.Context) (bool, error) {
		_, err := os.Stat(url)
		return err == nil, ignoreNotExist(err)
	}
	if err := wait.PollUntilContextTimeout(ctx, pollInterval, startLimit, true, written); err != nil {
		return fmt.Errorf("waiting for the simulator, see %s: %w", d.simulator.log, err)
	}
	if d.directory, err = openDirectory(seed, url, ca); err != nil {
		return err
	}
	return d.directory.remember(ctx)
}

func ignoreNotExist(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func loadSeed(path string) (*graphsim.Seed, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening the seed: %w", err)
	}
	defer func() { _ = file.Close() }() // it was only read
	return graphsim.LoadSeed(file)
}

// install installs Rolewarden as it is shipped, except that the manager runs here and not in a pod. Its token is that of
// its own service account, so that it can do no more than the RBAC it is shipped with allows.
func (d *demo) install(ctx context.Context) error {
	d.printer.say("Installing Rolewarden's API and the rights of its service account.")
	for _, part := range []string{"config/crd", "config/rbac"} {
		if err := d.kubectlDoes(ctx, invocation{args: []string{"apply", "--server-side", "-k", part}}); err != nil {
			return err
		}
	}
	d.kubectl.dir = d.manifest("")
	kubeconfig, err := d.plane.ServiceAccountKubeConfig(ctx, systemNamespace, serviceAccount)
	if err != nil {
		return err
	}
	if err := os.WriteFile(d.managerKubeconfig(), kubeconfig, 0o600); err != nil {
		return fmt.Errorf("writing the manager's kubeconfig: %w", err)
	}
	d.printer.say("Starting the manager, with a token of that service account, and a propagation window of " + window.String() + ", not 2m.")
	return d.startManager(ctx)
}

// startManager starts the manager as it is shipped, but for the propagation window.
func (d *demo) startManager(ctx context.Context) (err error) {
	d.manager, err = d.start(ctx, []string{"KUBECONFIG=" + d.managerKubeconfig()}, filepath.Join(d.root, "bin", "manager"),
		"--namespace="+systemNamespace, "--metrics-bind-address=127.0.0.1:0", "--health-probe-bind-address=127.0.0.1:0",
		"--propagation-window="+window.String())
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(d.scratch, "manager.pid"), []byte(strconv.Itoa(d.manager.pid)), 0o600)
}

func (d *demo) managerKubeconfig() string { return filepath.Join(d.scratch, "manager.kubeconfig") }

// connect makes the directory known to the cluster.
func (d *demo) connect(ctx context.Context) error {
	d.printer.say("The platform team connects the directory: a credential, and a Tenant.")
	if err := d.writeTenant(); err != nil {
		return err
	}
	for _, args := range [][]string{
		{"create", "configmap", "contoso-ca", "-n", systemNamespace, "--from-file=ca.crt=../simulator-ca.crt"},
		{"create", "secret", "generic", "contoso-credential", "-n", systemNamespace, "--from-file=clientSecret=../client-secret"},
		{"apply", "-f", "tenant.yaml"},
		{"wait", "--for=condition=Ready", "tenant/contoso", "--timeout=60s"},
		{"get", "tenants"},
	} {
		if err := d.kubectlDoes(ctx, invocation{args: args}); err != nil {
			return err
		}
	}
	return nil
}

// writeTenant fills in what was not known before the simulator ran.
func (d *demo) writeTenant() error {
	data, err := os.ReadFile(filepath.Join(d.root, "config", "demo", "tenant.yaml"))
	if err != nil {
		return fmt.Errorf("writing the Tenant: %w", err)
	}
	known := map[string]string{
		"SIMULATOR_URL": d.directory.url, "TENANT_ID": d.directory.tenant.ID, "CLIENT_ID": d.directory.app.AppID,
		"…": "${…}", // the comment that explains this
	}
	tenant := os.Expand(string(data), func(name string) string { return known[name] })
	return errors.Join(
		os.WriteFile(d.manifest("tenant.yaml"), []byte(tenant), 0o600),
		os.WriteFile(filepath.Join(d.scratch, "client-secret"), []byte(d.directory.app.Secrets[0]), 0o600))
}

// stop ends everything that was started, the users of a thing before the thing.
func (d *demo) stop() error {
	d.background.stop()
	d.manager.stop()
	d.simulator.stop()
	if d.plane == nil {
		return nil
	}
	return d.plane.Stop()
}
