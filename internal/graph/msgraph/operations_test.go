package msgraph

import (
	"context"
	"io"
	"maps"
	"net/http"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rolewarden/rolewarden/internal/graph"
)

const (
	aGroup = "4a6ab863-44bb-4474-9bef-4777ad32cdd8"
	aUnit  = "a504e38c-90bf-42d1-b378-4cfd04152637"
	aRole  = "3671d40a-1aac-426c-a0c1-a3821ebd8218"
	anID   = "50877283-9d40-433c-bab8-7986dc10458a"
)

// operation is a call of the client that reaches Graph.
type operation = func(context.Context, *Client) error

// operations are all of them, by name.
func operations() map[string]operation {
	all := map[string]operation{
		"create": func(ctx context.Context, c *Client) error { return second(c.CreateRoleAssignment(ctx, aKey())) },
		"delete": func(ctx context.Context, c *Client) error { return c.DeleteRoleAssignment(ctx, "lAPp-1") },
		"find":   func(ctx context.Context, c *Client) error { return second(c.FindRoleAssignment(ctx, aKey())) },
		"roles":  func(ctx context.Context, c *Client) error { return second(c.RoleDefinitions(ctx)) },
		"user":   func(ctx context.Context, c *Client) error { return second(c.UserIDs(ctx, "alice@contoso.com")) },
		"group":  func(ctx context.Context, c *Client) error { return second(c.GroupIDs(ctx, "Helpdesk")) },
		"sp":     func(ctx context.Context, c *Client) error { return second(c.ServicePrincipalIDs(ctx, app)) },
		"unit":   func(ctx context.Context, c *Client) error { return second(c.AdministrativeUnitIDs(ctx, "Berlin")) },
	}
	for _, more := range []map[string]operation{scheduleOperations(), groupOperations(), roleOperations()} {
		maps.Copy(all, more)
	}
	return all
}

func scheduleOperations() map[string]operation {
	change := graph.ScheduleChange{AssignmentKey: aKey(), Action: graph.AdminAssign}
	return map[string]operation{
		"schedules": func(ctx context.Context, c *Client) error { return second(c.Schedules(ctx, graph.Eligible, aKey())) },
		"schedules of": func(ctx context.Context, c *Client) error {
			return second(c.SchedulesOf(ctx, graph.Eligible, principal, role))
		},
		"requests": func(ctx context.Context, c *Client) error {
			return second(c.ScheduleRequests(ctx, graph.Active, aKey()))
		},
		"since": func(ctx context.Context, c *Client) error {
			_, _, err := c.ActiveSince(ctx, principal, role)
			return err
		},
		"request": func(ctx context.Context, c *Client) error {
			return second(c.RequestSchedule(ctx, graph.Eligible, change))
		},
		"cancel": func(ctx context.Context, c *Client) error { return c.CancelScheduleRequest(ctx, graph.Eligible, anID) },
	}
}

func groupOperations() map[string]operation {
	wanted := graph.Group{UniqueName: "team_a", DisplayName: "Team A", MailNickname: "team_a"}
	return map[string]operation{
		"unique name":   func(ctx context.Context, c *Client) error { return second(c.GroupByUniqueName(ctx, "team_a")) },
		"create group":  func(ctx context.Context, c *Client) error { return second(c.CreateGroup(ctx, wanted)) },
		"update group":  func(ctx context.Context, c *Client) error { return c.UpdateGroup(ctx, aGroup, wanted) },
		"delete group":  func(ctx context.Context, c *Client) error { return c.DeleteGroup(ctx, aGroup) },
		"member":        func(ctx context.Context, c *Client) error { return second(c.IsMember(ctx, aGroup, principal)) },
		"add member":    func(ctx context.Context, c *Client) error { return c.AddMember(ctx, aGroup, principal) },
		"remove member": func(ctx context.Context, c *Client) error { return c.RemoveMember(ctx, aGroup, principal) },
		"groups of":     func(ctx context.Context, c *Client) error { return second(c.GroupsOf(ctx, principal)) },
		"missing":       func(ctx context.Context, c *Client) error { return second(c.Missing(ctx, aGroup, principal)) },
		"deleted":       func(ctx context.Context, c *Client) error { return second(c.DeletedObject(ctx, principal)) },
	}
}

func roleOperations() map[string]operation {
	wanted := graph.CustomRole{ID: aRole, DisplayName: "Ours", Actions: []string{"microsoft.directory/groups/basic/update"}}
	return map[string]operation{
		"assignments": func(ctx context.Context, c *Client) error { return second(c.AssignmentsOf(ctx, principal)) },
		"role":        func(ctx context.Context, c *Client) error { return second(c.CustomRole(ctx, aRole)) },
		"create role": func(ctx context.Context, c *Client) error { return second(c.CreateCustomRole(ctx, wanted)) },
		"update role": func(ctx context.Context, c *Client) error { return c.UpdateCustomRole(ctx, wanted) },
		"delete role": func(ctx context.Context, c *Client) error { return c.DeleteCustomRole(ctx, aRole) },
	}
}

// reply is an answer of the other side.
type reply struct {
	status int
	body   string
}

// asked is a call as the tests compare it. The query is decoded.
type asked struct{ Method, Path, Query, Body string }

// exchanged is an operation with what the other side answers, what it is asked, and what comes of it.
type exchanged struct {
	run     func(context.Context, *Client) (any, error)
	replies []reply
	asked   []asked
	want    any
}

// checkExchanges runs operations without a network.
func checkExchanges(t *testing.T, cases map[string]exchanged) {
	t.Helper()
	c, l, clock := loop(t)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			l.begin(clock, func(*http.Request) *http.Response {
				answer := tc.replies[min(len(l.calls), len(tc.replies))-1]
				return jsonOf(answer.status, answer.body)
			})
			got, err := tc.run(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("result (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.asked, l.asked(t)); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
		})
	}
}

// asked returns the calls since the run began.
func (l *loopback) asked(t *testing.T) (all []asked) {
	t.Helper()
	l.checkHosts(t)
	for _, r := range l.calls {
		query, err := url.PathUnescape(r.URL.RawQuery)
		if err != nil {
			t.Fatal(err)
		}
		var body []byte
		if r.Body != nil {
			if body, err = io.ReadAll(r.Body); err != nil {
				t.Fatal(err)
			}
		}
		all = append(all, asked{r.Method, r.URL.EscapedPath(), query, string(body)})
	}
	return all
}

// checkNotSent runs operations that must be refused before anything is sent.
func checkNotSent(t *testing.T, cases map[string]operation) {
	t.Helper()
	c, l, clock := loop(t)
	for name, operation := range cases {
		t.Run(name, func(t *testing.T) {
			l.begin(clock, func(*http.Request) *http.Response { return jsonOf(200, `{"value":[]}`) })
			e := failure(t, operation(t.Context(), c))
			if !e.NotSent || !e.Answered() || e.Op == "" || len(l.calls) != 0 {
				t.Errorf("got %+v after %d calls, want an error of something not sent", e, len(l.calls))
			}
		})
	}
}

// TestAnswersThatAreNone holds that no read takes an answer for one that is not whole, and no creation for a success.
func TestAnswersThatAreNone(t *testing.T) {
	replies := map[string]reply{
		"empty": {200, ""}, "null": {200, "null"}, "an array": {200, "[]"}, "no value": {200, "{}"}, "value is null": {200, `{"value":null}`},
		"truncated": {200, `{"value":[{"id":"`}, "a null row": {200, `{"value":[null]}`}, "an empty row": {200, `{"value":[{}]}`},
		"a number for an ID": {200, `{"value":[{"id":5}],"id":5}`}, "204": {204, ""}, "206": {206, `{"value":[]}`},
		"created": {201, `{"id":"` + anID[1:] + `"}`}, "created nothing": {201, "{}"}, "nothing created": {201, ""}, "accepted": {202, "{}"},
		"404 of a proxy": {404, "<html>"}, "an expired page": {400, graphError("Directory_ExpiredPageToken", "x")},
	}
	reads := []string{"schedules", "requests", "since", "request", "unique name", "create group", "member", "groups of", "assignments", "role", "create role"}
	c, l, clock := loop(t)
	for name, answer := range replies {
		for _, read := range reads {
			t.Run(name+"/"+read, func(t *testing.T) {
				l.begin(clock, func(*http.Request) *http.Response { return jsonOf(answer.status, answer.body) })
				if err := operations()[read](t.Context(), c); !graph.Unanswered(err) {
					t.Errorf("%v is taken for an answer", err)
				}
			})
		}
	}
}
