package v1alpha1

// Condition types. Reconciling and Stalled are present only while true, as kstatus has it.
const (
	// ConditionReady is True once the directory was read and holds exactly what is asked for.
	ConditionReady = "Ready"
	// ConditionReconciling is True while the controller will try again by itself.
	ConditionReconciling = "Reconciling"
	// ConditionStalled is True when nothing will change before a person or another spec does something.
	ConditionStalled = "Stalled"
)

// Reason is why a condition is as it is. Reasons are stable: scripts and alerts may go by them.
type Reason string

// Reasons of a grant.
const (
	// ReasonGranted: a live read showed the grant.
	ReasonGranted Reason = "Granted"
	// ReasonNotGranted: mode is Observe and the directory does not hold what is asked for.
	ReasonNotGranted Reason = "NotGranted"
	// ReasonSuspended: mode is Suspend.
	ReasonSuspended Reason = "Suspended"

	// ReasonTenantNotFound: there is no Tenant of that name, or none, or more than one to choose from.
	ReasonTenantNotFound Reason = "TenantNotFound"
	// ReasonTenantNotReady: the Tenant is not connected.
	ReasonTenantNotReady Reason = "TenantNotReady"
	// ReasonPrincipalNotFound: the directory shows no such principal yet.
	ReasonPrincipalNotFound Reason = "PrincipalNotFound"
	// ReasonRoleNotFound: the directory shows no such role yet.
	ReasonRoleNotFound Reason = "RoleNotFound"
	// ReasonScopeNotFound: the directory shows no such administrative unit or object yet.
	ReasonScopeNotFound Reason = "ScopeNotFound"
	// ReasonReplicating: the directory accepted the grant but does not show it yet.
	ReasonReplicating Reason = "Replicating"
	// ReasonThrottled: the directory asked to be left alone for a while.
	ReasonThrottled Reason = "Throttled"
	// ReasonDirectoryUnavailable: the directory gives no answer, or none that can be understood.
	ReasonDirectoryUnavailable Reason = "DirectoryUnavailable"

	// ReasonNameAmbiguous: a display name matches more than one object.
	ReasonNameAmbiguous Reason = "NameAmbiguous"
	// ReasonPrincipalGone: the principal that the grant was pinned to has left the directory.
	ReasonPrincipalGone Reason = "PrincipalGone"
	// ReasonAlreadyExists: adoption is Refuse and the directory holds the grant already.
	ReasonAlreadyExists Reason = "AlreadyExists"
	// ReasonWrongGrant: the directory granted something else than was asked; it was removed at once.
	ReasonWrongGrant Reason = "WrongGrant"
	// ReasonPermissionDenied: the controller's application lacks a permission.
	ReasonPermissionDenied Reason = "PermissionDenied"
	// ReasonGroupNotRoleAssignable: the group was not created as role-assignable.
	ReasonGroupNotRoleAssignable Reason = "GroupNotRoleAssignable"
	// ReasonRoleNotAllowedAtScope: the role cannot be assigned at that scope.
	ReasonRoleNotAllowedAtScope Reason = "RoleNotAllowedAtScope"
	// ReasonSelfRemovalRefused: the directory does not let the controller take Global Administrator from itself.
	ReasonSelfRemovalRefused Reason = "SelfRemovalRefused"
	// ReasonLimitExceeded: a limit of the directory is reached.
	ReasonLimitExceeded Reason = "LimitExceeded"
	// ReasonLicenseRequired: the tenant lacks a licence.
	ReasonLicenseRequired Reason = "LicenseRequired"
	// ReasonRequestRefused: the directory refused for a reason that has no name here; the message quotes it.
	ReasonRequestRefused Reason = "RequestRefused"
	// ReasonInvalidSpec: the spec cannot name anything in a directory.
	ReasonInvalidSpec Reason = "InvalidSpec"

	// ReasonScheduled: the directory holds the grant, which begins later.
	ReasonScheduled Reason = "Scheduled"
	// ReasonExpired: the time for which the grant was asked is over.
	ReasonExpired Reason = "Expired"
	// ReasonPendingApproval: somebody has to approve the request in Privileged Identity Management.
	ReasonPendingApproval Reason = "PendingApproval"
	// ReasonPendingProvisioning: Privileged Identity Management has accepted the request and not carried it out yet.
	ReasonPendingProvisioning Reason = "PendingProvisioning"
	// ReasonDenied: the request was denied, or canceled, in Privileged Identity Management.
	ReasonDenied Reason = "Denied"
	// ReasonFailed: Privileged Identity Management could not carry out the request.
	ReasonFailed Reason = "Failed"
	// ReasonPolicyFailed: the tenant's policy for the role does not allow the request as it is.
	ReasonPolicyFailed Reason = "PolicyFailed"
	// ReasonActiveTooShort: Privileged Identity Management changes and removes nothing of a role within five minutes of its activation.
	ReasonActiveTooShort Reason = "ActiveTooShort"
	// ReasonActivated: the principal holds the role because they activated an eligibility; it is granted when that is over.
	ReasonActivated Reason = "Activated"
	// ReasonGroupNotReady: the Group that is named is not there, not ready, or being deleted.
	ReasonGroupNotReady Reason = "GroupNotReady"
	// ReasonRoleDefinitionNotReady: the RoleDefinition that is named is not there, not ready, or being deleted.
	ReasonRoleDefinitionNotReady Reason = "RoleDefinitionNotReady"
	// ReasonStillAssigned: objects still hold assignments or memberships of what is being deleted.
	ReasonStillAssigned Reason = "StillAssigned"
	// ReasonGroupNotFound: the directory shows no such group yet.
	ReasonGroupNotFound Reason = "GroupNotFound"
	// ReasonSoftDeleted: a group in the directory's recycle bin has the unique name that is asked for.
	ReasonSoftDeleted Reason = "SoftDeleted"
	// ReasonMemberNotFound: the directory shows no such user or service principal yet.
	ReasonMemberNotFound Reason = "MemberNotFound"

	// ReasonRevoking: the object is being deleted, or its grant replaced, and the removal is not proven yet.
	ReasonRevoking Reason = "Revoking"
)

// Reasons of a Tenant.
const (
	// ReasonConnected: a token was had, it is of this tenant, and the directory answers.
	ReasonConnected Reason = "Connected"
	// ReasonCredentialMissing: the Secret, ConfigMap, or token file that the credential names is not there or is incomplete.
	ReasonCredentialMissing Reason = "CredentialMissing"
	// ReasonCredentialRejected: the login endpoint refused the credential.
	ReasonCredentialRejected Reason = "CredentialRejected"
	// ReasonPermissionMissing: the application lacks a permission that the controller needs to work at all.
	ReasonPermissionMissing Reason = "PermissionMissing"
	// ReasonDuplicateTenant: an older Tenant stands for the same directory.
	ReasonDuplicateTenant Reason = "DuplicateTenant"
	// ReasonInUse: the Tenant is being deleted and objects still hold grants in its directory.
	ReasonInUse Reason = "InUse"
)
