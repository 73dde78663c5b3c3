package msgraph

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rolewarden/rolewarden/internal/graph"
)

// FuzzParseError holds that no body makes an error out of bounds, and that only Graph's envelope makes a 404 an absence.
func FuzzParseError(f *testing.F) {
	for _, body := range []string{
		graphError("Request_ResourceNotFound", "Resource 'x' does not exist"),
		`{"odata.error":{"code":"Request_BadRequest","message":{"lang":"en","value":"x"}}}`,
		`{"error":{"code":"UnknownError","message":"{\"errorCode\":\"PermissionScopeNotGranted\",\"message\":\"m\"}"}}`,
		`{"error":"x"}`, `<html>`, ``, `{"error":{"code":"a","message":{}}}`, "\xff\xfe", `{"ERROR":{"Code":"ResourceNotFound"}}`,
	} {
		f.Add(404, body)
		f.Add(400, body)
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		e := parseError(status, http.Header{}, []byte(body))
		for _, text := range []string{e.Code, e.Message} {
			if utf8.RuneCountInString(text) > maxText || strings.ContainsAny(text, "\r\n\x00\x1b") || !utf8.ValidString(text) {
				t.Errorf("%q is not fit to be shown", text)
			}
		}
		if e.Class == graph.NotFound && (e.Code == "" || !json.Valid([]byte(body)) || (status != 404 && status != 400)) {
			t.Errorf("status %d with %q is read as an absence", status, body)
		}
		if (status >= 500 || status == 408) && e.Class != graph.Transient {
			t.Errorf("status %d is %v", status, e.Class)
		}
	})
}

// FuzzRetryAfter holds that a pause is never negative, never longer than the cap, and never shorter than was asked for.
func FuzzRetryAfter(f *testing.F) {
	for _, header := range []string{"10", "2.128", "0.9", "-1", "", "NaN", "1e400", "Sun, 01 Mar 2026 12:00:45 GMT", "0x1p-2", "1_0"} {
		f.Add(header)
	}
	now := newClock().Now()
	f.Fuzz(func(t *testing.T, header string) {
		got := retryAfter(header, now)
		if got < 0 || got > maxRetryAfter {
			t.Fatalf("%q is %v", header, got)
		}
		asked, err := strconv.ParseFloat(header, 64)
		if err == nil && asked > 0 && got < maxRetryAfter && got.Seconds() < asked {
			t.Errorf("%q is cut to %v", header, got)
		}
	})
}

// FuzzReadClaims holds that a token is either read or refused, and that a refusal repeats nothing of it.
func FuzzReadClaims(f *testing.F) {
	f.Add(unsigned(map[string]any{"tid": tenant, "roles": []string{"a"}, "exp": 1}))
	f.Add("a.b.c")
	f.Add("..")
	f.Add("a.eyJ0aWQiOjV9.c")
	f.Fuzz(func(t *testing.T, token string) {
		c, err := readClaims(token)
		if err == nil {
			_ = c.identity()
			return
		}
		if err.Error() != unreadableToken().Error() {
			t.Errorf("the error depends on the token: %v", err)
		}
	})
}

// FuzzLists feeds any body with a 200 through every layer. Whatever comes out of it is an error, or a list of which each
// row has all that makes it one.
func FuzzLists(f *testing.F) {
	f.Add(`{"value":[` + rowJSON("a-1", aKey()) + `]}`)
	f.Add(`{"value":[{"id":"` + role + `","displayName":"x","isBuiltIn":true}]}`)
	f.Add(`{"value":[null]}`)
	f.Add(`{"value":[{"id":5}],"@odata.nextLink":7}`)
	f.Add(`{"value":[{"@odata.type":"#microsoft.graph.user","id":"` + principal + `"}]}`)
	f.Add(`{"value":[{"id":"` + role + `","rolePermissions":[null,{}],"inheritsPermissionsFrom":{}}]}`)
	s := &canned{}
	c, err := New(Options{
		TenantID: tenant, Cloud: Endpoints("https://login.test", "https://graph.test"), Clock: newClock(),
		Credential: ClientSecret{ClientID: app, Secret: secret}, Transport: s,
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body string) {
		s.body = body
		roles, err := c.RoleDefinitions(t.Context())
		for _, r := range roles {
			if !graph.IsID(r.ID) || err != nil {
				t.Errorf("role %+v with error %v", r, err)
			}
		}
		found, err := c.FindRoleAssignment(t.Context(), aKey())
		if found != nil && (found.ID == "" || found.AssignmentKey != aKey() || err != nil) {
			t.Errorf("assignment %+v with error %v", found, err)
		}
		if err == nil && found == nil && !json.Valid([]byte(body)) {
			t.Errorf("%q is read as absence", body)
		}
		_, _ = c.UserIDs(t.Context(), "x")
	})
}

// canned is a transport in process that logs in, and answers every call of Graph with a body.
type canned struct{ body string }

func (c *canned) RoundTrip(r *http.Request) (*http.Response, error) {
	body := c.body
	switch {
	case strings.HasSuffix(r.URL.Path, "/openid-configuration"):
		base := "https://login.test/" + tenant
		body = `{"issuer":"` + base + `","authorization_endpoint":"` + base + `/a","token_endpoint":"` + base + `/t"}`
	case strings.HasSuffix(r.URL.Path, "/t"):
		body = `{"token_type":"Bearer","expires_in":3599,"access_token":"` + unsigned(map[string]any{"tid": tenant}) + `"}`
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
		Body: io.NopCloser(bytes.NewReader([]byte(body))),
	}, nil
}
