package cluster

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/util/rand"
	"k8s.io/client-go/rest"
	"k8s.io/utils/clock"

	"github.com/rolewarden/rolewarden/controllers"
	"github.com/rolewarden/rolewarden/internal/graphsim"
	"github.com/rolewarden/rolewarden/internal/testenv"
	"github.com/rolewarden/rolewarden/test/internal/stage"
)

// window is the propagation window of the managers in process. A create call is given half of it, on a slow machine, too.
const window = 6 * time.Second

// world is directories, a manager's namespace, the proxies that stand around the manager, and the manager.
type world struct {
	*stage.Stage
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

// newWorld starts all but the manager, beside the worlds of other tests.
func newWorld(t *testing.T) *world {
	t.Helper()
	t.Parallel()
	w := &world{Stage: pool.Stage(t), own: "rolewarden-" + rand.String(5), stop: func() {}}
	var err error
	w.sim, err = testenv.StartSimulator(t.Context(), testenv.SimulatorOptions{Options: graphsim.Options{Seed: makeSeed()}})
	w.Must(err)
	t.Cleanup(func() { _ = w.sim.Close() })
	w.api = startProxy(t, w.Plane.Config().Host, apiTransport(w))
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
	anonymous := rest.AnonymousClientConfig(w.Plane.Config())
	anonymous.NextProtos = []string{"http/1.1"}
	transport, err := rest.TransportFor(anonymous)
	w.Must(err)
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

// startManager starts the controllers as the service account of the namespace in the options.
func (w *world) startManager() {
	w.Helper()
	w.stop = w.StartManager(w.config(w.options.Namespace), w.options)
}

// running is a world with a manager.
func running(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.startManager()
	return w
}

func encode(data []byte) string { return base64.StdEncoding.EncodeToString(data) }
