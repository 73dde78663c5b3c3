package pim

import (
	"fmt"
	"time"

	"github.com/rolewarden/rolewarden/internal/graphsim/store"
	"github.com/rolewarden/rolewarden/internal/graphsim/wire"
)

// The decisions there are about a request that waits.
const (
	Approve = "approve"
	Deny    = "deny"
	Fail    = "fail" // the directory could not carry it out
)

// Decide ends the waiting of a request, as an approver would. Assumed: what was
// approved after something else took its place fails.
func (m *Machine) Decide(t *store.Tenant, requestID, decision string, by store.Provenance) error {
	k, item, ok := request(t, requestID)
	stuck := item.Props["stuck"] == true && item.Props["status"] == "Granted"
	if !ok || item.Props["status"] != "PendingApproval" && !stuck {
		return fmt.Errorf("there is no request %q that waits in tenant %s", requestID, t.ID)
	}
	status, ok := map[string]string{Approve: "Provisioned", Deny: "Denied", Fail: "Failed"}[decision]
	if !ok || stuck && decision == Approve {
		return fmt.Errorf("decision %q: use %s, %s or %s; what is stuck cannot be approved", decision, Approve, Deny, Fail)
	}
	changes := store.Props{"status": status, "completedDateTime": instant(by.Time)}
	if decision == Approve {
		changes = m.approve(t, k, item, by)
	}
	t.Put(k.Requests, requestID, with(item.Props, changes), by)
	m.retire(t, k, requestID, by.Time)
	return nil
}

// request finds a request of either kind.
func request(t *store.Tenant, id string) (Kind, store.Item, bool) {
	for _, k := range []Kind{Eligibility(), Assignment()} {
		if item, ok := t.Now().GetIn(k.Requests, id); ok {
			return k, item, true
		}
	}
	return Kind{}, store.Item{}, false
}

// approve carries a request out, and says what becomes of it.
func (m *Machine) approve(t *store.Tenant, k Kind, item store.Item, by store.Provenance) store.Props {
	done := store.Props{"status": "Failed", "completedDateTime": instant(by.Time)}
	s := &submission{Request: Request{Triple: tripleOf(item.Props), Kind: k, Given: item.Props}, machine: m, tenant: t, by: by, id: item.ID}
	s.asked, s.action = readAction(item.Props.String("action"))
	var err *wire.Error
	if s.window, err = readWindow(item.Props["scheduleInfo"], by.Time); err != nil {
		return done
	}
	if s.standing, s.stands = standing(t.Now(), k, s.Triple); s.stands == (s.action == "adminAssign") {
		return done
	}
	s.carryOut()
	done["status"], done["targetScheduleId"] = "Provisioned", item.ID
	if s.window.start.After(by.Time) {
		done["status"] = "Granted"
	}
	return done
}

// Activate has a user activate a role that they, or a group they are in, are
// eligible for, and returns the ID of the role assignment.
func (m *Machine) Activate(t *store.Tenant, r Triple, lasts time.Duration, by store.Provenance) (string, error) {
	eligibility, ok := eligible(t, r)
	if !ok || lasts <= 0 {
		return "", fmt.Errorf("%s is not eligible for role %s at %s in tenant %s, or for no time at all", r.PrincipalID, r.RoleID, r.Scope, t.ID)
	}
	if _, active := standing(t.Now(), Assignment(), r); active {
		return "", fmt.Errorf("the role is active already: %w", alreadyExists())
	}
	by.ObjectID = r.PrincipalID
	s := &submission{
		Request: Request{Triple: r, Kind: Assignment()},
		machine: m, tenant: t, by: by, id: wire.NewGUID(), asked: "selfActivate", action: "adminAssign",
	}
	s.window = window{start: by.Time, end: by.Time.Add(lasts)}
	s.window.expiration = map[string]any{"type": "afterDateTime", "endDateTime": instant(s.window.end), "duration": nil}
	t.Put(s.Kind.Requests, s.id, with(s.props(), store.Props{
		"status": "Provisioned", "targetScheduleId": s.id, "approvalId": nil, "activatedUsing": eligibility.ID,
	}), by)
	m.install(t, schedule{
		Triple: r, kind: s.Kind, id: s.id, requestID: s.id, window: s.window, created: by.Time, activatedUsing: eligibility.ID,
	}, by)
	m.retire(t, s.Kind, s.id, by.Time)
	return r.assignmentID(), nil
}

// eligible finds what a user can activate, of their own or of a group's.
func eligible(t *store.Tenant, r Triple) (store.Item, bool) {
	principals := []string{r.PrincipalID}
	for _, link := range t.Now().Find("members", "to", r.PrincipalID) {
		principals = append(principals, link.Props.String("from"))
	}
	for _, id := range principals {
		if item, ok := find(t.Now(), Eligibility(), Triple{id, r.RoleID, r.Scope}); ok && item.Props["status"] == "Provisioned" {
			return item, true
		}
	}
	return store.Item{}, false
}

// Deactivate has a user end an activation.
func (m *Machine) Deactivate(t *store.Tenant, assignmentID string, by store.Provenance) error {
	row, ok := t.Now().GetIn(store.Assignments, assignmentID)
	if !ok || row.Props["assignmentType"] != "Activated" {
		return fmt.Errorf("the assignment %q of tenant %s is none that a user activated", assignmentID, t.ID)
	}
	by.ObjectID = row.Props.String("principalId")
	m.Revoke(t, row, by)
	return nil
}
