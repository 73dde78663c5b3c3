package pim

import (
	"time"

	"github.com/rolewarden/rolewarden/internal/graphsim/store"
	"github.com/rolewarden/rolewarden/internal/graphsim/wire"
)

// props is the request as it is kept and answered.
func (s *submission) props() store.Props {
	p := with(s.Triple.props(), store.Props{
		"status": s.status(), "createdDateTime": instant(s.by.Time), "completedDateTime": instant(s.by.Time),
		"action": s.asked, "isValidationOnly": s.Given["isValidationOnly"] == true, "justification": s.Given["justification"],
		"targetScheduleId": s.id, "scheduleInfo": s.window.asked(), "ticketInfo": ticket(s.Given["ticketInfo"]),
		"createdBy": createdBy(s.by.ObjectID), "stuck": s.Stuck,
	})
	switch {
	case s.action == "adminRemove":
		p["completedDateTime"], p["targetScheduleId"], p["scheduleInfo"] = nil, nil, nil
	case p["status"] == "PendingApproval":
		p["completedDateTime"], p["targetScheduleId"], p["approvalId"] = nil, nil, wire.NewGUID()
	case s.Stuck:
		p["completedDateTime"], p["targetScheduleId"] = nil, nil
	}
	return p
}

// status is what becomes of the request at once. Documented: Microsoft Graph
// docs, resources/request.
func (s *submission) status() string {
	switch {
	case s.action == "adminRemove":
		return "Revoked"
	case s.machine.rules(s.tenant, s.Kind, s.RoleID).Approval:
		return "PendingApproval"
	case s.Stuck || s.window.start.After(s.by.Time):
		return "Granted"
	}
	return "Provisioned"
}

// createdBy says who asked. Assumed: an application stands where users do.
func createdBy(objectID string) map[string]any {
	user := map[string]any{"displayName": nil, "id": nil}
	if objectID != "" {
		user["id"] = objectID
	}
	return map[string]any{"application": nil, "device": nil, "user": user}
}

func ticket(given any) map[string]any {
	info, _ := given.(map[string]any)
	return map[string]any{"ticketNumber": info["ticketNumber"], "ticketSystem": info["ticketSystem"]}
}

// settle moves a request on that waits for its schedule to begin.
func (m *Machine) settle(t *store.Tenant, k Kind, requestID, status string, by store.Provenance) {
	item, ok := t.Now().GetIn(k.Requests, requestID)
	if !ok || item.Props["status"] != "Granted" {
		return
	}
	t.Put(k.Requests, requestID, with(item.Props, store.Props{"status": status, "completedDateTime": instant(by.Time)}), by)
	m.retire(t, k, requestID, by.Time)
}

// retire has a request purged once it is done with. Seen: after 30 to 45 days,
// while the schedule that it made lives on under the same ID.
func (m *Machine) retire(t *store.Tenant, k Kind, requestID string, at time.Time) {
	m.purge(t, k, requestID, at, m.settings().RequestRetention)
}

func (m *Machine) purge(t *store.Tenant, k Kind, requestID string, at time.Time, after time.Duration) {
	if after <= 0 {
		return
	}
	m.store.Defer(at.Add(after), func(at time.Time) {
		if item, ok := t.Now().GetIn(k.Requests, requestID); ok && item.Props["status"] != "Granted" {
			t.Drop(k.Requests, requestID, clock(at))
		}
	})
}

// canceled is how long a request that was canceled is kept. Documented: Microsoft
// Graph docs, unifiedroleeligibilityschedulerequest-cancel.
const canceled = 30 * 24 * time.Hour

// Cancel takes a request back that is granted and not carried out yet.
// Documented: any other is refused. Assumed: the text, that one which waits for
// approval can be taken back too, and that what it was to change is again what
// it was.
func (m *Machine) Cancel(t *store.Tenant, k Kind, item store.Item, by store.Provenance) *wire.Error {
	status := item.Props.String("status")
	if status != "Granted" && status != "PendingApproval" {
		return refusal("RoleAssignmentRequestCannotBeCancelled", "The request cannot be cancelled in the status "+status+".")
	}
	t.Put(k.Requests, item.ID, with(item.Props, store.Props{"status": "Revoked"}), by)
	m.purge(t, k, item.ID, by.Time, canceled)
	for _, made := range t.Now().Find(k.Schedules, "principalId", item.Props.String("principalId")) {
		if made.Props["createdUsing"] == item.ID && made.Props["status"] == "Granted" {
			m.undo(t, k, made, by)
		}
	}
	return nil
}

// undo takes back a schedule that has yet to begin: what stood before it stands again.
func (m *Machine) undo(t *store.Tenant, k Kind, made store.Item, by store.Provenance) {
	before, _ := made.Props["before"].(store.Props)
	w, scheduled := windowOf(before)
	switch {
	case before != nil && !scheduled: // a direct role assignment
		t.Drop(k.Schedules, made.ID, by)
		if id := tripleOf(made.Props).assignmentID(); !stands(t, id) {
			t.Put(store.Assignments, id, before, by)
		}
	case before == nil || !w.end.IsZero() && !w.end.After(by.Time):
		m.end(t, k, made, by)
	default:
		earlier, _ := before["before"].(store.Props)
		m.install(t, schedule{
			Triple: tripleOf(made.Props), kind: k, id: made.ID, requestID: before.String("createdUsing"), window: w,
			created: createdAt(before, by.Time), before: earlier, revision: wire.NewGUID(),
		}, by)
	}
}

func stands(t *store.Tenant, assignmentID string) bool {
	_, ok := t.Now().GetIn(store.Assignments, assignmentID)
	return ok
}

// createdAt is when a schedule was made.
func createdAt(schedule store.Props, missing time.Time) time.Time {
	if at, ok := readInstant(schedule["createdDateTime"], missing); ok {
		return at
	}
	return missing
}
