package boundaries

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/controllers"
	"github.com/rolewarden/rolewarden/internal/chaos"
	"github.com/rolewarden/rolewarden/internal/graphsim"
	"github.com/rolewarden/rolewarden/internal/testenv"
)

const (
	team   = "team"
	system = "rolewarden-system"

	window   = 4 * time.Second
	drift    = 2 * time.Second
	lateBy   = 2800 * time.Millisecond
	lagBy    = 3 * time.Second
	patience = 3 * time.Minute
	// ownDirectories is how many trials can have a directory of their own at once.
	ownDirectories = 220
)

// harness is a world, and the managers that live in it one after the other.
type harness struct {
	*testing.T
	sim     *testenv.Simulator
	world   *chaos.World
	manager *manager
	kills   int
	// accidents befall the calls of every manager before the gate sees them.
	accidents
}

// accidents are what may be put around the transports of a manager; nil leaves them as they are.
type accidents struct {
	kube, directory func(http.RoundTripper) http.RoundTripper
}

// around puts an accident around a transport.
func around(next http.RoundTripper, accident func(http.RoundTripper) http.RoundTripper) http.RoundTripper {
	if accident == nil {
		return next
	}
	return accident(next)
}

// manager is one life of the controllers.
type manager struct {
	gate *chaos.Gate
	stop context.CancelFunc
	// caches are its caches of the cluster.
	caches cache.Cache
	// done is closed when nothing is left of it. That it could not end in order is no matter.
	done chan struct{}
}

func newHarness(t *testing.T, a accidents) *harness {
	t.Helper()
	h := &harness{T: t, accidents: a}
	key, err := rsa.GenerateKey(rand.Reader, 1024) // small, since what is tested is not whether it can be broken
	h.must(err)
	h.sim, err = testenv.StartSimulator(t.Context(), testenv.SimulatorOptions{Options: graphsim.Options{Seed: chaos.Seed(ownDirectories), SigningKey: key}})
	h.must(err)
	t.Cleanup(func() { _ = h.sim.Close() })
	kube, err := client.NewWithWatch(plane.Config(), client.Options{Scheme: scheme()})
	h.must(err)
	for _, name := range []string{team, system} {
		h.must(client.IgnoreAlreadyExists(kube.Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})))
	}
	url := v1alpha1.URL(h.sim.URL)
	h.world = chaos.New(chaos.Options{
		Kube: kube, Directory: h.sim.Control, Endpoints: v1alpha1.Endpoints{Login: url, Graph: url}, Namespace: team, System: system,
		Clock: clock.RealClock{}, Window: window, Drift: drift, Late: lateBy, Lag: lagBy, Patience: patience,
	})
	ctrl.SetLogger(zap.New(zap.WriteTo(io.MultiWriter(h.world.Witness(), managerLog(t)))))
	h.must(h.world.Start(t.Context()))
	h.start()
	t.Cleanup(h.leave)
	return h
}

func (h *harness) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// leave ends the world, so that another may begin.
func (h *harness) leave() {
	ctx, cancel := context.WithTimeout(context.Background(), patience/6)
	defer cancel()
	// What a trial that failed has left behind keeps the Tenant.
	if err := h.world.Leave(ctx); err != nil && !h.Failed() {
		h.Error(err)
	}
	h.manager.end()
}

// start begins a life, with the settings of cmd/manager but for its addresses and its lease.
func (h *harness) start() {
	h.Helper()
	m := &manager{gate: h.world.NewGate(), done: make(chan struct{})}
	kube := plane.Config()
	kube.Wrap(func(next http.RoundTripper) http.RoundTripper { return around(m.gate.Kube(next), h.kube) })
	own := cache.ByObject{Namespaces: map[string]cache.Config{system: {}}}
	mgr, err := ctrl.NewManager(kube, ctrl.Options{
		Scheme: scheme(), Metrics: metricsserver.Options{BindAddress: "0"}, HealthProbeBindAddress: "0",
		Controller: config.Controller{SkipNameValidation: ptr.To(true)},
		Cache: cache.Options{
			DefaultTransform: cache.TransformStripManagedFields(),
			ByObject:         map[client.Object]cache.ByObject{&corev1.Secret{}: own, &corev1.ConfigMap{}: own},
		},
	})
	h.must(err)
	ctx, stop := context.WithCancel(context.Background())
	m.stop, m.caches = stop, mgr.GetCache()
	h.must(controllers.Setup(ctx, mgr, controllers.Options{
		Namespace: system, PropagationWindow: window, DriftInterval: drift, Concurrency: 4 * *sideFlag, UserAgent: "boundaries",
		Clock: clock.RealClock{}, Transport: around(m.gate.Directory(h.network()), h.directory),
	}))
	go func() {
		defer close(m.done)
		_ = mgr.Start(ctx) // it is killed
	}()
	h.manager = m
}

// network is the transport to the simulator.
func (h *harness) network() http.RoundTripper {
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(h.sim.CAPEM) {
		h.Fatal("the simulator's authority is not PEM")
	}
	return &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, MaxIdleConnsPerHost: 2 * *sideFlag}
}

// end kills a life and waits until nothing is left of it. It lets its caches fill before: a manager of controller-runtime that
// is asked to end while it waits for them goes on waiting, and would find nobody to ask any more.
func (m *manager) end() {
	ctx, cancel := context.WithTimeout(context.Background(), patience/6)
	defer cancel()
	m.caches.WaitForCacheSync(ctx)
	m.gate.Kill()
	m.stop()
	<-m.done
}

// kill ends the life of the manager and begins another.
func (h *harness) kill() {
	h.Helper()
	h.manager.end()
	h.kills++
	h.start()
}
