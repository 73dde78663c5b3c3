package graphapi

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/rolewarden/rolewarden/internal/graphsim/schema"
	"github.com/rolewarden/rolewarden/internal/graphsim/wire"
)

// resolve finds what a path leads to.
func (c *call) resolve(escaped string) (target, *wire.Error) {
	segments, err := split(escaped)
	if err != nil {
		return target{}, badRequest("The path of the URL cannot be read.")
	}
	if len(segments) == 0 || segments[0] != released && segments[0] != beta {
		return target{}, wrongVersion(segments)
	}
	if len(segments) == 1 {
		return target{}, badRequest("Give a path after /" + segments[0] + ".")
	}
	segments = segments[1:]
	if found, ok := special(segments); ok {
		return found, nil
	}
	set, n := c.schema.ByPath(segments)
	if set == nil {
		return target{}, c.lost(segments)
	}
	_, inner, keyed := strings.Cut(segments[n-1], "(")
	if !keyed && n < len(segments) && strings.HasPrefix(segments[n], "(") {
		// Documented: Microsoft Graph docs, group-upsert, has a slash before the key.
		inner, keyed, n = segments[n][1:], true, n+1
	}
	if !keyed && n == len(segments) {
		return target{set: set, actions: collectionActions(set)}, nil
	}
	return c.resolveEntity(set, inner, keyed, segments[n:])
}

// split cuts a path into its segments.
func split(escaped string) ([]string, error) {
	var out []string
	for part := range strings.SplitSeq(strings.Trim(escaped, "/"), "/") {
		segment, err := url.PathUnescape(part)
		if err != nil {
			return nil, err
		}
		if segment != "" {
			out = append(out, segment)
		}
	}
	return out, nil
}

// wrongVersion refuses what is neither v1.0 nor beta. Assumed: the text.
func wrongVersion(segments []string) *wire.Error {
	asked := ""
	if len(segments) > 0 {
		asked = segments[0]
	}
	return badRequest("Invalid version: " + asked + ". The simulator serves v1.0 and beta.")
}

// lost names the first segment that leads nowhere. Documented: the text of
// Microsoft Graph's answer to an unknown segment.
func (c *call) lost(segments []string) *wire.Error {
	if strings.EqualFold(segments[0], "me") {
		return badRequest("/me request is only valid with delegated authentication flow.")
	}
	for i := range segments {
		if !slices.ContainsFunc(c.schema.Sets, func(s *schema.Set) bool { return leads(s, segments[:i+1]) }) {
			return wire.NoSegment(segments[i])
		}
	}
	return wire.NoSegment(segments[len(segments)-1])
}

func leads(s *schema.Set, segments []string) bool {
	return slices.ContainsFunc(s.Paths, func(p string) bool {
		return strings.HasPrefix(strings.ToLower(p+"/"), strings.ToLower(strings.Join(segments, "/"))+"/")
	})
}

// special are paths that are no entity sets.
func special(segments []string) (target, bool) {
	if len(segments) == 1 && segments[0] == "$batch" {
		return target{actions: map[string]action{http.MethodPost: {name: "batch", body: true, unlocked: true, run: serveBatch}}}, true
	}
	return target{}, false
}

// resolveEntity goes on from a set: a key, or an action of the set.
func (c *call) resolveEntity(set *schema.Set, inner string, keyed bool, rest []string) (target, *wire.Error) {
	t := target{set: set}
	switch {
	case keyed:
		var err *wire.Error
		if t.keyProperty, t.key, err = alternateKey(set, inner); err != nil {
			return t, err
		}
	case set.Name == deletedSet:
		return c.deletedAction(t, rest)
	default:
		if actions := collectionFunction(set, rest); actions != nil {
			return target{set: set, actions: actions}, nil
		}
		t.key, rest = rest[0], rest[1:]
	}
	if len(rest) == 0 {
		t.actions = entityActions(set)
		return t, nil
	}
	return c.resolveNavigation(t, rest)
}

// alternateKey reads 'id') or property='value').
func alternateKey(set *schema.Set, inner string) (property, value string, err *wire.Error) {
	text, closed := strings.CutSuffix(inner, ")")
	if name, rest, ok := strings.Cut(text, "="); ok && !strings.HasPrefix(text, "'") {
		property, text = name, rest
	}
	known := property == "" || property == "id" || slices.Contains(set.Keys, property)
	if !closed || !known || len(text) < 2 || text[0] != '\'' || text[len(text)-1] != '\'' {
		return "", "", badRequest("Resource not found for the segment '" + set.Name + "(" + inner + "'.")
	}
	if property == "id" {
		property = ""
	}
	return property, strings.ReplaceAll(text[1:len(text)-1], "''", "'"), nil
}

// resolveNavigation goes on from an object.
func (c *call) resolveNavigation(t target, rest []string) (target, *wire.Error) {
	name := unqualified(rest[0])
	if actions := entityFunction(t.set, name); actions != nil && len(rest) == 1 {
		t.actions = actions
		return t, nil
	}
	if t.set.Name == "administrativeUnits" && rest[0] == scopedSet {
		return c.scopedTarget(t, rest[1:])
	}
	nav, ok := t.set.Navigation(rest[0])
	if !ok {
		return t, wire.NoSegment(rest[0])
	}
	t.nav = nav
	return c.resolveLinks(t, rest[1:])
}

// resolveLinks goes on from a navigation.
func (c *call) resolveLinks(t target, rest []string) (target, *wire.Error) {
	switch {
	case len(rest) == 0:
		t.actions = navigationActions(t.set, t.nav)
	case len(rest) == 2 && rest[1] == "$count" && c.castTo(rest[0]) != nil:
		t.cast, t.actions = c.castTo(rest[0]), countActions(t.set, t.nav)
	case len(rest) == 2 && rest[1] == "$ref":
		t.member, t.actions = rest[0], linkActions(t.set, t.nav)
	case len(rest) > 1:
		return t, wire.NoSegment(rest[len(rest)-1])
	case rest[0] == "$ref":
		t.actions = referenceActions(t.set, t.nav)
	case rest[0] == "$count" && t.nav.Reference == "":
		t.actions = countActions(t.set, t.nav)
	case t.nav.Value != "":
		t.member, t.actions = rest[0], valueActions(t.set, t.nav)
	case c.castTo(rest[0]) != nil:
		t.cast, t.actions = c.castTo(rest[0]), navigationActions(t.set, t.nav)
	default:
		t.member, t.actions = rest[0], memberActions(t.set, t.nav)
	}
	return t, nil
}

// castTo finds the set of a type name in a path: of one that objects can have.
func (c *call) castTo(segment string) *schema.Set {
	name := unqualified(segment)
	if name == segment {
		return nil
	}
	return c.schema.Type(name)
}

// unqualified is the name of a type or function without its namespace, for
// which Microsoft's SDKs send the alias. Documented: the $metadata document.
func unqualified(segment string) string {
	if name, ok := strings.CutPrefix(segment, "microsoft.graph."); ok {
		return name
	}
	return strings.TrimPrefix(segment, "graph.")
}
