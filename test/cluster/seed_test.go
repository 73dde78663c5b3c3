package cluster

import (
	"fmt"

	"github.com/rolewarden/rolewarden/internal/graphsim"
)

// What each of the simulated directories holds.
const (
	appID  = "0d1f9a52-6b3e-4c8d-9f10-7a5e2b4c6d81"
	secret = "cluster-test-secret"

	alice = "ace08ec9-aa11-4ada-9145-addf0398233e"
	bob   = "b1d19fda-bb22-4beb-a256-beef14a9344f"
	carol = "c2e2a0eb-cc33-4cfc-b367-cfff25ba4550"

	helpdesk  = "729827e3-9c14-49f7-bb1b-9608f156bbb8"
	userAdmin = "fe930be7-5e62-47db-91af-98c3a49a38b1"
)

// directories is how many a simulator holds: each story has one of its own.
const directories = 64

func directoryID(n int) string { return fmt.Sprintf("d1000000-0000-4000-8000-%012d", n) }
func domain(n int) string      { return fmt.Sprintf("d%d.test", n) }

func makeSeed() *graphsim.Seed {
	s := &graphsim.Seed{BuiltInRoles: []graphsim.SeedRole{
		{ID: helpdesk, TemplateID: helpdesk, DisplayName: "Helpdesk Administrator", Scopes: []string{"administrativeUnits"}},
		{ID: userAdmin, TemplateID: userAdmin, DisplayName: "User Administrator", Scopes: []string{"administrativeUnits"}},
	}}
	for n := range directories {
		s.Tenants = append(s.Tenants, makeDirectory(n))
	}
	return s
}

func makeDirectory(n int) graphsim.SeedTenant {
	const principal = "3e9d7c15-2f48-4b6a-8c01-d5e6f7a8b9c0"
	t := graphsim.SeedTenant{
		ID: directoryID(n), DisplayName: domain(n), Domains: []string{domain(n)},
		Objects: map[string][]map[string]any{"servicePrincipals": {{"id": principal, "appId": appID, "displayName": "Rolewarden"}}},
		Apps: []graphsim.SeedApp{{AppID: appID, ServicePrincipal: principal, Secrets: []string{secret}, Permissions: []string{
			"RoleManagement.ReadWrite.Directory", "User.ReadBasic.All", "Group.Read.All", "Application.Read.All", "AdministrativeUnit.Read.All",
		}}},
	}
	for name, id := range map[string]string{"alice": alice, "bob": bob, "carol": carol} {
		t.Objects["users"] = append(t.Objects["users"], makeUser(name, id, domain(n)))
	}
	return t
}

func makeUser(name, id, domain string) map[string]any {
	return map[string]any{
		"id": id, "displayName": name, "userPrincipalName": name + "@" + domain, "mailNickname": name, "accountEnabled": true,
	}
}
