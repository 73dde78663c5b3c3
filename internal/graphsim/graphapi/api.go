package graphapi

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"time"

	"github.com/rolewarden/rolewarden/internal/graphsim/gate"
	"github.com/rolewarden/rolewarden/internal/graphsim/login"
	"github.com/rolewarden/rolewarden/internal/graphsim/pim"
	"github.com/rolewarden/rolewarden/internal/graphsim/schema"
	"github.com/rolewarden/rolewarden/internal/graphsim/seed"
	"github.com/rolewarden/rolewarden/internal/graphsim/settings"
	"github.com/rolewarden/rolewarden/internal/graphsim/throttle"
	"github.com/rolewarden/rolewarden/internal/graphsim/wire"
)

// API serves Graph. It is safe for concurrent use.
type API struct {
	gate      *gate.Gate
	authority *login.Authority
	schema    *schema.Schema // of all versions
	versions  map[string]*schema.Schema
	limiter   *throttle.Limiter
	rules     map[string]rules
	pim       *pim.Machine
	// projections are sets that show the rows of others.
	projections map[string]projection
	// scopes are what each built-in role can be assigned at, by template ID.
	scopes map[string][]string
	// pageKey makes page tokens that nobody else can.
	pageKey [32]byte
}

// New returns the API of the seeded tenants.
func New(g *gate.Gate, a *login.Authority, s *seed.Seed) (*API, error) {
	api := &API{
		gate: g, authority: a, schema: schema.New(), limiter: throttle.New(), rules: newRules(), scopes: map[string][]string{},
		pim: pim.New(g.Store, g.Settings), projections: newProjections(),
	}
	api.versions = map[string]*schema.Schema{beta: api.schema, released: api.schema.Released()}
	_, _ = rand.Read(api.pageKey[:]) // documented never to fail
	for _, role := range s.BuiltInRoles {
		api.scopes[role.TemplateID] = role.Scopes
	}
	var err error
	g.Store.Run(g.Clock.Now(), func(now time.Time) { err = api.sow(s, now) })
	if err != nil {
		return nil, fmt.Errorf("seed: %w", err)
	}
	return api, nil
}

// Exists reports whether an object is in a tenant. Call it inside the store's Run.
func (a *API) Exists(tenantID, objectID string) bool {
	t, err := a.gate.Store.Tenant(tenantID)
	if err != nil {
		return false
	}
	_, ok := t.Now().Get(objectID)
	return ok
}

// SetThrottling changes the limits; if they are others, what was spent is forgotten.
func (a *API) SetThrottling(t settings.Throttling) { a.limiter.Set(limits(t)) }

// ServeHTTP answers a call.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := a.serve(r, r.Header.Get("client-request-id"))
	if err := answer.Send(w, r.Method == http.MethodHead); err != nil {
		a.gate.Logger.Debug("Client went away", "error", err)
	}
}

// serve answers a call, be it single or one of a batch.
func (a *API) serve(r *http.Request, clientRequestID string) wire.Response {
	c := a.newCall(r, clientRequestID)
	return a.gate.Pass(gate.Call{
		Request: r, Entry: c.entry, Path: r.URL.Path, TenantID: c.caller.TenantID,
		Do: c.do, Unlocked: c.action.unlocked, Fail: c.fail, Finish: c.finish,
	})
}
