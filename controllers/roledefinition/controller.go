package roledefinition

import (
	"context"
	"fmt"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/claim"
	"github.com/rolewarden/rolewarden/internal/lifecycle"
)

// +kubebuilder:rbac:groups=entra.rolewarden.dev,resources=roledefinitions,verbs=get;list;watch;patch
// +kubebuilder:rbac:groups=entra.rolewarden.dev,resources=roledefinitions/status,verbs=patch

// Kind is what makes RoleDefinitions: their types, key, calls and rules.
type Kind = claim.Kind[*v1alpha1.RoleDefinition, v1alpha1.DefinitionGrant]

// NewKind returns the kind.
func NewKind() *Kind {
	return &Kind{
		Name: "RoleDefinition", Plural: "RoleDefinitions",
		NewObject: func() *v1alpha1.RoleDefinition { return &v1alpha1.RoleDefinition{} },
		NewList:   func() client.ObjectList { return &v1alpha1.RoleDefinitionList{} },
		IdentityOf: func(obj *v1alpha1.RoleDefinition) fmt.Stringer {
			return identity{obj.Spec.TenantRef, obj.Namespace, obj.Name}
		},
		TenantID: func(grant v1alpha1.DefinitionGrant) v1alpha1.ObjectID { return grant.TenantID },
		Way: func(d claim.Directory) lifecycle.External[*v1alpha1.RoleDefinition, v1alpha1.DefinitionGrant] {
			return external{d}
		},
		Dependents: []client.Object{&v1alpha1.RoleAssignment{}, &v1alpha1.RoleEligibility{}},
	}
}

// Setup adds the controller of RoleDefinitions to a manager.
func Setup(ctx context.Context, mgr ctrl.Manager, o claim.Options) error {
	return claim.Setup(ctx, mgr, NewKind(), o)
}

// identity is what names the role. A new field must be left out of its JSON when empty.
type identity struct {
	TenantRef v1alpha1.TenantReference `json:"tenantRef,omitzero"`
	Namespace string                   `json:"namespace"`
	Name      string                   `json:"name"`
}

// String returns the role in the words of the cluster.
func (i identity) String() string { return "role definition " + i.Namespace + "/" + i.Name }
