package msgraph

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/rolewarden/rolewarden/internal/graph"
	"github.com/rolewarden/rolewarden/internal/graphsim"
)

// What the demo's directories hold (config/demo/contoso.yaml).
const (
	contoso           = "5f2c1c6e-9a3b-4d5c-8e7f-0a1b2c3d4e5f"
	rolewardenApp     = "0d1f9a52-6b3e-4c8d-9f10-7a5e2b4c6d81"
	rolewardenSecret  = "rolewarden-demo-secret"
	rolewardenObject  = "3e9d7c15-2f48-4b6a-8c01-d5e6f7a8b9c0"
	auditorApp        = "2f31bc74-8d50-4eaf-b132-9c704d6e8fa3"
	unconsentedApp    = "3042cd85-9e61-4fb0-8243-ad815e7f90b4"
	alice             = "ace08ec9-aa11-4ada-9145-addf0398233e"
	erin              = "e404c20d-ee55-4e1e-9589-e11147dc6772"
	helpdeskGroup     = "4a6ab863-44bb-4474-9bef-4777ad32cdd8"
	plainGroup        = "6c8cda85-66dd-4696-bd01-6999cf54effa"
	berlin            = "a504e38c-90bf-42d1-b378-4cfd04152637"
	payroll           = "72d1b059-6d8c-4fae-8045-19cad1e2f304"
	payrollApp        = "66c2a3ba-8f72-41c1-9354-be926f80a1c5"
	globalAdmin       = "62e90394-69f5-4237-9190-012177145e10"
	globalReader      = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
	helpdeskAdmin     = "729827e3-9c14-49f7-bb1b-9608f156bbb8"
	nobody            = "00000000-1111-2222-3333-444444444444"
	fabrikam          = "7a4d3e8f-1b5c-4e6d-9f80-1b2c3d4e5f60"
	fabrikamApp       = "4153de96-af72-40c1-9354-be926f80a1c5"
	fabrikamSecret    = "fabrikam-demo-secret"
	unconsentedSecret = "unconsented-demo-secret"
	auditorSecret     = "auditor-demo-secret"
)

// directory is the simulator over HTTPS, at a time that stands still.
type directory struct {
	*graphsim.Control
	clock *fakeClock
	sim   *graphsim.Simulator
	url   string
	ca    []byte
}

// NewTimer makes the clock one for the simulator. Nothing here waits.
func (c *fakeClock) NewTimer(time.Duration) (<-chan time.Time, func() bool) {
	return make(chan time.Time), func() bool { return true }
}

func newDirectory(t *testing.T, change ...func(*graphsim.Seed)) *directory {
	t.Helper()
	file, err := os.Open("../../../config/demo/contoso.yaml")
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
	d := &directory{clock: newClock()}
	if d.sim, err = graphsim.New(graphsim.Options{Seed: seed, Clock: d.clock}); err != nil {
		t.Fatal(err)
	}
	served, err := graphsim.Serve(t.Context(), d.sim, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = served.Close() })
	d.Control, d.url, d.ca = d.sim.Control(), served.URL, served.CAPEM
	return d
}

// as returns a client that signs in to contoso with a credential.
func (d *directory) as(t *testing.T, credential Credential, change ...func(*Options)) *Client {
	t.Helper()
	o := Options{TenantID: contoso, Cloud: Endpoints(d.url, d.url), Credential: credential, CABundle: d.ca, Clock: d.clock}
	for _, f := range change {
		f(&o)
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// rolewarden returns a client with all permissions.
func (d *directory) rolewarden(t *testing.T) *Client {
	t.Helper()
	return d.as(t, ClientSecret{ClientID: rolewardenApp, Secret: rolewardenSecret})
}

// stands tells whether the assignment is truly in the directory.
func (d *directory) stands(k graph.AssignmentKey) bool {
	for _, a := range d.Assignments(contoso) {
		if a.PrincipalID == k.PrincipalID && a.RoleDefinitionID == k.RoleDefinitionID && a.DirectoryScopeID == k.DirectoryScopeID {
			return true
		}
	}
	return false
}

// fault orders one.
func (d *directory) fault(t *testing.T, f graphsim.Fault) {
	t.Helper()
	if _, err := d.AddFault(f); err != nil {
		t.Fatal(err)
	}
}

// set changes the settings.
func (d *directory) set(t *testing.T, change func(*graphsim.Settings)) {
	t.Helper()
	settings := d.Settings()
	change(&settings)
	if err := d.SetSettings(settings); err != nil {
		t.Fatal(err)
	}
}

func key(principal, role, scope string) graph.AssignmentKey {
	return graph.AssignmentKey{PrincipalID: principal, RoleDefinitionID: role, DirectoryScopeID: scope}
}

// inProcess is the simulator without a network, as the fault harness uses it.
type inProcess struct{ handler http.Handler }

var errAborted = errors.New("the handler was aborted")

// RoundTrip implements http.RoundTripper.
func (p inProcess) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	defer func() {
		if recover() != nil {
			resp, err = nil, errAborted
		}
	}()
	recorder := httptest.NewRecorder()
	p.handler.ServeHTTP(recorder, r)
	return recorder.Result(), nil
}
