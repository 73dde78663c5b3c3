package graphsim_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rolewarden/rolewarden/internal/graphsim"
	"github.com/rolewarden/rolewarden/internal/graphsim/clock"
)

// What the demo's seed holds.
const (
	contoso    = "5f2c1c6e-9a3b-4d5c-8e7f-0a1b2c3d4e5f"
	fabrikam   = "7a4d3e8f-1b5c-4e6d-9f80-1b2c3d4e5f60"
	rolewarden = "0d1f9a52-6b3e-4c8d-9f10-7a5e2b4c6d81"
	automation = "1e20ab63-7c4f-4d9e-a021-8b6f3c5d7e92"
	auditor    = "2f31bc74-8d50-4eaf-b132-9c704d6e8fa3"
	unconsent  = "3042cd85-9e61-4fb0-8243-ad815e7f90b4"
	fabrikamer = "4153de96-af72-40c1-9354-be926f80a1c5"
	ownObject  = "3e9d7c15-2f48-4b6a-8c01-d5e6f7a8b9c0"

	alice      = "ace08ec9-aa11-4ada-9145-addf0398233e"
	bob        = "b1d19fda-bb22-4beb-a256-beef14a9344f"
	erin       = "e404c20d-ee55-4e1e-9589-e11147dc6772"
	helpdesk   = "4a6ab863-44bb-4474-9bef-4777ad32cdd8" // role-assignable
	everybody  = "6c8cda85-66dd-4696-bd01-6999cf54effa" // not
	payrollApp = "94f3d27b-8fae-41c0-a267-3becf3041526"
	berlin     = "a504e38c-90bf-42d1-b378-4cfd04152637"
	customRole = "c72605ae-b2d1-44f3-959a-6e1f26374859"

	globalAdmin   = "62e90394-69f5-4237-9190-012177145e10"
	helpdeskAdmin = "729827e3-9c14-49f7-bb1b-9608f156bbb8"
	appAdmin      = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"
	reportsReader = "4a5d8f65-41da-4de4-8968-e035b65339cf"

	nobody      = "00000000-0000-4000-8000-00000000dead"
	assignments = "/v1.0/roleManagement/directory/roleAssignments"
	definitions = "/v1.0/roleManagement/directory/roleDefinitions"
)

// signingKey is made once: it takes longer than all the tests.
var signingKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// frozen is a clock that stands still under an Offset that a test advances.
type frozen struct{}

func (frozen) Now() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

func (frozen) NewTimer(time.Duration) (<-chan time.Time, func() bool) {
	return nil, func() bool { return true }
}

// world is a simulator that is served over HTTPS.
type world struct {
	t       *testing.T
	control *graphsim.Control
	server  *graphsim.Server
	client  *http.Client
	clock   *clock.Offset // nil: real time
	token   string
}

func loadSeed(t testing.TB) *graphsim.Seed {
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
	return seed
}

func newSimulator(t testing.TB, seed *graphsim.Seed, c graphsim.Clock) *graphsim.Simulator {
	t.Helper()
	key, err := signingKey()
	if err != nil {
		t.Fatal(err)
	}
	s, err := graphsim.New(graphsim.Options{Seed: seed, Clock: c, SigningKey: key})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// start serves the demo's tenants in a time that only the test moves, to a
// caller that may do everything.
func start(t *testing.T) *world {
	t.Helper()
	virtual := clock.NewOffset(frozen{})
	w := serve(t, newSimulator(t, loadSeed(t), virtual))
	w.clock = virtual
	return w.as(contoso, automation)
}

func serve(t *testing.T, s *graphsim.Simulator) *world {
	t.Helper()
	server, err := graphsim.Serve(context.Background(), s, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return &world{t: t, control: s.Control(), server: server, client: trusting(t, server.CAPEM)}
}

func trusting(t *testing.T, ca []byte) *http.Client {
	t.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		t.Fatal("the CA is no certificate")
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// as is the same world with another caller.
func (w *world) as(tenantID, appID string) *world {
	w.t.Helper()
	token, err := w.control.IssueToken(tenantID, appID)
	if err != nil {
		w.t.Fatal(err)
	}
	other := *w
	other.token = token
	return &other
}

// in is the same world in a subtest.
func (w *world) in(t *testing.T) *world {
	other := *w
	other.t = t
	return &other
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	text   string
	body   map[string]any
}

// code and message are those of the error, in Graph's envelope.
func (a answer) code() string    { return a.errorField("code") }
func (a answer) message() string { return a.errorField("message") }

func (a answer) errorField(name string) string {
	e, _ := a.body["error"].(map[string]any)
	s, _ := e[name].(string)
	return s
}

func (a answer) string(name string) string {
	s, _ := a.body[name].(string)
	return s
}

// field collects a property of every object in a list.
func (a answer) field(name string) []string {
	out := []string{}
	list, _ := a.body["value"].([]any)
	for _, element := range list {
		object, _ := element.(map[string]any)
		out = append(out, fmt.Sprint(object[name]))
	}
	return out
}

// try sends a request, which may fail to be answered. Headers are "Name: value".
func (w *world) try(method, path string, body any, headers ...string) (answer, error) {
	w.t.Helper()
	var in io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			w.t.Fatal(err)
		}
		in = bytes.NewReader(data)
	}
	if !strings.HasPrefix(path, "https://") {
		path = w.server.URL + path
	}
	req, err := http.NewRequestWithContext(w.t.Context(), method, path, in)
	if err != nil {
		w.t.Fatal(err)
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if w.token != "" {
		req.Header.Set("Authorization", "Bearer "+w.token)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	return w.send(req)
}

func (w *world) send(req *http.Request) (answer, error) {
	w.t.Helper()
	resp, err := w.client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{}, err
	}
	a := answer{status: resp.StatusCode, header: resp.Header, text: string(data)}
	_ = json.Unmarshal(data, &a.body) // a body that is no object stays text
	return a, nil
}

// do sends a request that must be answered.
func (w *world) do(method, path string, body any, headers ...string) answer {
	w.t.Helper()
	a, err := w.try(method, path, body, headers...)
	if err != nil {
		w.t.Fatalf("%s %s: %v", method, path, err)
	}
	return a
}

func (w *world) get(path string, headers ...string) answer {
	w.t.Helper()
	return w.do(http.MethodGet, path, nil, headers...)
}

// want fails the test unless the answer has the status.
func (w *world) want(status int, a answer) answer {
	w.t.Helper()
	if a.status != status {
		w.t.Fatalf("status %d, want %d; body %s", a.status, status, a.text)
	}
	return a
}

// query builds a query string from names and values.
func query(pairs ...string) string {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return "?" + v.Encode()
}

func grant(role, principal, scope string) map[string]any {
	return map[string]any{
		"@odata.type": "#microsoft.graph.unifiedRoleAssignment", "roleDefinitionId": role, "principalId": principal, "directoryScopeId": scope,
	}
}

// aliceHolds reports whether what grantAlice grants truly stands.
func (w *world) aliceHolds() bool {
	return slices.ContainsFunc(w.control.Assignments(contoso), func(a graphsim.AssignmentRecord) bool {
		return a.RoleDefinitionID == helpdeskAdmin && a.PrincipalID == alice && a.DirectoryScopeID == "/"
	})
}

// setting changes the conditions.
func (w *world) setting(change func(*graphsim.Settings)) {
	w.t.Helper()
	s := w.control.Settings()
	change(&s)
	if err := w.control.SetSettings(s); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) fault(f graphsim.Fault) {
	w.t.Helper()
	if _, err := w.control.AddFault(f); err != nil {
		w.t.Fatal(err)
	}
}

// unanswered fails the test unless the connection ended without an answer.
func unanswered(t *testing.T, err error) {
	t.Helper()
	var failed *url.Error
	if !errors.As(err, &failed) {
		t.Fatalf("got %v, want a connection that was closed", err)
	}
}
