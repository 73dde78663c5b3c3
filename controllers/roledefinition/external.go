package roledefinition

import (
	"context"
	"slices"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/claim"
	"github.com/rolewarden/rolewarden/internal/graph"
	"github.com/rolewarden/rolewarden/internal/lifecycle"
)

type found = lifecycle.Found[v1alpha1.DefinitionGrant]

// external is the way into one directory.
type external struct{ claim.Directory }

// Resolve implements lifecycle.External.
func (e external) Resolve(_ context.Context, obj *v1alpha1.RoleDefinition) (v1alpha1.DefinitionGrant, error) {
	id := claim.DefinitionID(e.TenantID, client.ObjectKeyFromObject(obj))
	return v1alpha1.DefinitionGrant{TenantID: v1alpha1.ObjectID(e.TenantID), TemplateID: v1alpha1.ObjectID(id)}, nil
}

// Read implements lifecycle.External.
func (e external) Read(ctx context.Context, grant v1alpha1.DefinitionGrant) (*found, error) {
	role, err := e.Client.CustomRole(ctx, string(grant.TemplateID))
	if err != nil || role == nil {
		return nil, err
	}
	return e.found(*role), nil
}

func (e external) found(r graph.CustomRole) *found {
	return &found{ID: r.ID, Key: v1alpha1.DefinitionGrant{TenantID: v1alpha1.ObjectID(e.TenantID), TemplateID: v1alpha1.ObjectID(r.ID)}, Detail: r}
}

// Authorize implements lifecycle.External.
func (e external) Authorize(context.Context, *v1alpha1.RoleDefinition, v1alpha1.DefinitionGrant) error {
	return e.Open()
}

// Create implements lifecycle.External.
func (e external) Create(ctx context.Context, obj *v1alpha1.RoleDefinition, grant v1alpha1.DefinitionGrant) (found, error) {
	role, err := e.Client.CreateCustomRole(ctx, roleOf(obj, string(grant.TemplateID)))
	if err != nil {
		return found{}, err
	}
	return *e.found(role), nil
}

// Differs implements lifecycle.Editor.
func (e external) Differs(obj *v1alpha1.RoleDefinition, f found) bool {
	is, ok := f.Detail.(graph.CustomRole)
	want := roleOf(obj, is.ID)
	return ok && (is.DisplayName != want.DisplayName || is.Description != want.Description || is.Enabled != want.Enabled ||
		!slices.Equal(is.Actions, want.Actions))
}

// Update implements lifecycle.Editor.
func (e external) Update(ctx context.Context, obj *v1alpha1.RoleDefinition, f found) error {
	return e.Client.UpdateCustomRole(ctx, roleOf(obj, f.ID))
}

// AuthorizeRevoke implements lifecycle.External: what is assigned goes first.
func (e external) AuthorizeRevoke(ctx context.Context, _ *v1alpha1.RoleDefinition, grant v1alpha1.DefinitionGrant) error {
	return e.Vacant(ctx, "status.grant.roleDefinitionID", string(grant.TemplateID), "")
}

// Delete implements lifecycle.External.
func (e external) Delete(ctx context.Context, f found) error {
	return e.Client.DeleteCustomRole(ctx, f.ID)
}

// roleOf is a spec in Graph's terms.
func roleOf(obj *v1alpha1.RoleDefinition, id string) graph.CustomRole {
	role := graph.CustomRole{
		ID: id, DisplayName: string(obj.Spec.DisplayName), Description: obj.Spec.Description, Enabled: obj.Spec.State != v1alpha1.DefinitionDisabled,
	}
	for _, action := range obj.Spec.AllowedResourceActions {
		role.Actions = append(role.Actions, string(action))
	}
	slices.Sort(role.Actions)
	return role
}
