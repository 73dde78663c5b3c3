package msgraph

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rolewarden/rolewarden/internal/graph"
)

// pages answers the n-th call with the n-th page, and leaves {base} to be the server's own address.
func pages(s *server, bodies ...string) {
	n := 0
	s.onGraph(func(w http.ResponseWriter, r *http.Request) {
		body := strings.ReplaceAll(bodies[min(n, len(bodies)-1)], "{base}", s.URL)
		n++
		answerWith(http.StatusOK, body)(w, r)
	})
}

func TestListsAreReadToTheirEnd(t *testing.T) {
	s := newServer(t)
	pages(s,
		`{"value":[{"id":"`+principal+`"}],"@odata.nextLink":"{base}/v1.0/groups?$filter=x%20eq%20%27%24%27&%24skiptoken=a%2Eb%2B/~%7E"}`,
		`{"value":[],"@odata.nextLink":"{base}/v1.0/groups?$skiptoken=2"}`,
		`{"value":[{"id":"`+strings.ToUpper(role)+`"}]}`)
	got, err := s.client(t).GroupIDs(t.Context(), "x")
	if diff := cmp.Diff([]string{principal, role}, got); err != nil || diff != "" {
		t.Errorf("IDs (-want +got):\n%s%v", diff, err)
	}
	var queries []string
	for _, r := range s.seen()[1:] {
		queries = append(queries, r.Query)
	}
	want := []string{"$filter=x%20eq%20%27%24%27&%24skiptoken=a%2Eb%2B/~%7E", "$skiptoken=2"}
	if diff := cmp.Diff(want, queries); diff != "" {
		t.Errorf("nextLink is not followed verbatim (-want +got):\n%s", diff)
	}
}

func TestFindLooksOnEveryPage(t *testing.T) {
	s := newServer(t)
	pages(s, `{"value":[],"@odata.nextLink":"{base}/v1.0/roleManagement/directory/roleAssignments?$skiptoken=2"}`,
		`{"value":[`+rowJSON("a-1", aKey())+`]}`)
	found, err := s.client(t).FindRoleAssignment(t.Context(), aKey())
	if err != nil || found == nil || found.ID != "a-1" {
		t.Errorf("got %v, %v, want what is on the second page", found, err)
	}
}

func TestAPartOfAListIsNotAList(t *testing.T) {
	first := `{"value":[` + rowJSON("a-1", aKey()) + `],"@odata.nextLink":"{base}/v1.0/next?$skiptoken=2"}`
	cases := map[string]struct {
		second http.HandlerFunc
		want   graph.Class
	}{
		"error on page 2":  {answerWith(503, ""), graph.Transient},
		"404 on page 2":    {answerWith(404, graphError("Request_ResourceNotFound", "x")), graph.Unknown},
		"HTML on page 2":   {answerWith(200, "<html>", "Content-Type", "text/html"), graph.Unknown},
		"throttled":        {answerWith(429, "", "Retry-After", "5"), graph.Throttled},
		"denied":           {answerWith(403, graphError("Authorization_RequestDenied", "x")), graph.Denied},
		"no value":         {answerWith(200, `{}`), graph.Unknown},
		"nextLink is text": {answerWith(200, `{"value":[],"@odata.nextLink":7}`), graph.Unknown},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			calls := 0
			s.onGraph(func(w http.ResponseWriter, r *http.Request) {
				if calls++; calls == 1 {
					answerWith(200, strings.ReplaceAll(first, "{base}", s.URL))(w, r)
					return
				}
				tc.second(w, r)
			})
			found, err := s.client(t).FindRoleAssignment(t.Context(), aKey())
			if found != nil || err == nil || graph.ClassOf(err) != tc.want {
				t.Errorf("got %v, %v, want no result and class %v", found, err, tc.want)
			}
		})
	}
}

func TestLinksThatAreNotFollowed(t *testing.T) {
	elsewhere := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s %s reached another host, Authorization: %v", r.Method, r.URL, r.Header["Authorization"] != nil)
	}))
	t.Cleanup(elsewhere.Close)
	cases := map[string]struct {
		link  string
		calls int
	}{
		"another port":            {elsewhere.URL + "/v1.0/groups", 1},
		"another host":            {"https://graph.example.com/v1.0/groups", 1},
		"a name that ends alike":  {"https://127.0.0.1.example.com/v1.0", 1},
		"http":                    {"http://127.0.0.1/v1.0", 1},
		"the host as a user name": {"https://127.0.0.1@" + strings.TrimPrefix(elsewhere.URL, "https://"), 1},
		"no host":                 {"/v1.0/groups", 1},
		"not a URL":               {"https://127.0.0.1:x/%zz", 1},
		"itself":                  {"{base}/v1.0/groups?$skiptoken=1", 2},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			pages(s, `{"value":[],"@odata.nextLink":"`+tc.link+`"}`)
			_, err := s.client(t).GroupIDs(t.Context(), "x")
			if e := failure(t, err); e.Class != graph.Unknown || e.Op == "" {
				t.Errorf("got %+v, want an unknown answer", e)
			}
			if n := len(s.seen()); n != tc.calls {
				t.Errorf("%d calls, want %d", n, tc.calls)
			}
		})
	}
}

func TestListsAreBounded(t *testing.T) {
	s := newServer(t)
	n := 0
	s.onGraph(func(w http.ResponseWriter, r *http.Request) {
		n++
		answerWith(200, fmt.Sprintf(`{"value":[],"@odata.nextLink":"%s/v1.0/groups?$skiptoken=%d"}`, s.URL, n))(w, r)
	})
	_, err := s.client(t).GroupIDs(t.Context(), "x")
	if e := failure(t, err); e.Class != graph.Unknown {
		t.Errorf("got %v", e)
	}
	if len(s.seen()) != maxPages+1 {
		t.Errorf("%d pages read, want %d", len(s.seen()), maxPages+1)
	}
}
