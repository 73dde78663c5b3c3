package graphapi

import (
	"net/http"
	"slices"
	"strings"

	"github.com/rolewarden/rolewarden/internal/graphsim/schema"
	"github.com/rolewarden/rolewarden/internal/graphsim/wire"
)

// target is what a path leads to.
type target struct {
	set *schema.Set
	// key is the object's ID, or the value of keyProperty if that is given.
	key, keyProperty string
	nav              schema.Navigation
	// member is the ID of the other end of a link.
	member string
	// cast is the set that a navigation is narrowed to, or nil.
	cast    *schema.Set
	actions map[string]action // by method
}

// action is what a method does at a target.
type action struct {
	name string
	// allowed says whether the caller may; nil: anybody who is signed in.
	allowed func(*call) bool
	// denied is the refusal; nil: the usual one.
	denied  func() *wire.Error
	options []string
	// cost is in resource units; costSelected, where it is given, with $select.
	cost, costSelected int
	write              bool
	body               bool
	// unlocked: consists of other calls, and costs nothing itself.
	unlocked bool
	// groupsOnly: of what an object is in, groups alone count.
	groupsOnly bool
	run        func(*call) (wire.Response, *wire.Error)
}

// allow lists the methods that a target has.
func (t target) allow() string {
	methods := make([]string, 0, len(t.actions))
	for m := range t.actions {
		methods = append(methods, m)
	}
	slices.Sort(methods)
	return strings.Join(methods, ", ")
}

// permitted allows a call whose token has one of the permissions.
func permitted(permissions []string) func(*call) bool {
	return func(c *call) bool { return c.caller.Allows(permissions) }
}

// denial is how a set refuses a token without the permission; nil: as usual.
func denial(set *schema.Set, permissions []string) func() *wire.Error {
	if !set.ScopeErrors {
		return nil
	}
	return func() *wire.Error { return missingScope(permissions) }
}

// collectionActions are what can be done with a whole set.
func collectionActions(set *schema.Set) map[string]action {
	actions := map[string]action{http.MethodGet: {
		name: set.Name + ".list", allowed: permitted(set.Read), denied: denial(set, set.Read), options: set.Query, cost: set.Cost, run: listSet,
	}}
	if len(set.Create) > 0 {
		actions[http.MethodPost] = action{
			name: set.Name + ".create", allowed: permitted(set.Create), denied: denial(set, set.Create), cost: 1, write: true, body: true, run: create,
		}
	}
	return actions
}

// entityActions are what can be done with one object.
func entityActions(set *schema.Set) map[string]action {
	actions := map[string]action{http.MethodGet: {
		name: set.Name + ".get", allowed: readable(set), denied: denial(set, set.Read), options: set.QueryOne, cost: 1, run: getOne,
	}}
	if len(set.Update) > 0 {
		actions[http.MethodPatch] = action{
			name: set.Name + ".update", allowed: permitted(set.Update), cost: 1, write: true, body: true, run: update,
		}
	}
	if len(set.Delete) > 0 {
		actions[http.MethodDelete] = action{name: set.Name + ".delete", allowed: permitted(set.Delete), cost: 1, write: true, run: remove}
	}
	return actions
}

// readable are the permissions to read one object. For a directory object of
// any kind, those of its kind count too.
func readable(set *schema.Set) func(*call) bool {
	if set.Name != "directoryObjects" {
		return permitted(set.Read)
	}
	return func(c *call) bool {
		if c.caller.Allows(set.Read) {
			return true
		}
		item, ok := c.read().Get(c.target.key)
		of := set
		if ok {
			of = c.schema.Set(item.Set)
		}
		return of != nil && c.caller.Allows(of.Read)
	}
}

// navigationActions are what can be done with what an object leads to.
func navigationActions(set *schema.Set, nav schema.Navigation) map[string]action {
	list := action{
		name: set.Name + "." + nav.Name + ".list", allowed: permitted(set.Read), cost: nav.Cost, run: listLinks,
		options: strings.Fields("$filter $select $top $count $skiptoken"),
	}
	switch {
	case nav.Reference != "":
		list.options = []string{"$select"}
	case nav.Value != "":
		list.options = nil
	}
	actions := map[string]action{http.MethodGet: list}
	if set.Name == "administrativeUnits" && nav.Links == "members" {
		actions[http.MethodPost] = action{
			name: set.Name + ".members.create", allowed: createsMember, cost: 1, write: true, body: true, run: createMember,
		}
	}
	return actions
}

// createsMember allows to create a group in an administrative unit. Documented:
// Microsoft Graph docs, administrativeunit-post-members.
func createsMember(c *call) bool {
	return c.caller.Allows(c.schema.Set("groups").Create) && c.caller.Allows(c.target.set.Read)
}

// valueActions are what can be done with one of the values of a property.
func valueActions(set *schema.Set, nav schema.Navigation) map[string]action {
	return map[string]action{http.MethodGet: {
		name: set.Name + "." + nav.Name + ".get", allowed: permitted(set.Read), cost: nav.Cost, run: getValue,
	}}
}

// referenceActions are what can be done with the links themselves.
func referenceActions(set *schema.Set, nav schema.Navigation) map[string]action {
	if nav.Reference != "" && nav.Writable {
		name, write := set.Name+"."+nav.Name, permitted(nav.Write)
		return map[string]action{
			http.MethodPut:    {name: name + ".set", allowed: write, cost: 1, write: true, body: true, run: setReference},
			http.MethodDelete: {name: name + ".clear", allowed: write, cost: 1, write: true, run: clearReference},
		}
	}
	actions := map[string]action{http.MethodGet: {
		name: set.Name + "." + nav.Name + ".listRefs", allowed: permitted(set.Read), cost: nav.Cost, run: listReferences,
		options: strings.Fields("$top $skiptoken"),
	}}
	if nav.Writable {
		actions[http.MethodPost] = action{
			name: set.Name + "." + nav.Name + ".add", allowed: permitted(nav.Write), cost: 1, write: true, body: true, run: addLink,
		}
	}
	return actions
}

// memberActions are what can be done with the object at the other end of a link.
func memberActions(set *schema.Set, nav schema.Navigation) map[string]action {
	if !nav.Writable || nav.Links == "" {
		return map[string]action{}
	}
	return map[string]action{http.MethodDelete: {
		name: set.Name + "." + nav.Name + ".deleteObject", allowed: permitted(nav.Write), cost: 1, write: true, run: removeMember,
	}}
}

// linkActions are what can be done with one link. Documented: only its removal.
func linkActions(set *schema.Set, nav schema.Navigation) map[string]action {
	if !nav.Writable || nav.Reference != "" {
		return map[string]action{}
	}
	return map[string]action{http.MethodDelete: {
		name: set.Name + "." + nav.Name + ".remove", allowed: permitted(nav.Write), cost: 1, write: true, run: removeLink,
	}}
}
