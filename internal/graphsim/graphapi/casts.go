package graphapi

import (
	"github.com/rolewarden/rolewarden/internal/graphsim/odata"
	"github.com/rolewarden/rolewarden/internal/graphsim/store"
	"github.com/rolewarden/rolewarden/internal/graphsim/wire"
)

// checkLinkQuery refuses what only an advanced query can ask of what an object
// leads to. Documented: Microsoft Graph docs, aad-advanced-queries and the pages
// of these lists. The text about filters is from reports, that about casts ours.
func (c *call) checkLinkQuery(item store.Item) *wire.Error {
	nav, cast := c.target.nav, c.target.cast
	switch {
	case c.advanced():
	case cast != nil && nav.AdvancedCasts:
		return wire.Unsupported("Casting " + nav.Name + " to microsoft.graph." + cast.Type +
			" needs an advanced query: send the header 'ConsistencyLevel: eventual' and $count=true.")
	case c.query.Filter != nil && !byID(c.query.Filter):
		return wire.Unsupported("The specified filter to the reference property query is currently not supported.")
	}
	return c.checkMemberType(item)
}

// checkMemberType refuses a cast to what a group cannot have as a member.
// Documented: Microsoft Graph docs, group-list-members, and group-post-members:
// a Microsoft 365 group has users only. The text is ours.
func (c *call) checkMemberType(item store.Item) *wire.Error {
	nav, cast := c.target.nav, c.target.cast
	if cast == nil || cast.Name == "users" || nav.Links != "members" || nav.Backwards || !hasType(item.Props, "Unified") {
		return nil
	}
	return wire.Unsupported("A Microsoft 365 group cannot have members of the type microsoft.graph." + cast.Type + ".")
}

// byID reports whether a filter asks for certain objects only, which is plain
// enough: the azuread provider of Terraform looks for a member that way.
func byID(filter odata.Expr) bool {
	plain := true
	filter.Walk(func(u odata.Use) {
		plain = plain && u.Property == "id" && !u.Negated && (u.Op == "eq" || u.Op == "in")
	})
	return plain
}
