package graphsim_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rolewarden/rolewarden/internal/graphsim"
	"github.com/rolewarden/rolewarden/internal/graphsim/clock"
)

// smallSeed is a tenant with one of each, so that a simulator of it is made in no time.
const smallSeed = `
builtInRoles:
- {id: 62e90394-69f5-4237-9190-012177145e10, displayName: Global Administrator}
- {id: 729827e3-9c14-49f7-bb1b-9608f156bbb8, displayName: Helpdesk Administrator, scopes: [administrativeUnits]}
tenants:
- id: 5f2c1c6e-9a3b-4d5c-8e7f-0a1b2c3d4e5f
  displayName: Contoso
  domains: [contoso.com]
  licences: [P2]
  roleEligibilities: [{principal: Alice, role: Global Administrator}]
  customRoles: [{id: c72605ae-b2d1-44f3-959a-6e1f26374859, displayName: Ours, actions: [microsoft.directory/users/password/update]}]
  objects:
    users:
    - {id: ace08ec9-aa11-4ada-9145-addf0398233e, displayName: Alice, userPrincipalName: alice@contoso.com}
    - {id: b1d19fda-bb22-4beb-a256-beef14a9344f, displayName: Bob, userPrincipalName: bob@contoso.com}
    groups:
    - {id: 4a6ab863-44bb-4474-9bef-4777ad32cdd8, displayName: Helpdesk, securityEnabled: true, isAssignableToRole: true, members: [Alice], owners: [Bob]}
    administrativeUnits:
    - {id: a504e38c-90bf-42d1-b378-4cfd04152637, displayName: Berlin, members: [Alice]}
    servicePrincipals:
    - {id: 3e9d7c15-2f48-4b6a-8c01-d5e6f7a8b9c0, displayName: Us, appId: 1e20ab63-7c4f-4d9e-a021-8b6f3c5d7e92}
  apps:
  - appId: 1e20ab63-7c4f-4d9e-a021-8b6f3c5d7e92
    servicePrincipal: Us
    secrets: [x]
    permissions: [RoleManagement.ReadWrite.Directory, Directory.ReadWrite.All, User.ReadWrite.All, Group.ReadWrite.All]
  roleAssignments: [{principal: Bob, role: Helpdesk Administrator}]
`

// cell is a small simulator that is spoken to in process, as an application that may do everything.
type cell struct {
	*graphsim.Simulator
	token string
}

// smallSeedOnce is the small seed; simulators only read it.
var smallSeedOnce = sync.OnceValues(func() (*graphsim.Seed, error) { return graphsim.LoadSeed(strings.NewReader(smallSeed)) })

// cellToken is signed once: it takes longer than all else.
var cellToken = sync.OnceValues(func() (string, error) {
	s, err := newCellSimulator()
	if err != nil {
		return "", err
	}
	return s.Control().IssueToken(contoso, automation)
})

func newCellSimulator() (*graphsim.Simulator, error) {
	key, err := signingKey()
	if err != nil {
		return nil, err
	}
	seed, err := smallSeedOnce()
	if err != nil {
		return nil, err
	}
	return graphsim.New(graphsim.Options{Seed: seed, Clock: clock.NewOffset(frozen{}), SigningKey: key})
}

// newCell makes a cell. All are alike, and so are their tokens.
func newCell(t *testing.T) cell {
	t.Helper()
	token, err := cellToken()
	if err != nil {
		t.Fatal(err)
	}
	s, err := newCellSimulator()
	if err != nil {
		t.Fatal(err)
	}
	return cell{s, token}
}

// do sends a request; nil is one that no client could send.
func (c cell) do(method, path, body string, headers ...string) *httptest.ResponseRecorder {
	req, err := http.NewRequest(method, "https://graph.microsoft.com"+path, strings.NewReader(body)) //nolint:noctx // served in process, at once
	if err != nil {
		return nil
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	c.ServeHTTP(w, req)
	return w
}

// contents is all that can be read of the directory.
func (c cell) contents(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, path := range []string{
		"/users", "/groups?$expand=members", "/groups/" + helpdesk + "/owners", "/directory/administrativeUnits?$expand=members", "/applications", "/servicePrincipals",
		"/roleManagement/directory/roleDefinitions", "/roleManagement/directory/roleAssignments", "/organization",
		"/roleManagement/directory/roleEligibilityScheduleRequests", "/roleManagement/directory/roleEligibilityScheduleInstances",
		"/roleManagement/directory/roleAssignmentScheduleRequests", "/roleManagement/directory/roleAssignmentSchedules", "/directoryRoles",
		"/directory/deletedItems/microsoft.graph.user", "/directory/deletedItems/microsoft.graph.group",
	} {
		w := c.do(http.MethodGet, "/v1.0"+path, "")
		if w.Code != http.StatusOK || !json.Valid(w.Body.Bytes()) {
			t.Fatalf("GET %s: %d %s", path, w.Code, w.Body)
		}
		out[path] = w.Body.String()
	}
	return out
}

// checkRefusal holds that an answer which is no success is an error of Graph's, and that nothing was done.
func checkRefusal(t *testing.T, c cell, before map[string]string, w *httptest.ResponseRecorder) {
	t.Helper()
	var envelope struct {
		Error struct{ Code, Message string }
	}
	err := json.Unmarshal(w.Body.Bytes(), &envelope)
	if err != nil || w.Code < 400 || w.Code >= 500 || envelope.Error.Code == "" || envelope.Error.Message == "" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if diff := cmp.Diff(before, c.contents(t)); diff != "" {
		t.Errorf("%d %s, and yet (-before +after):\n%s", w.Code, w.Body, diff)
	}
}

// FuzzSeed holds that any text is a seed of tenants that work as it says, or is refused with a reason.
func FuzzSeed(f *testing.F) {
	demo, err := os.ReadFile("../../config/demo/contoso.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(demo)
	f.Add([]byte(smallSeed))
	for _, text := range []string{"", "tenants: [null]", "tenants: [{id: 5f2c1c6e-9a3b-4d5c-8e7f-0a1b2c3d4e5f, domains: [x], objects: {users: [null]}}]", "&a [*a, *a]", "{", "a: &a [b]\nc: *a"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 64<<10 { // the parser bounds what anchors multiply
			return
		}
		seed, err := graphsim.LoadSeed(bytes.NewReader(text))
		if err != nil {
			if _, again := graphsim.LoadSeed(bytes.NewReader(text)); again == nil || again.Error() != err.Error() {
				t.Errorf("%v, and then %v", err, again)
			}
			return
		}
		key, err := signingKey()
		if err != nil {
			t.Fatal(err)
		}
		s, err := graphsim.New(graphsim.Options{Seed: seed, Clock: clock.NewOffset(frozen{}), SigningKey: key})
		if err != nil {
			return
		}
		if len(s.Control().Tenants()) != len(seed.Tenants) {
			t.Errorf("%d tenants of %d", len(s.Control().Tenants()), len(seed.Tenants))
		}
		for _, tenant := range seed.Tenants {
			checkTenant(t, s, tenant)
		}
	})
}

// checkTenant holds that what a tenant was seeded with is there.
func checkTenant(t *testing.T, s *graphsim.Simulator, seeded graphsim.SeedTenant) {
	t.Helper()
	standing := s.Control().Assignments(seeded.ID)
	if len(standing) != len(seeded.RoleAssignments) {
		t.Errorf("%s has %d assignments of %d", seeded.ID, len(standing), len(seeded.RoleAssignments))
	}
	if len(seeded.Apps) == 0 {
		return // nobody can look
	}
	app := seeded.Apps[0].AppID
	if err := s.Control().SetAppPermissions(seeded.ID, app, []string{"Directory.Read.All", "RoleManagement.Read.Directory"}); err != nil {
		t.Error(err)
	}
	token, err := s.Control().IssueToken(seeded.ID, app)
	if err != nil {
		t.Fatal(err)
	}
	c := cell{s, token}
	var organization struct{ Value []struct{ ID string } }
	w := c.do(http.MethodGet, "/v1.0/organization", "")
	if err := json.Unmarshal(w.Body.Bytes(), &organization); err != nil || len(organization.Value) != 1 || organization.Value[0].ID != seeded.ID {
		t.Errorf("%s: %d %s", seeded.ID, w.Code, w.Body)
	}
	for collection, objects := range seeded.Objects {
		for _, object := range objects {
			path := fmt.Sprintf("/v1.0/%s/%v", strings.Replace(collection, "administrativeUnits", "directory/administrativeUnits", 1), object["id"])
			if w := c.do(http.MethodGet, path, ""); w.Code != http.StatusOK || !json.Valid(w.Body.Bytes()) {
				t.Errorf("%s: %d %s", path, w.Code, w.Body)
			}
		}
	}
}
