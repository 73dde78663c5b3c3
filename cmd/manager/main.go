// Command manager runs the controllers of Rolewarden.
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/metrics/filters"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/controllers"
	"github.com/rolewarden/rolewarden/controllers/tenant"
)

// flags are the settings of the command line.
type flags struct {
	metricsAddress string
	healthAddress  string
	namespace      string
	leaderElection bool
	kubeQPS        float64
	controllers    controllers.Options
}

func main() {
	f := parseFlags()
	if err := start(ctrl.SetupSignalHandler(), f); err != nil {
		ctrl.Log.Error(err, "Ending")
		os.Exit(1)
	}
}

func parseFlags() flags {
	var f flags
	flag.StringVar(&f.metricsAddress, "metrics-bind-address", ":8443", "Address of the metrics endpoint (HTTPS, authenticated and authorized); 0 turns it off.")
	flag.StringVar(&f.healthAddress, "health-probe-bind-address", ":8081", "Address of /healthz and /readyz; 0 turns them off.")
	flag.StringVar(&f.namespace, "namespace", os.Getenv("POD_NAMESPACE"), "The controller's own namespace, where credentials and the leader's lease are (default: POD_NAMESPACE).")
	flag.BoolVar(&f.leaderElection, "leader-elect", true, "Let one of several replicas act at a time.")
	flag.Float64Var(&f.kubeQPS, "kube-api-qps", 100, "Requests a second to the Kubernetes API, in the long run.")
	flag.DurationVar(&f.controllers.PropagationWindow, "propagation-window", 2*time.Minute,
		"How long after it was sent a create call may still take effect, and a read may not show it. A release waits for it; a removal never does.")
	flag.DurationVar(&f.controllers.DriftInterval, "drift-interval", 5*time.Minute, "How often a grant is read from the directory when nothing else happens.")
	flag.IntVar(&f.controllers.Concurrency, "concurrency", 8, "How many objects of a kind are worked on at once in one Tenant.")
	log := zap.Options{}
	log.BindFlags(flag.CommandLine)
	flag.Parse()
	ctrl.SetLogger(zap.New(zap.UseFlagOptions(&log)))
	f.controllers.Namespace = f.namespace
	f.controllers.Environment = tenant.Environment{ClientID: os.Getenv("AZURE_CLIENT_ID"), TokenFile: os.Getenv("AZURE_FEDERATED_TOKEN_FILE")}
	f.controllers.UserAgent = userAgent()
	f.controllers.Clock = clock.RealClock{}
	return f
}

// validate refuses settings under which grants would be believed gone too soon, never be made, or be asked for all the time.
func (f flags) validate() error {
	c := f.controllers
	switch {
	case f.namespace == "":
		return errors.New("no namespace: set --namespace, or POD_NAMESPACE from the pod's own metadata")
	case f.kubeQPS <= 0:
		return fmt.Errorf("--kube-api-qps is %g: it must be more than 0", f.kubeQPS)
	case c.PropagationWindow < time.Second:
		return fmt.Errorf("--propagation-window is %s: it must be 1s or more", c.PropagationWindow)
	case c.DriftInterval < time.Second:
		return fmt.Errorf("--drift-interval is %s: it must be 1s or more", c.DriftInterval)
	case c.Concurrency < 1:
		return fmt.Errorf("--concurrency is %d: it must be 1 or more", c.Concurrency)
	}
	return nil
}

func start(ctx context.Context, f flags) error {
	if err := f.validate(); err != nil {
		return err
	}
	config, err := ctrl.GetConfig()
	if err != nil {
		return fmt.Errorf("finding the Kubernetes API: %w", err)
	}
	config.QPS, config.Burst = float32(f.kubeQPS), 2*int(f.kubeQPS)
	return run(ctx, config, f)
}

// run runs the controllers until the context ends.
func run(ctx context.Context, config *rest.Config, f flags) error {
	mgr, err := ctrl.NewManager(config, f.options())
	if err != nil {
		return fmt.Errorf("creating the manager: %w", err)
	}
	if err := controllers.Setup(ctx, mgr, f.controllers); err != nil {
		return err
	}
	if err := mgr.AddHealthzCheck("ping", healthz.Ping); err != nil {
		return fmt.Errorf("adding the health check: %w", err)
	}
	if err := mgr.AddReadyzCheck("ping", healthz.Ping); err != nil {
		return fmt.Errorf("adding the readiness check: %w", err)
	}
	return mgr.Start(ctx)
}

func (f flags) options() ctrl.Options {
	scheme := runtime.NewScheme()
	utilruntime.Must(clientgoscheme.AddToScheme(scheme))
	utilruntime.Must(v1alpha1.AddToScheme(scheme))
	own := cache.ByObject{Namespaces: map[string]cache.Config{f.namespace: {}}}
	return ctrl.Options{
		Scheme: scheme,
		Cache: cache.Options{
			DefaultTransform: cache.TransformStripManagedFields(),
			ByObject:         map[client.Object]cache.ByObject{&corev1.Secret{}: own, &corev1.ConfigMap{}: own},
		},
		Metrics: metricsserver.Options{
			BindAddress: f.metricsAddress, SecureServing: true, FilterProvider: filters.WithAuthenticationAndAuthorization,
			TLSOpts: []func(*tls.Config){withoutHTTP2},
		},
		HealthProbeBindAddress:        f.healthAddress,
		LeaderElection:                f.leaderElection,
		LeaderElectionID:              "controller.entra.rolewarden.dev",
		LeaderElectionNamespace:       f.namespace,
		LeaderElectionReleaseOnCancel: true,
	}
}

// withoutHTTP2 keeps the metrics server clear of HTTP/2's rapid-reset attacks (CVE-2023-44487, CVE-2023-39325).
func withoutHTTP2(c *tls.Config) { c.NextProtos = []string{"http/1.1"} }

func userAgent() string {
	version := "devel"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		version = info.Main.Version
	}
	return "rolewarden/" + version
}
