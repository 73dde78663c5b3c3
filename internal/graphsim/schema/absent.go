package schema

// absent are the types of directory objects that the simulated directory has
// none of. Lists of objects can be cast to them all the same, and are empty.
// Documented: Microsoft Graph docs, group-list-members and application-list-owners,
// and the casts of Microsoft's SDKs.
func absent() []*Set { return []*Set{devices(), orgContacts(), appRoleAssignments(), endpoints()} }

// devices. Documented: Microsoft Graph docs, resources/device.
func devices() *Set {
	return &Set{
		Name: "devices", Paths: []string{"devices"}, Type: "device",
		Properties: join(one(id()),
			each(Property{Kind: String, Filter: Full}, "deviceId displayName operatingSystem operatingSystemVersion managementType mdmAppId profileType trustType enrollmentProfileName model"),
			each(Property{Kind: String}, "deviceCategory deviceMetadata deviceOwnership enrollmentType manufacturer onPremisesSecurityIdentifier"),
			each(Property{Kind: Bool, Filter: Full}, "accountEnabled isCompliant isManaged isRooted onPremisesSyncEnabled"),
			one(Property{Name: "isManagementRestricted", Kind: Bool}),
			one(Property{Name: "deviceVersion", Kind: Int}),
			each(Property{Kind: Strings, Filter: Full, Empty: []any{}}, "physicalIds systemLabels"),
			each(Property{Kind: Complex}, "alternativeSecurityIds extensionAttributes"),
			each(Property{Kind: Date, Filter: Full}, "approximateLastSignInDateTime deletedDateTime onPremisesLastSyncDateTime registrationDateTime"),
			one(Property{Name: "complianceExpirationDateTime", Kind: Date})),
		Read: words("Device.Read.All Device.ReadWrite.All Directory.Read.All Directory.ReadWrite.All"),
	}
}

// orgContacts. Documented: Microsoft Graph docs, resources/orgcontact.
func orgContacts() *Set {
	return &Set{
		Name: "contacts", Paths: []string{"contacts"}, Type: "orgContact",
		Properties: join(one(id()),
			each(Property{Kind: String, Filter: Full}, "companyName department displayName givenName jobTitle mail mailNickname surname"),
			each(Property{Kind: Complex, Empty: []any{}}, "addresses onPremisesProvisioningErrors phones serviceProvisioningErrors"),
			one(Property{Name: "onPremisesSyncEnabled", Kind: Bool, Filter: Full}),
			one(Property{Name: "proxyAddresses", Kind: Strings, Filter: Full, Empty: []any{}}),
			each(Property{Kind: Date, Filter: Full}, "deletedDateTime onPremisesLastSyncDateTime")),
		Read: words("OrgContact.Read.All Directory.Read.All Directory.ReadWrite.All"),
	}
}

// appRoleAssignments. Documented: Microsoft Graph docs, resources/approleassignment.
func appRoleAssignments() *Set {
	return &Set{
		Name: "appRoleAssignments", Paths: []string{"appRoleAssignments"}, Type: "appRoleAssignment",
		Properties: join(one(id()),
			each(Property{Kind: GUID}, "appRoleId principalId resourceId"),
			each(Property{Kind: String}, "principalDisplayName principalType resourceDisplayName"),
			each(Property{Kind: Date}, "createdDateTime deletedDateTime")),
		Read: appRead(),
	}
}

// endpoints. Documented: Microsoft Graph docs, resources/endpoint.
func endpoints() *Set {
	return &Set{
		Name: "endpoints", Paths: []string{"endpoints"}, Type: "endpoint",
		Properties: join(one(id()),
			each(Property{Kind: String}, "capability providerId providerName providerResourceId uri"),
			one(Property{Name: "deletedDateTime", Kind: Date})),
		Read: words("Directory.Read.All Directory.ReadWrite.All"),
	}
}
