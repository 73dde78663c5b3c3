package msgraph

import (
	"encoding/pem"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rolewarden/rolewarden/internal/graph"
)

func TestNewRefusesBadInput(t *testing.T) {
	s := newServer(t)
	cases := map[string]struct {
		change func(*Options)
		want   string
	}{
		"no tenant":            {func(o *Options) { o.TenantID = "" }, "directory (tenant) ID"},
		"a domain as tenant":   {func(o *Options) { o.TenantID = "contoso.com" }, "directory (tenant) ID"},
		"no credential":        {func(o *Options) { o.Credential = nil }, "give one of"},
		"no clock":             {func(o *Options) { o.Clock = nil }, "set Options.Clock"},
		"no cloud":             {func(o *Options) { o.Cloud = Cloud{} }, "write https://host"},
		"http":                 {func(o *Options) { o.Cloud = Endpoints(s.URL, "http://127.0.0.1") }, "write https://host"},
		"path in endpoint":     {func(o *Options) { o.Cloud = Endpoints(s.URL, s.URL+"/v1.0") }, "write https://host"},
		"user in endpoint":     {func(o *Options) { o.Cloud = Endpoints(s.URL, "https://me@graph") }, "write https://host"},
		"CA without effect":    {func(o *Options) { o.CABundle = []byte("x") }, "set one of"},
		"CA without PEM":       {func(o *Options) { o.Transport, o.CABundle = nil, []byte("x") }, "CERTIFICATE blocks"},
		"no client ID":         {func(o *Options) { o.Credential = ClientSecret{Secret: "x"} }, "no client ID"},
		"no secret":            {func(o *Options) { o.Credential = ClientSecret{ClientID: app} }, "no secret"},
		"no token file":        {func(o *Options) { o.Credential = WorkloadIdentity{ClientID: app} }, "no token file"},
		"no client ID for WI":  {func(o *Options) { o.Credential = WorkloadIdentity{TokenFile: "x"} }, "no client ID"},
		"no certificate":       {func(o *Options) { o.Credential = Certificate{ClientID: app} }, "no certificate"},
		"an unreadable one":    {func(o *Options) { o.Credential = Certificate{ClientID: app, Data: []byte(secret)} }, "check both"},
		"a password too short": {func(o *Options) { o.Credential = Certificate{ClientID: app, Data: []byte(secret), Password: "no"} }, "check both"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			o := s.options()
			tc.change(&o)
			_, err := New(o)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got error %v, want one that says %q", err, tc.want)
			}
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Errorf("the error repeats what it was given: %v", err)
			}
		})
	}
	if n := len(s.seen()) + len(s.loggedIn()); n != 0 {
		t.Errorf("New made %d calls, want none", n)
	}
}

func TestClouds(t *testing.T) {
	for name, cloud := range map[string]Cloud{"Public": Public(), "USGov": USGov(), "USGovDoD": USGovDoD(), "China": China()} {
		t.Run(name, func(t *testing.T) {
			if err := cloud.check(); err != nil || cloud.private {
				t.Errorf("check: %v, private: %v", err, cloud.private)
			}
			if want := cloud.Graph + "/.default"; cloud.scope() != want {
				t.Errorf("scope is %q, want %q", cloud.scope(), want)
			}
		})
	}
}

func TestCABundleIsTrusted(t *testing.T) {
	s := newServer(t)
	bundle := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	trusting := s.client(t, func(o *Options) { o.Transport, o.CABundle = nil, bundle })
	if _, err := trusting.RoleDefinitions(t.Context()); err != nil {
		t.Errorf("with the CA bundle: %v", err)
	}
	wary := s.client(t, func(o *Options) { o.Transport = nil })
	_, err := wary.RoleDefinitions(t.Context())
	if e := failure(t, err); e.Class != graph.Transient || !e.NotSent || !strings.Contains(e.Error(), "set the CA bundle") {
		t.Errorf("without: got %s (class %v, not sent %v)", e, e.Class, e.NotSent)
	}
}

func TestRequestsSayWhoCalls(t *testing.T) {
	s := newServer(t)
	c := s.client(t)
	for _, operation := range operations() {
		_ = operation(t.Context(), c)
	}
	ids := map[string]bool{}
	for _, r := range s.seen() {
		if got := r.Header.Get("User-Agent"); got != "rolewarden/test" {
			t.Errorf("%s %s: User-Agent is %q", r.Method, r.Path, got)
		}
		if r.Header.Get("SdkVersion") != "" || r.Header.Get("Content-Encoding") != "" {
			t.Errorf("%s %s: telemetry or compression is on: %v", r.Method, r.Path, r.Header)
		}
		if r.Length != int64(len(r.Body)) {
			t.Errorf("%s %s: Content-Length %d for %d bytes", r.Method, r.Path, r.Length, len(r.Body))
		}
		ids[r.Header.Get("client-request-id")] = true
	}
	if calls := len(s.seen()); len(ids) != calls || calls < len(operations()) || ids[""] {
		t.Errorf("client-request-ids %v, want one for each of %d calls", ids, calls)
	}
	if n := len(s.loggedIn()); n != 1 {
		t.Errorf("%d logins, want 1", n)
	}
}

func TestRequestsAskForTheLeast(t *testing.T) {
	s := newServer(t)
	c := s.client(t)
	cases := map[string]struct{ path, query string }{
		"find":  {"/v1.0/roleManagement/directory/roleAssignments", "%24filter=principalId%20eq%20%27" + principal + "%27&%24select=id,principalId,roleDefinitionId,directoryScopeId"},
		"roles": {"/v1.0/roleManagement/directory/roleDefinitions", "%24select=id,templateId,displayName,isBuiltIn"},
		"user":  {"/v1.0/users", "%24filter=userPrincipalName%20eq%20%27alice%40contoso.com%27&%24select=id"},
		"group": {"/v1.0/groups", "%24filter=displayName%20eq%20%27Helpdesk%27&%24select=id"},
		"sp":    {"/v1.0/servicePrincipals", "%24filter=appId%20eq%20%27" + app + "%27&%24select=id"},
		"unit":  {"/v1.0/directory/administrativeUnits", "%24filter=displayName%20eq%20%27Berlin%27&%24select=id"},
	}
	for name, want := range cases {
		t.Run(name, func(t *testing.T) {
			before := len(s.seen())
			if err := operations()[name](t.Context(), c); err != nil {
				t.Fatal(err)
			}
			calls := s.seen()[before:]
			if len(calls) != 1 {
				t.Fatalf("%d calls, want 1", len(calls))
			}
			got := struct{ path, query string }{calls[0].Path, calls[0].Query}
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(got)); diff != "" {
				t.Errorf("request (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMiddlewareOrder(t *testing.T) {
	s := newServer(t)
	var got []string
	for _, m := range s.client(t).middleware("") {
		got = append(got, strings.TrimPrefix(typeName(m), "*msgraph."))
	}
	want := []string{"headerHandler", "hostHandler", "gateHandler", "answerHandler", "wireHandler"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("middleware (-want +got):\n%s", diff)
	}
}

func TestOperationsReturnValues(t *testing.T) {
	s := newServer(t)
	c := s.client(t)

	upper := graph.AssignmentKey{PrincipalID: strings.ToUpper(principal), RoleDefinitionID: strings.ToUpper(role), DirectoryScopeID: "/"}
	other := graph.AssignmentKey{PrincipalID: principal, RoleDefinitionID: role, DirectoryScopeID: "/attributeSets/Engineering"}
	s.onGraph(answerWith(http.StatusOK, `{"value":[`+rowJSON("other", other)+`,`+rowJSON("kl2Jm9-1", upper)+`]}`))
	found, err := c.FindRoleAssignment(t.Context(), upper)
	if err != nil {
		t.Fatal(err)
	}
	want := &graph.Assignment{ID: "kl2Jm9-1", AssignmentKey: aKey()}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}

	s.onGraph(answerWith(http.StatusOK, `{"value":[`+rowJSON("other", other)+`]}`))
	if found, err := c.FindRoleAssignment(t.Context(), aKey()); found != nil || err != nil {
		t.Errorf("got %v, %v, want an absence that is shown", found, err)
	}

	s.onGraph(answerWith(http.StatusCreated, rowJSON("new", other)))
	created, err := c.CreateRoleAssignment(t.Context(), aKey())
	if diff := cmp.Diff(graph.Assignment{ID: "new", AssignmentKey: other}, created); err != nil || diff != "" {
		t.Errorf("created is not what was answered (-want +got):\n%s%v", diff, err)
	}
	calls := s.seen()
	wantBody := `{"directoryScopeId":"/","principalId":"` + principal + `","roleDefinitionId":"` + role + `"}`
	if body := calls[len(calls)-1].Body; !sameJSON(t, body, wantBody) {
		t.Errorf("sent %s, want %s", body, wantBody)
	}
}

func TestFetchingRoles(t *testing.T) {
	s := newServer(t)
	c := s.client(t)
	s.onGraph(answerWith(http.StatusOK, `{"value":[
		{"id":"62E90394-69F5-4237-9190-012177145E10","templateId":"62e90394-69f5-4237-9190-012177145e10","displayName":"Global Administrator","isBuiltIn":true,"unheardOf":{"a":[1]}},
		{"id":"3671d40a-1aac-426c-a0c1-a3821ebd8218","templateId":null,"displayName":"Ours","isBuiltIn":false}]}`))
	got, err := c.RoleDefinitions(t.Context())
	want := []graph.RoleDefinition{
		{ID: "62e90394-69f5-4237-9190-012177145e10", TemplateID: "62e90394-69f5-4237-9190-012177145e10", DisplayName: "Global Administrator", BuiltIn: true},
		{ID: "3671d40a-1aac-426c-a0c1-a3821ebd8218", DisplayName: "Ours"},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("roles (-want +got):\n%s%v", diff, err)
	}
}

func TestBadInputIsNotSent(t *testing.T) {
	s := newServer(t)
	c := s.client(t)
	cases := map[string]func() error{
		"a key that is none": func() error { _, err := c.FindRoleAssignment(t.Context(), graph.AssignmentKey{}); return err },
		"a scope that is none": func() error {
			_, err := c.CreateRoleAssignment(t.Context(), graph.AssignmentKey{PrincipalID: principal, RoleDefinitionID: role})
			return err
		},
		"no assignment ID":       func() error { return c.DeleteRoleAssignment(t.Context(), "") },
		"a step up":              func() error { return c.DeleteRoleAssignment(t.Context(), "..") },
		"an ID that is no text":  func() error { return c.DeleteRoleAssignment(t.Context(), "\xff") },
		"a control character":    func() error { _, err := c.UserIDs(t.Context(), "a\x00b"); return err },
		"a line break in a unit": func() error { _, err := c.AdministrativeUnitIDs(t.Context(), "a\nb"); return err },
	}
	for name, operation := range cases {
		t.Run(name, func(t *testing.T) {
			if e := failure(t, operation()); !e.NotSent || !e.Answered() || e.Op == "" {
				t.Errorf("got %+v, want an error of something not sent", e)
			}
		})
	}
	if n := len(s.seen()); n != 0 {
		t.Errorf("%d calls, want none", n)
	}
}

func TestGateHoldsBackEverything(t *testing.T) {
	cases := map[string]struct {
		status int
		header string
		rest   time.Duration
	}{
		"429":                        {http.StatusTooManyRequests, "30", 30 * time.Second},
		"429 with a fraction":        {http.StatusTooManyRequests, "2.128", 3 * time.Second},
		"429 with a date":            {http.StatusTooManyRequests, "Sun, 01 Mar 2026 12:00:45 GMT", 45 * time.Second},
		"503 with Retry-After":       {http.StatusServiceUnavailable, "10", 10 * time.Second},
		"429 without Retry-After":    {http.StatusTooManyRequests, "", 0},
		"503 without Retry-After":    {http.StatusServiceUnavailable, "", 0},
		"500 with Retry-After":       {http.StatusInternalServerError, "10", 0},
		"429 with an absurd request": {http.StatusTooManyRequests, "1e300", maxRetryAfter},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			c := s.client(t)
			s.onGraph(answerWith(tc.status, graphError("TooManyRequests", "Please retry again later."), "Retry-After", tc.header))
			_, err := c.FindRoleAssignment(t.Context(), aKey())
			if e := failure(t, err); e.NotSent || e.Status != tc.status {
				t.Fatalf("got %+v, want the answer itself", e)
			}
			s.onGraph(answerWith(http.StatusOK, `{"value":[]}`))
			if tc.rest == 0 {
				if _, err := c.RoleDefinitions(t.Context()); err != nil {
					t.Errorf("the gate is closed: %v", err)
				}
				return
			}
			s.clock.Step(tc.rest - time.Nanosecond)
			before := len(s.seen()) + len(s.loggedIn())
			c.tokens.forget(0)
			for name, operation := range operations() {
				e := failure(t, operation(t.Context(), c))
				if e.Class != graph.Throttled || !e.NotSent || e.RetryAfter != time.Nanosecond || e.Op == "" {
					t.Errorf("%s through a closed gate: %+v", name, e)
				}
			}
			if n := len(s.seen()) + len(s.loggedIn()) - before; n != 0 {
				t.Errorf("%d calls through a closed gate", n)
			}
			s.clock.Step(time.Nanosecond)
			if _, err := c.RoleDefinitions(t.Context()); err != nil {
				t.Errorf("the gate stays closed: %v", err)
			}
		})
	}
}

func TestAShorterPauseDoesNotCutALongerOne(t *testing.T) {
	clock := newClock()
	g := &gate{clock: clock}
	g.close(time.Minute)
	g.close(time.Second)
	clock.Step(59 * time.Second)
	if e := failure(t, g.check()); e.RetryAfter != time.Second {
		t.Errorf("the rest is %v, want the last second of the longer pause", e.RetryAfter)
	}
	clock.Step(time.Second)
	if err := g.check(); err != nil {
		t.Error(err)
	}
}

// TestPauseOutlivesTheClient holds that a client made anew, as after a rotated secret, waits for what the last one was told.
func TestPauseOutlivesTheClient(t *testing.T) {
	s, pauses := newServer(t), &Pauses{}
	with := func(o *Options) { o.Pauses = pauses }
	s.onGraph(answerWith(http.StatusTooManyRequests, graphError("TooManyRequests", "Please retry again later."), "Retry-After", "10"))
	_, err := s.client(t, with).RoleDefinitions(t.Context())
	if e := failure(t, err); e.NotSent {
		t.Fatalf("got %+v, want the answer itself", e)
	}
	s.onGraph(answerWith(http.StatusOK, `{"value":[]}`))
	_, err = s.client(t, with).RoleDefinitions(t.Context())
	if e := failure(t, err); e.Class != graph.Throttled || !e.NotSent {
		t.Errorf("got %+v, want nothing sent", e)
	}
	elsewhere := func(o *Options) { with(o); o.TenantID = "7a4d3e8f-1b5c-4e6d-9f80-1b2c3d4e5f60" }
	if e := failure(t, second(s.client(t, elsewhere).RoleDefinitions(t.Context()))); e.Class == graph.Throttled {
		t.Errorf("got %+v: another tenant has limits of its own", e)
	}
	s.clock.Step(10 * time.Second)
	if _, err := s.client(t, with).RoleDefinitions(t.Context()); err != nil {
		t.Errorf("the gate stays closed: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }

func TestGateThatClosesDuringALogin(t *testing.T) {
	s := newServer(t)
	c := s.client(t)
	s.onToken(func(w http.ResponseWriter, r *http.Request) {
		c.gate.close(time.Minute) // As another call's 429 would.
		s.issue(w, r)
	})
	err := c.DeleteRoleAssignment(t.Context(), "a-1")
	if e := failure(t, err); e.Class != graph.Throttled || !e.NotSent || len(s.seen()) != 0 {
		t.Errorf("got %+v and %d calls, want nothing sent", e, len(s.seen()))
	}
}
