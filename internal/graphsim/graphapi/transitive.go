package graphapi

import (
	"slices"
	"strings"

	"github.com/rolewarden/rolewarden/internal/graphsim/odata"
	"github.com/rolewarden/rolewarden/internal/graphsim/schema"
	"github.com/rolewarden/rolewarden/internal/graphsim/store"
	"github.com/rolewarden/rolewarden/internal/graphsim/wire"
)

// transitiveSet are the role assignments of a principal and of all groups that it is in.
const transitiveSet = "transitiveRoleAssignments"

// listTransitive lists them. Documented: Microsoft Graph docs,
// rbacapplication-list-transitiveroleassignments: an advanced query, by
// principal, that shows the group's ID where a role is held through one.
// Assumed: the texts of the refusals.
func listTransitive(c *call) (wire.Response, *wire.Error) {
	set := c.target.set
	principal := odata.Equalities(c.query.Filter)["principalId"]
	if principal == "" {
		return wire.Response{}, wire.BadRequest("The filter on property 'principalId' is required.")
	}
	if !c.advanced() {
		return wire.Response{}, wire.Unsupported("This request needs the header 'ConsistencyLevel: eventual' and $count=true.")
	}
	if err := c.checkFilter(set); err != nil {
		return wire.Response{}, err
	}
	items := slices.DeleteFunc(c.heldBy(principal), func(item store.Item) bool {
		look := c.lookup(set, item)
		return !c.query.Filter.Eval(func(name string) any {
			if name == "principalId" {
				return odata.Exact(principal)
			}
			return look(name)
		})
	})
	c.query.Filter = nil // it has been applied
	return c.list(set, items)
}

// heldBy are the role assignments of a principal and of its groups.
func (c *call) heldBy(principal string) []store.Item {
	if c.moment.Blind {
		return nil
	}
	out := c.read().Find(store.Assignments, "principalId", principal)
	for _, group := range c.linked(schema.Navigation{Links: "members", Backwards: true, Transitive: true}, strings.ToLower(principal)) {
		out = append(out, c.read().Find(store.Assignments, "principalId", group.ID)...)
	}
	slices.SortFunc(out, func(a, b store.Item) int { return a.Seq - b.Seq })
	return out
}
