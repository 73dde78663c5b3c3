package msgraph

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rolewarden/rolewarden/internal/graph"
	"github.com/rolewarden/rolewarden/internal/graphsim/odata"
)

// FuzzAnswers gives any answer to a create and to a delete call. A success is one only if it says so in full, that a call
// had no effect is only believed of Graph, and nothing is sent twice but what a claims challenge asks for.
func FuzzAnswers(f *testing.F) {
	challenge := `Bearer realm="", error="insufficient_claims", claims="` + base64.StdEncoding.EncodeToString([]byte(`{}`)) + `"`
	for _, body := range append(errorBodies(), rowJSON("a-1", aKey()), `{"id":5}`, `{"id":"a","principalId":null}`) {
		for _, status := range []int{200, 201, 204, 302, 400, 401, 404, 429, 500} {
			f.Add(status, body, "application/json; charset=utf-8", "2", challenge)
		}
	}
	f.Add(401, "", "", "", `Bearer claims=`)
	c, l, clock := loop(f)
	f.Fuzz(func(t *testing.T, status int, body, media, retryAfter, challenge string) {
		if status < 200 || status > 599 { // net/http answers nothing else
			return
		}
		body = plant(body)
		answer := func(*http.Request) *http.Response {
			return jsonOf(status, body, "Content-Type", media, "Retry-After", retryAfter, "WWW-Authenticate", challenge, "request-id", "x\n")
		}
		l.begin(clock, answer)
		created, err := c.CreateRoleAssignment(t.Context(), aKey())
		checkFailure(t, l, status, body, err)
		if err == nil && (status != 201 || !strings.HasPrefix(media, "application/json") || !says(body, "id", created.ID) ||
			!says(body, "principalId", created.PrincipalID) || !says(body, "roleDefinitionId", created.RoleDefinitionID)) {
			t.Errorf("status %d, %s with %q is read as %+v", status, media, body, created)
		}
		l.begin(clock, answer)
		err = c.DeleteRoleAssignment(t.Context(), "a-1")
		checkFailure(t, l, status, body, err)
		if (err == nil) != (status == 204) {
			t.Errorf("status %d is read as %v", status, err)
		}
	})
}

// says tells whether the JSON object holds that text, in letters of either case.
func says(body, name, text string) bool {
	var object map[string]any
	_ = json.Unmarshal([]byte(body), &object)
	held, _ := object[name].(string)
	return text != "" && strings.EqualFold(held, text)
}

// checkFailure holds of any error what all errors must be.
func checkFailure(t *testing.T, l *loopback, status int, body string, err error) {
	t.Helper()
	l.checkHosts(t)
	if len(l.calls) == 0 || len(l.calls) > 1 && status != http.StatusUnauthorized || len(l.calls) > 2 {
		t.Errorf("%d calls were sent, and answered with status %d", len(l.calls), status)
	}
	if err == nil {
		return
	}
	e := failure(t, err)
	checkText(t, e.Error(), 3*maxText)
	checkText(t, e.RequestID, maxText)
	if e.Op == "" || e.NotSent || e.RetryAfter < 0 || e.RetryAfter > maxRetryAfter {
		t.Errorf("%+v", e)
	}
	checkBelief(t, status, body, e)
}

// checkBelief holds that only what Graph says is believed.
func checkBelief(t *testing.T, status int, body string, e *graph.Error) {
	t.Helper()
	if e.Class == graph.NotFound && !saysNotFound(status, body) {
		t.Errorf("status %d with %q is read as an absence", status, body)
	}
	if _, is := graphCode(body); e.Answered() && !is && status != http.StatusTooManyRequests && status != http.StatusUnauthorized {
		t.Errorf("status %d with %q is believed: %v", status, body, e.Class)
	}
}

// FuzzClaims logs in with any token. Only one of our directory goes to Graph, what is read is what it says, and no error
// repeats it.
func FuzzClaims(f *testing.F) {
	for _, payload := range []string{
		`{"tid":"` + tenant + `","oid":"` + strings.ToUpper(principal) + `","appid":"` + app + `","roles":["b","a","b"],"exp":1772366400}`,
		`{"tid":"` + strings.ToUpper(tenant) + `"}`, `{"tid":"` + principal + `"}`, `{"tid":5}`, `{}`, `null`, `[]`, ``, `{"tid":"` + tenant + `"`,
		`{"tid":"` + tenant + `","roles":"a"}`, `{"tid":"` + tenant + `","exp":1e400}`, `{"tid":"` + tenant + `","exp":-9223372036854775808}`,
		`{"tid":"` + tenant + `","tid":"` + principal + `"}`,
	} {
		f.Add("e30", payload, "c2ln")
	}
	f.Add("", `{"tid":"`+tenant+`"}`, "a.b")
	c, l, clock := loop(f)
	f.Fuzz(func(t *testing.T, head, payload, tail string) {
		if !regexp.MustCompile(`^[!-~]*$`).MatchString(head + tail) { // no header can hold it
			return
		}
		l.token = head + "." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + "." + tail
		l.begin(clock, func(*http.Request) *http.Response { return jsonOf(200, `{"value":[]}`) })
		c.tokens.forget(0)
		want, ours := identityIn(l.token, payload)
		_, err := c.RoleDefinitions(t.Context())
		if ours != (err == nil) || ours != (len(l.calls) == 1) {
			t.Errorf("%q: %d calls of Graph, %v", payload, len(l.calls), err)
		}
		if err != nil {
			e := failure(t, err)
			checkText(t, e.Error(), 2*maxText)
			if e.Class != graph.Unauthenticated && e.Class != graph.Transient || !e.NotSent {
				t.Errorf("%q: %+v", payload, e)
			}
			return
		}
		for _, r := range l.calls {
			if r.Header.Get("Authorization") != "Bearer "+l.token {
				t.Errorf("sent with %q", r.Header.Get("Authorization"))
			}
		}
		if got, err := c.Identity(t.Context()); err != nil || !cmp.Equal(got, want) {
			t.Errorf("%q is read as %+v, %v, want %+v", payload, got, err, want)
		}
	})
}

// identityIn reads a token in another way, and tells whether it is one of our directory.
func identityIn(token, payload string) (graph.Identity, bool) {
	var known struct {
		Tid, Oid, Appid *string
		Roles           []string
		Exp             *int64
	}
	if strings.Count(token, ".") != 2 || json.Unmarshal([]byte(payload), &known) != nil {
		return graph.Identity{}, false
	}
	lower := func(s *string) string { return strings.ToLower(value(s)) }
	slices.Sort(known.Roles)
	return graph.Identity{TenantID: lower(known.Tid), ObjectID: lower(known.Oid), AppID: lower(known.Appid), Permissions: slices.Compact(known.Roles)},
		strings.EqualFold(value(known.Tid), tenant)
}

// FuzzLookup holds that whatever name is looked up, the directory is asked for that name and nothing else, as the
// simulator's parser reads the call.
func FuzzLookup(f *testing.F) {
	for _, name := range []string{"Helpdesk", "O'Brien", "a&$top=1", "a%27 or 1 eq 1", "{x}", "東京 +", "#?/\\", "' or '1' eq '1", "\u2028", "a\x00", "\xff"} {
		f.Add(name)
	}
	c, l, clock := loop(f)
	f.Fuzz(func(t *testing.T, name string) {
		l.begin(clock, func(*http.Request) *http.Response { return jsonOf(200, `{"value":[]}`) })
		_, err := c.GroupIDs(t.Context(), name)
		if err != nil {
			if !failure(t, err).NotSent || len(l.calls) != 0 {
				t.Errorf("%q: %v after %d calls", name, err, len(l.calls))
			}
			return
		}
		asked := l.calls[0].URL
		query, err := odata.ParseQuery(asked.RawQuery)
		test, _ := query.Filter.(odata.Test)
		want := odata.Use{Property: "displayName", Op: "eq", Values: []any{name}}
		if err != nil || !cmp.Equal(test.Use, want) || len(query.Options()) != 2 || asked.Path != "/v1.0/groups" || asked.Fragment != "" {
			t.Errorf("%q asks for %s: %+v, %v", name, asked, query, err)
		}
	})
}

// FuzzDelete holds that whatever ID is deleted, the call is for that one: for no collection and no other path.
func FuzzDelete(f *testing.F) {
	for _, id := range []string{"lAPp-1", "a/b", "..", ".", "a?b#c", "%2e%2e", "{x}", "a b+c", "東", "\x00", ""} {
		f.Add(id)
	}
	c, l, clock := loop(f)
	f.Fuzz(func(t *testing.T, id string) {
		l.begin(clock, func(*http.Request) *http.Response { return jsonOf(204, "") })
		if err := c.DeleteRoleAssignment(t.Context(), id); err != nil {
			if !failure(t, err).NotSent || len(l.calls) != 0 {
				t.Errorf("%q: %v after %d calls", id, err, len(l.calls))
			}
			return
		}
		asked := l.calls[0]
		last, ok := strings.CutPrefix(asked.URL.EscapedPath(), "/v1.0/roleManagement/directory/roleAssignments/")
		if asked.Method != http.MethodDelete || !ok || strings.ContainsAny(last, "/?#") || last == "" || last == "." || last == ".." ||
			asked.URL.RawQuery != "" || asked.URL.Path != "/v1.0/roleManagement/directory/roleAssignments/"+id {
			t.Errorf("%q: %s %s", id, asked.Method, asked.URL)
		}
	})
}
