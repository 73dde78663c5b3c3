package msgraph

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/rolewarden/rolewarden/internal/graph"
)

// TestNothingIsRetried counts calls at the server: a write that was repeated on its own would make the second answer lie
// about the first.
func TestNothingIsRetried(t *testing.T) {
	answers := map[string]http.HandlerFunc{
		"lost": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"cut short": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte(`{"value":[`))
			panic(http.ErrAbortHandler)
		},
		"redirected": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		},
	}
	for _, status := range []int{302, 308, 400, 403, 404, 408, 409, 412, 415, 424, 429, 500, 502, 503, 504} {
		answers[fmt.Sprint(status)] = answerWith(status, graphError("ServiceUnavailable", "later"), "Location", "/elsewhere")
		answers[fmt.Sprint(status, " with Retry-After")] = answerWith(status, "", "Retry-After", "0.9")
	}
	for answer, handler := range answers {
		s := newServer(t)
		s.onGraph(handler)
		for name, operation := range operations() {
			t.Run(answer+"/"+name, func(t *testing.T) {
				before := len(s.seen())
				if e := failure(t, operation(t.Context(), s.client(t))); e.NotSent {
					t.Errorf("got %+v for a call that was sent", e)
				}
				if n := len(s.seen()) - before; n != 1 {
					t.Errorf("%d calls, want exactly one", n)
				}
			})
		}
	}
}

// TestUnansweredWrites names the answers after which a write may have taken effect.
func TestUnansweredWrites(t *testing.T) {
	cases := map[string]struct {
		handler    http.HandlerFunc
		class      graph.Class
		unanswered bool
	}{
		"504":               {answerWith(504, ""), graph.Transient, true},
		"500 of Graph":      {answerWith(500, graphError("InternalServerError", "x")), graph.Transient, true},
		"HTML with 200":     {answerWith(200, "<html>", "Content-Type", "text/html"), graph.Unknown, true},
		"an empty 200":      {answerWith(200, ""), graph.Unknown, true},
		"202":               {answerWith(202, "{}"), graph.Unknown, true},
		"403 of a proxy":    {answerWith(403, "<html>", "Content-Type", "text/html"), graph.Unknown, true},
		"404 of a proxy":    {answerWith(404, "not here"), graph.Unknown, true},
		"a redirect":        {answerWith(302, "", "Location", "https://elsewhere/"), graph.Unknown, true},
		"an unknown code":   {answerWith(400, graphError("Never_Seen", "x")), graph.Unknown, true},
		"429":               {answerWith(429, ""), graph.Throttled, false},
		"403 of Graph":      {answerWith(403, graphError("Authorization_RequestDenied", "Insufficient privileges")), graph.Denied, false},
		"404 of Graph":      {answerWith(404, graphError("Request_ResourceNotFound", "Resource 'x' does not exist")), graph.NotFound, false},
		"400 self-removal":  {answerWith(400, graphError("Request_BadRequest", "Removing self from Global Administrator built-in role is not allowed")), graph.Refused, false},
		"401 of Graph":      {answerWith(401, graphError("InvalidAuthenticationToken", "Access token is empty.")), graph.Unauthenticated, false},
		"401 of a gateway":  {answerWith(401, "", "WWW-Authenticate", "Bearer"), graph.Unauthenticated, false},
		"401 of a proxy":    {answerWith(401, "", "WWW-Authenticate", "Basic"), graph.Unknown, true},
		"401 with nothing":  {answerWith(401, ""), graph.Unknown, true},
		"407 of a proxy":    {answerWith(407, ""), graph.Unknown, true},
		"a conflict of two": {answerWith(409, graphError("Directory_ConcurrencyViolation", "x")), graph.Transient, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			s.onGraph(tc.handler)
			for _, write := range []string{
				"create", "delete", "request", "create group", "update group", "delete group", "add member", "remove member",
				"create role", "update role", "delete role",
			} {
				err := operations()[write](t.Context(), s.client(t))
				if e := failure(t, err); e.Class != tc.class || graph.Unanswered(err) != tc.unanswered {
					t.Errorf("%s: class %v, unanswered %v, want %v, %v (%v)", write, e.Class, graph.Unanswered(err), tc.class, tc.unanswered, err)
				}
			}
		})
	}
}
