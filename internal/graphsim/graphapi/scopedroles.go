package graphapi

import (
	"net/http"
	"strings"

	"github.com/rolewarden/rolewarden/internal/graphsim/pim"
	"github.com/rolewarden/rolewarden/internal/graphsim/store"
	"github.com/rolewarden/rolewarden/internal/graphsim/wire"
)

// scopedSet are the role assignments over an administrative unit, as they were
// managed before role assignments. Documented: Microsoft Graph docs,
// administrativeunit-post-scopedrolemembers and the pages beside it. Assumed:
// the ID is that of the role assignment.
const scopedSet = "scopedRoleMembers"

// scopedTarget is what a path behind an administrative unit leads to.
func (c *call) scopedTarget(t target, rest []string) (target, *wire.Error) {
	set := c.schema.Set(scopedSet)
	name := t.set.Name + "." + scopedSet
	switch len(rest) {
	case 0:
		t.actions = map[string]action{
			http.MethodGet:  {name: name + ".list", allowed: permitted(set.Read), cost: 1, run: listScoped},
			http.MethodPost: {name: name + ".create", allowed: permitted(set.Create), cost: 1, write: true, body: true, run: createScoped},
		}
	case 1:
		t.member = rest[0]
		t.actions = map[string]action{
			http.MethodGet:    {name: name + ".get", allowed: permitted(set.Read), cost: 1, run: getScoped},
			http.MethodDelete: {name: name + ".delete", allowed: permitted(set.Delete), cost: 1, write: true, run: removeScoped},
		}
	default:
		return t, wire.NoSegment(rest[1])
	}
	return t, nil
}

// scoped are the role assignments over the members of a unit.
func scoped(v store.View, unitID string) (out []store.Item) {
	for _, row := range v.List(store.Assignments) {
		if row.Props["directoryScopeId"] == unitPrefix+unitID {
			out = append(out, row)
		}
	}
	return out
}

// renderScoped is such an assignment as it is answered.
func (c *call) renderScoped(row store.Item) map[string]any {
	scope := row.Props.String("directoryScopeId")
	principal, _ := c.read().Get(row.Props.String("principalId"))
	return map[string]any{
		"id": row.ID, "roleId": directoryRoleID(c.tenant, row.Props.String("roleDefinitionId")),
		"administrativeUnitId": strings.TrimPrefix(scope, unitPrefix),
		"roleMemberInfo":       map[string]any{"id": row.Props["principalId"], "displayName": principal.Props["displayName"]},
	}
}

func (c *call) scopedContext(unitID string) string {
	return c.base + "/$metadata#directory/administrativeUnits('" + unitID + "')/" + scopedSet
}

func listScoped(c *call) (wire.Response, *wire.Error) {
	unit, err := c.find()
	if err != nil {
		return wire.Response{}, err
	}
	page, next, err := c.page(scoped(c.read(), unit.ID))
	if err != nil {
		return wire.Response{}, err
	}
	value := make([]any, len(page))
	for i, row := range page {
		value[i] = c.renderScoped(row)
	}
	body := map[string]any{"@odata.context": c.scopedContext(unit.ID), "value": value}
	if next != "" {
		body["@odata.nextLink"] = next
	}
	return wire.JSON(http.StatusOK, body), nil
}

// findScoped finds the assignment that the path names.
func (c *call) findScoped(v store.View, unit store.Item) (store.Item, *wire.Error) {
	for _, row := range scoped(v, unit.ID) {
		if row.ID == c.target.member {
			return row, nil
		}
	}
	return store.Item{}, wire.NotFound(c.target.member)
}

func getScoped(c *call) (wire.Response, *wire.Error) {
	unit, err := c.find()
	if err != nil {
		return wire.Response{}, err
	}
	row, err := c.findScoped(c.read(), unit)
	if err != nil {
		return wire.Response{}, err
	}
	return c.oneScoped(unit, row, http.StatusOK), nil
}

func (c *call) oneScoped(unit, row store.Item, status int) wire.Response {
	body := c.renderScoped(row)
	body["@odata.context"] = c.scopedContext(unit.ID) + "/$entity"
	return wire.JSON(status, body)
}

// createScoped assigns a directory role over a unit.
func createScoped(c *call) (wire.Response, *wire.Error) {
	unit, err := c.findToWrite()
	if err != nil {
		return wire.Response{}, err
	}
	var in struct {
		RoleID         string `json:"roleId"`
		RoleMemberInfo struct {
			ID string `json:"id"`
		} `json:"roleMemberInfo"`
	}
	if err := c.decode(&in); err != nil {
		return wire.Response{}, err
	}
	role, ok := c.fetch(c.read(), c.schema.Set("directoryRoles"), strings.ToLower(in.RoleID))
	if !ok {
		return wire.Response{}, wire.NotFound(in.RoleID)
	}
	id, err := c.assign(pim.Triple{PrincipalID: in.RoleMemberInfo.ID, RoleID: role.Props.String("role"), Scope: unitPrefix + unit.ID})
	if err != nil {
		return wire.Response{}, err
	}
	row, _ := c.tenant.Now().Get(id)
	return c.oneScoped(unit, row, http.StatusCreated), nil
}

func removeScoped(c *call) (wire.Response, *wire.Error) {
	unit, err := c.findToWrite()
	if err != nil {
		return wire.Response{}, err
	}
	row, err := c.findScoped(c.tenant.Now(), unit)
	if err != nil {
		return wire.Response{}, err
	}
	c.api.pim.Revoke(c.tenant, row, c.by())
	return wire.Empty(http.StatusNoContent), nil
}
