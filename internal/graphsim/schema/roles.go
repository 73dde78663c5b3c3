package schema

// The permissions for role management. Documented: Microsoft Graph docs,
// unifiedroleassignment-get and rbacapplication-post-roleassignments.
func roleRead() []string {
	return words("RoleManagement.Read.Directory RoleManagement.Read.All Directory.Read.All RoleManagement.ReadWrite.Directory Directory.ReadWrite.All")
}

func roleWrite() []string { return words("RoleManagement.ReadWrite.Directory") }

// roleAssignments cannot be updated, are listed by four properties joined by
// and, and expand one navigation at a time. Documented: Microsoft Graph docs,
// resources/unifiedroleassignment. Assumed: that or, ne and not are refused.
func roleAssignments() *Set {
	guids := Property{Kind: GUID, Filter: Equal, Immutable: true}
	return &Set{
		Name: "roleAssignments", Paths: []string{"roleManagement/directory/roleAssignments"}, Type: "unifiedRoleAssignment",
		Properties: join(one(id()), each(guids, "principalId roleDefinitionId directoryScopeId"),
			one(Property{Name: "appScopeId", Kind: GUID, Filter: Equal, Immutable: true, OnSelect: true}),
			each(Property{Kind: String, OnSelect: true, ReadOnly: true}, "condition principalOrganizationId")),
		Navigations: []Navigation{
			{Name: "principal", Reference: "principalId"},
			{Name: "roleDefinition", Reference: "roleDefinitionId"},
			{Name: "directoryScope", Reference: "directoryScopeId"},
		},
		Indexed: words("principalId roleDefinitionId"),
		Read:    roleRead(), Create: roleWrite(), Delete: roleWrite(),
		Query: words("$filter $select $expand $top $skiptoken"), QueryOne: words("$select $expand"),
		OneExpand: true, Conjunctions: true, Cost: 1,
	}
}

// roleDefinitions do not take $top. Documented: Microsoft Graph docs,
// rbacapplication-list-roledefinitions lists $filter, $select and $expand.
func roleDefinitions() *Set {
	return &Set{
		Name: "roleDefinitions", Paths: []string{"roleManagement/directory/roleDefinitions"}, Type: "unifiedRoleDefinition",
		Properties: join(one(id()),
			each(Property{Kind: String}, "description version"),
			one(Property{Name: "displayName", Kind: String, Filter: Equal}),
			one(Property{Name: "isBuiltIn", Kind: Bool, Filter: Equal, ReadOnly: true}),
			one(Property{Name: "isEnabled", Kind: Bool}),
			one(Property{Name: "isPrivileged", Kind: Bool, Filter: Equal, ReadOnly: true, Beta: true, Empty: false}),
			one(Property{Name: "resourceScopes", Kind: Strings, Empty: []any{"/"}}),
			one(Property{Name: "templateId", Kind: GUID}),
			one(Property{Name: "rolePermissions", Kind: Complex, Empty: []any{}})),
		Navigations: []Navigation{{Name: "inheritsPermissionsFrom", Links: "inheritsPermissionsFrom"}},
		Indexed:     words("displayName templateId"),
		Required:    words("displayName isEnabled rolePermissions"),
		Read:        roleRead(), Create: roleWrite(), Update: roleWrite(), Delete: roleWrite(),
		Query: words("$filter $select $expand $skiptoken"), QueryOne: words("$select $expand"),
		Conjunctions: true, Cost: 1,
	}
}

// oldRoles are the sets by which roles were managed before role assignments,
// and the one that only beta has. Documented: Microsoft Graph docs,
// resources/directoryrole, directoryroletemplate, domain, and
// rbacapplication-list-transitiveroleassignments.
func oldRoles() []*Set {
	transitive := roleAssignments()
	transitive.Name, transitive.Paths, transitive.Beta = "transitiveRoleAssignments", words("roleManagement/directory/transitiveRoleAssignments"), true
	transitive.Create, transitive.Delete, transitive.Indexed = nil, nil, nil
	transitive.Query = append(transitive.Query, "$count")
	return []*Set{transitive, directoryRoles(), directoryRoleTemplates(), domains(), scopedRoleMembers()}
}

// directoryRoles are the built-in roles that were activated in the tenant, each
// under an ID of its own. Their members are who holds them over the tenant.
func directoryRoles() *Set {
	return &Set{
		Name: "directoryRoles", Paths: words("directoryRoles"), Type: "directoryRole", Apart: true,
		Properties: join(one(id()),
			each(Property{Kind: String, ReadOnly: true}, "description"),
			one(Property{Name: "displayName", Kind: String, Filter: Equal, ReadOnly: true}),
			one(Property{Name: "roleTemplateId", Kind: GUID, Filter: Equal, Unique: true}),
			one(Property{Name: "deletedDateTime", Kind: Date, ReadOnly: true})),
		Navigations: []Navigation{{Name: "members", Holders: true, Writable: true, Write: roleWrite(), Cost: 1}},
		Keys:        words("roleTemplateId"), Required: words("roleTemplateId"),
		Read: roleRead(), Create: roleWrite(),
		Query: words("$filter $select $expand $skiptoken"), QueryOne: words("$select $expand"), Conjunctions: true, Cost: 1,
	}
}

func directoryRoleTemplates() *Set {
	return &Set{
		Name: "directoryRoleTemplates", Paths: words("directoryRoleTemplates"), Type: "directoryRoleTemplate", Apart: true,
		Properties: join(one(id()), each(Property{Kind: String}, "description displayName"), one(Property{Name: "deletedDateTime", Kind: Date})),
		Read:       roleRead(), Query: words("$select $skiptoken"), QueryOne: words("$select"), Cost: 1,
	}
}

// scopedRoleMembers are the role assignments over an administrative unit; they
// are reached through the unit.
func scopedRoleMembers() *Set {
	return &Set{
		Name: "scopedRoleMembers", Type: "scopedRoleMembership", Apart: true,
		Properties: join(each(Property{Kind: String}, "id roleId administrativeUnitId"), one(Property{Name: "roleMemberInfo", Kind: Complex})),
		Read:       roleRead(), Create: roleWrite(), Delete: roleWrite(),
	}
}

func domains() *Set {
	return &Set{
		Name: "domains", Paths: words("domains"), Type: "domain", Apart: true,
		Properties: join(one(Property{Name: "id", Kind: String}),
			each(Property{Kind: String}, "authenticationType availabilityStatus"),
			each(Property{Kind: Bool}, "isAdminManaged isDefault isInitial isRoot isVerified"),
			each(Property{Kind: Int}, "passwordNotificationWindowInDays passwordValidityPeriodInDays"),
			each(Property{Kind: Strings, Empty: []any{}}, "supportedServices"),
			each(Property{Kind: Complex}, "state")),
		Read:  words("Domain.Read.All Domain.ReadWrite.All Directory.Read.All Directory.ReadWrite.All"),
		Query: words("$select $top $skiptoken"), QueryOne: words("$select"), Cost: 1,
	}
}
