package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var (
	// GroupVersion is the group and version of the kinds in this package.
	GroupVersion = schema.GroupVersion{Group: "entra.rolewarden.dev", Version: "v1alpha1"}

	// SchemeBuilder registers the kinds of this package.
	SchemeBuilder = runtime.NewSchemeBuilder(addKnownTypes)

	// AddToScheme adds the kinds of this package to a scheme.
	AddToScheme = SchemeBuilder.AddToScheme
)

func addKnownTypes(scheme *runtime.Scheme) error {
	scheme.AddKnownTypes(GroupVersion,
		&Group{}, &GroupList{},
		&GroupMembership{}, &GroupMembershipList{},
		&RoleAssignment{}, &RoleAssignmentList{},
		&RoleDefinition{}, &RoleDefinitionList{},
		&RoleEligibility{}, &RoleEligibilityList{},
		&Tenant{}, &TenantList{},
	)
	metav1.AddToGroupVersion(scheme, GroupVersion)
	return nil
}
