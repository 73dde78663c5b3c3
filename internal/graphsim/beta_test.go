package graphsim_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

const transitive = "/beta/roleManagement/directory/transitiveRoleAssignments"

// TestBeta serves the same objects under another version.
func TestBeta(t *testing.T) {
	w := start(t)
	for _, path := range []string{"/users/" + alice, "/directory/administrativeUnits/" + berlin, "/roleManagement/directory/roleAssignments"} {
		released, beta := w.want(http.StatusOK, w.get("/v1.0"+path)), w.want(http.StatusOK, w.get("/beta"+path))
		if got := strings.ReplaceAll(beta.text, "/beta/$metadata", "/v1.0/$metadata"); got != released.text || got == beta.text {
			t.Errorf("%s: %s, in beta %s", path, released.text, beta.text)
		}
	}
	page := w.want(http.StatusOK, w.get("/beta/users?$top=2"))
	if next := page.string("@odata.nextLink"); !strings.Contains(next, "/beta/users") || w.get(next).status != http.StatusOK {
		t.Errorf("next page %q", next)
	}
	batch := w.do(http.MethodPost, "/beta/$batch", map[string]any{"requests": []any{map[string]any{"id": "1", "method": "GET", "url": strings.TrimPrefix(definitions, "/v1.0") + "/" + globalAdmin}}})
	if !strings.Contains(batch.text, `"isPrivileged":true`) {
		t.Error(batch.text)
	}
}

// TestBetaOnly is what v1.0 does not have.
func TestBetaOnly(t *testing.T) {
	w := start(t)
	beta := strings.Replace(definitions, "v1.0", "beta", 1)
	for path, status := range map[string]int{
		beta + query("$filter", "isPrivileged eq true"): 200, definitions + query("$filter", "isPrivileged eq true"): 400, definitions + "?$select=isPrivileged": 400,
		strings.Replace(transitive, "beta", "v1.0", 1): 400,
	} {
		w.want(status, w.get(path))
	}
	if got := w.get(definitions + "/" + globalAdmin).text; strings.Contains(got, "isPrivileged") {
		t.Error(got)
	}
	if got := w.get(assignments + "?$expand=roleDefinition").text; strings.Contains(got, "isPrivileged") {
		t.Error("expanded in v1.0 is what v1.0 does not have")
	}
	if got := w.get(beta + query("$filter", "isPrivileged eq true")).field("id"); !slices.Contains(got, globalAdmin) || slices.Contains(got, reportsReader) {
		t.Errorf("privileged are %v", got)
	}
}

func TestTransitiveRoleAssignments(t *testing.T) {
	const eventual = "ConsistencyLevel: eventual"
	w := start(t)
	for _, principal := range []string{helpdesk, bob} {
		w.want(http.StatusCreated, w.do(http.MethodPost, assignments, grant(helpdeskAdmin, principal, "/")))
	}
	w.want(http.StatusCreated, w.do(http.MethodPost, assignments, grant(helpdeskAdmin, bob, "/administrativeUnits/"+berlin)))
	of := "principalId eq '" + bob + "'"
	tests := map[string]struct {
		filter, want string
	}{
		"all":     {of, helpdesk + " " + bob + " " + bob},
		"of role": {of + " and roleDefinitionId eq '" + globalAdmin + "'", ""},
		"of unit": {of + " and directoryScopeId eq '/administrativeUnits/" + berlin + "'", bob},
	}
	for name, tc := range tests {
		got := w.want(http.StatusOK, w.get(transitive+query("$filter", tc.filter, "$count", "true"), eventual))
		if strings.Join(got.field("principalId"), " ") != tc.want || got.body["@odata.count"] != float64(len(strings.Fields(tc.want))) {
			t.Errorf("%s: %s", name, got.text)
		}
	}
	w.want(http.StatusBadRequest, w.get(transitive+query("$filter", of, "$count", "true")))
	w.want(http.StatusBadRequest, w.get(transitive+query("$filter", of), eventual))
	w.want(http.StatusBadRequest, w.get(transitive+"?$count=true", eventual))
}

// TestDirectoryRoles manages a role the older way.
func TestDirectoryRoles(t *testing.T) {
	const roles = "/v1.0/directoryRoles"
	w := start(t)
	ref := map[string]any{"@odata.id": "https://graph.microsoft.com/v1.0/directoryObjects/" + alice}
	template := map[string]any{"roleTemplateId": helpdeskAdmin}
	before := len(w.want(http.StatusOK, w.get(roles)).field("id"))
	w.want(http.StatusNotFound, w.get(roles+"(roleTemplateId='"+helpdeskAdmin+"')"))
	role := w.want(http.StatusCreated, w.do(http.MethodPost, roles, template))
	w.want(http.StatusBadRequest, w.do(http.MethodPost, roles, template))
	w.want(http.StatusNotFound, w.do(http.MethodPost, roles, map[string]any{"roleTemplateId": customRole}))
	one := w.want(http.StatusOK, w.get(roles+"(roleTemplateId='"+helpdeskAdmin+"')"))
	if id := role.string("id"); one.string("id") != id || id == helpdeskAdmin || len(w.get(roles).field("id")) != before+1 {
		t.Errorf("role %s, by its template %s", role.text, one.text)
	}
	members := roles + "/" + role.string("id") + "/members"
	w.want(http.StatusNoContent, w.do(http.MethodPost, members+"/$ref", ref))
	if got := w.want(http.StatusBadRequest, w.do(http.MethodPost, members+"/$ref", ref)); !strings.Contains(got.message(), "already exist") {
		t.Error(got.text)
	}
	if got := w.get(members).field("id"); !slices.Equal(got, []string{alice}) || !w.aliceHolds() {
		t.Errorf("members %v", got)
	}
	if got := w.get("/v1.0/users/"+alice+"/memberOf/microsoft.graph.directoryRole?$count=true", "ConsistencyLevel: eventual").field("id"); !slices.Equal(got, []string{role.string("id")}) {
		t.Errorf("Alice is a member of %v", got)
	}
	if got := w.get(roles + "?$expand=members").text; !strings.Contains(got, `"userPrincipalName":"alice@contoso.com"`) {
		t.Error(got)
	}
	w.want(http.StatusMethodNotAllowed, w.do(http.MethodDelete, members+"/"+alice, nil))
	w.want(http.StatusNoContent, w.do(http.MethodDelete, members+"/"+alice+"/$ref", nil))
	w.want(http.StatusNotFound, w.do(http.MethodDelete, members+"/"+alice+"/$ref", nil))
	if w.aliceHolds() {
		t.Error("the role is still held")
	}
	w.want(http.StatusOK, w.get("/v1.0/directoryRoleTemplates/"+helpdeskAdmin))
	if got := w.get("/v1.0/directoryRoleTemplates").field("id"); slices.Contains(got, customRole) || !slices.Contains(got, globalAdmin) {
		t.Errorf("templates %v", got)
	}
}

// TestRolesThroughGroups are in what a member of the group is transitively in.
func TestRolesThroughGroups(t *testing.T) {
	w := start(t)
	w.want(http.StatusCreated, w.do(http.MethodPost, assignments, grant(helpdeskAdmin, helpdesk, "/")))
	for path, want := range map[string]int{"memberOf": 0, "transitiveMemberOf": 1} {
		if got := w.get("/v1.0/users/"+bob+"/"+path+"/microsoft.graph.directoryRole?$count=true", "ConsistencyLevel: eventual").field("roleTemplateId"); len(got) != want || want == 1 && got[0] != helpdeskAdmin {
			t.Errorf("%s: %v", path, got)
		}
	}
	// Among objects of other types, it says which it is.
	if got := w.get("/v1.0/users/" + bob + "/transitiveMemberOf?$select=id").field("@odata.type"); !slices.Contains(got, "#microsoft.graph.directoryRole") {
		t.Errorf("types %v", got)
	}
}

func TestScopedRoleMembers(t *testing.T) {
	unit := "/v1.0/directory/administrativeUnits/" + berlin + "/scopedRoleMembers"
	w := start(t)
	role := w.want(http.StatusCreated, w.do(http.MethodPost, "/v1.0/directoryRoles", map[string]any{"roleTemplateId": helpdeskAdmin})).string("id")
	body := func(role, principal string) map[string]any {
		return map[string]any{"roleId": role, "roleMemberInfo": map[string]any{"id": principal}}
	}
	before := len(w.want(http.StatusOK, w.get(unit)).field("id"))
	made := w.want(http.StatusCreated, w.do(http.MethodPost, unit, body(role, alice)))
	if made.string("roleId") != role || made.string("administrativeUnitId") != berlin || !strings.Contains(made.text, "Alice Anders") {
		t.Error(made.text)
	}
	if got := w.get(unit).field("id"); len(got) != before+1 {
		t.Errorf("members %v", got)
	}
	w.want(http.StatusOK, w.get(unit+"/"+made.string("id")))
	w.want(http.StatusOK, w.get(assignments+"/"+made.string("id")))
	w.want(http.StatusBadRequest, w.do(http.MethodPost, unit, body(role, alice)))
	w.want(http.StatusNotFound, w.do(http.MethodPost, unit, body(nobody, alice)))
	w.want(http.StatusNotFound, w.do(http.MethodPost, unit, body(role, nobody)))
	w.want(http.StatusNoContent, w.do(http.MethodDelete, unit+"/"+made.string("id"), nil))
	w.want(http.StatusNotFound, w.get(unit+"/"+made.string("id")))
	w.want(http.StatusNotFound, w.do(http.MethodDelete, unit+"/"+made.string("id"), nil))
	w.want(http.StatusBadRequest, w.get(unit+"/x/y"))
}

func TestDomains(t *testing.T) {
	w := start(t)
	if got := w.want(http.StatusOK, w.get("/v1.0/domains")); !slices.Equal(got.field("id"), []string{"contoso.com", "contoso.onmicrosoft.com"}) || got.field("isDefault")[0] != "true" {
		t.Error(got.text)
	}
	w.want(http.StatusOK, w.get("/v1.0/domains/contoso.com"))
	w.want(http.StatusNotFound, w.get("/v1.0/domains/fabrikam.com"))
}

// TestOwners are those of applications and service principals, as tools set them up.
func TestOwners(t *testing.T) {
	w := start(t)
	app := w.want(http.StatusCreated, w.do(http.MethodPost, "/beta/applications", map[string]any{"displayName": "A"}))
	principal := w.want(http.StatusCreated, w.do(http.MethodPost, "/beta/servicePrincipals", map[string]any{
		"appId": app.string("appId"), "owners@odata.bind": []any{w.server.URL + "/beta/directoryObjects/" + alice},
	}))
	owners := "/beta/applications/" + app.string("id") + "/owners"
	w.want(http.StatusNoContent, w.do(http.MethodPost, owners+"/$ref", map[string]any{"@odata.id": w.server.URL + "/beta/directoryObjects/" + alice}))
	for _, path := range []string{owners, "/beta/servicePrincipals/" + principal.string("id") + "/owners"} {
		if got := w.get(path).field("id"); !slices.Equal(got, []string{alice}) {
			t.Errorf("%s: %v", path, got)
		}
	}
	w.want(http.StatusNoContent, w.do(http.MethodDelete, owners+"/"+alice+"/$ref", nil))
}

// TestMetadata is where tools find the endpoints, without credentials.
func TestMetadata(t *testing.T) {
	w := start(t)
	w.token = ""
	got := w.want(http.StatusOK, w.get("/metadata/endpoints?api-version=2022-09-01"))
	login, _ := got.body["authentication"].(map[string]any)
	if got.string("microsoftGraphResourceId") != w.server.URL || login["loginEndpoint"] != w.server.URL || got.string("name") == "" || got.string("resourceManager") == "" {
		t.Error(got.text)
	}
}

// TestManager is set, read and cleared.
func TestManager(t *testing.T) {
	manager := "/v1.0/users/" + alice + "/manager"
	w := start(t)
	ref := map[string]any{"@odata.id": "https://graph.microsoft.com/v1.0/directoryObjects/" + bob}
	w.want(http.StatusNotFound, w.get(manager))
	w.want(http.StatusNoContent, w.do(http.MethodPut, manager+"/$ref", ref))
	if got := w.want(http.StatusOK, w.get(manager)); got.string("id") != bob {
		t.Error(got.text)
	}
	w.want(http.StatusNotFound, w.do(http.MethodPut, manager+"/$ref", map[string]any{"@odata.id": "https://graph.microsoft.com/v1.0/directoryObjects/" + nobody}))
	w.want(http.StatusNoContent, w.do(http.MethodDelete, manager+"/$ref", nil))
	w.want(http.StatusNotFound, w.get(manager))
	w.want(http.StatusMethodNotAllowed, w.do(http.MethodDelete, manager+"/"+bob, nil))
	w.want(http.StatusBadRequest, w.do(http.MethodPatch, "/v1.0/users/"+alice, map[string]any{"manager@odata.bind": []any{ref["@odata.id"]}}))
}

// TestFixtures are created the way that Terraform's azuread provider does.
func TestFixtures(t *testing.T) {
	w := start(t)
	caller := w.server.URL + "/v1.0/directoryObjects/4fae8d26-3a59-4c7b-9d12-e6f7a8b9c0d1"
	app := w.want(http.StatusCreated, w.do(http.MethodPost, "/v1.0/applications", map[string]any{
		"@odata.type": "#microsoft.graph.application", "displayName": "Fixture", "api": map[string]any{"@odata.type": "#microsoft.graph.apiApplication"}, "description": nil,
		"groupMembershipClaims": nil, "identifierUris": []any{}, "isFallbackPublicClient": false, "signInAudience": "AzureADMyOrg", "tags": []any{}, "owners@odata.bind": []any{caller},
	}))
	principal := w.want(http.StatusCreated, w.do(http.MethodPost, "/v1.0/servicePrincipals", map[string]any{
		"appId": app.string("appId"), "accountEnabled": true, "alternativeNames": []any{}, "appRoleAssignmentRequired": false, "tags": []any{}, "owners@odata.bind": []any{caller},
	}))
	if principal.string("displayName") != "Fixture" || principal.string("servicePrincipalType") != "Application" {
		t.Error(principal.text)
	}
	for _, path := range []string{
		"/beta/servicePrincipals/" + principal.string("id") + "?$select=samlMetadataUrl", "/beta/applications/" + app.string("id") + "?$select=oauth2RequirePostResponse",
		"/beta/users/" + alice + "?$select=showInAddressList",
	} {
		w.want(http.StatusOK, w.get(path))
	}
	w.want(http.StatusNoContent, w.do(http.MethodDelete, "/v1.0/applications/"+app.string("id")+"/owners/4fae8d26-3a59-4c7b-9d12-e6f7a8b9c0d1/$ref", nil))
	w.want(http.StatusNoContent, w.do(http.MethodPatch, "/beta/users/"+alice, map[string]any{"@odata.type": "#microsoft.graph.user", "showInAddressList": true}))
	unit := "/beta/administrativeUnits/" + berlin + "/members"
	group := map[string]any{
		"@odata.type": "#microsoft.graph.group", "displayName": "G", "groupTypes": []any{}, "isAssignableToRole": false, "mailEnabled": false, "mailNickname": "g",
		"membershipRule": nil, "resourceBehaviorOptions": []any{}, "resourceProvisioningOptions": []any{}, "securityEnabled": true, "owners@odata.bind": []any{caller},
	}
	made := w.want(http.StatusCreated, w.do(http.MethodPost, unit, group))
	if got := w.get(unit).field("id"); !slices.Contains(got, made.string("id")) {
		t.Errorf("members of the unit %v", got)
	}
	w.want(http.StatusBadRequest, w.do(http.MethodPost, unit, map[string]any{"@odata.type": "#microsoft.graph.user"}))
}
