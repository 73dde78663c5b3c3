package graphapi

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/rolewarden/rolewarden/internal/graphsim/pim"
	"github.com/rolewarden/rolewarden/internal/graphsim/schema"
	"github.com/rolewarden/rolewarden/internal/graphsim/store"
	"github.com/rolewarden/rolewarden/internal/graphsim/wire"
)

// collectionFunction returns the actions of what follows a set without being a key.
func collectionFunction(set *schema.Set, rest []string) map[string]action {
	if len(rest) != 1 {
		return nil
	}
	switch name := unqualified(rest[0]); {
	case name == "$count" && slices.Contains(set.Query, "$count"):
		return map[string]action{http.MethodGet: {
			name: set.Name + ".count", allowed: permitted(set.Read), options: []string{"$filter"}, cost: set.Cost, run: countSet,
		}}
	case name == "getByIds" && set.Name == "directoryObjects":
		return map[string]action{http.MethodPost: {
			name: "directoryObjects.getByIds", allowed: readsAnything, body: true, cost: 5, costSelected: 2, options: []string{"$select"}, run: getByIDs,
		}}
	}
	return nil
}

// entityFunction returns the actions of a function bound to an object.
func entityFunction(set *schema.Set, name string) map[string]action {
	if k, ok := pim.KindOf(set.Name); ok && set.Name == k.Requests && name == "cancel" {
		return map[string]action{http.MethodPost: {
			name: set.Name + ".cancel", allowed: permitted(set.Create), denied: denial(set, set.Create), cost: 1, write: true, run: cancelRequest,
		}}
	}
	if !set.Principal && set.Name != "directoryObjects" {
		return nil
	}
	run, ok := map[string]func(*call) (wire.Response, *wire.Error){
		"checkMemberGroups": checkMemberships, "checkMemberObjects": checkMemberships,
		"getMemberGroups": getMemberships, "getMemberObjects": getMemberships,
	}[name]
	if !ok {
		return nil
	}
	cost := 2
	if strings.HasPrefix(name, "check") {
		cost = 4
	}
	return map[string]action{http.MethodPost: {
		name: set.Name + "." + name, allowed: readable(set), body: true, cost: cost, run: run, groupsOnly: strings.HasSuffix(name, "Groups"),
	}}
}

// countSet answers with a bare number. Documented: Microsoft Graph docs,
// aad-advanced-queries, as is the refusal to count without the header.
func countSet(c *call) (wire.Response, *wire.Error) {
	return c.countOf(c.target.set, c.candidates(c.target.set))
}

// countActions are what can be done with the number of links.
func countActions(set *schema.Set, nav schema.Navigation) map[string]action {
	return map[string]action{http.MethodGet: {
		name: set.Name + "." + nav.Name + ".count", allowed: permitted(set.Read), options: []string{"$filter"}, cost: nav.Cost, run: countLinks,
	}}
}

func countLinks(c *call) (wire.Response, *wire.Error) {
	item, err := c.find()
	if err != nil {
		return wire.Response{}, err
	}
	if err := c.checkMemberType(item); err != nil {
		return wire.Response{}, err
	}
	items, set := c.linked(c.target.nav, item.ID), c.schema.Set("directoryObjects")
	if c.target.cast != nil {
		items, set = ofSet(items, c.target.cast.Name), c.target.cast
	}
	return c.countOf(set, items)
}

// countOf answers with how many pass the filter.
func (c *call) countOf(set *schema.Set, items []store.Item) (wire.Response, *wire.Error) {
	if !c.eventual() {
		return wire.Response{}, countNeedsHeader()
	}
	c.query.Count = true
	if err := c.checkFilter(set); err != nil {
		return wire.Response{}, err
	}
	return number(len(c.filter(set, items))), nil
}

func countNeedsHeader() *wire.Error {
	return wire.BadRequest("$count is not currently supported.")
}

// number is a bare number, as counts are.
func number(n int) wire.Response {
	return wire.Response{Status: http.StatusOK, Raw: []byte(strconv.Itoa(n)), Header: map[string]string{"Content-Type": "text/plain"}}
}

// readsAnything allows a caller that can read objects of some kind.
func readsAnything(c *call) bool {
	return slices.ContainsFunc(c.schema.Sets, func(s *schema.Set) bool {
		return (s.DirectoryObject || s.Name == "directoryObjects") && c.caller.Allows(s.Read)
	})
}

// getByIDs answers with those objects of a list of IDs that there are.
// Documented: Microsoft Graph docs, directoryobject-getbyids: at most 1,000.
// Assumed: that an unknown ID is left out.
func getByIDs(c *call) (wire.Response, *wire.Error) {
	var in struct {
		IDs   []string `json:"ids"`
		Types []string `json:"types"`
	}
	if err := c.decode(&in); err != nil {
		return wire.Response{}, err
	}
	if len(in.IDs) == 0 || len(in.IDs) > 1000 {
		return wire.Response{}, wire.BadRequest("The property 'ids' must have between 1 and 1000 elements.")
	}
	value := []any{}
	for _, id := range in.IDs {
		item, ok := c.read().Get(id)
		if ok && !c.moment.Blind && c.isObject(item) && c.ofTypes(item, in.Types) {
			value = append(value, c.limited(item))
		}
	}
	return wire.JSON(http.StatusOK, map[string]any{"@odata.context": c.base + "/$metadata#directoryObjects", "value": value}), nil
}

func (c *call) ofTypes(item store.Item, types []string) bool {
	return len(types) == 0 || slices.ContainsFunc(types, func(t string) bool {
		return t == "directoryObject" || strings.EqualFold(t, c.schema.Set(item.Set).Type)
	})
}

// memberships are the groups that an object is in, by whatever way; where the
// function is about objects, the units and directory roles too. Documented:
// Microsoft Graph docs, directoryobject-checkmemberobjects and -getmemberobjects.
func (c *call) memberships() ([]store.Item, *wire.Error) {
	item, err := c.find()
	if err != nil {
		return nil, err
	}
	all := c.linked(schema.Navigation{Links: "members", Backwards: true, Transitive: true}, item.ID)
	if c.action.groupsOnly {
		all = ofSet(all, "groups")
	}
	return all, nil
}

// checkMemberships answers with those of some groups or objects that an object
// is in. Documented: Microsoft Graph docs, directoryobject-checkmembergroups, at
// most 20, and directoryobject-checkmemberobjects, a role by its template too.
func checkMemberships(c *call) (wire.Response, *wire.Error) {
	var in struct {
		GroupIDs []string `json:"groupIds"`
		IDs      []string `json:"ids"`
	}
	if err := c.decode(&in); err != nil {
		return wire.Response{}, err
	}
	asked := append(in.GroupIDs, in.IDs...)
	if len(asked) == 0 || len(asked) > maxBind {
		return wire.Response{}, wire.BadRequest("The number of IDs must be between 1 and 20.")
	}
	all, err := c.memberships()
	if err != nil {
		return wire.Response{}, err
	}
	value := []any{}
	for _, item := range all {
		for _, known := range []string{item.ID, item.Props.String("roleTemplateId")} {
			if slices.ContainsFunc(asked, func(id string) bool { return known != "" && strings.EqualFold(id, known) }) {
				value = append(value, known)
			}
		}
	}
	return c.strings(value), nil
}

// getMemberships answers with all groups or objects that an object is in.
// Documented: of security-enabled groups only those, and nothing else.
func getMemberships(c *call) (wire.Response, *wire.Error) {
	var in struct {
		SecurityEnabledOnly bool `json:"securityEnabledOnly"`
	}
	if err := c.decode(&in); err != nil {
		return wire.Response{}, err
	}
	all, err := c.memberships()
	if err != nil {
		return wire.Response{}, err
	}
	value := []any{}
	for _, item := range all {
		if !in.SecurityEnabledOnly || item.Props["securityEnabled"] == true {
			value = append(value, item.ID)
		}
	}
	return c.strings(value), nil
}

func (c *call) strings(value []any) wire.Response {
	return wire.JSON(http.StatusOK, map[string]any{"@odata.context": c.base + "/$metadata#Collection(Edm.String)", "value": value})
}
