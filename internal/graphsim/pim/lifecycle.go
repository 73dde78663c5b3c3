package pim

import (
	"time"

	"github.com/rolewarden/rolewarden/internal/graphsim/store"
)

// Revoke takes an active assignment away, whoever made it. Assumed: that to
// delete a role assignment ends the schedule that governs it, or that has begun
// beside it.
func (m *Machine) Revoke(t *store.Tenant, row store.Item, by store.Provenance) {
	t.Drop(store.Assignments, row.ID, by)
	if item, ok := find(t.Now(), Assignment(), tripleOf(row.Props)); ok && item.Props["status"] == "Provisioned" {
		m.end(t, Assignment(), item, by)
	}
}

// linger is how long an eligibility outlives its principal. Seen: up to seven days.
const linger = 7 * 24 * time.Hour

// PrincipalGone ends what a principal that was deleted held: what is active at
// once, what is eligible by and by, unless the principal is back by then: the
// days are counted from its latest deletion.
// Documented by an employee of Microsoft: its assignments vanish with it.
func (m *Machine) PrincipalGone(t *store.Tenant, id string, by store.Provenance) {
	now := t.Now()
	for _, row := range now.Find(store.Assignments, "principalId", id) {
		m.Revoke(t, row, by)
	}
	for _, item := range now.Find(Assignment().Schedules, "principalId", id) {
		if _, stands := t.Now().GetIn(item.Set, item.ID); stands {
			m.end(t, Assignment(), item, by)
		}
	}
	m.deletions[principalKey{t.ID, id}] = by.Time
	if len(now.Find(Eligibility().Schedules, "principalId", id)) > 0 {
		m.store.Defer(by.Time.Add(linger), func(at time.Time) { m.forget(t, id, at) })
	}
}

type principalKey struct{ tenantID, principalID string }

func (m *Machine) forget(t *store.Tenant, id string, at time.Time) {
	_, back := t.Now().Get(id)
	if back || at.Before(m.deletions[principalKey{t.ID, id}].Add(linger)) {
		return
	}
	for _, item := range t.Now().Find(Eligibility().Schedules, "principalId", id) {
		m.end(t, Eligibility(), item, clock(at))
	}
}

// ScopeGone ends what was held over an object. Assumed: at once, of either kind.
func (m *Machine) ScopeGone(t *store.Tenant, id string, by store.Provenance) {
	for _, row := range t.Now().List(store.Assignments) {
		if tripleOf(row.Props).over(id) {
			m.Revoke(t, row, by)
		}
	}
	for _, k := range []Kind{Eligibility(), Assignment()} {
		for _, item := range t.Now().List(k.Schedules) {
			if tripleOf(item.Props).over(id) {
				m.end(t, k, item, by)
			}
		}
	}
}

// RoleInUse reports whether a role is held, or can be.
func (m *Machine) RoleInUse(t *store.Tenant, roleID string) bool {
	for _, set := range []string{store.Assignments, Eligibility().Schedules, Assignment().Schedules} {
		if len(t.Now().Find(set, "roleDefinitionId", roleID)) > 0 {
			return true
		}
	}
	return false
}

// minimum is how long an assignment must have been active before anything of
// the same principal and role can be changed. Seen: whatever the scope.
const minimum = 5 * time.Minute

// young reports whether the principal's role became active just now. Assumed:
// that an assignment which was made without a schedule counts too.
func young(t *store.Tenant, r Triple, now time.Time) bool {
	view := t.Now()
	for _, row := range view.Find(store.Assignments, "principalId", r.PrincipalID) {
		if row.Props["roleDefinitionId"] == r.RoleID && now.Before(view.Born(row).Add(minimum)) {
			return true
		}
	}
	return false
}
