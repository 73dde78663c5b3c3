package v1alpha1

import (
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// MembershipGroup names the group of a membership.
// +kubebuilder:validation:ExactlyOneOf=ref;id;displayName
type MembershipGroup struct {
	// ref names a Group in the same namespace. The member is added once the directory holds that group.
	// +optional
	Ref ObjectReference `json:"ref,omitzero"`

	// id is the group's object ID.
	// +optional
	ID ObjectID `json:"id,omitempty"`

	// displayName is the group's displayName, which must match exactly one group.
	// +optional
	DisplayName DisplayName `json:"displayName,omitempty"`
}

// Member names who belongs to a group.
// +kubebuilder:validation:ExactlyOneOf=id;user;servicePrincipal
type Member struct {
	// id is the object ID of a user or a service principal. A group cannot be a member of a role-assignable group.
	// +optional
	ID ObjectID `json:"id,omitempty"`

	// user is a user's userPrincipalName, such as alice@contoso.com.
	// +optional
	User UserPrincipalName `json:"user,omitempty"`

	// servicePrincipal is the appId (client ID) of the application that the service principal stands for.
	// +optional
	ServicePrincipal ObjectID `json:"servicePrincipal,omitempty"`
}

// GroupMembershipSpec is the membership that is asked for: one member of one group. Any of it may change: the controller
// takes out the old member before it adds the new one.
type GroupMembershipSpec struct {
	ClaimSpec `json:",inline"`

	// group is the group.
	// +required
	Group MembershipGroup `json:"group,omitzero"`

	// member is who belongs to it.
	// +required
	Member Member `json:"member,omitzero"`
}

// MembershipGrant is the natural key of a membership that may exist in the directory because of this object.
type MembershipGrant struct {
	// tenantID is the ID of the directory.
	// +required
	TenantID ObjectID `json:"tenantID,omitempty"`

	// groupID is the object ID of the group.
	// +required
	GroupID ObjectID `json:"groupID,omitempty"`

	// memberID is the object ID of the member.
	// +required
	MemberID ObjectID `json:"memberID,omitempty"`
}

// String returns the grant in words.
func (g MembershipGrant) String() string {
	return fmt.Sprintf("membership of %s in group %s in tenant %s", g.MemberID, g.GroupID, g.TenantID)
}

func (g MembershipGrant) canonical() MembershipGrant {
	lower := func(id ObjectID) ObjectID { return ObjectID(strings.ToLower(string(id))) }
	return MembershipGrant{TenantID: lower(g.TenantID), GroupID: lower(g.GroupID), MemberID: lower(g.MemberID)}
}

// HeldRole is a role that somebody holds other than by an assignment of their own.
type HeldRole struct {
	// roleDefinitionID is the ID of the role definition.
	// +required
	RoleDefinitionID ObjectID `json:"roleDefinitionID,omitempty"`

	// displayName is the role's name.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	DisplayName string `json:"displayName,omitempty"`

	// directoryScopeID is where it holds.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	DirectoryScopeID string `json:"directoryScopeID,omitempty"`

	// through says by what it is held, such as "group Helpdesk" or "eligibility".
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=300
	Through string `json:"through,omitempty"`
}

// GroupMembershipStatus is what the controller knows of the membership.
type GroupMembershipStatus struct {
	ClaimStatus `json:",inline"`

	// grant is what may exist in the directory because of this object.
	// +optional
	Grant MembershipGrant `json:"grant,omitzero"`

	// memberID is the object ID of the member once the directory shows it in the group.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	MemberID string `json:"memberID,omitempty"`

	// roles are those that the group holds, and every member with it, as far as there is room.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=32
	Roles []HeldRole `json:"roles,omitempty"`
}

// GroupMembership is one member of one group of a Microsoft Entra directory. When its deletion returns, the member is out of the
// group, and with it the roles that it held through the group.
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=gm;gms,categories=entra
// +kubebuilder:printcolumn:name="Group",type=string,JSONPath=`.spec.group.*`
// +kubebuilder:printcolumn:name="Member",type=string,JSONPath=`.spec.member.*`
// +kubebuilder:printcolumn:name="Roles",type=string,JSONPath=`.status.roles[*].displayName`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Tenant",type=string,priority=1,JSONPath=`.status.grant.tenantID`
// +kubebuilder:printcolumn:name="Message",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
// +kubebuilder:selectablefield:JSONPath=`.spec.tenantRef.name`
// +kubebuilder:selectablefield:JSONPath=`.spec.member.user`
// +kubebuilder:selectablefield:JSONPath=`.spec.member.id`
// +kubebuilder:selectablefield:JSONPath=`.status.grant.groupID`
// +kubebuilder:selectablefield:JSONPath=`.status.grant.memberID`
type GroupMembership struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard object's metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec is the membership that is asked for.
	// +required
	Spec GroupMembershipSpec `json:"spec,omitzero"`

	// status is what the controller knows of it.
	// +optional
	// +kubebuilder:default={"observedGeneration":-1}
	Status GroupMembershipStatus `json:"status,omitzero"`
}

// GroupMembershipList is a list of GroupMemberships.
// +kubebuilder:object:root=true
type GroupMembershipList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []GroupMembership `json:"items"`
}

// GetClaimSpec returns the part of the spec that all claims share.
func (m *GroupMembership) GetClaimSpec() *ClaimSpec { return &m.Spec.ClaimSpec }

// GetClaimStatus returns the part of the status that all claims share.
func (m *GroupMembership) GetClaimStatus() *ClaimStatus { return &m.Status.ClaimStatus }

// GetGrant returns the ledger: what may exist in the directory because of this object, or nil. It is in the directory's own
// spelling even where somebody else than the controller wrote it.
func (m *GroupMembership) GetGrant() *MembershipGrant {
	if m.Status.Grant == (MembershipGrant{}) {
		return nil
	}
	grant := m.Status.Grant.canonical()
	return &grant
}

// SetGrant writes the ledger, and the directory's ID of the member as far as it is known.
func (m *GroupMembership) SetGrant(grant *MembershipGrant, id string) {
	m.Status.MemberID = id
	m.Status.Grant = MembershipGrant{}
	if grant != nil {
		m.Status.Grant = *grant
	}
}
