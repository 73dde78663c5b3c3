package msgraph

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rolewarden/rolewarden/internal/graph"
)

func TestDeletedObject(t *testing.T) {
	item := asked{"GET", "/v1.0/directory/deletedItems/" + principal, "$select=id,displayName,deletedDateTime", ""}
	deleted := func(ctx context.Context, c *Client) (any, error) {
		return c.DeletedObject(ctx, strings.ToUpper(principal))
	}
	row := func(more string) string { return `{"id":"` + strings.ToUpper(principal) + `"` + more + `}` }
	checkExchanges(t, map[string]exchanged{
		"a user": {deleted, []reply{{200, row(`,"@odata.type":"#microsoft.graph.user","displayName":"Alice","deletedDateTime":"2026-03-01T11:00:00Z"`)}}, []asked{item},
			&graph.DeletedObject{ID: principal, Kind: "user", DisplayName: "Alice", Deleted: at(11, 0)}},
		"a service principal": {deleted, []reply{{200, row(`,"@odata.type":"#microsoft.graph.servicePrincipal","displayName":"Payroll","deletedDateTime":null`)}},
			[]asked{item}, &graph.DeletedObject{ID: principal, Kind: "servicePrincipal", DisplayName: "Payroll"}},
		"a limited answer": {deleted, []reply{{200, row(`,"@odata.type":"#microsoft.graph.group","displayName":null`)}}, []asked{item},
			&graph.DeletedObject{ID: principal, Kind: "group"}},
		"no kind":  {deleted, []reply{{200, row("")}}, []asked{item}, &graph.DeletedObject{ID: principal}},
		"not here": {deleted, []reply{{404, graphError("Request_ResourceNotFound", "Resource 'x' does not exist")}}, []asked{item}, (*graph.DeletedObject)(nil)},
	})
}

// TestDeletedInDoubt are answers that do not say whether an object can be restored.
func TestDeletedInDoubt(t *testing.T) {
	cases := map[string]struct {
		reply reply
		class graph.Class
	}{
		"another":     {reply{200, memberJSON("user", anID)}, graph.Unknown},
		"not allowed": {reply{403, graphError("Authorization_RequestDenied", "Insufficient privileges to complete the operation.")}, graph.Denied},
		"by a proxy":  {reply{404, "<html>"}, graph.Unknown},
	}
	c, l, clock := loop(t)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			l.begin(clock, func(*http.Request) *http.Response { return jsonOf(tc.reply.status, tc.reply.body) })
			found, err := c.DeletedObject(t.Context(), principal)
			if e := failure(t, err); found != nil || e.Class != tc.class || !strings.Contains(e.Permission, "User.Read.All") {
				t.Errorf("got %+v, %+v", found, e)
			}
		})
	}
}

func TestMissing(t *testing.T) {
	ask := asked{"POST", "/v1.0/directoryObjects/getByIds", "$select=id", `{"ids":["` + aGroup + `","` + principal + `"],"types":["user","servicePrincipal","group"]}`}
	missing := func(ctx context.Context, c *Client) (any, error) { return c.Missing(ctx, aGroup, principal) }
	group, user := memberJSON("group", aGroup), memberJSON("user", strings.ToUpper(principal))
	checkExchanges(t, map[string]exchanged{
		"nobody":    {missing, []reply{{200, listed(user, group)}}, []asked{ask}, []string(nil)},
		"the group": {missing, []reply{{200, listed(user)}}, []asked{ask}, []string{aGroup}},
		"the user":  {missing, []reply{{200, listed(group)}}, []asked{ask}, []string{principal}},
		"both":      {missing, []reply{{200, listed()}}, []asked{ask}, []string{aGroup, principal}},
	})
}

// TestGroupsOfNobody holds that a principal which is not there is told from one that is in no groups.
func TestGroupsOfNobody(t *testing.T) {
	gone := reply{404, graphError("Request_ResourceNotFound", "Resource '"+principal+"' does not exist")}
	cases := map[string][]reply{"from the start": {{200, listed()}}, "meanwhile": {{200, listed(memberJSON("user", principal))}, gone}}
	c, l, clock := loop(t)
	for name, replies := range cases {
		t.Run(name, func(t *testing.T) {
			l.begin(clock, func(*http.Request) *http.Response {
				answer := replies[len(l.calls)-1]
				return jsonOf(answer.status, answer.body)
			})
			groups, err := c.GroupsOf(t.Context(), principal)
			if e := failure(t, err); groups != nil || e.Class != graph.NotFound || e.Resource != principal {
				t.Errorf("got %v, %+v", groups, e)
			}
		})
	}
}

// TestSchedulesOf reads those of a role, at every scope.
func TestSchedulesOf(t *testing.T) {
	ask := asked{"GET", pimPath + "roleEligibilitySchedules", "$filter=roleDefinitionId eq '" + role + "' and principalId eq '" + principal +
		"'&$select=id,memberType,scheduleInfo,principalId,roleDefinitionId,directoryScopeId", ""}
	unit := aKey()
	unit.DirectoryScopeID = graph.AdministrativeUnitScope(aUnit)
	own := pimRow("a", `"memberType":"Direct","scheduleInfo":null`)
	over := strings.ReplaceAll(own, `"directoryScopeId":"/"`, `"directoryScopeId":"`+unit.DirectoryScopeID+`"`)
	checkExchanges(t, map[string]exchanged{
		"all": {func(ctx context.Context, c *Client) (any, error) {
			return c.SchedulesOf(ctx, graph.Eligible, strings.ToUpper(principal), strings.ToUpper(role))
		}, []reply{{200, listed(own, over, strings.ReplaceAll(own, role, aRole), strings.ReplaceAll(own, strings.ToUpper(principal), nobody), pimRow("g", `"memberType":"Group"`))}},
			[]asked{ask}, []graph.Schedule{{AssignmentKey: aKey(), ID: "a"}, {AssignmentKey: unit, ID: "a"}}},
	})
}

// TestDeletedForReal looks into the recycle bin of the simulator, by the permissions that show it.
func TestDeletedForReal(t *testing.T) {
	cases := map[string]struct {
		id, name, kind string
		permissions    []string
	}{
		"a user":              {alice, "Alice Anders", "user", []string{"User.Read.All"}},
		"a group":             {helpdeskGroup, "Contoso_Helpdesk_Administrators", "group", nil},
		"a service principal": {payroll, "Payroll", "servicePrincipal", nil},
		"not allowed":         {alice, "", "", nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			d := newDirectory(t)
			if err := d.SetAppPermissions(contoso, rolewardenApp, append(tc.permissions,
				graph.PermissionUserRead, graph.PermissionGroupRead, graph.PermissionApplicationRead)); err != nil {
				t.Fatal(err)
			}
			c := d.rolewarden(t)
			if found, err := c.DeletedObject(t.Context(), tc.id); tc.kind != "" && (found != nil || err != nil) {
				t.Errorf("before: %+v, %v", found, err)
			}
			if err := d.RemoveObject(contoso, tc.id); err != nil {
				t.Fatal(err)
			}
			found, err := c.DeletedObject(t.Context(), tc.id)
			if tc.kind == "" {
				if e := failure(t, err); found != nil || e.Class != graph.Denied {
					t.Errorf("got %+v, %+v", found, e)
				}
				return
			}
			want := &graph.DeletedObject{ID: tc.id, Kind: tc.kind, DisplayName: tc.name, Deleted: d.clock.Now()}
			if diff := cmp.Diff(want, found); err != nil || diff != "" {
				t.Errorf("(-want +got):\n%s%v", diff, err)
			}
			if missing, err := c.Missing(t.Context(), tc.id, erin); err != nil || !cmp.Equal(missing, []string{tc.id}) {
				t.Errorf("missing: %v, %v", missing, err)
			}
		})
	}
}
