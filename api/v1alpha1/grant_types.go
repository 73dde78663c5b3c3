package v1alpha1

import (
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// ObjectReference names an object in the same namespace.
type ObjectReference struct {
	// name is the object's name.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name,omitempty"`
}

// UserPrincipalName is the name by which a user signs in.
// +kubebuilder:validation:MinLength=3
// +kubebuilder:validation:MaxLength=256
// +kubebuilder:validation:XValidation:rule="self.matches('^[^@\\\\s\\\\p{Cc}]+@[^@\\\\s\\\\p{Cc}]+$')",message="must be a userPrincipalName such as alice@contoso.com; for an object ID use the field id, for a group the field for groups"
type UserPrincipalName string

// Principal names who is granted something. Names are looked up when the grant is claimed and pinned from then on.
// +kubebuilder:validation:ExactlyOneOf=id;user;group;servicePrincipal;groupRef
type Principal struct {
	// id is the object ID of a user, a group or a service principal.
	// +optional
	ID ObjectID `json:"id,omitempty"`

	// user is a user's userPrincipalName, such as alice@contoso.com.
	// +optional
	User UserPrincipalName `json:"user,omitempty"`

	// group is a group's displayName, which must match exactly one group. The group must be role-assignable.
	// +optional
	Group DisplayName `json:"group,omitempty"`

	// servicePrincipal is the appId (client ID) of the application that the service principal stands for.
	// +optional
	ServicePrincipal ObjectID `json:"servicePrincipal,omitempty"`

	// groupRef names a Group in the same namespace. The role is granted once the directory holds that group.
	// +optional
	GroupRef ObjectReference `json:"groupRef,omitzero"`
}

// Role names what is granted.
// +kubebuilder:validation:ExactlyOneOf=id;displayName;definitionRef
type Role struct {
	// id is the ID of a role definition, or the template ID of a built-in one.
	// +optional
	ID ObjectID `json:"id,omitempty"`

	// displayName is the displayName of a role definition, which must match exactly one.
	// +optional
	DisplayName DisplayName `json:"displayName,omitempty"`

	// definitionRef names a RoleDefinition in the same namespace. The role is granted once the directory holds it.
	// +optional
	DefinitionRef ObjectReference `json:"definitionRef,omitzero"`
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

// Duration is a length of time in the form of ISO 8601, in days, hours and minutes, such as PT8H or P30D.
// +kubebuilder:validation:MinLength=3
// +kubebuilder:validation:MaxLength=32
// +kubebuilder:validation:XValidation:rule="self.matches('^P(?:[0-9]{1,5}D)?(?:T(?:[0-9]{1,5}H)?(?:[0-9]{1,6}M)?)?$') && self.matches('[1-9]') && !self.endsWith('T')",message="must be a duration such as PT8H (8 hours), PT30M (30 minutes), P30D (30 days) or P1DT12H; months and years have no fixed length"
type Duration string

// Schedule says from when until when something is held.
// +kubebuilder:validation:AtMostOneOf=end;duration
// +kubebuilder:validation:XValidation:rule="!has(self.start) || !has(self.end) || self.start < self.end",message="start must be before end"
type Schedule struct {
	// start is when it begins. Left out, or past, it begins when it is granted.
	// +optional
	Start *metav1.Time `json:"start,omitempty"`

	// end is when it ends.
	// +optional
	End *metav1.Time `json:"end,omitempty"`

	// duration is how long after its start it ends, such as PT8H. It is reckoned once, from the first time that it was granted: what
	// somebody removed before its end is granted anew until that end only.
	// +optional
	Duration Duration `json:"duration,omitempty"`
}

// Period is from when until when something is held, once that has been reckoned.
type Period struct {
	// start is when it begins.
	// +optional
	Start *metav1.Time `json:"start,omitempty"`

	// end is when it ends. Left out, it does not.
	// +optional
	End *metav1.Time `json:"end,omitempty"`
}

// AssignmentGrant is the natural key of an assignment that may exist in the directory because of this object: an active or
// an eligible one, as the kind says. It is written before the create call is sent and goes only when the assignment is
// proven to be gone.
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

	// through is PIM for an active assignment with a schedule, which Privileged Identity Management makes and removes.
	// +optional
	Through GrantPath `json:"through,omitempty"`
}

// GrantPath says by what the directory makes a grant, where there is more than one way.
// +kubebuilder:validation:Enum=PIM
type GrantPath string

// ThroughPIM is Privileged Identity Management.
const ThroughPIM GrantPath = "PIM"

// Scheduled tells whether the grant is an active assignment with a schedule.
func (g AssignmentGrant) Scheduled() bool { return g.Through == ThroughPIM }

// String returns the grant in words. By whichever way it was made, the directory holds one of that text.
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
