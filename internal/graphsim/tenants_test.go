package graphsim_test

import (
	"net/http"
	"testing"
)

// TestTenantsApart: a token of one tenant never sees the other.
func TestTenantsApart(t *testing.T) {
	w := start(t)
	other := w.as(fabrikam, fabrikamer)
	if got := other.get("/v1.0/users").field("userPrincipalName"); len(got) != 1 || got[0] != "alice@fabrikam.com" {
		t.Errorf("users = %v", got)
	}
	other.want(http.StatusNotFound, other.get("/v1.0/users/"+alice))
	other.want(http.StatusNotFound, other.get("/v1.0/directoryObjects/"+helpdesk))
	other.want(http.StatusNotFound, other.get(definitions+"/"+customRole))
	other.want(http.StatusNotFound, other.do(http.MethodPost, assignments, grant(helpdeskAdmin, alice, "/")))
	id := w.grantAlice().string("id")
	other.want(http.StatusNotFound, other.get(assignments+"/"+id))
	other.want(http.StatusNotFound, other.do(http.MethodDelete, assignments+"/"+id, nil))
	if got := other.get(assignments).field("id"); len(got) != 1 {
		t.Errorf("assignments = %v", got)
	}
	if got := other.get("/v1.0/organization").field("id"); len(got) != 1 || got[0] != fabrikam {
		t.Errorf("organization = %v", got)
	}
	for _, commit := range w.control.History() {
		if commit.TenantID != contoso {
			t.Errorf("a commit in tenant %s", commit.TenantID)
		}
	}
}
