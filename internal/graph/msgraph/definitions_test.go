package msgraph

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/rolewarden/rolewarden/internal/graph"
)

const (
	definitionsPath = "/v1.0/roleManagement/directory/roleDefinitions"
	selectRole      = "$select=id,displayName,description,isEnabled,isBuiltIn,rolePermissions"
	toUpdate        = "microsoft.directory/groups/basic/update"
	toRead          = "microsoft.directory/groups/standard/read"
)

// roleJSON is a custom role with those permissions.
func roleJSON(permissions string) string {
	return `{"id":"3671D40A-1AAC-426C-A0C1-A3821EBD8218","templateId":"x","displayName":"Ours","description":"All of it","isEnabled":true,"isBuiltIn":false,` +
		`"version":null,"rolePermissions":[` + permissions + `]}`
}

func ours(actions ...string) graph.CustomRole {
	return graph.CustomRole{ID: aRole, DisplayName: "Ours", Description: "All of it", Enabled: true, Actions: actions}
}

func TestCustomRole(t *testing.T) {
	get := func(ctx context.Context, c *Client) (any, error) { return c.CustomRole(ctx, strings.ToUpper(aRole)) }
	sent := []asked{{"GET", definitionsPath + "/" + aRole, selectRole, ""}}
	plain, none := ours(toUpdate, toRead), ours()
	narrowed := ours(toUpdate+" if $ResourceIsSelf", toRead, "not microsoft.directory/groups/delete")
	checkExchanges(t, map[string]exchanged{
		"there": {get, []reply{{200, roleJSON(`{"allowedResourceActions":["` + toRead + `","` + toUpdate + `","` + toRead + `"],"condition":null},{"allowedResourceActions":[]}`)}}, sent, &plain},
		"narrowed": {get, []reply{{200, roleJSON(`{"allowedResourceActions":["` + toUpdate + `"],"condition":"$ResourceIsSelf"},` +
			`{"allowedResourceActions":["` + toRead + `"],"excludedResourceActions":["microsoft.directory/groups/delete"]}`)}}, sent, &narrowed},
		"without permissions": {get, []reply{{200, roleJSON("")}}, sent, &none},
		"not there":           {get, []reply{{404, graphError("Request_ResourceNotFound", "Resource '"+aRole+"' does not exist")}}, sent, (*graph.CustomRole)(nil)},
	})
}

func TestRolesInDoubt(t *testing.T) {
	cases := map[string]struct {
		body  string
		class graph.Class
	}{
		"built in":            {strings.ReplaceAll(roleJSON(""), `"isBuiltIn":false`, `"isBuiltIn":true`), graph.Refused},
		"an empty permission": {roleJSON("null"), graph.Unknown},
		"no ID":               {`{"displayName":"Ours"}`, graph.Unknown},
		"a list":              {`{"value":[]}`, graph.Unknown},
	}
	c, l, clock := loop(t)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			l.begin(clock, func(*http.Request) *http.Response { return jsonOf(200, tc.body) })
			found, err := c.CustomRole(t.Context(), aRole)
			if e := failure(t, err); found != nil || e.Class != tc.class || e.Op != "reading role definition" || e.NotSent {
				t.Errorf("got %v, %+v", found, err)
			}
		})
	}
}

func TestChangesOfARole(t *testing.T) {
	const body = `"displayName":"Ours","isEnabled":true,"rolePermissions":[{"allowedResourceActions":["` + toUpdate + `","` + toRead + `"]}]`
	upper := ours(toUpdate, toRead)
	upper.ID = strings.ToUpper(aRole)
	bare := upper
	bare.Description = ""
	do := func(f func(context.Context, *Client) error) func(context.Context, *Client) (any, error) {
		return func(ctx context.Context, c *Client) (any, error) { return nil, f(ctx, c) }
	}
	checkExchanges(t, map[string]exchanged{
		"created": {func(ctx context.Context, c *Client) (any, error) { return c.CreateCustomRole(ctx, upper) },
			[]reply{{201, roleJSON(`{"allowedResourceActions":["` + toUpdate + `"]}`)}},
			[]asked{{"POST", definitionsPath, "", `{"description":"All of it",` + body + `,"templateId":"` + aRole + `"}`}}, ours(toUpdate)},
		"updated": {do(func(ctx context.Context, c *Client) error { return c.UpdateCustomRole(ctx, upper) }), []reply{{204, ""}},
			[]asked{{"PATCH", definitionsPath + "/" + aRole, "", `{"description":"All of it",` + body + `}`}}, nil},
		"no description": {do(func(ctx context.Context, c *Client) error { return c.UpdateCustomRole(ctx, bare) }), []reply{{204, ""}},
			[]asked{{"PATCH", definitionsPath + "/" + aRole, "", `{"description":null,` + body + `}`}}, nil},
		"deleted": {do(func(ctx context.Context, c *Client) error { return c.DeleteCustomRole(ctx, upper.ID) }), []reply{{204, ""}},
			[]asked{{"DELETE", definitionsPath + "/" + aRole, "", ""}}, nil},
	})
}

func TestRolesThatAreNotAskedFor(t *testing.T) {
	empty := ours()
	cases := map[string]operation{
		"created without actions": func(ctx context.Context, c *Client) error { return second(c.CreateCustomRole(ctx, empty)) },
		"updated without actions": func(ctx context.Context, c *Client) error { return c.UpdateCustomRole(ctx, empty) },
	}
	for name, id := range elsewhere() {
		wanted := ours(toUpdate)
		wanted.ID = id
		cases["read "+name] = func(ctx context.Context, c *Client) error { return second(c.CustomRole(ctx, id)) }
		cases["created "+name] = func(ctx context.Context, c *Client) error { return second(c.CreateCustomRole(ctx, wanted)) }
		cases["updated "+name] = func(ctx context.Context, c *Client) error { return c.UpdateCustomRole(ctx, wanted) }
		cases["deleted "+name] = func(ctx context.Context, c *Client) error { return c.DeleteCustomRole(ctx, id) }
	}
	checkNotSent(t, cases)
}
