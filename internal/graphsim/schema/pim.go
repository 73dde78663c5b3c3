package schema

// The sets of Privileged Identity Management. Documented: Microsoft Graph docs,
// the resources unifiedRole{Eligibility,Assignment}Schedule{Request,,Instance};
// the permissions are from the pages of their lists and creations.

func pimSets() (out []*Set) {
	for _, kind := range words("Eligibility Assignment") {
		out = append(out, scheduleRequests(kind), schedules(kind), scheduleInstances(kind))
	}
	return out
}

func pimWrite(kind string) []string {
	return words("Role" + kind + "Schedule.ReadWrite.Directory RoleManagement.ReadWrite.Directory")
}

func pimRead(kind string) []string {
	return words("Role" + kind + "Schedule.Read.Directory Role" + kind + "Schedule.ReadWrite.Directory " +
		"RoleManagement.ReadWrite.Directory RoleManagement.Read.Directory RoleManagement.Read.All")
}

// pimSet is what the three sets of a kind share. Documented: filters by eq and
// ne, and on null. Assumed: that they are joined by and only, and that $top,
// which no page names, is refused.
func pimSet(kind, suffix, resource string, properties []Property, navigations ...Navigation) *Set {
	key := Property{Kind: GUID, Filter: Equal, Unequal: true}
	name := "role" + kind + "Schedule" + suffix
	return &Set{
		Name: name, Paths: []string{"roleManagement/directory/" + name}, Type: "unifiedRole" + kind + "Schedule" + resource,
		Apart: true, Licensed: true, ScopeErrors: true,
		Properties: join(one(id()), each(key, "principalId roleDefinitionId directoryScopeId appScopeId"), properties),
		Navigations: append([]Navigation{
			{Name: "principal", Reference: "principalId"},
			{Name: "roleDefinition", Reference: "roleDefinitionId"},
			{Name: "directoryScope", Reference: "directoryScopeId"},
			{Name: "appScope", Reference: "appScopeId"},
		}, navigations...),
		Indexed: words("principalId roleDefinitionId"),
		Read:    pimRead(kind),
		Query:   words("$filter $select $expand $skiptoken"), QueryOne: words("$select $expand"),
		Conjunctions: true, Cost: 1,
	}
}

func scheduleRequests(kind string) *Set {
	set := pimSet(kind, "Requests", "Request", join(
		each(Property{Kind: String, Filter: Equal, Unequal: true, ReadOnly: true}, "status"),
		each(Property{Kind: GUID, Filter: Equal, Unequal: true}, "targetScheduleId"),
		each(Property{Kind: Date, ReadOnly: true}, "createdDateTime completedDateTime"),
		each(Property{Kind: String, ReadOnly: true}, "approvalId"),
		each(Property{Kind: String}, "customData action justification"),
		one(Property{Name: "isValidationOnly", Kind: Bool, Empty: false}),
		one(Property{Name: "createdBy", Kind: Complex, ReadOnly: true}),
		each(Property{Kind: Complex}, "scheduleInfo ticketInfo")),
		append(activated(kind), Navigation{Name: "targetSchedule", Reference: "targetScheduleId", Set: "role" + kind + "Schedules"})...)
	set.Create, set.Required = pimWrite(kind), words("action principalId roleDefinitionId")
	set.Read = pimWrite(kind) // documented: an application that only reads may not see requests
	return set
}

func schedules(kind string) *Set {
	return pimSet(kind, "s", "", join(
		each(Property{Kind: GUID, Filter: Equal, Unequal: true}, "createdUsing"),
		each(Property{Kind: String, Filter: Equal, Unequal: true}, "status memberType"),
		each(Property{Kind: Date}, "createdDateTime modifiedDateTime"),
		assignmentType(kind),
		one(Property{Name: "scheduleInfo", Kind: Complex})), activated(kind)...)
}

func scheduleInstances(kind string) *Set {
	properties := join(
		each(Property{Kind: Date}, "startDateTime endDateTime"),
		each(Property{Kind: String, Filter: Equal, Unequal: true}, "memberType"),
		assignmentType(kind),
		each(Property{Kind: GUID, Filter: Equal, Unequal: true}, "role"+kind+"ScheduleId"))
	if kind == "Assignment" {
		properties = append(properties, Property{Name: "roleAssignmentOriginId", Kind: GUID, Filter: Equal, Unequal: true})
	}
	return pimSet(kind, "Instances", "Instance", properties, activated(kind)...)
}

// assignmentType is what only active roles have.
func assignmentType(kind string) []Property {
	if kind == "Eligibility" {
		return nil
	}
	return one(Property{Name: "assignmentType", Kind: String, Filter: Equal, Unequal: true})
}

// activated leads to the eligibility that was activated.
func activated(kind string) []Navigation {
	if kind == "Eligibility" {
		return nil
	}
	return []Navigation{{Name: "activatedUsing", Reference: "activatedUsing", Set: "roleEligibilitySchedules"}}
}

// policyRead are the permissions to read policies. Documented: Microsoft Graph
// docs, policyroot-list-rolemanagementpolicies.
func policyRead() []string {
	return words("RoleManagementPolicy.Read.Directory RoleManagementPolicy.ReadWrite.Directory " +
		"RoleManagement.Read.Directory RoleManagement.Read.All RoleManagement.ReadWrite.Directory")
}

// policies are what requests must keep to. They are read here and set at the
// control interface. Documented: Microsoft Graph docs, resources/unifiedrolemanagementpolicy.
func policies() *Set {
	return &Set{
		Name: "roleManagementPolicies", Paths: []string{"policies/roleManagementPolicies"}, Type: "unifiedRoleManagementPolicy",
		Apart: true, Licensed: true,
		Properties: join(one(id()),
			each(Property{Kind: String, Filter: Equal}, "scopeId scopeType"),
			each(Property{Kind: String}, "displayName description"),
			one(Property{Name: "isOrganizationDefault", Kind: Bool}),
			one(Property{Name: "lastModifiedDateTime", Kind: Date}),
			one(Property{Name: "lastModifiedBy", Kind: Complex})),
		Navigations: []Navigation{{Name: "rules", Value: "rules", Cost: 1}, {Name: "effectiveRules", Value: "rules", Cost: 1}},
		Read:        policyRead(), NeedsFilter: words("scopeId scopeType"),
		Query: words("$filter $select $expand $skiptoken"), QueryOne: words("$select $expand"), Conjunctions: true, Cost: 1,
	}
}

// policyAssignments say which policy is a role's.
func policyAssignments() *Set {
	return &Set{
		Name: "roleManagementPolicyAssignments", Paths: []string{"policies/roleManagementPolicyAssignments"}, Type: "unifiedRoleManagementPolicyAssignment",
		Apart: true, Licensed: true,
		Properties: join(one(id()),
			one(Property{Name: "policyId", Kind: String}),
			each(Property{Kind: String, Filter: Equal}, "scopeId scopeType"),
			one(Property{Name: "roleDefinitionId", Kind: GUID, Filter: Equal})),
		Navigations: []Navigation{{Name: "policy", Reference: "policyId", Set: "roleManagementPolicies"}},
		Read:        policyRead(), NeedsFilter: words("scopeId scopeType"),
		Query: words("$filter $select $expand $skiptoken"), QueryOne: words("$select $expand"), Conjunctions: true, Cost: 1,
	}
}
