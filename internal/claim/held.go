package claim

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graph"
)

// maxHeld is how many ways to hold a role are told.
const maxHeld = 32

// StillHeld lists by what else the principal of an assignment holds the same role: an assignment elsewhere, a group, an
// eligibility. A principal that is a group, or has gone, is in no group that counts. With an error it may be incomplete.
func (d Directory) StillHeld(ctx context.Context, grant v1alpha1.AssignmentGrant) ([]v1alpha1.HeldRole, error) {
	held, err := d.heldBy(ctx, string(grant.PrincipalID), grant, "another assignment")
	through, errGroups := d.heldThroughGroups(ctx, grant)
	eligible, errEligible := d.eligible(ctx, grant)
	held = slices.Concat(held, through, eligible)
	return held[:min(len(held), maxHeld)], errors.Join(err, errGroups, errEligible)
}

func (d Directory) heldThroughGroups(ctx context.Context, grant v1alpha1.AssignmentGrant) ([]v1alpha1.HeldRole, error) {
	groups, err := d.Client.GroupsOf(ctx, string(grant.PrincipalID))
	if err != nil {
		return nil, err
	}
	var held []v1alpha1.HeldRole
	for _, group := range groups {
		if !group.AssignableToRoles {
			continue
		}
		through, err := d.heldBy(ctx, group.ID, grant, "group "+group.DisplayName)
		if err != nil {
			return held, err
		}
		held = append(held, through...)
	}
	return held, nil
}

// heldBy lists where a principal holds the role of a grant.
func (d Directory) heldBy(ctx context.Context, principalID string, grant v1alpha1.AssignmentGrant, through string) ([]v1alpha1.HeldRole, error) {
	roles, err := d.RolesOf(ctx, principalID)
	if err != nil {
		return nil, err
	}
	var held []v1alpha1.HeldRole
	for _, role := range roles {
		revoked := principalID == string(grant.PrincipalID) && role.DirectoryScopeID == grant.DirectoryScopeID
		if role.RoleDefinitionID == grant.RoleDefinitionID && !revoked {
			role.Through = through
			held = append(held, role)
		}
	}
	return held, nil
}

// unlicensed tells whether a call failed because the tenant has no Privileged Identity Management, and remembers that.
func (d Directory) unlicensed(err error) bool {
	e, ok := errors.AsType[*graph.Error](err)
	if !ok || e.Refusal != graph.RefusedLicense {
		return false
	}
	d.LacksPIM()
	return true
}

func (d Directory) eligible(ctx context.Context, grant v1alpha1.AssignmentGrant) ([]v1alpha1.HeldRole, error) {
	if !d.HasPIM() {
		return nil, nil
	}
	schedules, err := d.Client.Schedules(ctx, graph.Eligible, KeyOf(grant))
	if d.unlicensed(err) {
		return nil, nil
	}
	if err != nil || len(schedules) == 0 {
		return nil, err
	}
	return []v1alpha1.HeldRole{{
		RoleDefinitionID: grant.RoleDefinitionID, DirectoryScopeID: grant.DirectoryScopeID, Through: "an eligibility, which can be activated",
	}}, nil
}

// InWords says by what a role is still held; nothing where it is not.
func InWords(held []v1alpha1.HeldRole) string {
	if len(held) == 0 {
		return ""
	}
	ways := make([]string, 0, len(held))
	for _, role := range held {
		ways = append(ways, fmt.Sprintf("%s at scope %s", role.Through, role.DirectoryScopeID))
	}
	return "The principal still holds the role through " + strings.Join(ways, ", ")
}
