package tenant

import (
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/clock"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/rolewarden/rolewarden/internal/graph"
	"github.com/rolewarden/rolewarden/internal/graph/msgraph"
	"github.com/rolewarden/rolewarden/internal/graphsim"
)

const (
	helpdesk     = "729827e3-9c14-49f7-bb1b-9608f156bbb8"
	supportRole  = "c72605ae-b2d1-44f3-959a-6e1f26374859"
	oldRole      = "3671d40a-1aac-426c-a0c1-a3821ebd8218"
	oldTemplate  = "fdd7a751-b60b-444a-984c-02652fe8fa1c"
	secondCustom = "d2b0a4c4-7f0e-4d0f-9a51-3a1d6b8f2c77"
)

// catalogue is a connection to a simulated directory, and what counts its calls.
type catalogue struct {
	*Connection
	*graphsim.Control
	clock *clocktesting.FakePassiveClock
	// pages is how many calls one list takes.
	pages int
}

func newCatalogue(t *testing.T, change ...func(*graphsim.Seed)) *catalogue {
	t.Helper()
	file, err := os.Open("../../config/demo/contoso.yaml")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	seed, err := graphsim.LoadSeed(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range change {
		f(seed)
	}
	simulator, err := graphsim.New(graphsim.Options{Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	served, err := graphsim.Serve(t.Context(), simulator, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = served.Close() })
	c, err := msgraph.New(msgraph.Options{
		TenantID: contosoID, Cloud: msgraph.Endpoints(served.URL, served.URL), CABundle: served.CAPEM, Clock: clock.RealClock{},
		Credential: msgraph.ClientSecret{ClientID: "0d1f9a52-6b3e-4c8d-9f10-7a5e2b4c6d81", Secret: "rolewarden-demo-secret"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	passive := clocktesting.NewFakePassiveClock(time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC))
	d := &catalogue{Connection: NewConnection(makeTenant("contoso", contosoID), c, "", passive), Control: simulator.Control(), clock: passive}
	if _, err := c.RoleDefinitions(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.pages = d.calls()
	d.ResetCalls()
	return d
}

func (c *catalogue) calls() int { return c.CountCalls()["roleDefinitions.list"] }

// lists is how often the list was read.
func (c *catalogue) lists() int { return c.calls() / c.pages }

func ids(roles []graph.RoleDefinition) (ids []string) {
	for _, role := range roles {
		ids = append(ids, role.ID)
	}
	return ids
}

// twin gives a second custom role the name of the first.
func twin(seed *graphsim.Seed) {
	tenant := &seed.Tenants[0]
	for tenant.ID != contosoID {
		seed.Tenants = append(seed.Tenants[1:], seed.Tenants[0])
		tenant = &seed.Tenants[0]
	}
	second := tenant.CustomRoles[0]
	second.ID, second.TemplateID = secondCustom, ""
	tenant.CustomRoles = append(tenant.CustomRoles, second)
}

func TestRolesByName(t *testing.T) {
	cases := map[string]struct {
		change func(*graphsim.Seed)
		name   string
		want   []string
		// lists is how often the directory is asked for three look-ups.
		lists int
	}{
		"built in":         {name: "Helpdesk Administrator", want: []string{helpdesk}, lists: 1},
		"custom":           {name: "Application Support Administrator", want: []string{supportRole}, lists: 3},
		"two of that name": {change: twin, name: "Application Support Administrator", want: []string{supportRole, secondCustom}, lists: 3},
		"nobody's":         {name: "Astronaut", lists: 3},
		"another case":     {name: "helpdesk administrator", want: []string{helpdesk}, lists: 1},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c := newCatalogue(t)
			if tc.change != nil {
				c = newCatalogue(t, tc.change)
			}
			for range 3 {
				roles, err := c.RolesByName(t.Context(), tc.name)
				if diff := cmp.Diff(tc.want, ids(roles)); err != nil || diff != "" {
					t.Errorf("roles (-want +got):\n%s%v", diff, err)
				}
			}
			if got := c.lists(); got != tc.lists {
				t.Errorf("%d lists, want %d", got, tc.lists)
			}
		})
	}
}

func TestRoleByID(t *testing.T) {
	old := func(seed *graphsim.Seed) {
		for i, role := range seed.BuiltInRoles {
			if role.ID == oldTemplate {
				seed.BuiltInRoles[i].ID, seed.BuiltInRoles[i].TemplateID = oldRole, oldTemplate
			}
		}
	}
	cases := map[string]struct {
		id, want string
		lists    int
	}{
		"an ID":            {helpdesk, helpdesk, 1},
		"a custom role's":  {supportRole, supportRole, 1},
		"a template's":     {oldTemplate, oldRole, 1},
		"an old object's":  {oldRole, oldRole, 1},
		"an ID of no role": {fabrikamID, "", 3},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c := newCatalogue(t, old)
			for range 3 {
				role, err := c.RoleByID(t.Context(), tc.id)
				if err != nil || (role == nil) != (tc.want == "") || (role != nil && role.ID != tc.want) {
					t.Errorf("got %+v, %v, want %q", role, err, tc.want)
				}
			}
			if got := c.lists(); got != tc.lists {
				t.Errorf("%d lists, want %d", got, tc.lists)
			}
		})
	}
}

// TestRolesAge holds that a list is believed for as long as it should, and that a failure to read one is no answer.
func TestRolesAge(t *testing.T) {
	c := newCatalogue(t)
	find := func() error {
		role, err := c.RoleByID(t.Context(), helpdesk)
		if err == nil && (role == nil || role.ID != helpdesk) {
			t.Errorf("got %+v", role)
		}
		return err
	}
	start := c.clock.Now()
	for _, step := range []struct {
		after time.Duration
		lists int
	}{{0, 1}, {rolesLifetime, 1}, {rolesLifetime + time.Second, 2}, {2*rolesLifetime + time.Second, 2}} {
		c.clock.SetTime(start.Add(step.after))
		if err := find(); err != nil || c.lists() != step.lists {
			t.Errorf("after %v: %d lists, %v, want %d", step.after, c.lists(), err, step.lists)
		}
	}
	if _, err := c.AddFault(graphsim.Fault{Match: graphsim.Match{Operation: "roleDefinitions.list"}, Effect: graphsim.Effect{Status: 503}}); err != nil {
		t.Fatal(err)
	}
	c.clock.SetTime(start.Add(9 * rolesLifetime))
	if err := find(); graph.ClassOf(err) != graph.Transient {
		t.Errorf("an outage comes out as %v", err)
	}
}
