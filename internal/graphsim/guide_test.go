package graphsim_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/rolewarden/rolewarden/internal/graphsim"
)

// TestGuide follows Microsoft's guides for assigning roles to groups and
// removing them (Microsoft Entra docs, groups-create-eligible,
// groups-assign-role and groups-remove-assignment) as somebody with curl would.
func TestGuide(t *testing.T) {
	w := start(t)

	group := w.want(http.StatusCreated, w.do(http.MethodPost, "/v1.0/groups", map[string]any{
		"description": "This group is assigned to Helpdesk Administrator built-in role of Azure AD.", "displayName": "Contoso_Helpdesk_Administrators_2",
		"mailEnabled": false, "mailNickname": "contosohelpdeskadministrators2", "securityEnabled": true, "isAssignableToRole": true,
	}))
	if group.body["isAssignableToRole"] != true {
		t.Errorf("isAssignableToRole = %v, want true", group.body["isAssignableToRole"])
	}

	roles := w.want(http.StatusOK, w.get(definitions+"?$filter=displayName+eq+'Helpdesk+Administrator'"))
	if got := roles.field("id"); len(got) != 1 || got[0] != helpdeskAdmin {
		t.Fatalf("role definitions = %v, want %s alone", got, helpdeskAdmin)
	}

	made := w.want(http.StatusCreated, w.do(http.MethodPost, assignments, grant(roles.field("id")[0], group.string("id"), "/")))
	if !slices.ContainsFunc(w.control.Assignments(contoso), func(a graphsim.AssignmentRecord) bool { return a.ID == made.string("id") }) {
		t.Error("the assignment is not in the directory")
	}

	path := assignments + "/" + made.string("id")
	if gone := w.want(http.StatusNoContent, w.do(http.MethodDelete, path, nil)); gone.text != "" {
		t.Errorf("204 has the body %q", gone.text)
	}
	again := w.want(http.StatusNotFound, w.do(http.MethodDelete, path, nil))
	if again.code() != "Request_ResourceNotFound" {
		t.Errorf("code = %q", again.code())
	}
}

func TestSelfRemoval(t *testing.T) {
	w := start(t)
	w = w.as(contoso, rolewarden)
	list := w.want(http.StatusOK, w.get(assignments+"?$filter=principalId+eq+'"+ownObject+"'"))
	path := assignments + "/" + list.field("id")[0]

	refused := w.want(http.StatusBadRequest, w.do(http.MethodDelete, path, nil))
	if refused.message() != "Removing self from Global Administrator built-in role is not allowed" {
		t.Errorf("message = %q", refused.message())
	}
	w.want(http.StatusNoContent, w.as(contoso, automation).do(http.MethodDelete, path, nil))
}

func TestSelfRemovalInLegacyEnvelope(t *testing.T) {
	w := start(t)
	w.setting(legacy)
	w = w.as(contoso, rolewarden)
	id := w.get(assignments + "?$filter=principalId+eq+'" + ownObject + "'").field("id")[0]
	refused := w.want(http.StatusBadRequest, w.do(http.MethodDelete, assignments+"/"+id, nil))
	if !strings.Contains(refused.text, `"odata.error":{"code":"Request_BadRequest"`) || !strings.Contains(refused.text, `"value":"Removing self`) {
		t.Errorf("body = %s", refused.text)
	}
}
