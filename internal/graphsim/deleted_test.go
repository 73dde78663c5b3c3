package graphsim_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rolewarden/rolewarden/internal/graphsim"
)

const deleted = "/v1.0/directory/deletedItems/"

// TestSoftDelete deletes one of each kind and brings it back.
func TestSoftDelete(t *testing.T) {
	tests := map[string]struct{ path, cast, id string }{
		"user":              {"/v1.0/users/", "user", bob},
		"group":             {"/v1.0/groups/", "group", helpdesk},
		"application":       {"/v1.0/applications/", "application", payrollApp},
		"service principal": {"/v1.0/servicePrincipals/", "servicePrincipal", "72d1b059-6d8c-4fae-8045-19cad1e2f304"},
		"unit":              {"/v1.0/directory/administrativeUnits/", "administrativeUnit", berlin},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			w := start(t)
			before := w.want(http.StatusOK, w.get(tc.path+tc.id)).body
			w.want(http.StatusNoContent, w.do(http.MethodDelete, tc.path+tc.id, nil))
			w.want(http.StatusNotFound, w.get(tc.path+tc.id))
			got := w.want(http.StatusOK, w.get(deleted+tc.id))
			if got.string("@odata.type") != "#microsoft.graph."+tc.cast {
				t.Errorf("deleted item: %s", got.text)
			}
			list := w.want(http.StatusOK, w.get(deleted+"microsoft.graph."+tc.cast+"?$select=id,deletedDateTime"))
			if !cmp.Equal(list.field("id"), []string{tc.id}) || list.field("deletedDateTime")[0] != "2026-03-01T12:00:00Z" {
				t.Errorf("deleted items: %s", list.text)
			}
			w.want(http.StatusOK, w.do(http.MethodPost, deleted+tc.id+"/restore", nil))
			if diff := cmp.Diff(before, w.want(http.StatusOK, w.get(tc.path+tc.id)).body); diff != "" {
				t.Errorf("restored (-want +got):\n%s", diff)
			}
			w.want(http.StatusNotFound, w.get(deleted+tc.id))
			w.want(http.StatusNotFound, w.do(http.MethodPost, deleted+tc.id+"/restore", nil))
			w = w.later(31 * day)
			w.want(http.StatusOK, w.get(tc.path+tc.id))
		})
	}
}

// TestDeletedForGood is what the directory forgets: by the clock, or when asked to.
func TestDeletedForGood(t *testing.T) {
	w := start(t)
	w.want(http.StatusNoContent, w.do(http.MethodDelete, "/v1.0/users/"+alice, nil))
	w = w.later(day)
	w.want(http.StatusNoContent, w.do(http.MethodDelete, "/v1.0/users/"+bob, nil))
	w.want(http.StatusNoContent, w.do(http.MethodDelete, "/v1.0/groups/"+helpdesk, nil))
	w.want(http.StatusNoContent, w.do(http.MethodDelete, deleted+helpdesk, nil))
	w = w.later(29 * day)
	for id, want := range map[string]int{alice: 404, bob: 200, helpdesk: 404} {
		w.want(want, w.get(deleted+id))
	}
	w = w.later(day)
	w.want(http.StatusNotFound, w.get(deleted+bob))
}

// TestDeletedApplication takes the service principal with it, and does not bring it back.
func TestDeletedApplication(t *testing.T) {
	w := start(t)
	app := w.want(http.StatusCreated, w.do(http.MethodPost, "/v1.0/applications", map[string]any{"displayName": "App"}))
	principal := w.want(http.StatusCreated, w.do(http.MethodPost, "/v1.0/servicePrincipals", map[string]any{"appId": app.string("appId")})).string("id")
	held := w.want(http.StatusCreated, w.do(http.MethodPost, assignments, grant(helpdeskAdmin, principal, "/"))).string("id")
	w.want(http.StatusNoContent, w.do(http.MethodDelete, "/v1.0/applications/"+app.string("id"), nil))
	w.want(http.StatusNotFound, w.get("/v1.0/servicePrincipals/"+principal))
	w.want(http.StatusNotFound, w.get(assignments+"/"+held))
	w.want(http.StatusOK, w.do(http.MethodPost, deleted+app.string("id")+"/restore", nil))
	w.want(http.StatusNotFound, w.get("/v1.0/servicePrincipals/"+principal))
	w.want(http.StatusOK, w.do(http.MethodPost, deleted+principal+"/restore", nil))
	w.want(http.StatusOK, w.get("/v1.0/servicePrincipals/"+principal))
}

// TestUniqueNameOfDeleted holds that a deleted group keeps its unique name until it is forgotten.
func TestUniqueNameOfDeleted(t *testing.T) {
	w := start(t)
	team := newGroup(map[string]any{"uniqueName": "team-a"})
	first := w.want(http.StatusCreated, w.do(http.MethodPost, "/v1.0/groups", team)).string("id")
	w.want(http.StatusNoContent, w.do(http.MethodDelete, "/v1.0/groups/"+first, nil))
	w.want(http.StatusNotFound, w.get("/v1.0/groups(uniqueName='team-a')"))
	w.want(http.StatusBadRequest, w.do(http.MethodPost, "/v1.0/groups", team))
	w.want(http.StatusNoContent, w.do(http.MethodDelete, deleted+first, nil))
	w.want(http.StatusCreated, w.do(http.MethodPost, "/v1.0/groups", team))
}

// TestRestored holds that memberships and direct roles come back, the latter of users and groups.
func TestRestored(t *testing.T) {
	w := start(t)
	w.grantAlice()
	w.want(http.StatusCreated, w.do(http.MethodPost, assignments, grant(helpdeskAdmin, alice, "/administrativeUnits/"+berlin)))
	for _, id := range []string{alice, bob, helpdesk, berlin} {
		if err := w.control.RemoveObject(contoso, id); err != nil {
			t.Fatal(err)
		}
	}
	w.want(http.StatusNoContent, w.do(http.MethodDelete, deleted+bob, nil))
	for _, id := range []string{helpdesk, alice} {
		if err := w.control.RestoreObject(contoso, id); err != nil {
			t.Fatal(err)
		}
	}
	var roles []string
	for _, a := range w.control.Assignments(contoso) {
		if a.PrincipalID == alice {
			roles = append(roles, a.RoleDefinitionID+" at "+a.DirectoryScopeID)
		}
	}
	if !slices.Equal(roles, []string{helpdeskAdmin + " at /"}) {
		t.Errorf("Alice has %v back; want what she had over the tenant, and nothing over a unit that is gone", roles)
	}
	for path, want := range map[string]string{
		"/v1.0/groups/" + everybody + "/members": "c2e2a0eb-cc33-4cfc-b367-cfff25ba4550 " + helpdesk + " " + alice, "/v1.0/groups/" + helpdesk + "/owners": alice, "/v1.0/groups/" + helpdesk + "/members": "",
	} {
		got := w.get(path).field("id")
		slices.Sort(got)
		wanted := strings.Fields(want)
		slices.Sort(wanted)
		if !slices.Equal(got, wanted) {
			t.Errorf("%s: %v, want %v", path, got, wanted)
		}
	}
	if err := w.control.RestoreObject(contoso, bob); err == nil {
		t.Error("what was deleted for good came back")
	}
}

func TestRestoreRefusals(t *testing.T) {
	w := start(t)
	w.want(http.StatusNoContent, w.do(http.MethodDelete, "/v1.0/users/"+alice, nil))
	w.want(http.StatusNoContent, w.do(http.MethodDelete, "/v1.0/groups/"+helpdesk, nil))
	if _, err := w.control.AddObject(contoso, "users", map[string]any{"displayName": "Other", "userPrincipalName": "alice@contoso.com"}); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		app, method, path string
		status            int
	}{
		"name taken":                         {automation, "POST", deleted + alice + "/restore", 400},
		"nothing deleted":                    {automation, "POST", deleted + nobody + "/restore", 404},
		"list without a type":                {automation, "GET", "/v1.0/directory/deletedItems", 400},
		"list of no type":                    {automation, "GET", deleted + "microsoft.graph.nonsense", 400},
		"another path":                       {automation, "GET", deleted + alice + "/nonsense", 400},
		"reader restores":                    {auditor, "POST", deleted + alice + "/restore", 403},
		"reader deletes":                     {auditor, "DELETE", deleted + alice, 403},
		"reader reads":                       {auditor, "GET", deleted + alice, 200},
		"nobody reads":                       {unconsent, "GET", deleted + alice, 403},
		"changed":                            {automation, "PATCH", deleted + alice, 405},
		"role-assignable group, groups only": {unconsent, "POST", deleted + helpdesk + "/restore", 403},
	}
	if err := w.control.SetAppPermissions(contoso, unconsent, []string{"Group.ReadWrite.All"}); err != nil {
		t.Fatal(err)
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			w := w.in(t).as(contoso, tc.app)
			var body any
			if tc.method == http.MethodPatch {
				body = map[string]any{}
			}
			w.want(tc.status, w.do(tc.method, tc.path, body))
		})
	}
}

// TestMemberWithoutRef deletes the member itself, which nobody wants.
func TestMemberWithoutRef(t *testing.T) {
	path := "/v1.0/groups/" + helpdesk + "/members/"
	w := start(t)
	w.want(http.StatusNotFound, w.do(http.MethodDelete, path+alice, nil))
	w.want(http.StatusNoContent, w.do(http.MethodDelete, path+bob, nil))
	w.want(http.StatusNotFound, w.get("/v1.0/users/"+bob))
	w.want(http.StatusOK, w.get(deleted+bob))

	w = start(t)
	if err := w.control.SetAppPermissions(contoso, unconsent, []string{"GroupMember.ReadWrite.All", "RoleManagement.ReadWrite.Directory"}); err != nil {
		t.Fatal(err)
	}
	w = w.as(contoso, unconsent)
	w.want(http.StatusForbidden, w.do(http.MethodDelete, path+bob, nil))
	w.want(http.StatusNoContent, w.do(http.MethodDelete, path+bob+"/$ref", nil))
}

// TestRemovedTwice is told apart from what never was a member as long as replicas show it.
func TestRemovedTwice(t *testing.T) {
	w := start(t)
	w.setting(func(s *graphsim.Settings) { s.Lag = day / 48 })
	ref := "/v1.0/groups/" + helpdesk + "/members/" + bob + "/$ref"
	w.want(http.StatusNoContent, w.do(http.MethodDelete, ref, nil))
	if got := w.want(http.StatusBadRequest, w.do(http.MethodDelete, ref, nil)); got.message() != "One or more removed object references do not exist for the following modified properties: 'members'." {
		t.Error(got.text)
	}
	w = w.later(day / 48)
	w.want(http.StatusNotFound, w.do(http.MethodDelete, ref, nil))
}

// TestMembersInPortal come and go by a person's hand, and are on record.
func TestMembersInPortal(t *testing.T) {
	w := start(t)
	if err := w.control.RemoveMember(contoso, helpdesk, bob); err != nil {
		t.Fatal(err)
	}
	if err := w.control.AddMember(contoso, helpdesk, alice); err != nil {
		t.Fatal(err)
	}
	if got := w.get("/v1.0/groups/" + helpdesk + "/members").field("id"); !slices.Equal(got, []string{alice}) {
		t.Errorf("members %v", got)
	}
	changes := w.control.Changes("members")
	if len(changes) != 2 || changes[0].Op != graphsim.OpDelete || changes[1].Provenance.Source != graphsim.SourcePortal || changes[1].Record.Properties.String("to") != alice {
		t.Errorf("changes %+v", changes)
	}
	for name, err := range map[string]error{
		"twice": w.control.AddMember(contoso, helpdesk, alice), "nobody": w.control.AddMember(contoso, helpdesk, nobody), "of a user": w.control.AddMember(contoso, alice, bob),
		"none there": w.control.RemoveMember(contoso, helpdesk, bob), "restored": w.control.RestoreObject(contoso, bob),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
