package pim

import (
	"time"

	"github.com/rolewarden/rolewarden/internal/graphsim/settings"
	"github.com/rolewarden/rolewarden/internal/graphsim/store"
)

// Machine carries out requests and what follows from them. All of it must be
// called inside the store's Run.
type Machine struct {
	store    *store.Store
	settings func() settings.Settings
	policies map[policyKey]Policy
	// deletions are when principals were last deleted.
	deletions map[principalKey]time.Time
}

// New returns a machine for the tenants of a store.
func New(s *store.Store, current func() settings.Settings) *Machine {
	return &Machine{store: s, settings: current, policies: map[policyKey]Policy{}, deletions: map[principalKey]time.Time{}}
}

// clock is the provenance of what happens because its time has come.
func clock(at time.Time) store.Provenance {
	return store.Provenance{Source: store.SourceClock, Time: at}
}

// untouched is what a schedule that was never changed shows. Documented: the sample of its resource.
const untouched = "0001-01-01T08:00:00Z"

// schedule is a schedule that is about to be written.
type schedule struct {
	Triple
	kind      Kind
	id        string
	requestID string
	window    window
	created   time.Time
	// activatedUsing is the schedule of the eligibility that a user activated.
	activatedUsing string
	// takesOver: it was asked to take the place of a direct role assignment.
	takesOver bool
	// before is what it takes the place of, a schedule or a role assignment, for
	// as long as it has yet to begin.
	before store.Props
	// revision tells it from what had its ID before; the request's ID where nothing else is given.
	revision string
}

func (s schedule) props(at time.Time) store.Props {
	props := with(s.Triple.props(), store.Props{
		"createdUsing": s.requestID, "createdDateTime": instant(s.created), "modifiedDateTime": untouched,
		"status": "Provisioned", "memberType": "Direct", "scheduleInfo": s.window.scheduled(),
		"revision": s.revision,
	})
	if !s.created.Equal(at) {
		props["modifiedDateTime"] = instant(at)
	}
	if s.window.start.After(at) {
		props["status"], props["before"] = "Granted", s.before
	}
	if !s.kind.Eligible {
		props["assignmentType"] = "Assigned"
	}
	if s.activatedUsing != "" {
		props["assignmentType"], props["activatedUsing"] = "Activated", s.activatedUsing
	}
	return props
}

// install writes a schedule, in place of what it was before, and has it begin
// and end in its time.
func (m *Machine) install(t *store.Tenant, s schedule, by store.Provenance) {
	if s.revision == "" {
		s.revision = s.requestID
	}
	t.Put(s.kind.Schedules, s.id, s.props(by.Time), by)
	if s.window.start.After(by.Time) {
		m.suspend(t, s, by)
		m.store.Defer(s.window.start, func(at time.Time) { m.whileCurrent(t, s, at, m.begin) })
	} else {
		m.begin(t, s, by)
	}
	if !s.window.end.IsZero() {
		m.store.Defer(s.window.end, func(at time.Time) { m.whileCurrent(t, s, at, m.expire) })
	}
}

// whileCurrent does what was put off unless the schedule is gone or another.
func (m *Machine) whileCurrent(t *store.Tenant, s schedule, at time.Time, do func(*store.Tenant, schedule, store.Provenance)) {
	if item, ok := t.Now().GetIn(s.kind.Schedules, s.id); ok && item.Props["revision"] == s.revision {
		do(t, s, clock(at))
	}
}

// begin has a schedule take effect. Seen: an active assignment without end
// removes the eligibility beside it. Assumed: a direct role assignment that
// stands by then stays what it is.
func (m *Machine) begin(t *store.Tenant, s schedule, by store.Provenance) {
	if item, ok := t.Now().GetIn(s.kind.Schedules, s.id); ok && item.Props["status"] == "Granted" {
		t.Put(s.kind.Schedules, s.id, with(item.Props, store.Props{"status": "Provisioned", "before": nil}), by)
		m.settle(t, s.kind, s.requestID, "Provisioned", by)
	}
	if s.kind.Eligible {
		return
	}
	m.hold(t, s, by)
	if s.window.end.IsZero() {
		m.removeEligibility(t, s.Triple, by)
	}
}

// hold makes the role assignment of a schedule.
func (*Machine) hold(t *store.Tenant, s schedule, by store.Provenance) {
	if row, stands := t.Now().GetIn(store.Assignments, s.assignmentID()); stands && row.Props["scheduleId"] == nil && !s.takesOver {
		return
	}
	t.Put(store.Assignments, s.assignmentID(), with(s.Triple.props(), store.Props{
		"scheduleId": s.id, "assignmentType": s.props(by.Time)["assignmentType"],
		"startDateTime": instant(s.window.start), "endDateTime": endOf(s.props(by.Time)), "activatedUsing": s.props(by.Time)["activatedUsing"],
	}), by)
}

// suspend takes away what a schedule that has yet to begin made active before
// it was changed. Assumed: that it is not active meanwhile.
func (m *Machine) suspend(t *store.Tenant, s schedule, by store.Provenance) {
	if s.kind.Eligible {
		m.endActivations(t, s.id, by)
		return
	}
	if row, ok := t.Now().GetIn(store.Assignments, s.assignmentID()); ok && row.Props["scheduleId"] == s.id {
		t.Drop(store.Assignments, row.ID, by)
	}
}

// expire ends a schedule whose time is up.
func (m *Machine) expire(t *store.Tenant, s schedule, by store.Provenance) {
	if item, ok := t.Now().GetIn(s.kind.Schedules, s.id); ok {
		m.end(t, s.kind, item, by)
	}
}

// end ends a schedule and what it made active. Documented: what was activated
// goes with the eligibility.
func (m *Machine) end(t *store.Tenant, k Kind, item store.Item, by store.Provenance) {
	t.Drop(k.Schedules, item.ID, by)
	m.settle(t, k, item.Props.String("createdUsing"), "Revoked", by)
	if k.Eligible {
		m.endActivations(t, item.ID, by)
		return
	}
	id := tripleOf(item.Props).assignmentID()
	if row, ok := t.Now().GetIn(store.Assignments, id); ok && row.Props["scheduleId"] == item.ID {
		t.Drop(store.Assignments, id, by)
	}
}

func (m *Machine) endActivations(t *store.Tenant, eligibility string, by store.Provenance) {
	for _, item := range t.Now().List(Assignment().Schedules) {
		if item.Props["activatedUsing"] == eligibility {
			m.end(t, Assignment(), item, by)
		}
	}
}

// removeEligibility removes an eligibility if there is one.
func (m *Machine) removeEligibility(t *store.Tenant, r Triple, by store.Provenance) {
	if item, ok := find(t.Now(), Eligibility(), r); ok {
		m.end(t, Eligibility(), item, by)
	}
}
