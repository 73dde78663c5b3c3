package groupmembership

import (
	"context"
	"errors"
	"fmt"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/claim"
	"github.com/rolewarden/rolewarden/internal/graph"
	"github.com/rolewarden/rolewarden/internal/lifecycle"
)

type found = lifecycle.Found[v1alpha1.MembershipGrant]

// external is the way into one directory.
type external struct{ claim.Directory }

// Resolve implements lifecycle.External.
func (e external) Resolve(ctx context.Context, obj *v1alpha1.GroupMembership) (v1alpha1.MembershipGrant, error) {
	group, err := e.group(ctx, obj)
	if err != nil {
		return v1alpha1.MembershipGrant{}, err
	}
	member, err := e.member(ctx, obj.Spec.Member)
	if err != nil {
		return v1alpha1.MembershipGrant{}, err
	}
	return e.grant(group, member)
}

func (e external) grant(group, member string) (v1alpha1.MembershipGrant, error) {
	group, err := graph.CanonicalID(group)
	if err != nil {
		return v1alpha1.MembershipGrant{}, claim.Invalid(fmt.Errorf("group: %w", err))
	}
	if member, err = graph.CanonicalID(member); err != nil {
		return v1alpha1.MembershipGrant{}, claim.Invalid(fmt.Errorf("member: %w", err))
	}
	return v1alpha1.MembershipGrant{TenantID: v1alpha1.ObjectID(e.TenantID), GroupID: v1alpha1.ObjectID(group), MemberID: v1alpha1.ObjectID(member)}, nil
}

func (e external) group(ctx context.Context, obj *v1alpha1.GroupMembership) (string, error) {
	switch g := obj.Spec.Group; {
	case g.Ref.Name != "":
		return e.GroupOf(ctx, client.ObjectKey{Namespace: obj.Namespace, Name: g.Ref.Name})
	case g.DisplayName != "":
		return e.Group(ctx, g.DisplayName)
	default:
		return string(g.ID), nil
	}
}

func (e external) member(ctx context.Context, m v1alpha1.Member) (string, error) {
	switch {
	case m.User != "":
		return e.User(ctx, m.User, v1alpha1.ReasonMemberNotFound)
	case m.ServicePrincipal != "":
		return e.ServicePrincipal(ctx, m.ServicePrincipal, v1alpha1.ReasonMemberNotFound)
	}
	return string(m.ID), nil
}

// Read implements lifecycle.External. A group that has gone has no members.
func (e external) Read(ctx context.Context, grant v1alpha1.MembershipGrant) (*found, error) {
	is, err := e.Client.IsMember(ctx, string(grant.GroupID), string(grant.MemberID))
	if graph.ClassOf(err) == graph.NotFound {
		return nil, nil
	}
	if err != nil || !is {
		return nil, err
	}
	return &found{ID: string(grant.MemberID), Key: grant}, nil
}

// Authorize implements lifecycle.External.
func (e external) Authorize(context.Context, *v1alpha1.GroupMembership, v1alpha1.MembershipGrant) error {
	return e.Open()
}

// Create implements lifecycle.External.
func (e external) Create(ctx context.Context, obj *v1alpha1.GroupMembership, grant v1alpha1.MembershipGrant) (found, error) {
	if err := e.Client.AddMember(ctx, string(grant.GroupID), string(grant.MemberID)); err != nil {
		return found{}, explainCreate(err, obj, grant)
	}
	return found{ID: string(grant.MemberID), Key: grant}, nil
}

// explainCreate says what it means that something of a membership is not there.
func explainCreate(err error, obj *v1alpha1.GroupMembership, grant v1alpha1.MembershipGrant) error {
	e, ok := errors.AsType[*graph.Error](err)
	if !ok || e.Class != graph.NotFound {
		return err
	}
	what, id, reason := "user or service principal", grant.MemberID, v1alpha1.ReasonMemberNotFound
	if e.Resource == string(grant.GroupID) {
		what, id, reason = "group", grant.GroupID, v1alpha1.ReasonGroupNotFound
	}
	problem := &lifecycle.Problem{Reason: reason, Err: err, Message: fmt.Sprintf("The directory has no %s %s", what, id)}
	if obj.Status.Origin != "" {
		problem.Stalled, problem.Unpin = true, true
		problem.Message = fmt.Sprintf("The %s %s has left the directory: change the spec, or set the annotation %s to look its name up again",
			what, id, v1alpha1.ReconcileRequestAnnotation)
	}
	return problem
}

// Describe implements lifecycle.Describer: it lists the roles that the membership confers.
func (e external) Describe(ctx context.Context, obj *v1alpha1.GroupMembership, f found) error {
	roles, err := e.RolesOf(ctx, string(f.Key.GroupID))
	if err == nil {
		obj.Status.Roles = roles[:min(len(roles), maxRoles)]
	}
	return err
}

// maxRoles is for how many roles there is room in the status.
const maxRoles = 32

// AuthorizeRevoke implements lifecycle.External.
func (external) AuthorizeRevoke(context.Context, *v1alpha1.GroupMembership, v1alpha1.MembershipGrant) error {
	return nil
}

// Delete implements lifecycle.External. It takes the member out of the group and leaves the member itself alone.
func (e external) Delete(ctx context.Context, f found) error {
	return e.Client.RemoveMember(ctx, string(f.Key.GroupID), string(f.Key.MemberID))
}

// Remaining implements lifecycle.Remainer.
func (e external) Remaining(ctx context.Context, _ *v1alpha1.GroupMembership, grant v1alpha1.MembershipGrant) (string, error) {
	return e.RestoresMembership(ctx, grant)
}
