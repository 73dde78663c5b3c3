package group

import (
	"context"
	"fmt"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/claim"
	"github.com/rolewarden/rolewarden/internal/graph"
	"github.com/rolewarden/rolewarden/internal/lifecycle"
)

type found = lifecycle.Found[v1alpha1.GroupGrant]

// external is the way into one directory.
type external struct{ claim.Directory }

// Resolve implements lifecycle.External. A group of another type than the spec's is nobody's to rename or delete.
func (e external) Resolve(ctx context.Context, obj *v1alpha1.Group) (v1alpha1.GroupGrant, error) {
	group, err := e.Client.GroupByUniqueName(ctx, obj.UniqueName())
	if err != nil {
		return v1alpha1.GroupGrant{}, err
	}
	if group != nil && !alike(*group, groupOf(obj)) {
		return v1alpha1.GroupGrant{}, unlike(*group)
	}
	return v1alpha1.GroupGrant{TenantID: v1alpha1.ObjectID(e.TenantID), UniqueName: obj.UniqueName()}, nil
}

// Read implements lifecycle.External. A group that was deleted softly, and can be restored for 30 days, is none.
func (e external) Read(ctx context.Context, grant v1alpha1.GroupGrant) (*found, error) {
	group, err := e.Client.GroupByUniqueName(ctx, grant.UniqueName)
	if err != nil || group == nil {
		return nil, err
	}
	return e.found(*group), nil
}

func (e external) found(g graph.Group) *found {
	return &found{ID: g.ID, Key: v1alpha1.GroupGrant{TenantID: v1alpha1.ObjectID(e.TenantID), UniqueName: g.UniqueName}, Detail: g}
}

// Declined implements lifecycle.Decliner: a group that was deleted keeps its unique name as long as it can be restored. Whether its
// members shall have back what they held is for a person to say.
func (e external) Declined(ctx context.Context, _ *v1alpha1.Group, grant v1alpha1.GroupGrant) error {
	deleted, err := e.Client.DeletedGroup(ctx, grant.UniqueName)
	if err != nil || deleted == nil {
		return err
	}
	return &lifecycle.Problem{Reason: v1alpha1.ReasonSoftDeleted, Stalled: true,
		Message: fmt.Sprintf("The deleted group %s (%s) keeps the unique name %s for 30 days: restore it, delete it permanently, or create a Group with another uniqueName instead",
			deleted.ID, deleted.DisplayName, grant.UniqueName)}
}

// Authorize implements lifecycle.External.
func (e external) Authorize(context.Context, *v1alpha1.Group, v1alpha1.GroupGrant) error {
	return e.Open()
}

// Create implements lifecycle.External.
func (e external) Create(ctx context.Context, obj *v1alpha1.Group, _ v1alpha1.GroupGrant) (found, error) {
	group, err := e.Client.CreateGroup(ctx, groupOf(obj))
	if err != nil {
		return found{}, err
	}
	return *e.found(group), nil
}

// Differs implements lifecycle.Editor.
func (e external) Differs(obj *v1alpha1.Group, f found) bool {
	is, ok := f.Detail.(graph.Group)
	want := groupOf(obj)
	return ok && alike(is, want) && (is.DisplayName != want.DisplayName || is.Description != want.Description || is.MailNickname != want.MailNickname)
}

// Update implements lifecycle.Editor.
func (e external) Update(ctx context.Context, obj *v1alpha1.Group, f found) error {
	return e.Client.UpdateGroup(ctx, f.ID, groupOf(obj))
}

// Describe implements lifecycle.Describer: another group may have taken the name meanwhile.
func (e external) Describe(_ context.Context, obj *v1alpha1.Group, f found) error {
	if is, ok := f.Detail.(graph.Group); ok && !alike(is, groupOf(obj)) {
		return unlike(is)
	}
	return nil
}

// alike tells whether two groups are of one type, in all that the directory cannot change.
func alike(a, b graph.Group) bool {
	return a.AssignableToRoles == b.AssignableToRoles && a.Unified == b.Unified
}

func unlike(is graph.Group) error {
	return &lifecycle.Problem{Reason: v1alpha1.ReasonInvalidSpec, Stalled: true,
		Message: fmt.Sprintf("The directory has the group %s already, with type %s and role assignments %s, neither of which it can change: create a Group with another uniqueName, or with the same of both",
			is.UniqueName, typeOf(is), assignabilityOf(is))}
}

// AuthorizeRevoke implements lifecycle.External: what stands on the group goes first.
func (e external) AuthorizeRevoke(ctx context.Context, obj *v1alpha1.Group, grant v1alpha1.GroupGrant) error {
	group, err := e.Client.GroupByUniqueName(ctx, grant.UniqueName)
	if err != nil {
		return err
	}
	if group == nil { // not without knowing what stands on it, whatever this process remembers
		return &graph.Error{Op: "deleting the group", Class: graph.NotFound}
	}
	if !alike(*group, groupOf(obj)) {
		return unlike(*group)
	}
	return e.Vacant(ctx, "status.grant.principalID", group.ID, "status.grant.groupID")
}

// Delete implements lifecycle.External.
func (e external) Delete(ctx context.Context, f found) error {
	return e.Client.DeleteGroup(ctx, f.ID)
}

// groupOf is a spec in Graph's terms.
func groupOf(obj *v1alpha1.Group) graph.Group {
	nickname := obj.Spec.MailNickname
	if nickname == "" {
		nickname = obj.UniqueName()[:min(len(obj.UniqueName()), maxNickname)]
	}
	return graph.Group{
		UniqueName: obj.UniqueName(), DisplayName: string(obj.Spec.DisplayName), Description: obj.Spec.Description, MailNickname: nickname,
		Unified: obj.Spec.Type == v1alpha1.GroupTypeMicrosoft365, AssignableToRoles: obj.Spec.RoleAssignments != v1alpha1.RoleAssignmentsForbidden,
	}
}

// maxNickname is how long a mail nickname may be (Microsoft Graph docs, resource group).
const maxNickname = 64

func typeOf(g graph.Group) v1alpha1.GroupType {
	if g.Unified {
		return v1alpha1.GroupTypeMicrosoft365
	}
	return v1alpha1.GroupTypeSecurity
}

func assignabilityOf(g graph.Group) v1alpha1.RoleAssignability {
	if g.AssignableToRoles {
		return v1alpha1.RoleAssignmentsAllowed
	}
	return v1alpha1.RoleAssignmentsForbidden
}
