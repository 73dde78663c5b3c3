package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// RoleEligibilitySpec is the eligible role assignment that is asked for: the principal may activate the role when it is
// needed. A changed schedule is updated in place; for anything else the old one is revoked before the new one is granted.
type RoleEligibilitySpec struct {
	ClaimSpec `json:",inline"`

	// principal is who may activate the role: a user, or a role-assignable group. Service principals cannot be eligible.
	// +required
	// +kubebuilder:validation:XValidation:rule="!has(self.servicePrincipal)",message="a service principal cannot be eligible, since nobody could activate the role for it; use a RoleAssignment"
	Principal Principal `json:"principal,omitzero"`

	// role is what they may activate.
	// +required
	Role Role `json:"role,omitzero"`

	// scope is where the role holds. Left out, it is the whole tenant.
	// +optional
	Scope Scope `json:"scope,omitzero"`

	// schedule says from when until when they may. Left out, it is from now on and for good, if the tenant's policy for the role
	// allows that.
	// +optional
	Schedule *Schedule `json:"schedule,omitempty"`

	// justification says why, for those who review it. It goes to Privileged Identity Management.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	Justification string `json:"justification,omitempty"`

	// ticket refers to the record of the request. It goes to Privileged Identity Management.
	// +optional
	Ticket *Ticket `json:"ticket,omitempty"`
}

// RoleEligibilityStatus is what the controller knows of the eligibility.
type RoleEligibilityStatus struct {
	ClaimStatus `json:",inline"`

	// grant is what may exist in the directory because of this object.
	// +optional
	Grant AssignmentGrant `json:"grant,omitzero"`

	// period is from when until when it is asked for, as reckoned when it was claimed.
	// +optional
	Period *Period `json:"period,omitempty"`

	// scheduleID is the directory's ID of the eligibility schedule, for people and tools to look it up by.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	ScheduleID string `json:"scheduleID,omitempty"`
}

// RoleEligibility is an eligible assignment of a Microsoft Entra role in Privileged Identity Management. When its deletion returns,
// the eligibility is gone from the directory, and with it what was activated by it.
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=re;res,categories=entra
// +kubebuilder:printcolumn:name="Principal",type=string,JSONPath=`.spec.principal.*`
// +kubebuilder:printcolumn:name="Role",type=string,JSONPath=`.spec.role.*`
// +kubebuilder:printcolumn:name="Scope",type=string,JSONPath=`.status.grant.directoryScopeID`
// +kubebuilder:printcolumn:name="Until",type=string,JSONPath=`.status.period.end`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Tenant",type=string,priority=1,JSONPath=`.status.grant.tenantID`
// +kubebuilder:printcolumn:name="Schedule",type=string,priority=1,JSONPath=`.status.scheduleID`
// +kubebuilder:printcolumn:name="Message",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
// +kubebuilder:selectablefield:JSONPath=`.spec.tenantRef.name`
// +kubebuilder:selectablefield:JSONPath=`.spec.principal.id`
// +kubebuilder:selectablefield:JSONPath=`.spec.principal.user`
// +kubebuilder:selectablefield:JSONPath=`.spec.principal.group`
// +kubebuilder:selectablefield:JSONPath=`.spec.role.id`
// +kubebuilder:selectablefield:JSONPath=`.spec.role.displayName`
// +kubebuilder:selectablefield:JSONPath=`.status.grant.principalID`
// +kubebuilder:selectablefield:JSONPath=`.status.grant.roleDefinitionID`
type RoleEligibility struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard object's metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec is the eligibility that is asked for.
	// +required
	Spec RoleEligibilitySpec `json:"spec,omitzero"`

	// status is what the controller knows of it.
	// +optional
	// +kubebuilder:default={"observedGeneration":-1}
	Status RoleEligibilityStatus `json:"status,omitzero"`
}

// RoleEligibilityList is a list of RoleEligibilities.
// +kubebuilder:object:root=true
type RoleEligibilityList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []RoleEligibility `json:"items"`
}

// GetClaimSpec returns the part of the spec that all claims share.
func (r *RoleEligibility) GetClaimSpec() *ClaimSpec { return &r.Spec.ClaimSpec }

// GetClaimStatus returns the part of the status that all claims share.
func (r *RoleEligibility) GetClaimStatus() *ClaimStatus { return &r.Status.ClaimStatus }

// GetGrant returns the ledger: what may exist in the directory because of this object, or nil. It is in the directory's own
// spelling even where somebody else than the controller wrote it.
func (r *RoleEligibility) GetGrant() *AssignmentGrant {
	if r.Status.Grant == (AssignmentGrant{}) {
		return nil
	}
	grant := r.Status.Grant.canonical()
	return &grant
}

// SetGrant writes the ledger, and the directory's ID of the schedule as far as it is known.
func (r *RoleEligibility) SetGrant(grant *AssignmentGrant, id string) {
	r.Status.ScheduleID = id
	r.Status.Grant = AssignmentGrant{}
	if grant != nil {
		r.Status.Grant = *grant
	}
}
