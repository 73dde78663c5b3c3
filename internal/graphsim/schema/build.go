package schema

import "strings"

// id is the property that every entity has.
func id() Property { return Property{Name: "id", Kind: GUID, Filter: Equal, ReadOnly: true} }

// each makes properties that differ by name only.
func each(like Property, names string) (out []Property) {
	for name := range strings.FieldsSeq(names) {
		like.Name = name
		out = append(out, like)
	}
	return out
}

func join(lists ...[]Property) (out []Property) {
	for _, list := range lists {
		out = append(out, list...)
	}
	return out
}

func one(p Property) []Property { return []Property{p} }

func words(s string) []string { return strings.Fields(s) }

// membership are the navigations of whatever can be a member. Documented, as are
// all costs: Microsoft Graph docs, throttling-limits, identity and access; what
// is not in its table costs one. What is asked of a cast is on the pages of
// user-list-memberof and the like.
func membership() []Navigation {
	return []Navigation{
		{Name: "memberOf", Links: "members", Backwards: true, AdvancedCasts: true, Cost: 2},
		{Name: "transitiveMemberOf", Links: "members", Backwards: true, Transitive: true, AdvancedCasts: true, Cost: 2},
	}
}

// lenient are navigations whose casts no page asks more of.
func lenient(navigations []Navigation) []Navigation {
	for i := range navigations {
		navigations[i].AdvancedCasts = false
	}
	return navigations
}

// objectQuery are the options of lists of directory objects. Documented:
// Microsoft Graph docs, aad-advanced-queries; $skip is not supported for them.
func objectQuery() []string {
	return words("$filter $select $expand $top $count $orderby $skiptoken")
}
