package claim

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graph"
	"github.com/rolewarden/rolewarden/internal/lifecycle"
)

// Found is an assignment that the directory holds.
type Found = lifecycle.Found[v1alpha1.AssignmentGrant]

// Assignment are the fields of a spec that name an assignment. Its JSON is digested, so a new field must be left out of it
// when empty, or every name would be looked up again after an upgrade.
type Assignment struct {
	TenantRef v1alpha1.TenantReference `json:"tenantRef,omitzero"`
	Principal v1alpha1.Principal       `json:"principal"`
	Role      v1alpha1.Role            `json:"role"`
	Scope     v1alpha1.Scope           `json:"scope,omitzero"`
	Scheduled bool                     `json:"scheduled,omitempty"`
}

// String returns the assignment in the words of the spec.
func (a Assignment) String() string {
	p := a.Principal
	text := fmt.Sprintf("%s for %s", cmp.Or(string(a.Role.DisplayName), a.Role.DefinitionRef.Name, string(a.Role.ID)),
		cmp.Or(string(p.User), string(p.Group), p.GroupRef.Name, string(p.ServicePrincipal), string(p.ID)))
	if a.Scope != (v1alpha1.Scope{}) {
		text += " at " + cmp.Or(string(a.Scope.AdministrativeUnit), string(a.Scope.ObjectID))
	}
	return text
}

// KeyOf is a ledger in Graph's terms.
func KeyOf(grant v1alpha1.AssignmentGrant) graph.AssignmentKey {
	return graph.AssignmentKey{
		PrincipalID:      string(grant.PrincipalID),
		RoleDefinitionID: string(grant.RoleDefinitionID),
		DirectoryScopeID: grant.DirectoryScopeID,
	}
}

// GrantOf is the ledger of a key.
func (d Directory) GrantOf(key graph.AssignmentKey) v1alpha1.AssignmentGrant {
	return v1alpha1.AssignmentGrant{
		TenantID:         v1alpha1.ObjectID(d.TenantID),
		PrincipalID:      v1alpha1.ObjectID(key.PrincipalID),
		RoleDefinitionID: v1alpha1.ObjectID(key.RoleDefinitionID),
		DirectoryScopeID: key.DirectoryScopeID,
	}
}

// ExplainCreate says what a create call's answer means for an object that stands, or stood, for an assignment. A principal
// that an assignment was made to before has gone; any other may yet appear, since the directory is slow to show what is new.
func ExplainCreate(err error, status *v1alpha1.ClaimStatus, key graph.AssignmentKey) error {
	e, ok := errors.AsType[*graph.Error](err)
	if !ok || e.Class != graph.NotFound {
		return err
	}
	if e.Resource == key.RoleDefinitionID || e.Code == "RoleNotFound" {
		return &lifecycle.Problem{Reason: v1alpha1.ReasonRoleNotFound, Message: "The directory has no role " + key.RoleDefinitionID, Err: err}
	}
	if e.Resource != "" && e.Resource != key.PrincipalID {
		return &lifecycle.Problem{Reason: v1alpha1.ReasonScopeNotFound, Err: err,
			Message: fmt.Sprintf("The directory has no object %s for the scope %s", e.Resource, key.DirectoryScopeID)}
	}
	if status.Origin != "" {
		return &lifecycle.Problem{Reason: v1alpha1.ReasonPrincipalGone, Stalled: true, Unpin: true, Err: err,
			Message: fmt.Sprintf("The principal %s has left the directory: change spec.principal, or set the annotation %s to look its name up again",
				key.PrincipalID, v1alpha1.ReconcileRequestAnnotation)}
	}
	return &lifecycle.Problem{Reason: v1alpha1.ReasonPrincipalNotFound, Message: "The directory has no principal " + key.PrincipalID, Err: err}
}

// RolesOf lists the roles that a principal holds by assignments of its own.
func (d Directory) RolesOf(ctx context.Context, principalID string) ([]v1alpha1.HeldRole, error) {
	assignments, err := d.Client.AssignmentsOf(ctx, principalID)
	if err != nil {
		return nil, err
	}
	roles := make([]v1alpha1.HeldRole, 0, len(assignments))
	for _, a := range assignments {
		role := v1alpha1.HeldRole{RoleDefinitionID: v1alpha1.ObjectID(a.RoleDefinitionID), DirectoryScopeID: a.DirectoryScopeID}
		if definition, err := d.RoleByID(ctx, a.RoleDefinitionID); err == nil && definition != nil {
			role.DisplayName = definition.DisplayName
		}
		roles = append(roles, role)
	}
	return roles, nil
}
