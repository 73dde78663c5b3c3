package graphapi

import (
	"maps"
	"slices"
	"strings"

	"github.com/rolewarden/rolewarden/internal/graphsim/schema"
	"github.com/rolewarden/rolewarden/internal/graphsim/store"
	"github.com/rolewarden/rolewarden/internal/graphsim/wire"
)

// maxBind is how many links a request can bring along. Documented: Microsoft
// Graph docs, group-post-groups and group-post-members.
const maxBind = 20

// links are the IDs that a body binds, by navigation.
type links map[string][]string

// readProperties reads an object from the body: its properties, each of the
// type it has, and the links it brings along.
func (c *call) readProperties(set *schema.Set, creating bool) (store.Props, links, *wire.Error) {
	var body map[string]any
	if err := c.decode(&body); err != nil {
		return nil, nil, err
	}
	return c.parseProperties(set, body, creating)
}

func (c *call) parseProperties(set *schema.Set, body map[string]any, creating bool) (store.Props, links, *wire.Error) {
	given, bound := store.Props{}, links{}
	for _, name := range slices.Sorted(maps.Keys(body)) { // of several mistakes the same is told each time
		if err := c.parseProperty(set, name, body[name], given, bound, creating); err != nil {
			return nil, nil, err
		}
	}
	return given, bound, nil
}

func (c *call) parseProperty(set *schema.Set, name string, v any, given store.Props, bound links, creating bool) *wire.Error {
	if nav, ok := strings.CutSuffix(name, "@odata.bind"); ok {
		ids, err := c.parseBind(set, nav, v)
		bound[nav] = ids
		return err
	}
	if strings.HasPrefix(name, "@odata.") || strings.HasSuffix(name, "@odata.type") {
		return nil
	}
	p, ok := set.Property(name)
	if !ok {
		return wire.BadRequest("Invalid property '" + name + "'.")
	}
	if p.ReadOnly && v != nil {
		return wire.BadRequest("Property '" + name + "' is read-only and cannot be set.")
	}
	if !fits(p.Kind, v) {
		return wire.BadRequest("One or more property values specified are invalid.")
	}
	if !p.ReadOnly && (v != nil || !creating) {
		given[name] = v
	}
	return nil
}

// fits reports whether a JSON value is of a property's type. Null fits all.
func fits(k schema.Kind, v any) bool {
	if v == nil || k == schema.Complex {
		return true
	}
	switch v := v.(type) {
	case string:
		return k == schema.String || k == schema.GUID || k == schema.Date
	case bool:
		return k == schema.Bool
	case float64:
		return k == schema.Int
	case []any:
		for _, element := range v {
			if _, ok := element.(string); !ok {
				return false
			}
		}
		return k == schema.Strings
	}
	return false
}

// parseBind reads the URLs of a members@odata.bind.
func (c *call) parseBind(set *schema.Set, nav string, v any) ([]string, *wire.Error) {
	n, ok := set.Navigation(nav)
	urls, isList := v.([]any)
	if !ok || !n.Writable || n.Links == "" || !isList {
		return nil, wire.BadRequest("Invalid property '" + nav + "@odata.bind'.")
	}
	if len(urls) > maxBind {
		return nil, wire.BadRequest("The number of references in '" + nav + "@odata.bind' is more than the 20 that one request can add.")
	}
	ids := make([]string, len(urls))
	seen := map[string]bool{}
	for i, u := range urls {
		id, err := reference(u)
		if err == nil {
			err = c.checkReference(id)
		}
		if err != nil {
			return nil, err
		}
		if ids[i] = strings.ToLower(id); seen[ids[i]] {
			return nil, wire.BadRequest("Request contains a property with duplicate values.")
		}
		seen[ids[i]] = true
	}
	return ids, nil
}

// reference takes the ID off the end of an object's URL, which may use the
// path of any set and any host: the directory reads the ID only.
func reference(v any) (string, *wire.Error) {
	address, _ := v.(string)
	id := address[strings.LastIndexByte(address, '/')+1:]
	id = strings.TrimSuffix(strings.TrimPrefix(id, "directoryObjects('"), "')")
	if len(id) != 36 || !strings.Contains(address, "/") {
		return "", wire.BadRequest("Invalid URL format specified in @odata.id or @odata.bind.")
	}
	return id, nil
}

// checkReference refuses what is not there, as far as replicas have heard.
func (c *call) checkReference(id string) *wire.Error {
	item, ok := c.read().Get(id)
	if !ok || c.moment.Blind || !c.isObject(item) {
		return wire.NotFound(id)
	}
	return nil
}
