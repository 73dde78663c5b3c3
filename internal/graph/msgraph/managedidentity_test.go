package msgraph

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rolewarden/rolewarden/internal/graph"
)

// machine is a transport to the endpoint that gives a machine in Azure its tokens (Azure docs, how-to-use-vm-token).
type machine struct {
	status int
	body   string
	asked  []string
}

// RoundTrip implements http.RoundTripper.
func (m *machine) RoundTrip(r *http.Request) (*http.Response, error) {
	m.asked = append(m.asked, r.URL.Host+r.URL.Path+"?client_id="+r.URL.Query().Get("client_id")+"&resource="+r.URL.Query().Get("resource"))
	return &http.Response{
		StatusCode: m.status, Header: http.Header{"Content-Type": {"application/json"}}, Request: r, Body: io.NopCloser(strings.NewReader(m.body)),
	}, nil
}

func TestManagedIdentity(t *testing.T) {
	token := func(tid string) string {
		return `{"access_token":"` + unsigned(map[string]any{"tid": tid, "oid": principal}) + `","expires_in":"3599","expires_on":"1893456000","resource":"https://graph.test","token_type":"Bearer"}`
	}
	cases := map[string]struct {
		status int
		body   string
		want   graph.Class
		ok     bool
	}{
		"a token":              {status: 200, body: token(tenant), ok: true},
		"of another tenant":    {status: 200, body: token(fabrikam), want: graph.Unauthenticated},
		"no such identity":     {status: 400, body: `{"error":"invalid_request","error_description":"Identity not found"}`, want: graph.Unauthenticated},
		"not ready":            {status: 404, body: `{"error":"not_found"}`, want: graph.Transient},
		"being upgraded":       {status: 410, body: ``, want: graph.Transient},
		"an outage":            {status: 500, body: `{"error":"unknown"}`, want: graph.Transient},
		"throttled":            {status: 429, body: ``, want: graph.Throttled},
		"a proxy in between":   {status: 403, body: `<html>`, want: graph.Transient},
		"a proxy that is fine": {status: 200, body: `<html>`, want: graph.Transient},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			m := &machine{status: tc.status, body: tc.body}
			c, err := New(Options{
				TenantID: tenant, Cloud: Endpoints("https://login.test", "https://graph.test"), Clock: newClock(),
				Credential: ManagedIdentity{ClientID: app}, Transport: m,
			})
			if err != nil {
				t.Fatal(err)
			}
			identity, err := c.Identity(t.Context())
			if tc.ok {
				if err != nil || identity.ObjectID != principal {
					t.Errorf("got %+v, %v", identity, err)
				}
			} else if e := failure(t, err); e.Class != tc.want || !e.NotSent {
				t.Errorf("got %+v, want class %v", e, tc.want)
			}
			want := []string{"169.254.169.254/metadata/identity/oauth2/token?client_id=" + app + "&resource=https://graph.test"}
			if diff := cmp.Diff(want, m.asked); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
		})
	}
}

// TestManagedIdentityIsRenewed guards against the cache that MSAL keeps for the whole process.
func TestManagedIdentityIsRenewed(t *testing.T) {
	clock := newClock()
	m := &machine{status: 200}
	issue := func(role string) {
		m.body = `{"access_token":"` + unsigned(map[string]any{"tid": tenant, "roles": []string{role}}) +
			`","expires_in":"3599","expires_on":"1893456000","token_type":"Bearer"}`
	}
	c, err := New(Options{
		TenantID: tenant, Cloud: Endpoints("https://login.test", "https://graph.test"), Clock: clock,
		Credential: ManagedIdentity{}, Transport: m,
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"Old", "Old", "New"}
	var got []string
	issue("Old")
	for i := range want {
		identity, err := c.Identity(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, identity.Permissions...)
		issue("New")
		clock.Step(time.Minute)
		if i == 1 {
			c.RenewToken()
		}
	}
	if diff := cmp.Diff(want, got); diff != "" || len(m.asked) != 2 {
		t.Errorf("permissions (-want +got):\n%safter %d requests, want 2", diff, len(m.asked))
	}
}
