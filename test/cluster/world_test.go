package cluster

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/util/rand"
	"k8s.io/client-go/rest"
	"k8s.io/utils/clock"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/rolewarden/rolewarden/controllers"
	"github.com/rolewarden/rolewarden/internal/graphsim"
	"github.com/rolewarden/rolewarden/internal/testenv"
)

// window is the propagation window of the managers in process.
const window = 2 * time.Second

// world is directories, a manager's namespace, the proxies that stand around the manager, and the manager.
type world struct {
	*testing.T
	*gomega.WithT
	sim *testenv.Simulator
	// own is the manager's namespace.
	own string
	// api and graph stand between the manager and the API server, and between it and the directories.
	api, graph *proxy
	options    controllers.Options
	stop       func()
	witness    *witness
	used       atomic.Int32
}

// newWorld starts all but the manager.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, WithT: gomega.NewWithT(t), own: "rolewarden-" + rand.String(5), stop: func() {}}
	var err error
	w.sim, err = testenv.StartSimulator(t.Context(), testenv.SimulatorOptions{Options: graphsim.Options{Seed: makeSeed()}})
	w.must(err)
	t.Cleanup(func() { _ = w.sim.Close() })
	w.api = startProxy(t, plane.Config().Host, apiTransport(w))
	w.graph = startProxy(t, w.sim.URL, graphTransport(w))
	w.install(w.own)
	w.options = controllers.Options{
		Namespace: w.own, PropagationWindow: window, DriftInterval: time.Hour, Concurrency: 16, UserAgent: "test", Clock: clock.RealClock{},
	}
	w.witness = startWitness(w)
	t.Cleanup(func() { w.stop() })
	return w
}

// apiTransport leaves it to the request to say who asks.
func apiTransport(w *world) http.RoundTripper {
	w.Helper()
	anonymous := rest.AnonymousClientConfig(plane.Config())
	anonymous.NextProtos = []string{"http/1.1"}
	transport, err := rest.TransportFor(anonymous)
	w.must(err)
	return transport
}

func graphTransport(w *world) http.RoundTripper {
	w.Helper()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(w.sim.CAPEM) {
		w.Fatal("no certificate of the simulator")
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	w.Cleanup(transport.CloseIdleConnections)
	return transport
}

// startManager starts the controllers as cmd/manager does, as the service account of the namespace in the options.
func (w *world) startManager() {
	w.Helper()
	own := cache.ByObject{Namespaces: map[string]cache.Config{w.options.Namespace: {}}}
	mgr, err := ctrl.NewManager(w.config(w.options.Namespace), ctrl.Options{
		Scheme: scheme(), Metrics: metricsserver.Options{BindAddress: "0"}, HealthProbeBindAddress: "0",
		Controller: config.Controller{SkipNameValidation: ptr.To(true)},
		Cache: cache.Options{
			DefaultTransform: cache.TransformStripManagedFields(),
			ByObject:         map[client.Object]cache.ByObject{&corev1.Secret{}: own, &corev1.ConfigMap{}: own},
		},
	})
	w.must(err)
	ctx, cancel := context.WithCancel(context.Background())
	w.must(controllers.Setup(ctx, mgr, w.options))
	done := make(chan error, 1)
	go func() { done <- mgr.Start(ctx) }()
	w.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			w.Errorf("manager: %v", err)
		}
	})
}

// running is a world with a manager.
func running(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.startManager()
	return w
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) create(objects ...client.Object) {
	w.Helper()
	for _, object := range objects {
		if err := kube.Create(w.Context(), object); err != nil {
			w.Fatalf("creating %T %s: %v", object, object.GetName(), err)
		}
	}
}

// get reads the object afresh and tells whether it is there.
func (w *world) get(object client.Object) bool {
	w.Helper()
	err := kube.Get(w.Context(), client.ObjectKeyFromObject(object), object)
	if apierrors.IsNotFound(err) {
		return false
	}
	w.must(err)
	return true
}

// delete deletes the objects; gone waits until they are.
func (w *world) delete(objects ...client.Object) {
	w.Helper()
	for _, object := range objects {
		w.must(client.IgnoreNotFound(kube.Delete(w.Context(), object)))
	}
}

func (w *world) gone(objects ...client.Object) {
	w.Helper()
	for _, object := range objects {
		w.Eventually(func() bool { return w.get(object) }, patience, often).Should(gomega.BeFalse(), func() string {
			return fmt.Sprintf("%T %s is still there: %+v", object, client.ObjectKeyFromObject(object), conditionsOf(object))
		})
	}
}

func encode(data []byte) string { return base64.StdEncoding.EncodeToString(data) }
