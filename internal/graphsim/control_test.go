package graphsim_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rolewarden/rolewarden/internal/graphsim"
)

// TestControlOverHTTP goes through every operation of the control interface.
func TestControlOverHTTP(t *testing.T) {
	tenant := "/_sim/tenants/" + contoso
	app := tenant + "/apps/" + rolewarden
	steps := []struct {
		method, path string
		body         any
		status       int
		part         string
	}{
		{"GET", "/_sim/tenants", nil, 200, fabrikam},
		{"POST", tenant + "/assignments", map[string]any{"principalID": alice, "roleDefinitionID": globalAdmin, "directoryScopeID": "/"}, 200, "lAPpYvVpN0KRkAEhdxReEMmO4KwRqtpKkUWt3wOYIz4-1"},
		{"POST", tenant + "/assignments", map[string]any{"principalID": alice, "roleDefinitionID": globalAdmin}, 400, "exists already"},
		{"POST", tenant + "/assignments", map[string]any{"principalID": nobody, "roleDefinitionID": globalAdmin}, 400, "there is no object"},
		{"GET", tenant + "/assignments", nil, 200, `"source":"portal"`},
		{"DELETE", tenant + "/assignments/lAPpYvVpN0KRkAEhdxReEMmO4KwRqtpKkUWt3wOYIz4-1", nil, 204, ""},
		{"DELETE", tenant + "/assignments/lAPpYvVpN0KRkAEhdxReEMmO4KwRqtpKkUWt3wOYIz4-1", nil, 400, "there is no assignment"},
		{"GET", "/_sim/history", nil, 200, `"op":"delete"`},
		{"POST", tenant + "/objects/users", map[string]any{"id": nobody, "displayName": "N", "userPrincipalName": "n@contoso.com"}, 200, nobody},
		{"POST", tenant + "/objects/users", map[string]any{"nonsense": 1}, 400, "nonsense"},
		{"POST", tenant + "/objects/nonsense", map[string]any{}, 400, "use users, groups"},
		{"PATCH", tenant + "/objects/" + nobody, map[string]any{"displayName": "M"}, 204, ""},
		{"GET", "/v1.0/users/" + nobody, nil, 200, `"displayName":"M"`},
		{"DELETE", tenant + "/objects/" + nobody, nil, 204, ""},
		{"PATCH", "/_sim/settings", map[string]any{"lag": "3s", "throttling": map[string]any{"mode": "documented"}}, 200, `"lag":"3s"`},
		{"GET", "/_sim/settings", nil, 200, `"pageSize":100`},
		{"PATCH", "/_sim/settings", map[string]any{"pageSize": 0}, 400, "1 to 999"},
		{"PATCH", "/_sim/settings", map[string]any{"nonsense": 0}, 400, "nonsense"},
		{"POST", "/_sim/faults", map[string]any{"match": map[string]any{"operation": "users.list"}, "effect": map[string]any{"latency": "1ms", "status": 500}}, 200, "fault-1"},
		{"GET", "/_sim/faults", nil, 200, `"latency":"1ms"`},
		{"POST", "/_sim/faults", map[string]any{}, 400, "the effect is empty"},
		{"DELETE", "/_sim/faults", nil, 204, ""},
		{"GET", "/_sim/calls", nil, 200, `"operation":"users.get"`},
		{"GET", "/_sim/calls/count", nil, 200, `{"users.get":1}`},
		{"DELETE", "/_sim/calls", nil, 204, ""},
		{"GET", "/_sim/calls/count", nil, 200, `{}`},
		{"POST", app + "/rotate-secret", nil, 200, `"secret":`},
		{"POST", app + "/token", nil, 200, `"access_token":`},
		{"PUT", app + "/secret", map[string]any{"secret": "x"}, 204, ""},
		{"PUT", app + "/permissions", []string{"Directory.Read.All"}, 204, ""},
		{"POST", app + "/disable", nil, 204, ""},
		{"POST", tenant + "/apps/" + nobody + "/disable", nil, 400, "no app"},
		{"POST", "/_sim/advance", map[string]any{"duration": "1h"}, 400, "advance that clock instead"},
		{"GET", tenant + "/licences", nil, 200, `["P2"]`},
		{"PUT", tenant + "/licences", []string{"P1", "Governance"}, 204, ""},
		{"PUT", tenant + "/licences", []string{"P9"}, 400, "there are Governance, P1, P2"},
		{"PUT", tenant + "/policy?role=" + helpdeskAdmin, map[string]any{"eligibility": map[string]any{"approval": true}}, 204, ""},
		{"GET", tenant + "/policy?role=" + helpdeskAdmin, nil, 200, `"approval":true`},
		{"GET", tenant + "/policy", nil, 200, `"approval":false`},
		{"PUT", tenant + "/policy", map[string]any{"eligibility": map[string]any{"maximumDuration": "8h"}}, 400, "P365D"},
		{"POST", tenant + "/requests/roleEligibilityScheduleRequests", ask("adminAssign", map[string]any{"roleDefinitionId": globalAdmin}), 200, `"id":`},
		{"POST", tenant + "/requests/nonsense", ask("adminAssign"), 400, "there are roleEligibilityScheduleRequests"},
		{"POST", tenant + "/requests/" + nobody + "/deny", nil, 400, "no request"},
		{"POST", tenant + "/activations", map[string]any{"principalID": alice, "roleDefinitionID": globalAdmin, "duration": "1h"}, 200, "lAPpYvVpN0KRkAEhdxReEMmO4KwRqtpKkUWt3wOYIz4-1"},
		{"POST", tenant + "/activations", map[string]any{"principalID": bob, "roleDefinitionID": globalAdmin, "duration": "1h"}, 400, "not eligible"},
		{"POST", tenant + "/activations", map[string]any{"duration": "an hour"}, 400, "duration"},
		{"DELETE", tenant + "/activations/lAPpYvVpN0KRkAEhdxReEMmO4KwRqtpKkUWt3wOYIz4-1", nil, 204, ""},
		{"DELETE", tenant + "/activations/x", nil, 400, "none that a user activated"},
		{"GET", tenant + "/records/roleEligibilitySchedules", nil, 200, `"source":"portal"`},
		{"PUT", tenant + "/objects/" + helpdesk + "/members/" + alice, nil, 204, ""},
		{"DELETE", tenant + "/objects/" + helpdesk + "/members/" + alice, nil, 204, ""},
		{"GET", "/_sim/changes?set=members", nil, 200, `"op":"delete"`},
		{"POST", tenant + "/objects/" + nobody + "/restore", nil, 204, ""},
		{"POST", tenant + "/objects/" + nobody + "/restore", nil, 400, "no deleted item"},
		{"PATCH", "/_sim/settings", map[string]any{"unitFallback": "1m", "requestRetention": "24h"}, 200, `"requestRetention":"24h0m0s"`},
		{"PATCH", "/_sim/settings", map[string]any{"unitFallback": "-1m"}, 400, "must not be negative"},
		{"GET", "/_sim/nonsense", nil, 404, "docs/simulator.md"},
	}
	w := start(t)
	for _, s := range steps {
		got := w.do(s.method, s.path, s.body)
		if got.status != s.status || !strings.Contains(got.text, s.part) {
			t.Errorf("%s %s: %d %s, want %d %s", s.method, s.path, got.status, got.text, s.status, s.part)
		}
	}
}

func TestAdvanceOfItsOwnClock(t *testing.T) {
	w := serve(t, newSimulator(t, loadSeed(t), nil)).as(contoso, automation)
	w.want(http.StatusOK, w.get(assignments))
	w.want(http.StatusNoContent, w.do(http.MethodPost, "/_sim/advance", map[string]any{"duration": "2h"}))
	w.want(http.StatusUnauthorized, w.get(assignments))
	w.want(http.StatusBadRequest, w.do(http.MethodPost, "/_sim/advance", map[string]any{"duration": "-2h"}))
}

// TestInProcess calls the handler without a server; a lost answer aborts it.
func TestInProcess(t *testing.T) {
	s := newSimulator(t, loadSeed(t), nil)
	token, err := s.Control().IssueToken(contoso, automation)
	if err != nil {
		t.Fatal(err)
	}
	call := func() *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodDelete, assignments+"/"+s.Control().Assignments(contoso)[0].ID, nil)
		r.Header.Set("Authorization", "Bearer "+token)
		rec := httptest.NewRecorder()
		s.ServeHTTP(rec, r)
		return rec
	}
	if got := call(); got.Code != http.StatusNoContent {
		t.Errorf("status %d", got.Code)
	}
	if _, err := s.Control().AddFault(graphsim.Fault{Effect: graphsim.Effect{LoseAnswer: true}}); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if got := recover(); got != http.ErrAbortHandler { //nolint:errorlint // net/http compares it so
			t.Errorf("recovered %v, want http.ErrAbortHandler", got)
		}
		if got := len(s.Control().History()); got != 2 {
			t.Errorf("%d commits, want 2", got)
		}
	}()
	call()
}

func TestPortal(t *testing.T) {
	w := start(t)
	if got := w.control.Assignments(nobody); got != nil {
		t.Errorf("assignments of no tenant = %v", got)
	}
	id, err := w.control.AddAssignment(contoso, helpdesk, helpdeskAdmin, "/administrativeUnits/"+berlin)
	if err != nil {
		t.Fatal(err)
	}
	w.want(http.StatusOK, w.get(assignments+"/"+id))
	if err := w.control.RemoveObject(contoso, helpdesk); err != nil {
		t.Fatal(err)
	}
	w.want(http.StatusNotFound, w.get(assignments+"/"+id))
	group, err := w.control.AddObject(contoso, "groups", map[string]any{"displayName": "G", "isAssignableToRole": true, "members": []any{alice}})
	if err != nil {
		t.Fatal(err)
	}
	if got := w.get("/v1.0/groups/" + group + "/members").field("id"); !slices.Equal(got, []string{alice}) {
		t.Errorf("members = %v", got)
	}
}

func TestProvenance(t *testing.T) {
	w := start(t)
	w.grantAlice()
	if _, err := w.control.AddAssignment(contoso, bob, helpdeskAdmin, "/"); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, a := range w.control.Assignments(contoso) {
		got[a.PrincipalID] = a.Provenance.Source
	}
	for principal, want := range map[string]string{alice: "call", bob: "portal", erin: "seed"} {
		if got[principal] != want {
			t.Errorf("source of %s = %q, want %q", principal, got[principal], want)
		}
	}
	calls := w.control.Calls()
	for _, a := range w.control.Assignments(contoso) {
		if a.PrincipalID == alice && a.Provenance.CallID != calls[0].ID {
			t.Errorf("call ID %d, want %d", a.Provenance.CallID, calls[0].ID)
		}
	}
}

func TestServeOnlyOnLoopback(t *testing.T) {
	s := newSimulator(t, loadSeed(t), nil)
	for _, addr := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "nonsense"} {
		if _, err := graphsim.Serve(context.Background(), s, addr); err == nil {
			t.Errorf("served on %s", addr)
		}
	}
}

func TestServeEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	server, err := graphsim.Serve(ctx, newSimulator(t, loadSeed(t), nil), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	<-server.Done()
}

func TestNewWithoutSeed(t *testing.T) {
	if _, err := graphsim.New(graphsim.Options{}); err == nil || !strings.Contains(err.Error(), "LoadSeed") {
		t.Errorf("err = %v", err)
	}
}

func TestCounts(t *testing.T) {
	w := start(t)
	w.grantAlice()
	w.get(ofAlice())
	w.get("/v1.0/nonsense")
	want := map[string]int{"roleAssignments.create": 1, "roleAssignments.list": 1, "unknown": 1}
	if diff := cmp.Diff(want, w.control.CountCalls()); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if got := w.control.Calls()[0]; got.Status != 201 || got.AppID != automation || got.TenantID != contoso || got.Method != "POST" {
		t.Errorf("call = %+v", got)
	}
}
