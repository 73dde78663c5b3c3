package msgraph

import (
	"sync"
	"time"

	"github.com/rolewarden/rolewarden/internal/graph"
)

// gate holds back everything of one client until the instant that Graph asked it to wait for. One caller's 429 counts
// for all: Graph's limits are per application and tenant (Microsoft Graph docs, throttling).
type gate struct {
	clock Clock

	mu    sync.Mutex
	until time.Time
}

// check returns an error as long as the gate is closed.
func (g *gate) check() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	rest := g.until.Sub(g.clock.Now())
	if rest <= 0 {
		return nil
	}
	return &graph.Error{
		Class: graph.Throttled, NotSent: true, RetryAfter: rest,
		Message: "Microsoft Graph asked for a pause that is not over yet",
	}
}

// close keeps the gate closed for d. A shorter pause never cuts a longer one.
func (g *gate) close(d time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if until := g.clock.Now().Add(d); until.After(g.until) {
		g.until = until
	}
}
