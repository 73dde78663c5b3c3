package graph

// AssignmentKey is what makes an active role assignment the same thing in the directory, whatever its ID: the directory
// holds at most one assignment per key. All three are canonical (see CanonicalID and CanonicalScope).
type AssignmentKey struct {
	PrincipalID      string
	RoleDefinitionID string
	DirectoryScopeID string
}

// Assignment is an active role assignment as the directory answered it.
type Assignment struct {
	AssignmentKey

	// ID names the assignment in the directory. It is the directory's to choose and is never computed here.
	ID string
}

// RoleDefinition is a directory role, built in or custom.
type RoleDefinition struct {
	// ID is what assignments refer to. For built-in roles it equals TemplateID in current tenants only.
	ID          string
	TemplateID  string
	DisplayName string
	BuiltIn     bool
}

// Identity is who the controller is in a tenant, read from its access token.
type Identity struct {
	TenantID string
	AppID    string
	// ObjectID is the object ID of the service principal.
	ObjectID string
	// Permissions are the granted application permissions (the token's roles claim), sorted.
	Permissions []string
}

// Application permissions of Microsoft Graph that the controller uses.
const (
	PermissionRoleManagementRead      = "RoleManagement.Read.Directory"
	PermissionRoleManagementWrite     = "RoleManagement.ReadWrite.Directory"
	PermissionUserRead                = "User.ReadBasic.All"
	PermissionGroupRead               = "Group.Read.All"
	PermissionApplicationRead         = "Application.Read.All"
	PermissionAdministrativeUnitsRead = "AdministrativeUnit.Read.All"
	PermissionEligibilityRead         = "RoleEligibilitySchedule.Read.Directory"
	PermissionEligibilityWrite        = "RoleEligibilitySchedule.ReadWrite.Directory"
	PermissionScheduleRead            = "RoleAssignmentSchedule.Read.Directory"
	PermissionScheduleWrite           = "RoleAssignmentSchedule.ReadWrite.Directory"
	PermissionGroupWrite              = "Group.ReadWrite.All"
)
