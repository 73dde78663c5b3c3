package msgraph

import (
	"strings"
	"sync"
	"time"

	"github.com/rolewarden/rolewarden/internal/graph"
)

// Pauses remembers what directories asked to be left alone for, longer than a client lives: a rotated secret makes a new
// client, and Graph's limits are per application and tenant (Microsoft Graph docs, throttling). The zero value is ready.
type Pauses struct {
	mu    sync.Mutex
	gates map[string]*gate
}

// gate returns the gate of an endpoint for a tenant.
func (p *Pauses) gate(endpoint, tenantID string, clock Clock) *gate {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := strings.ToLower(endpoint + "/" + tenantID)
	if p.gates[key] == nil {
		if p.gates == nil {
			p.gates = map[string]*gate{}
		}
		p.gates[key] = &gate{clock: clock}
	}
	return p.gates[key]
}

// gate holds back everything that goes to one endpoint for one tenant until the instant that it asked to wait for. One
// caller's 429 counts for all.
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
