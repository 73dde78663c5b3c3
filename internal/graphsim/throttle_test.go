package graphsim_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rolewarden/rolewarden/internal/graphsim"
)

func custom(units, writes int) func(*graphsim.Settings) {
	return func(s *graphsim.Settings) {
		s.Throttling = graphsim.Throttling{Mode: graphsim.ThrottlingCustom, ResourceUnits: units, Writes: writes}
	}
}

func TestThrottlingOfUnits(t *testing.T) {
	w := start(t)
	w.setting(custom(10, 0))
	for i := range 10 {
		got := w.want(http.StatusOK, w.get(assignments))
		percentage := got.header.Get("x-ms-throttle-limit-percentage")
		if (percentage != "") != (i >= 8) {
			t.Errorf("call %d: x-ms-throttle-limit-percentage = %q", i+1, percentage)
		}
	}
	got := w.want(http.StatusTooManyRequests, w.get(assignments))
	for name, want := range map[string]string{
		"Retry-After":               "1",
		"x-ms-throttle-scope":       "Tenant_Application/ReadWrite/" + automation + "/" + contoso,
		"x-ms-throttle-information": "ResourceUnitLimitExceeded",
	} {
		if have := got.header.Get(name); have != want {
			t.Errorf("%s = %q, want %q", name, have, want)
		}
	}
	if !strings.Contains(got.text, `"code":"TooManyRequests"`) || !strings.Contains(got.text, `"status":"429"`) || got.message() != "Please retry again later." {
		t.Errorf("body = %s", got.text)
	}
	w.want(http.StatusOK, w.as(contoso, auditor).get(assignments)) // another application, another bucket
	w.clock.Advance(time.Second)
	w.want(http.StatusOK, w.get(assignments))
	w.want(http.StatusTooManyRequests, w.get(assignments))
}

func TestThrottlingOfWrites(t *testing.T) {
	w := start(t)
	w.setting(custom(0, 1))
	path := assignments + "/" + w.grantAlice().string("id")
	got := w.want(http.StatusTooManyRequests, w.do(http.MethodDelete, path, nil))
	if got.header.Get("Retry-After") != "150" || got.header.Get("x-ms-throttle-information") != "WriteLimitExceeded" {
		t.Errorf("headers = %v", got.header)
	}
	w.want(http.StatusOK, w.get(path))
	w.clock.Advance(150 * time.Second)
	w.want(http.StatusNoContent, w.do(http.MethodDelete, path, nil))
}

func TestLowPriorityIsShedFirst(t *testing.T) {
	w := start(t)
	w.setting(custom(10, 0))
	for range 8 {
		w.want(http.StatusOK, w.get(assignments, "x-ms-throttle-priority: low"))
	}
	w.want(http.StatusTooManyRequests, w.get(assignments, "x-ms-throttle-priority: low"))
	w.want(http.StatusOK, w.get(assignments, "x-ms-throttle-priority: high"))
}

// TestDocumentedThrottling spends the documented units by the dearest call.
func TestDocumentedThrottling(t *testing.T) {
	w := start(t)
	w.setting(func(s *graphsim.Settings) { s.Throttling.Mode = graphsim.ThrottlingDocumented })
	calls := 0
	for w.get("/v1.0/groups/"+everybody+"/transitiveMembers").status == http.StatusOK {
		calls++
	}
	if calls != 700 {
		t.Errorf("%d calls of 5 units, want 700 of 3,500 units", calls)
	}
}

func TestCosts(t *testing.T) {
	w := start(t)
	for path, want := range map[string]string{
		assignments: "1", "/v1.0/users": "2", "/v1.0/users?$select=id": "1", "/v1.0/users?$top=5": "1",
		"/v1.0/users/" + alice + "/memberOf": "2", assignments + "?$expand=principal": "2",
		"/v1.0/groups/" + everybody + "/members": "3", "/v1.0/groups/" + everybody + "/transitiveMembers": "5", "/v1.0/groups/" + everybody + "/owners": "1",
		"/v1.0/users/" + alice: "1", "/v1.0/users/" + alice + "/transitiveMemberOf": "2", "/v1.0/applications": "2", "/v1.0/groups": "1", definitions: "1",
	} {
		if got := w.get(path).header.Get("x-ms-resource-unit"); got != want {
			t.Errorf("%s costs %s, want %s", path, got, want)
		}
	}
}

func TestCostsOfFunctions(t *testing.T) {
	w := start(t)
	ids := map[string]any{"ids": []string{alice}, "groupIds": []string{helpdesk}}
	for path, want := range map[string]string{
		"/v1.0/directoryObjects/getByIds": "5", "/v1.0/directoryObjects/getByIds?$select=id": "2",
		"/v1.0/users/" + alice + "/checkMemberGroups": "4", "/v1.0/users/" + alice + "/getMemberGroups": "2",
	} {
		if got := w.want(http.StatusOK, w.do(http.MethodPost, path, ids)).header.Get("x-ms-resource-unit"); got != want {
			t.Errorf("%s costs %s, want %s", path, got, want)
		}
	}
}

// TestBatchIsThrottledPerStep: batching saves round trips, not quota.
func TestBatchIsThrottledPerStep(t *testing.T) {
	w := start(t)
	w.setting(custom(2, 0))
	list := "/roleManagement/directory/roleAssignments"
	got := w.want(http.StatusOK, w.batch(step("1", "GET", list, nil), step("2", "GET", list, nil), step("3", "GET", list, nil)))
	if statuses := got.statuses(); statuses["2"] != "200" || statuses["3"] != "429" {
		t.Errorf("statuses = %v", statuses)
	}
}
