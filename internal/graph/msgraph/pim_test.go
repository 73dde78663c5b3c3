package msgraph

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rolewarden/rolewarden/internal/graph"
)

const (
	pimPath    = "/v1.0/roleManagement/directory/"
	keyFilters = "$filter=directoryScopeId eq '/' and roleDefinitionId eq '" + role + "' and principalId eq '" + principal + "'"
	bounded    = `"scheduleInfo":{"startDateTime":"2026-03-01T12:00:00Z","recurrence":null,` +
		`"expiration":{"type":"afterDateTime","endDateTime":"2026-03-02T12:00:00.5Z","duration":null}}`
)

// at is a time on the day on which the tests' clock stands still at noon.
func at(hour, minute int) time.Time { return time.Date(2026, 3, 1, hour, minute, 0, 0, time.UTC) }

// pimRow is a row of the tests' key with some more properties.
func pimRow(id, more string) string {
	return fmt.Sprintf(`{"id":%q,"principalId":%q,"roleDefinitionId":%q,"directoryScopeId":"/",%s}`, id, strings.ToUpper(principal), role, more)
}

func listed(all ...string) string { return `{"value":[` + strings.Join(all, ",") + `]}` }

func schedulesOf(kind graph.ScheduleKind, key graph.AssignmentKey) func(context.Context, *Client) (any, error) {
	return func(ctx context.Context, c *Client) (any, error) { return c.Schedules(ctx, kind, key) }
}

func TestSchedules(t *testing.T) {
	eligible := asked{"GET", pimPath + "roleEligibilitySchedules",
		keyFilters + "&$select=id,memberType,scheduleInfo,principalId,roleDefinitionId,directoryScopeId", ""}
	upper := graph.AssignmentKey{PrincipalID: strings.ToUpper(principal), RoleDefinitionID: strings.ToUpper(role), DirectoryScopeID: "/"}
	active := eligible
	active.Path, active.Query = pimPath+"roleAssignmentSchedules", eligible.Query+",assignmentType"
	elsewhere := `{"id":"x","principalId":"` + principal + `","roleDefinitionId":"` + role + `","directoryScopeId":"/` + aUnit + `","memberType":null}`
	checkExchanges(t, map[string]exchanged{
		"none": {schedulesOf(graph.Eligible, upper), []reply{{200, listed()}}, []asked{eligible}, []graph.Schedule(nil)},
		"an eligibility": {schedulesOf(graph.Eligible, aKey()), []reply{{200, listed(pimRow(anID, `"memberType":"Direct",`+bounded))}}, []asked{eligible},
			[]graph.Schedule{{AssignmentKey: aKey(), ID: anID, Start: at(12, 0), End: at(36, 0).Add(time.Second / 2)}}},
		"others' rows": {schedulesOf(graph.Eligible, aKey()),
			[]reply{{200, listed(pimRow("g", `"memberType":"Group"`), pimRow("i", `"memberType":"Inherited"`), elsewhere)}}, []asked{eligible}, []graph.Schedule(nil)},
		"active, an activation, and a plain one": {schedulesOf(graph.Active, aKey()), []reply{{200, listed(
			pimRow("a", `"memberType":"Direct","assignmentType":"Assigned","scheduleInfo":null`),
			pimRow("b", `"memberType":"direct","assignmentType":"activated",`+bounded),
			pimRow("c-1", `"memberType":"Direct","assignmentType":"Assigned","scheduleInfo":{"startDateTime":null,"expiration":{"type":"noExpiration"}}`))}},
			[]asked{active}, []graph.Schedule{
				{AssignmentKey: aKey(), ID: "a"}, {AssignmentKey: aKey(), ID: "b", Start: at(12, 0), End: at(36, 0).Add(time.Second / 2), Activated: true},
				{AssignmentKey: aKey(), ID: "c-1"},
			}},
		"a duration": {schedulesOf(graph.Eligible, aKey()), []reply{{200, listed(pimRow(anID,
			`"memberType":"Direct","scheduleInfo":{"startDateTime":"2026-03-01T13:00:00+01:00","expiration":{"type":"afterDuration","duration":"PT8H"}}`))}},
			[]asked{eligible}, []graph.Schedule{{AssignmentKey: aKey(), ID: anID, Start: at(12, 0), End: at(20, 0)}}},
	})
}

// TestSchedulesInDoubt are rows of the key that was asked for which can be neither taken nor left.
func TestSchedulesInDoubt(t *testing.T) {
	cases := map[string]string{
		"no member type":      `"memberType":null`,
		"a new member type":   `"memberType":"Adopted"`,
		"no type":             `"memberType":"Direct"`,
		"a new type":          `"memberType":"Direct","assignmentType":"Imagined"`,
		"an end without time": `"memberType":"Direct","assignmentType":"Assigned","scheduleInfo":{"expiration":{"type":"afterDateTime"}}`,
		"a time that is none": `"memberType":"Direct","assignmentType":"Assigned","scheduleInfo":{"startDateTime":"soon"}`,
		"months":              `"memberType":"Direct","assignmentType":"Assigned","scheduleInfo":{"expiration":{"type":"afterDuration","duration":"P1M"}}`,
	}
	c, l, clock := loop(t)
	for name, more := range cases {
		t.Run(name, func(t *testing.T) {
			l.begin(clock, func(*http.Request) *http.Response { return jsonOf(200, listed(pimRow(anID, more))) })
			got, err := c.Schedules(t.Context(), graph.Active, aKey())
			if e := failure(t, err); e.Class != graph.Unknown || got != nil || e.Op != "reading role assignment schedules" {
				t.Errorf("got %v, %+v", got, err)
			}
		})
	}
}

func TestActiveSince(t *testing.T) {
	instance := func(more string) string { return pimRow("i", `"memberType":"Direct",`+more) }
	cases := map[string]struct {
		rows []string
		want time.Time
	}{
		"none":         {nil, time.Time{}},
		"a plain one":  {[]string{instance(`"startDateTime":null,"endDateTime":null`)}, time.Time{}},
		"the newest":   {[]string{instance(`"startDateTime":"2026-03-01T11:00:00Z"`), instance(`"startDateTime":"2026-03-01T11:58:00Z"`)}, at(11, 58)},
		"in the other": {[]string{instance(`"startDateTime":"2026-03-01T11:58:00Z"`), instance(`"startDateTime":"2026-03-01T11:00:00Z"`)}, at(11, 58)},
		"ended":        {[]string{instance(`"startDateTime":"2026-03-01T11:00:00Z","endDateTime":"2026-03-01T12:00:00Z"`)}, time.Time{}},
		"to come":      {[]string{instance(`"startDateTime":"2026-03-01T12:00:01Z"`)}, time.Time{}},
		"just now":     {[]string{instance(`"startDateTime":"2026-03-01T12:00:00Z","endDateTime":"2026-03-01T12:00:01Z"`)}, at(12, 0)},
		"by a group":   {[]string{pimRow("i", `"memberType":"Group","startDateTime":"2026-03-01T11:58:00Z"`)}, time.Time{}},
		"of others":    {[]string{strings.ReplaceAll(instance(`"startDateTime":"2026-03-01T11:58:00Z"`), role, aRole)}, time.Time{}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			s.onGraph(answerWith(200, listed(tc.rows...)))
			got, active, err := s.client(t).ActiveSince(t.Context(), strings.ToUpper(principal), role)
			if err != nil || !got.Equal(tc.want) || active == tc.want.IsZero() {
				t.Errorf("got %v, %v, %v, want %v", got, active, err, tc.want)
			}
			call := s.seen()[0]
			if want := pimPath + "roleAssignmentScheduleInstances"; call.Path != want || !strings.HasPrefix(call.Query,
				"%24filter=roleDefinitionId%20eq%20%27"+role+"%27%20and%20principalId%20eq%20%27"+principal+"%27&") {
				t.Errorf("asked %s?%s", call.Path, call.Query)
			}
		})
	}
}

func TestScheduleRequests(t *testing.T) {
	request := func(id, created, more string) string { return pimRow(id, `"createdDateTime":`+created+`,`+more) }
	list := asked{"GET", pimPath + "roleAssignmentScheduleRequests",
		keyFilters + "&$select=id,action,status,createdDateTime,completedDateTime,createdBy,scheduleInfo,justification,principalId,roleDefinitionId,directoryScopeId", ""}
	read := func(ctx context.Context, c *Client) (any, error) {
		return c.ScheduleRequests(ctx, graph.Active, aKey())
	}
	checkExchanges(t, map[string]exchanged{
		"none": {read, []reply{{200, listed()}}, []asked{list}, []graph.ScheduleRequest(nil)},
		"the newest first": {read, []reply{{200, listed(
			request("never", "null", `"action":"notYetInvented","status":"AllNew\n"`),
			request("first", `"2026-02-01T12:00:00Z"`, `"action":"adminAssign","status":"Provisioned","justification":"As asked",`+bounded),
			strings.ReplaceAll(request("theirs", `"2026-03-01T11:00:00Z"`, `"action":"adminAssign"`), role, aRole),
			request("last", `"2026-03-01T11:00:00.1234567Z"`, `"action":"adminRemove","status":"Revoked","scheduleInfo":null`),
			request("odd", `"2026-02-02T12:00:00Z"`, `"action":"selfActivate","status":"Granted","scheduleInfo":{"expiration":{"type":"afterDuration","duration":"P6M"}}`))}},
			[]asked{list}, []graph.ScheduleRequest{
				{AssignmentKey: aKey(), ID: "last", Action: graph.AdminRemove, Status: "Revoked", Created: at(11, 0).Add(123456700)},
				{AssignmentKey: aKey(), ID: "odd", Action: "selfActivate", Status: "Granted", Created: time.Date(2026, 2, 2, 12, 0, 0, 0, time.UTC)},
				{AssignmentKey: aKey(), ID: "first", Action: graph.AdminAssign, Status: "Provisioned", Created: time.Date(2026, 2, 1, 12, 0, 0, 0, time.UTC),
					Start: at(12, 0), End: at(36, 0).Add(time.Second / 2), Justification: "As asked"},
				{AssignmentKey: aKey(), ID: "never", Status: "AllNew"},
			}},
	})
}

// requestCase is a change with what is sent of it, besides the key.
type requestCase struct {
	kind   graph.ScheduleKind
	change graph.ScheduleChange
	path   string
	body   string
}

func TestRequestSchedule(t *testing.T) {
	cet := time.FixedZone("CET", 3600)
	now := `"scheduleInfo":{"expiration":{"type":"noExpiration"},"startDateTime":"%s"}`
	cases := map[string]requestCase{
		"eligible for good": {graph.Eligible, graph.ScheduleChange{Action: graph.AdminAssign}, "roleEligibilityScheduleRequests",
			`"action":"adminAssign",` + now},
		"active for a while": {graph.Active, graph.ScheduleChange{Action: graph.AdminAssign, Start: at(13, 0).In(cet), End: at(14, 0).In(cet),
			Justification: "on \"call\"", TicketNumber: "42", TicketSystem: "jira"}, "roleAssignmentScheduleRequests",
			`"action":"adminAssign","justification":"on \"call\"","ticketInfo":{"ticketNumber":"42","ticketSystem":"jira"},` +
				`"scheduleInfo":{"expiration":{"endDateTime":"2026-03-01T14:00:00Z","type":"afterDateTime"},"startDateTime":"2026-03-01T13:00:00Z"}`},
		"changed": {graph.Eligible, graph.ScheduleChange{Action: graph.AdminUpdate, End: at(14, 0)}, "roleEligibilityScheduleRequests",
			`"action":"adminUpdate","scheduleInfo":{"expiration":{"endDateTime":"2026-03-01T14:00:00Z","type":"afterDateTime"},"startDateTime":"%s"}`},
		"removed": {graph.Active, graph.ScheduleChange{Action: graph.AdminRemove, Start: at(13, 0), End: at(14, 0), Justification: "x"},
			"roleAssignmentScheduleRequests", `"action":"adminRemove","justification":"x"`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) { checkRequest(t, tc) })
	}
}

// checkRequest has a request answered as if a unit had fallen back to another scope than was asked for.
func checkRequest(t *testing.T, tc requestCase) {
	c, l, clock := loop(t)
	tc.change.AssignmentKey = graph.AssignmentKey{PrincipalID: strings.ToUpper(principal), RoleDefinitionID: role, DirectoryScopeID: "/administrativeUnits/" + aUnit}
	l.begin(clock, func(*http.Request) *http.Response {
		return jsonOf(201, pimRow(anID, `"status":"Provisioned","createdDateTime":"2026-03-01T12:00:00Z","action":"adminAssign",`+bounded))
	})
	got, err := c.RequestSchedule(t.Context(), tc.kind, tc.change)
	want := graph.ScheduleRequest{AssignmentKey: aKey(), ID: anID, Action: graph.AdminAssign, Status: "Provisioned", Created: at(12, 0), Start: at(12, 0),
		End: at(36, 0).Add(time.Second / 2)}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("the answer as it came (-want +got):\n%s%v", diff, err)
	}
	calls := l.asked(t)
	if len(calls) != 1 || calls[0].Method != "POST" || calls[0].Path != pimPath+tc.path || calls[0].Query != "" {
		t.Fatalf("asked %+v", calls)
	}
	body := tc.body
	if strings.Contains(body, "%s") {
		body = fmt.Sprintf(body, clock.Now().Format(time.RFC3339))
	}
	body = `{"principalId":"` + principal + `","roleDefinitionId":"` + role + `","directoryScopeId":"/administrativeUnits/` + aUnit + `",` + body + `}`
	if !sameJSON(t, calls[0].Body, body) || strings.Contains(calls[0].Body, "@odata") {
		t.Errorf("sent %s\nwant %s", calls[0].Body, body)
	}
}

func TestCancelScheduleRequest(t *testing.T) {
	for kind, path := range map[graph.ScheduleKind]string{graph.Eligible: "roleEligibilityScheduleRequests", graph.Active: "roleAssignmentScheduleRequests"} {
		checkExchanges(t, map[string]exchanged{path: {
			func(ctx context.Context, c *Client) (any, error) {
				return nil, c.CancelScheduleRequest(ctx, kind, strings.ToUpper(anID))
			},
			[]reply{{204, ""}}, []asked{{"POST", pimPath + path + "/" + anID + "/cancel", "", ""}}, nil,
		}})
	}
}

// TestRefusedCancel holds that a 400 of Graph, whatever its code, means that the request stands as it did, and no other answer does.
func TestRefusedCancel(t *testing.T) {
	cases := map[string]struct {
		reply reply
		class graph.Class
	}{
		"known":           {reply{400, graphError("RequestCannotBeCancelled", "Request is not in cancellable state.")}, graph.Refused},
		"never seen":      {reply{400, graphError("NeverSeen", "x")}, graph.Refused},
		"of a proxy":      {reply{400, "<html>"}, graph.Unknown},
		"another status":  {reply{409, graphError("NeverSeen", "x")}, graph.Unknown},
		"purged":          {reply{404, graphError("ResourceNotFound", "x")}, graph.NotFound},
		"it may be done":  {reply{504, ""}, graph.Transient},
		"not what we ask": {reply{200, "{}"}, graph.Unknown},
	}
	c, l, clock := loop(t)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			l.begin(clock, func(*http.Request) *http.Response { return jsonOf(tc.reply.status, tc.reply.body) })
			if e := failure(t, c.CancelScheduleRequest(t.Context(), graph.Eligible, anID)); e.Class != tc.class {
				t.Errorf("got %+v, want %v", e, tc.class)
			}
		})
	}
}

func TestSchedulesThatAreNotAskedFor(t *testing.T) {
	request := func(change graph.ScheduleChange) operation {
		return func(ctx context.Context, c *Client) error {
			return second(c.RequestSchedule(ctx, graph.Active, change))
		}
	}
	cancel := func(id string) operation {
		return func(ctx context.Context, c *Client) error { return c.CancelScheduleRequest(ctx, graph.Active, id) }
	}
	checkNotSent(t, map[string]operation{
		"no key":        request(graph.ScheduleChange{Action: graph.AdminAssign}),
		"no action":     request(graph.ScheduleChange{AssignmentKey: aKey()}),
		"an odd action": request(graph.ScheduleChange{AssignmentKey: aKey(), Action: "adminassign"}),
		"cancel all":    cancel(""), "cancel above": cancel(".."), "cancel by key": cancel("lAPp-1"),
		"schedules": func(ctx context.Context, c *Client) error {
			return second(c.Schedules(ctx, graph.Active, graph.AssignmentKey{}))
		},
		"requests": func(ctx context.Context, c *Client) error {
			return second(c.ScheduleRequests(ctx, graph.Active, graph.AssignmentKey{}))
		},
		"since": func(ctx context.Context, c *Client) error { _, _, err := c.ActiveSince(ctx, principal, ""); return err },
	})
}
