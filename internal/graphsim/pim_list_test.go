package graphsim_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/rolewarden/rolewarden/internal/graphsim"
)

// TestListSchedules are filters and expansions.
func TestListSchedules(t *testing.T) {
	w := start(t)
	w.want(http.StatusCreated, w.request(eligibility, ask("adminAssign", lasting("P1D"))))
	w.want(http.StatusCreated, w.request(eligibility, ask("adminAssign", map[string]any{"principalId": bob, "directoryScopeId": "/administrativeUnits/" + berlin})))
	three := "directoryScopeId eq '/' and roleDefinitionId eq '" + helpdeskAdmin + "' and principalId eq '" + alice + "'"
	for _, set := range []string{"s", "Instances", "Requests"} {
		for filter, want := range map[string]string{
			three: alice, "principalId ne '" + alice + "'": bob, "not (principalId eq '" + bob + "')": alice, "appScopeId eq null": alice + " " + bob, "directoryScopeId eq '/administrativeUnits/" + berlin + "'": bob,
		} {
			got := w.want(http.StatusOK, w.get(management+eligibility+set+query("$filter", filter, "$expand", "principal,roleDefinition")))
			if strings.Join(got.field("principalId"), " ") != want {
				t.Errorf("%s by %s: %s", set, filter, got.text)
			}
			first := got.body["value"].([]any)[0].(map[string]any)
			principal, _ := first["principal"].(map[string]any)
			role, _ := first["roleDefinition"].(map[string]any)
			if principal["@odata.type"] != "#microsoft.graph.user" || role["displayName"] != "Helpdesk Administrator" {
				t.Errorf("%s: expanded are %v and %v", set, principal, role)
			}
		}
	}
	requests := management + eligibility + "Requests"
	if got := w.get(requests + query("$filter", "status eq 'Provisioned'", "$expand", "targetSchedule")); len(got.field("id")) != 2 || strings.Contains(got.text, `"targetSchedule":null`) {
		t.Error(got.text)
	}
	w.want(http.StatusBadRequest, w.get(requests+"?$top=5"))
	w.want(http.StatusMethodNotAllowed, w.do(http.MethodDelete, requests+"/"+nobody, nil))
}

// TestValidationOnly changes nothing.
func TestValidationOnly(t *testing.T) {
	w := start(t)
	only := map[string]any{"isValidationOnly": true}
	w.want(http.StatusCreated, w.request(active, ask("adminAssign", only)))
	w.want(http.StatusBadRequest, w.request(active, ask("adminRemove", only)))
	if got := w.control.Changes(); len(got) != 0 {
		t.Errorf("changed %+v", got)
	}
}

// TestSubmitInPortal makes a request as a person would.
func TestSubmitInPortal(t *testing.T) {
	w := start(t)
	id, err := w.control.SubmitRequest(contoso, eligibility+"Requests", ask("adminAssign"))
	if err != nil {
		t.Fatal(err)
	}
	records := w.control.Records(contoso, eligibility+"s")
	if len(records) != 1 || records[0].ID != id || records[0].Provenance.Source != graphsim.SourcePortal {
		t.Errorf("schedules %+v", records)
	}
	for collection, body := range map[string]map[string]any{
		eligibility + "s": ask("adminAssign"), eligibility + "Requests": ask("adminAssign"), active + "Requests": ask("adminAssign", map[string]any{"principalId": nobody}),
	} {
		if _, err := w.control.SubmitRequest(contoso, collection, body); err == nil {
			t.Errorf("%s %v is accepted", collection, body)
		}
	}
}
