package v1alpha1

import (
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// ResourceAction is an action that a role allows, such as microsoft.directory/applications/standard/read.
// +kubebuilder:validation:MinLength=3
// +kubebuilder:validation:MaxLength=512
// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)+$')",message="must be an action such as microsoft.directory/applications/standard/read; a custom role takes no wildcards"
type ResourceAction string

// DefinitionState says whether a role can be assigned.
// +kubebuilder:validation:Enum=Enabled;Disabled
type DefinitionState string

// Values of DefinitionState.
const (
	// DefinitionEnabled is a role that can be assigned.
	DefinitionEnabled DefinitionState = "Enabled"
	// DefinitionDisabled is one that cannot.
	DefinitionDisabled DefinitionState = "Disabled"
)

// RoleDefinitionSpec is the custom role that is asked for. All of it is changed in place.
type RoleDefinitionSpec struct {
	ClaimSpec `json:",inline"`

	// displayName is the name that people see. It need not be unique in the directory.
	// +required
	DisplayName DisplayName `json:"displayName,omitempty"`

	// description says what the role is for.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	Description string `json:"description,omitempty"`

	// state says whether the role can be assigned: Enabled, the default, or Disabled.
	// +optional
	// +kubebuilder:default=Enabled
	State DefinitionState `json:"state,omitempty"`

	// allowedResourceActions are what the role allows.
	// +required
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=256
	AllowedResourceActions []ResourceAction `json:"allowedResourceActions,omitempty"`
}

// DefinitionGrant is the natural key of a custom role that may exist in the directory because of this object.
type DefinitionGrant struct {
	// tenantID is the ID of the directory.
	// +required
	TenantID ObjectID `json:"tenantID,omitempty"`

	// templateID is the ID that the controller chose for the role, from the tenant and the object's namespace and name.
	// +required
	TemplateID ObjectID `json:"templateID,omitempty"`
}

// String returns the grant in words.
func (g DefinitionGrant) String() string {
	return fmt.Sprintf("role definition %s in tenant %s", g.TemplateID, g.TenantID)
}

func (g DefinitionGrant) canonical() DefinitionGrant {
	lower := func(id ObjectID) ObjectID { return ObjectID(strings.ToLower(string(id))) }
	return DefinitionGrant{TenantID: lower(g.TenantID), TemplateID: lower(g.TemplateID)}
}

// RoleDefinitionStatus is what the controller knows of the role.
type RoleDefinitionStatus struct {
	ClaimStatus `json:",inline"`

	// grant is what may exist in the directory because of this object.
	// +optional
	Grant DefinitionGrant `json:"grant,omitzero"`

	// roleDefinitionID is the directory's ID of the role, for people and tools to look it up by.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	RoleDefinitionID string `json:"roleDefinitionID,omitempty"`
}

// RoleDefinition is a custom role of a Microsoft Entra directory. When its deletion returns, the role is gone from the directory.
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=rd;rds,categories=entra
// +kubebuilder:printcolumn:name="Display Name",type=string,JSONPath=`.spec.displayName`
// +kubebuilder:printcolumn:name="Role",type=string,JSONPath=`.status.roleDefinitionID`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Tenant",type=string,priority=1,JSONPath=`.status.grant.tenantID`
// +kubebuilder:printcolumn:name="Message",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
// +kubebuilder:selectablefield:JSONPath=`.spec.tenantRef.name`
// +kubebuilder:selectablefield:JSONPath=`.spec.displayName`
type RoleDefinition struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard object's metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec is the custom role that is asked for.
	// +required
	Spec RoleDefinitionSpec `json:"spec,omitzero"`

	// status is what the controller knows of it.
	// +optional
	// +kubebuilder:default={"observedGeneration":-1}
	Status RoleDefinitionStatus `json:"status,omitzero"`
}

// RoleDefinitionList is a list of RoleDefinitions.
// +kubebuilder:object:root=true
type RoleDefinitionList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []RoleDefinition `json:"items"`
}

// GetClaimSpec returns the part of the spec that all claims share.
func (r *RoleDefinition) GetClaimSpec() *ClaimSpec { return &r.Spec.ClaimSpec }

// GetClaimStatus returns the part of the status that all claims share.
func (r *RoleDefinition) GetClaimStatus() *ClaimStatus { return &r.Status.ClaimStatus }

// GetGrant returns the ledger: what may exist in the directory because of this object, or nil. It is in the directory's own
// spelling even where somebody else than the controller wrote it.
func (r *RoleDefinition) GetGrant() *DefinitionGrant {
	if r.Status.Grant == (DefinitionGrant{}) {
		return nil
	}
	grant := r.Status.Grant.canonical()
	return &grant
}

// SetGrant writes the ledger, and the directory's ID of the role as far as it is known.
func (r *RoleDefinition) SetGrant(grant *DefinitionGrant, id string) {
	r.Status.RoleDefinitionID = id
	r.Status.Grant = DefinitionGrant{}
	if grant != nil {
		r.Status.Grant = *grant
	}
}
