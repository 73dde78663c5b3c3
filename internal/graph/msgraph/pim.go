package msgraph

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	kiota "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoftgraph/msgraph-sdk-go/models"

	"github.com/rolewarden/rolewarden/internal/graph"
)

// pim says where the assignments of one kind are, and what that needs. Both kinds look the same on the wire but for what
// concerns activation, so the SDK's models of the active ones read and write them all.
type pim struct {
	name, schedules, requests string
	read, write               string
}

func pimOf(kind graph.ScheduleKind) pim {
	const directory = "/roleManagement/directory/"
	if kind == graph.Active {
		return pim{
			name: "role assignment", schedules: directory + "roleAssignmentSchedules", requests: directory + "roleAssignmentScheduleRequests",
			read: graph.PermissionScheduleRead, write: graph.PermissionScheduleWrite,
		}
	}
	return pim{
		name: "role eligibility", schedules: directory + "roleEligibilitySchedules", requests: directory + "roleEligibilityScheduleRequests",
		read: graph.PermissionEligibilityRead, write: graph.PermissionEligibilityWrite,
	}
}

// Schedules returns the schedules with that key, as the replica that answered shows them: usually one, and for active ones
// another for each activation. What a principal has through a group is not among them. A plain role assignment is a schedule
// without a beginning.
//
// Three filters at once, in this order, are measured to work here (Microsoft Graph docs, rbacapplication-list-roleeligibilityschedules
// and -roleassignmentschedules); every row is compared with the key all the same. A tenant without the licence refuses even
// the reading.
func (c *Client) Schedules(ctx context.Context, kind graph.ScheduleKind, key graph.AssignmentKey) ([]graph.Schedule, error) {
	what := readingSchedules(kind)
	key, filter, err := filterKey(key)
	if err != nil {
		return nil, what.describe(err)
	}
	return c.schedulesBy(ctx, what, kind, filter, func(found graph.AssignmentKey) bool { return found == key })
}

// SchedulesOf returns the schedules by which a principal itself has a role, at whatever scope.
func (c *Client) SchedulesOf(ctx context.Context, kind graph.ScheduleKind, principalID, roleDefinitionID string) ([]graph.Schedule, error) {
	what := readingSchedules(kind)
	key, filter, err := filterRole(principalID, roleDefinitionID)
	if err != nil {
		return nil, what.describe(err)
	}
	return c.schedulesBy(ctx, what, kind, filter, func(found graph.AssignmentKey) bool {
		return found.PrincipalID == key.PrincipalID && found.RoleDefinitionID == key.RoleDefinitionID
	})
}

func readingSchedules(kind graph.ScheduleKind) call {
	of := pimOf(kind)
	return call{op: "reading " + of.name + " schedules", permission: of.read}
}

// schedulesBy reads the schedules that a filter finds, of those keys that are wanted.
func (c *Client) schedulesBy(
	ctx context.Context, what call, kind graph.ScheduleKind, filter string, wanted func(graph.AssignmentKey) bool,
) ([]graph.Schedule, error) {
	selected := selectedKey("id", "memberType", "scheduleInfo")
	if kind == graph.Active {
		selected = append(selected, "assignmentType")
	}
	read := func(row models.UnifiedRoleAssignmentScheduleable) (graph.Schedule, bool, error) {
		found, err := keyOf(row)
		if err != nil || !wanted(found) {
			return graph.Schedule{}, false, err
		}
		return schedule(kind, found, row)
	}
	return readAll[models.UnifiedRoleAssignmentScheduleCollectionResponseable](ctx, c, what, collection{
		path: pimOf(kind).schedules, filter: filter, selected: selected,
		create: models.CreateUnifiedRoleAssignmentScheduleCollectionResponseFromDiscriminatorValue,
	}, read)
}

// filterKey asks for a key, which it also returns in its one spelling.
func filterKey(key graph.AssignmentKey) (graph.AssignmentKey, string, error) {
	key, err := key.Canonical()
	if err != nil {
		return key, "", badInput(err)
	}
	filter, err := filterAll("directoryScopeId", key.DirectoryScopeID, "roleDefinitionId", key.RoleDefinitionID, "principalId", key.PrincipalID)
	return key, filter, err
}

// filterRole asks for a principal and a role at any scope, and returns both in their one spelling.
func filterRole(principalID, roleDefinitionID string) (graph.AssignmentKey, string, error) {
	key, _, err := filterKey(graph.AssignmentKey{PrincipalID: principalID, RoleDefinitionID: roleDefinitionID, DirectoryScopeID: graph.TenantScope})
	if err != nil {
		return key, "", err
	}
	filter, err := filterAll("roleDefinitionId", key.RoleDefinitionID, "principalId", key.PrincipalID)
	return key, filter, err
}

// filterAll asks that every one of some properties has the value that follows it.
func filterAll(pairs ...string) (string, error) {
	var terms []string
	for pair := range slices.Chunk(pairs, 2) {
		term, err := graph.Eq(pair[0], pair[1])
		if err != nil {
			return "", badInput(err)
		}
		terms = append(terms, term)
	}
	return strings.Join(terms, " and "), nil
}

// schedule returns the row as the domain has it, if it is the principal's own. Whether it is has to be said: a row that is
// skipped is an absence.
func schedule(kind graph.ScheduleKind, key graph.AssignmentKey, row models.UnifiedRoleAssignmentScheduleable) (graph.Schedule, bool, error) {
	own, err := isDirect(row.GetMemberType())
	if err != nil || !own {
		return graph.Schedule{}, false, err
	}
	found := graph.Schedule{AssignmentKey: key, ID: value(row.GetId())}
	if found.ID == "" {
		return found, false, malformed("a schedule without an ID")
	}
	if kind == graph.Active {
		if found.Activated, err = isActivated(row.GetAssignmentType()); err != nil {
			return found, false, err
		}
	}
	found.Start, found.End, err = period(row.GetScheduleInfo())
	return found, true, err
}

// isDirect tells whether a principal has an assignment itself, rather than through a group (Microsoft Graph docs,
// unifiedRoleAssignmentSchedule: Direct, Group or Inherited).
func isDirect(memberType *string) (bool, error) {
	switch strings.ToLower(value(memberType)) {
	case "direct":
		return true, nil
	case "group", "inherited":
		return false, nil
	}
	return false, malformed("an assignment without a known member type")
}

func isActivated(assignmentType *string) (bool, error) {
	switch strings.ToLower(value(assignmentType)) {
	case "assigned":
		return false, nil
	case "activated":
		return true, nil
	}
	return false, malformed("an active assignment without a known type")
}

// period returns when a schedule begins and ends, each zero if it does not. The directory turns the duration of a request into
// an end; in a request it still stands.
func period(info models.RequestScheduleable) (start, end time.Time, err error) {
	if info == nil {
		return start, end, nil
	}
	start = value(info.GetStartDateTime()).UTC()
	expiration := info.GetExpiration()
	switch {
	case expiration == nil:
		return start, end, nil
	case expiration.GetEndDateTime() != nil:
		return start, expiration.GetEndDateTime().UTC(), nil
	case expiration.GetDuration() != nil:
		lasts, err := expiration.GetDuration().ToDuration()
		if err != nil {
			return start, end, malformed("a duration that is not understood")
		}
		return start, start.Add(lasts), nil
	}
	switch value(expiration.GetTypeEscaped()) {
	case models.AFTERDATETIME_EXPIRATIONPATTERNTYPE, models.AFTERDURATION_EXPIRATIONPATTERNTYPE:
		return start, end, malformed("a schedule that ends, and does not say when")
	}
	return start, end, nil
}

// ActiveSince tells when the newest assignment began by which a principal holds a role itself now, at any scope, assigned or
// activated; false if the replica that answered shows none that began. Until it has run for five minutes, nothing of that
// principal and role can be updated or removed (measured).
func (c *Client) ActiveSince(ctx context.Context, principalID, roleDefinitionID string) (time.Time, bool, error) {
	what := call{op: "reading role assignment schedule instances", permission: graph.PermissionScheduleRead}
	key, filter, err := filterRole(principalID, roleDefinitionID)
	if err != nil {
		return time.Time{}, false, what.describe(err)
	}
	now := c.clock.Now()
	read := func(row models.UnifiedRoleAssignmentScheduleInstanceable) (time.Time, bool, error) {
		found, err := keyOf(row)
		if err != nil || found.PrincipalID != key.PrincipalID || found.RoleDefinitionID != key.RoleDefinitionID {
			return time.Time{}, false, err
		}
		return began(row, now)
	}
	starts, err := readAll[models.UnifiedRoleAssignmentScheduleInstanceCollectionResponseable](ctx, c, what, collection{
		path: "/roleManagement/directory/roleAssignmentScheduleInstances", filter: filter,
		selected: selectedKey("memberType", "startDateTime", "endDateTime"),
		create:   models.CreateUnifiedRoleAssignmentScheduleInstanceCollectionResponseFromDiscriminatorValue,
	}, read)
	if err != nil || len(starts) == 0 {
		return time.Time{}, false, err
	}
	return slices.MaxFunc(starts, time.Time.Compare), true, nil
}

// began tells when an instance began, if it holds now. A plain role assignment does not say when it did.
func began(row models.UnifiedRoleAssignmentScheduleInstanceable, now time.Time) (time.Time, bool, error) {
	own, err := isDirect(row.GetMemberType())
	start, end := row.GetStartDateTime(), row.GetEndDateTime()
	if err != nil || !own || start == nil || start.After(now) || (end != nil && !end.After(now)) {
		return time.Time{}, false, err
	}
	return start.UTC(), true, nil
}

// ScheduleRequests returns the requests for that key that the directory still keeps, the newest first. It purges them after 30
// to 45 days; what they made lives on (terraform-provider-azuread#1306). Reading them needs the permission to write
// (microsoft-graph-docs#22292).
func (c *Client) ScheduleRequests(ctx context.Context, kind graph.ScheduleKind, key graph.AssignmentKey) ([]graph.ScheduleRequest, error) {
	of := pimOf(kind)
	what := call{op: "reading " + of.name + " schedule requests", permission: of.write}
	key, filter, err := filterKey(key)
	if err != nil {
		return nil, what.describe(err)
	}
	read := func(row models.UnifiedRoleAssignmentScheduleRequestable) (graph.ScheduleRequest, bool, error) {
		request, err := scheduleRequest(row)
		return request, request.AssignmentKey == key, err
	}
	requests, err := readAll[models.UnifiedRoleAssignmentScheduleRequestCollectionResponseable](ctx, c, what, collection{
		path: of.requests, filter: filter,
		selected: selectedKey("id", "action", "status", "createdDateTime", "completedDateTime", "createdBy", "scheduleInfo", "justification"),
		create:   models.CreateUnifiedRoleAssignmentScheduleRequestCollectionResponseFromDiscriminatorValue,
	}, read)
	slices.SortStableFunc(requests, func(a, b graph.ScheduleRequest) int { return b.Created.Compare(a.Created) })
	return requests, err
}

// scheduleRequest returns the row as the domain has it. When it ends is for information, so that a period which is not
// understood is left out. The status is the directory's word, known or not.
func scheduleRequest(row models.UnifiedRoleAssignmentScheduleRequestable) (graph.ScheduleRequest, error) {
	if row == nil || value(row.GetId()) == "" {
		return graph.ScheduleRequest{}, malformed("a schedule request without an ID")
	}
	key, err := keyOf(row)
	if err != nil {
		return graph.ScheduleRequest{}, err
	}
	request := graph.ScheduleRequest{
		AssignmentKey: key, ID: *row.GetId(),
		Status: printable(value(row.GetStatus())), Created: value(row.GetCreatedDateTime()).UTC(), Justification: value(row.GetJustification()),
	}
	request.Completed = value(row.GetCompletedDateTime()).UTC()
	request.Creator = creator(row.GetCreatedBy())
	if action := row.GetAction(); action != nil {
		request.Action = graph.ScheduleAction(action.String())
	}
	request.Start, request.End, _ = period(row.GetScheduleInfo())
	return request, nil
}

// creator is who made a request: an application as a rule under user, with the object ID of its service principal.
func creator(by models.IdentitySetable) string {
	if by == nil {
		return ""
	}
	for _, identity := range []models.Identityable{by.GetUser(), by.GetApplication()} {
		if identity != nil && value(identity.GetId()) != "" {
			return strings.ToLower(*identity.GetId())
		}
	}
	return ""
}

// RequestSchedule asks Privileged Identity Management for a change, once. It returns the request as the directory answered it:
// the caller must compare the principal, the role and the scope with what it asked for, since an administrative unit that was
// created a moment ago can fall back to the whole tenant (msgraph-sdk-powershell#1996). The status says what became of it:
// Provisioned or Revoked at once as a rule, Granted if it begins later, PendingApproval and others if somebody has to act.
//
// Microsoft Graph docs: rbacapplication-post-roleeligibilityschedulerequests, -roleassignmentschedulerequests.
func (c *Client) RequestSchedule(ctx context.Context, kind graph.ScheduleKind, change graph.ScheduleChange) (graph.ScheduleRequest, error) {
	of := pimOf(kind)
	what := call{op: "requesting " + of.name, permission: of.write}
	body, err := c.scheduleBody(change)
	if err != nil {
		return graph.ScheduleRequest{}, what.describe(badInput(err))
	}
	row, err := post[models.UnifiedRoleAssignmentScheduleRequestable](ctx, c, what, of.requests, body,
		models.CreateUnifiedRoleAssignmentScheduleRequestFromDiscriminatorValue)
	if err != nil {
		return graph.ScheduleRequest{}, err
	}
	request, err := scheduleRequest(row)
	if err != nil {
		return graph.ScheduleRequest{}, what.describe(err)
	}
	return request, nil
}

// scheduleBody is what is sent. A removal has no schedule.
func (c *Client) scheduleBody(change graph.ScheduleChange) (*models.UnifiedRoleAssignmentScheduleRequest, error) {
	key, err := change.Canonical()
	if err != nil {
		return nil, err
	}
	action, err := models.ParseUnifiedRoleScheduleRequestActions(string(change.Action))
	known, ok := action.(*models.UnifiedRoleScheduleRequestActions)
	if err != nil || !ok {
		return nil, errors.New("the action is none of Privileged Identity Management's")
	}
	body := models.NewUnifiedRoleAssignmentScheduleRequest()
	body.SetAction(known)
	body.SetPrincipalId(&key.PrincipalID)
	body.SetRoleDefinitionId(&key.RoleDefinitionID)
	body.SetDirectoryScopeId(&key.DirectoryScopeID)
	if change.Justification != "" {
		body.SetJustification(&change.Justification)
	}
	body.SetTicketInfo(ticket(change))
	if change.Action != graph.AdminRemove {
		body.SetScheduleInfo(c.scheduleInfo(change))
	}
	return body, nil
}

// ticket is nil, and so left out, without a ticket.
func ticket(change graph.ScheduleChange) models.TicketInfoable {
	if change.TicketNumber == "" && change.TicketSystem == "" {
		return nil
	}
	info := models.NewTicketInfo()
	info.SetTicketNumber(&change.TicketNumber)
	info.SetTicketSystem(&change.TicketSystem)
	return info
}

// scheduleInfo always says when to begin, as every example of the documentation does. The directory puts its own time in
// place of one that has passed; one that its clock has not reached yet makes the request Granted for that long.
func (c *Client) scheduleInfo(change graph.ScheduleChange) models.RequestScheduleable {
	start := change.Start.UTC()
	if change.Start.IsZero() {
		start = c.clock.Now().UTC()
	}
	kind := models.NOEXPIRATION_EXPIRATIONPATTERNTYPE
	expiration := models.NewExpirationPattern()
	if !change.End.IsZero() {
		end := change.End.UTC()
		kind = models.AFTERDATETIME_EXPIRATIONPATTERNTYPE
		expiration.SetEndDateTime(&end)
	}
	expiration.SetTypeEscaped(&kind)
	info := models.NewRequestSchedule()
	info.SetStartDateTime(&start)
	info.SetExpiration(expiration)
	return info
}

// CancelScheduleRequest takes back a request that is not carried out yet. One that is carried out, or has failed, is refused, and
// one that is purged is not found: what it made is removed by asking for that.
//
// Microsoft Graph docs: unifiedroleeligibilityschedulerequest-cancel, unifiedroleassignmentschedulerequest-cancel. They promise a
// 400 for a request in another status, and no code. So whatever code comes with it, nothing was done.
func (c *Client) CancelScheduleRequest(ctx context.Context, kind graph.ScheduleKind, id string) error {
	of := pimOf(kind)
	what := call{op: "canceling " + of.name + " request", permission: of.write}
	path, err := pathTo(of.requests+"/%s/cancel", id)
	if err != nil {
		return what.describe(err)
	}
	err = c.write(ctx, what, kiota.POST, path, nil)
	if e, ok := errors.AsType[*graph.Error](err); ok && e.Class == graph.Unknown && e.Status == http.StatusBadRequest && e.Code != "" {
		e.Class, e.Refusal = graph.Refused, graph.RefusedRequest
	}
	return err
}
