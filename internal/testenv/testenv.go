package testenv

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// ServiceAccountIssuer is the issuer of service account tokens.
const ServiceAccountIssuer = "https://kubernetes.default.svc.cluster.local"

// The control plane starts in seconds, except on a machine that compiles at the same time.
const (
	startTimeout = 2 * time.Minute
	stopTimeout  = time.Minute
)

// Options say what to start and where. The zero value is what a test wants.
type Options struct {
	// Dir takes the logs, the data and the kubeconfigs; it must not hold those of another environment. Left empty, a
	// temporary directory is made, which Stop removes.
	Dir string
	// Assets is the directory of the binaries. Left empty, KUBEBUILDER_ASSETS and then bin/controlplane are searched.
	Assets string
	// CRDs are files or directories of CustomResourceDefinitions. Left nil, those of config/crd/bases are installed.
	CRDs []string
}

// Environment is a running control plane.
type Environment struct {
	dir       string
	temporary bool
	assets    assets
	config    *rest.Config
	plane     *envtest.Environment
	manager   *controllerManager
	logs      []*os.File
}

// Start returns when the API server answers, the CRDs are established and the controller manager is at work. The context
// bounds the start, not what was started: that runs until Stop.
func Start(ctx context.Context, options Options) (*Environment, error) {
	root, err := findRoot()
	if err != nil {
		return nil, err
	}
	binaries, err := findAssets(root, options.Assets)
	if err != nil {
		return nil, err
	}
	if options.CRDs == nil {
		options.CRDs = []string{filepath.Join(root, "config", "crd", "bases")}
	}
	e := &Environment{dir: options.Dir, assets: binaries}
	if err := e.start(ctx, options.CRDs); err != nil {
		e.temporary = false // whoever reads the error wants the logs
		return nil, errors.Join(fmt.Errorf("starting a control plane: %w", err), e.Stop())
	}
	return e, nil
}

func (e *Environment) start(ctx context.Context, crds []string) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if err := e.makeDirs(); err != nil {
		return err
	}
	if err := e.startPlane(crds); err != nil {
		return fmt.Errorf("%w (logs are in %s)", err, e.LogDir())
	}
	if err := e.startControllerManager(ctx); err != nil {
		return fmt.Errorf("%w (logs are in %s)", err, e.LogDir())
	}
	return nil
}

// makeDirs insists on making the data directory itself: an API server over the data of another would trust other keys.
func (e *Environment) makeDirs() error {
	if e.dir == "" {
		dir, err := os.MkdirTemp("", "rolewarden-testenv-")
		if err != nil {
			return err
		}
		e.dir, e.temporary = dir, true
	}
	if err := os.MkdirAll(e.LogDir(), 0o750); err != nil {
		return err
	}
	for _, dir := range []string{e.etcdDir(), e.certDir()} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			return err
		}
	}
	return nil
}

func (e *Environment) startPlane(crds []string) error {
	etcdLog, err := e.openLog("etcd")
	if err != nil {
		return err
	}
	serverLog, err := e.openLog("kube-apiserver")
	if err != nil {
		return err
	}
	existing := false // whatever USE_EXISTING_CLUSTER says: these tests grant and revoke
	e.plane = &envtest.Environment{
		UseExistingCluster: &existing,
		ControlPlane: envtest.ControlPlane{
			KubectlPath: e.assets.kubectl,
			Etcd:        &envtest.Etcd{Path: e.assets.etcd, DataDir: e.etcdDir(), Out: etcdLog, Err: etcdLog},
			APIServer:   &envtest.APIServer{Path: e.assets.apiServer, CertDir: e.certDir(), Out: serverLog, Err: serverLog},
		},
		CRDDirectoryPaths:        crds,
		ErrorIfCRDPathMissing:    true,
		ControlPlaneStartTimeout: startTimeout,
		ControlPlaneStopTimeout:  stopTimeout,
	}
	// What clusters call themselves unless told otherwise, so that a federated credential can name it beforehand.
	e.plane.ControlPlane.APIServer.Configure().Set("service-account-issuer", ServiceAccountIssuer)
	e.config, err = e.plane.Start()
	return err
}

func (e *Environment) openLog(name string) (*os.File, error) {
	log, err := os.Create(filepath.Join(e.LogDir(), name+".log"))
	if err != nil {
		return nil, err
	}
	e.logs = append(e.logs, log)
	return log, nil
}

func (e *Environment) etcdDir() string { return filepath.Join(e.dir, "etcd") }
func (e *Environment) certDir() string { return filepath.Join(e.dir, "kube-apiserver") }

// Config returns a copy of the administrator's client configuration, which has no rate limit to speak of.
func (e *Environment) Config() *rest.Config { return rest.CopyConfig(e.config) }

// Dir is where everything of this environment lies.
func (e *Environment) Dir() string { return e.dir }

// LogDir is where etcd, kube-apiserver and kube-controller-manager write their logs.
func (e *Environment) LogDir() string { return filepath.Join(e.dir, "logs") }

// Kubectl is the path of a kubectl of the control plane's own version.
func (e *Environment) Kubectl() string { return e.assets.kubectl }

// Stop ends every process that Start started, waits for them, and removes the directory if Start made it. It may be called
// again.
func (e *Environment) Stop() error {
	var errs []error
	if e.manager != nil {
		e.manager.stop()
	}
	if e.plane != nil {
		errs = append(errs, e.plane.Stop())
	}
	for _, log := range e.logs {
		errs = append(errs, log.Close())
	}
	e.manager, e.plane, e.logs = nil, nil, nil
	if e.temporary {
		errs = append(errs, os.RemoveAll(e.dir))
	}
	return errors.Join(errs...)
}
