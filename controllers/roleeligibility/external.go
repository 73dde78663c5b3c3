package roleeligibility

import (
	"context"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/claim"
)

// external is the way into one directory, through Privileged Identity Management.
type external struct{ pim claim.PIM }

// Tenant implements lifecycle.External.
func (e external) Tenant() client.Object { return e.pim.Tenant() }

// Resolve implements lifecycle.External.
func (e external) Resolve(ctx context.Context, obj *v1alpha1.RoleEligibility) (v1alpha1.AssignmentGrant, error) {
	key, err := e.pim.Assignment(ctx, obj.Namespace, obj.Spec.Principal, obj.Spec.Role, obj.Spec.Scope)
	if err != nil {
		return v1alpha1.AssignmentGrant{}, err
	}
	return e.pim.GrantOf(key), nil
}

// Read implements lifecycle.External.
func (e external) Read(ctx context.Context, grant v1alpha1.AssignmentGrant) (*claim.Found, error) {
	return e.pim.Read(ctx, grant)
}

// Declined implements lifecycle.Decliner.
func (e external) Declined(ctx context.Context, obj *v1alpha1.RoleEligibility, grant v1alpha1.AssignmentGrant) error {
	return e.pim.Declined(ctx, &obj.Status.ClaimStatus, grant, termsOf(obj))
}

// Misplaced implements lifecycle.Misplacer.
func (e external) Misplaced(ctx context.Context, obj *v1alpha1.RoleEligibility, grant v1alpha1.AssignmentGrant, from, to time.Time) (*claim.Found, error) {
	return e.pim.Misplaced(ctx, grant, termsOf(obj), from, to)
}

// Authorize implements lifecycle.External.
func (e external) Authorize(context.Context, *v1alpha1.RoleEligibility, v1alpha1.AssignmentGrant) error {
	return e.pim.Open()
}

// Create implements lifecycle.External.
func (e external) Create(ctx context.Context, obj *v1alpha1.RoleEligibility, grant v1alpha1.AssignmentGrant) (claim.Found, error) {
	return e.pim.Create(ctx, &obj.Status.ClaimStatus, grant, termsOf(obj))
}

// Differs implements lifecycle.Editor.
func (e external) Differs(obj *v1alpha1.RoleEligibility, found claim.Found) bool {
	return e.pim.Differs(found, termsOf(obj))
}

// Update implements lifecycle.Editor.
func (e external) Update(ctx context.Context, obj *v1alpha1.RoleEligibility, found claim.Found) error {
	return e.pim.Update(ctx, found, termsOf(obj))
}

// AuthorizeRevoke implements lifecycle.External.
func (external) AuthorizeRevoke(context.Context, *v1alpha1.RoleEligibility, v1alpha1.AssignmentGrant) error {
	return nil
}

// Delete implements lifecycle.External. What was activated by the eligibility goes with it.
func (e external) Delete(ctx context.Context, found claim.Found) error {
	return e.pim.Delete(ctx, found)
}

// Remaining implements lifecycle.Remainer.
func (e external) Remaining(ctx context.Context, _ *v1alpha1.RoleEligibility, grant v1alpha1.AssignmentGrant) (string, error) {
	return e.pim.RestoresEligibility(ctx, grant)
}
