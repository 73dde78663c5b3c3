package graphsim_test

import (
	"net/http"
	"testing"

	"github.com/rolewarden/rolewarden/internal/graphsim"
)

// TestQuotas are refused at the first that is too many.
func TestQuotas(t *testing.T) {
	unit := "/administrativeUnits/" + berlin
	role := map[string]any{"displayName": "Custom", "isEnabled": true,
		"rolePermissions": []any{map[string]any{"allowedResourceActions": []string{"microsoft.directory/applications/basic/update"}}}}
	tests := map[string]struct {
		quotas graphsim.Quotas
		path   string
		body   map[string]any
		want   string
	}{
		"owners": {
			graphsim.Quotas{Owners: 1}, "/v1.0/groups/" + helpdesk + "/owners/$ref",
			map[string]any{"@odata.id": "https://graph.microsoft.com/v1.0/directoryObjects/" + bob},
			"Unable to perform operation as '2' would exceed the maximum quota count '1' for forward-link owners.",
		},
		"role-assignable groups": {
			graphsim.Quotas{RoleAssignableGroups: 2}, "/v1.0/groups", newGroup(map[string]any{"isAssignableToRole": true}),
			"Unable to perform operation as '3' would exceed the maximum quota count '2' for role-assignable groups.",
		},
		"custom roles": {
			graphsim.Quotas{CustomRoles: 1}, definitions, role,
			"Unable to perform operation as '2' would exceed the maximum quota count '1' for custom role definitions.",
		},
		"assignments of built-in roles": {
			graphsim.Quotas{ScopedAssignments: 1}, assignments, grant("fe930be7-5e62-47db-91af-98c3a49a38b1", erin, unit),
			"Unable to perform operation as '2' would exceed the maximum quota count '1' for role assignments below the tenant.",
		},
		"assignments of custom roles": {
			graphsim.Quotas{CustomAssignments: 1}, assignments, grant(customRole, erin, "/"),
			"Unable to perform operation as '2' would exceed the maximum quota count '1' for custom role assignments.",
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			w := start(t)
			if _, err := w.control.AddAssignment(contoso, erin, customRole, unit); err != nil {
				t.Fatal(err)
			}
			w.setting(func(s *graphsim.Settings) { s.Quotas = tc.quotas })
			refused := w.want(http.StatusForbidden, w.do(http.MethodPost, tc.path, tc.body))
			if refused.code() != "Directory_QuotaExceeded" || refused.message() != tc.want {
				t.Errorf("got %s %q", refused.code(), refused.message())
			}
			w.setting(func(s *graphsim.Settings) { s.Quotas = graphsim.Quotas{} })
			if got := w.do(http.MethodPost, tc.path, tc.body); got.status >= http.StatusBadRequest {
				t.Errorf("without quotas: %d %s", got.status, got.text)
			}
		})
	}
}
