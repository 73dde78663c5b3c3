package faults_test

import (
	"github.com/rolewarden/rolewarden/api/v1alpha1"
)

// usually has an object ask for what most do.
func usually(obj object) {
	switch o := obj.(type) {
	case *v1alpha1.Group:
		o.Spec.DisplayName = "Staff"
	case *v1alpha1.GroupMembership:
		o.Spec.Group.Ref.Name, o.Spec.Member.ID = "g", alice
	case *v1alpha1.RoleDefinition:
		o.Spec.DisplayName, o.Spec.AllowedResourceActions = "Reader", []v1alpha1.ResourceAction{"microsoft.directory/applications/standard/read"}
	default:
		forRole(func(p roleParts) { p.principal.ID, p.role.ID = alice, helpdesk })(obj)
	}
}
