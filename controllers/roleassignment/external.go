package roleassignment

import (
	"context"
	"strings"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graph"
	"github.com/rolewarden/rolewarden/internal/lifecycle"
	"github.com/rolewarden/rolewarden/internal/tenant"
)

type found = lifecycle.Found[v1alpha1.AssignmentGrant]

// external is the way into one directory.
type external struct {
	*tenant.Connection
	tenants *tenant.Registry
}

// Tenant implements lifecycle.External.
func (e external) Tenant() client.Object { return e.Object() }

// Resolve implements lifecycle.External.
func (e external) Resolve(ctx context.Context, obj *v1alpha1.RoleAssignment) (v1alpha1.AssignmentGrant, error) {
	var key graph.AssignmentKey
	var err error
	if key.RoleDefinitionID, err = e.role(ctx, obj.Spec.Role); err != nil {
		return v1alpha1.AssignmentGrant{}, err
	}
	if key.DirectoryScopeID, err = e.scope(ctx, obj.Spec.Scope); err != nil {
		return v1alpha1.AssignmentGrant{}, err
	}
	if key.PrincipalID, err = e.principal(ctx, obj.Spec.Principal); err != nil {
		return v1alpha1.AssignmentGrant{}, err
	}
	if key, err = key.Canonical(); err != nil {
		return v1alpha1.AssignmentGrant{}, invalid(err)
	}
	return grantOf(e.TenantID, key), nil
}

func (e external) principal(ctx context.Context, p v1alpha1.Principal) (string, error) {
	switch {
	case p.User != "":
		ids, err := e.Client.UserIDs(ctx, string(p.User))
		return onlyOf(ids, err, "user", string(p.User), v1alpha1.ReasonPrincipalNotFound)
	case p.Group != "":
		ids, err := e.Client.GroupIDs(ctx, string(p.Group))
		return onlyOf(ids, err, "group", string(p.Group), v1alpha1.ReasonPrincipalNotFound)
	case p.ServicePrincipal != "":
		ids, err := e.Client.ServicePrincipalIDs(ctx, strings.ToLower(string(p.ServicePrincipal)))
		return onlyOf(ids, err, application, string(p.ServicePrincipal), v1alpha1.ReasonPrincipalNotFound)
	}
	return string(p.ID), nil
}

func (e external) role(ctx context.Context, r v1alpha1.Role) (string, error) {
	if r.DisplayName != "" {
		roles, err := e.RolesByName(ctx, string(r.DisplayName))
		ids := make([]string, 0, len(roles))
		for _, role := range roles {
			ids = append(ids, role.ID)
		}
		return onlyOf(ids, err, "role", string(r.DisplayName), v1alpha1.ReasonRoleNotFound)
	}
	id, err := graph.CanonicalID(string(r.ID))
	if err != nil {
		return "", invalid(err)
	}
	role, err := e.RoleByID(ctx, id)
	if err != nil {
		return "", err
	}
	if role == nil {
		return only("role", id, v1alpha1.ReasonRoleNotFound, nil)
	}
	return role.ID, nil
}

func (e external) scope(ctx context.Context, s v1alpha1.Scope) (string, error) {
	switch {
	case s == v1alpha1.Scope{}:
		return graph.TenantScope, nil
	case s.ObjectID != "":
		return graph.ObjectScope(string(s.ObjectID)), nil
	case graph.IsID(string(s.AdministrativeUnit)):
		return graph.AdministrativeUnitScope(string(s.AdministrativeUnit)), nil
	}
	ids, err := e.Client.AdministrativeUnitIDs(ctx, string(s.AdministrativeUnit))
	id, err := onlyOf(ids, err, "administrative unit", string(s.AdministrativeUnit), v1alpha1.ReasonScopeNotFound)
	return graph.AdministrativeUnitScope(id), err
}

func onlyOf(ids []string, err error, what, name string, notFound v1alpha1.Reason) (string, error) {
	if err != nil {
		return "", err
	}
	return only(what, name, notFound, ids)
}

// Read implements lifecycle.External.
func (e external) Read(ctx context.Context, grant v1alpha1.AssignmentGrant) (*found, error) {
	assignment, err := e.Client.FindRoleAssignment(ctx, keyOf(grant))
	if err != nil || assignment == nil {
		return nil, err
	}
	return &found{ID: assignment.ID, Key: grantOf(e.TenantID, assignment.AssignmentKey)}, nil
}

// Authorize implements lifecycle.External.
func (e external) Authorize(context.Context, *v1alpha1.RoleAssignment, v1alpha1.AssignmentGrant) error {
	if err := e.tenants.Open(e.Connection); err != nil {
		return explainTenant(err)
	}
	return nil
}

// Create implements lifecycle.External.
func (e external) Create(ctx context.Context, obj *v1alpha1.RoleAssignment, grant v1alpha1.AssignmentGrant) (found, error) {
	assignment, err := e.Client.CreateRoleAssignment(ctx, keyOf(grant))
	if err != nil {
		return found{}, explainCreate(err, obj, keyOf(grant))
	}
	return found{ID: assignment.ID, Key: grantOf(e.TenantID, assignment.AssignmentKey)}, nil
}

// AuthorizeRevoke implements lifecycle.External.
func (external) AuthorizeRevoke(context.Context, *v1alpha1.RoleAssignment, v1alpha1.AssignmentGrant) error {
	return nil
}

// Delete implements lifecycle.External.
func (e external) Delete(ctx context.Context, f found) error {
	return e.Client.DeleteRoleAssignment(ctx, f.ID)
}
