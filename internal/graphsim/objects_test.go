package graphsim_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLookups are the ways to find an object by what people call it.
func TestLookups(t *testing.T) {
	const payroll = "72d1b059-6d8c-4fae-8045-19cad1e2f304"
	tests := map[string]struct {
		path string
		want []string
	}{
		"user by UPN":                  {"/v1.0/users/alice@contoso.com", []string{alice}},
		"user by UPN in another case":  {"/v1.0/users/Alice@Contoso.com", []string{alice}},
		"user by UPN as key":           {"/v1.0/users('alice@contoso.com')", []string{alice}},
		"user by alternate key":        {"/v1.0/users(userPrincipalName='alice@contoso.com')", []string{alice}},
		"user by filter":               {"/v1.0/users" + query("$filter", "userPrincipalName eq 'alice@contoso.com'"), []string{alice}},
		"quote in a filter":            {"/v1.0/users" + query("$filter", "displayName eq 'Ivan O''Neill'"), []string{"28480641-2299-4252-99cd-25558b10abb6"}},
		"user by start of name":        {"/v1.0/users" + query("$filter", "startswith(displayName,'ali') and accountEnabled eq true"), []string{alice}},
		"group by filter":              {"/v1.0/groups" + query("$filter", "displayName eq 'Contoso_Helpdesk_Administrators'"), []string{helpdesk}},
		"group by nickname":            {"/v1.0/groups" + query("$filter", "mailNickname eq 'allemployees'"), []string{everybody}},
		"group by role-assignability":  {"/v1.0/groups" + query("$filter", "isAssignableToRole eq true and startsWith(displayName,'Contoso_H')"), []string{helpdesk}},
		"service principal by app":     {"/v1.0/servicePrincipals(appId='66c2a3ba-8f72-41c1-9354-be926f80a1c5')", []string{payroll}},
		"service principal by filter":  {"/v1.0/servicePrincipals" + query("$filter", "appId eq '66c2a3ba-8f72-41c1-9354-be926f80a1c5'"), []string{payroll}},
		"application by app":           {"/v1.0/applications(appId='66c2a3ba-8f72-41c1-9354-be926f80a1c5')", []string{payrollApp}},
		"unit by filter":               {"/v1.0/directory/administrativeUnits" + query("$filter", "displayName eq 'Berlin'"), []string{berlin}},
		"any object by ID":             {"/v1.0/directoryObjects/" + berlin, []string{berlin}},
		"nobody by filter":             {"/v1.0/users" + query("$filter", "userPrincipalName eq 'nobody@contoso.com'"), []string{}},
		"role by name in another case": {definitions + query("$filter", "displayName eq 'helpdesk administrator'"), []string{helpdeskAdmin}},
		"roles that are custom":        {definitions + query("$filter", "isBuiltIn eq false"), []string{customRole}},
		"roles by ID":                  {definitions + query("$filter", "id in ('"+helpdeskAdmin+"','"+globalAdmin+"')"), []string{globalAdmin, helpdeskAdmin}},
		"advanced query":               {"/v1.0/users" + query("$filter", "endswith(userPrincipalName,'@contoso.onmicrosoft.com')", "$count", "true"), []string{"3959a752-33aa-4363-8ade-36669c21bcc7"}},
		"groups without a type":        {"/v1.0/groups" + query("$filter", "groupTypes/any(c:c eq 'Unified')"), []string{}},
		"members of a unit":            {"/v1.0/directory/administrativeUnits/" + berlin + "/members", []string{erin, "f515d31e-ff66-4f2f-a69a-f22258ed7883"}},
		"owners of a group":            {"/v1.0/groups/" + helpdesk + "/owners", []string{alice}},
		"where somebody is a member":   {"/v1.0/users/" + bob + "/memberOf", []string{helpdesk, everybody}},
		"groups somebody is in":        {"/v1.0/users/" + bob + "/transitiveMemberOf/microsoft.graph.group" + query("$filter", "isAssignableToRole eq true", "$count", "true"), []string{helpdesk}},
		"units somebody is in":         {"/v1.0/users/" + erin + "/memberOf/microsoft.graph.administrativeUnit?$count=true", []string{berlin}},
		"members of members":           {"/v1.0/groups/" + everybody + "/transitiveMembers/microsoft.graph.group?$count=true", []string{helpdesk}},
		"count":                        {"/v1.0/users/" + bob + "/memberOf" + query("$top", "1", "$count", "true"), []string{helpdesk}},
	}
	w := start(t)
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			w := w.in(t)
			got := w.get(tc.path, "ConsistencyLevel: eventual")
			ids := w.want(http.StatusOK, got).field("id")
			if got.body["value"] == nil {
				ids = []string{got.string("id")}
			}
			slices.Sort(ids)
			slices.Sort(tc.want)
			if diff := cmp.Diff(tc.want, ids); diff != "" {
				t.Errorf("IDs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDefaultProperties(t *testing.T) {
	w := start(t)
	user := w.get("/v1.0/users/" + alice).body
	if _, shown := user["accountEnabled"]; shown || user["givenName"] != "Alice" {
		t.Errorf("user = %v", user)
	}
	if got := w.get("/v1.0/users/" + alice + "?$select=accountEnabled").body["accountEnabled"]; got != true {
		t.Errorf("accountEnabled = %v", got)
	}
	group := w.get("/v1.0/groups/" + everybody).body
	if v, shown := group["isAssignableToRole"]; !shown || v != nil {
		t.Errorf("isAssignableToRole of a plain group = %v, want null", v)
	}
	object := w.get("/v1.0/directoryObjects/" + alice).body
	if object["@odata.type"] != "#microsoft.graph.user" {
		t.Errorf("object = %v", object)
	}
}

func TestNavigationOfAnAssignment(t *testing.T) {
	w := start(t)
	path := assignments + "/" + w.grantAlice().string("id")
	if got := w.want(http.StatusOK, w.get(path+"/principal")); got.string("id") != alice {
		t.Errorf("principal = %s", got.text)
	}
	if got := w.want(http.StatusOK, w.get(path+"/roleDefinition")); got.string("id") != helpdeskAdmin {
		t.Errorf("role = %s", got.text)
	}
	w.want(http.StatusNotFound, w.get(path+"/directoryScope"))
}

func TestCountAndOrder(t *testing.T) {
	w := start(t)
	if got := w.want(http.StatusOK, w.get("/v1.0/groups/$count", "ConsistencyLevel: eventual")); got.text != "3" {
		t.Errorf("count = %q", got.text)
	}
	if got := w.want(http.StatusBadRequest, w.get("/v1.0/groups/$count")); got.message() != "$count is not currently supported." {
		t.Errorf("message = %q", got.message())
	}
	if got := w.want(http.StatusOK, w.get("/v1.0/groups?$count=true")); got.body["@odata.count"] != nil {
		t.Errorf("counted without the header: %s", got.text)
	}
	if got := w.want(http.StatusOK, w.get("/v1.0/groups/"+everybody+"/members/$count", "ConsistencyLevel: eventual")); got.text != "4" {
		t.Errorf("count = %q", got.text)
	}
	got := w.want(http.StatusOK, w.get("/v1.0/groups?$orderby=displayName+desc&$top=2&$count=true&$select=displayName", "ConsistencyLevel: eventual"))
	if diff := cmp.Diff([]string{"Contoso_User_Administrators", "Contoso_Helpdesk_Administrators"}, got.field("displayName")); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	if got.body["@odata.count"] != 3.0 {
		t.Errorf("@odata.count = %v", got.body["@odata.count"])
	}
	next := w.want(http.StatusOK, w.get(got.string("@odata.nextLink"), "ConsistencyLevel: eventual"))
	if diff := cmp.Diff([]string{"All Employees"}, next.field("displayName")); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

func TestGetByIDs(t *testing.T) {
	w := start(t)
	ask := map[string]any{"ids": []string{alice, helpdesk, berlin, nobody}, "types": []string{"user", "group"}}
	got := w.want(http.StatusOK, w.do(http.MethodPost, "/v1.0/directoryObjects/getByIds", ask))
	if diff := cmp.Diff([]string{"#microsoft.graph.user", "#microsoft.graph.group"}, got.field("@odata.type")); diff != "" {
		t.Errorf("types (-want +got):\n%s", diff)
	}
	w.want(http.StatusBadRequest, w.do(http.MethodPost, "/v1.0/directoryObjects/getByIds", map[string]any{"ids": make([]string, 1001)}))
}

func TestCheckMemberGroups(t *testing.T) {
	w := start(t)
	ask := map[string]any{"groupIds": []string{helpdesk, everybody, nobody}}
	got := w.want(http.StatusOK, w.do(http.MethodPost, "/v1.0/users/"+bob+"/checkMemberGroups", ask))
	if !strings.Contains(got.text, helpdesk) || !strings.Contains(got.text, everybody) || strings.Contains(got.text, nobody) {
		t.Errorf("groups = %s", got.text)
	}
	got = w.want(http.StatusOK, w.do(http.MethodPost, "/v1.0/directoryObjects/"+bob+"/microsoft.graph.getMemberGroups", map[string]any{"securityEnabledOnly": true}))
	if !strings.Contains(got.text, helpdesk) {
		t.Errorf("groups = %s", got.text)
	}
}

func newGroup(more map[string]any) map[string]any {
	body := map[string]any{"displayName": "New", "mailEnabled": false, "mailNickname": "new", "securityEnabled": true}
	for name, v := range more {
		body[name] = v
	}
	return body
}

// TestCreateGroup are the rules for new groups.
func TestCreateGroup(t *testing.T) {
	self := "https://graph.microsoft.com/v1.0/directoryObjects/"
	tests := map[string]struct {
		app     string
		more    map[string]any
		status  int
		message string
	}{
		"plain":                          {automation, nil, 201, ""},
		"role-assignable":                {automation, map[string]any{"isAssignableToRole": true}, 201, ""},
		"role-assignable with a type":    {automation, map[string]any{"isAssignableToRole": true, "groupTypes": []string{"DynamicMembership"}}, 400, "GroupType cannot be set for security groups assignable to roles."},
		"without permission":             {auditor, map[string]any{"isAssignableToRole": true}, 403, "Insufficient privileges"},
		"with members and owners":        {automation, map[string]any{"members@odata.bind": []string{self + bob}, "owners@odata.bind": []string{self + alice}}, 201, ""},
		"with a member that is not":      {automation, map[string]any{"members@odata.bind": []string{self + nobody}}, 404, nobody},
		"with a group in one with roles": {automation, map[string]any{"isAssignableToRole": true, "members@odata.bind": []string{self + everybody}}, 400, "Groups cannot be added"},
		"with a member twice":            {automation, map[string]any{"members@odata.bind": []string{self + bob, self + bob}}, 400, "Request contains a property with duplicate values."},
		"mail-enabled security":          {automation, map[string]any{"mailEnabled": true}, 400, "Mail-enabled"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			w := start(t).as(contoso, tc.app)
			got := w.want(tc.status, w.do(http.MethodPost, "/v1.0/groups", newGroup(tc.more)))
			if !strings.Contains(got.message(), tc.message) {
				t.Errorf("message = %q", got.message())
			}
			if tc.status == http.StatusCreated && !strings.HasPrefix(got.string("securityIdentifier"), "S-1-12-1-") {
				t.Errorf("securityIdentifier = %q", got.string("securityIdentifier"))
			}
		})
	}
}

func TestMembers(t *testing.T) {
	w := start(t)
	refs := "/v1.0/groups/" + helpdesk + "/members/"
	ref := func(id string) map[string]any {
		return map[string]any{"@odata.id": "https://graph.microsoft.com/v1.0/directoryObjects/" + id}
	}
	w.want(http.StatusNoContent, w.do(http.MethodPost, refs+"$ref", ref(alice)))
	again := w.want(http.StatusBadRequest, w.do(http.MethodPost, refs+"$ref", ref(alice)))
	if again.message() != "One or more added object references already exist for the following modified properties: 'members'." {
		t.Errorf("message = %q", again.message())
	}
	w.want(http.StatusNotFound, w.do(http.MethodPost, refs+"$ref", ref(nobody)))
	w.want(http.StatusBadRequest, w.do(http.MethodPost, refs+"$ref", ref(everybody)))
	if got := w.get(refs + "$ref").text; !strings.Contains(got, "/directoryObjects/"+alice) {
		t.Errorf("references = %s", got)
	}
	w.want(http.StatusNoContent, w.do(http.MethodDelete, refs+alice+"/$ref", nil))
	w.want(http.StatusNotFound, w.do(http.MethodDelete, refs+alice+"/$ref", nil))
	last := w.want(http.StatusBadRequest, w.do(http.MethodDelete, "/v1.0/groups/"+helpdesk+"/owners/"+alice+"/$ref", nil))
	if last.message() != "The group must have at least one owner, hence this owner cannot be removed." {
		t.Errorf("message = %q", last.message())
	}
}

func TestChangeGroup(t *testing.T) {
	w := start(t)
	path := "/v1.0/groups/" + everybody
	w.want(http.StatusNoContent, w.do(http.MethodPatch, path, map[string]any{"description": "changed"}))
	if got := w.get(path).string("description"); got != "changed" {
		t.Errorf("description = %q", got)
	}
	w.want(http.StatusBadRequest, w.do(http.MethodPatch, path, map[string]any{"isAssignableToRole": true}))
	w.want(http.StatusNoContent, w.do(http.MethodDelete, path, nil))
	w.want(http.StatusNotFound, w.get(path))
}

func TestUpsertGroup(t *testing.T) {
	w := start(t)
	path := "/v1.0/groups(uniqueName='team-a')"
	w.want(http.StatusNotFound, w.do(http.MethodPatch, path, newGroup(nil)))
	made := w.want(http.StatusCreated, w.do(http.MethodPatch, path, newGroup(nil), "Prefer: create-if-missing"))
	w.want(http.StatusNoContent, w.do(http.MethodPatch, path, map[string]any{"description": "x"}, "Prefer: create-if-missing"))
	if got := w.get(path); got.string("id") != made.string("id") || got.string("description") != "x" {
		t.Errorf("group = %s", got.text)
	}
	w.want(http.StatusBadRequest, w.do(http.MethodPost, "/v1.0/groups", newGroup(map[string]any{"uniqueName": "team-a"})))
	w.want(http.StatusNoContent, w.do(http.MethodPatch, "/v1.0/groups/(uniqueName='team-a')", map[string]any{"description": "y"}))
	w.want(http.StatusCreated, w.do(http.MethodPatch, "/v1.0/groups/(uniqueName='team-b')", newGroup(nil), "Prefer: create-if-missing"))
}

// TestRemovedPrincipal: its assignments vanish with it.
func TestRemovedPrincipal(t *testing.T) {
	w := start(t)
	w.grantAlice()
	w.want(http.StatusNoContent, w.do(http.MethodDelete, "/v1.0/users/"+alice, nil))
	if w.aliceHolds() {
		t.Error("the assignment is still there")
	}
	if got := w.get("/v1.0/groups/" + everybody + "/members").field("id"); slices.Contains(got, alice) {
		t.Errorf("members = %v", got)
	}
}

func TestCreateObjects(t *testing.T) {
	w := start(t)
	for path, body := range map[string]map[string]any{
		"/v1.0/users": {"accountEnabled": true, "displayName": "N", "mailNickname": "n", "userPrincipalName": "n@contoso.com",
			"passwordProfile": map[string]any{"password": "x"}},
		"/v1.0/directory/administrativeUnits": {"displayName": "Paris"},
		"/v1.0/applications":                  {"displayName": "App"},
		"/v1.0/servicePrincipals":             {"appId": nobody},
	} {
		made := w.want(http.StatusCreated, w.do(http.MethodPost, path, body))
		w.want(http.StatusOK, w.get(path+"/"+made.string("id")))
		if strings.Contains(made.text, "password\":\"x") {
			t.Errorf("%s answers with the password", path)
		}
	}
	w.want(http.StatusBadRequest, w.do(http.MethodPost, "/v1.0/servicePrincipals", map[string]any{"appId": nobody}))
}

// TestDefinitions are the rules for custom roles.
func TestDefinitions(t *testing.T) {
	w := start(t)
	role := func(action string) map[string]any {
		return map[string]any{"displayName": "Custom", "isEnabled": true, "templateId": nobody,
			"rolePermissions": []any{map[string]any{"allowedResourceActions": []string{action}}}}
	}
	const action, elsewhere = "microsoft.directory/applications/basic/update", "00000000-0000-4000-8000-00000000beef"
	refused := w.want(http.StatusBadRequest, w.do(http.MethodPost, definitions, role("microsoft.office365.exchange/allEntities/basic/allTasks")))
	if refused.message() != "Action 'microsoft.office365.exchange/allEntities/basic/allTasks' is not supported for Custom Role creation" {
		t.Errorf("message = %q", refused.message())
	}
	made := w.want(http.StatusCreated, w.do(http.MethodPost, definitions, role(action)))
	if made.string("id") != nobody || made.string("templateId") != nobody || made.body["isBuiltIn"] != false || made.body["version"] != nil {
		t.Errorf("role = %s", made.text)
	}
	w.want(http.StatusBadRequest, w.do(http.MethodPost, definitions, role(action)))
	w.want(http.StatusNoContent, w.do(http.MethodPatch, definitions+"/"+nobody, map[string]any{"description": "x", "templateId": nobody}))
	w.want(http.StatusBadRequest, w.do(http.MethodPatch, definitions+"/"+helpdeskAdmin, map[string]any{"description": "x"}))
	w.want(http.StatusBadRequest, w.do(http.MethodDelete, definitions+"/"+helpdeskAdmin, nil))

	grantMade := w.want(http.StatusCreated, w.do(http.MethodPost, assignments, grant(nobody, alice, "/")))
	w.want(http.StatusBadRequest, w.do(http.MethodDelete, definitions+"/"+nobody, nil))
	w.want(http.StatusBadRequest, w.do(http.MethodPatch, definitions+"/"+nobody, map[string]any{"templateId": elsewhere}))
	w.want(http.StatusNoContent, w.do(http.MethodDelete, assignments+"/"+grantMade.string("id"), nil))
	w.want(http.StatusBadRequest, w.do(http.MethodPatch, definitions+"/"+nobody, map[string]any{"templateId": helpdeskAdmin}))
	w.want(http.StatusBadRequest, w.do(http.MethodPatch, definitions+"/"+nobody, map[string]any{"templateId": "x"}))
	w.want(http.StatusNoContent, w.do(http.MethodPatch, definitions+"/"+nobody, map[string]any{"templateId": elsewhere}))
	w.want(http.StatusNotFound, w.get(definitions+"/"+nobody))
	if moved := w.want(http.StatusOK, w.get(definitions+"/"+elsewhere)); moved.string("description") != "x" || moved.string("templateId") != elsewhere {
		t.Errorf("role = %s", moved.text)
	}
	w.want(http.StatusNoContent, w.do(http.MethodDelete, definitions+"/"+elsewhere, nil))

	disabled := role(action)
	disabled["isEnabled"] = false
	w.want(http.StatusCreated, w.do(http.MethodPost, definitions, disabled))
	w.want(http.StatusBadRequest, w.do(http.MethodPost, assignments, grant(nobody, alice, "/")))
}

func TestLimitedInformation(t *testing.T) {
	w := start(t)
	if err := w.control.SetAppPermissions(contoso, unconsent, []string{"User.ReadBasic.All"}); err != nil {
		t.Fatal(err)
	}
	w = w.as(contoso, unconsent)
	got := w.want(http.StatusOK, w.do(http.MethodPost, "/v1.0/directoryObjects/getByIds", map[string]any{"ids": []string{alice, helpdesk}}))
	if names := got.field("displayName"); names[0] != "Alice Anders" || names[1] != "<nil>" {
		t.Errorf("names = %v", names)
	}
	w.want(http.StatusOK, w.get("/v1.0/directoryObjects/"+alice))
	w.want(http.StatusForbidden, w.get("/v1.0/directoryObjects/"+helpdesk))
}

// TestUnlistedMembers holds that the list of v1.0 leaves service principals out, as the real one does.
func TestUnlistedMembers(t *testing.T) {
	w := start(t)
	const eventual, payroll = "ConsistencyLevel: eventual", "72d1b059-6d8c-4fae-8045-19cad1e2f304"
	members := "groups/" + everybody + "/members"
	w.want(http.StatusNoContent, w.do(http.MethodPost, "/v1.0/"+members+"/$ref", map[string]any{"@odata.id": w.server.URL + "/v1.0/directoryObjects/" + payroll}))
	for path, want := range map[string]string{
		"/v1.0/" + members + "?$count=true": payroll, "/beta/" + members: payroll, "/v1.0/servicePrincipals/" + payroll + "/memberOf": everybody,
	} {
		if got := w.want(http.StatusOK, w.get(path, eventual)); !strings.Contains(got.text, want) {
			t.Errorf("%s: %s", path, got.text)
		}
	}
	if got := w.want(http.StatusOK, w.get("/v1.0/"+members)); strings.Contains(got.text, payroll) || !strings.Contains(got.text, alice) {
		t.Errorf("listed: %s", got.text)
	}
}
