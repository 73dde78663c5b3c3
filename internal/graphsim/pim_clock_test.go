package graphsim_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rolewarden/rolewarden/internal/graphsim"
)

// later is the same world some time on, with a fresh token.
func (w *world) later(d time.Duration) *world {
	w.t.Helper()
	w.clock.Advance(d)
	return w.as(contoso, automation)
}

// TestWindow follows an assignment from the request to its end.
func TestWindow(t *testing.T) {
	for _, kind := range []string{eligibility, active} {
		t.Run(kind, func(t *testing.T) {
			w := start(t)
			body := ask("adminAssign", map[string]any{"scheduleInfo": map[string]any{
				"startDateTime": now().Add(day).Format(time.RFC3339), "expiration": map[string]any{"type": "afterDuration", "duration": "P1D"},
			}})
			asked := w.want(http.StatusCreated, w.request(kind, body))
			steps := []struct {
				after                       time.Duration
				request, schedule, instance string
			}{
				{0, "Granted", "Granted", ""},
				{day - 1, "Granted", "Granted", ""},
				{1, "Provisioned", "Provisioned", alice},
				{day - 1, "Provisioned", "Provisioned", alice},
				{1, "Provisioned", "", ""},
			}
			for _, s := range steps {
				w = w.later(s.after)
				request := w.get(management + kind + "Requests/" + asked.string("id")).string("status")
				if schedule := w.held(kind+"s", "status"); request != s.request || schedule != s.schedule {
					t.Errorf("at %s: request %s, schedule %s, want %s, %s", w.clock.Now(), request, schedule, s.request, s.schedule)
				}
				if got := w.held(kind+"Instances", "principalId"); got != s.instance || w.aliceHolds() != (kind == active && s.instance != "") {
					t.Errorf("at %s: instance of %q, want %q", w.clock.Now(), got, s.instance)
				}
			}
		})
	}
}

// TestWindowBehindByLag holds that a replica that is behind shows what was, and history says when it was.
func TestWindowBehindByLag(t *testing.T) {
	w := start(t)
	w.setting(func(s *graphsim.Settings) { s.Lag = time.Minute })
	w.want(http.StatusCreated, w.request(active, ask("adminAssign", lasting("PT1H"))))
	for _, s := range []struct {
		after time.Duration
		want  string
	}{{time.Minute - 1, ""}, {1, alice}, {time.Hour - 1, alice}, {1, ""}} {
		w = w.later(s.after)
		if got := w.held(active+"Instances", "principalId"); got != s.want {
			t.Errorf("at %s: %q, want %q", w.clock.Now(), got, s.want)
		}
	}
	history := w.control.History()
	if len(history) != 2 || history[1].Op != graphsim.OpDelete || history[1].Provenance.Source != graphsim.SourceClock || !history[1].Time.Equal(now().Add(time.Hour)) {
		t.Errorf("history %+v", history)
	}
	if a := history[0].Assignment; a.AssignmentType != "Assigned" || a.ScheduleID == "" || history[0].Provenance.Source != graphsim.SourceCall {
		t.Errorf("created %+v", history[0])
	}
}

// TestJump lets 60 days pass at once: all that fell due meanwhile has happened, each in its time.
func TestJump(t *testing.T) {
	w := start(t)
	first := w.want(http.StatusCreated, w.request(eligibility, ask("adminAssign"))).string("id")
	w.want(http.StatusCreated, w.request(active, ask("adminAssign", lasting("P30D"))))
	w = w.later(60 * day)
	w.want(http.StatusNotFound, w.get(management+eligibility+"Requests/"+first))
	w.want(http.StatusOK, w.get(management+eligibility+"s/"+first))
	type change struct {
		Set, Op string
		Days    int
	}
	var got []change
	for _, c := range w.control.Changes() {
		if c.Provenance.Source == graphsim.SourceClock {
			got = append(got, change{c.Set, c.Op, int(c.Time.Sub(now()) / day)})
		}
	}
	want := []change{
		{active + "s", "delete", 30}, {"roleAssignments", "delete", 30}, {eligibility + "Requests", "delete", 45}, {active + "Requests", "delete", 45},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("changes by the clock (-want +got):\n%s", diff)
	}
}

// TestUpdate changes a schedule in place: its ID stays, and what was due before is not any more.
func TestUpdate(t *testing.T) {
	for _, kind := range []string{eligibility, active} {
		w := start(t)
		id := w.want(http.StatusCreated, w.request(kind, ask("adminAssign", lasting("PT1H")))).string("id")
		w = w.later(30 * time.Minute)
		updated := w.want(http.StatusCreated, w.request(kind, ask("adminUpdate", lasting("PT2H"))))
		if updated.string("targetScheduleId") == id || updated.string("status") != "Provisioned" {
			t.Errorf("%s: %s", kind, updated.text)
		}
		for after, want := range []string{id, id, ""} {
			if got := w.held(kind+"s", "id"); got != want {
				t.Errorf("%s: after %d hours %q, want %q", kind, after, got, want)
			}
			w = w.later(time.Hour)
		}
		w.want(http.StatusCreated, w.request(kind, ask("adminAssign")))
	}
}

// TestFiveMinutes are per principal and role, whatever the scope and the kind.
func TestFiveMinutes(t *testing.T) {
	w := start(t)
	unit := map[string]any{"directoryScopeId": "/administrativeUnits/" + berlin}
	w.want(http.StatusCreated, w.request(eligibility, ask("adminAssign")))
	w.want(http.StatusCreated, w.request(eligibility, ask("adminUpdate", lasting("P1D"))))
	w.want(http.StatusCreated, w.request(active, ask("adminAssign", unit)))
	w = w.later(5*time.Minute - 1)
	if got := w.want(http.StatusBadRequest, w.request(eligibility, ask("adminRemove"))); got.code() != "ActiveDurationTooShort" {
		t.Error(got.text)
	}
	w.want(http.StatusCreated, w.request(eligibility, ask("adminAssign", unit)))
	w.want(http.StatusCreated, w.request(active, ask("adminAssign", map[string]any{"principalId": bob})))
	w = w.later(1)
	w.want(http.StatusCreated, w.request(eligibility, ask("adminRemove")))
}

// TestDeleteSeesLagOfSchedules has a removal meet a replica that has not heard of the schedule.
func TestDeleteSeesLagOfSchedules(t *testing.T) {
	for _, kind := range []string{eligibility, active} {
		w := start(t)
		w.setting(func(s *graphsim.Settings) { s.Lag, s.DeleteSeesLag = 10*time.Minute, true })
		w.want(http.StatusCreated, w.request(kind, ask("adminAssign")))
		w = w.later(9 * time.Minute)
		if got := w.want(http.StatusBadRequest, w.request(kind, ask("adminRemove"))); got.code() != "RoleAssignmentDoesNotExist" {
			t.Errorf("%s: %s", kind, got.text)
		}
		w.want(http.StatusBadRequest, w.request(kind, ask("adminAssign")))
		w = w.later(time.Minute)
		w.want(http.StatusCreated, w.request(kind, ask("adminRemove")))
	}
}

// TestSideEffects are those that were seen in a real tenant.
func TestSideEffects(t *testing.T) {
	w := start(t)
	w.want(http.StatusCreated, w.request(eligibility, ask("adminAssign")))
	w.want(http.StatusCreated, w.request(active, ask("adminAssign", lasting("PT1H"))))
	w = w.later(5 * time.Minute)
	if w.held(eligibility+"s", "id") == "" {
		t.Error("an assignment with an end removed the eligibility")
	}
	w.want(http.StatusCreated, w.request(active, ask("adminUpdate")))
	if got := w.held(eligibility+"s", "id"); got != "" {
		t.Errorf("the assignment is permanent, and eligible is %s", got)
	}
	w.want(http.StatusCreated, w.request(eligibility, ask("adminAssign")))
	w = w.later(5 * time.Minute)
	w.want(http.StatusCreated, w.request(eligibility, ask("adminUpdate", lasting("P1D"))))
	if w.aliceHolds() || w.held(eligibility+"s", "id") == "" {
		t.Error("the permanent assignment outlived the update of the eligibility")
	}
}

// TestUnitFallback has a request end up at the whole tenant.
func TestUnitFallback(t *testing.T) {
	w := start(t)
	w.setting(func(s *graphsim.Settings) { s.UnitFallback = time.Minute })
	unit, err := w.control.AddObject(contoso, "administrativeUnits", map[string]any{"displayName": "New"})
	if err != nil {
		t.Fatal(err)
	}
	scope := map[string]any{"directoryScopeId": "/administrativeUnits/" + unit}
	for kind, want := range map[string]string{eligibility: "/", active: "/"} {
		if got := w.want(http.StatusCreated, w.request(kind, ask("adminAssign", scope))).string("directoryScopeId"); got != want {
			t.Errorf("%s lands at %s", kind, got)
		}
	}
	w = w.later(time.Minute)
	if got := w.want(http.StatusCreated, w.request(active, ask("adminAssign", scope))).string("directoryScopeId"); got != scope["directoryScopeId"] {
		t.Errorf("lands at %s", got)
	}
}

// TestCancel takes requests back.
func TestCancel(t *testing.T) {
	tests := map[string]struct {
		body   map[string]any
		status int
	}{
		"begins later":            {ask("adminAssign", beginning(now().Add(time.Hour))), 204},
		"waits for good":          {ask("adminAssign", map[string]any{"principalId": everybody}), 204},
		"was carried out already": {ask("adminAssign"), 400},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			w := start(t)
			id := w.want(http.StatusCreated, w.request(eligibility, tc.body)).string("id")
			path := management + eligibility + "Requests/" + id
			w.want(tc.status, w.do(http.MethodPost, path+"/cancel", nil))
			if tc.status != http.StatusNoContent {
				return
			}
			if got := w.get(path).string("status"); got != "Revoked" {
				t.Errorf("status %s", got)
			}
			w = w.later(day)
			if got := w.held(eligibility+"s", "id"); got != "" {
				t.Errorf("schedule %s", got)
			}
			w = w.later(29 * day)
			w.want(http.StatusNotFound, w.get(path))
		})
	}
	w := start(t)
	w.want(http.StatusNotFound, w.do(http.MethodPost, management+eligibility+"Requests/"+nobody+"/cancel", nil))
	w = w.as(contoso, auditor)
	w.want(http.StatusForbidden, w.do(http.MethodPost, management+eligibility+"Requests/"+nobody+"/cancel", nil))
}

func TestStuckGroup(t *testing.T) {
	w := start(t)
	got := w.want(http.StatusCreated, w.request(eligibility, ask("adminAssign", map[string]any{"principalId": everybody})))
	w = w.later(60 * day)
	if again := w.get(management + eligibility + "Requests/" + got.string("id")); again.string("status") != "Granted" {
		t.Errorf("after 60 days: %s", again.text)
	}
	if left := w.control.Records(contoso, eligibility+"s"); len(left) != 0 {
		t.Errorf("schedules %v", left)
	}
	if err := w.control.DecideRequest(contoso, got.string("id"), graphsim.DecisionApprove); err == nil {
		t.Error("a group that can hold no roles was approved")
	}
	if err := w.control.DecideRequest(contoso, got.string("id"), graphsim.DecisionFail); err != nil {
		t.Error(err)
	}
}

// TestActivation has a user activate what they are eligible for.
func TestActivation(t *testing.T) {
	ends := map[string]func(w *world, id string){
		"by the user": func(w *world, id string) {
			if err := w.control.Deactivate(contoso, id); err != nil {
				w.t.Fatal(err)
			}
		},
		"by the clock":         func(w *world, _ string) { w.clock.Advance(time.Hour) },
		"with the eligibility": func(w *world, _ string) { w.want(http.StatusCreated, w.request(eligibility, ask("adminRemove"))) },
		"by deletion": func(w *world, id string) {
			w.want(http.StatusNoContent, w.do(http.MethodDelete, assignments+"/"+id, nil))
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			w := start(t)
			w.want(http.StatusCreated, w.request(eligibility, ask("adminAssign")))
			id, err := w.control.Activate(contoso, alice, helpdeskAdmin, "/", time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			for set, want := range map[string]string{"s": "Activated", "Instances": "Activated"} {
				if got := w.held(active+set, "assignmentType"); got != want {
					t.Errorf("%s: %q", set, got)
				}
			}
			for action, code := range map[string]string{"adminAssign": "RoleAssignmentExists", "adminRemove": "RoleAssignmentDoesNotExist"} {
				if got := w.request(active, ask(action)); got.code() != code {
					t.Errorf("%s: %s", action, got.text)
				}
			}
			w = w.later(5 * time.Minute)
			end(w, id)
			if left := w.as(contoso, automation).held(active+"s", "id"); left != "" || w.aliceHolds() {
				t.Errorf("left is %q", left)
			}
		})
	}
	w := start(t)
	if _, err := w.control.Activate(contoso, alice, helpdeskAdmin, "/", time.Hour); err == nil {
		t.Error("Alice is not eligible")
	}
	if err := w.control.Deactivate(contoso, "x"); err == nil {
		t.Error("nothing was activated")
	}
}

// TestActivationThroughGroup has a member activate what the group is eligible for.
func TestActivationThroughGroup(t *testing.T) {
	w := start(t)
	w.want(http.StatusCreated, w.request(eligibility, ask("adminAssign", map[string]any{"principalId": helpdesk})))
	if _, err := w.control.Activate(contoso, bob, helpdeskAdmin, "/", time.Hour); err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(w.control.Assignments(contoso), func(a graphsim.AssignmentRecord) bool { return a.PrincipalID == bob && a.AssignmentType == "Activated" }) {
		t.Error("Bob holds nothing")
	}
}

// TestDirectAndScheduled are the same rows of role assignments, and show in the schedules alike.
func TestDirectAndScheduled(t *testing.T) {
	w := start(t)
	id := w.want(http.StatusCreated, w.do(http.MethodPost, assignments, grant(helpdeskAdmin, alice, "/"))).string("id")
	if got := w.held(active+"s", "id"); got != id {
		t.Errorf("schedule %q, want that of the assignment", got)
	}
	w.want(http.StatusOK, w.get(management+active+"s/"+id))
	w.want(http.StatusBadRequest, w.request(active, ask("adminAssign")))
	w = w.later(5 * time.Minute)
	scheduled := w.want(http.StatusCreated, w.request(active, ask("adminUpdate", lasting("PT1H")))).string("id")
	if got := w.held(active+"s", "id"); got != scheduled {
		t.Errorf("schedules %q, want %s alone", got, scheduled)
	}
	if got := w.want(http.StatusBadRequest, w.do(http.MethodPost, assignments, grant(helpdeskAdmin, alice, "/"))); !strings.Contains(got.message(), "conflicting object") {
		t.Error(got.text)
	}
	w.want(http.StatusNoContent, w.do(http.MethodDelete, assignments+"/"+id, nil))
	if got := w.held(active+"s", "id"); got != "" {
		t.Errorf("the assignment is gone, its schedule %s is not", got)
	}
	w = w.later(2 * time.Hour)
	w.want(http.StatusCreated, w.do(http.MethodPost, assignments, grant(helpdeskAdmin, alice, "/")))
	w = w.later(5 * time.Minute)
	w.want(http.StatusCreated, w.request(active, ask("adminRemove")))
	if w.aliceHolds() {
		t.Error("a removal leaves what was granted directly")
	}
}

// TestGonePrincipal keeps what was eligible for a week, and nothing else.
func TestGonePrincipal(t *testing.T) {
	w := start(t)
	w.want(http.StatusCreated, w.request(eligibility, ask("adminAssign")))
	w.want(http.StatusCreated, w.request(active, ask("adminAssign", lasting("P30D"))))
	if err := w.control.RemoveObject(contoso, alice); err != nil {
		t.Fatal(err)
	}
	if w.aliceHolds() || w.held(active+"s", "id") != "" {
		t.Error("what was active outlives its principal")
	}
	w.want(http.StatusNotFound, w.request(active, ask("adminAssign")))
	w = w.later(7*day - 1)
	if w.held(eligibility+"s", "id") == "" {
		t.Error("what was eligible is gone at once")
	}
	w = w.later(1)
	if got := w.held(eligibility+"s", "id"); got != "" {
		t.Errorf("after a week: %s", got)
	}
}
