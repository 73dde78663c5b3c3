package claim

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/utils/clock"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graph"
	"github.com/rolewarden/rolewarden/internal/lifecycle"
)

// PIM is the way to the assignments of one kind that Privileged Identity Management makes. What identifies one is its key,
// never the request that made it: the directory purges requests after about 45 days.
type PIM struct {
	Directory

	Kind  graph.ScheduleKind
	Clock clock.PassiveClock
}

// GrantOf is the ledger of a key.
func (p PIM) GrantOf(key graph.AssignmentKey) v1alpha1.AssignmentGrant {
	grant := p.Directory.GrantOf(key)
	if p.Kind == graph.Active {
		grant.Through = v1alpha1.ThroughPIM
	}
	return grant
}

// Read looks for the schedule, or for a request that may yet become one. What a principal activated is never taken for it.
func (p PIM) Read(ctx context.Context, grant v1alpha1.AssignmentGrant) (*Found, error) {
	schedules, err := p.Client.Schedules(ctx, p.Kind, KeyOf(grant))
	if err != nil {
		return nil, err
	}
	for _, s := range schedules {
		if !s.Activated {
			return p.found(s), nil
		}
	}
	requests, err := p.Client.ScheduleRequests(ctx, p.Kind, KeyOf(grant))
	if err != nil {
		return nil, err
	}
	return p.requested(requests), nil
}

// requested is the request that may yet become a schedule, of all for a key, the newest first. One that was carried out a moment ago
// may have made a schedule that is not shown yet.
func (p PIM) requested(requests []graph.ScheduleRequest) *Found {
	for i, r := range requests {
		switch {
		case r.Action == graph.AdminRemove && r.Status == "Revoked":
			return nil // whatever was asked for before has gone
		case r.Action == graph.AdminAssign && pending(r.Status):
			return p.asked(r)
		case i == 0 && r.Action == graph.AdminAssign && r.Status == "Provisioned" && p.Clock.Since(r.Completed) < p.Window && !p.over(r.End):
			found := p.asked(r)
			found.Problem = &lifecycle.Problem{Reason: v1alpha1.ReasonPendingProvisioning,
				Message: "Privileged Identity Management has carried out the request and does not show it yet"}
			return found
		}
	}
	return nil
}

func (p PIM) over(end time.Time) bool { return !end.IsZero() && !end.After(p.Clock.Now()) }

func (p PIM) found(s graph.Schedule) *Found {
	found := &Found{ID: s.ID, Key: p.GrantOf(s.AssignmentKey), Detail: s}
	if s.Start.After(p.Clock.Now()) {
		found.Reason, found.Message = v1alpha1.ReasonScheduled, "The directory holds the grant, which begins at "+s.Start.UTC().Format(time.RFC3339)
	}
	return found
}

// asked is a request that may yet become a schedule. One that is granted and begins later stands as it was asked for.
func (p PIM) asked(r graph.ScheduleRequest) *Found {
	// What is not a schedule yet cannot be updated: another request is made in its place.
	found := &Found{ID: r.ID, Key: p.GrantOf(r.AssignmentKey), Detail: r, Rigid: true}
	switch {
	case r.Status == "PendingApproval" || r.Status == "PendingAdminDecision":
		found.Problem = &lifecycle.Problem{Reason: v1alpha1.ReasonPendingApproval,
			Message: "Somebody has to approve the request in Privileged Identity Management"}
	case r.Status == "Granted" && r.Start.After(p.Clock.Now()):
		found.Reason, found.Message = v1alpha1.ReasonScheduled, "The directory has granted it, from "+r.Start.UTC().Format(time.RFC3339)
	case pending(r.Status):
		found.Problem = &lifecycle.Problem{Reason: v1alpha1.ReasonPendingProvisioning,
			Message: fmt.Sprintf("Privileged Identity Management has accepted the request and not carried it out yet (%s)", r.Status)}
	}
	return found
}

// pending tells whether a request may yet have an effect, by its status (Microsoft Graph docs, resource request). One of a
// status that is not known may.
func pending(status string) bool {
	switch status {
	case "Provisioned", "Revoked", "Canceled", "Denied", "Failed":
		return false
	}
	return true
}

// Declined says that the last request for the grant was turned down, if it was: it is not made again by itself.
func (p PIM) Declined(ctx context.Context, status *v1alpha1.ClaimStatus, grant v1alpha1.AssignmentGrant, t Terms) error {
	requests, err := p.Client.ScheduleRequests(ctx, p.Kind, KeyOf(grant))
	if err != nil || status.LastCreateTime == nil {
		return err
	}
	for _, r := range requests {
		if r.Action != graph.AdminAssign || r.Created.Before(status.LastCreateTime.Add(-clockSkew)) {
			continue
		}
		if found := p.asked(r); found.Problem != nil {
			return found.Problem // the replica that was read before was ahead of this one, or behind
		}
		if (r.Status == "Canceled" || r.Status == "Revoked") && p.Differs(*p.asked(r), t) {
			continue // it was canceled here, since other terms are asked for
		}
		return turnedDown(r)
	}
	return nil
}

// Misplaced finds what the directory granted everywhere although it was asked for an administrative unit: one that was made a
// moment ago can fall back to the whole tenant (https://github.com/microsoftgraph/msgraph-sdk-powershell/issues/1996), and only the
// answer says so. It is told from what others granted by the request that made it: it says who made it, and was
// noted between two times.
func (p PIM) Misplaced(ctx context.Context, grant v1alpha1.AssignmentGrant, t Terms, from, to time.Time) (*Found, error) {
	key := KeyOf(grant)
	if !graph.IsAdministrativeUnitScope(key.DirectoryScopeID) {
		return nil, nil
	}
	from, to = from.Add(-clockSkew), to.Add(clockSkew)
	key.DirectoryScopeID = graph.TenantScope
	found, err := p.Read(ctx, p.GrantOf(key))
	if err != nil || found == nil {
		return nil, err
	}
	self, err := p.Client.Identity(ctx)
	if err != nil {
		return nil, err
	}
	requests, err := p.Client.ScheduleRequests(ctx, p.Kind, key)
	for _, r := range requests {
		if r.ID == found.ID && p.ours(r, *found, t, self) && !r.Created.Before(from) && !r.Created.After(to) {
			return found, nil
		}
	}
	return nil, err
}

// ours tells whether the controller made a request. Where the directory does not say who did, it is one that asks for the same.
func (p PIM) ours(r graph.ScheduleRequest, found Found, t Terms, self graph.Identity) bool {
	if r.Creator == "" {
		return r.Justification == t.Justification && !p.Differs(found, t)
	}
	return r.Creator == self.ObjectID || r.Creator == self.AppID
}

// clockSkew is by how much the directory's clock may differ from ours.
const clockSkew = time.Minute

const askAgain = ": change the spec, or set the annotation " + v1alpha1.ReconcileRequestAnnotation + ", to ask again"

func turnedDown(r graph.ScheduleRequest) error {
	refused := &graph.Error{Op: "requesting the grant", Class: graph.Refused, Refusal: graph.RefusedRequest, Code: r.Status}
	switch r.Status {
	case "Denied", "Canceled", "Revoked":
		return &lifecycle.Problem{Reason: v1alpha1.ReasonDenied, Stalled: true, Err: refused,
			Message: "The request was turned down in Privileged Identity Management" + askAgain}
	case "Failed":
		return &lifecycle.Problem{Reason: v1alpha1.ReasonFailed, Stalled: true, Err: refused,
			Message: "Privileged Identity Management could not carry out the request" + askAgain}
	}
	return nil
}

// Activation tells until when a principal has activated an eligibility for just that assignment; zero where it has not, or is
// assigned it besides. In a tenant without Privileged Identity Management nobody can.
func (p PIM) Activation(ctx context.Context, key graph.AssignmentKey) (until time.Time, err error) {
	if !p.HasPIM() {
		return time.Time{}, nil
	}
	schedules, err := p.Client.Schedules(ctx, graph.Active, key)
	if p.unlicensed(err) {
		return time.Time{}, nil
	}
	for _, s := range schedules {
		if !s.Activated {
			return time.Time{}, nil
		}
		until = s.End
	}
	return until, err
}

// Terms are what a spec says beside the key.
type Terms struct {
	Period        *v1alpha1.Period
	Justification string
	Ticket        *v1alpha1.Ticket
	// Unbegun is set when the period is one for a grant that was not asked for yet, so that it ends at no certain time.
	Unbegun bool
}

// change is what to ask for; a start that has passed is left out, since the directory puts its own time there.
func (p PIM) change(action graph.ScheduleAction, key graph.AssignmentKey, t Terms) graph.ScheduleChange {
	change := graph.ScheduleChange{AssignmentKey: key, Action: action, Justification: t.Justification}
	if t.Ticket != nil {
		change.TicketNumber, change.TicketSystem = t.Ticket.Number, t.Ticket.System
	}
	if t.Period != nil {
		if t.Period.Start != nil && t.Period.Start.After(p.Clock.Now()) {
			change.Start = t.Period.Start.Time
		}
		if t.Period.End != nil {
			change.End = t.Period.End.Time
		}
	}
	return change
}

// Create asks for the grant, once.
func (p PIM) Create(ctx context.Context, status *v1alpha1.ClaimStatus, grant v1alpha1.AssignmentGrant, t Terms) (Found, error) {
	key := KeyOf(grant)
	request, err := p.Client.RequestSchedule(ctx, p.Kind, p.change(graph.AdminAssign, key, t))
	if e, ok := errors.AsType[*graph.Error](err); ok && e.Refusal == graph.RefusedPending {
		again := *e
		again.Class = graph.Exists // who asked for it first does not matter
		return Found{}, &again
	}
	if err != nil {
		return Found{}, p.explain(ctx, ExplainCreate(err, status, key), key)
	}
	if err := turnedDown(request); err != nil {
		return Found{}, err
	}
	return *p.asked(request), nil
}

// Differs tells whether a schedule, or the request for one that begins later, is other than the terms say. Its start counts
// until it has begun.
func (p PIM) Differs(found Found, t Terms) bool {
	var start, end time.Time
	switch s := found.Detail.(type) {
	case graph.Schedule:
		start, end = s.Start, s.End
	case graph.ScheduleRequest:
		start, end = s.Start, s.End
	}
	want := p.change(graph.AdminUpdate, KeyOf(found.Key), t)
	began := want.Start.IsZero() && !start.After(p.Clock.Now())
	if t.Unbegun {
		return end.IsZero() != (t.Period == nil || t.Period.End == nil)
	}
	return !sameSecond(end, want.End) || (!began && !sameSecond(start, want.Start))
}

func sameSecond(a, b time.Time) bool {
	return a.Truncate(time.Second).Equal(b.Truncate(time.Second))
}

// Update asks for other terms, once.
func (p PIM) Update(ctx context.Context, found Found, t Terms) error {
	key := KeyOf(found.Key)
	request, err := p.Client.RequestSchedule(ctx, p.Kind, p.change(graph.AdminUpdate, key, t))
	if e, ok := errors.AsType[*graph.Error](err); ok && e.Refusal == graph.RefusedPending {
		return &lifecycle.Problem{Reason: v1alpha1.ReasonPendingApproval, Err: err,
			Message: "Another request for the same grant is not concluded yet in Privileged Identity Management"}
	}
	if err != nil {
		return p.explain(ctx, err, key)
	}
	if err := turnedDown(request); err != nil {
		return err
	}
	if problem := p.asked(request).Problem; problem != nil {
		return problem
	}
	return nil
}

// Delete asks for the removal, once: what is not carried out yet is canceled, or removed where the directory does not let it be canceled.
func (p PIM) Delete(ctx context.Context, found Found) error {
	key := KeyOf(found.Key)
	if r, ok := found.Detail.(graph.ScheduleRequest); ok && pending(r.Status) {
		if err := p.Client.CancelScheduleRequest(ctx, p.Kind, r.ID); graph.ClassOf(err) != graph.Refused {
			return err
		}
	}
	_, err := p.Client.RequestSchedule(ctx, p.Kind, p.change(graph.AdminRemove, key, Terms{}))
	if e, ok := errors.AsType[*graph.Error](err); ok && e.Refusal == graph.RefusedPending {
		if failed := p.cancelPending(ctx, key); failed != nil {
			return failed
		}
		return &lifecycle.Problem{Reason: v1alpha1.ReasonRevoking, Err: err,
			Message: "Another request for the same grant is not concluded yet. It is tried again"}
	}
	return p.explain(ctx, err, key)
}

// cancelPending takes back what keeps a grant from being removed, as far as the directory lets it: requests to make or change it,
// whoever made them, since whatever stands under the key goes.
func (p PIM) cancelPending(ctx context.Context, key graph.AssignmentKey) error {
	requests, err := p.Client.ScheduleRequests(ctx, p.Kind, key)
	if err != nil {
		return err
	}
	for _, r := range requests {
		if (r.Action != graph.AdminAssign && r.Action != graph.AdminUpdate) || !pending(r.Status) {
			continue
		}
		if err := p.Client.CancelScheduleRequest(ctx, p.Kind, r.ID); err != nil && graph.ClassOf(err) != graph.Refused {
			return err
		}
	}
	return nil
}

// minimumActive is how long an active assignment has to have run before anything of its principal and role can be changed or
// removed. Measured: the answer is ActiveDurationTooShort, "Miniumum Required is 5 minutes".
const minimumActive = 5 * time.Minute

// explain says until when a call has to wait that came too soon after an activation.
func (p PIM) explain(ctx context.Context, err error, key graph.AssignmentKey) error {
	e, ok := errors.AsType[*graph.Error](err)
	if !ok || e.Refusal != graph.RefusedTooSoon {
		return err
	}
	problem := &lifecycle.Problem{Reason: v1alpha1.ReasonActiveTooShort, Err: err,
		Message: "Privileged Identity Management changes nothing of this role within five minutes of its activation"}
	if since, active, readErr := p.Client.ActiveSince(ctx, key.PrincipalID, key.RoleDefinitionID); readErr == nil && active {
		problem.Until = since.Add(minimumActive)
		problem.Message += fmt.Sprintf(". It is tried again at %s", problem.Until.UTC().Format(time.RFC3339))
	}
	return problem
}
