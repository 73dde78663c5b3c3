package graphapi

import (
	"net/http"
	"slices"
	"strings"

	"github.com/rolewarden/rolewarden/internal/graphsim/assignmentid"
	"github.com/rolewarden/rolewarden/internal/graphsim/odata"
	"github.com/rolewarden/rolewarden/internal/graphsim/schema"
	"github.com/rolewarden/rolewarden/internal/graphsim/store"
	"github.com/rolewarden/rolewarden/internal/graphsim/wire"
)

// globalAdministrator is the template ID of the role that nobody can take from
// themselves. Documented: Microsoft Entra docs, permissions-reference.
const globalAdministrator = "62e90394-69f5-4237-9190-012177145e10"

// unitPrefix begins a scope that is the members of an administrative unit.
const unitPrefix = "/administrativeUnits/"

func assignmentRules(r rules) rules {
	r.prepare = prepareAssignment
	r.remove = checkSelfRemoval
	return r
}

// prepareAssignment applies the rules for a new role assignment in the order
// scope, role, principal, role at scope, group, conflict, quota. The order is assumed;
// each refusal is documented where it is made.
func prepareAssignment(c *call, given store.Props, _ links) (string, *wire.Error) {
	scope, err := c.checkScope(given)
	if err != nil {
		return "", err
	}
	role, err := c.checkRole(given.String("roleDefinitionId"))
	if err != nil {
		return "", err
	}
	principal, err := c.checkPrincipal(given.String("principalId"))
	if err != nil {
		return "", err
	}
	if err := c.checkRoleAtScope(role, scope); err != nil {
		return "", err
	}
	// Documented: Microsoft Entra docs, groups-concept. The text is from reports.
	if principal.Set == "groups" && principal.Props["isAssignableToRole"] != true {
		return "", wire.BadRequest("Groups without IsAssignableToRole property set cannot be assigned to roles.")
	}
	given["principalId"], given["roleDefinitionId"], given["directoryScopeId"] = principal.ID, role.ID, scope
	id, failed := assignmentid.Of(role.ID, principal.ID, scope)
	if failed != nil {
		return "", wire.BadRequest("One or more property values specified are invalid.")
	}
	if _, exists := c.tenant.Now().Get(id); exists {
		return "", conflict()
	}
	return id, c.checkAssignments(principal.ID, role, scope)
}

// conflict is a 400, not a 409, with no code of its own. Documented in reports
// only; the text is verbatim.
func conflict() *wire.Error {
	return wire.BadRequest("A conflicting object with one or more of the specified property values is present in the directory.")
}

// checkScope reads the scope of a new assignment. Documented: Microsoft Graph
// docs, rbacapplication-post-roleassignments (one of the two properties), and
// Microsoft Entra docs, assign-roles-different-scopes. Assumed: the text for a
// scope of a form that does not exist, and that appScopeId is refused, which is
// for entitlement management.
func (c *call) checkScope(given store.Props) (string, *wire.Error) {
	scope := strings.ToLower(given.String("directoryScopeId"))
	if scope == "" || given.String("appScopeId") != "" {
		return "", wire.BadRequest("Must specify valid property scope of entity RoleAssignment.")
	}
	if scope == "/" {
		return scope, nil
	}
	id, unit := strings.CutPrefix(scope, strings.ToLower(unitPrefix))
	if !unit {
		id = strings.TrimPrefix(scope, "/")
	}
	if len(id) != 36 || strings.Contains(id, "/") || scope[0] != '/' {
		return "", wire.BadRequest("Invalid value specified for property 'directoryScopeId' of resource 'RoleAssignment'.")
	}
	item, ok := c.read().Get(id)
	if !ok || c.moment.Blind || !c.isObject(item) || (unit && item.Set != "administrativeUnits") {
		return "", wire.NotFound(id)
	}
	if unit {
		return unitPrefix + id, nil
	}
	return "/" + id, nil
}

// checkRole finds the role of a new assignment, by object or template ID.
// Documented: that either will do. Assumed: the texts for a role that is
// missing or disabled.
func (c *call) checkRole(id string) (store.Item, *wire.Error) {
	if id == "" {
		return store.Item{}, wire.BadRequest("A value is required for property 'roleDefinitionId' of resource 'RoleAssignment'.")
	}
	role, ok := c.read().GetIn("roleDefinitions", c.roleID(id))
	if !ok {
		return role, wire.NotFound(id)
	}
	if role.Props["isEnabled"] == false {
		return role, wire.BadRequest("The role definition is disabled and cannot be assigned.")
	}
	return role, nil
}

// checkPrincipal finds the principal of a new assignment, as far as replicas
// have heard of it. Documented: Microsoft Entra docs, custom-assign-graph;
// reports show that a new principal is not found for a while.
func (c *call) checkPrincipal(id string) (store.Item, *wire.Error) {
	if id == "" {
		return store.Item{}, wire.BadRequest("A value is required for property 'principalId' of resource 'RoleAssignment'.")
	}
	item, ok := c.read().Get(id)
	set := c.setOf(item, ok)
	if c.moment.Blind || set == nil || !set.Principal {
		return item, wire.NotFound(id)
	}
	return item, nil
}

// setOf is the set of an item, or nil if it is missing.
func (c *call) setOf(item store.Item, ok bool) *schema.Set {
	if !ok {
		return nil
	}
	return c.schema.Set(item.Set)
}

// checkRoleAtScope refuses a built-in role where it cannot be assigned.
// Documented: Microsoft Entra docs, manage-roles-portal and custom-assign-graph.
func (c *call) checkRoleAtScope(role store.Item, scope string) *wire.Error {
	if scope == "/" || role.Props["isBuiltIn"] != true {
		return nil
	}
	at, _ := c.read().Get(scope[strings.LastIndexByte(scope, '/')+1:])
	if slices.Contains(c.api.scopes[role.Props.String("templateId")], at.Set) {
		return nil
	}
	return wire.BadRequest("The given built-in role is not supported to be assigned to a single resource scope.")
}

// checkSelfRemoval keeps a caller from taking Global Administrator from itself.
// Documented: Microsoft Entra docs, groups-remove-assignment.
func checkSelfRemoval(c *call, item store.Item) *wire.Error {
	role, _ := c.tenant.Now().Get(item.Props.String("roleDefinitionId"))
	own := item.Props.String("principalId") == c.caller.ObjectID
	if own && role.Row != nil && role.Props.String("templateId") == globalAdministrator {
		return &wire.Error{Status: http.StatusBadRequest, Code: "Request_BadRequest",
			Message: "Removing self from Global Administrator built-in role is not allowed"}
	}
	return nil
}

// roleID turns a template ID into the ID of the role made from it, and leaves
// any other ID as it is.
func (c *call) roleID(id string) string {
	view := c.read()
	if _, ok := view.GetIn("roleDefinitions", id); ok {
		return id
	}
	if made := view.Find("roleDefinitions", "templateId", id); len(made) > 0 {
		return made[0].ID
	}
	return id
}

// roleNames are the IDs that a filter can find a role by.
func (c *call) roleNames(id string) odata.OneOf {
	if role, ok := c.read().GetIn("roleDefinitions", id); ok {
		return odata.OneOf{id, role.Props.String("templateId")}
	}
	return odata.OneOf{id}
}
