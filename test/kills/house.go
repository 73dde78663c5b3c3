package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"k8s.io/utils/clock"

	"github.com/rolewarden/rolewarden/internal/chaos"
)

const (
	window = 5 * time.Second
	drift  = 2 * time.Second
	// late is how late a call can be that nobody waits for: longer than a manager takes to start.
	late = 2500 * time.Millisecond
	// lag is how far replicas are behind when they are: less than it takes to get from a new principal to its grant, so that
	// it is what follows the grant that meets them.
	lag = 150 * time.Millisecond
	// patience is how long a step of a trial may take: it goes on while leaders' leases run out.
	patience = 5 * time.Minute
	// workers are more than the trials that are held at once.
	workers = 200
)

// house is the world of the trials and the managers that live in it, one after the other.
type house struct {
	*stage
	options options
	chance  *rand.Rand
	begun   time.Time

	world     *chaos.World
	simulator http.RoundTripper
	directory *proxy
	exit      *exit
	lives     *lives
	latch     *latch
	// nemesis is what goes wrong by chance; it sleeps but in a soak.
	nemesis *nemesis
	// leave ends the world's watches.
	leave context.CancelFunc

	mu   sync.Mutex
	told int // how many violations were told
}

// exit is the way to the directory of whichever life is current.
type exit struct {
	mu   sync.Mutex
	next http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (e *exit) RoundTrip(req *http.Request) (*http.Response, error) {
	e.mu.Lock()
	next := e.next
	e.mu.Unlock()
	return next.RoundTrip(req)
}

func (e *exit) lead(through http.RoundTripper) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.next = through
}

// newHouse opens a world on a stage.
func newHouse(ctx context.Context, s *stage, o options) (*house, error) {
	h := &house{
		stage: s, options: o, chance: rand.New(rand.NewPCG(o.seed, 1)), begun: time.Now(), //nolint:gosec // it need not be hard to guess
		simulator: toSimulator(s.sim.CAPEM), exit: &exit{}, latch: &latch{}, nemesis: newNemesis(o.seed),
	}
	var err error
	if h.directory, err = startProxy(ctx, s.identity, h.exit, s.sim.URL, true); err != nil {
		return nil, err
	}
	endpoints, err := s.prepare(ctx, h.directory)
	if err != nil {
		return nil, errors.Join(err, h.directory.close())
	}
	h.world = chaos.New(chaos.Options{
		Kube: s.kube, Directory: s.sim.Control, Endpoints: endpoints, Namespace: trials, System: system, Clock: clock.RealClock{},
		Window: window, Drift: drift, Late: late, Lag: lag, Patience: patience, Nemesis: h.nemesis.strike,
	})
	h.lives = &lives{stage: s, output: h.world.Witness(), window: window, drift: drift, concurrency: workers}
	ctx, h.leave = context.WithCancel(ctx)
	if err := h.world.Start(ctx); err != nil {
		return nil, errors.Join(err, h.directory.close())
	}
	return h, nil
}

// toSimulator returns a transport to the simulator that trusts it.
func toSimulator(ca []byte) http.RoundTripper {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	return &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, MaxIdleConnsPerHost: workers}
}

// close ends every manager.
func (h *house) close() error {
	h.leave()
	err := errors.Join(h.lives.close(), h.directory.close())
	if h.options.keep {
		fmt.Println("What the managers logged is in", h.dir)
		return err
	}
	return errors.Join(err, h.remove())
}

func (h *house) since() time.Duration { return time.Since(h.begun).Round(time.Second) }

// say prints how far the run is.
func (h *house) say(what string, args ...any) {
	violations := h.world.Violations()
	fmt.Printf("%6s  %-8s%s; %d violations\n", h.since(), h.options.title, fmt.Sprintf(what, args...), len(violations))
	h.mu.Lock()
	defer h.mu.Unlock()
	for ; h.told < min(len(violations), maxReports); h.told++ {
		fmt.Printf("%6s  VIOLATION %s\n", "", violations[h.told])
	}
}
