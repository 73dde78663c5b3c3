package graphsim_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCasts narrow what a path leads to, in either form of a type's name.
func TestCasts(t *testing.T) {
	const eventual = "ConsistencyLevel: eventual"
	user := "/v1.0/users/" + bob
	tests := map[string]struct {
		path string
		want string // IDs, or a number
	}{
		"groups somebody is in":           {user + "/memberOf/microsoft.graph.group?$count=true", helpdesk + " " + everybody},
		"as SDKs have it":                 {user + "/memberOf/graph.group?$count=true", helpdesk + " " + everybody},
		"by whatever way, as SDKs do":     {user + "/transitiveMemberOf/graph.group?$count=true", helpdesk + " " + everybody},
		"members that are users":          {"/v1.0/groups/" + helpdesk + "/members/graph.user?$count=true", bob},
		"how many":                        {user + "/transitiveMemberOf/microsoft.graph.group/$count", "2"},
		"how many, as SDKs have it":       {user + "/transitiveMemberOf/graph.group/$count", "2"},
		"how many that pass":              {user + "/transitiveMemberOf/graph.group/$count" + query("$filter", "isAssignableToRole eq true"), "1"},
		"how many in all":                 {user + "/transitiveMemberOf/$count", "2"},
		"deleted groups":                  {deleted + "microsoft.graph.group", everybody},
		"deleted groups, as SDKs have it": {deleted + "graph.group", everybody},
		"how many are deleted":            {deleted + "graph.group/$count", "1"},
		"function":                        {user + "/graph.getMemberGroups", helpdesk + " " + everybody},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			w := start(t)
			if strings.Contains(tc.path, "deleted") {
				w.want(http.StatusNoContent, w.do(http.MethodDelete, "/v1.0/groups/"+everybody, nil))
			}
			got := w.get(tc.path, eventual)
			if name == "function" {
				got = w.do(http.MethodPost, tc.path, map[string]any{"securityEnabledOnly": false})
			}
			answered := w.want(http.StatusOK, got).text
			if got.body != nil {
				answered = strings.Join(got.field("id"), " ")
			}
			if name == "function" {
				answered = strings.Join(texts(got), " ")
			}
			if answered != tc.want {
				t.Errorf("%s: %s, want %s", tc.path, answered, tc.want)
			}
		})
	}
	w := start(t)
	for path, status := range map[string]int{
		user + "/memberOf/microsoft.group": 405, user + "/memberOf/graph.nonsense": 405, deleted + "graph.nonsense": 400, deleted + "graph.group/nonsense": 400, user + "/memberOf/graph.group/nonsense": 400,
		user + "/transitiveMemberOf/graph.group/$count?$filter=x%20eq%201": 400,
	} {
		w.want(status, w.get(path, eventual))
	}
	w.want(http.StatusBadRequest, w.get(user+"/memberOf/graph.group/$count"))
}

// TestAdvancedCasts are refused without the header or $count, on every page, where the documentation asks for both.
func TestAdvancedCasts(t *testing.T) {
	const eventual = "ConsistencyLevel: eventual"
	role := "/v1.0/directoryRoles(roleTemplateId='" + helpdeskAdmin + "')"
	tests := map[string]struct {
		path  string
		plain int // how a plain query is answered
	}{
		"memberOf":             {"/v1.0/users/" + bob + "/memberOf/graph.group", 400},
		"transitiveMemberOf":   {"/v1.0/users/" + bob + "/transitiveMemberOf/microsoft.graph.group", 400},
		"of a group":           {"/v1.0/groups/" + helpdesk + "/transitiveMemberOf/graph.group", 400},
		"of an application":    {"/v1.0/servicePrincipals/" + ownObject + "/memberOf/graph.group", 400},
		"members":              {"/v1.0/groups/" + everybody + "/members/graph.user", 400},
		"transitive members":   {"/v1.0/groups/" + everybody + "/transitiveMembers/graph.group", 400},
		"owners of a group":    {"/v1.0/groups/" + helpdesk + "/owners/graph.user", 200},
		"owners of an app":     {"/v1.0/applications/" + payrollApp + "/owners/graph.user", 200},
		"members of a unit":    {"/v1.0/directory/administrativeUnits/" + berlin + "/members/graph.user", 200},
		"who holds a role":     {role + "/members/graph.user", 200},
		"objects of all kinds": {"/v1.0/directoryObjects/" + bob + "/memberOf/graph.group", 200},
	}
	w := start(t)
	w.want(http.StatusCreated, w.do(http.MethodPost, assignments, grant(helpdeskAdmin, alice, "/")))
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			w := w.in(t)
			w.want(http.StatusOK, w.get(tc.path+"?$count=true", eventual))
			for _, got := range []answer{w.get(tc.path), w.get(tc.path, eventual), w.get(tc.path + "?$count=true")} {
				if w.want(tc.plain, got); tc.plain != http.StatusOK && (got.code() != "Request_UnsupportedQuery" || !strings.Contains(got.message(), "ConsistencyLevel")) {
					t.Error(got.text)
				}
			}
		})
	}
	next := w.want(http.StatusOK, w.get(tests["memberOf"].path+"?$count=true&$top=1", eventual)).string("@odata.nextLink")
	w.want(http.StatusBadRequest, w.get(next))
	w.want(http.StatusOK, w.get(next, eventual))
}

// TestAbsentTypes are those that the directory has no objects of: no cast to them finds any.
func TestAbsentTypes(t *testing.T) {
	w := start(t)
	for path, status := range map[string]int{
		"/v1.0/groups/" + everybody + "/members/microsoft.graph.device":                       200,
		"/v1.0/groups/" + everybody + "/members/graph.device?$select=id,deviceId,displayName": 200,
		"/v1.0/groups/" + everybody + "/members/graph.device?$select=nonsense":                400,
		"/v1.0/groups/" + everybody + "/members/graph.orgContact?$select=id,mail":             200,
		"/v1.0/groups/" + everybody + "/members/graph.application":                            200,
		"/v1.0/groups/" + everybody + "/transitiveMembers/graph.device":                       200,
		"/v1.0/directory/administrativeUnits/" + berlin + "/members/graph.device":             200,
		"/v1.0/applications/" + payrollApp + "/owners/graph.endpoint":                         200,
		"/v1.0/servicePrincipals/" + ownObject + "/owners/graph.appRoleAssignment":            200,
		"/v1.0/groups/" + nobody + "/members/graph.device":                                    404,
		deleted + "graph.device": 200,
		"/v1.0/devices":          400,
		"/v1.0/users/" + bob + "/memberOf/graph.organization": 405,
	} {
		both := "?"
		if strings.Contains(path, "?") {
			both = "&"
		}
		got := w.want(status, w.get(path+both+"$count=true", "ConsistencyLevel: eventual"))
		if value, list := got.body["value"].([]any); status == http.StatusOK && (!list || len(value) != 0) {
			t.Errorf("%s: %s", path, got.text)
		}
	}
	if got := w.want(http.StatusOK, w.get("/v1.0/groups/"+everybody+"/members/graph.device/$count", "ConsistencyLevel: eventual")); got.text != "0" {
		t.Errorf("%s devices", got.text)
	}
}

// TestCastsOfMicrosoft365Groups find users; what they cannot have as a member is refused.
func TestCastsOfMicrosoft365Groups(t *testing.T) {
	const eventual = "ConsistencyLevel: eventual"
	w := start(t)
	group := "/v1.0/groups/" + w.want(http.StatusCreated, w.do(http.MethodPost, "/v1.0/groups", newGroup(map[string]any{
		"groupTypes": []string{"Unified"}, "mailEnabled": true,
	}))).string("id")
	for path, status := range map[string]int{
		"/members/graph.user": 200, "/members/graph.group": 400, "/members/graph.device": 400, "/transitiveMembers/graph.servicePrincipal": 400,
		"/memberOf/graph.group": 200, "/owners/graph.servicePrincipal": 200, "/members": 200, "/members/graph.user/$count": 200, "/members/graph.group/$count": 400,
	} {
		if !strings.HasSuffix(path, "$count") {
			path += "?$count=true"
		}
		got := w.want(status, w.get(group+path, eventual))
		if status == http.StatusBadRequest && got.code() != "Request_UnsupportedQuery" {
			t.Errorf("%s: %s", path, got.text)
		}
	}
}

// texts are a list of strings.
func texts(a answer) (out []string) {
	list, _ := a.body["value"].([]any)
	for _, element := range list {
		text, _ := element.(string)
		out = append(out, text)
	}
	return out
}

// TestLimitedCasts show of objects that the caller may not read no more than what they are.
func TestLimitedCasts(t *testing.T) {
	w := start(t)
	if err := w.control.SetAppPermissions(contoso, unconsent, []string{"User.ReadBasic.All"}); err != nil {
		t.Fatal(err)
	}
	w = w.as(contoso, unconsent)
	got := w.want(http.StatusOK, w.get("/v1.0/users/"+bob+"/transitiveMemberOf/microsoft.graph.group?$select=id,displayName&$count=true", "ConsistencyLevel: eventual"))
	if diff := cmp.Diff([]any{
		map[string]any{"@odata.type": "#microsoft.graph.group", "id": helpdesk}, map[string]any{"@odata.type": "#microsoft.graph.group", "id": everybody},
	}, got.body["value"]); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
}

// TestPagesOfHolders are whole, in whatever order the role was given.
func TestPagesOfHolders(t *testing.T) {
	w := start(t)
	role := w.want(http.StatusCreated, w.do(http.MethodPost, "/v1.0/directoryRoles", map[string]any{"roleTemplateId": helpdeskAdmin})).string("id")
	members := "/v1.0/directoryRoles/" + role + "/members"
	for _, id := range []string{erin, bob, alice} {
		w.want(http.StatusNoContent, w.do(http.MethodPost, members+"/$ref", map[string]any{"@odata.id": "https://graph.microsoft.com/v1.0/directoryObjects/" + id}))
	}
	var got []string
	for next, pages := members+"?$top=1", 0; next != "" && pages < 4; pages++ {
		page := w.want(http.StatusOK, w.get(next))
		got, next = append(got, page.field("id")...), page.string("@odata.nextLink")
	}
	if diff := cmp.Diff(w.get(members).field("id"), got); diff != "" || len(got) != 3 {
		t.Errorf("pages of one (-whole +got):\n%s", diff)
	}
}

// TestMemberObjects are the groups, units and directory roles that an object is in; the functions about groups know groups alone.
func TestMemberObjects(t *testing.T) {
	w := start(t)
	w.want(http.StatusCreated, w.do(http.MethodPost, assignments, grant(helpdeskAdmin, erin, "/")))
	w.want(http.StatusNoContent, w.do(http.MethodPost, "/v1.0/groups/"+helpdesk+"/members/$ref", map[string]any{"@odata.id": "https://x/directoryObjects/" + erin}))
	role := w.get("/v1.0/directoryRoles(roleTemplateId='" + helpdeskAdmin + "')").string("id")
	asked := []string{helpdesk, everybody, berlin, role, strings.ToUpper(helpdeskAdmin), nobody, ""}
	tests := map[string]struct {
		body map[string]any
		want []string
	}{
		"getMemberGroups":    {map[string]any{}, []string{helpdesk, everybody}},
		"getMemberObjects":   {map[string]any{"securityEnabledOnly": false}, []string{helpdesk, everybody, berlin, role}},
		"checkMemberGroups":  {map[string]any{"groupIds": asked}, []string{helpdesk, everybody}},
		"checkMemberObjects": {map[string]any{"ids": asked}, []string{helpdesk, everybody, berlin, role, helpdeskAdmin}},
	}
	for name, tc := range tests {
		got := texts(w.want(http.StatusOK, w.do(http.MethodPost, "/v1.0/users/"+erin+"/"+name, tc.body)))
		slices.Sort(got)
		slices.Sort(tc.want)
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	got := texts(w.do(http.MethodPost, "/v1.0/users/"+erin+"/getMemberObjects", map[string]any{"securityEnabledOnly": true}))
	if slices.Contains(got, berlin) || slices.Contains(got, role) || !slices.Contains(got, helpdesk) {
		t.Errorf("security-enabled are %v", got)
	}
}

// TestGUIDsInPaths are read in either case, whatever set they are of.
func TestGUIDsInPaths(t *testing.T) {
	w := start(t)
	role := w.want(http.StatusCreated, w.do(http.MethodPost, "/v1.0/directoryRoles", map[string]any{"roleTemplateId": helpdeskAdmin})).string("id")
	schedule := w.want(http.StatusCreated, w.request(active, ask("adminAssign"))).string("id")
	for path, id := range map[string]string{
		"/v1.0/directoryRoles/": role, "/v1.0/directoryRoleTemplates/": helpdeskAdmin, definitions + "/": helpdeskAdmin, management + active + "s/": schedule,
		management + active + "Requests/": schedule, "/v1.0/users/": alice,
	} {
		if got := w.want(http.StatusOK, w.get(path+strings.ToUpper(id))).string("id"); got != id {
			t.Errorf("%s: %s", path, got)
		}
	}
	held := w.get(management + active + "s/" + schedule).string("id")
	w.want(http.StatusNotFound, w.get(assignments+"/"+strings.ToUpper(held)))
}

// TestUnsupportedOptions are refused where there is one object, or values of another.
func TestUnsupportedOptions(t *testing.T) {
	w := start(t)
	w.want(http.StatusNoContent, w.do(http.MethodPut, "/v1.0/users/"+alice+"/manager/$ref", map[string]any{"@odata.id": "https://x/users/" + bob}))
	policies := "/v1.0/policies/roleManagementPolicies"
	policy := w.get(policies + query("$filter", "scopeId eq '/' and scopeType eq 'Directory'")).field("id")
	if len(policy) == 0 {
		t.Fatal("there are no policies of the scope type Directory")
	}
	for path, status := range map[string]int{
		"/v1.0/users/" + alice + "/manager?$select=id": 200, "/v1.0/users/" + alice + "/manager?$top=5": 400, "/v1.0/groups/" + everybody + "/members/$ref?$top=0": 400, "/v1.0/users/" + alice + "/manager" + query("$filter", "id eq 'x'"): 400,
		policies + "/" + policy[0] + "/rules": 200, policies + "/" + policy[0] + "/rules?$top=1": 400, policies + "/" + policy[0] + "/rules" + query("$filter", "id eq 'x'"): 400,
		policies + "/" + policy[0] + "/rules/Expiration_EndUser_Assignment": 404, "/v1.0/directoryObjects/" + bob + "/transitiveMemberOf": 200,
		"/v1.0/groups" + query("$filter", "groupTypes/Any(c:c eq 'Unified')"): 200,
	} {
		w.want(status, w.get(path))
	}
	w.want(http.StatusMethodNotAllowed, w.do(http.MethodDelete, "/v1.0/directoryObjects/"+bob, nil))
}
