package pim

import (
	"strings"

	"github.com/rolewarden/rolewarden/internal/graphsim/store"
	"github.com/rolewarden/rolewarden/internal/graphsim/wire"
)

// Request is what is asked for, once what it refers to was found.
type Request struct {
	Triple
	Kind Kind
	// Given is the request as it was sent.
	Given store.Props
	// PrincipalSet is what kind of object the principal is.
	PrincipalSet string
	// Stuck: the principal is a group that can hold no roles. Seen: such a
	// request is accepted, and never carried out.
	Stuck bool
	// Unseen: a replica answers that has not heard of what is to be changed.
	Unseen bool
}

// submission is a request that is being dealt with.
type submission struct {
	Request
	machine *Machine
	tenant  *store.Tenant
	by      store.Provenance

	id string
	// asked is the action by its name, and action what it amounts to.
	asked, action string
	window        window
	// standing is what the request is about, if it stands: a schedule, or an
	// assignment that has none.
	standing store.Item
	stands   bool
}

// Submit deals with a request, and returns what it has become.
func (m *Machine) Submit(t *store.Tenant, r Request, by store.Provenance) (string, store.Props, *wire.Error) {
	s := &submission{Request: r, machine: m, tenant: t, by: by, id: wire.NewGUID()}
	if err := s.check(); err != nil {
		return "", nil, err
	}
	props := s.props()
	if r.Given["isValidationOnly"] == true {
		return s.id, props, nil
	}
	t.Put(r.Kind.Requests, s.id, props, by)
	if status := props["status"]; status == "PendingApproval" || r.Stuck && s.action != "adminRemove" {
		return s.id, props, nil
	}
	s.carryOut()
	m.retire(t, r.Kind, s.id, by.Time)
	return s.id, props, nil
}

// readAction finds what an administrator asks for, in whatever case it is
// written, and what that amounts to. Assumed: to extend is to update, and to
// renew is to assign again; what a user asks for on their own account is
// refused, for an application is none.
func readAction(given string) (asked, action string) {
	for asked, action := range map[string]string{
		"adminAssign": "adminAssign", "adminUpdate": "adminUpdate", "adminRemove": "adminRemove",
		"adminExtend": "adminUpdate", "adminRenew": "adminAssign",
	} {
		if strings.EqualFold(asked, given) {
			return asked, action
		}
	}
	return "", ""
}

// check refuses what cannot be done. Assumed: the order.
func (s *submission) check() *wire.Error {
	s.asked, s.action = readAction(s.Given.String("action"))
	if s.action == "" || s.Kind.Eligible && s.PrincipalSet == "servicePrincipals" {
		return invalid()
	}
	if s.waiting() {
		return pending()
	}
	s.standing, s.stands = standing(s.tenant.Now(), s.Kind, s.Triple)
	if err := s.checkStanding(); err != nil || s.action == "adminRemove" {
		return err
	}
	var err *wire.Error
	if s.window, err = readWindow(s.Given["scheduleInfo"], s.by.Time); err != nil {
		return err
	}
	return s.machine.rules(s.tenant, s.Kind, s.RoleID).check(s.Given, s.window)
}

// waiting reports whether an earlier request is still open.
func (s *submission) waiting() bool {
	for _, item := range s.tenant.Now().Find(s.Kind.Requests, "principalId", s.PrincipalID) {
		open := item.Props["status"] == "PendingApproval" || item.Props["stuck"] == true && item.Props["status"] == "Granted"
		if open && tripleOf(item.Props) == s.Triple {
			return true
		}
	}
	return false
}

// standing is what stands of a triple: its schedule or, among what is active,
// an assignment that was made without one.
func standing(v store.View, k Kind, r Triple) (store.Item, bool) {
	if item, ok := find(v, k, r); ok || k.Eligible {
		return item, ok
	}
	return v.GetIn(store.Assignments, r.assignmentID())
}

// Stands reports whether a view shows anything of a triple.
func Stands(v store.View, k Kind, r Triple) bool {
	_, ok := standing(v, k, r)
	return ok
}

// checkStanding refuses to assign what stands, and to change what does not or
// is too young. Assumed: what a user has activated stands in the way of an
// assignment, and is none to change.
func (s *submission) checkStanding() *wire.Error {
	switch {
	case s.action == "adminAssign" && s.stands:
		return alreadyExists()
	case s.action == "adminAssign":
		return nil
	case !s.stands || s.Unseen || s.standing.Props["assignmentType"] == "Activated":
		return doesNotExist()
	case young(s.tenant, s.Triple, s.by.Time):
		return tooShort()
	}
	return nil
}

// carryOut does what was asked for.
func (s *submission) carryOut() {
	switch s.action {
	case "adminRemove":
		s.remove()
	case "adminUpdate":
		s.update()
	default:
		s.machine.install(s.tenant, schedule{
			Triple: s.Triple, kind: s.Kind, id: s.id, requestID: s.id, window: s.window, created: s.by.Time,
		}, s.by)
	}
}

func (s *submission) remove() {
	if s.standing.Set == store.Assignments {
		s.machine.Revoke(s.tenant, s.standing, s.by)
		return
	}
	s.machine.end(s.tenant, s.Kind, s.standing, s.by)
}

// update changes a schedule in place. Assumed: the request that made it, if
// that waits for its beginning still, is done with. Seen: to change an
// eligibility removes an active assignment without end beside it. Assumed: only
// one that was made here.
func (s *submission) update() {
	s.machine.settle(s.tenant, s.Kind, s.standing.Props.String("createdUsing"), "Provisioned", s.by)
	s.machine.install(s.tenant, s.changed(), s.by)
	active, ok := find(s.tenant.Now(), Assignment(), s.Triple)
	if s.Kind.Eligible && ok && endOf(active.Props) == nil && active.Props["status"] == "Provisioned" {
		s.machine.end(s.tenant, Assignment(), active, s.by)
	}
}

// changed is the schedule as it is to be. A direct role assignment becomes one.
func (s *submission) changed() schedule {
	out := schedule{
		Triple: s.Triple, kind: s.Kind, id: s.standing.ID, requestID: s.id, window: s.window, created: s.by.Time, before: s.standing.Props,
	}
	if s.standing.Set != store.Assignments {
		out.created = createdAt(s.standing.Props, s.by.Time)
		return out
	}
	out.id, out.takesOver = s.id, true
	if s.window.start.After(s.by.Time) {
		s.tenant.Drop(store.Assignments, s.standing.ID, s.by)
		out.takesOver = false
	}
	return out
}
