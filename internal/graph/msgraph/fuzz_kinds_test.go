package msgraph

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rolewarden/rolewarden/internal/graph"
	"github.com/rolewarden/rolewarden/internal/graphsim/odata"
)

// FuzzSchedules holds that of any row with the key which was asked for, either a schedule comes out or an error, and nothing only
// if the row says that it is somebody else's: what is left out is an absence.
func FuzzSchedules(f *testing.F) {
	for _, more := range []string{
		`"memberType":"Direct","assignmentType":"Assigned",` + bounded, `"memberType":"Group"`, `"memberType":null`, `"memberType":"Inherited","scheduleInfo":[]`,
		`"memberType":"Direct","assignmentType":"Activated","scheduleInfo":{"startDateTime":"2026-03-01T12:00:00","expiration":{"type":"AfterDuration","duration":"P1Y2DT3H4M5.5S"}}`,
		`"memberType":"Direct","assignmentType":"Assigned","scheduleInfo":{"expiration":{"type":"afterDuration","duration":"P"}}`,
		`"memberType":"Direct","assignmentType":"Assigned","scheduleInfo":{"expiration":{"type":5,"endDateTime":{}}}`, `"memberType":"Direct","memberType":"Group"`,
	} {
		f.Add(more)
	}
	c, l, clock := loop(f)
	f.Fuzz(func(t *testing.T, more string) {
		body := listed(pimRow(anID, more))
		l.begin(clock, func(*http.Request) *http.Response { return jsonOf(200, body) })
		found, err := c.Schedules(t.Context(), graph.Active, aKey())
		if err != nil {
			if e := failure(t, err); found != nil || e.Answered() || e.Class == graph.NotFound {
				t.Errorf("%q: %v, %+v", body, found, e)
			}
			return
		}
		if len(found) == 0 && !saysElsewhere(body) {
			t.Errorf("%q is left out", body)
		}
		for _, one := range found {
			if one.AssignmentKey != aKey() || one.ID == "" {
				t.Errorf("%q: %+v", body, one)
			}
		}
		checkRequestsToo(t, c, l, clock, body)
	})
}

// saysElsewhere reads the row in another way: it is another's, or its principal has it through a group, or there are several.
func saysElsewhere(body string) bool {
	var list struct{ Value []map[string]any }
	if json.Unmarshal([]byte(body), &list) != nil || len(list.Value) != 1 {
		return true
	}
	row := list.Value[0]
	text := func(name string) string { s, _ := row[name].(string); return strings.ToLower(s) }
	own := text("principalId") == principal && text("roleDefinitionId") == role && text("directoryScopeId") == "/"
	return !own || text("memberType") == "group" || text("memberType") == "inherited"
}

// checkRequestsToo reads the same rows as requests: their status is fit to be shown.
func checkRequestsToo(t *testing.T, c *Client, l *loopback, clock interface{ Step(time.Duration) }, body string) {
	t.Helper()
	clock.Step(time.Hour)
	l.calls = nil
	requests, err := c.ScheduleRequests(t.Context(), graph.Eligible, aKey())
	if err != nil && requests != nil {
		t.Errorf("%q: %+v, %v", body, requests, err)
	}
	for _, r := range requests {
		checkText(t, r.Status, maxText)
	}
}

// FuzzUniqueName holds that whatever name is asked for, the directory is asked for the group of that name and nothing else, as
// the simulator's parser reads the call.
func FuzzUniqueName(f *testing.F) {
	for _, name := range []string{"team_a", "it's", "''", "a')/members", "{x}", "東京 +", "a&b=c", "..", "a;b", "\u2028", "a\x00", "\xff", "%2f", "') or ('"} {
		f.Add(name)
	}
	c, l, clock := loop(f)
	f.Fuzz(func(t *testing.T, name string) {
		l.begin(clock, func(*http.Request) *http.Response { return jsonOf(404, graphError("Request_ResourceNotFound", "x")) })
		found, err := c.GroupByUniqueName(t.Context(), name)
		if found != nil {
			t.Errorf("%q: %+v", name, found)
		}
		if err != nil {
			if !failure(t, err).NotSent || len(l.calls) != 0 {
				t.Errorf("%q: %v after %d calls", name, err, len(l.calls))
			}
			return
		}
		checkUniqueNameCall(t, name, l.calls[0])
	})
}

func checkUniqueNameCall(t *testing.T, name string, call *http.Request) {
	t.Helper()
	key, ok := strings.CutPrefix(call.URL.Path, "/v1.0/groups(uniqueName=")
	key, closed := strings.CutSuffix(key, ")")
	text := strings.TrimSuffix(strings.TrimPrefix(key, "'"), "'")
	// Within the quotes, a quote is two: no single one ends the name before its time.
	whole := ok && closed && len(key) == len(text)+2 && strings.ReplaceAll(text, "''", "'") == name && !strings.Contains(strings.ReplaceAll(text, "''", ""), "'")
	query, err := odata.ParseQuery(call.URL.RawQuery)
	if !whole || err != nil || strings.Contains(call.URL.EscapedPath()[len("/v1.0/"):], "/") || call.URL.Fragment != "" ||
		!cmp.Equal([]string{"$select"}, query.Options()) {
		t.Errorf("%q asks for %s: %v", name, call.URL, err)
	}
}

// FuzzPathTo holds that nothing but an object ID gets into a path, and that one does in its one spelling.
func FuzzPathTo(f *testing.F) {
	for _, id := range elsewhere() {
		f.Add(id, principal)
	}
	f.Add(strings.ToUpper(aGroup), principal)
	f.Fuzz(func(t *testing.T, one, two string) {
		path, err := pathTo("/groups/%s/members/%s/$ref", one, two)
		good := graph.IsID(one) && graph.IsID(two)
		want := strings.ToLower("/groups/" + one + "/members/" + two + "/$ref")
		if good != (err == nil) || good && path != want || !good && path != "" {
			t.Errorf("%q and %q: %q, %v", one, two, path, err)
		}
		if err != nil && !failure(t, err).NotSent {
			t.Errorf("%q and %q: %v", one, two, err)
		}
	})
}
