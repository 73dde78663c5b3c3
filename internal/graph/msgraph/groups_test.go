package msgraph

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/rolewarden/rolewarden/internal/graph"
)

const (
	selectGroup = "$select=id,uniqueName,displayName,description,mailNickname,groupTypes,isAssignableToRole"
	groupJSON   = `{"@odata.type":"#microsoft.graph.group","id":"4A6AB863-44BB-4474-9BEF-4777AD32CDD8","uniqueName":"Team_A","displayName":"Team A",` +
		`"description":null,"mailNickname":"team_a","groupTypes":[],"isAssignableToRole":true,"securityEnabled":true}`
)

// teamA is what groupJSON says.
func teamA() graph.Group {
	return graph.Group{ID: aGroup, UniqueName: "Team_A", DisplayName: "Team A", MailNickname: "team_a", AssignableToRoles: true}
}

func byUniqueName(name string) func(context.Context, *Client) (any, error) {
	return func(ctx context.Context, c *Client) (any, error) { return c.GroupByUniqueName(ctx, name) }
}

func TestGroupByUniqueName(t *testing.T) {
	found, office := teamA(), teamA()
	found.UniqueName = "team_a"
	office.UniqueName, office.Description, office.Unified, office.AssignableToRoles = "it's ours & (theirs)", "Ours", true, false
	officeJSON := strings.NewReplacer("Team_A", office.UniqueName, `"description":null`, `"description":"Ours"`, `[]`, `["DynamicMembership","Unified"]`,
		`"isAssignableToRole":true`, `"isAssignableToRole":null`).Replace(groupJSON)
	checkExchanges(t, map[string]exchanged{
		"there": {byUniqueName("team_a"), []reply{{200, groupJSON}}, []asked{{"GET", "/v1.0/groups(uniqueName='team_a')", selectGroup, ""}}, &found},
		"odd": {byUniqueName(office.UniqueName), []reply{{200, officeJSON}},
			[]asked{{"GET", "/v1.0/groups(uniqueName='it%27%27s%20ours%20%26%20%28theirs%29')", selectGroup, ""}}, &office},
		"not there": {byUniqueName("team_a"), []reply{{404, graphError("Request_ResourceNotFound", "Resource 'team_a' does not exist")}},
			[]asked{{"GET", "/v1.0/groups(uniqueName='team_a')", selectGroup, ""}}, (*graph.Group)(nil)},
	})
}

// TestGroupsInDoubt are answers that are neither the group nor its absence.
func TestGroupsInDoubt(t *testing.T) {
	cases := map[string]reply{
		"another group":         {200, strings.ReplaceAll(groupJSON, "Team_A", "team_b")},
		"a group without":       {200, strings.ReplaceAll(groupJSON, `"Team_A"`, "null")},
		"no group":              {200, `{"value":[]}`},
		"a user":                {200, `{"@odata.type":"#microsoft.graph.user","id":"x"}`},
		"a 404 of a proxy":      {404, "<html>"},
		"a 404 about the path":  {404, graphError("BadRequest", "Resource not found for the segment 'groups'.")},
		"a 400 about something": {400, graphError("Request_ResourceNotFound", "x")},
	}
	c, l, clock := loop(t)
	for name, answer := range cases {
		t.Run(name, func(t *testing.T) {
			l.begin(clock, func(*http.Request) *http.Response { return jsonOf(answer.status, answer.body) })
			found, err := c.GroupByUniqueName(t.Context(), "team_a")
			if e := failure(t, err); found != nil || e.Class != graph.Unknown || e.Op != "reading group" {
				t.Errorf("got %v, %+v", found, err)
			}
		})
	}
}

func TestCreateGroup(t *testing.T) {
	create := func(wanted graph.Group) func(context.Context, *Client) (any, error) {
		return func(ctx context.Context, c *Client) (any, error) { return c.CreateGroup(ctx, wanted) }
	}
	office := graph.Group{UniqueName: "o", DisplayName: "O", Description: "Ours", MailNickname: "o", Unified: true}
	plain := graph.Group{UniqueName: "o", DisplayName: "O", MailNickname: "o"}
	both := teamA()
	both.Unified = true
	sent := func(body string) []asked { return []asked{{"POST", "/v1.0/groups", "", body}} }
	const typed = `"@odata.type":"#microsoft.graph.group",`
	checkExchanges(t, map[string]exchanged{
		"security": {create(teamA()), []reply{{201, groupJSON}}, sent(`{` + typed + `"displayName":"Team A","isAssignableToRole":true,"mailEnabled":false,` +
			`"mailNickname":"team_a","securityEnabled":true,"uniqueName":"Team_A"}`), teamA()},
		"plain": {create(plain), []reply{{201, groupJSON}}, sent(`{` + typed + `"displayName":"O","mailEnabled":false,"mailNickname":"o",` +
			`"securityEnabled":true,"uniqueName":"o"}`), teamA()},
		"Microsoft 365": {create(office), []reply{{201, groupJSON}}, sent(`{` + typed + `"description":"Ours","displayName":"O","groupTypes":["Unified"],` +
			`"mailEnabled":true,"mailNickname":"o","securityEnabled":true,"uniqueName":"o","visibility":"Private"}`), teamA()},
		"both": {create(both), []reply{{201, groupJSON}}, sent(`{` + typed + `"displayName":"Team A","groupTypes":["Unified"],"isAssignableToRole":true,` +
			`"mailEnabled":true,"mailNickname":"team_a","securityEnabled":true,"uniqueName":"Team_A","visibility":"Private"}`), teamA()},
	})
}

func TestChangesOfAGroup(t *testing.T) {
	update := func(wanted graph.Group) func(context.Context, *Client) (any, error) {
		return func(ctx context.Context, c *Client) (any, error) {
			return nil, c.UpdateGroup(ctx, strings.ToUpper(aGroup), wanted)
		}
	}
	described := teamA()
	described.ID, described.Description, described.Unified = anID, "Ours", true
	const typed = `"@odata.type":"#microsoft.graph.group",`
	checkExchanges(t, map[string]exchanged{
		"update": {update(described), []reply{{204, ""}}, []asked{{"PATCH", "/v1.0/groups/" + aGroup, "",
			`{` + typed + `"description":"Ours","displayName":"Team A","mailNickname":"team_a"}`}}, nil},
		"no description": {update(teamA()), []reply{{204, ""}}, []asked{{"PATCH", "/v1.0/groups/" + aGroup, "",
			`{` + typed + `"description":null,"displayName":"Team A","mailNickname":"team_a"}`}}, nil},
		"delete": {func(ctx context.Context, c *Client) (any, error) { return nil, c.DeleteGroup(ctx, aGroup) },
			[]reply{{204, ""}}, []asked{{"DELETE", "/v1.0/groups/" + aGroup, "", ""}}, nil},
	})
}

// elsewhere are texts that are no IDs, and would be other resources in a path.
func elsewhere() map[string]string {
	return map[string]string{
		"nothing": "", "a dot": ".", "two dots": "..", "a member": aGroup + "/members/" + principal, "a query": aGroup + "?x",
		"braces": "{" + aGroup + "}", "a template": "{+baseurl}", "encoded": "%2e%2e", "a line": aGroup + "\n", "a key": "uniqueName='x'",
	}
}

func TestGroupsThatAreNotAskedFor(t *testing.T) {
	cases := map[string]operation{
		"a control character": func(ctx context.Context, c *Client) error { return second(c.GroupByUniqueName(ctx, "a\x00b")) },
		"not UTF-8":           func(ctx context.Context, c *Client) error { return second(c.GroupByUniqueName(ctx, "a\xff")) },
		"a name of no group": func(ctx context.Context, c *Client) error {
			return second(c.CreateGroup(ctx, graph.Group{DisplayName: "x"}))
		},
	}
	for _, name := range []string{"", "a/b", `a\b`, "a%2fb", "a?b", "a#b"} {
		cases["the name "+name] = func(ctx context.Context, c *Client) error { return second(c.GroupByUniqueName(ctx, name)) }
	}
	for name, id := range elsewhere() {
		cases["update "+name] = func(ctx context.Context, c *Client) error { return c.UpdateGroup(ctx, id, teamA()) }
		cases["delete "+name] = func(ctx context.Context, c *Client) error { return c.DeleteGroup(ctx, id) }
		cases["members of "+name] = func(ctx context.Context, c *Client) error { return second(c.IsMember(ctx, id, principal)) }
		cases["is "+name] = func(ctx context.Context, c *Client) error { return second(c.IsMember(ctx, aGroup, id)) }
		cases["add to "+name] = func(ctx context.Context, c *Client) error { return c.AddMember(ctx, id, principal) }
		cases["add "+name] = func(ctx context.Context, c *Client) error { return c.AddMember(ctx, aGroup, id) }
		cases["remove from "+name] = func(ctx context.Context, c *Client) error { return c.RemoveMember(ctx, id, principal) }
		cases["remove "+name] = func(ctx context.Context, c *Client) error { return c.RemoveMember(ctx, aGroup, id) }
		cases["groups of "+name] = func(ctx context.Context, c *Client) error { return second(c.GroupsOf(ctx, id)) }
		cases["deleted "+name] = func(ctx context.Context, c *Client) error { return second(c.DeletedObject(ctx, id)) }
		cases["missing "+name] = func(ctx context.Context, c *Client) error { return second(c.Missing(ctx, aGroup, id)) }
		cases["schedules of "+name] = func(ctx context.Context, c *Client) error {
			return second(c.SchedulesOf(ctx, graph.Eligible, id, role))
		}
		cases["assignments of "+name] = func(ctx context.Context, c *Client) error { return second(c.AssignmentsOf(ctx, id)) }
	}
	checkNotSent(t, cases)
}
