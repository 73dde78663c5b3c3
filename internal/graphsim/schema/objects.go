package schema

// users. Documented: Microsoft Graph docs, resources/user, which says what is
// answered without $select; permissions from user-get and user-post-users.
func users() *Set {
	return &Set{
		Name: "users", Paths: []string{"users"}, Type: "user", DirectoryObject: true, SoftDelete: true, Principal: true,
		Properties: join(one(id()),
			each(Property{Kind: Strings, Empty: []any{}}, "businessPhones"),
			one(Property{Name: "displayName", Kind: String, Filter: Full, Kept: true}),
			each(Property{Kind: String, Filter: Full}, "givenName jobTitle mail mobilePhone officeLocation preferredLanguage surname"),
			one(Property{Name: "userPrincipalName", Filter: Full, Unique: true}),
			each(Property{Kind: String, Filter: Full, OnSelect: true}, "mailNickname department companyName userType employeeId employeeType city country usageLocation onPremisesImmutableId"),
			each(Property{Kind: String, OnSelect: true}, "state postalCode streetAddress faxNumber passwordPolicies ageGroup onPremisesDomainName onPremisesDistinguishedName onPremisesSamAccountName onPremisesUserPrincipalName onPremisesSecurityIdentifier externalUserState creationType securityIdentifier preferredDataLocation consentProvidedForMinor"),
			each(Property{Kind: Bool, Filter: Full, OnSelect: true}, "accountEnabled onPremisesSyncEnabled"),
			each(Property{Kind: Bool, OnSelect: true}, "showInAddressList isManagementRestricted isResourceAccount"),
			each(Property{Kind: Date, Filter: Full, OnSelect: true, ReadOnly: true}, "createdDateTime deletedDateTime"),
			each(Property{Kind: Strings, OnSelect: true, Empty: []any{}}, "otherMails proxyAddresses imAddresses"),
			each(Property{Kind: Date, Filter: Full, OnSelect: true}, "employeeHireDate employeeLeaveDateTime"),
			each(Property{Kind: Date, Filter: Full, OnSelect: true, ReadOnly: true}, "externalUserStateChangeDateTime onPremisesLastSyncDateTime"),
			each(Property{Kind: Date, OnSelect: true, ReadOnly: true}, "lastPasswordChangeDateTime signInSessionsValidFromDateTime"),
			each(Property{Kind: String, OnSelect: true, ReadOnly: true}, "legalAgeGroupClassification"),
			each(Property{Kind: Complex, OnSelect: true, ReadOnly: true, Empty: []any{}}, "assignedLicenses assignedPlans provisionedPlans licenseAssignmentStates serviceProvisioningErrors onPremisesProvisioningErrors"),
			each(Property{Kind: Complex, OnSelect: true, Empty: []any{}}, "identities"),
			each(Property{Kind: Complex, OnSelect: true}, "onPremisesExtensionAttributes employeeOrgData authorizationInfo customSecurityAttributes signInActivity"),
			one(Property{Name: "passwordProfile", Kind: Complex, WriteOnly: true, OnSelect: true})),
		Navigations: append(membership(), Navigation{
			Name: "manager", Reference: "manager", Writable: true, Write: words("User.ReadWrite.All Directory.ReadWrite.All"), Cost: 1,
		}),
		PathKey: "userPrincipalName", Keys: words("userPrincipalName"), Indexed: words("userPrincipalName displayName"),
		Required: words("accountEnabled displayName mailNickname userPrincipalName passwordProfile"),
		Read:     words("User.ReadBasic.All User.Read.All User.ReadWrite.All Directory.Read.All Directory.ReadWrite.All"),
		Create:   words("User.ReadWrite.All Directory.ReadWrite.All"),
		Update:   words("User.ReadWrite.All Directory.ReadWrite.All"),
		Delete:   words("User.ReadWrite.All"),
		Query:    objectQuery(), QueryOne: words("$select $expand"), Cost: 2,
	}
}

// groups. Documented: Microsoft Graph docs, resources/group, group-post-groups,
// group-post-members; of casts, group-list-members and group-list-transitivemembers.
func groups() *Set {
	memberWrite := words("GroupMember.ReadWrite.All Group.ReadWrite.All Directory.ReadWrite.All")
	ownerWrite := words("Group.ReadWrite.All Directory.ReadWrite.All")
	return &Set{
		Name: "groups", Paths: []string{"groups"}, Type: "group", DirectoryObject: true, SoftDelete: true, Principal: true,
		Properties: join(one(id()),
			one(Property{Name: "displayName", Kind: String, Filter: Full, Kept: true}),
			each(Property{Kind: String, Filter: Full}, "description mail mailNickname"),
			each(Property{Kind: String}, "classification preferredDataLocation preferredLanguage theme membershipRule membershipRuleProcessingState onPremisesSecurityIdentifier onPremisesDomainName onPremisesNetBiosName onPremisesSamAccountName"),
			one(Property{Name: "visibility", Kind: String}),
			one(Property{Name: "uniqueName", Kind: String, Filter: Full, Immutable: true, Unique: true}),
			each(Property{Kind: Bool, Filter: Full}, "mailEnabled securityEnabled"),
			one(Property{Name: "isAssignableToRole", Kind: Bool, Filter: Full, Immutable: true}),
			each(Property{Kind: Bool, ReadOnly: true}, "isManagementRestricted onPremisesSyncEnabled"),
			each(Property{Kind: Strings, Filter: Full, Empty: []any{}}, "groupTypes"),
			each(Property{Kind: Strings, Empty: []any{}}, "creationOptions resourceBehaviorOptions resourceProvisioningOptions proxyAddresses"),
			each(Property{Kind: Complex, Empty: []any{}, ReadOnly: true}, "onPremisesProvisioningErrors serviceProvisioningErrors"),
			one(Property{Name: "securityIdentifier", Kind: String, ReadOnly: true}),
			each(Property{Kind: Date, Filter: Full, ReadOnly: true}, "createdDateTime deletedDateTime expirationDateTime renewedDateTime onPremisesLastSyncDateTime"),
			each(Property{Kind: Complex, OnSelect: true, ReadOnly: true, Empty: []any{}}, "assignedLabels assignedLicenses"),
			one(Property{Name: "licenseProcessingState", Kind: Complex, OnSelect: true, ReadOnly: true}),
			one(Property{Name: "writebackConfiguration", Kind: Complex, Beta: true}),
			one(Property{Name: "unseenCount", Kind: Int, OnSelect: true, ReadOnly: true}),
			each(Property{Kind: Bool, OnSelect: true, ReadOnly: true}, "hasMembersWithLicenseErrors isArchived"),
			each(Property{Kind: Bool, OnSelect: true}, "allowExternalSenders autoSubscribeNewMembers hideFromAddressLists hideFromOutlookClients isSubscribedByMail")),
		Navigations: append([]Navigation{
			{Name: "members", Links: "members", AdvancedCasts: true, Writable: true, Write: memberWrite, Cost: 3},
			{Name: "transitiveMembers", Links: "members", Transitive: true, AdvancedCasts: true, Cost: 5},
			{Name: "owners", Links: "owners", Writable: true, Write: ownerWrite, Cost: 1},
		}, membership()...),
		Keys: words("uniqueName"), Indexed: words("displayName uniqueName mailNickname"),
		Required: words("displayName mailEnabled mailNickname securityEnabled"),
		Read:     words("GroupMember.Read.All Group.Read.All GroupMember.ReadWrite.All Group.ReadWrite.All Directory.Read.All Directory.ReadWrite.All"),
		Create:   words("Group.Create Group.ReadWrite.All Directory.ReadWrite.All"),
		Update:   words("Group.ReadWrite.All Directory.ReadWrite.All"),
		Delete:   words("Group.ReadWrite.All"),
		Query:    objectQuery(), QueryOne: words("$select $expand"), Cost: 1,
	}
}

// appWrite are the permissions to write applications and their service
// principals. Documented: Microsoft Graph docs, application-post-applications.
// Assumed: OwnedBy is taken as All, the simulator not knowing who owns what.
func appWrite() []string {
	return words("Application.ReadWrite.OwnedBy Application.ReadWrite.All Directory.ReadWrite.All")
}

func appRead() []string {
	return words("Application.Read.All Application.ReadWrite.OwnedBy Application.ReadWrite.All Directory.Read.All Directory.ReadWrite.All")
}

// servicePrincipals. Documented: Microsoft Graph docs, resources/serviceprincipal.
func servicePrincipals() *Set {
	return &Set{
		Name: "servicePrincipals", Paths: []string{"servicePrincipals"}, Type: "servicePrincipal", DirectoryObject: true, SoftDelete: true, Principal: true,
		Properties: join(one(id()),
			one(Property{Name: "appId", Kind: String, Filter: Full, Unique: true, Immutable: true}),
			each(Property{Kind: String, Filter: Full}, "displayName servicePrincipalType"),
			each(Property{Kind: String}, "appDisplayName appDescription description homepage loginUrl logoutUrl notes preferredSingleSignOnMode preferredTokenSigningKeyThumbprint signInAudience applicationTemplateId disabledByMicrosoftStatus appOwnerOrganizationId tokenEncryptionKeyId"),
			each(Property{Kind: Bool, Filter: Full}, "accountEnabled appRoleAssignmentRequired"),
			each(Property{Kind: Strings, Filter: Full, Empty: []any{}}, "alternativeNames tags servicePrincipalNames"),
			each(Property{Kind: Strings, Empty: []any{}}, "notificationEmailAddresses replyUrls"),
			each(Property{Kind: Complex, Empty: []any{}}, "addIns appRoles keyCredentials oauth2PermissionScopes passwordCredentials resourceSpecificApplicationPermissions"),
			each(Property{Kind: Complex}, "info samlSingleSignOnSettings verifiedPublisher"),
			one(Property{Name: "samlMetadataUrl", Kind: String, Beta: true}),
			one(Property{Name: "customSecurityAttributes", Kind: Complex, OnSelect: true}),
			each(Property{Kind: Date, Filter: Full, ReadOnly: true}, "createdDateTime deletedDateTime")),
		Navigations: append([]Navigation{{Name: "owners", Links: "owners", Writable: true, Write: appWrite(), Cost: 1}}, membership()...),
		Keys:        words("appId"), Indexed: words("appId displayName"), Required: words("appId"),
		Read: appRead(), Create: appWrite(), Update: appWrite(), Delete: appWrite(),
		Query: objectQuery(), QueryOne: words("$select $expand"), Cost: 1,
	}
}

// applications. Documented: Microsoft Graph docs, resources/application.
func applications() *Set {
	return &Set{
		Name: "applications", Paths: []string{"applications"}, Type: "application", DirectoryObject: true, SoftDelete: true,
		Properties: join(one(id()),
			one(Property{Name: "appId", Kind: String, Filter: Full, Unique: true, ReadOnly: true}),
			one(Property{Name: "uniqueName", Kind: String, Filter: Equal, Unique: true, Immutable: true}),
			each(Property{Kind: String, Filter: Full}, "displayName publisherDomain signInAudience"),
			each(Property{Kind: String}, "applicationTemplateId defaultRedirectUri description disabledByMicrosoftStatus groupMembershipClaims nativeAuthenticationApisEnabled notes samlMetadataUrl serviceManagementReference tokenEncryptionKeyId"),
			each(Property{Kind: Bool}, "isDeviceOnlyAuthSupported isFallbackPublicClient oauth2RequirePostResponse"),
			one(Property{Name: "authenticationBehaviors", Kind: Complex, OnSelect: true}),
			each(Property{Kind: Strings, Filter: Full, Empty: []any{}}, "identifierUris tags"),
			each(Property{Kind: Complex, Empty: []any{}}, "addIns appRoles keyCredentials passwordCredentials requiredResourceAccess"),
			each(Property{Kind: Complex}, "api certification info optionalClaims parentalControlSettings publicClient requestSignatureVerification servicePrincipalLockConfiguration spa verifiedPublisher web"),
			each(Property{Kind: Date, Filter: Full, ReadOnly: true}, "createdDateTime deletedDateTime")),
		Navigations: []Navigation{{Name: "owners", Links: "owners", Writable: true, Write: appWrite(), Cost: 1}},
		Keys:        words("appId uniqueName"), Indexed: words("appId displayName uniqueName"), Required: words("displayName"),
		Read: appRead(), Create: appWrite(), Update: appWrite(), Delete: appWrite(),
		Query: objectQuery(), QueryOne: words("$select $expand"), Cost: 2,
	}
}

// administrativeUnits. Documented: Microsoft Graph docs, resources/administrativeunit.
func administrativeUnits() *Set {
	write := words("AdministrativeUnit.ReadWrite.All Directory.ReadWrite.All")
	return &Set{
		Name: "administrativeUnits", Paths: []string{"directory/administrativeUnits", "administrativeUnits"}, Type: "administrativeUnit",
		DirectoryObject: true, SoftDelete: true,
		Properties: join(one(id()),
			one(Property{Name: "displayName", Kind: String, Filter: Full}),
			each(Property{Kind: String}, "description visibility membershipType membershipRule membershipRuleProcessingState"),
			one(Property{Name: "isMemberManagementRestricted", Kind: Bool, Immutable: true}),
			one(Property{Name: "deletedDateTime", Kind: Date, ReadOnly: true})),
		Navigations: []Navigation{{Name: "members", Links: "members", Writable: true, Write: write, Cost: 1}},
		Indexed:     words("displayName"), Required: words("displayName"),
		Read:   words("AdministrativeUnit.Read.All AdministrativeUnit.ReadWrite.All Directory.Read.All Directory.ReadWrite.All"),
		Create: write, Update: write, Delete: write,
		Query: objectQuery(), QueryOne: words("$select $expand"), Cost: 1,
	}
}

// organization is the tenant itself, read only here.
func organization() *Set {
	return &Set{
		Name: "organization", Paths: []string{"organization"}, Type: "organization",
		Properties: join(one(id()),
			each(Property{Kind: String}, "displayName tenantType city country countryLetterCode defaultUsageLocation postalCode preferredLanguage state street"),
			each(Property{Kind: Strings, Empty: []any{}}, "businessPhones marketingNotificationEmails securityComplianceNotificationMails securityComplianceNotificationPhones technicalNotificationMails"),
			one(Property{Name: "onPremisesSyncEnabled", Kind: Bool}),
			each(Property{Kind: Complex, Empty: []any{}}, "verifiedDomains assignedPlans provisionedPlans"),
			each(Property{Kind: Date}, "createdDateTime deletedDateTime onPremisesLastSyncDateTime")),
		Read:  words("Organization.Read.All Organization.ReadWrite.All Directory.Read.All Directory.ReadWrite.All"),
		Query: words("$select"), QueryOne: words("$select"), Cost: 1,
	}
}

// directoryObjects are the objects of all other sets under their common base.
func directoryObjects() *Set {
	return &Set{
		Name: "directoryObjects", Paths: []string{"directoryObjects"}, Type: "directoryObject",
		Properties:  join(one(id()), one(Property{Name: "deletedDateTime", Kind: Date, ReadOnly: true})),
		Navigations: lenient(membership()),
		Read:        words("Directory.Read.All Directory.ReadWrite.All"),
		Query:       words("$select"), QueryOne: words("$select"), Cost: 1,
	}
}

// deletedItems are what was deleted and can be restored. Documented: Microsoft
// Graph docs, resources/directory; lists are of one type, got by a cast.
func deletedItems() *Set {
	return &Set{
		Name: "deletedItems", Paths: []string{"directory/deletedItems"}, Type: "directoryObject", Apart: true,
		Properties: join(one(id()), one(Property{Name: "deletedDateTime", Kind: Date, Filter: Full, ReadOnly: true})),
		Read:       words("Directory.Read.All Directory.ReadWrite.All"),
		Query:      objectQuery(), QueryOne: words("$select"), Cost: 1,
	}
}
