package graphapi

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/rolewarden/rolewarden/internal/graphsim/odata"
	"github.com/rolewarden/rolewarden/internal/graphsim/schema"
	"github.com/rolewarden/rolewarden/internal/graphsim/store"
	"github.com/rolewarden/rolewarden/internal/graphsim/wire"
)

// locate finds the object of a path in a view.
func (c *call) locate(v store.View) (store.Item, *wire.Error) {
	t := c.target
	if p, ok := c.api.projections[t.set.Name]; ok && t.keyProperty != "" {
		return unique(p.having(c, v, t.set, t.keyProperty, t.key), t.key)
	}
	if t.keyProperty != "" {
		return unique(v.Find(t.set.Name, t.keyProperty, t.key), t.key)
	}
	if item, ok := c.fetch(v, t.set, t.key); ok {
		return item, nil
	}
	if t.set.PathKey != "" {
		return unique(v.Find(t.set.Name, t.set.PathKey, t.key), t.key)
	}
	return store.Item{}, wire.NotFound(t.key)
}

// fetch finds the row of an ID in a set, or in all those of directory objects.
func (c *call) fetch(v store.View, set *schema.Set, id string) (store.Item, bool) {
	if set.Name == "directoryObjects" {
		item, ok := v.Get(id)
		return item, ok && c.isObject(item)
	}
	if p, ok := c.api.projections[set.Name]; ok {
		return p.fetch(c, v, set, id)
	}
	return v.GetIn(set.Name, id)
}

func unique(items []store.Item, key string) (store.Item, *wire.Error) {
	if len(items) == 0 {
		return store.Item{}, wire.NotFound(key)
	}
	return items[0], nil
}

func (c *call) isObject(item store.Item) bool {
	set := c.schema.Set(item.Set)
	return set != nil && set.DirectoryObject
}

// find is the object as a read sees it.
func (c *call) find() (store.Item, *wire.Error) {
	if c.moment.Blind {
		return store.Item{}, wire.NotFound(c.target.key)
	}
	return c.locate(c.read())
}

// findToWrite is the object as a write sees it: as it truly is, unless the
// write was told to meet a replica that is behind.
func (c *call) findToWrite() (store.Item, *wire.Error) {
	if c.moment.Blind || c.moment.DeleteSeesLag {
		if _, err := c.find(); err != nil {
			return store.Item{}, err
		}
	}
	return c.locate(c.tenant.Now())
}

func getOne(c *call) (wire.Response, *wire.Error) {
	item, err := c.find()
	if err != nil {
		return wire.Response{}, err
	}
	set := c.schema.Set(item.Set)
	shape, err := c.shape(set)
	if err != nil {
		return wire.Response{}, err
	}
	body := c.render(shape, item)
	body["@odata.context"] = c.context(set, true)
	if c.target.set != set {
		body["@odata.type"] = "#microsoft.graph." + set.Type
		body["@odata.context"] = c.base + "/$metadata#directoryObjects/$entity"
	}
	return wire.JSON(http.StatusOK, body), nil
}

func create(c *call) (wire.Response, *wire.Error) {
	var body map[string]any
	if err := c.decode(&body); err != nil {
		return wire.Response{}, err
	}
	return c.createFrom(body)
}

func (c *call) createFrom(body map[string]any) (wire.Response, *wire.Error) {
	set := c.target.set
	given, links, err := c.parseProperties(set, body, true)
	if err != nil {
		return wire.Response{}, err
	}
	for _, name := range set.Required {
		if v, ok := given[name]; !ok || v == nil || v == "" {
			return wire.Response{}, wire.BadRequest("A value is required for property '" + name + "' of resource '" + set.Resource() + "'.")
		}
	}
	if submit := c.api.rules[set.Name].submit; submit != nil {
		return submit(c, given)
	}
	id, err := c.api.rules[set.Name].prepare(c, given, links)
	if err == nil {
		err = c.checkUnique(set, "", given)
	}
	if err != nil {
		return wire.Response{}, err
	}
	c.tenant.Put(set.Name, id, given, c.by())
	for name, others := range links {
		for _, other := range others {
			c.link(name, id, other)
		}
	}
	return c.created(set, id), nil
}

// created answers with a new object.
func (c *call) created(set *schema.Set, id string) wire.Response {
	item, _ := c.tenant.Now().Get(id)
	body := c.render(shape{set: set}, item)
	body["@odata.context"] = c.context(set, true)
	return wire.JSON(http.StatusCreated, body)
}

// checkUnique refuses a value that another object has. Documented: the text,
// in Microsoft Graph's answers to a second user of the same name.
func (c *call) checkUnique(set *schema.Set, id string, given store.Props) *wire.Error {
	for _, p := range set.Properties {
		value := given.String(p.Name)
		if !p.Unique || value == "" {
			continue
		}
		others := c.tenant.Now().Find(set.Name, p.Name, value)
		if p.Name == uniqueName {
			others = append(others, c.deletedBy(set, value)...)
		}
		if slices.ContainsFunc(others, func(other store.Item) bool { return other.ID != id }) {
			return taken(p.Name)
		}
	}
	return nil
}

// taken refuses a value that another object has.
func taken(property string) *wire.Error {
	return wire.BadRequest("Another object with the same value for property " + property + " already exists.")
}

// uniqueName is the property that an object keeps while it can be restored. Documented: Microsoft's guide to Bicep for Graph,
// known limitations.
const uniqueName = "uniqueName"

// deletedBy lists the deleted items of a set with that unique name.
func (c *call) deletedBy(set *schema.Set, name string) (items []store.Item) {
	for _, item := range c.tenant.Now().List(deletedSet) {
		if item.Props["set"] == set.Name && strings.EqualFold(item.Props.String(uniqueName), name) {
			items = append(items, item)
		}
	}
	return items
}

func update(c *call) (wire.Response, *wire.Error) {
	set := c.target.set
	item, err := c.findToWrite()
	if err != nil {
		if c.upserts() {
			return upsert(c)
		}
		return wire.Response{}, err
	}
	given, links, err := c.readProperties(set, false)
	if err != nil {
		return wire.Response{}, err
	}
	if err := c.checkImmutable(set, item, given); err != nil {
		return wire.Response{}, err
	}
	if err := c.api.rules[set.Name].change(c, item, given, links); err != nil {
		return wire.Response{}, err
	}
	if err := c.checkUnique(set, item.ID, given); err != nil {
		return wire.Response{}, err
	}
	id := c.moved(set, item, given)
	c.tenant.Put(set.Name, id, merged(item.Props, given), c.by())
	for name, others := range links {
		for _, other := range others {
			c.link(name, id, other)
		}
	}
	return wire.Empty(http.StatusNoContent), nil
}

func merged(old, changes store.Props) store.Props {
	out := store.Props{}
	for name, value := range old {
		out[name] = value
	}
	for name, value := range changes {
		out[name] = value
	}
	return out
}

// checkImmutable refuses to change what is given at creation only, and to clear
// what must stay. Documented: Microsoft Graph docs, resources/user and
// resources/group. Assumed: the texts.
func (c *call) checkImmutable(set *schema.Set, item store.Item, given store.Props) *wire.Error {
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if p, _ := set.Property(name); p.Immutable && item.Props[name] != given[name] {
			return wire.BadRequest("Property '" + name + "' is read-only and cannot be set after the object is created.")
		}
		if p, _ := set.Property(name); p.Kept && given.String(name) == "" {
			return wire.BadRequest("Invalid value specified for property '" + name + "' of resource '" + set.Resource() + "'.")
		}
	}
	return nil
}

// upserts reports whether the update creates what is missing. Documented:
// Microsoft Graph docs, group-upsert and application-upsert.
func (c *call) upserts() bool {
	return c.target.keyProperty == uniqueName && strings.Contains(c.req.Header.Get("Prefer"), "create-if-missing")
}

func upsert(c *call) (wire.Response, *wire.Error) {
	if !c.caller.Allows(c.target.set.Create) {
		return wire.Response{}, wire.Forbidden()
	}
	var body map[string]any
	if err := c.decode(&body); err != nil {
		return wire.Response{}, err
	}
	body[c.target.keyProperty] = c.target.key
	return c.createFrom(body)
}

func remove(c *call) (wire.Response, *wire.Error) {
	item, err := c.findToWrite()
	if err != nil {
		return wire.Response{}, err
	}
	if err := c.api.rules[item.Set].remove(c, item); err != nil {
		return wire.Response{}, err
	}
	if item.Set == store.Assignments {
		c.api.pim.Revoke(c.tenant, item, c.by())
	} else {
		c.api.drop(c.tenant, item, c.by())
	}
	return wire.Empty(http.StatusNoContent), nil
}

// value is what a property is, with what it is where nothing was given.
func value(p schema.Property, props store.Props) any {
	if v, ok := props[p.Name]; ok && v != nil {
		return v
	}
	return p.Empty
}

// lookup lets a filter read an object. The scope type of a policy is found as
// Directory too. Documented: Microsoft Graph docs, the samples of
// policyroot-list-rolemanagementpolicies have either.
func (c *call) lookup(set *schema.Set, item store.Item) odata.Lookup {
	return func(name string) any {
		p, _ := set.Property(name)
		v := value(p, item.Props)
		switch {
		case name == "id":
			return odata.Exact(item.ID)
		case name == "scopeType" && v == "DirectoryRole":
			return odata.OneOf{"DirectoryRole", "Directory"}
		case name == "roleDefinitionId":
			return c.roleNames(item.Props.String(name))
		case p.Kind == schema.GUID && v != nil:
			return odata.Exact(item.Props.String(name))
		}
		return v
	}
}
