package microsoft

import (
	"encoding/base64"
	"net/http"
	"testing"

	"github.com/rolewarden/rolewarden/internal/graphsim"
)

func (c client) fault(t *testing.T, f graphsim.Fault) {
	t.Helper()
	if _, err := c.control.AddFault(f); err != nil {
		t.Fatal(err)
	}
}

func on(operation string) graphsim.Match { return graphsim.Match{Operation: operation} }

// TestRetries lets the SDK try again by its own rules. It cuts fractions of a
// second off Retry-After, so that nobody waits. Calls with a body are left out:
// the SDK's middlewares come in another order each time, and in half of the
// orders it sends what it says is gzipped as it was before.
func TestRetries(t *testing.T) {
	for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusGatewayTimeout} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			c := connect(t)
			c.fault(t, graphsim.Fault{Match: on("roleAssignments.list"), Count: 2,
				Effect: graphsim.Effect{Status: status, Code: "TooManyRequests", Message: "Please retry again later.", RetryAfter: "0.9"}})
			if _, err := c.roleAssignments().Get(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			if n := c.control.CountCalls()["roleAssignments.list"]; n != 3 {
				t.Errorf("%d calls, want 3", n)
			}
		})
	}
}

// TestLostAnswer of a removal that took effect: the SDK sends it again and is
// told that there is nothing to remove.
func TestLostAnswer(t *testing.T) {
	c := connect(t)
	created, err := c.roleAssignments().Post(t.Context(), grantAlice("/"), nil)
	if err != nil {
		t.Fatal(err)
	}
	c.fault(t, graphsim.Fault{Match: on("roleAssignments.delete"), Count: 1,
		Effect: graphsim.Effect{Status: http.StatusGatewayTimeout, AfterCommit: true, RetryAfter: "0.9"}})
	err = c.roleAssignments().ByUnifiedRoleAssignmentId(*created.GetId()).Delete(t.Context(), nil)
	refused(t, err, http.StatusNotFound, "Request_ResourceNotFound",
		"Resource '"+*created.GetId()+"' does not exist or one of its queried reference-property objects are not present.")
	if left := c.aliceHolds(); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}

// TestClaimsChallenge ends a session by continuous access evaluation: the SDK
// signs in again with the claims it is told, and repeats the call.
func TestClaimsChallenge(t *testing.T) {
	c := connect(t)
	claims := base64.StdEncoding.EncodeToString([]byte(`{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}`))
	c.fault(t, graphsim.Fault{Match: on("roleAssignments.list"), Count: 1, Effect: graphsim.Effect{
		Status: http.StatusUnauthorized, Code: "InvalidAuthenticationToken", Message: "Continuous access evaluation resulted in challenge.",
		Headers: map[string]string{"WWW-Authenticate": `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", ` +
			`client_id="00000003-0000-0000-c000-000000000000", error="insufficient_claims", claims="` + claims + `"`},
	}})
	if _, err := c.roleAssignments().Get(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if calls := c.control.CountCalls(); calls["roleAssignments.list"] != 2 || calls["token"] != 2 {
		t.Errorf("%v, want two lists and two tokens", calls)
	}
}
