package msgraph

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/rolewarden/rolewarden/internal/graph"
)

const membersPath = "/v1.0/groups/" + aGroup + "/members"

// memberJSON is an object of a kind.
func memberJSON(kind, id string) string {
	return `{"@odata.type":"#microsoft.graph.` + kind + `","id":"` + id + `"}`
}

func TestMembers(t *testing.T) {
	list := asked{"GET", membersPath, "$select=id&$top=999", ""}
	isMember := func(ctx context.Context, c *Client) (any, error) {
		return c.IsMember(ctx, strings.ToUpper(aGroup), strings.ToUpper(principal))
	}
	byItself := asked{"GET", "/v1.0/servicePrincipals/" + principal + "/memberOf", "$select=id", ""}
	none := reply{404, graphError("Request_ResourceNotFound", "Resource '"+principal+"' does not exist or one of its queried reference-property objects are not present.")}
	next := `],"@odata.nextLink":"https://graph.test` + membersPath + `?$skiptoken=2"}`
	checkExchanges(t, map[string]exchanged{
		"in":     {isMember, []reply{{200, listed(memberJSON("device", anID), memberJSON("user", strings.ToUpper(principal)))}}, []asked{list}, true},
		"not in": {isMember, []reply{{200, listed(memberJSON("user", anID))}, none}, []asked{list, byItself}, false},
		"empty":  {isMember, []reply{{200, listed()}, none}, []asked{list, byItself}, false},
		"in, and not listed": {isMember, []reply{{200, listed(memberJSON("user", anID))}, {200, listed(memberJSON("directoryRole", anID), memberJSON("group", strings.ToUpper(aGroup)))}},
			[]asked{list, byItself}, true},
		"a service principal, and not in": {isMember, []reply{{200, listed()}, {200, listed(memberJSON("group", anID))}}, []asked{list, byItself}, false},
		"on the second page": {isMember, []reply{{200, `{"value":[` + memberJSON("user", anID) + next}, {200, listed(memberJSON("servicePrincipal", principal))}},
			[]asked{list, {"GET", membersPath, "$skiptoken=2", ""}}, true},
		"added": {func(ctx context.Context, c *Client) (any, error) {
			return nil, c.AddMember(ctx, strings.ToUpper(aGroup), strings.ToUpper(principal))
		}, []reply{{204, ""}}, []asked{{"POST", membersPath + "/$ref", "", `{"@odata.id":"https://graph.test/v1.0/directoryObjects/` + principal + `"}`}}, nil},
		"removed": {func(ctx context.Context, c *Client) (any, error) {
			return nil, c.RemoveMember(ctx, strings.ToUpper(aGroup), strings.ToUpper(principal))
		}, []reply{{204, ""}}, []asked{{"DELETE", membersPath + "/" + principal + "/$ref", "", ""}}, nil},
	})
}

// TestMissingGroups holds that a group which is missing is said to be, but not when some of its members were seen.
func TestMissingGroups(t *testing.T) {
	gone := reply{404, graphError("Request_ResourceNotFound", "Resource '"+aGroup+"' does not exist or one of its queried reference-property objects are not present.")}
	first := reply{200, `{"value":[],"@odata.nextLink":"https://graph.test` + membersPath + `?$skiptoken=2"}`}
	cases := map[string]struct {
		replies  []reply
		class    graph.Class
		resource string
	}{
		"from the first page": {[]reply{gone}, graph.NotFound, aGroup},
		"from the second":     {[]reply{first, gone}, graph.Unknown, aGroup},
		"by a proxy":          {[]reply{{404, "<html>"}}, graph.Unknown, ""},
	}
	c, l, clock := loop(t)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			l.begin(clock, func(*http.Request) *http.Response {
				answer := tc.replies[len(l.calls)-1]
				return jsonOf(answer.status, answer.body)
			})
			in, err := c.IsMember(t.Context(), aGroup, principal)
			if e := failure(t, err); in || e.Class != tc.class || e.Resource != tc.resource {
				t.Errorf("got %v, %+v", in, e)
			}
		})
	}
}

func TestGroupsOf(t *testing.T) {
	object := asked{"POST", "/v1.0/directoryObjects/getByIds", "$select=id", `{"ids":["` + principal + `"],"types":["user","servicePrincipal","group"]}`}
	in := func(set string) asked {
		return asked{"GET", "/v1.0/" + set + "/" + principal + "/transitiveMemberOf", "$select=id,displayName,isAssignableToRole", ""}
	}
	groupsOf := func(ctx context.Context, c *Client) (any, error) { return c.GroupsOf(ctx, strings.ToUpper(principal)) }
	two := reply{200, listed(memberJSON("directoryRole", nobody),
		`{"@odata.type":"#microsoft.graph.group","id":"`+aGroup+`","displayName":"Team A","isAssignableToRole":true}`, memberJSON("administrativeUnit", nobody),
		`{"@odata.type":"#microsoft.graph.group","id":"`+anID+`","displayName":"All","isAssignableToRole":null}`)}
	groups := []graph.Group{{ID: aGroup, DisplayName: "Team A", AssignableToRoles: true}, {ID: anID, DisplayName: "All"}}
	none := []graph.Group(nil)
	checkExchanges(t, map[string]exchanged{
		"a user":              {groupsOf, []reply{{200, listed(memberJSON("user", strings.ToUpper(principal)))}, two}, []asked{object, in("users")}, groups},
		"a service principal": {groupsOf, []reply{{200, listed(memberJSON("servicePrincipal", principal))}, two}, []asked{object, in("servicePrincipals")}, groups},
		"a group":             {groupsOf, []reply{{200, listed(memberJSON("group", principal))}}, []asked{object}, none},
	})
}

// TestPrincipalsInDoubt are answers that do not say in which groups a principal is.
func TestPrincipalsInDoubt(t *testing.T) {
	cases := map[string]reply{
		"another":        {200, listed(memberJSON("user", anID))},
		"a device":       {200, listed(memberJSON("device", principal))},
		"no kind":        {200, listed(`{"id":"` + principal + `"}`)},
		"an empty row":   {200, listed("null")},
		"a missing list": {404, graphError("Request_ResourceNotFound", "Resource 'x' does not exist")},
	}
	c, l, clock := loop(t)
	for name, answer := range cases {
		t.Run(name, func(t *testing.T) {
			l.begin(clock, func(*http.Request) *http.Response { return jsonOf(answer.status, answer.body) })
			groups, err := c.GroupsOf(t.Context(), principal)
			if e := failure(t, err); groups != nil || e.Class != graph.Unknown || len(l.calls) != 1 {
				t.Errorf("got %v, %+v", groups, err)
			}
		})
	}
}

// TestMembershipsInDoubt are rows of a principal's memberships that do not say which group they are, or whether they are one.
func TestMembershipsInDoubt(t *testing.T) {
	known := reply{200, listed(memberJSON("user", principal))}
	cases := map[string]string{
		"of no kind":   `{"id":"` + aGroup + `","displayName":"Team A","isAssignableToRole":true}`,
		"without ID":   `{"@odata.type":"#microsoft.graph.group","displayName":"Team A"}`,
		"an empty row": "null",
	}
	c, l, clock := loop(t)
	for name, row := range cases {
		t.Run(name, func(t *testing.T) {
			replies := []reply{known, {200, listed(row)}}
			l.begin(clock, func(*http.Request) *http.Response {
				answer := replies[len(l.calls)-1]
				return jsonOf(answer.status, answer.body)
			})
			groups, err := c.GroupsOf(t.Context(), principal)
			if e := failure(t, err); groups != nil || e.Class != graph.Unknown || len(l.calls) != 2 {
				t.Errorf("got %v, %+v", groups, err)
			}
		})
	}
}
