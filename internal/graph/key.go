package graph

import (
	"fmt"
	"regexp"
	"strings"
)

// TenantScope is the directory scope of an assignment that holds for the whole tenant.
const TenantScope = "/"

// administrativeUnits is the path under which administrative units stand in a directory scope.
const administrativeUnits = "/administrativeUnits/"

var guid = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`)

// IsID tells whether s has the form of a directory object's ID.
func IsID(s string) bool { return guid.MatchString(s) }

// CanonicalID returns the one spelling of an object ID that is compared and stored. The directory answers in lower case
// and compares some filters by case.
func CanonicalID(id string) (string, error) {
	if !IsID(id) {
		return "", fmt.Errorf("%q is not an object ID: write it as 8-4-4-4-12 hexadecimal digits", id)
	}
	return strings.ToLower(id), nil
}

// AdministrativeUnitScope is the directory scope of the members of an administrative unit.
func AdministrativeUnitScope(id string) string { return administrativeUnits + id }

// IsAdministrativeUnitScope tells whether a scope, in its one spelling, is that of an administrative unit.
func IsAdministrativeUnitScope(scope string) bool {
	return strings.HasPrefix(scope, administrativeUnits)
}

// ObjectScope is the directory scope of one object: an application, a service principal or a group.
func ObjectScope(id string) string { return "/" + id }

// CanonicalScope returns the one spelling of a directory scope: "/", "/{id}" or "/administrativeUnits/{id}" with the ID
// in lower case. Anything else is an error, since it would name another grant than it seems to.
func CanonicalScope(scope string) (string, error) {
	if scope == TenantScope {
		return scope, nil
	}
	prefix, id := "/", strings.TrimPrefix(scope, "/")
	if len(scope) > len(administrativeUnits) && strings.EqualFold(scope[:len(administrativeUnits)], administrativeUnits) {
		prefix, id = administrativeUnits, scope[len(administrativeUnits):]
	}
	id, err := CanonicalID(id)
	if err != nil || !strings.HasPrefix(scope, "/") {
		return "", fmt.Errorf(`%q is not a directory scope: write "/", "/{object ID}" or "/administrativeUnits/{object ID}"`, scope)
	}
	return prefix + id, nil
}

// Canonical returns the key with each part in its one spelling.
func (k AssignmentKey) Canonical() (AssignmentKey, error) {
	principal, err := CanonicalID(k.PrincipalID)
	if err != nil {
		return AssignmentKey{}, fmt.Errorf("principal: %w", err)
	}
	role, err := CanonicalID(k.RoleDefinitionID)
	if err != nil {
		return AssignmentKey{}, fmt.Errorf("role definition: %w", err)
	}
	scope, err := CanonicalScope(k.DirectoryScopeID)
	if err != nil {
		return AssignmentKey{}, fmt.Errorf("scope: %w", err)
	}
	return AssignmentKey{PrincipalID: principal, RoleDefinitionID: role, DirectoryScopeID: scope}, nil
}
