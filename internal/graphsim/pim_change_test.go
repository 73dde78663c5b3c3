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

// from is a schedule that begins later, and lasts.
func from(at time.Time, duration string) map[string]any {
	return map[string]any{"scheduleInfo": map[string]any{
		"startDateTime": at.Format(time.RFC3339), "expiration": map[string]any{"type": "afterDuration", "duration": duration},
	}}
}

// shown is what a kind has of Alice: the IDs and the states of its schedules.
func (w *world) shown(kind string) string {
	return w.held(kind+"s", "id") + " " + w.held(kind+"s", "status")
}

// TestCancelUpdate takes back a change that has yet to begin: what stood before it stands again.
func TestCancelUpdate(t *testing.T) {
	soon := beginning(now().Add(2 * day))
	tests := map[string]struct {
		kind    string
		before  map[string]any
		updates []map[string]any
		// holds is whether the role is active after the cancellation, and at the end of ten days.
		holds, atLast bool
		// stands is whether a schedule is left at the end of ten days.
		stands bool
	}{
		"of what can be activated":    {eligibility, lasting("P5D"), []map[string]any{soon}, false, false, false},
		"of what is active":           {active, lasting("P5D"), []map[string]any{soon}, true, false, false},
		"of what never ends":          {active, nil, []map[string]any{soon}, true, true, true},
		"of what has yet to begin":    {active, from(now().Add(day), "P20D"), []map[string]any{soon}, false, true, true},
		"of a change that has begun":  {active, lasting("P5D"), []map[string]any{lasting("P20D"), soon}, true, true, true},
		"of a change that has not":    {active, lasting("P20D"), []map[string]any{from(now().Add(day), "P20D"), soon}, false, true, true},
		"of what would be over since": {active, lasting("PT2H"), []map[string]any{soon}, false, false, false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			w := start(t)
			id := w.want(http.StatusCreated, w.request(tc.kind, ask("adminAssign", tc.before))).string("id")
			w = w.later(time.Hour)
			update := ""
			for _, u := range tc.updates {
				update = w.want(http.StatusCreated, w.request(tc.kind, ask("adminUpdate", u))).string("id")
				w = w.later(6 * time.Minute)
			}
			w = w.later(time.Hour)
			path := management + tc.kind + "Requests/" + update
			w.want(http.StatusNoContent, w.do(http.MethodPost, path+"/cancel", nil))
			if got := w.get(path).string("status"); got != "Revoked" || w.aliceHolds() != tc.holds {
				t.Errorf("canceled: %s, active: %v", got, w.aliceHolds())
			}
			w = w.later(10 * day)
			want := " "
			if tc.stands {
				want = id + " Provisioned"
			}
			if got := w.shown(tc.kind); got != want || w.aliceHolds() != tc.atLast {
				t.Errorf("at last %q, want %q; active: %v", got, want, w.aliceHolds())
			}
		})
	}
}

// TestCancelUpdateOfDirect gives the direct role assignment back.
func TestCancelUpdateOfDirect(t *testing.T) {
	w := start(t)
	id := w.want(http.StatusCreated, w.do(http.MethodPost, assignments, grant(helpdeskAdmin, alice, "/"))).string("id")
	w = w.later(5 * time.Minute)
	update := w.want(http.StatusCreated, w.request(active, ask("adminUpdate", beginning(now().Add(day))))).string("id")
	if got := w.shown(active); got != update+" Granted" || w.aliceHolds() {
		t.Errorf("updated: %q", got)
	}
	w.want(http.StatusNoContent, w.do(http.MethodPost, management+active+"Requests/"+update+"/cancel", nil))
	for range 2 {
		if got := w.shown(active); got != id+" Provisioned" || !w.aliceHolds() {
			t.Errorf("canceled: %q", got)
		}
		w = w.later(day)
	}
}

// TestSupersededRequest is done with once another has changed what it made, and is purged in its time.
func TestSupersededRequest(t *testing.T) {
	for _, kind := range []string{eligibility, active} {
		w := start(t)
		first := w.want(http.StatusCreated, w.request(kind, ask("adminAssign", beginning(now().Add(2*day))))).string("id")
		second := w.want(http.StatusCreated, w.request(kind, ask("adminUpdate", beginning(now().Add(5*day))))).string("id")
		requests := management + kind + "Requests/"
		if got := w.get(requests + first).string("status"); got != "Provisioned" {
			t.Errorf("%s: the first is %s", kind, got)
		}
		if got := w.want(http.StatusBadRequest, w.do(http.MethodPost, requests+first+"/cancel", nil)); got.code() != "RoleAssignmentRequestCannotBeCancelled" {
			t.Error(got.text)
		}
		w = w.later(6 * day)
		if got := w.get(requests + second).string("status"); got != "Provisioned" || w.shown(kind) != first+" Provisioned" {
			t.Errorf("%s: the second is %s, the schedules %q", kind, got, w.shown(kind))
		}
		w = w.later(60 * day)
		w.want(http.StatusNotFound, w.get(requests+first))
	}
}

// TestBeginsBesideDirect has a schedule begin where the role is assigned directly already: that stays, and outlives it.
func TestBeginsBesideDirect(t *testing.T) {
	tests := map[string]struct {
		do    func(w *world, id string)
		holds bool
		left  string // the states of what is left
	}{
		"until it ends":       {func(w *world, _ string) { w.clock.Advance(2 * day) }, true, "Provisioned"},
		"until it is removed": {func(w *world, _ string) { w.want(http.StatusCreated, w.request(active, ask("adminRemove"))) }, true, "Provisioned"},
		"until the other is gone": {func(w *world, id string) {
			w.want(http.StatusNoContent, w.do(http.MethodDelete, assignments+"/"+id, nil))
		}, false, ""},
		"and is changed": {func(w *world, _ string) {
			w.want(http.StatusCreated, w.request(active, ask("adminUpdate", lasting("P9D"))))
		}, true, "Provisioned Provisioned"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			w := start(t)
			w.want(http.StatusCreated, w.request(active, ask("adminAssign", from(now().Add(day), "P1D"))))
			id := w.want(http.StatusCreated, w.do(http.MethodPost, assignments, grant(helpdeskAdmin, alice, "/"))).string("id")
			w = w.later(day + 5*time.Minute)
			tc.do(w, id)
			w = w.as(contoso, automation)
			if got := w.held(active+"s", "status"); got != tc.left || w.aliceHolds() != tc.holds {
				t.Errorf("left is %q, want %q; active: %v", got, tc.left, w.aliceHolds())
			}
			for _, c := range w.control.Changes("roleAssignments") {
				if c.Provenance.Source == graphsim.SourceClock || c.Record.Properties["scheduleId"] != nil {
					t.Errorf("the direct assignment was changed: %+v", c)
				}
			}
		})
	}
}

// TestDeletedAgain counts the seven days from the latest deletion.
func TestDeletedAgain(t *testing.T) {
	w := start(t)
	w.want(http.StatusCreated, w.request(eligibility, ask("adminAssign")))
	for range 2 {
		w.want(http.StatusNoContent, w.do(http.MethodDelete, "/v1.0/users/"+alice, nil))
		w = w.later(2 * day)
		w.want(http.StatusOK, w.do(http.MethodPost, deleted+alice+"/restore", nil))
		w = w.later(2 * day)
	}
	w.want(http.StatusNoContent, w.do(http.MethodDelete, "/v1.0/users/"+alice, nil))
	for after, want := range []string{"Provisioned", "Provisioned", ""} {
		if got := w.held(eligibility+"s", "status"); got != want {
			t.Errorf("%d times half a week after: %q, want %q", after, got, want)
		}
		w = w.later(7 * day / 2)
	}
}

// TestActionEcho is answered as the enumeration has it, however it was written.
func TestActionEcho(t *testing.T) {
	w := start(t)
	for _, action := range []string{"AdminAssign", "ADMINEXTEND", "adminupdate", "adminRemove"} {
		got := w.want(http.StatusCreated, w.request(eligibility, ask(action))).string("action")
		if !strings.HasPrefix(got, "admin") || strings.ToLower(got) == got || !strings.EqualFold(got, action) {
			t.Errorf("%s is answered as %s", action, got)
		}
	}
}

// TestExpandRequests is the expansion that Microsoft's sample of the list has.
func TestExpandRequests(t *testing.T) {
	w := start(t)
	eligible := w.want(http.StatusCreated, w.request(eligibility, ask("adminAssign"))).string("id")
	if _, err := w.control.Activate(contoso, alice, helpdeskAdmin, "/", time.Hour); err != nil {
		t.Fatal(err)
	}
	got := w.want(http.StatusOK, w.get(management+active+"Requests?$select=principalId,action&$expand=roleDefinition,activatedUsing,principal,targetSchedule"))
	if diff := cmp.Diff([]string{"selfActivate"}, got.field("action")); diff != "" {
		t.Errorf("actions (-want +got):\n%s", diff)
	}
	first, _ := got.body["value"].([]any)[0].(map[string]any)
	using, _ := first["activatedUsing"].(map[string]any)
	made, _ := first["targetSchedule"].(map[string]any)
	if using["id"] != eligible || made["assignmentType"] != "Activated" {
		t.Errorf("activated using %v, made %v", using, made)
	}
	w.want(http.StatusBadRequest, w.get(management+eligibility+"Requests?$expand=activatedUsing"))
}

// TestReadersOfRequests are applications that may write them: those that only read may not.
func TestReadersOfRequests(t *testing.T) {
	tests := map[string]struct {
		permission string
		may        []string
	}{
		"readers":   {"RoleManagement.Read.Directory", []string{eligibility + "s", active + "s", active + "Instances"}},
		"one kind":  {"RoleAssignmentSchedule.ReadWrite.Directory", []string{active + "Requests", active + "s", active + "Instances"}},
		"read it":   {"RoleAssignmentSchedule.Read.Directory", []string{active + "s", active + "Instances"}},
		"all of it": {"RoleManagement.ReadWrite.Directory", []string{eligibility + "Requests", eligibility + "s", active + "Requests", active + "s", active + "Instances"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			w := start(t)
			if err := w.control.SetAppPermissions(contoso, unconsent, []string{tc.permission}); err != nil {
				t.Fatal(err)
			}
			w = w.as(contoso, unconsent)
			for _, set := range []string{eligibility + "Requests", eligibility + "s", active + "Requests", active + "s", active + "Instances"} {
				want := http.StatusForbidden
				if slices.Contains(tc.may, set) {
					want = http.StatusOK
				}
				w.want(want, w.get(management+set))
			}
		})
	}
}

// TestRemoveOwnRole is refused for the Global Administrator's own assignment, but not if it is asked for as a schedule.
func TestRemoveOwnRole(t *testing.T) {
	const own = "4fae8d26-3a59-4c7b-9d12-e6f7a8b9c0d1" // the caller's object
	w := start(t)
	id := w.want(http.StatusCreated, w.do(http.MethodPost, assignments, grant(globalAdmin, own, "/"))).string("id")
	w = w.later(5 * time.Minute)
	w.want(http.StatusBadRequest, w.do(http.MethodDelete, assignments+"/"+id, nil))
	w.want(http.StatusCreated, w.request(active, ask("adminRemove", map[string]any{"principalId": own, "roleDefinitionId": globalAdmin})))
	w.want(http.StatusNotFound, w.get(assignments+"/"+id))
}
