package groupmembership

import (
	"cmp"
	"context"
	"fmt"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/claim"
	"github.com/rolewarden/rolewarden/internal/lifecycle"
)

// +kubebuilder:rbac:groups=entra.rolewarden.dev,resources=groupmemberships,verbs=get;list;watch;patch
// +kubebuilder:rbac:groups=entra.rolewarden.dev,resources=groupmemberships/status,verbs=patch

// Kind is what makes GroupMemberships: their types, key, calls and rules.
type Kind = claim.Kind[*v1alpha1.GroupMembership, v1alpha1.MembershipGrant]

// NewKind returns the kind.
func NewKind() *Kind {
	return &Kind{
		Name: "GroupMembership", Plural: "GroupMemberships",
		NewObject:  func() *v1alpha1.GroupMembership { return &v1alpha1.GroupMembership{} },
		NewList:    func() client.ObjectList { return &v1alpha1.GroupMembershipList{} },
		IdentityOf: func(obj *v1alpha1.GroupMembership) fmt.Stringer { return identityOf(&obj.Spec) },
		TenantID:   func(grant v1alpha1.MembershipGrant) v1alpha1.ObjectID { return grant.TenantID },
		Way: func(d claim.Directory) lifecycle.External[*v1alpha1.GroupMembership, v1alpha1.MembershipGrant] {
			return external{d}
		},
		Refs: func(obj *v1alpha1.GroupMembership) (string, string) { return obj.Spec.Group.Ref.Name, "" },
	}
}

// Setup adds the controller of GroupMemberships to a manager.
func Setup(ctx context.Context, mgr ctrl.Manager, o claim.Options) error {
	return claim.Setup(ctx, mgr, NewKind(), o)
}

// identity are the fields of a spec that name the membership. A new field must be left out of its JSON when empty.
type identity struct {
	TenantRef v1alpha1.TenantReference `json:"tenantRef,omitzero"`
	Group     v1alpha1.MembershipGroup `json:"group"`
	Member    v1alpha1.Member          `json:"member"`
}

func identityOf(spec *v1alpha1.GroupMembershipSpec) identity {
	return identity{TenantRef: spec.TenantRef, Group: spec.Group, Member: spec.Member}
}

// String returns the membership in the words of the spec.
func (i identity) String() string {
	return fmt.Sprintf("membership of %s in %s",
		cmp.Or(string(i.Member.User), string(i.Member.ServicePrincipal), string(i.Member.ID)),
		cmp.Or(i.Group.Ref.Name, string(i.Group.DisplayName), string(i.Group.ID)))
}
