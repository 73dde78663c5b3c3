package msgraph

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rolewarden/rolewarden/internal/graph"
)

const (
	tenant    = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
	app       = "11111111-1111-1111-1111-111111111111"
	principal = "ace08ec9-aa11-4ada-9145-addf0398233e"
	role      = "729827e3-9c14-49f7-bb1b-9608f156bbb8"
	secret    = "canary-secret-value"
)

// aKey is the key that the tests ask for.
func aKey() graph.AssignmentKey {
	return graph.AssignmentKey{PrincipalID: principal, RoleDefinitionID: role, DirectoryScopeID: graph.TenantScope}
}

// fakeClock stands still until it is told.
type fakeClock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *fakeClock { return &fakeClock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *fakeClock) Step(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// request is what the server saw.
type request struct {
	Method, Path, Query, Body, Token string
	Header                           http.Header
	Length                           int64
}

// server is a login endpoint and a Graph that answers as a test tells it to: the answers that no directory gives, but
// proxies and bad days do.
type server struct {
	*httptest.Server
	clock *fakeClock

	mu     sync.Mutex
	graph  http.HandlerFunc
	token  http.HandlerFunc
	calls  []request
	logins []request
	// discoveries are the requests for the login endpoint's configuration.
	discoveries []request
	claims      map[string]any
}

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{clock: newClock(), claims: map[string]any{
		"tid": tenant, "oid": principal, "appid": app, "roles": []string{"RoleManagement.ReadWrite.Directory", "Group.Read.All"},
	}}
	s.graph = answerWith(http.StatusOK, `{"value":[]}`)
	s.token = s.issue
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func (s *server) serve(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasSuffix(r.URL.Path, "/.well-known/openid-configuration"):
		s.note(&s.discoveries, r)
		base := s.URL + "/" + tenant
		_, _ = fmt.Fprintf(w, `{"issuer":"%s/v2.0","authorization_endpoint":"%s/oauth2/v2.0/authorize","token_endpoint":"%s/oauth2/v2.0/token"}`, base, base, base)
	case strings.HasSuffix(r.URL.Path, "/oauth2/v2.0/token"):
		s.note(&s.logins, r)
		s.handler(&s.token)(w, r)
	default:
		s.note(&s.calls, r)
		s.handler(&s.graph)(w, r)
	}
}

func (s *server) handler(h *http.HandlerFunc) http.HandlerFunc {
	s.mu.Lock()
	defer s.mu.Unlock()
	return *h
}

// onGraph and onToken say what is answered from now on.
func (s *server) onGraph(h http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.graph = h
}

func (s *server) onToken(h http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token = h
}

func (s *server) note(to *[]request, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	*to = append(*to, request{
		Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Body: string(body), Header: r.Header.Clone(),
		Token: strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), Length: r.ContentLength,
	})
}

// seen returns the calls of Graph, and loggedIn the requests for a token.
func (s *server) seen() []request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]request(nil), s.calls...)
}

func (s *server) loggedIn() []request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]request(nil), s.logins...)
}

// discovered returns how often the login endpoint's configuration was read.
func (s *server) discovered() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.discoveries)
}

// issue answers with a token of the claims. Each is another one, as real ones are.
func (s *server) issue(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	s.claims["uti"] = fmt.Sprint(len(s.logins))
	if _, fixed := s.claims["exp"]; !fixed {
		defer delete(s.claims, "exp")
		s.claims["exp"] = s.clock.Now().Add(time.Hour).Unix()
	}
	token := unsigned(s.claims)
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"token_type": "Bearer", "expires_in": 3599, "access_token": token})
}

func unsigned(claims map[string]any) string {
	payload, _ := json.Marshal(claims)
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + encode(payload) + "." + encode([]byte("canary-signature"))
}

// options are those of a client of the server.
func (s *server) options() Options {
	return Options{
		TenantID: tenant, Cloud: Endpoints(s.URL, s.URL), Credential: ClientSecret{ClientID: app, Secret: secret},
		Transport: s.Client().Transport, Clock: s.clock, UserAgent: "rolewarden/test",
	}
}

// client returns a client of the server.
func (s *server) client(t *testing.T, change ...func(*Options)) *Client {
	t.Helper()
	o := s.options()
	for _, f := range change {
		f(&o)
	}
	c, err := New(o)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	t.Cleanup(c.Close)
	return c
}

// answerWith returns a handler that always answers the same, in Graph's content type.
func answerWith(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json;odata.metadata=minimal;charset=utf-8")
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// graphError is a body in the envelope of Graph.
func graphError(code, message string) string {
	body, _ := json.Marshal(map[string]any{"error": map[string]any{
		"code": code, "message": message,
		"innerError": map[string]string{"date": "2021-10-25T14:01:12", "request-id": "956b2963-373f-4d2c-a33a-6497bf32a3f9"},
	}})
	return string(body)
}

// rowJSON is an assignment as Graph writes it.
func rowJSON(id string, k graph.AssignmentKey) string {
	return fmt.Sprintf(`{"id":%q,"principalId":%q,"roleDefinitionId":%q,"directoryScopeId":%q}`,
		id, k.PrincipalID, k.RoleDefinitionID, k.DirectoryScopeID)
}

// failure returns err as the graph.Error that every error of this package must be.
func failure(t *testing.T, err error) *graph.Error {
	t.Helper()
	e, ok := err.(*graph.Error) //nolint:errorlint // The point is that nothing wraps it.
	if !ok {
		t.Fatalf("got %T (%v), want a *graph.Error", err, err)
	}
	return e
}
