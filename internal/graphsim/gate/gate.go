package gate

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/rolewarden/rolewarden/internal/graphsim/clock"
	"github.com/rolewarden/rolewarden/internal/graphsim/fault"
	"github.com/rolewarden/rolewarden/internal/graphsim/journal"
	"github.com/rolewarden/rolewarden/internal/graphsim/settings"
	"github.com/rolewarden/rolewarden/internal/graphsim/store"
	"github.com/rolewarden/rolewarden/internal/graphsim/wire"
)

// Gate is the way in to a simulator.
type Gate struct {
	Clock   clock.Clock
	Store   *store.Store
	Faults  *fault.Set
	Journal *journal.Journal
	Logger  *slog.Logger

	mu       sync.Mutex
	settings settings.Settings
}

// Settings returns the conditions of now.
func (g *Gate) Settings() settings.Settings {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.settings
}

// SetSettings changes the conditions for the calls to come.
func (g *Gate) SetSettings(s settings.Settings) error {
	if err := s.Validate(); err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.settings = s
	return nil
}

// Moment is when, and how, a call is carried out.
type Moment struct {
	// At is the instant at which its effects hold.
	At time.Time
	// Lag is how far its reads are behind.
	Lag time.Duration
	// Blind lets it meet a replica that has heard of nothing it asks for.
	Blind bool
	// DeleteSeesLag lets it not find what is not replicated yet.
	DeleteSeesLag bool
}

// Call is a call that asks to be let in.
type Call struct {
	Request *http.Request
	Entry   *journal.Call
	// Path and TenantID are what faults are matched against.
	Path, TenantID string
	// Do carries the call out, inside the store's Run unless Unlocked says that
	// it consists of calls that pass the gate themselves.
	Do       func(Moment) wire.Response
	Unlocked bool
	// Fail makes the answer that a fault ordered, in the envelope of the endpoint.
	Fail func(*wire.Error) wire.Response
	// Finish adds the headers that every answer of the endpoint has.
	Finish func(wire.Response) wire.Response
}

// Pass lets a call through and returns its answer. Where the answer is lost,
// it aborts the handler as net/http documents, which closes the connection.
func (g *Gate) Pass(c Call) wire.Response {
	set := g.Settings()
	effect, struck := g.Faults.Pick(fault.Call{
		Method: c.Request.Method, Path: c.Path, TenantID: c.TenantID, Operation: c.Entry.Operation,
	})
	g.wait(c.Request.Context(), set.Latency+effect.Latency)
	if r, away := g.outage(set.Outage, c); away {
		return r
	}
	if struck {
		return g.strike(c, set, effect)
	}
	return g.close(c, g.carryOut(c, set, false))
}

// wait lets latency pass. A client that gives up meanwhile has still been
// heard: its call is carried out all the same, as a real service would.
func (g *Gate) wait(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	done, stop := g.Clock.NewTimer(d)
	defer stop()
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// outage answers in place of a service that is away.
func (g *Gate) outage(kind settings.Outage, c Call) (wire.Response, bool) {
	switch kind {
	case settings.OutageUnreachable:
		panic(http.ErrAbortHandler)
	case settings.OutageUnavailable:
		page := wire.Response{Status: http.StatusServiceUnavailable, Header: map[string]string{"Content-Type": "text/html"},
			Raw: []byte("<html><body><h1>503 Service Unavailable</h1></body></html>")}
		return g.close(c, page), true
	}
	return wire.Response{}, false
}

// strike carries out the effect of a fault.
func (g *Gate) strike(c Call, set settings.Settings, e fault.Effect) wire.Response {
	answers := e.Status != 0 || e.Body != nil
	switch {
	case e.DropBefore:
		panic(http.ErrAbortHandler)
	case e.LateCommit > 0:
		g.carryOutLate(c, set, e.LateCommit)
	case e.LoseAnswer || e.AfterCommit:
		g.carryOut(c, set, false)
	case !answers:
		return g.close(c, g.carryOut(c, set, e.NotFoundByLag))
	}
	if !answers {
		panic(http.ErrAbortHandler)
	}
	return g.close(c, c.ordered(e))
}

// ordered is the answer that the fault asked for.
func (c Call) ordered(e fault.Effect) wire.Response {
	status := e.Status
	if status == 0 {
		status = http.StatusOK
	}
	r := c.Fail(&wire.Error{Status: status, Code: e.Code, Message: e.Message})
	if e.Body != nil {
		r = wire.Response{Status: status, Raw: []byte(*e.Body), Header: map[string]string{"Content-Type": e.ContentType}}
	}
	for name, value := range e.Headers {
		r = r.With(name, value)
	}
	if e.RetryAfter != "" {
		r = r.With("Retry-After", e.RetryAfter)
	}
	return r
}

func (g *Gate) carryOut(c Call, set settings.Settings, blind bool) (r wire.Response) {
	m := Moment{At: g.Clock.Now(), Lag: set.Lag, Blind: blind, DeleteSeesLag: set.DeleteSeesLag}
	if c.Unlocked {
		return c.Do(m)
	}
	g.Store.Run(m.At, func(at time.Time) {
		m.At = at
		r = c.Do(m)
	})
	return r
}

// carryOutLate has the call take effect later, whether or not anybody waits.
// Calls that consist of others are not late: it is those that a fault can delay.
func (g *Gate) carryOutLate(c Call, set settings.Settings, d time.Duration) {
	if c.Unlocked {
		g.carryOut(c, set, false)
		return
	}
	g.Store.Run(g.Clock.Now(), func(now time.Time) {
		g.Store.Defer(now.Add(d), func(at time.Time) {
			c.Do(Moment{At: at, Lag: set.Lag, DeleteSeesLag: set.DeleteSeesLag})
		})
	})
}

// close notes how the call was answered.
func (g *Gate) close(c Call, r wire.Response) wire.Response {
	r = c.Finish(r)
	g.Journal.Close(c.Entry, r.Status)
	g.Logger.Debug("Answered", "operation", c.Entry.Operation, "method", c.Request.Method,
		"path", c.Path, "status", r.Status, "tenantID", c.TenantID, "appID", c.Entry.AppID, "callID", c.Entry.ID)
	return r
}
