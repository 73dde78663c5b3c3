package v1alpha1

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestGetGrant holds that one grant is one ledger, however somebody has spelled it.
func TestGetGrant(t *testing.T) {
	const id, unit = "ace08ec9-aa11-4ada-9145-addf0398233e", "dc626e71-4837-40eb-be4a-bc29d88a1178"
	cases := map[string]struct{ scope, want string }{
		"tenant":                  {"/", "/"},
		"object":                  {"/" + strings.ToUpper(unit), "/" + unit},
		"unit":                    {"/ADMINISTRATIVEUNITS/" + strings.ToUpper(unit), "/administrativeUnits/" + unit},
		"of a form not asked for": {"/attributeSets/Engineering", "/attributeSets/Engineering"},
		"longer than any":         {"/attributeSets/" + strings.ToUpper(unit), "/attributeSets/" + strings.ToUpper(unit)},
		"none":                    {"", ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var obj RoleAssignment
			obj.Status.Grant = AssignmentGrant{
				TenantID: ObjectID(strings.ToUpper(id)), PrincipalID: ObjectID(strings.ToUpper(id)), RoleDefinitionID: ObjectID(strings.ToUpper(unit)), DirectoryScopeID: tc.scope,
			}
			want := &AssignmentGrant{TenantID: id, PrincipalID: id, RoleDefinitionID: unit, DirectoryScopeID: tc.want}
			if diff := cmp.Diff(want, obj.GetGrant()); diff != "" {
				t.Errorf("ledger (-want +got):\n%s", diff)
			}
		})
	}
	if got := (&RoleAssignment{}).GetGrant(); got != nil {
		t.Errorf("an object that claimed nothing has the ledger %v", got)
	}
}
