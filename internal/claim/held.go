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

const (
	// maxHeld is how many ways to hold a role the status has room for.
	maxHeld = 32
	// maxGroups is of how many groups the eligibilities are looked at.
	maxGroups = 20
	// maxText is how many bytes are told: an event of more than 1024 is refused, and may begin with the name of the object. Of those,
	// maxWays are for the ways to hold a role.
	maxText = 680
	maxWays = 360
)

// Held is what a principal holds, or may get back, of a role that was revoked.
type Held struct {
	// Roles are the ways, as far as there is room.
	Roles []v1alpha1.HeldRole
	// Text says it in words; it is empty where there is nothing to say.
	Text string
}

// StillHeld looks by what else the principal of an assignment holds the same role: an assignment elsewhere, a group, an
// eligibility of its own or of a group. Of one that is in the recycle bin it says what a restore brings. A principal that is a group
// is in no group that counts. With an error it may be incomplete.
func (d Directory) StillHeld(ctx context.Context, grant v1alpha1.AssignmentGrant) (Held, error) {
	principal := string(grant.PrincipalID)
	own, errOwn := d.heldBy(ctx, principal, grant, "another assignment")
	groups, errGroups := d.Client.GroupsOf(ctx, principal)
	gone := graph.ClassOf(errGroups) == graph.NotFound
	if gone {
		errGroups = nil
	}
	groups = slices.DeleteFunc(groups, func(g graph.Group) bool { return !g.AssignableToRoles })
	through, errThrough := d.heldThrough(ctx, groups, grant)
	eligible, errEligible := d.eligible(ctx, principal, grant, "an eligibility, which can be activated")
	inGroups, more, errInGroups := d.eligibleThrough(ctx, groups, grant)
	roles := slices.Concat(own, through, eligible, inGroups)
	held := Held{Roles: roles, Text: join(inWords(roles), more)}
	var errBin error
	if gone {
		errBin = d.recycled(ctx, grant, &held)
	}
	held.Roles = held.Roles[:min(len(held.Roles), maxHeld)]
	return held, errors.Join(errOwn, errGroups, errThrough, errEligible, errInGroups, errBin)
}

func (d Directory) heldThrough(ctx context.Context, groups []graph.Group, grant v1alpha1.AssignmentGrant) ([]v1alpha1.HeldRole, error) {
	var held []v1alpha1.HeldRole
	for _, group := range groups {
		through, err := d.heldBy(ctx, group.ID, grant, "group "+group.DisplayName)
		if err != nil {
			return held, err
		}
		held = append(held, through...)
	}
	return held, nil
}

// eligibleThrough lists what the groups of a principal are eligible for. More says so where not all of them were looked at.
func (d Directory) eligibleThrough(
	ctx context.Context, groups []graph.Group, grant v1alpha1.AssignmentGrant,
) (held []v1alpha1.HeldRole, more string, err error) {
	if len(groups) > maxGroups && d.HasPIM() {
		more = fmt.Sprintf("It is in more than %d groups that can hold roles. What the others are eligible for was not looked at", maxGroups)
	}
	for _, group := range groups[:min(len(groups), maxGroups)] {
		through, err := d.eligible(ctx, group.ID, grant, "an eligibility of group "+group.DisplayName)
		held = append(held, through...)
		if err != nil {
			return held, more, err
		}
	}
	return held, more, nil
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

// eligible lists where a principal is eligible for the role of a grant.
func (d Directory) eligible(ctx context.Context, principalID string, grant v1alpha1.AssignmentGrant, through string) ([]v1alpha1.HeldRole, error) {
	if !d.HasPIM() {
		return nil, nil
	}
	schedules, err := d.Client.SchedulesOf(ctx, graph.Eligible, principalID, string(grant.RoleDefinitionID))
	if d.unlicensed(err) {
		return nil, nil
	}
	var held []v1alpha1.HeldRole
	for _, s := range schedules {
		held = append(held, v1alpha1.HeldRole{RoleDefinitionID: grant.RoleDefinitionID, DirectoryScopeID: s.DirectoryScopeID, Through: through})
	}
	return held, err
}

// inWords says by what a role is still held; nothing where it is not.
func inWords(held []v1alpha1.HeldRole) string {
	if len(held) == 0 {
		return ""
	}
	text := "The principal still holds the role through "
	for i, role := range held {
		way := fmt.Sprintf("%s at scope %s", role.Through, role.DirectoryScopeID)
		if i > 0 && len(text)+len(way) > maxWays {
			return fmt.Sprintf("%s and %d more", text, len(held)-i)
		}
		if i > 0 {
			text += ", "
		}
		text += way
	}
	return text
}

// join makes one text of sentences, of the length that an event can have.
func join(sentences ...string) string {
	text := strings.Join(slices.DeleteFunc(sentences, func(s string) bool { return s == "" }), ". ")
	if len(text) <= maxText {
		return text
	}
	return strings.ToValidUTF8(text[:maxText], "") + "…"
}
