package faults_test

import (
	"cmp"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
)

// species is a kind of object. (A kind is a fault here.)
type species int

const (
	assignment species = iota
	eligibility
	group
	membership
	definition
	manySpecies
)

// plural is what the API calls them, and what names them in a URL.
func (s species) plural() string {
	return [manySpecies]string{"roleassignments", "roleeligibilities", "groups", "groupmemberships", "roledefinitions"}[s]
}

// resource is what the API server's errors speak of.
func (s species) resource() schema.GroupResource {
	return schema.GroupResource{Group: v1alpha1.GroupVersion.Group, Resource: s.plural()}
}

// object is one of any species.
type object interface {
	client.Object
	metav1.ObjectMetaAccessor
	GetClaimSpec() *v1alpha1.ClaimSpec
	GetClaimStatus() *v1alpha1.ClaimStatus
}

// empty returns an object of which nothing is set.
func (s species) empty() object {
	switch s {
	case eligibility:
		return &v1alpha1.RoleEligibility{}
	case group:
		return &v1alpha1.Group{}
	case membership:
		return &v1alpha1.GroupMembership{}
	case definition:
		return &v1alpha1.RoleDefinition{}
	}
	return &v1alpha1.RoleAssignment{}
}

// speciesOf tells an object's species, and false for what is none of ours.
func speciesOf(obj any) (species, bool) {
	switch obj.(type) {
	case *v1alpha1.RoleAssignment, *v1alpha1.RoleAssignmentList:
		return assignment, true
	case *v1alpha1.RoleEligibility, *v1alpha1.RoleEligibilityList:
		return eligibility, true
	case *v1alpha1.Group, *v1alpha1.GroupList:
		return group, true
	case *v1alpha1.GroupMembership, *v1alpha1.GroupMembershipList:
		return membership, true
	case *v1alpha1.RoleDefinition, *v1alpha1.RoleDefinitionList:
		return definition, true
	}
	return 0, false
}

// specOf returns the spec of an object, and statusOf points to its status.
func specOf(obj object) any {
	switch o := obj.(type) {
	case *v1alpha1.RoleAssignment:
		return o.Spec
	case *v1alpha1.RoleEligibility:
		return o.Spec
	case *v1alpha1.Group:
		return o.Spec
	case *v1alpha1.GroupMembership:
		return o.Spec
	case *v1alpha1.RoleDefinition:
		return o.Spec
	}
	return nil
}

func statusOf(obj object) any {
	switch o := obj.(type) {
	case *v1alpha1.RoleAssignment:
		return &o.Status
	case *v1alpha1.RoleEligibility:
		return &o.Status
	case *v1alpha1.Group:
		return &o.Status
	case *v1alpha1.GroupMembership:
		return &o.Status
	case *v1alpha1.RoleDefinition:
		return &o.Status
	}
	return nil
}

// id is how an object is named everywhere here: as kubectl would, and a RoleAssignment by its name alone.
func (s species) id(name string) string {
	if s == assignment {
		return name
	}
	return s.plural() + "/" + name
}

func idOf(obj client.Object) string {
	s, _ := speciesOf(obj)
	return s.id(obj.GetName())
}

// parseID is the opposite of id.
func parseID(id string) (species, string) {
	plural, name, found := strings.Cut(id, "/")
	if !found {
		return assignment, id
	}
	for s := range manySpecies {
		if s.plural() == plural {
			return s, name
		}
	}
	return assignment, name
}

// grant is the natural key of anything that an object may stand for, by whichever way it was made. The zero value is none.
type grant struct {
	species species
	tenant  string
	// principal is who has it, a member included; target is the role, the group, the unique name or the template ID.
	principal, target, scope string
}

// grantOf is the role in the first directory for a principal.
func grantOf(principal string) grant {
	return grant{tenant: contoso, principal: principal, target: helpdesk, scope: "/"}
}

// String returns the grant as the controller words it.
func (g grant) String() string {
	switch g.species {
	case group:
		return v1alpha1.GroupGrant{TenantID: v1alpha1.ObjectID(g.tenant), UniqueName: g.target}.String()
	case membership:
		return g.ofMember().String()
	case definition:
		return v1alpha1.DefinitionGrant{TenantID: v1alpha1.ObjectID(g.tenant), TemplateID: v1alpha1.ObjectID(g.target)}.String()
	}
	return g.ofRole().String()
}

func (g grant) ofRole() v1alpha1.AssignmentGrant {
	return v1alpha1.AssignmentGrant{
		TenantID: v1alpha1.ObjectID(g.tenant), PrincipalID: v1alpha1.ObjectID(g.principal), RoleDefinitionID: v1alpha1.ObjectID(g.target),
		DirectoryScopeID: g.scope,
	}
}

func (g grant) ofMember() v1alpha1.MembershipGrant {
	return v1alpha1.MembershipGrant{TenantID: v1alpha1.ObjectID(g.tenant), GroupID: v1alpha1.ObjectID(g.target), MemberID: v1alpha1.ObjectID(g.principal)}
}

func roleGrant(s species, g *v1alpha1.AssignmentGrant) grant {
	if g.TenantID == "" {
		return grant{}
	}
	return grant{s, string(g.TenantID), string(g.PrincipalID), string(g.RoleDefinitionID), g.DirectoryScopeID}
}

// ledgerOf is what an object's ledger names, the zero value if nothing.
func ledgerOf(obj object) grant {
	switch o := obj.(type) {
	case *v1alpha1.RoleAssignment:
		return roleGrant(assignment, &o.Status.Grant)
	case *v1alpha1.RoleEligibility:
		return roleGrant(eligibility, &o.Status.Grant)
	case *v1alpha1.Group:
		if g := o.Status.Grant; g.TenantID != "" {
			return grant{species: group, tenant: string(g.TenantID), target: g.UniqueName}
		}
	case *v1alpha1.GroupMembership:
		if g := o.Status.Grant; g.TenantID != "" {
			return grant{species: membership, tenant: string(g.TenantID), target: string(g.GroupID), principal: string(g.MemberID)}
		}
	case *v1alpha1.RoleDefinition:
		if g := o.Status.Grant; g.TenantID != "" {
			return grant{species: definition, tenant: string(g.TenantID), target: string(g.TemplateID)}
		}
	}
	return grant{}
}

// setLedger writes what a ledger names, with an ID.
func setLedger(obj object, g grant, id string) {
	switch o := obj.(type) {
	case *v1alpha1.RoleAssignment:
		o.Status.Grant, o.Status.AssignmentID = g.ofRole(), cmp.Or(id, o.Status.AssignmentID)
	case *v1alpha1.RoleEligibility:
		o.Status.Grant, o.Status.ScheduleID = g.ofRole(), id
	case *v1alpha1.Group:
		o.Status.Grant, o.Status.GroupID = v1alpha1.GroupGrant{TenantID: v1alpha1.ObjectID(g.tenant), UniqueName: g.target}, id
	case *v1alpha1.GroupMembership:
		o.Status.Grant, o.Status.MemberID = g.ofMember(), id
	case *v1alpha1.RoleDefinition:
		o.Status.Grant = v1alpha1.DefinitionGrant{TenantID: v1alpha1.ObjectID(g.tenant), TemplateID: v1alpha1.ObjectID(g.target)}
		o.Status.RoleDefinitionID = id
	}
}

func holdsLedger(obj object) bool { return ledgerOf(obj) != grant{} }

// roleOf points to what an object of a role asks for; nil for the other species.
type roleParts struct {
	principal *v1alpha1.Principal
	role      *v1alpha1.Role
	scope     *v1alpha1.Scope
	schedule  **v1alpha1.Schedule
	period    *v1alpha1.Period
}

func roleOf(obj object) (roleParts, bool) {
	switch o := obj.(type) {
	case *v1alpha1.RoleAssignment:
		return roleParts{&o.Spec.Principal, &o.Spec.Role, &o.Spec.Scope, &o.Spec.Schedule, o.Status.Period}, true
	case *v1alpha1.RoleEligibility:
		return roleParts{&o.Spec.Principal, &o.Spec.Role, &o.Spec.Scope, &o.Spec.Schedule, o.Status.Period}, true
	}
	return roleParts{}, false
}
