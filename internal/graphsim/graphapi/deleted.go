package graphapi

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/rolewarden/rolewarden/internal/graphsim/schema"
	"github.com/rolewarden/rolewarden/internal/graphsim/store"
	"github.com/rolewarden/rolewarden/internal/graphsim/wire"
)

// deletedSet is where what was deleted is kept until it is restored or forgotten.
const deletedSet = "deletedItems"

// restorable is how long that is. Documented: Microsoft Entra docs, recover-from-deletions.
const restorable = 30 * 24 * time.Hour

// drop ends an object, and with it the roles it holds, or that are held over
// it, and its memberships. Documented: the assignments of a deleted principal
// vanish with it. An object that can be restored becomes a deleted item.
func (a *API) drop(t *store.Tenant, item store.Item, by store.Provenance) {
	set := a.schema.Set(item.Set)
	if set == nil || !set.DirectoryObject {
		t.Drop(item.Set, item.ID, by)
		return
	}
	for _, principal := range homePrincipals(t, item) {
		a.drop(t, principal, by)
	}
	roles := rolesKept(t, item)
	a.pim.PrincipalGone(t, item.ID, by)
	a.pim.ScopeGone(t, item.ID, by)
	var links []any
	for _, link := range linksOf(t, item.ID) {
		t.Drop(link.Set, link.ID, by)
		links = append(links, []string{link.Set, link.Props.String("from"), link.Props.String("to")})
	}
	t.Drop(item.Set, item.ID, by)
	if !set.SoftDelete {
		return
	}
	t.Put(deletedSet, item.ID, merged(item.Props, store.Props{
		"set": item.Set, "links": links, "roles": roles, "deletedDateTime": by.Time.UTC().Format(time.RFC3339),
	}), by)
	due := by.Time.Add(restorable)
	a.gate.Store.Defer(due, func(at time.Time) {
		if gone, ok := t.Now().GetIn(deletedSet, item.ID); ok && !t.Now().Born(gone).After(at.Add(-restorable)) {
			t.Drop(deletedSet, item.ID, store.Provenance{Source: store.SourceClock, Time: at})
		}
	})
}

// rolesKept are the direct role assignments of an object that come back with it.
// Documented, each in a word: those of users (Microsoft Entra docs,
// recover-from-deletions) and of groups (message center, MC1183299). Assumed: no
// others, and none that a schedule governs.
func rolesKept(t *store.Tenant, item store.Item) []any {
	kept := []any{}
	if item.Set != "users" && item.Set != "groups" {
		return kept
	}
	for _, row := range t.Now().Find(store.Assignments, "principalId", item.ID) {
		if row.Props["scheduleId"] == nil {
			kept = append(kept, []string{row.ID, row.Props.String("roleDefinitionId"), row.Props.String("directoryScopeId")})
		}
	}
	return kept
}

// homePrincipals are the service principals that go with an application.
// Documented: Microsoft Entra docs, restore-application, and Microsoft Graph
// docs, directory-deleteditems-restore: the call does not bring them back.
func homePrincipals(t *store.Tenant, item store.Item) []store.Item {
	appID := item.Props.String("appId")
	if item.Set != "applications" || appID == "" {
		return nil
	}
	return t.Now().Find("servicePrincipals", "appId", appID)
}

// linksOf are the links that lead to an object, or from it.
func linksOf(t *store.Tenant, id string) (out []store.Item) {
	for _, name := range linkNames() {
		for _, end := range []string{"from", "to"} {
			out = append(out, t.Now().Find(name, end, id)...)
		}
	}
	return out
}

// readDeleted are the permissions to read deleted items of a kind. Documented:
// Microsoft Graph docs, directory-deleteditems-get and -list. They are those of
// its kind, but for users User.ReadBasic.All is not enough.
func readDeleted(s *schema.Set) []string {
	return slices.DeleteFunc(slices.Clone(s.Read), func(permission string) bool { return permission == "User.ReadBasic.All" })
}

// deletedActions are what can be done with a deleted item. Documented: the
// permissions to change it are those of its kind.
func deletedActions() map[string]action {
	kind := func(permissions func(*schema.Set) []string) func(*call) bool {
		return func(c *call) bool {
			item, ok := c.tenant.Now().GetIn(deletedSet, c.target.key)
			return slices.ContainsFunc(c.schema.Sets, func(s *schema.Set) bool {
				return s.SoftDelete && (!ok || s.Name == item.Props["set"]) && c.caller.Allows(permissions(s))
			})
		}
	}
	read := kind(readDeleted)
	write := kind(func(s *schema.Set) []string { return s.Delete })
	return map[string]action{
		http.MethodGet:    {name: deletedSet + ".get", allowed: read, options: []string{"$select"}, cost: 1, run: getDeleted},
		http.MethodDelete: {name: deletedSet + ".delete", allowed: write, cost: 1, write: true, run: purgeDeleted},
		http.MethodPost:   {name: deletedSet + ".restore", allowed: write, cost: 1, write: true, run: restoreDeleted},
	}
}

// deletedAction finds what a path behind deleted items leads to: a list of one
// type, an item, or its restoration.
func (c *call) deletedAction(t target, rest []string) (target, *wire.Error) {
	actions := deletedActions()
	restore := actions[http.MethodPost]
	delete(actions, http.MethodPost)
	switch {
	case len(rest) <= 2 && unqualified(rest[0]) != rest[0]:
		return c.deletedOfType(t, rest)
	case len(rest) == 1:
		t.key, t.actions = rest[0], actions
		return t, nil
	case len(rest) == 2 && unqualified(rest[1]) == "restore":
		t.key, t.actions = rest[0], map[string]action{http.MethodPost: restore}
		return t, nil
	}
	return t, wire.NoSegment(rest[len(rest)-1])
}

// deletedOfType is the list of the deleted items of one type, or their number.
func (c *call) deletedOfType(t target, rest []string) (target, *wire.Error) {
	if t.cast = c.castTo(rest[0]); t.cast == nil {
		return t, wire.NoSegment(rest[0])
	}
	list := action{name: deletedSet + ".list", allowed: permitted(readDeleted(t.cast)), options: t.set.Query, cost: 1, run: listDeleted}
	if len(rest) == 2 {
		list.name, list.options, list.run = deletedSet+".count", []string{"$filter"}, countDeleted
	}
	if len(rest) == 2 && rest[1] != "$count" {
		return t, wire.NoSegment(rest[1])
	}
	t.actions = map[string]action{http.MethodGet: list}
	return t, nil
}

func listDeleted(c *call) (wire.Response, *wire.Error) { return c.list(c.target.cast, c.deleted()) }

func countDeleted(c *call) (wire.Response, *wire.Error) { return c.countOf(c.target.cast, c.deleted()) }

// deleted are the deleted items of the type in the path.
func (c *call) deleted() []store.Item {
	items := []store.Item{}
	for _, item := range c.read().List(deletedSet) {
		if item.Props["set"] == c.target.cast.Name && !c.moment.Blind {
			items = append(items, item)
		}
	}
	return items
}

func getDeleted(c *call) (wire.Response, *wire.Error) {
	item, err := c.find()
	if err != nil {
		return wire.Response{}, err
	}
	return c.asObject(item, http.StatusOK), nil
}

// asObject answers with an object under the common base of all, from whatever set it is.
func (c *call) asObject(item store.Item, status int) wire.Response {
	set := c.schema.Set(item.Props.String("set"))
	body := c.render(shape{set: set, names: nonEmpty(c.query.Select), typed: true}, item)
	body["@odata.context"] = c.base + "/$metadata#directoryObjects/$entity"
	return wire.JSON(status, body)
}

// purgeDeleted deletes an item for good.
func purgeDeleted(c *call) (wire.Response, *wire.Error) {
	item, err := c.findToWrite()
	if err == nil {
		err = guardGroup(c, item)
	}
	if err != nil {
		return wire.Response{}, err
	}
	c.tenant.Drop(deletedSet, item.ID, c.by())
	return wire.Empty(http.StatusNoContent), nil
}

// restoreDeleted brings an object back.
func restoreDeleted(c *call) (wire.Response, *wire.Error) {
	item, err := c.findToWrite()
	if err == nil {
		err = guardGroup(c, item)
	}
	if err == nil {
		err = c.restore(item)
	}
	if err != nil {
		return wire.Response{}, err
	}
	return c.asObject(item, http.StatusOK), nil
}

// restore brings back an object, and its links and roles to what there still
// is. Assumed: that what was taken meanwhile is refused.
func (c *call) restore(item store.Item) *wire.Error {
	set := c.schema.Set(item.Props.String("set"))
	props := merged(item.Props, nil)
	links, _ := props["links"].([]any)
	roles, _ := props["roles"].([]any)
	for _, own := range []string{"set", "links", "roles", "deletedDateTime"} {
		delete(props, own)
	}
	if _, taken := c.tenant.Now().Get(item.ID); taken {
		return conflict()
	}
	if err := c.checkUnique(set, item.ID, props); err != nil {
		return err
	}
	if err := c.checkNickname(item.ID, props); err != nil {
		return err
	}
	c.tenant.Put(set.Name, item.ID, props, c.by())
	c.tenant.Drop(deletedSet, item.ID, c.by())
	for _, l := range links {
		link, _ := l.([]string)
		if c.stands(link[1]) && c.stands(link[2]) {
			c.link(link[0], link[1], link[2])
		}
	}
	for _, r := range roles {
		role, _ := r.([]string)
		c.restoreRole(item.ID, role[0], role[1], role[2])
	}
	return nil
}

// restoreRole brings back a role assignment, if it has not been made anew.
func (c *call) restoreRole(principalID, id, roleID, scope string) {
	over := scope[strings.LastIndexByte(scope, '/')+1:]
	if !c.stands(roleID) || (over != "" && !c.stands(over)) || c.stands(id) {
		return
	}
	c.tenant.Put(store.Assignments, id, store.Props{"principalId": principalID, "roleDefinitionId": roleID, "directoryScopeId": scope}, c.by())
}

func (c *call) stands(id string) bool {
	_, ok := c.tenant.Now().Get(id)
	return ok
}
