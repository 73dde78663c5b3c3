package seed

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// directory finds the objects and roles of a tenant by ID or by name.
type directory struct {
	objects, roles map[string][]string // lower-case ID or name → IDs
}

// names indexes a tenant, and refuses an ID that is given twice.
func (t *Tenant) names(builtIn []Role) (directory, error) {
	d := directory{objects: map[string][]string{}, roles: map[string][]string{}}
	for _, list := range [][]Role{builtIn, t.CustomRoles} {
		for _, r := range list {
			if len(d.roles[r.ID]) > 0 {
				return d, fmt.Errorf("role %s is there twice", r.ID)
			}
			add(d.roles, r.ID, r.ID, r.DisplayName)
		}
	}
	for _, collection := range slices.Sorted(maps.Keys(t.Objects)) { // what is told of a mistake is the same each time
		for i, object := range t.Objects[collection] {
			if err := d.addObject(object); err != nil {
				return d, fmt.Errorf("%s[%d]: %w", collection, i, err)
			}
		}
	}
	return d, nil
}

func (d directory) addObject(object map[string]any) error {
	id, _ := object["id"].(string)
	if err := guid("id", &id); err != nil {
		return err
	}
	if len(d.objects[id]) > 0 {
		return fmt.Errorf("the id %s is there twice", id)
	}
	object["id"] = id
	keys := []string{id}
	for _, property := range []string{"displayName", "userPrincipalName", "appId"} {
		if name, ok := object[property].(string); ok {
			keys = append(keys, name)
		}
	}
	add(d.objects, id, keys...)
	return nil
}

func add(index map[string][]string, id string, keys ...string) {
	for _, k := range keys {
		index[strings.ToLower(k)] = append(index[strings.ToLower(k)], id)
	}
}

func find(index map[string][]string, what, name string) (string, error) {
	ids := index[strings.ToLower(name)]
	switch len(ids) {
	case 1:
		return ids[0], nil
	case 0:
		return "", fmt.Errorf("there is no %s %q; add it or correct the reference", what, name)
	}
	return "", fmt.Errorf("%q could be any of %s; use the id", name, strings.Join(ids, ", "))
}

func (d directory) object(name string) (string, error) { return find(d.objects, "object", name) }

func (d directory) role(name string) (string, error) { return find(d.roles, "role", name) }

// scope resolves the name at the end of a directory scope.
func (d directory) scope(scope string) (string, error) {
	if scope == "" || scope == "/" {
		return "/", nil
	}
	prefix, name := "/", strings.TrimPrefix(scope, "/")
	if unit, ok := strings.CutPrefix(scope, "/administrativeUnits/"); ok {
		prefix, name = "/administrativeUnits/", unit
	}
	id, err := d.object(name)
	return prefix + id, err
}

// resolveAll turns a list of names in an object into a list of IDs.
func (d directory) resolveAll(object map[string]any, link string) error {
	value, ok := object[link]
	if !ok {
		return nil
	}
	list, ok := value.([]any)
	if !ok {
		return fmt.Errorf("must be a list of IDs or names")
	}
	ids := make([]any, len(list))
	for i, item := range list {
		name, _ := item.(string)
		id, err := d.object(name)
		if err != nil {
			return err
		}
		ids[i] = id
	}
	object[link] = ids
	return nil
}
