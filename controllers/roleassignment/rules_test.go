package roleassignment

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
)

// TestIdentity pins the text that is digested: another text would look every name up again after an upgrade.
func TestIdentity(t *testing.T) {
	cases := map[string]struct {
		spec string
		want string
	}{
		"the least": {`{"principal":{"id":"a"},"role":{"id":"r"}}`, `{"principal":{"id":"a"},"role":{"id":"r"}}`},
		"all of it": {`{"tenantRef":{"name":"t"},"principal":{"user":"u@x"},"role":{"displayName":"R"},"scope":{"administrativeUnit":"B"}}`,
			`{"tenantRef":{"name":"t"},"principal":{"user":"u@x"},"role":{"displayName":"R"},"scope":{"administrativeUnit":"B"}}`},
		"another kind of each": {`{"principal":{"group":"G"},"role":{"id":"r"},"scope":{"objectID":"o"}}`,
			`{"principal":{"group":"G"},"role":{"id":"r"},"scope":{"objectID":"o"}}`},
		"what does not name the grant": {`{"principal":{"servicePrincipal":"s"},"role":{"id":"r"},"justification":"j","ticket":{"number":"1"},"mode":"Observe","adoption":"Refuse","deletionPolicy":"Orphan"}`,
			`{"principal":{"servicePrincipal":"s"},"role":{"id":"r"}}`},
		"references": {`{"principal":{"groupRef":{"name":"g"}},"role":{"definitionRef":{"name":"d"}}}`,
			`{"principal":{"groupRef":{"name":"g"}},"role":{"definitionRef":{"name":"d"}}}`},
		"a schedule, whatever it says": {`{"principal":{"id":"a"},"role":{"id":"r"},"schedule":{"duration":"PT8H"}}`,
			`{"principal":{"id":"a"},"role":{"id":"r"},"scheduled":true}`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var spec v1alpha1.RoleAssignmentSpec
			if err := json.Unmarshal([]byte(tc.spec), &spec); err != nil {
				t.Fatal(err)
			}
			got, err := json.Marshal(identityOf(&spec))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, string(got)); diff != "" {
				t.Errorf("identity (-want +got):\n%s", diff)
			}
		})
	}
}
