package graphsim_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rolewarden/rolewarden/internal/graphsim"
)

// TestCreateAssignment are the answers to creating one.
func TestCreateAssignment(t *testing.T) {
	unit := "/administrativeUnits/" + berlin
	tests := map[string]struct {
		body    map[string]any
		status  int
		message string
	}{
		"to a user":                         {grant(helpdeskAdmin, alice, "/"), 201, ""},
		"to a role-assignable group":        {grant(helpdeskAdmin, helpdesk, "/"), 201, ""},
		"to a service principal":            {grant(helpdeskAdmin, ownObject, "/"), 201, ""},
		"over an administrative unit":       {grant(helpdeskAdmin, alice, unit), 201, ""},
		"over an application":               {grant(appAdmin, alice, "/"+payrollApp), 201, ""},
		"custom role over an application":   {grant(customRole, alice, "/"+payrollApp), 201, ""},
		"IDs in upper case":                 {grant(strings.ToUpper(helpdeskAdmin), strings.ToUpper(alice), "/"), 201, ""},
		"exists already":                    {grant(helpdeskAdmin, erin, unit), 400, "A conflicting object with one or more of the specified property values is present in the directory."},
		"principal missing":                 {grant(helpdeskAdmin, nobody, "/"), 404, "Resource '" + nobody + "' does not exist or one of its queried reference-property objects are not present."},
		"principal of a kind without roles": {grant(helpdeskAdmin, payrollApp, "/"), 404, "does not exist"},
		"role missing":                      {grant(nobody, alice, "/"), 404, "Resource '" + nobody + "' does not exist"},
		"group not role-assignable":         {grant(helpdeskAdmin, everybody, "/"), 400, "Groups without IsAssignableToRole property set cannot be assigned to roles."},
		"role not allowed at the scope":     {grant(reportsReader, alice, unit), 400, "The given built-in role is not supported to be assigned to a single resource scope."},
		"application role over a unit":      {grant(appAdmin, alice, unit), 400, "The given built-in role is not supported"},
		"scope missing":                     {map[string]any{"roleDefinitionId": helpdeskAdmin, "principalId": alice}, 400, "Must specify valid property scope of entity RoleAssignment."},
		"scope empty":                       {grant(helpdeskAdmin, alice, ""), 400, "Must specify valid property scope"},
		"scope of the wrong form":           {grant(helpdeskAdmin, alice, "/directory/administrativeUnits/"+berlin), 400, "directoryScopeId"},
		"scope missing in the directory":    {grant(helpdeskAdmin, alice, "/administrativeUnits/"+nobody), 404, nobody},
		"unit that is none":                 {grant(helpdeskAdmin, alice, "/administrativeUnits/"+payrollApp), 404, payrollApp},
		"role left out":                     {map[string]any{"principalId": alice, "directoryScopeId": "/"}, 400, "roleDefinitionId"},
		"principal left out":                {map[string]any{"roleDefinitionId": helpdeskAdmin, "directoryScopeId": "/"}, 400, "principalId"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			w := start(t)
			before := len(w.control.Assignments(contoso))
			got := w.want(tc.status, w.do(http.MethodPost, assignments, tc.body))
			if !strings.Contains(got.message(), tc.message) {
				t.Errorf("message = %q, want %q", got.message(), tc.message)
			}
			created := len(w.control.Assignments(contoso)) - before
			if want := tc.status == http.StatusCreated; (created == 1) != want {
				t.Errorf("%d assignments more, want created = %v", created, want)
			}
		})
	}
}

func TestCreatedAssignment(t *testing.T) {
	w := start(t)
	got := w.want(http.StatusCreated, w.do(http.MethodPost, assignments, grant(globalAdmin, alice, "/"), "client-request-id: mine"))
	want := map[string]any{
		"@odata.context": w.server.URL + "/v1.0/$metadata#roleManagement/directory/roleAssignments/$entity",
		"id":             "lAPpYvVpN0KRkAEhdxReEMmO4KwRqtpKkUWt3wOYIz4-1",
		"principalId":    alice, "roleDefinitionId": globalAdmin, "directoryScopeId": "/",
	}
	if diff := cmp.Diff(want, got.body); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	read := w.want(http.StatusOK, w.get(assignments+"/"+got.string("id")))
	if diff := cmp.Diff(want, read.body); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
	history := w.control.History()
	if len(history) != 1 || history[0].Op != "create" || history[0].Provenance.ClientRequestID != "mine" || history[0].Provenance.AppID != automation {
		t.Errorf("history = %+v", history)
	}
}

func TestGzippedAndChunked(t *testing.T) {
	w := start(t)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = io.WriteString(z, `{"roleDefinitionId":"`+helpdeskAdmin+`","principalId":"`+alice+`","directoryScopeId":"/"}`)
	_ = z.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.server.URL+assignments, io.MultiReader(&packed)) // length unknown: chunked
	if err != nil {
		t.Fatal(err)
	}
	req.Header = http.Header{"Content-Type": {"application/json"}, "Content-Encoding": {"gzip"}, "Authorization": {"Bearer " + w.token}}
	got, err := w.send(req)
	if err != nil {
		t.Fatal(err)
	}
	w.want(http.StatusCreated, got)
}

// TestListAssignments are the filters that the documentation names, and more.
func TestListAssignments(t *testing.T) {
	unit := "/administrativeUnits/" + berlin
	tests := map[string]struct {
		query string
		want  []string // principals
	}{
		"by principal":                {query("$filter", "principalId eq '"+erin+"'"), []string{erin}},
		"by principal in upper case":  {query("$filter", "principalId eq '"+strings.ToUpper(erin)+"'"), nil},
		"by role":                     {query("$filter", "roleDefinitionId eq '"+helpdeskAdmin+"'"), []string{erin}},
		"by scope":                    {query("$filter", "directoryScopeId eq '"+unit+"'"), []string{erin}},
		"by all three":                {query("$filter", "principalId eq '"+erin+"' and roleDefinitionId eq '"+helpdeskAdmin+"' and directoryScopeId eq '"+unit+"'"), []string{erin}},
		"by all three in parentheses": {query("$filter", "(principalId eq '"+erin+"') and (directoryScopeId eq '/')"), nil},
		"in":                          {query("$filter", "principalId in ('"+erin+"','"+nobody+"')"), []string{erin}},
		"by application scope":        {query("$filter", "appScopeId eq '/'"), nil},
		"nobody":                      {query("$filter", "principalId eq '"+nobody+"'"), nil},
		"by principal, one at a time": {query("$filter", "principalId eq '"+erin+"'", "$top", "1"), []string{erin}},
	}
	w := start(t)
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			w := w.in(t)
			got := w.want(http.StatusOK, w.get(assignments+tc.query))
			if diff := cmp.Diff(tc.want, got.field("principalId"), cmp.Transformer("nil", func(s []string) string { return strings.Join(s, " ") })); diff != "" {
				t.Errorf("principals (-want +got):\n%s", diff)
			}
		})
	}
}

func TestExpandAndSelect(t *testing.T) {
	w := start(t)
	filter := "principalId eq '" + erin + "'"
	first := func(option ...string) map[string]any {
		t.Helper()
		got := w.want(http.StatusOK, w.get(assignments+query(append(option, "$filter", filter)...)))
		return got.body["value"].([]any)[0].(map[string]any)
	}
	principal, _ := first("$expand", "principal")["principal"].(map[string]any)
	if principal["@odata.type"] != "#microsoft.graph.user" || principal["userPrincipalName"] != "erin@contoso.com" {
		t.Errorf("principal = %v", principal)
	}
	role, _ := first("$expand", "roleDefinition($select=displayName)")["roleDefinition"].(map[string]any)
	if diff := cmp.Diff(map[string]any{"displayName": "Helpdesk Administrator"}, role); diff != "" {
		t.Errorf("role (-want +got):\n%s", diff)
	}
	scope, _ := first("$expand", "directoryScope")["directoryScope"].(map[string]any)
	if scope["@odata.type"] != "#microsoft.graph.administrativeUnit" || scope["displayName"] != "Berlin" {
		t.Errorf("scope = %v", scope)
	}
	if chosen := first("$select", "id,principal", "$expand", "principal"); len(chosen) != 2 || chosen["principal"] == nil {
		t.Errorf("selected = %v", chosen)
	}
	if diff := cmp.Diff(map[string]any{"principalId": erin}, first("$select", "principalId")); diff != "" {
		t.Errorf("selected (-want +got):\n%s", diff)
	}
}

// TestOldRole is a role whose ID is not that of its template, as old tenants
// have them: both find it, and the ID of an assignment is made of its own.
func TestOldRole(t *testing.T) {
	seed := loadSeed(t)
	const own = "3671d40a-1aac-426c-a0c1-a3821ebd8218"
	seed.BuiltInRoles = append(seed.BuiltInRoles, graphsim.SeedRole{ID: own, TemplateID: nobody, DisplayName: "Old"})
	w := serve(t, newSimulator(t, seed, nil)).as(contoso, automation)
	made := w.want(http.StatusCreated, w.do(http.MethodPost, assignments, grant(nobody, alice, "/")))
	if got := made.string("roleDefinitionId"); got != own {
		t.Errorf("roleDefinitionId = %s, want %s", got, own)
	}
	for _, id := range []string{own, nobody} {
		if got := w.get(assignments + query("$filter", "roleDefinitionId eq '"+id+"'")).field("id"); len(got) != 1 {
			t.Errorf("filter by %s found %v", id, got)
		}
	}
}

func TestPaging(t *testing.T) {
	w := start(t)
	all := w.get(assignments).field("id")
	var got []string
	next := w.server.URL + assignments + "?$top=2"
	for pages := 0; next != "" && pages <= len(all); pages++ {
		page := w.want(http.StatusOK, w.get(next))
		got = append(got, page.field("id")...)
		next = page.string("@odata.nextLink")
		if pages == 0 {
			// What a client has read already does not move its next page.
			if err := w.control.RemoveAssignment(contoso, got[0]); err != nil {
				t.Fatal(err)
			}
		}
	}
	if diff := cmp.Diff(all, got); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
}

func TestAlteredPageToken(t *testing.T) {
	w := start(t)
	next := w.get(assignments + "?$top=2").string("@odata.nextLink")
	for name, link := range map[string]string{
		"token changed":  next[:len(next)-4] + "AAAA",
		"filter added":   next + "&$filter=" + "directoryScopeId+eq+'/'",
		"another tenant": next,
	} {
		t.Run(name, func(t *testing.T) {
			caller := w.in(t)
			if name == "another tenant" {
				caller = caller.as(fabrikam, fabrikamer)
			}
			caller.want(http.StatusBadRequest, caller.get(link))
		})
	}
	w.want(http.StatusOK, w.get(next))
}

func TestDefaultPageSize(t *testing.T) {
	w := start(t)
	w.setting(func(s *graphsim.Settings) { s.PageSize = 3 })
	for _, path := range []string{assignments, definitions, "/v1.0/users", "/v1.0/groups/" + everybody + "/members"} {
		page := w.want(http.StatusOK, w.get(path))
		if got := len(page.field("id")); got != 3 || page.string("@odata.nextLink") == "" {
			t.Errorf("%s: %d rows, next %q", path, got, page.string("@odata.nextLink"))
		}
	}
}
