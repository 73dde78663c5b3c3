package msgraph

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rolewarden/rolewarden/internal/graph"
)

func TestIdentity(t *testing.T) {
	s := newServer(t)
	c := s.client(t)
	want := graph.Identity{TenantID: tenant, AppID: app, ObjectID: principal, Permissions: []string{"Group.Read.All", "RoleManagement.ReadWrite.Directory"}}
	for range 2 {
		got, err := c.Identity(t.Context())
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("identity (-want +got):\n%s%v", diff, err)
		}
	}
	logins := s.loggedIn()
	if len(logins) != 1 || len(s.seen()) != 0 {
		t.Errorf("%d logins and %d calls, want one login", len(logins), len(s.seen()))
	}
	form, err := url.ParseQuery(logins[0].Body)
	if err != nil || !strings.Contains(form.Get("scope"), s.URL+"/.default") {
		t.Errorf("asked for scope %q", form.Get("scope"))
	}
}

func TestIdentityWithoutPermissionsOrObject(t *testing.T) {
	s := newServer(t)
	s.claims = map[string]any{"tid": tenant}
	got, err := s.client(t).Identity(t.Context())
	if diff := cmp.Diff(graph.Identity{TenantID: tenant}, got); err != nil || diff != "" {
		t.Errorf("identity (-want +got):\n%s%v", diff, err)
	}
}

func TestCredentials(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("the-assertion"), 0o600); err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		credential Credential
		want       func(url.Values) bool
	}{
		"client secret": {ClientSecret{ClientID: app, Secret: secret}, func(f url.Values) bool { return f.Get("client_secret") == secret }},
		"workload identity": {WorkloadIdentity{ClientID: app, TokenFile: file}, func(f url.Values) bool {
			return f.Get("client_assertion") == "the-assertion" && strings.HasSuffix(f.Get("client_assertion_type"), "jwt-bearer")
		}},
		"certificate": {Certificate{ClientID: app, Data: certificatePEM(t)}, func(f url.Values) bool {
			return strings.Count(f.Get("client_assertion"), ".") == 2
		}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			c := s.client(t, func(o *Options) { o.Credential = tc.credential })
			if _, err := c.RoleDefinitions(t.Context()); err != nil {
				t.Fatal(err)
			}
			form, err := url.ParseQuery(s.loggedIn()[0].Body)
			if err != nil || form.Get("client_id") != app || form.Get("grant_type") != "client_credentials" || !tc.want(form) {
				t.Errorf("the login is not what it should be: %v", err)
			}
			if token := s.seen()[0].Token; !strings.HasPrefix(token, "eyJ") {
				t.Errorf("called Graph with token %q", token)
			}
		})
	}
}

// certificatePEM returns a certificate that signed itself, with its key.
func certificatePEM(t *testing.T) []byte {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "rolewarden"}, NotAfter: newClock().Now().AddDate(100, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})...)
}

func TestUnreadableTokenFile(t *testing.T) {
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := newServer(t)
	s.onToken(answerWith(400, `{"error":"invalid_request","error_description":"AADSTS90014: The required field 'client_assertion' is missing."}`))
	for name, want := range map[string]string{"missing": "no such file", "empty": "AADSTS90014"} {
		c := s.client(t, func(o *Options) { o.Credential = WorkloadIdentity{ClientID: app, TokenFile: filepath.Join(dir, name)} })
		_, err := c.RoleDefinitions(t.Context())
		e := failure(t, err)
		if e.Class != graph.Unauthenticated || !e.NotSent || !strings.Contains(e.Error(), want) {
			t.Errorf("%s: got %v (class %v), want one that says %q", name, e, e.Class, want)
		}
	}
}

func TestTokensOfAnotherTenantAreNotSent(t *testing.T) {
	for _, tid := range []string{"bbbbcccc-1111-dddd-2222-eeee3333ffff", "", "not-an-id"} {
		s := newServer(t)
		s.claims["tid"] = tid
		c := s.client(t)
		_, err := c.Identity(t.Context())
		e := failure(t, err)
		if e.Class != graph.Unauthenticated || !strings.Contains(e.Error(), tenant) || !strings.Contains(e.Error(), tid) {
			t.Errorf("Identity: got %v, want one that names both directories", e)
		}
		for name, operation := range operations() {
			if e := failure(t, operation(t.Context(), c)); e.Class != graph.Unauthenticated || !e.NotSent {
				t.Errorf("%s: got %+v", name, e)
			}
		}
		if n := len(s.seen()); n != 0 {
			t.Errorf("%d calls went to Graph with a token of %q", n, tid)
		}
	}
}

func TestLoginErrors(t *testing.T) {
	description := "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value. Trace ID: 0a0a Correlation ID: 1b1b Timestamp: 2026-03-01 12:00:00Z"
	cases := map[string]struct {
		handler       http.HandlerFunc
		class         graph.Class
		code, message string
		retryAfter    time.Duration
	}{
		"wrong secret": {
			answerWith(401, `{"error":"invalid_client","error_description":"`+description+`","trace_id":"0a0a"}`),
			graph.Unauthenticated, "AADSTS7000215", "Invalid client secret provided.", 0,
		},
		"unknown app": {
			answerWith(400, `{"error":"unauthorized_client","error_description":"AADSTS700016: Application with identifier 'x' was not found in the directory 'Contoso'.\r\nTrace ID: 0a0a"}`),
			graph.Unauthenticated, "AADSTS700016", "Application with identifier 'x' was not found in the directory 'Contoso'.", 0,
		},
		"no description": {answerWith(400, `{"error":"invalid_grant"}`), graph.Unauthenticated, "invalid_grant", "", 0},
		"it repeats the secret": {
			answerWith(401, `{"error":"invalid_client","error_description":"AADSTS1: `+secret+` and eyJhbGciOiJub25lIn0.eyJ4IjoxfQ.c2ln are wrong. More"}`),
			graph.Unauthenticated, "AADSTS1", "[redacted] and [redacted] are wrong.", 0,
		},
		"busy":            {answerWith(400, `{"error":"temporarily_unavailable","error_description":"x"}`), graph.Transient, "temporarily_unavailable", "x", 0},
		"throttled":       {answerWith(429, `{"error":"x"}`, "Retry-After", "7"), graph.Throttled, "x", "", 7 * time.Second},
		"503":             {answerWith(503, "<html>"), graph.Transient, "", "", 0},
		"404 of a proxy":  {answerWith(404, "<html>"), graph.Transient, "", "", 0},
		"403 of a proxy":  {answerWith(403, "<html>"), graph.Transient, "", "", 0},
		"a redirect":      {answerWith(302, "", "Location", "https://elsewhere/"), graph.Transient, "", "", 0},
		"HTML with 200":   {answerWith(200, "<html>"), graph.Transient, "", "the login endpoint's answer is not JSON", 0},
		"no answer":       {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, graph.Transient, "", "", 0},
		"an opaque token": {answerWith(200, `{"token_type":"Bearer","expires_in":3599,"access_token":"opaque"}`), graph.Unauthenticated, "", "the login endpoint issued a token whose claims cannot be read", 0},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			s.onToken(tc.handler)
			c := s.client(t)
			_, err := c.FindRoleAssignment(t.Context(), aKey())
			e := failure(t, err)
			got := []any{e.Class, e.Code, e.Message, e.RetryAfter, e.NotSent, e.Op}
			if diff := cmp.Diff([]any{tc.class, tc.code, tc.message, tc.retryAfter, true, "reading role assignments"}, got); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if n := len(s.loggedIn()); n != 1 {
				t.Errorf("%d logins, want exactly one", n)
			}
			if n := len(s.seen()); n != 0 {
				t.Errorf("%d calls without a token", n)
			}
			_, again := c.FindRoleAssignment(t.Context(), aKey())
			if tc.class != graph.Throttled && again.Error() != err.Error() {
				t.Errorf("the text changes: %q, then %q", err, again)
			}
			if n := s.discovered(); n != 1 {
				t.Errorf("the login endpoint's configuration was read %d times, want once", n)
			}
		})
	}
}

func TestTheLoginEndpointsPauseIsKept(t *testing.T) {
	s := newServer(t)
	s.onToken(answerWith(429, `{}`, "Retry-After", "7"))
	c := s.client(t)
	_, _ = c.Identity(t.Context())
	s.clock.Step(6 * time.Second)
	_, err := c.Identity(t.Context())
	if e := failure(t, err); e.Class != graph.Throttled || e.RetryAfter != time.Second || len(s.loggedIn()) != 1 {
		t.Errorf("got %+v after %d logins, want one that waits another second", e, len(s.loggedIn()))
	}
	s.onToken(s.issue)
	s.clock.Step(time.Second)
	if _, err := c.Identity(t.Context()); err != nil {
		t.Errorf("after the pause: %v", err)
	}
}

func TestClaimsChallengeIsAnsweredOnce(t *testing.T) {
	claims := base64.StdEncoding.EncodeToString([]byte(`{"access_token":{"nbf":{"essential":true,"value":"1702682181"}}}`))
	good := `Bearer realm="", authorization_uri="https://login/common", error="insufficient_claims", claims="` + claims + `"`
	cases := map[string]struct {
		challenge string
		accept    int
		calls     int
		want      graph.Class
	}{
		"answered":          {good, 2, 2, -1},
		"refused again":     {good, 99, 2, graph.Unauthenticated},
		"claims not quoted": {"Bearer claims=abc", 99, 1, graph.Unauthenticated},
		"claims are empty":  {`Bearer claims=""`, 99, 1, graph.Unauthenticated},
		"not base64":        {`Bearer claims="%%%"`, 99, 1, graph.Unauthenticated},
		"one quote":         {`Bearer claims="abc`, 99, 1, graph.Unauthenticated},
		"not an object":     {`Bearer claims="bnVsbA=="`, 99, 1, graph.Unauthenticated},
		"another parameter": {`Bearer claims_supported=x, claims="` + claims + `"`, 99, 1, graph.Unauthenticated},
		"no claims":         {`Bearer error="invalid_token"`, 99, 1, graph.Unauthenticated},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			s.onGraph(func(w http.ResponseWriter, r *http.Request) {
				if len(s.seen()) < tc.accept {
					answerWith(401, graphError("InvalidAuthenticationToken", "Continuous access evaluation resulted in challenge"), "WWW-Authenticate", tc.challenge)(w, r)
					return
				}
				answerWith(201, rowJSON("a-1", aKey()))(w, r)
			})
			_, err := s.client(t).CreateRoleAssignment(t.Context(), aKey())
			if tc.want < 0 {
				if err != nil {
					t.Fatal(err)
				}
				checkReplay(t, s, claims)
			} else if e := failure(t, err); e.Class != tc.want {
				t.Errorf("got %v, want class %v", e, tc.want)
			}
			if n := len(s.seen()); n != tc.calls {
				t.Errorf("%d calls, want %d", n, tc.calls)
			}
		})
	}
}

// checkReplay looks for the claims in the second login, and for its token and the whole body in the second call.
func checkReplay(t *testing.T, s *server, claims string) {
	t.Helper()
	logins, calls := s.loggedIn(), s.seen()
	if len(logins) != 2 {
		t.Fatalf("%d logins, want 2", len(logins))
	}
	form, err := url.ParseQuery(logins[1].Body)
	decoded, _ := base64.StdEncoding.DecodeString(claims)
	if err != nil || !strings.Contains(form.Get("claims"), "1702682181") {
		t.Errorf("the second login asks for claims %q, want those of %s", form.Get("claims"), decoded)
	}
	if calls[0].Token == calls[1].Token || calls[0].Body != calls[1].Body || calls[1].Body == "" {
		t.Errorf("the second call is not the first one with a new token")
	}
}

func TestTokensThatGraphTurnsDownAreForgotten(t *testing.T) {
	cases := map[string]struct {
		answer http.HandlerFunc
		age    time.Duration
		logins int
	}{
		"401 of a fresh token":  {answerWith(401, graphError("InvalidAuthenticationToken", "x")), time.Second, 1},
		"401 of an older token": {answerWith(401, graphError("InvalidAuthenticationToken", "x")), time.Minute, 2},
		"403 of a fresh token":  {answerWith(403, graphError("Authorization_RequestDenied", "x")), time.Minute, 1},
		"403 of an older token": {answerWith(403, graphError("Authorization_RequestDenied", "x")), 5 * time.Minute, 2},
		"a token without oid":   {answerWith(403, graphError("Authorization_IdentityNotFound", "x")), time.Minute, 2},
		"404":                   {answerWith(404, graphError("Request_ResourceNotFound", "x")), 5 * time.Minute, 1},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			c := s.client(t)
			_, _ = c.RoleDefinitions(t.Context())
			s.clock.Step(tc.age)
			s.onGraph(tc.answer)
			for range 3 {
				_ = c.DeleteRoleAssignment(t.Context(), "a-1")
			}
			if n := len(s.loggedIn()); n != tc.logins {
				t.Errorf("%d logins, want %d", n, tc.logins)
			}
		})
	}
}

func TestExpiredTokensAreNotSent(t *testing.T) {
	s := newServer(t)
	c := s.client(t)
	_, _ = c.RoleDefinitions(t.Context())
	s.clock.Step(2 * time.Hour)
	_, err := c.RoleDefinitions(t.Context())
	calls := s.seen()
	if err != nil || len(s.loggedIn()) != 2 || calls[0].Token == calls[1].Token {
		t.Errorf("%d logins, %v, want a new token", len(s.loggedIn()), err)
	}
}

func TestAWrongClockIsNoHotLoop(t *testing.T) {
	s := newServer(t)
	s.claims["exp"] = s.clock.Now().Add(-time.Hour).Unix()
	c := s.client(t)
	for range 5 {
		if _, err := c.RoleDefinitions(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(s.loggedIn()); n != 1 {
		t.Errorf("%d logins, want 1", n)
	}
}

func TestRenewToken(t *testing.T) {
	s := newServer(t)
	c := s.client(t)
	_, _ = c.Identity(t.Context())
	s.mu.Lock()
	s.claims["roles"] = []string{"User.ReadBasic.All"}
	s.mu.Unlock()
	c.RenewToken()
	if got, _ := c.Identity(t.Context()); len(got.Permissions) != 2 {
		t.Errorf("a token that is new was renewed: %v", got.Permissions)
	}
	s.clock.Step(time.Minute)
	c.RenewToken()
	got, err := c.Identity(t.Context())
	if diff := cmp.Diff([]string{"User.ReadBasic.All"}, got.Permissions); err != nil || diff != "" {
		t.Errorf("permissions (-want +got):\n%s%v", diff, err)
	}
}

func TestCancelledLogin(t *testing.T) {
	s := newServer(t)
	ctx, cancel := context.WithCancel(t.Context())
	s.onToken(func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	_, err := s.client(t).RoleDefinitions(ctx)
	if e := failure(t, err); e.Class != graph.Transient || !e.NotSent {
		t.Errorf("got %+v, want an interruption of something not sent", e)
	}
}

func TestReadClaims(t *testing.T) {
	good := unsigned(map[string]any{"tid": tenant, "roles": []string{"b", "a", "b"}})
	cases := map[string]struct {
		token string
		want  []string
		ok    bool
	}{
		"good":           {good, []string{"a", "b"}, true},
		"empty":          {"", nil, false},
		"two parts":      {"a.b", nil, false},
		"encrypted":      {"a.b.c.d.e", nil, false},
		"not base64":     {"a.%%%.c", nil, false},
		"not JSON":       {"a." + base64.RawURLEncoding.EncodeToString([]byte("x")) + ".c", nil, false},
		"roles a string": {"a." + base64.RawURLEncoding.EncodeToString([]byte(`{"roles":"x"}`)) + ".c", nil, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c, err := readClaims(tc.token)
			if (err == nil) != tc.ok {
				t.Fatalf("error %v, want success %v", err, tc.ok)
			}
			if diff := cmp.Diff(tc.want, c.identity().Permissions); diff != "" {
				t.Errorf("permissions (-want +got):\n%s", diff)
			}
		})
	}
}
