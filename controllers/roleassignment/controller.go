package roleassignment

import (
	"context"
	"fmt"

	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/claim"
	"github.com/rolewarden/rolewarden/internal/lifecycle"
)

// +kubebuilder:rbac:groups=entra.rolewarden.dev,resources=roleassignments,verbs=get;list;watch;patch
// +kubebuilder:rbac:groups=entra.rolewarden.dev,resources=roleassignments/status,verbs=patch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch
// +kubebuilder:rbac:groups="",resources=namespaces,verbs=get

// Kind is what makes RoleAssignments: their types, key, calls and rules.
type Kind = claim.Kind[*v1alpha1.RoleAssignment, v1alpha1.AssignmentGrant]

// NewKind returns the kind, which tells the time by c.
func NewKind(c clock.PassiveClock) *Kind {
	return &Kind{
		Name: "RoleAssignment", Plural: "RoleAssignments",
		NewObject:  func() *v1alpha1.RoleAssignment { return &v1alpha1.RoleAssignment{} },
		NewList:    func() client.ObjectList { return &v1alpha1.RoleAssignmentList{} },
		IdentityOf: func(obj *v1alpha1.RoleAssignment) fmt.Stringer { return identityOf(&obj.Spec) },
		TenantID:   func(grant v1alpha1.AssignmentGrant) v1alpha1.ObjectID { return grant.TenantID },
		Way: func(d claim.Directory) lifecycle.External[*v1alpha1.RoleAssignment, v1alpha1.AssignmentGrant] {
			return newExternal(d, c)
		},
		Times: func(obj *v1alpha1.RoleAssignment) (*v1alpha1.Schedule, **v1alpha1.Period) {
			return obj.Spec.Schedule, &obj.Status.Period
		},
		Refs: func(obj *v1alpha1.RoleAssignment) (string, string) {
			return obj.Spec.Principal.GroupRef.Name, obj.Spec.Role.DefinitionRef.Name
		},
	}
}

// Setup adds the controller of RoleAssignments to a manager.
func Setup(ctx context.Context, mgr ctrl.Manager, o claim.Options) error {
	return claim.Setup(ctx, mgr, NewKind(o.Clock), o)
}
