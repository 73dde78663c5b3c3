package schema

import (
	"slices"
	"strings"
)

// Kind is the type of a property.
type Kind int

// The kinds of properties there are.
const (
	String Kind = iota
	GUID        // a string that is an identifier: filters compare it exactly
	Bool
	Int
	Strings // a collection of strings
	Date    // a DateTimeOffset, kept as text
	Complex // anything else: kept as it came
)

// Filters says which filters a property supports.
type Filters int

// What a property can be filtered by; each includes those before it.
const (
	NoFilter Filters = iota
	Equal            // eq, in
	Prefix           // startswith
	Full             // and, with advanced queries, ne, not, endswith; ge and le
)

// Property is one property of an entity type.
type Property struct {
	Name   string
	Kind   Kind
	Filter Filters
	// OnSelect: answered only where $select asks for it.
	OnSelect bool
	// Unequal: ne, and comparisons with null, in plain queries too.
	Unequal bool
	// Beta: there is no such property in v1.0.
	Beta bool
	// ReadOnly: a client cannot give it.
	ReadOnly bool
	// Immutable: a client can give it only at creation.
	Immutable bool
	// Kept: a change cannot clear it.
	Kept bool
	// WriteOnly: never answered.
	WriteOnly bool
	// Unique: no two objects of the set have the same value.
	Unique bool
	// Empty is what the property is where nothing was given; nil is null.
	Empty any
}

// Navigation leads from an object to others.
type Navigation struct {
	Name string
	// Reference is the property that holds the other's ID. Without it, the
	// navigation is a set of links.
	Reference string
	// Value is the property that holds what the navigation leads to, where that
	// is a list and no set of its own.
	Value string
	// Set is where the reference leads to; empty: to any object.
	Set string
	// Links is the name of the links it follows: "members" or "owners".
	Links string
	// Holders: to those who hold a role over the tenant; its links are role assignments.
	Holders bool
	// Backwards: against the links' direction. Transitive: as far as they go.
	Backwards, Transitive bool
	// AdvancedCasts: narrowing it to a type is an advanced query.
	AdvancedCasts bool
	// Writable: links can be added and removed with $ref.
	Writable bool
	// Write are the permissions for that.
	Write []string
	// Cost is how many resource units a list costs.
	Cost int
}

// Set is an entity set.
type Set struct {
	// Name is the collection's and begins the names of its operations.
	Name string
	// Paths are where it is, without a slash at either end.
	Paths []string
	// Type is the entity type, without its namespace.
	Type string
	// Beta: there is no such set in v1.0.
	Beta bool
	// Apart: its IDs are its own, and can be those of entities of other sets.
	Apart bool
	// Licensed: its calls take a licence for Privileged Identity Management.
	Licensed bool
	// ScopeErrors: it refuses a token without the permission in the shape that
	// only Privileged Identity Management uses.
	ScopeErrors bool
	// DirectoryObject: its entities are directory objects too.
	DirectoryObject bool
	// SoftDelete: what is deleted can be restored for a while.
	SoftDelete bool
	// Principal: its entities can hold roles.
	Principal bool

	Properties  []Property
	Navigations []Navigation
	// Keys are alternate keys: set(key='value').
	Keys []string
	// PathKey is a property that can stand in for the ID in a path.
	PathKey string
	// Indexed properties are found without a scan.
	Indexed []string
	// Required properties must be given at creation.
	Required []string

	// Read, Create, Update and Delete are the permissions of which one is
	// needed; none at all: the method is not allowed.
	Read, Create, Update, Delete []string

	// Query are the options a list takes, QueryOne those of a get.
	Query, QueryOne []string
	// NeedsFilter names what a list must be filtered by.
	NeedsFilter []string
	// OneExpand: no more than one property can be expanded.
	OneExpand bool
	// Conjunctions: filters can be joined by and only.
	Conjunctions bool
	// Cost is how many resource units a list costs, before $select and $expand;
	// reading one object costs one.
	Cost int
}

// Property returns the description of a property.
func (s *Set) Property(name string) (Property, bool) {
	i := slices.IndexFunc(s.Properties, func(p Property) bool { return p.Name == name })
	if i < 0 {
		return Property{}, false
	}
	return s.Properties[i], true
}

// Navigation returns the description of a navigation.
func (s *Set) Navigation(name string) (Navigation, bool) {
	i := slices.IndexFunc(s.Navigations, func(n Navigation) bool { return n.Name == name })
	if i < 0 {
		return Navigation{}, false
	}
	return s.Navigations[i], true
}

// IsObject reports whether the set's entities can be among objects of other
// types, and then say of which type they are.
func (s *Set) IsObject() bool { return s.DirectoryObject || s.Name == "directoryRoles" }

// Resource is what error texts call the type.
func (s *Set) Resource() string { return strings.ToUpper(s.Type[:1]) + s.Type[1:] }

// Schema is all entity sets.
type Schema struct {
	Sets []*Set
	// Absent are types of directory objects of which there are none here: they
	// have no paths that are served.
	Absent []*Set
	names  map[string]*Set
}

// New returns the entity sets of the simulated directory.
func New() *Schema {
	s := &Schema{Sets: append([]*Set{
		roleAssignments(), roleDefinitions(), users(), groups(), servicePrincipals(), applications(),
		administrativeUnits(), organization(), directoryObjects(), deletedItems(),
	}, slices.Concat(pimSets(), []*Set{policies(), policyAssignments()}, oldRoles())...), Absent: absent()}
	return s.named()
}

func (s *Schema) named() *Schema {
	s.names = map[string]*Set{}
	for _, set := range s.Sets {
		s.names[set.Name] = set
	}
	return s
}

// Released is what of a schema is in v1.0.
func (s *Schema) Released() *Schema {
	out := &Schema{Absent: s.Absent}
	for _, set := range s.Sets {
		if set.Beta {
			continue
		}
		released := *set
		released.Properties = slices.DeleteFunc(slices.Clone(set.Properties), func(p Property) bool { return p.Beta })
		out.Sets = append(out.Sets, &released)
	}
	return out.named()
}

// Set returns the set of this name, or nil.
func (s *Schema) Set(name string) *Set { return s.names[name] }

// Type returns the set of a type that directory objects can have, or nil.
func (s *Schema) Type(name string) *Set {
	for _, set := range s.Sets {
		if (set.IsObject() || set.Name == "directoryObjects") && set.Type == name {
			return set
		}
	}
	if i := slices.IndexFunc(s.Absent, func(set *Set) bool { return set.Type == name }); i >= 0 {
		return s.Absent[i]
	}
	return nil
}

// ByPath finds the set that a path begins with, and what is left of the path.
// The segments are compared by name only: a key behind a name is left to the caller.
func (s *Schema) ByPath(segments []string) (set *Set, rest int) {
	for _, candidate := range s.Sets {
		for _, path := range candidate.Paths {
			if n := strings.Count(path, "/") + 1; n > rest && hasPrefix(segments, strings.Split(path, "/")) {
				set, rest = candidate, n
			}
		}
	}
	return set, rest
}

func hasPrefix(segments, path []string) bool {
	if len(segments) < len(path) {
		return false
	}
	for i, want := range path {
		name, _, _ := strings.Cut(segments[i], "(")
		if !strings.EqualFold(name, want) {
			return false
		}
	}
	return true
}

// Indexes are the indexed properties of every set, and of links.
func (s *Schema) Indexes() map[string][]string {
	out := map[string][]string{}
	for _, set := range s.Sets {
		out[set.Name] = set.Indexed
	}
	for _, links := range []string{"members", "owners"} {
		out[links] = []string{"from", "to"}
	}
	return out
}

// Apart are the sets whose IDs are their own.
func (s *Schema) Apart() map[string]bool {
	out := map[string]bool{}
	for _, set := range s.Sets {
		out[set.Name] = set.Apart
	}
	return out
}
