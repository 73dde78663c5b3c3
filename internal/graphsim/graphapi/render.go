package graphapi

import (
	"slices"
	"strings"

	"github.com/rolewarden/rolewarden/internal/graphsim/odata"
	"github.com/rolewarden/rolewarden/internal/graphsim/schema"
	"github.com/rolewarden/rolewarden/internal/graphsim/store"
	"github.com/rolewarden/rolewarden/internal/graphsim/wire"
)

// shape is what of an object is answered.
type shape struct {
	set    *schema.Set
	names  []string // nil: what is answered by default
	expand []expansion
	typed  bool // say what type each object is
}

type expansion struct {
	nav    schema.Navigation
	names  []string
	nested []expansion
}

// shape reads $select and $expand.
func (c *call) shape(set *schema.Set) (shape, *wire.Error) {
	s := shape{set: set}
	for _, name := range c.query.Select {
		_, property := set.Property(name)
		if _, navigation := set.Navigation(name); !property && !navigation && name != "*" {
			return s, unselectable(set, name)
		}
		s.names = append(s.names, name)
	}
	if slices.Contains(s.names, "*") {
		s.names = nil
	}
	if set.OneExpand && len(c.query.Expand) > 1 {
		return s, wire.BadRequest("Only one property can be expanded in a single query.")
	}
	var err *wire.Error
	s.expand, err = c.expansions(set, c.query.Expand)
	return s, err
}

// expansions reads what is to be expanded, and of that in turn. Assumed: what
// leads to objects of several types is not expanded any further.
func (c *call) expansions(set *schema.Set, asked []odata.Expand) (out []expansion, err *wire.Error) {
	for _, e := range asked {
		x := expansion{names: e.Select}
		if x.nav, err = expandable(set, e); err != nil {
			return nil, err
		}
		if len(e.Nested) > 0 {
			if x.nav.Set == "" {
				return nil, unselectable(set, e.Property+"/"+e.Nested[0].Property)
			}
			if x.nested, err = c.expansions(c.schema.Set(x.nav.Set), e.Nested); err != nil {
				return nil, err
			}
		}
		out = append(out, x)
	}
	return out, nil
}

// expandable refuses what cannot be expanded. Documented: Microsoft Graph docs,
// resources/unifiedroleassignment: appScope is for entitlement management.
func expandable(set *schema.Set, e odata.Expand) (schema.Navigation, *wire.Error) {
	nav, ok := set.Navigation(e.Property)
	if !ok || nav.Transitive {
		return nav, unselectable(set, e.Property)
	}
	return nav, nil
}

func unselectable(set *schema.Set, name string) *wire.Error {
	return badRequest("Parsing OData Select and Expand failed: Could not find a property named '" + name + "' on type 'microsoft.graph." + set.Type + "'.")
}

// render is an object as it is answered.
func (c *call) render(s shape, item store.Item) map[string]any {
	body := map[string]any{}
	for _, p := range s.set.Properties {
		if p.WriteOnly || (s.names == nil && p.OnSelect) || (s.names != nil && !slices.Contains(s.names, p.Name)) {
			continue
		}
		body[p.Name] = value(p, item.Props)
		if p.Name == "id" {
			body["id"] = item.ID
		}
	}
	if s.typed {
		body["@odata.type"] = "#microsoft.graph." + s.set.Type
	}
	for _, e := range s.expand {
		c.expand(body, e, item)
	}
	return body
}

// maxExpanded is how many objects of a collection are expanded. Documented:
// Microsoft Graph docs, concepts/query-parameters.md.
const maxExpanded = 20

// expand adds what a navigation leads to: an object, or some of many.
func (c *call) expand(body map[string]any, e expansion, item store.Item) {
	if e.nav.Value != "" {
		body[e.nav.Name] = values(e.nav, item)
		return
	}
	if e.nav.Reference == "" {
		others := []any{}
		for _, other := range c.linked(e.nav, item.ID) {
			if len(others) < maxExpanded {
				others = append(others, c.renderTyped(other, e.names))
			}
		}
		body[e.nav.Name] = others
		return
	}
	other, ok := c.referred(e.nav, item)
	if !ok {
		body[e.nav.Name] = nil // Assumed: a scope of "/" is no object to show.
		return
	}
	set := c.schema.Set(other.Set)
	body[e.nav.Name] = c.render(shape{set: set, names: e.names, expand: e.nested, typed: set.DirectoryObject}, other)
}

// referred is the object that a property of another names.
func (c *call) referred(nav schema.Navigation, item store.Item) (store.Item, bool) {
	id := item.Props.String(nav.Reference)
	id = id[strings.LastIndexByte(id, '/')+1:]
	if nav.Set != "" {
		return c.fetch(c.read(), c.schema.Set(nav.Set), id)
	}
	return c.read().Get(id)
}

// renderTyped is an object among objects of other types. Role definitions are
// always of one type and do not say so.
func (c *call) renderTyped(item store.Item, names []string) map[string]any {
	set := c.schema.Set(item.Set)
	return c.render(shape{set: set, names: names, typed: set.IsObject()}, item)
}

// context is the URL that says what an answer is about.
func (c *call) context(set *schema.Set, one bool) string {
	parts := slices.Clone(c.query.Select)
	for _, e := range c.query.Expand {
		parts = append(parts, e.Property+"("+strings.Join(e.Select, ",")+")")
	}
	context := c.base + "/$metadata#" + set.Paths[0]
	if len(parts) > 0 {
		context += "(" + strings.Join(parts, ",") + ")"
	}
	if one {
		context += "/$entity"
	}
	return context
}
