package seed

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// complete fills in what may be left out, turns names into IDs, and checks
// that everything referred to is there.
func (s *Seed) complete() error {
	if len(s.Tenants) == 0 {
		return errors.New("there is no tenant; give at least one under tenants")
	}
	if err := completeRoles("builtInRoles", s.BuiltInRoles); err != nil {
		return err
	}
	seen := map[string]bool{}
	for i := range s.Tenants {
		t := &s.Tenants[i]
		if err := t.complete(s.BuiltInRoles); err != nil {
			return fmt.Errorf("tenant %s: %w", t.name(), err)
		}
		if seen[t.ID] {
			return fmt.Errorf("tenant %s is there twice; give each its own id", t.name())
		}
		seen[t.ID] = true
	}
	return nil
}

func (t *Tenant) name() string {
	if t.DisplayName != "" {
		return t.DisplayName
	}
	return t.ID
}

func (t *Tenant) complete(builtIn []Role) error {
	if err := guid("id", &t.ID); err != nil {
		return err
	}
	if len(t.Domains) == 0 {
		return errors.New("domains is empty; give at least one, such as contoso.com")
	}
	if err := completeRoles("customRoles", t.CustomRoles); err != nil {
		return err
	}
	names, err := t.names(builtIn)
	if err != nil {
		return err
	}
	return errors.Join(t.completeLinks(names), t.completeApps(names),
		completeAssignments("roleAssignments", t.RoleAssignments, names), completeAssignments("roleEligibilities", t.RoleEligibilities, names))
}

func completeRoles(where string, roles []Role) error {
	for i := range roles {
		r := &roles[i]
		if r.TemplateID == "" {
			r.TemplateID = r.ID
		}
		if err := errors.Join(guid("id", &r.ID), guid("templateId", &r.TemplateID)); err != nil {
			return fmt.Errorf("%s: role %q: %w", where, r.DisplayName, err)
		}
		if r.DisplayName == "" {
			return fmt.Errorf("%s: role %s has no displayName", where, r.ID)
		}
	}
	return nil
}

// completeLinks resolves the members and owners of objects.
func (t *Tenant) completeLinks(names directory) error {
	for _, collection := range slices.Sorted(maps.Keys(t.Objects)) {
		for _, object := range t.Objects[collection] {
			for _, link := range []string{"members", "owners"} {
				if err := names.resolveAll(object, link); err != nil {
					return fmt.Errorf("%s %v: %s: %w", collection, object["displayName"], link, err)
				}
			}
		}
	}
	return nil
}

func (t *Tenant) completeApps(names directory) (err error) {
	for i := range t.Apps {
		app := &t.Apps[i]
		if err := guid("appId", &app.AppID); err != nil {
			return fmt.Errorf("apps: %w", err)
		}
		if app.ServicePrincipal, err = names.object(app.ServicePrincipal); err != nil {
			return fmt.Errorf("app %s: servicePrincipal: %w", app.AppID, err)
		}
		for j := range app.FederatedCredentials {
			if app.FederatedCredentials[j].Audience == "" {
				app.FederatedCredentials[j].Audience = "api://AzureADTokenExchange"
			}
		}
	}
	return nil
}

func completeAssignments(where string, list []Assignment, names directory) (err error) {
	for i := range list {
		a := &list[i]
		if a.Principal, err = names.object(a.Principal); err != nil {
			return fmt.Errorf("%s: principal: %w", where, err)
		}
		if a.Role, err = names.role(a.Role); err != nil {
			return fmt.Errorf("%s: role: %w", where, err)
		}
		if a.Scope, err = names.scope(a.Scope); err != nil {
			return fmt.Errorf("%s: scope: %w", where, err)
		}
	}
	return nil
}

// guid makes an ID lower case, as the directory writes it.
func guid(field string, id *string) error {
	*id = strings.ToLower(*id)
	if !isGUID(*id) {
		return fmt.Errorf("%s is %q; it must be a GUID such as 62e90394-69f5-4237-9190-012177145e10", field, *id)
	}
	return nil
}

func isGUID(s string) bool {
	ok, err := regexp.MatchString(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`, s)
	return ok && err == nil
}
