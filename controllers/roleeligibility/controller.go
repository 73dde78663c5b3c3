package roleeligibility

import (
	"context"
	"fmt"

	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/claim"
	"github.com/rolewarden/rolewarden/internal/graph"
	"github.com/rolewarden/rolewarden/internal/lifecycle"
)

// +kubebuilder:rbac:groups=entra.rolewarden.dev,resources=roleeligibilities,verbs=get;list;watch;patch
// +kubebuilder:rbac:groups=entra.rolewarden.dev,resources=roleeligibilities/status,verbs=patch

// Kind is what makes RoleEligibilities: their types, key, calls and rules.
type Kind = claim.Kind[*v1alpha1.RoleEligibility, v1alpha1.AssignmentGrant]

// NewKind returns the kind, which tells the time by c.
func NewKind(c clock.PassiveClock) *Kind {
	return &Kind{
		Name: "RoleEligibility", Plural: "RoleEligibilities",
		NewObject:  func() *v1alpha1.RoleEligibility { return &v1alpha1.RoleEligibility{} },
		NewList:    func() client.ObjectList { return &v1alpha1.RoleEligibilityList{} },
		IdentityOf: func(obj *v1alpha1.RoleEligibility) fmt.Stringer { return identityOf(&obj.Spec) },
		TenantID:   func(grant v1alpha1.AssignmentGrant) v1alpha1.ObjectID { return grant.TenantID },
		Way: func(d claim.Directory) lifecycle.External[*v1alpha1.RoleEligibility, v1alpha1.AssignmentGrant] {
			return external{claim.PIM{Directory: d, Kind: graph.Eligible, Clock: c}}
		},
		Times: func(obj *v1alpha1.RoleEligibility) (*v1alpha1.Schedule, **v1alpha1.Period) {
			return obj.Spec.Schedule, &obj.Status.Period
		},
		Refs: func(obj *v1alpha1.RoleEligibility) (string, string) {
			return obj.Spec.Principal.GroupRef.Name, obj.Spec.Role.DefinitionRef.Name
		},
	}
}

// Setup adds the controller of RoleEligibilities to a manager.
func Setup(ctx context.Context, mgr ctrl.Manager, o claim.Options) error {
	return claim.Setup(ctx, mgr, NewKind(o.Clock), o)
}

func identityOf(spec *v1alpha1.RoleEligibilitySpec) claim.Assignment {
	return claim.Assignment{TenantRef: spec.TenantRef, Principal: spec.Principal, Role: spec.Role, Scope: spec.Scope}
}

// termsOf is what a spec says beside the key.
func termsOf(obj *v1alpha1.RoleEligibility) claim.Terms {
	schedule := obj.Spec.Schedule
	return claim.Terms{
		Period: obj.Status.Period, Justification: obj.Spec.Justification, Ticket: obj.Spec.Ticket,
		Unbegun: obj.GetGrant() == nil && schedule != nil && schedule.Duration != "",
	}
}
