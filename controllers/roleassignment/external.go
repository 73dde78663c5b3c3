package roleassignment

import (
	"context"
	"time"

	"k8s.io/utils/clock"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/claim"
	"github.com/rolewarden/rolewarden/internal/graph"
	"github.com/rolewarden/rolewarden/internal/lifecycle"
)

// external is the way into one directory: to plain assignments, and through Privileged Identity Management to scheduled ones.
type external struct {
	claim.Directory

	pim claim.PIM
}

func newExternal(d claim.Directory, c clock.PassiveClock) external {
	return external{d, claim.PIM{Directory: d, Kind: graph.Active, Clock: c}}
}

// Resolve implements lifecycle.External.
func (e external) Resolve(ctx context.Context, obj *v1alpha1.RoleAssignment) (v1alpha1.AssignmentGrant, error) {
	key, err := e.Assignment(ctx, obj.Namespace, obj.Spec.Principal, obj.Spec.Role, obj.Spec.Scope)
	if err != nil {
		return v1alpha1.AssignmentGrant{}, err
	}
	grant := e.GrantOf(key)
	if obj.Spec.Schedule != nil {
		grant.Through = v1alpha1.ThroughPIM
	}
	return grant, nil
}

// Read implements lifecycle.External. An assignment that is there because its principal activated an eligibility is nobody's.
func (e external) Read(ctx context.Context, grant v1alpha1.AssignmentGrant) (*claim.Found, error) {
	if grant.Scheduled() {
		return e.pim.Read(ctx, grant)
	}
	assignment, err := e.Client.FindRoleAssignment(ctx, claim.KeyOf(grant))
	if err != nil || assignment == nil {
		return nil, err
	}
	until, err := e.pim.Activation(ctx, assignment.AssignmentKey)
	if err != nil || !until.IsZero() {
		return nil, err
	}
	return e.found(*assignment), nil
}

func (e external) found(a graph.Assignment) *claim.Found {
	return &claim.Found{ID: a.ID, Key: e.GrantOf(a.AssignmentKey)}
}

// Declined implements lifecycle.Decliner.
func (e external) Declined(ctx context.Context, obj *v1alpha1.RoleAssignment, grant v1alpha1.AssignmentGrant) error {
	if grant.Scheduled() {
		return e.pim.Declined(ctx, &obj.Status.ClaimStatus, grant, termsOf(obj))
	}
	until, err := e.pim.Activation(ctx, claim.KeyOf(grant))
	if err != nil || until.IsZero() {
		return err
	}
	return &lifecycle.Problem{Reason: v1alpha1.ReasonActivated, Until: until,
		Message: "The principal activated an eligibility for the role. It is granted when that ends, at " + until.UTC().Format(time.RFC3339)}
}

// Misplaced implements lifecycle.Misplacer.
func (e external) Misplaced(ctx context.Context, obj *v1alpha1.RoleAssignment, grant v1alpha1.AssignmentGrant, from, to time.Time) (*claim.Found, error) {
	if !grant.Scheduled() {
		return nil, nil
	}
	return e.pim.Misplaced(ctx, grant, termsOf(obj), from, to)
}

// Authorize implements lifecycle.External.
func (e external) Authorize(context.Context, *v1alpha1.RoleAssignment, v1alpha1.AssignmentGrant) error {
	return e.Open()
}

// Create implements lifecycle.External.
func (e external) Create(ctx context.Context, obj *v1alpha1.RoleAssignment, grant v1alpha1.AssignmentGrant) (claim.Found, error) {
	if grant.Scheduled() {
		return e.pim.Create(ctx, &obj.Status.ClaimStatus, grant, termsOf(obj))
	}
	key := claim.KeyOf(grant)
	assignment, err := e.Client.CreateRoleAssignment(ctx, key)
	if err != nil {
		return claim.Found{}, claim.ExplainCreate(err, &obj.Status.ClaimStatus, key)
	}
	return *e.found(assignment), nil
}

// Differs implements lifecycle.Editor.
func (e external) Differs(obj *v1alpha1.RoleAssignment, found claim.Found) bool {
	return found.Key.Scheduled() && e.pim.Differs(found, termsOf(obj))
}

// Update implements lifecycle.Editor.
func (e external) Update(ctx context.Context, obj *v1alpha1.RoleAssignment, found claim.Found) error {
	return e.pim.Update(ctx, found, termsOf(obj))
}

// AuthorizeRevoke implements lifecycle.External. Where the principal has activated an eligibility since, what stands under the key, with
// the ID of what was granted, is none of ours.
func (e external) AuthorizeRevoke(ctx context.Context, _ *v1alpha1.RoleAssignment, grant v1alpha1.AssignmentGrant) error {
	until, err := e.pim.Activation(ctx, claim.KeyOf(grant))
	if err != nil || until.IsZero() {
		return err
	}
	return &graph.Error{Op: "revoking", Class: graph.NotFound}
}

// Delete implements lifecycle.External.
func (e external) Delete(ctx context.Context, found claim.Found) error {
	if found.Key.Scheduled() {
		return e.pim.Delete(ctx, found)
	}
	return e.Client.DeleteRoleAssignment(ctx, found.ID)
}

// Describe implements lifecycle.Describer: what was told of an earlier grant is of no interest any more.
func (external) Describe(_ context.Context, obj *v1alpha1.RoleAssignment, _ claim.Found) error {
	obj.Status.StillHeld = nil
	return nil
}

// Remaining implements lifecycle.Remainer.
func (e external) Remaining(ctx context.Context, obj *v1alpha1.RoleAssignment, grant v1alpha1.AssignmentGrant) (string, error) {
	held, err := e.StillHeld(ctx, grant)
	obj.Status.StillHeld = held.Roles
	return held.Text, err
}
