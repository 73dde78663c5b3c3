package msgraph

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// loopback is a transport in process. It logs in with any token, hands every other call to answer, whatever its host, and
// keeps what was sent.
type loopback struct {
	token  string
	answer func(*http.Request) *http.Response
	calls  []*http.Request
}

// goodToken is a token of our directory that never expires.
func goodToken() string { return unsigned(map[string]any{"tid": tenant}) }

// RoundTrip implements http.RoundTripper.
func (l *loopback) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host != "login.test" {
		l.calls = append(l.calls, r)
		return l.answer(r), nil
	}
	if strings.HasSuffix(r.URL.Path, "/openid-configuration") {
		base := "https://login.test/" + tenant
		return jsonOf(200, `{"issuer":"`+base+`","authorization_endpoint":"`+base+`/a","token_endpoint":"`+base+`/t"}`), nil
	}
	token, err := json.Marshal(map[string]any{"token_type": "Bearer", "expires_in": 3599, "access_token": l.token})
	return jsonOf(200, string(token)), err
}

// jsonOf is an answer in Graph's content type.
func jsonOf(status int, body string, headers ...string) *http.Response {
	resp := &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body))}
	for i := 0; i+1 < len(headers); i += 2 {
		resp.Header.Set(headers[i], headers[i+1])
	}
	return resp
}

// loop returns a client and the transport that it speaks to, for all the runs of a target.
func loop(tb testing.TB) (*Client, *loopback, *fakeClock) {
	tb.Helper()
	l, clock := &loopback{token: goodToken()}, newClock()
	c, err := New(Options{
		TenantID: tenant, Cloud: Endpoints("https://login.test", "https://graph.test"), Clock: clock,
		Credential: ClientSecret{ClientID: app, Secret: secret}, Transport: l,
	})
	if err != nil {
		tb.Fatal(err)
	}
	return c, l, clock
}

// begin starts a run: nothing was called, and no pause holds.
func (l *loopback) begin(clock *fakeClock, answer func(*http.Request) *http.Response) {
	l.calls, l.answer = nil, answer
	clock.Step(maxRetryAfter + time.Second)
}

// checkHosts holds that nothing went elsewhere than to Graph.
func (l *loopback) checkHosts(t *testing.T) {
	t.Helper()
	for _, r := range l.calls {
		if r.URL.Scheme != "https" || !strings.EqualFold(r.URL.Host, "graph.test") || r.URL.User != nil || r.Host != "" && !strings.EqualFold(r.Host, "graph.test") {
			t.Errorf("%s %s was sent, Authorization: %v", r.Method, r.URL, r.Header["Authorization"] != nil)
		}
	}
}
