package msgraph

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rolewarden/rolewarden/internal/graph"
	"github.com/rolewarden/rolewarden/internal/graphsim"
)

// ask asks for a change, and fails the test if it is not answered as wanted.
func ask(t *testing.T, c *Client, kind graph.ScheduleKind, change graph.ScheduleChange, status string) graph.ScheduleRequest {
	t.Helper()
	request, err := c.RequestSchedule(t.Context(), kind, change)
	if err != nil || request.Status != status || request.AssignmentKey != change.AssignmentKey || request.Action != change.Action {
		t.Fatalf("%s: %+v, %v, want %s", change.Action, request, err, status)
	}
	return request
}

// scheduled returns the schedules of a key.
func scheduled(t *testing.T, c *Client, kind graph.ScheduleKind, key graph.AssignmentKey) []graph.Schedule {
	t.Helper()
	schedules, err := c.Schedules(t.Context(), kind, key)
	if err != nil {
		t.Fatal(err)
	}
	return schedules
}

func change(action graph.ScheduleAction, key graph.AssignmentKey, end time.Time) graph.ScheduleChange {
	return graph.ScheduleChange{AssignmentKey: key, Action: action, End: end, Justification: "On call", TicketNumber: "42", TicketSystem: "jira"}
}

// TestLifeOfASchedule assigns, changes and removes for real, and reads it all back: at the tenant and at a unit.
func TestLifeOfASchedule(t *testing.T) {
	d := newDirectory(t)
	c := d.rolewarden(t)
	keys := map[string]graph.AssignmentKey{
		"tenant": key(alice, helpdeskAdmin, graph.TenantScope), "unit": key(helpdeskGroup, helpdeskAdmin, graph.AdministrativeUnitScope(berlin)),
	}
	for kindName, kind := range map[string]graph.ScheduleKind{"eligible": graph.Eligible, "active": graph.Active} {
		for name, k := range keys {
			t.Run(kindName+"/"+name, func(t *testing.T) { assignAndRemove(t, d, c, kind, k) })
		}
	}
}

func assignAndRemove(t *testing.T, d *directory, c *Client, kind graph.ScheduleKind, k graph.AssignmentKey) {
	if found := scheduled(t, c, kind, k); len(found) != 0 {
		t.Fatalf("before: %+v", found)
	}
	start := d.clock.Now()
	end := start.Add(8 * time.Hour)
	made := ask(t, c, kind, change(graph.AdminAssign, k, end), "Provisioned")
	want := []graph.Schedule{{AssignmentKey: k, ID: made.ID, Start: start, End: end}}
	if diff := cmp.Diff(want, scheduled(t, c, kind, k)); diff != "" {
		t.Errorf("assigned (-want +got):\n%s", diff)
	}
	_, err := c.RequestSchedule(t.Context(), kind, change(graph.AdminAssign, k, end))
	if e := failure(t, err); e.Class != graph.Exists || e.Code != "RoleAssignmentExists" {
		t.Errorf("again: %+v", e)
	}
	d.clock.Step(5 * time.Minute)
	ask(t, c, kind, change(graph.AdminUpdate, k, time.Time{}), "Provisioned")
	if found := scheduled(t, c, kind, k); len(found) != 1 || !found[0].End.IsZero() || found[0].ID != made.ID {
		t.Errorf("updated: %+v", found)
	}
	d.clock.Step(5 * time.Minute)
	ask(t, c, kind, change(graph.AdminRemove, k, time.Time{}), "Revoked")
	checkRemoved(t, c, kind, k)
}

// checkRemoved looks at what is left of a schedule: the requests.
func checkRemoved(t *testing.T, c *Client, kind graph.ScheduleKind, k graph.AssignmentKey) {
	t.Helper()
	if found := scheduled(t, c, kind, k); len(found) != 0 {
		t.Errorf("removed: %+v", found)
	}
	_, err := c.RequestSchedule(t.Context(), kind, change(graph.AdminRemove, k, time.Time{}))
	if e := failure(t, err); e.Class != graph.NotFound || e.Code != "RoleAssignmentDoesNotExist" {
		t.Errorf("removed again: %+v", e)
	}
	requests, err := c.ScheduleRequests(t.Context(), kind, k)
	var got []graph.ScheduleAction
	for _, r := range requests {
		got = append(got, r.Action)
	}
	if diff := cmp.Diff([]graph.ScheduleAction{graph.AdminRemove, graph.AdminUpdate, graph.AdminAssign}, got); err != nil || diff != "" {
		t.Errorf("requests, the newest first (-want +got):\n%s%v", diff, err)
	}
	again := slices.IsSortedFunc(requests, func(a, b graph.ScheduleRequest) int { return b.Created.Compare(a.Created) })
	if !again {
		t.Errorf("requests are not in order: %+v", requests)
	}
}

// TestFiveMinutes holds that what is activated is told from what is assigned, and since when it is.
func TestFiveMinutes(t *testing.T) {
	d := newDirectory(t)
	c := d.rolewarden(t)
	k := key(alice, helpdeskAdmin, graph.TenantScope)
	ask(t, c, graph.Eligible, change(graph.AdminAssign, k, time.Time{}), "Provisioned")
	if _, active, err := c.ActiveSince(t.Context(), alice, helpdeskAdmin); active || err != nil {
		t.Errorf("before: %v, %v", active, err)
	}
	d.clock.Step(time.Hour)
	start := d.clock.Now()
	if _, err := d.Activate(contoso, alice, helpdeskAdmin, "/", time.Hour); err != nil {
		t.Fatal(err)
	}
	d.clock.Step(time.Minute)
	_, err := c.RequestSchedule(t.Context(), graph.Eligible, change(graph.AdminRemove, k, time.Time{}))
	if e := failure(t, err); e.Refusal != graph.RefusedTooSoon || !e.Answered() {
		t.Errorf("removed at once: %+v", e)
	}
	if since, active, err := c.ActiveSince(t.Context(), alice, helpdeskAdmin); !active || !since.Equal(start) || err != nil {
		t.Errorf("since %v, %v, %v, want %v", since, active, err, start)
	}
	found := scheduled(t, c, graph.Active, k)
	if len(found) != 1 || !found[0].Activated || !found[0].End.Equal(start.Add(time.Hour)) {
		t.Errorf("activated: %+v", found)
	}
	d.clock.Step(4 * time.Minute)
	ask(t, c, graph.Eligible, change(graph.AdminRemove, k, time.Time{}), "Revoked")
}

// TestPlainAssignmentsAreSchedulesToo holds that one shows as active, and never as activated or eligible.
func TestPlainAssignmentsAreSchedulesToo(t *testing.T) {
	d := newDirectory(t)
	c := d.rolewarden(t)
	k := key(alice, helpdeskAdmin, graph.TenantScope)
	plain := grant(t, d, c, k)
	if diff := cmp.Diff([]graph.Schedule{{AssignmentKey: k, ID: plain.ID}}, scheduled(t, c, graph.Active, k)); diff != "" {
		t.Errorf("schedules (-want +got):\n%s", diff)
	}
	if found := scheduled(t, c, graph.Eligible, k); len(found) != 0 {
		t.Errorf("eligible: %+v", found)
	}
	if since, active, err := c.ActiveSince(t.Context(), alice, helpdeskAdmin); active || err != nil {
		t.Errorf("active since %v, %v", since, err)
	}
}

func TestCancelingForReal(t *testing.T) {
	d := newDirectory(t)
	c := d.rolewarden(t)
	k := key(alice, helpdeskAdmin, graph.TenantScope)
	later := change(graph.AdminAssign, k, time.Time{})
	later.Start = d.clock.Now().Add(time.Hour)
	for _, kind := range []graph.ScheduleKind{graph.Eligible, graph.Active} {
		request := ask(t, c, kind, later, "Granted")
		if err := c.CancelScheduleRequest(t.Context(), kind, request.ID); err != nil {
			t.Fatal(err)
		}
		requests, err := c.ScheduleRequests(t.Context(), kind, k)
		if err != nil || len(requests) != 1 || requests[0].Status == "Granted" || !requests[0].Start.Equal(later.Start) {
			t.Errorf("canceled: %+v, %v", requests, err)
		}
		made := ask(t, c, kind, change(graph.AdminAssign, k, time.Time{}), "Provisioned")
		if e := failure(t, c.CancelScheduleRequest(t.Context(), kind, made.ID)); e.Class != graph.Refused || !e.Answered() {
			t.Errorf("carried out: %+v", e)
		}
		if e := failure(t, c.CancelScheduleRequest(t.Context(), kind, nobody)); e.Class != graph.NotFound {
			t.Errorf("never made, or purged: %+v", e)
		}
	}
}

func TestRefusalsOfPIM(t *testing.T) {
	k := key(alice, helpdeskAdmin, graph.TenantScope)
	cases := map[string]struct {
		change  func(*testing.T, *directory) graph.AssignmentKey
		class   graph.Class
		refusal graph.Refusal
	}{
		"no licence": {func(t *testing.T, d *directory) graph.AssignmentKey {
			if err := d.SetLicences(contoso); err != nil {
				t.Fatal(err)
			}
			return k
		}, graph.Refused, graph.RefusedLicense},
		"no permission": {func(t *testing.T, d *directory) graph.AssignmentKey {
			if err := d.SetAppPermissions(contoso, rolewardenApp, []string{"Group.Read.All"}); err != nil {
				t.Fatal(err)
			}
			return k
		}, graph.Denied, ""},
		"no such principal": {func(*testing.T, *directory) graph.AssignmentKey { return key(nobody, helpdeskAdmin, "/") }, graph.NotFound, ""},
		"no such role":      {func(*testing.T, *directory) graph.AssignmentKey { return key(alice, nobody, "/") }, graph.NotFound, ""},
		"no scope for it": {func(*testing.T, *directory) graph.AssignmentKey {
			return key(alice, globalReader, graph.AdministrativeUnitScope(berlin))
		}, graph.Refused, graph.RefusedScope},
		"a service principal": {func(*testing.T, *directory) graph.AssignmentKey { return key(payroll, helpdeskAdmin, "/") }, graph.Refused, graph.RefusedRequest},
		"a rule of the policy": {func(t *testing.T, d *directory) graph.AssignmentKey {
			policy := d.Policy(contoso, helpdeskAdmin)
			policy.Eligibility.MaximumDuration = "PT1H"
			if err := d.SetPolicy(contoso, helpdeskAdmin, policy); err != nil {
				t.Fatal(err)
			}
			return k
		}, graph.Refused, graph.RefusedPolicy},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			d := newDirectory(t)
			wanted := tc.change(t, d)
			_, err := d.rolewarden(t).RequestSchedule(t.Context(), graph.Eligible, change(graph.AdminAssign, wanted, d.clock.Now().Add(2*time.Hour)))
			if e := failure(t, err); e.Class != tc.class || e.Refusal != tc.refusal || !e.Answered() || e.Permission != graph.PermissionEligibilityWrite {
				t.Errorf("got %+v", e)
			}
		})
	}
}

// TestAUnitThatFallsBack holds that the scope of the answer is that of the grant, not of the question.
func TestAUnitThatFallsBack(t *testing.T) {
	d := newDirectory(t)
	d.set(t, func(s *graphsim.Settings) { s.UnitFallback = time.Hour })
	unit, err := d.AddObject(contoso, "administrativeUnits", map[string]any{"displayName": "Bonn"})
	if err != nil {
		t.Fatal(err)
	}
	k := key(alice, helpdeskAdmin, graph.AdministrativeUnitScope(unit))
	got, err := d.rolewarden(t).RequestSchedule(t.Context(), graph.Eligible, change(graph.AdminAssign, k, time.Time{}))
	if err != nil || got.AssignmentKey != key(alice, helpdeskAdmin, graph.TenantScope) {
		t.Errorf("got %+v, %v", got, err)
	}
}
