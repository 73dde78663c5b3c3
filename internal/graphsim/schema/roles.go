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
