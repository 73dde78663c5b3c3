package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

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

	// schedule has the role held for a time only, through Privileged Identity Management. Left out, it is held until this object
	// is deleted. To add or to remove it is to replace the assignment; to change it is not.
	// +optional
	// +kubebuilder:validation:XValidation:rule="has(self.end) || has(self.duration)",message="a schedule needs an end or a duration; for a role that is held for good leave the schedule out"
	Schedule *Schedule `json:"schedule,omitempty"`

	// justification says why the principal holds the role, for those who review it. With a schedule it goes to Privileged Identity Management.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	Justification string `json:"justification,omitempty"`

	// ticket refers to the record of the request for the role.
	// +optional
	Ticket *Ticket `json:"ticket,omitempty"`
}

// RoleAssignmentStatus is what the controller knows of the assignment.
type RoleAssignmentStatus struct {
	ClaimStatus `json:",inline"`

	// grant is what may exist in the directory because of this object.
	// +optional
	Grant AssignmentGrant `json:"grant,omitzero"`

	// period is from when until when a scheduled assignment is asked for, as reckoned when it was claimed.
	// +optional
	Period *Period `json:"period,omitempty"`

	// stillHeld says how the principal goes on holding the role when this assignment has gone, as far as there is room. It is
	// looked for when the assignment is revoked.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=32
	StillHeld []HeldRole `json:"stillHeld,omitempty"`

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
