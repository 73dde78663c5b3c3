package graphapi

import (
	"errors"
	"net/http"

	"github.com/rolewarden/rolewarden/internal/graphsim/gate"
	"github.com/rolewarden/rolewarden/internal/graphsim/login"
	"github.com/rolewarden/rolewarden/internal/graphsim/seed"
	"github.com/rolewarden/rolewarden/internal/graphsim/settings"
	"github.com/rolewarden/rolewarden/internal/graphsim/store"
)

// API serves Graph.
type API struct {
	gate      *gate.Gate
	authority *login.Authority
}

// New returns the API of the seeded tenants.
func New(g *gate.Gate, a *login.Authority, _ *seed.Seed) (*API, error) {
	return &API{gate: g, authority: a}, nil
}

var errSoon = errors.New("not served yet")

func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }

func (a *API) Exists(tenantID, objectID string) bool { return true }

func (a *API) SetThrottling(settings.Throttling) {}

func (a *API) Assign(t *store.Tenant, principalID, roleID, scope string, by store.Provenance) (string, error) {
	return "", errSoon
}
func (a *API) Unassign(t *store.Tenant, id string, by store.Provenance) error { return errSoon }
func (a *API) AddObject(t *store.Tenant, collection string, properties map[string]any, by store.Provenance) (string, error) {
	return "", errSoon
}
func (a *API) UpdateObject(t *store.Tenant, id string, properties map[string]any, by store.Provenance) error {
	return errSoon
}
func (a *API) RemoveObject(t *store.Tenant, id string, by store.Provenance) error { return errSoon }
