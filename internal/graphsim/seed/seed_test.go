package seed

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const head = `
builtInRoles:
- {id: 62E90394-69f5-4237-9190-012177145e10, displayName: Global Administrator}
tenants:
- id: 5F2c1c6e-9a3b-4d5c-8e7f-0a1b2c3d4e5f
  displayName: Contoso
  domains: [contoso.com]
`

const objects = `
  objects:
    users:
    - {id: ACE08ec9-aa11-4ada-9145-addf0398233e, displayName: Alice, userPrincipalName: alice@contoso.com}
    groups:
    - {id: 4a6ab863-44bb-4474-9bef-4777ad32cdd8, displayName: Team, members: [Alice]}
    administrativeUnits:
    - {id: a504e38c-90bf-42d1-b378-4cfd04152637, displayName: Berlin}
    applications:
    - {id: 94f3d27b-8fae-41c0-a267-3becf3041526, displayName: Twice}
    servicePrincipals:
    - {id: 72d1b059-6d8c-4fae-8045-19cad1e2f304, displayName: Twice, appId: 66c2a3ba-8f72-41c1-9354-be926f80a1c5}
`

func TestLoad(t *testing.T) {
	s, err := Load(strings.NewReader(head + objects + `
  apps:
  - appId: 66C2a3ba-8f72-41c1-9354-be926f80a1c5
    servicePrincipal: 66c2a3ba-8f72-41c1-9354-be926f80a1c5
    federatedCredentials: [{issuer: https://x, subject: y}]
  roleAssignments:
  - {principal: alice@contoso.com, role: global administrator}
  - {principal: Team, role: 62e90394-69f5-4237-9190-012177145e10, scope: /administrativeUnits/Berlin}
  - {principal: Team, role: Global Administrator, scope: /94f3d27b-8fae-41c0-a267-3becf3041526}
`))
	if err != nil {
		t.Fatal(err)
	}
	const (
		role  = "62e90394-69f5-4237-9190-012177145e10"
		alice = "ace08ec9-aa11-4ada-9145-addf0398233e"
		team  = "4a6ab863-44bb-4474-9bef-4777ad32cdd8"
	)
	want := []Assignment{
		{alice, role, "/"},
		{team, role, "/administrativeUnits/a504e38c-90bf-42d1-b378-4cfd04152637"},
		{team, role, "/94f3d27b-8fae-41c0-a267-3becf3041526"},
	}
	if diff := cmp.Diff(want, s.Tenants[0].RoleAssignments); diff != "" {
		t.Errorf("assignments (-want +got):\n%s", diff)
	}
	if got := s.Tenants[0].Objects["groups"][0]["members"]; !cmp.Equal(got, []any{alice}) {
		t.Errorf("members = %v", got)
	}
	app := s.Tenants[0].Apps[0]
	if app.ServicePrincipal != "72d1b059-6d8c-4fae-8045-19cad1e2f304" || app.FederatedCredentials[0].Audience != "api://AzureADTokenExchange" {
		t.Errorf("app = %+v", app)
	}
	if s.BuiltInRoles[0].TemplateID != role {
		t.Errorf("template ID = %s", s.BuiltInRoles[0].TemplateID)
	}
}

func TestLoadErrors(t *testing.T) {
	tests := map[string]struct{ yaml, want string }{
		"no tenant":             {"tenants: []", "at least one under tenants"},
		"no YAML":               {"\t{", "reading the seed"},
		"unknown field":         {head + "  nonsense: 1\n", "unknown field"},
		"tenant without GUID":   {"tenants: [{id: x, domains: [y]}]", "must be a GUID"},
		"tenant without domain": {"tenants: [{id: 5f2c1c6e-9a3b-4d5c-8e7f-0a1b2c3d4e5f}]", "give at least one"},
		"tenant twice":          {head + "- id: 5f2c1c6e-9a3b-4d5c-8e7f-0a1b2c3d4e5f\n  domains: [x]\n", "is there twice"},
		"unknown principal":     {head + objects + "  roleAssignments: [{principal: Bob, role: Global Administrator}]\n", `there is no object "Bob"`},
		"unknown role":          {head + objects + "  roleAssignments: [{principal: Alice, role: Nonsense}]\n", `there is no role "Nonsense"`},
		"unknown scope":         {head + objects + "  roleAssignments: [{principal: Alice, role: Global Administrator, scope: /administrativeUnits/Rome}]\n", `there is no object "Rome"`},
		"name of two":           {head + objects + "  roleAssignments: [{principal: Twice, role: Global Administrator}]\n", "use the id"},
		"unknown app":           {head + objects + "  apps: [{appId: 66c2a3ba-8f72-41c1-9354-be926f80a1c5, servicePrincipal: Nobody}]\n", "servicePrincipal"},
		"object twice":          {head + "  objects:\n    users: [{id: ace08ec9-aa11-4ada-9145-addf0398233e}, {id: ace08ec9-aa11-4ada-9145-addf0398233e}]\n", "is there twice"},
		"object without ID":     {head + "  objects:\n    users: [{displayName: x}]\n", "must be a GUID"},
		"unknown member":        {head + "  objects:\n    groups: [{id: ace08ec9-aa11-4ada-9145-addf0398233e, members: [x]}]\n", `there is no object "x"`},
		"members that are none": {head + "  objects:\n    groups: [{id: ace08ec9-aa11-4ada-9145-addf0398233e, members: x}]\n", "must be a list"},
		"role twice":            {head + "  customRoles: [{id: 62e90394-69f5-4237-9190-012177145e10, displayName: x}]\n", "is there twice"},
		"role without name":     {head + "  customRoles: [{id: ace08ec9-aa11-4ada-9145-addf0398233e}]\n", "has no displayName"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := Load(strings.NewReader(tc.yaml)); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("err = %v, want %q", err, tc.want)
			}
		})
	}
}
