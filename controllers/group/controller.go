package group

import (
	"context"
	"fmt"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/claim"
	"github.com/rolewarden/rolewarden/internal/lifecycle"
)

// +kubebuilder:rbac:groups=entra.rolewarden.dev,resources=groups,verbs=get;list;watch;patch
// +kubebuilder:rbac:groups=entra.rolewarden.dev,resources=groups/status,verbs=patch

// Kind is what makes Groups: their types, key, calls and rules.
type Kind = claim.Kind[*v1alpha1.Group, v1alpha1.GroupGrant]

// NewKind returns the kind.
func NewKind() *Kind {
	return &Kind{
		Name: "Group", Plural: "Groups",
		NewObject:  func() *v1alpha1.Group { return &v1alpha1.Group{} },
		NewList:    func() client.ObjectList { return &v1alpha1.GroupList{} },
		IdentityOf: func(obj *v1alpha1.Group) fmt.Stringer { return identity{obj.Spec.TenantRef, obj.UniqueName()} },
		TenantID:   func(grant v1alpha1.GroupGrant) v1alpha1.ObjectID { return grant.TenantID },
		Way: func(d claim.Directory) lifecycle.External[*v1alpha1.Group, v1alpha1.GroupGrant] {
			return external{d}
		},
		Dependents: []client.Object{&v1alpha1.RoleAssignment{}, &v1alpha1.RoleEligibility{}, &v1alpha1.GroupMembership{}},
	}
}

// Setup adds the controller of Groups to a manager.
func Setup(ctx context.Context, mgr ctrl.Manager, o claim.Options) error {
	return claim.Setup(ctx, mgr, NewKind(), o)
}

// identity are the fields of a spec that name the group. A new field must be left out of its JSON when empty.
type identity struct {
	TenantRef  v1alpha1.TenantReference `json:"tenantRef,omitzero"`
	UniqueName string                   `json:"uniqueName"`
}

// String returns the group in the words of the spec.
func (i identity) String() string { return "group " + i.UniqueName }
