package graphsim_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rolewarden/rolewarden/internal/graphsim"
)

// ofAlice is the list of what alice holds.
func ofAlice() string { return assignments + query("$filter", "principalId eq '"+alice+"'") }

func (w *world) grantAlice() answer {
	w.t.Helper()
	return w.want(http.StatusCreated, w.do(http.MethodPost, assignments, grant(helpdeskAdmin, alice, "/")))
}

func TestLag(t *testing.T) {
	w := start(t)
	w.setting(func(s *graphsim.Settings) { s.Lag = time.Minute })
	id := w.grantAlice().string("id")
	sees := func(want bool) {
		t.Helper()
		listed := len(w.get(ofAlice()).field("id")) == 1
		read := w.get(assignments+"/"+id).status == http.StatusOK
		if listed != want || read != want {
			t.Errorf("listed %v, read %v, want %v", listed, read, want)
		}
	}
	sees(false)
	w.clock.Advance(time.Minute - time.Nanosecond)
	sees(false)
	w.clock.Advance(time.Nanosecond)
	sees(true)

	w.want(http.StatusNoContent, w.do(http.MethodDelete, assignments+"/"+id, nil))
	sees(true)
	w.want(http.StatusNotFound, w.do(http.MethodDelete, assignments+"/"+id, nil))
	w.clock.Advance(time.Minute)
	sees(false)
}

func TestLagOfPrincipals(t *testing.T) {
	w := start(t)
	w.setting(func(s *graphsim.Settings) { s.Lag = time.Minute })
	id, err := w.control.AddObject(contoso, "users", map[string]any{"displayName": "New", "userPrincipalName": "new@contoso.com"})
	if err != nil {
		t.Fatal(err)
	}
	w.want(http.StatusNotFound, w.do(http.MethodPost, assignments, grant(helpdeskAdmin, id, "/")))
	w.clock.Advance(time.Minute)
	w.want(http.StatusCreated, w.do(http.MethodPost, assignments, grant(helpdeskAdmin, id, "/")))
}

// TestLagOfConflicts: that something exists already is known at once.
func TestLagOfConflicts(t *testing.T) {
	w := start(t)
	w.setting(func(s *graphsim.Settings) { s.Lag = time.Minute })
	w.grantAlice()
	w.want(http.StatusBadRequest, w.do(http.MethodPost, assignments, grant(helpdeskAdmin, alice, "/")))
}

func TestDeleteSeesLag(t *testing.T) {
	w := start(t)
	w.setting(func(s *graphsim.Settings) { s.Lag, s.DeleteSeesLag = time.Minute, true })
	path := assignments + "/" + w.grantAlice().string("id")
	w.want(http.StatusNotFound, w.do(http.MethodDelete, path, nil))
	if !w.aliceHolds() {
		t.Fatal("the delete took effect")
	}
	w.clock.Advance(time.Minute)
	w.want(http.StatusNoContent, w.do(http.MethodDelete, path, nil))
}

// TestSameIDAgain: an ID names the triple, not one grant of it.
func TestSameIDAgain(t *testing.T) {
	w := start(t)
	first := w.grantAlice().string("id")
	w.want(http.StatusNoContent, w.do(http.MethodDelete, assignments+"/"+first, nil))
	w.clock.Advance(time.Second)
	if second := w.grantAlice().string("id"); second != first {
		t.Errorf("ID %s, then %s", first, second)
	}
	var ops []string
	for _, c := range w.control.History() {
		ops = append(ops, c.Op)
	}
	if diff := cmp.Diff([]string{"create", "delete", "create"}, ops); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
}

// TestFaults are the effects that a fault on creating an assignment can have.
func TestFaults(t *testing.T) {
	html, empty, half := "<html>busy</html>", "", `{"error":{"code":`
	tests := map[string]struct {
		effect  graphsim.Effect
		status  int // 0: no answer
		body    string
		header  string
		stands  bool // at once
		stands2 bool // a minute later
	}{
		"status":              {effect: graphsim.Effect{Status: 503, Code: "ServiceUnavailable", Message: "x", RetryAfter: "7"}, status: 503, body: `"code":"ServiceUnavailable"`, header: "7"},
		"fractional retry":    {effect: graphsim.Effect{Status: 429, Code: "TooManyRequests", RetryAfter: "2.128"}, status: 429, header: "2.128"},
		"retry at a date":     {effect: graphsim.Effect{Status: 429, RetryAfter: "Sun, 01 Mar 2026 12:00:10 GMT"}, status: 429, header: "Sun, 01 Mar 2026 12:00:10 GMT"},
		"HTML":                {effect: graphsim.Effect{Status: 502, Body: &html, ContentType: "text/html"}, status: 502, body: html},
		"empty":               {effect: graphsim.Effect{Status: 500, Body: &empty}, status: 500},
		"truncated":           {effect: graphsim.Effect{Status: 200, Body: &half, ContentType: "application/json"}, status: 200, body: half},
		"drop before":         {effect: graphsim.Effect{DropBefore: true}},
		"lose answer":         {effect: graphsim.Effect{LoseAnswer: true}, stands: true, stands2: true},
		"status after commit": {effect: graphsim.Effect{Status: 504, AfterCommit: true}, status: 504, stands: true, stands2: true},
		"late, answer lost":   {effect: graphsim.Effect{LateCommit: time.Minute}, stands2: true},
		"late, gateway":       {effect: graphsim.Effect{LateCommit: time.Minute, Status: 504}, status: 504, stands2: true},
		"not found by lag":    {effect: graphsim.Effect{NotFoundByLag: true}, status: 404, body: alice},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			w := start(t)
			w.fault(graphsim.Fault{Match: graphsim.Match{Operation: "roleAssignments.create"}, Count: 1, Effect: tc.effect})
			got, err := w.try(http.MethodPost, assignments, grant(helpdeskAdmin, alice, "/"))
			if tc.status == 0 {
				unanswered(t, err)
			} else if _, typed := got.header["Content-Type"]; name == "empty" && typed {
				t.Errorf("an empty body has the type %q", got.header.Get("Content-Type"))
			} else if w.want(tc.status, got); !strings.Contains(got.text, tc.body) || got.header.Get("Retry-After") != tc.header {
				t.Errorf("body %q, Retry-After %q", got.text, got.header.Get("Retry-After"))
			}
			if stands := w.aliceHolds(); stands != tc.stands {
				t.Errorf("stands at once = %v, want %v", stands, tc.stands)
			}
			w.clock.Advance(time.Minute)
			if stands := w.aliceHolds(); stands != tc.stands2 {
				t.Errorf("stands later = %v, want %v", stands, tc.stands2)
			}
		})
	}
}

func TestLateCommitIsJudgedWhenItLands(t *testing.T) {
	w := start(t)
	w.fault(graphsim.Fault{Match: graphsim.Match{Method: "POST"}, Count: 1, Effect: graphsim.Effect{LateCommit: time.Minute, Status: 504}})
	w.want(http.StatusGatewayTimeout, w.do(http.MethodPost, assignments, grant(helpdeskAdmin, alice, "/")))
	w.grantAlice() // lands first: the late one meets a conflict
	w.clock.Advance(2 * time.Minute)
	if got := len(w.control.History()); got != 1 {
		t.Errorf("%d commits, want 1", got)
	}

	w.fault(graphsim.Fault{Match: graphsim.Match{Method: "DELETE"}, Count: 1, Effect: graphsim.Effect{LateCommit: time.Minute, Status: 504}})
	id := w.get(ofAlice()).field("id")[0]
	w.want(http.StatusGatewayTimeout, w.do(http.MethodDelete, assignments+"/"+id, nil))
	due := w.clock.Now().Add(time.Minute)
	w.clock.Advance(2 * time.Minute)
	history := w.control.History()
	if last := history[len(history)-1]; last.Op != "delete" || !last.Time.Equal(due) {
		t.Errorf("last commit %s at %s, want a delete at %s", last.Op, last.Time, due)
	}
}

func TestNotFoundByLagOfReads(t *testing.T) {
	w := start(t)
	id := w.grantAlice().string("id")
	w.fault(graphsim.Fault{Match: graphsim.Match{Path: "roleAssignments"}, Count: 3, Effect: graphsim.Effect{NotFoundByLag: true}})
	if got := w.want(http.StatusOK, w.get(ofAlice())).field("id"); len(got) != 0 {
		t.Errorf("list = %v", got)
	}
	w.want(http.StatusNotFound, w.get(assignments+"/"+id))
	w.want(http.StatusNotFound, w.do(http.MethodDelete, assignments+"/"+id, nil))
	if !w.aliceHolds() {
		t.Error("the delete took effect")
	}
	w.want(http.StatusNoContent, w.do(http.MethodDelete, assignments+"/"+id, nil))
}

func TestFaultMatching(t *testing.T) {
	w := start(t)
	w.fault(graphsim.Fault{Match: graphsim.Match{Operation: "users.get", Path: alice + "$", TenantID: contoso}, Skip: 1, Count: 2, Effect: graphsim.Effect{Status: 500}})
	var got []int
	for range 4 {
		got = append(got, w.get("/v1.0/users/"+alice).status)
		w.want(http.StatusOK, w.get("/v1.0/users/"+bob))
	}
	if diff := cmp.Diff([]int{200, 500, 500, 200}, got); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	if left := w.control.Faults(); len(left) != 0 {
		t.Errorf("faults left: %v", left)
	}
	w.fault(graphsim.Fault{Effect: graphsim.Effect{Status: 500}})
	w.want(http.StatusInternalServerError, w.get("/v1.0/users"))
	w.control.ClearFaults()
	w.want(http.StatusOK, w.get("/v1.0/users"))
}

func TestFaultsThatCannotBe(t *testing.T) {
	w := start(t)
	for name, f := range map[string]graphsim.Fault{
		"empty":            {},
		"two effects":      {Effect: graphsim.Effect{DropBefore: true, LoseAnswer: true}},
		"bad expression":   {Match: graphsim.Match{Path: "("}, Effect: graphsim.Effect{Status: 500}},
		"bad status":       {Effect: graphsim.Effect{Status: 7}},
		"negative":         {Skip: -1, Effect: graphsim.Effect{Status: 500}},
		"after commit":     {Effect: graphsim.Effect{AfterCommit: true}},
		"drop and answer":  {Effect: graphsim.Effect{DropBefore: true, Status: 500}},
		"negative latency": {Effect: graphsim.Effect{Latency: -1}},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := w.control.AddFault(f); err == nil {
				t.Error("accepted")
			}
		})
	}
}

func TestLatency(t *testing.T) {
	w := start(t)
	w.fault(graphsim.Fault{Count: 1, Effect: graphsim.Effect{Latency: time.Minute}})
	w.setting(func(s *graphsim.Settings) { s.Latency, s.TokenLifetime = time.Second, 1e6*time.Hour })
	w = w.as(contoso, automation)
	done := make(chan answer)
	go func() {
		got, _ := w.try(http.MethodGet, assignments, nil)
		done <- got
	}()
	for answered := false; !answered; {
		select {
		case got := <-done:
			answered = true
			w.want(http.StatusOK, got)
		default:
			w.clock.Advance(time.Second) // until the call has arrived and waited
		}
	}
	if passed := w.clock.Now().Sub(frozen{}.Now()); passed < time.Minute {
		t.Errorf("answered after %s", passed)
	}
}

func TestOutage(t *testing.T) {
	w := start(t)
	w.setting(func(s *graphsim.Settings) { s.Outage = graphsim.OutageUnavailable })
	if got := w.want(http.StatusServiceUnavailable, w.get(assignments)); !strings.HasPrefix(got.text, "<html>") {
		t.Errorf("body = %s", got.text)
	}
	w.want(http.StatusServiceUnavailable, w.get("/"+contoso+"/v2.0/.well-known/openid-configuration"))
	w.setting(func(s *graphsim.Settings) { s.Outage = graphsim.OutageUnreachable })
	_, err := w.try(http.MethodPost, assignments, grant(helpdeskAdmin, alice, "/"))
	unanswered(t, err)
	w.setting(func(s *graphsim.Settings) { s.Outage = graphsim.OutageNone })
	w.want(http.StatusOK, w.get(assignments))
}
