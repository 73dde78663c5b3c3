package graphapi

import (
	"fmt"
	"net/http"

	"github.com/rolewarden/rolewarden/internal/graphsim/store"
	"github.com/rolewarden/rolewarden/internal/graphsim/wire"
)

// exceeded refuses the n-th of something of which there may be fewer; no limit
// is 0. The text is from reports of groups with too many owners. Assumed: that
// the other quotas are refused in the same words.
func exceeded(n, limit int, what string) *wire.Error {
	if limit == 0 || n <= limit {
		return nil
	}
	return &wire.Error{Status: http.StatusForbidden, Code: "Directory_QuotaExceeded",
		Message: fmt.Sprintf("Unable to perform operation as '%d' would exceed the maximum quota count '%d' for %s.", n, limit, what)}
}

// count is how many rows of a set pass.
func (c *call) count(set string, pass func(store.Item) bool) (n int) {
	for _, item := range c.tenant.Now().List(set) {
		if pass(item) {
			n++
		}
	}
	return n
}

// checkOwners keeps to the quota of owners. Documented: Microsoft Entra docs,
// directory-service-limits-restrictions, as are the other quotas.
func (c *call) checkOwners(id string, more int) *wire.Error {
	have := len(c.tenant.Now().Find("owners", "from", id))
	return exceeded(have+more, c.api.gate.Settings().Quotas.Owners, "forward-link owners")
}

// checkAssignableGroups keeps to the quota of role-assignable groups.
func (c *call) checkAssignableGroups() *wire.Error {
	have := c.count("groups", func(g store.Item) bool { return g.Props["isAssignableToRole"] == true })
	return exceeded(have+1, c.api.gate.Settings().Quotas.RoleAssignableGroups, "role-assignable groups")
}

// checkCustomRoles keeps to the quota of custom roles.
func (c *call) checkCustomRoles() *wire.Error {
	have := c.count("roleDefinitions", func(r store.Item) bool { return r.Props["isBuiltIn"] != true })
	return exceeded(have+1, c.api.gate.Settings().Quotas.CustomRoles, "custom role definitions")
}

// checkAssignments keeps to the quotas of one principal: of custom roles, at
// whatever scope, and of built-in roles below the tenant.
func (c *call) checkAssignments(principal string, role store.Item, scope string) *wire.Error {
	quotas, builtIn := c.api.gate.Settings().Quotas, role.Props["isBuiltIn"] == true
	if builtIn && scope == "/" {
		return nil
	}
	now, have := c.tenant.Now(), 0
	for _, other := range now.Find(store.Assignments, "principalId", principal) {
		held, _ := now.Get(other.Props.String("roleDefinitionId"))
		if (held.Props["isBuiltIn"] == true) == builtIn && (!builtIn || other.Props.String("directoryScopeId") != "/") {
			have++
		}
	}
	if builtIn {
		return exceeded(have+1, quotas.ScopedAssignments, "role assignments below the tenant")
	}
	return exceeded(have+1, quotas.CustomAssignments, "custom role assignments")
}
