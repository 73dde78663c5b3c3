package graphapi

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/rolewarden/rolewarden/internal/graphsim/assignmentid"
	"github.com/rolewarden/rolewarden/internal/graphsim/pim"
	"github.com/rolewarden/rolewarden/internal/graphsim/schema"
	"github.com/rolewarden/rolewarden/internal/graphsim/seed"
	"github.com/rolewarden/rolewarden/internal/graphsim/store"
	"github.com/rolewarden/rolewarden/internal/graphsim/wire"
)

// sow fills the store with what the seed holds.
func (a *API) sow(s *seed.Seed, now time.Time) error {
	layout := store.Layout{Indexed: a.schema.Indexes(), Apart: a.schema.Apart()}
	layout.Apart[activatedSet] = true
	builtIn := make([]store.Props, len(s.BuiltInRoles))
	for i, role := range s.BuiltInRoles {
		builtIn[i] = roleProps(role, true)
	}
	for _, t := range s.Tenants {
		tenant := a.gate.Store.AddTenant(t.ID, layout)
		by := store.Provenance{Source: store.SourceSeed, Time: now}
		assigned, err := assignedPlans(t.Licences)
		if err != nil {
			return fmt.Errorf("tenant %s: licences: %w", t.DisplayName, err)
		}
		tenant.Put("organization", t.ID, organizationProps(t, assigned), by)
		for i, name := range t.Domains {
			tenant.Put("domains", name, domainProps(i == 0), by)
		}
		for i, role := range s.BuiltInRoles {
			tenant.Put("roleDefinitions", role.ID, builtIn[i], by)
		}
		for _, role := range t.CustomRoles {
			tenant.Put("roleDefinitions", role.ID, roleProps(role, false), by)
		}
		if err := a.sowObjects(tenant, t, by); err != nil {
			return fmt.Errorf("tenant %s: %w", t.DisplayName, err)
		}
	}
	return nil
}

func (a *API) sowObjects(tenant *store.Tenant, t seed.Tenant, by store.Provenance) error {
	for _, set := range a.schema.Sets { // in the schema's order, so that lists come out the same each time
		for _, object := range t.Objects[set.Name] {
			if _, err := a.AddObject(tenant, set.Name, object, by); err != nil {
				return fmt.Errorf("%s %v: %w", set.Name, object["id"], err)
			}
		}
	}
	for _, collection := range slices.Sorted(maps.Keys(t.Objects)) {
		if set := a.schema.Set(collection); set == nil || !set.DirectoryObject {
			return fmt.Errorf("objects: there is no collection %q; use %s", collection, strings.Join(a.collections(), ", "))
		}
	}
	for _, assignment := range t.RoleAssignments {
		if _, err := a.Assign(tenant, assignment.Principal, assignment.Role, assignment.Scope, by); err != nil {
			return fmt.Errorf("roleAssignments: %w", err)
		}
	}
	for _, e := range t.RoleEligibilities {
		if _, err := a.Submit(tenant, pim.Eligibility().Requests, eligible(e), by); err != nil {
			return fmt.Errorf("roleEligibilities: %w", err)
		}
	}
	return nil
}

// eligible is the request for an eligibility of the seed.
func eligible(e seed.Assignment) map[string]any {
	return map[string]any{"action": "adminAssign", "principalId": e.Principal, "roleDefinitionId": e.Role, "directoryScopeId": e.Scope}
}

func (a *API) collections() (names []string) {
	for _, set := range a.schema.Sets {
		if set.DirectoryObject {
			names = append(names, set.Name)
		}
	}
	return names
}

func roleProps(r seed.Role, builtIn bool) store.Props {
	actions := make([]any, len(r.Actions))
	for i, action := range r.Actions {
		actions[i] = action
	}
	props := store.Props{
		"displayName": r.DisplayName, "isBuiltIn": builtIn, "isEnabled": !r.Disabled, "templateId": r.TemplateID,
		"resourceScopes":  []any{"/"},
		"rolePermissions": []any{map[string]any{"allowedResourceActions": actions, "condition": nil}},
	}
	if builtIn {
		props["isPrivileged"] = r.Privileged
	}
	if r.Description != "" {
		props["description"] = r.Description
	}
	if builtIn {
		props["version"] = "1" // documented samples show it for built-in roles, null for custom ones
	}
	return props
}

func organizationProps(t seed.Tenant, plans []any) store.Props {
	domains := make([]any, len(t.Domains))
	for i, domain := range t.Domains {
		domains[i] = map[string]any{
			"name": domain, "isDefault": i == 0, "isInitial": i == 0, "type": "Managed", "capabilities": "Email, OfficeCommunicationsOnline",
		}
	}
	return store.Props{"displayName": t.DisplayName, "tenantType": "AAD", "verifiedDomains": domains, "assignedPlans": plans}
}

func domainProps(first bool) store.Props {
	return store.Props{
		"authenticationType": "Managed", "isAdminManaged": true, "isDefault": first, "isInitial": first, "isRoot": true, "isVerified": true,
		"supportedServices": []any{"Email", "OfficeCommunicationsOnline"},
	}
}

// Assign grants a role with no caller in between: the IDs must lead somewhere,
// and the grant must be new. Call it inside the store's Run.
func (a *API) Assign(t *store.Tenant, principalID, roleID, scope string, by store.Provenance) (string, error) {
	if scope == "" {
		scope = "/"
	}
	if _, ok := t.Now().Get(principalID); !ok {
		return "", fmt.Errorf("there is no object %q in tenant %s", principalID, t.ID)
	}
	if _, ok := t.Now().GetIn("roleDefinitions", roleID); !ok {
		return "", fmt.Errorf("there is no role definition %q in tenant %s", roleID, t.ID)
	}
	id, err := assignmentid.Of(roleID, principalID, scope)
	if err != nil {
		return "", err
	}
	if _, exists := t.Now().Get(id); exists {
		return "", fmt.Errorf("the assignment %s exists already", id)
	}
	t.Put(store.Assignments, id, store.Props{
		"principalId": strings.ToLower(principalID), "roleDefinitionId": strings.ToLower(roleID), "directoryScopeId": scope,
	}, by)
	return id, nil
}

// Unassign takes a role away with no caller in between.
func (a *API) Unassign(t *store.Tenant, id string, by store.Provenance) error {
	row, ok := t.Now().GetIn(store.Assignments, id)
	if !ok {
		return fmt.Errorf("there is no assignment %q in tenant %s", id, t.ID)
	}
	a.pim.Revoke(t, row, by)
	return nil
}

// AddObject adds an object with no caller in between. Its properties must be
// its set's; members and owners must be lists of IDs.
func (a *API) AddObject(t *store.Tenant, collection string, properties map[string]any, by store.Provenance) (string, error) {
	set := a.schema.Set(collection)
	if set == nil || !set.DirectoryObject && collection != "roleDefinitions" {
		return "", fmt.Errorf("there is no collection %q; use %s", collection, strings.Join(a.collections(), ", "))
	}
	props, id, err := a.parseObject(set, properties)
	if err != nil {
		return "", err
	}
	if _, exists := t.Now().Get(id); exists {
		return "", fmt.Errorf("the object %s exists already", id)
	}
	t.Put(set.Name, id, props, by)
	for _, name := range linkNames() {
		ids, _ := properties[name].([]any)
		for _, other := range ids {
			to, _ := other.(string)
			t.Put(name, linkID(name, id, to), store.Props{"from": id, "to": to}, by)
		}
	}
	return id, nil
}

func linkNames() []string { return []string{"members", "owners"} }

func (a *API) parseObject(set *schema.Set, properties map[string]any) (store.Props, string, error) {
	props, id := store.Props{}, ""
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		v := properties[name]
		if nav, ok := set.Navigation(name); ok && nav.Writable && slices.Contains(linkNames(), name) {
			continue
		}
		p, ok := set.Property(name)
		if !ok || !fits(p.Kind, v) {
			return nil, "", fmt.Errorf("%q is no property of %s, or not of this type", name, set.Type)
		}
		if name == "id" {
			id, _ = v.(string)
			continue
		}
		props[name] = v
	}
	if id == "" {
		id = wire.NewGUID()
	}
	if _, err := assignmentid.Of(id, id, "/"); err != nil {
		return nil, "", fmt.Errorf("id %q is not a GUID", id)
	}
	return props, strings.ToLower(id), nil
}

// UpdateObject changes an object with no caller in between.
func (a *API) UpdateObject(t *store.Tenant, id string, properties map[string]any, by store.Provenance) error {
	item, ok := t.Now().Get(id)
	if !ok || a.schema.Set(item.Set) == nil || item.Set == store.Assignments {
		return fmt.Errorf("there is no object %q in tenant %s", id, t.ID)
	}
	changes, _, err := a.parseObject(a.schema.Set(item.Set), properties)
	if err != nil {
		return err
	}
	t.Put(item.Set, item.ID, merged(item.Props, changes), by)
	return nil
}

// RemoveObject removes an object with no caller in between.
func (a *API) RemoveObject(t *store.Tenant, id string, by store.Provenance) error {
	item, ok := t.Now().Get(id)
	if !ok || a.schema.Set(item.Set) == nil {
		return fmt.Errorf("there is no object %q in tenant %s", id, t.ID)
	}
	a.drop(t, item, by)
	return nil
}

// AddMember makes an object a member of another with no caller in between.
func (a *API) AddMember(t *store.Tenant, id, memberID string, by store.Provenance) error {
	item, ok := t.Now().Get(id)
	member, exists := t.Now().Get(memberID)
	if !ok || !exists || item.Set != "groups" && item.Set != "administrativeUnits" {
		return fmt.Errorf("there is no group or administrative unit %q, or no object %q, in tenant %s", id, memberID, t.ID)
	}
	link := linkID("members", item.ID, member.ID)
	if _, already := t.Now().Get(link); already {
		return fmt.Errorf("%s is a member of %s already", memberID, id)
	}
	t.Put("members", link, store.Props{"from": item.ID, "to": member.ID}, by)
	return nil
}

// RemoveMember takes a member out again.
func (a *API) RemoveMember(t *store.Tenant, id, memberID string, by store.Provenance) error {
	if !t.Drop("members", linkID("members", strings.ToLower(id), strings.ToLower(memberID)), by) {
		return fmt.Errorf("%s is no member of %s in tenant %s", memberID, id, t.ID)
	}
	return nil
}

// RestoreObject brings a deleted object back with no caller in between.
func (a *API) RestoreObject(t *store.Tenant, id string, by store.Provenance) error {
	item, ok := t.Now().GetIn(deletedSet, id)
	if !ok {
		return fmt.Errorf("there is no deleted item %q in tenant %s", id, t.ID)
	}
	if err := a.portal(t, deletedSet, by).restore(item); err != nil {
		return err
	}
	return nil
}
