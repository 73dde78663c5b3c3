package hashicorp

import (
	"net/http"
	"testing"

	api "github.com/hashicorp/go-azure-sdk/microsoft-graph/rolemanagement/stable/directoryroleassignment"
	"github.com/hashicorp/go-azure-sdk/sdk/odata"

	"github.com/rolewarden/rolewarden/internal/graphsim"
)

func (a *account) fault(f graphsim.Fault) {
	a.t.Helper()
	if _, err := a.control.AddFault(f); err != nil {
		a.t.Fatal(err)
	}
}

// TestRetries lets the SDK try again by its own rules. Retry-After is 0, so
// that nobody waits.
func TestRetries(t *testing.T) {
	again := func(status int, code string) graphsim.Effect {
		return graphsim.Effect{Status: status, Code: code, Message: "Try again.", RetryAfter: "0"}
	}
	tests := map[string]struct {
		effect graphsim.Effect
		calls  int
	}{
		"too many requests":   {again(http.StatusTooManyRequests, "TooManyRequests"), 3},
		"service unavailable": {again(http.StatusServiceUnavailable, "ServiceNotAvailable"), 3},
		"gateway timeout":     {again(http.StatusGatewayTimeout, "UnknownError"), 3},
		"failed dependency":   {again(http.StatusFailedDependency, "FailedDependency"), 3},
		"request timeout":     {again(http.StatusRequestTimeout, "RequestTimeout"), 3},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a := asAutomation(t)
			a.fault(graphsim.Fault{Match: graphsim.Match{Operation: "roleAssignments.create"}, Count: 2, Effect: tt.effect})
			if _, err := assignments(a).CreateDirectoryRoleAssignment(deadline(t), grant(helpdeskAdmin, alice, "/"), api.DefaultCreateDirectoryRoleAssignmentOperationOptions()); err != nil {
				t.Fatal(err)
			}
			if got := a.control.CountCalls()["roleAssignments.create"]; got != tt.calls {
				t.Errorf("%d calls, want %d", got, tt.calls)
			}
			if len(a.holds(alice)) != 1 {
				t.Errorf("alice holds %v", a.holds(alice))
			}
		})
	}
}

// TestLostAnswer of a create that took effect: the SDK sends it again and meets
// the conflict that it made itself.
func TestLostAnswer(t *testing.T) {
	a := asAutomation(t)
	a.fault(graphsim.Fault{Match: graphsim.Match{Operation: "roleAssignments.create"}, Count: 1,
		Effect: graphsim.Effect{Status: http.StatusGatewayTimeout, AfterCommit: true, RetryAfter: "0"}})
	got, err := assignments(a).CreateDirectoryRoleAssignment(deadline(t), grant(helpdeskAdmin, alice, "/"), api.DefaultCreateDirectoryRoleAssignmentOperationOptions())
	refused(t, got.HttpResponse, got.OData, err, http.StatusBadRequest, odata.ErrorConflictingObjectPresentInDirectory)
	if len(a.holds(alice)) != 1 {
		t.Errorf("alice holds %v", a.holds(alice))
	}
}

// TestReplication is the azuread provider's own way with a group or a principal
// that replicas have not heard of: a retry function that looks at the error.
func TestReplication(t *testing.T) {
	a := asAutomation(t)
	a.fault(graphsim.Fault{Match: graphsim.Match{Operation: "roleAssignments.create"}, Count: 1, Effect: graphsim.Effect{NotFoundByLag: true}})
	behind := 0
	options := api.CreateDirectoryRoleAssignmentOperationOptions{RetryFunc: func(resp *http.Response, o *odata.OData) (bool, error) {
		if resp.StatusCode != http.StatusNotFound || o == nil || o.Error == nil || !o.Error.Match(odata.ErrorResourceDoesNotExist) {
			return false, nil
		}
		behind++
		resp.Header.Set("Retry-After", "0")
		return true, nil
	}}
	if _, err := assignments(a).CreateDirectoryRoleAssignment(deadline(t), grant(helpdeskAdmin, alice, "/"), options); err != nil {
		t.Fatal(err)
	}
	if behind != 1 || len(a.holds(alice)) != 1 {
		t.Errorf("%d answers of a replica that is behind, want 1; alice holds %v", behind, a.holds(alice))
	}
}
