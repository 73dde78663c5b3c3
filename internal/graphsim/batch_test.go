package graphsim_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rolewarden/rolewarden/internal/graphsim"
)

func step(id, method, url string, body any, dependsOn ...string) map[string]any {
	s := map[string]any{"id": id, "method": method, "url": url}
	if body != nil {
		s["body"], s["headers"] = body, map[string]any{"Content-Type": "application/json"}
	}
	if dependsOn != nil {
		s["dependsOn"] = dependsOn
	}
	return s
}

func (w *world) batch(steps ...any) answer {
	w.t.Helper()
	return w.do(http.MethodPost, "/v1.0/$batch", map[string]any{"requests": steps})
}

// statuses maps the steps of a batch to how they were answered.
func (a answer) statuses() map[string]string {
	out := map[string]string{}
	list, _ := a.body["responses"].([]any)
	for _, element := range list {
		r, _ := element.(map[string]any)
		out[fmt.Sprint(r["id"])] = fmt.Sprint(r["status"])
	}
	return out
}

func TestBatch(t *testing.T) {
	w := start(t)
	w.fault(graphsim.Fault{Match: graphsim.Match{Path: "users/" + bob}, Effect: graphsim.Effect{Status: 429, Code: "TooManyRequests", RetryAfter: "5"}})
	got := w.want(http.StatusOK, w.batch(
		step("1", "POST", "/roleManagement/directory/roleAssignments", grant(helpdeskAdmin, alice, "/")),
		step("2", "GET", "/users/"+alice+"?$select=id", nil),
		step("3", "GET", "users/"+bob, nil),
		step("4", "GET", "/users/"+nobody, nil),
		step("5", "GET", "/users/"+alice, nil, "4"),
		step("6", "DELETE", "/roleManagement/directory/roleAssignments/x", nil),
		step("7", "PATCH", "/roleManagement/directory/roleAssignments/x", map[string]any{}),
	))
	want := map[string]string{"1": "201", "2": "200", "3": "429", "4": "404", "5": "424", "6": "404", "7": "405"}
	if diff := cmp.Diff(want, got.statuses()); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	third := got.body["responses"].([]any)[2].(map[string]any)["headers"].(map[string]any)
	if third["Retry-After"] != "5" {
		t.Errorf("headers of the throttled step = %v", third)
	}
	if !w.aliceHolds() {
		t.Error("the assignment is not in the directory")
	}
	counts := w.control.CountCalls()
	if counts["batch"] != 1 || counts["users.get"] != 3 || counts["roleAssignments.create"] != 1 {
		t.Errorf("counts = %v", counts)
	}
}

func TestBatchThatIsInvalid(t *testing.T) {
	many := make([]any, 21)
	for i := range many {
		many[i] = step(fmt.Sprint(i), "GET", "/users", nil)
	}
	tests := map[string][]any{
		"empty":              {},
		"too many":           many,
		"the same ID twice":  {step("1", "GET", "/users", nil), step("1", "GET", "/users", nil)},
		"no ID":              {step("", "GET", "/users", nil)},
		"absolute URL":       {step("1", "GET", "https://graph.microsoft.com/v1.0/users", nil)},
		"batch in batch":     {step("1", "POST", "/$batch", map[string]any{})},
		"the same, escaped":  {step("1", "POST", "/%24batch", map[string]any{})},
		"unknown dependency": {step("1", "GET", "/users", nil, "2")},
	}
	w := start(t)
	for name, steps := range tests {
		t.Run(name, func(t *testing.T) { w.in(t).want(http.StatusBadRequest, w.batch(steps...)) })
	}
	if got := w.batch(many...); got.code() != "MaximumValueExceeded" || got.message() != "Number of batch request steps exceeds the maximum value of 20." {
		t.Errorf("too many: %s", got.text)
	}
}

func TestBatchWithoutToken(t *testing.T) {
	w := start(t)
	w.token = ""
	w.want(http.StatusUnauthorized, w.batch(step("1", "GET", "/users", nil)))
}

func TestAnswerLostInABatch(t *testing.T) {
	w := start(t)
	w.fault(graphsim.Fault{Match: graphsim.Match{Operation: "roleAssignments.create"}, Effect: graphsim.Effect{LoseAnswer: true}})
	_, err := w.try(http.MethodPost, "/v1.0/$batch", map[string]any{"requests": []any{
		step("1", "POST", "/roleManagement/directory/roleAssignments", grant(helpdeskAdmin, alice, "/")),
	}})
	unanswered(t, err)
	if !w.aliceHolds() {
		t.Error("the assignment is not in the directory")
	}
}
