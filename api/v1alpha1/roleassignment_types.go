package v1alpha1

import (
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Principal names who is granted something. Names are looked up when the grant is claimed and pinned from then on.
// +kubebuilder:validation:ExactlyOneOf=id;user;group;servicePrincipal
type Principal struct {
	// id is the object ID of a user, a group or a service principal.
	// +optional
	ID ObjectID `json:"id,omitempty"`

	// user is a user's userPrincipalName, such as alice@contoso.com.
	// +optional
	// +kubebuilder:validation:MinLength=3
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:XValidation:rule="self.matches('^[^@\\\\s\\\\p{Cc}]+@[^@\\\\s\\\\p{Cc}]+$')",message="must be a userPrincipalName such as alice@contoso.com; for an object ID use principal.id, for a group principal.group"
	User string `json:"user,omitempty"`

	// group is a group's displayName, which must match exactly one group. The group must be role-assignable.
	// +optional
	Group DisplayName `json:"group,omitempty"`

	// servicePrincipal is the appId (client ID) of the application that the service principal stands for.
	// +optional
	ServicePrincipal ObjectID `json:"servicePrincipal,omitempty"`
}

// Role names what is granted.
// +kubebuilder:validation:ExactlyOneOf=id;displayName
type Role struct {
	// id is the ID of a role definition, or the template ID of a built-in one.
	// +optional
	ID ObjectID `json:"id,omitempty"`

	// displayName is the displayName of a role definition, which must match exactly one.
	// +optional
	DisplayName DisplayName `json:"displayName,omitempty"`
}

// Scope narrows where a role holds.
// +kubebuilder:validation:ExactlyOneOf=administrativeUnit;objectID
type Scope struct {
	// administrativeUnit is the displayName of an administrative unit, which must match exactly one, or its object ID.
	// The role holds for the unit's members.
	// +optional
	AdministrativeUnit DisplayName `json:"administrativeUnit,omitempty"`

	// objectID is the object ID (not the appId) of an application, service principal or group. The role holds for that
	// object itself.
	// +optional
	ObjectID ObjectID `json:"objectID,omitempty"`
}

// Ticket refers to a record in a ticket system.
type Ticket struct {
	// number is the number or key of the ticket.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	Number string `json:"number,omitempty"`

	// system is the name of the ticket system.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	System string `json:"system,omitempty"`
}

// RoleAssignmentSpec is the active role assignment that is asked for. Any of it may change: the controller revokes what
// it granted before, then grants what the spec says now.
type RoleAssignmentSpec struct {
	ClaimSpec `json:",inline"`

	// principal is who gets the role.
	// +required
	Principal Principal `json:"principal,omitzero"`

	// role is what they get.
	// +required
	Role Role `json:"role,omitzero"`

	// scope is where the role holds. Left out, it is the whole tenant.
	// +optional
	Scope Scope `json:"scope,omitzero"`

	// justification says why the principal holds the role, for those who review it.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	Justification string `json:"justification,omitempty"`

	// ticket refers to the record of the request for the role.
	// +optional
	Ticket *Ticket `json:"ticket,omitempty"`
}

// AssignmentGrant is the natural key of an assignment that may exist in the directory because of this object. It is
// written before the create call is sent and goes only when the assignment is proven to be gone.
type AssignmentGrant struct {
	// tenantID is the ID of the directory.
	// +required
	TenantID ObjectID `json:"tenantID,omitempty"`

	// principalID is the object ID of the principal.
	// +required
	PrincipalID ObjectID `json:"principalID,omitempty"`

	// roleDefinitionID is the ID of the role definition.
	// +required
	RoleDefinitionID ObjectID `json:"roleDefinitionID,omitempty"`

	// directoryScopeID is "/" for the whole tenant, "/administrativeUnits/{id}" or "/{object ID}".
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	DirectoryScopeID string `json:"directoryScopeID,omitempty"`
}

// String returns the grant in words.
func (g AssignmentGrant) String() string {
	return fmt.Sprintf("role %s for principal %s at scope %s in tenant %s", g.RoleDefinitionID, g.PrincipalID, g.DirectoryScopeID, g.TenantID)
}

// unitScope begins the scope of an administrative unit's members.
const unitScope = "/administrativeUnits/"

// canonical returns the grant with its IDs in lower case, as the directory writes them. A scope of a form that the
// controller never asks for stays as it is.
func (g AssignmentGrant) canonical() AssignmentGrant {
	lower := func(id ObjectID) ObjectID { return ObjectID(strings.ToLower(string(id))) }
	g.TenantID, g.PrincipalID, g.RoleDefinitionID = lower(g.TenantID), lower(g.PrincipalID), lower(g.RoleDefinitionID)
	at := max(0, len(g.DirectoryScopeID)-len("00000000-0000-0000-0000-000000000000"))
	switch prefix, id := g.DirectoryScopeID[:at], strings.ToLower(g.DirectoryScopeID[at:]); {
	case prefix == "/":
		g.DirectoryScopeID = prefix + id
	case strings.EqualFold(prefix, unitScope):
		g.DirectoryScopeID = unitScope + id
	}
	return g
}

// RoleAssignmentStatus is what the controller knows of the assignment.
type RoleAssignmentStatus struct {
	ClaimStatus `json:",inline"`

	// grant is what may exist in the directory because of this object.
	// +optional
	Grant AssignmentGrant `json:"grant,omitzero"`

	// assignmentID is the directory's ID of the assignment, for people and tools to look it up by.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	AssignmentID string `json:"assignmentID,omitempty"`
}

// RoleAssignment is an active assignment of a Microsoft Entra role. When its deletion returns, the assignment is gone
// from the directory.
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=ra;ras,categories=entra
// +kubebuilder:printcolumn:name="Principal",type=string,JSONPath=`.spec.principal.*`
// +kubebuilder:printcolumn:name="Role",type=string,JSONPath=`.spec.role.*`
// +kubebuilder:printcolumn:name="Scope",type=string,JSONPath=`.status.grant.directoryScopeID`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Tenant",type=string,priority=1,JSONPath=`.status.grant.tenantID`
// +kubebuilder:printcolumn:name="Assignment",type=string,priority=1,JSONPath=`.status.assignmentID`
// +kubebuilder:printcolumn:name="Message",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
// +kubebuilder:selectablefield:JSONPath=`.spec.tenantRef.name`
// +kubebuilder:selectablefield:JSONPath=`.spec.principal.id`
// +kubebuilder:selectablefield:JSONPath=`.spec.principal.user`
// +kubebuilder:selectablefield:JSONPath=`.spec.principal.group`
// +kubebuilder:selectablefield:JSONPath=`.spec.role.id`
// +kubebuilder:selectablefield:JSONPath=`.spec.role.displayName`
// +kubebuilder:selectablefield:JSONPath=`.status.grant.principalID`
// +kubebuilder:selectablefield:JSONPath=`.status.grant.roleDefinitionID`
type RoleAssignment struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard object's metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec is the assignment that is asked for.
	// +required
	Spec RoleAssignmentSpec `json:"spec,omitzero"`

	// status is what the controller knows of it.
	// +optional
	// +kubebuilder:default={"observedGeneration":-1}
	Status RoleAssignmentStatus `json:"status,omitzero"`
}

// RoleAssignmentList is a list of RoleAssignments.
// +kubebuilder:object:root=true
type RoleAssignmentList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []RoleAssignment `json:"items"`
}

// GetClaimSpec returns the part of the spec that all claims share.
func (r *RoleAssignment) GetClaimSpec() *ClaimSpec { return &r.Spec.ClaimSpec }

// GetClaimStatus returns the part of the status that all claims share.
func (r *RoleAssignment) GetClaimStatus() *ClaimStatus { return &r.Status.ClaimStatus }

// GetGrant returns the ledger: what may exist in the directory because of this object, or nil. It is in the directory's own
// spelling even where somebody else than the controller wrote it, so that one grant is always one ledger.
func (r *RoleAssignment) GetGrant() *AssignmentGrant {
	if r.Status.Grant == (AssignmentGrant{}) {
		return nil
	}
	grant := r.Status.Grant.canonical()
	return &grant
}

// SetGrant writes the ledger, and the directory's ID of the assignment as far as it is known.
func (r *RoleAssignment) SetGrant(grant *AssignmentGrant, id string) {
	r.Status.AssignmentID = id
	r.Status.Grant = AssignmentGrant{}
	if grant != nil {
		r.Status.Grant = *grant
	}
}
