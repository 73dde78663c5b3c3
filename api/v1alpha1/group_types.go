package v1alpha1

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// GroupType says what else a group is good for.
// +kubebuilder:validation:Enum=Security;Microsoft365
type GroupType string

// Values of GroupType.
const (
	// GroupTypeSecurity is a group for access alone.
	GroupTypeSecurity GroupType = "Security"
	// GroupTypeMicrosoft365 is a group with a mailbox and what else Microsoft 365 gives to its members. It is private.
	GroupTypeMicrosoft365 GroupType = "Microsoft365"
)

// RoleAssignability says whether roles can be assigned to a group.
// +kubebuilder:validation:Enum=Allowed;Forbidden
type RoleAssignability string

// Values of RoleAssignability.
const (
	// RoleAssignmentsAllowed is a role-assignable group.
	RoleAssignmentsAllowed RoleAssignability = "Allowed"
	// RoleAssignmentsForbidden is any other.
	RoleAssignmentsForbidden RoleAssignability = "Forbidden"
)

// GroupSpec is the group that is asked for.
// +kubebuilder:validation:XValidation:rule="has(self.uniqueName) == has(oldSelf.uniqueName) && (!has(self.uniqueName) || self.uniqueName == oldSelf.uniqueName)",message="the unique name is what the directory knows the group by: to change it, create another Group, move its members and assignments, and delete this one"
type GroupSpec struct {
	ClaimSpec `json:",inline"`

	// displayName is the name that people see. It is changed in place, and need not be unique in the directory.
	// +required
	DisplayName DisplayName `json:"displayName,omitempty"`

	// description says what the group is for. It is changed in place.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	Description string `json:"description,omitempty"`

	// uniqueName is the name by which the directory knows the group for good. Left out, it is made of the object's namespace and
	// name, so that a cluster that was built anew finds the group again. It cannot be changed.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=120
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z0-9][A-Za-z0-9._-]*$')",message="must be letters, digits, dots, dashes and underscores, and begin with a letter or a digit"
	UniqueName string `json:"uniqueName,omitempty"`

	// mailNickname is the local part of the group's mail address. Left out, it is the uniqueName. It is changed in place.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z0-9._-]+$')",message="must be letters, digits, dots, dashes and underscores"
	MailNickname string `json:"mailNickname,omitempty"`

	// type is Security, the default, or Microsoft365. The directory cannot change it.
	// +optional
	// +kubebuilder:default=Security
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="the directory cannot change a group's type: create another Group, move its members and assignments, and delete this one"
	Type GroupType `json:"type,omitempty"`

	// roleAssignments says whether roles can be assigned to the group: Allowed, the default, needs a licence (Microsoft Entra ID P1) and
	// takes its management from ordinary group administrators; or Forbidden. The directory cannot change it.
	// +optional
	// +kubebuilder:default=Allowed
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="the directory decides at a group's creation whether roles can be assigned to it: create another Group, move its members, and delete this one"
	RoleAssignments RoleAssignability `json:"roleAssignments,omitempty"`
}

// GroupGrant is the natural key of a group that may exist in the directory because of this object.
type GroupGrant struct {
	// tenantID is the ID of the directory.
	// +required
	TenantID ObjectID `json:"tenantID,omitempty"`

	// uniqueName is the group's unique name.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	UniqueName string `json:"uniqueName,omitempty"`
}

// String returns the grant in words.
func (g GroupGrant) String() string {
	return fmt.Sprintf("group %s in tenant %s", g.UniqueName, g.TenantID)
}

func (g GroupGrant) canonical() GroupGrant {
	g.TenantID = ObjectID(strings.ToLower(string(g.TenantID)))
	return g
}

// GroupStatus is what the controller knows of the group.
type GroupStatus struct {
	ClaimStatus `json:",inline"`

	// grant is what may exist in the directory because of this object.
	// +optional
	Grant GroupGrant `json:"grant,omitzero"`

	// groupID is the directory's ID of the group, for people and tools to look it up by.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	GroupID string `json:"groupID,omitempty"`
}

// Group is a group of a Microsoft Entra directory, to which roles can be assigned. When its deletion returns, the group is no
// longer among the directory's groups, and what its members held through it is gone.
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=egrp,categories=entra
// +kubebuilder:printcolumn:name="Display Name",type=string,JSONPath=`.spec.displayName`
// +kubebuilder:printcolumn:name="Group",type=string,JSONPath=`.status.groupID`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Tenant",type=string,priority=1,JSONPath=`.status.grant.tenantID`
// +kubebuilder:printcolumn:name="Unique Name",type=string,priority=1,JSONPath=`.status.grant.uniqueName`
// +kubebuilder:printcolumn:name="Message",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
// +kubebuilder:selectablefield:JSONPath=`.spec.tenantRef.name`
// +kubebuilder:selectablefield:JSONPath=`.spec.displayName`
type Group struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard object's metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec is the group that is asked for.
	// +required
	Spec GroupSpec `json:"spec,omitzero"`

	// status is what the controller knows of it.
	// +optional
	// +kubebuilder:default={"observedGeneration":-1}
	Status GroupStatus `json:"status,omitzero"`
}

// GroupList is a list of Groups.
// +kubebuilder:object:root=true
type GroupList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Group `json:"items"`
}

// GetClaimSpec returns the part of the spec that all claims share.
func (g *Group) GetClaimSpec() *ClaimSpec { return &g.Spec.ClaimSpec }

// GetClaimStatus returns the part of the status that all claims share.
func (g *Group) GetClaimStatus() *ClaimStatus { return &g.Status.ClaimStatus }

// GetGrant returns the ledger: what may exist in the directory because of this object, or nil. It is in the directory's own
// spelling even where somebody else than the controller wrote it.
func (g *Group) GetGrant() *GroupGrant {
	if g.Status.Grant == (GroupGrant{}) {
		return nil
	}
	grant := g.Status.Grant.canonical()
	return &grant
}

// SetGrant writes the ledger, and the directory's ID of the group as far as it is known.
func (g *Group) SetGrant(grant *GroupGrant, id string) {
	g.Status.GroupID = id
	g.Status.Grant = GroupGrant{}
	if grant != nil {
		g.Status.Grant = *grant
	}
}

// UniqueName is the name by which the directory knows the group for good: that of the spec, or one made of the namespace
// and the name, which are joined by what neither may hold.
func (g *Group) UniqueName() string {
	if g.Spec.UniqueName != "" {
		return g.Spec.UniqueName
	}
	name := g.Namespace + "_" + g.Name
	if len(name) <= maxUniqueName {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	suffix := "_" + hex.EncodeToString(sum[:8])
	return name[:maxUniqueName-len(suffix)] + suffix
}

// maxUniqueName is how long a unique name may be.
const maxUniqueName = 120
