package graphapi

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/rolewarden/rolewarden/internal/graphsim/pim"
	"github.com/rolewarden/rolewarden/internal/graphsim/store"
	"github.com/rolewarden/rolewarden/internal/graphsim/wire"
)

// submitRequest deals with a request of Privileged Identity Management: it finds
// what the request refers to, as far as replicas have heard, and has it carried out.
func submitRequest(c *call, given store.Props) (wire.Response, *wire.Error) {
	id, props, err := c.submit(given)
	if err != nil {
		return wire.Response{}, err
	}
	set := c.target.set
	body := c.render(shape{set: set}, store.Item{Row: &store.Row{ID: id, Set: set.Name}, Props: props})
	body["@odata.context"] = c.context(set, true)
	return wire.JSON(http.StatusCreated, body), nil
}

func (c *call) submit(given store.Props) (string, store.Props, *wire.Error) {
	r := pim.Request{Given: given}
	r.Kind, _ = pim.KindOf(c.target.set.Name)
	role, err := c.requestedRole(given.String("roleDefinitionId"))
	if err != nil {
		return "", nil, err
	}
	principal, err := c.requestedPrincipal(given)
	if err != nil {
		return "", nil, err
	}
	scope, err := c.checkScope(given)
	if err == nil {
		err = c.checkRoleAtScope(role, scope)
	}
	if err != nil {
		return "", nil, err
	}
	r.Triple = pim.Triple{PrincipalID: principal.ID, RoleID: role.ID, Scope: c.landing(scope)}
	r.PrincipalSet = principal.Set
	r.Stuck = principal.Set == "groups" && principal.Props["isAssignableToRole"] != true
	r.Unseen = c.moment.DeleteSeesLag && !pim.Stands(c.read(), r.Kind, r.Triple)
	return c.api.pim.Submit(c.tenant, r, c.by())
}

// requestedRole finds a role; one that is missing has a code of its own here.
func (c *call) requestedRole(id string) (store.Item, *wire.Error) {
	role, err := c.checkRole(id)
	if err != nil && err.Status == http.StatusNotFound || c.moment.Blind {
		return role, pim.RoleNotFound()
	}
	return role, err
}

// requestedPrincipal finds a principal. What one held that was deleted can be
// removed all the same.
func (c *call) requestedPrincipal(given store.Props) (store.Item, *wire.Error) {
	id := strings.ToLower(given.String("principalId"))
	principal, err := c.checkPrincipal(id)
	if err == nil {
		return principal, nil
	}
	if strings.EqualFold(given.String("action"), "adminRemove") && !c.moment.Blind {
		return store.Item{Row: &store.Row{ID: id}}, nil
	}
	return principal, pim.SubjectNotFound()
}

// landing is the scope that a request ends up at. Reports have it that an
// administrative unit which was just created falls back to the whole tenant; a
// setting turns that on.
func (c *call) landing(scope string) string {
	id, unit := strings.CutPrefix(scope, unitPrefix)
	fallback := c.api.gate.Settings().UnitFallback
	if !unit || fallback == 0 {
		return scope
	}
	item, ok := c.tenant.Now().Get(id)
	if ok && c.moment.At.Before(c.tenant.Now().Born(item).Add(fallback)) {
		return "/"
	}
	return scope
}

func cancelRequest(c *call) (wire.Response, *wire.Error) {
	item, err := c.findToWrite()
	if err != nil {
		return wire.Response{}, err
	}
	k, _ := pim.KindOf(item.Set)
	if err := c.api.pim.Cancel(c.tenant, k, item, c.by()); err != nil {
		return wire.Response{}, err
	}
	return wire.Empty(http.StatusNoContent), nil
}

// portal is a call that a person makes in the portal: it meets no lag and needs
// no permission.
func (a *API) portal(t *store.Tenant, set string, by store.Provenance) *call {
	c := &call{api: a, schema: a.schema, tenant: t, actor: &by, target: target{set: a.schema.Set(set)}}
	c.moment.At = by.Time
	return c
}

// Submit makes a request of Privileged Identity Management in the portal, and
// returns its ID. Call it inside the store's Run, as all that follows.
func (a *API) Submit(t *store.Tenant, requests string, body map[string]any, by store.Provenance) (string, error) {
	if k, ok := pim.KindOf(requests); !ok || requests != k.Requests {
		return "", fmt.Errorf("there are no requests %q; there are %s and %s", requests, pim.Eligibility().Requests, pim.Assignment().Requests)
	}
	c := a.portal(t, requests, by)
	given, _, err := c.parseProperties(c.target.set, body, true)
	if err != nil {
		return "", err
	}
	id, _, err := c.submit(given)
	if err != nil {
		return "", err
	}
	return id, nil
}

// Decide ends the waiting of a request.
func (a *API) Decide(t *store.Tenant, requestID, decision string, by store.Provenance) error {
	return a.pim.Decide(t, requestID, decision, by)
}

// Activate has a user activate a role that they are eligible for.
func (a *API) Activate(t *store.Tenant, r pim.Triple, lasts time.Duration, by store.Provenance) (string, error) {
	if r.Scope == "" {
		r.Scope = "/"
	}
	r.PrincipalID, r.RoleID = strings.ToLower(r.PrincipalID), strings.ToLower(r.RoleID)
	return a.pim.Activate(t, r, lasts, by)
}

// Deactivate has a user end an activation.
func (a *API) Deactivate(t *store.Tenant, assignmentID string, by store.Provenance) error {
	return a.pim.Deactivate(t, assignmentID, by)
}

// SetPolicy sets the rules for a role, or for all that have none of their own.
func (a *API) SetPolicy(t *store.Tenant, roleID string, p pim.Policy) error {
	return a.pim.SetPolicy(t, strings.ToLower(roleID), p)
}

// Policy returns the rules for a role.
func (a *API) Policy(t *store.Tenant, roleID string) pim.Policy {
	return a.pim.Policy(t, strings.ToLower(roleID))
}
