package hashicorp

import (
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-azure-sdk/microsoft-graph/common-types/stable"
	api "github.com/hashicorp/go-azure-sdk/microsoft-graph/rolemanagement/stable/directoryroleassignment"
	"github.com/hashicorp/go-azure-sdk/sdk/auth"
	"github.com/hashicorp/go-azure-sdk/sdk/nullable"
	"github.com/hashicorp/go-azure-sdk/sdk/odata"

	"github.com/rolewarden/rolewarden/internal/graphsim"
)

func assignments(a *account) *api.DirectoryRoleAssignmentClient {
	return must(a, api.NewDirectoryRoleAssignmentClientWithBaseURI,
		func(c *api.DirectoryRoleAssignmentClient, login auth.Authorizer) { c.Client.SetAuthorizer(login) })
}

func grant(role, principal, scope string) stable.UnifiedRoleAssignment {
	return stable.UnifiedRoleAssignment{
		RoleDefinitionId: nullable.Value(role), PrincipalId: nullable.Value(principal), DirectoryScopeId: nullable.Value(scope),
	}
}

func assignmentID(id string) stable.RoleManagementDirectoryRoleAssignmentId {
	return stable.NewRoleManagementDirectoryRoleAssignmentID(id)
}

// holds is the truth about a principal: the scopes at which it holds Helpdesk Administrator.
func (a *account) holds(principal string) []string {
	scopes := []string{}
	for _, s := range a.control.Assignments(contoso) {
		if s.PrincipalID == principal && s.RoleDefinitionID == helpdeskAdmin {
			scopes = append(scopes, s.DirectoryScopeID)
		}
	}
	slices.Sort(scopes)
	return scopes
}

// TestAssignment is the life of an azuread_directory_role_assignment.
func TestAssignment(t *testing.T) {
	tests := map[string]struct{ principal, scope string }{
		"user":                {alice, "/"},
		"group":               {helpdesk, "/"},
		"service principal":   {payroll, "/"},
		"administrative unit": {alice, "/administrativeUnits/" + berlin},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a := asAutomation(t)
			client, ctx := assignments(a), deadline(t)
			created, err := client.CreateDirectoryRoleAssignment(ctx, grant(helpdeskAdmin, tt.principal, tt.scope), api.DefaultCreateDirectoryRoleAssignmentOperationOptions())
			if err != nil {
				t.Fatal(err)
			}
			id := assignmentID(*created.Model.Id)
			read, err := client.GetDirectoryRoleAssignment(ctx, id, api.DefaultGetDirectoryRoleAssignmentOperationOptions())
			if err != nil {
				t.Fatal(err)
			}
			got := []string{read.Model.RoleDefinitionId.GetOrZero(), read.Model.PrincipalId.GetOrZero(), read.Model.DirectoryScopeId.GetOrZero(), read.Model.AppScopeId.GetOrZero()}
			if diff := cmp.Diff([]string{helpdeskAdmin, tt.principal, tt.scope, ""}, got); diff != "" {
				t.Errorf("read back (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{tt.scope}, a.holds(tt.principal)); diff != "" {
				t.Errorf("the directory (-want +got):\n%s", diff)
			}
			if _, err := client.DeleteDirectoryRoleAssignment(ctx, id, api.DefaultDeleteDirectoryRoleAssignmentOperationOptions()); err != nil {
				t.Fatal(err)
			}
			gone, err := client.DeleteDirectoryRoleAssignment(ctx, id, api.DefaultDeleteDirectoryRoleAssignmentOperationOptions())
			refused(t, gone.HttpResponse, gone.OData, err, http.StatusNotFound, odata.ErrorResourceDoesNotExist)
			if left := a.holds(tt.principal); len(left) > 0 {
				t.Errorf("%v is left", left)
			}
		})
	}
}

// refused fails the test unless the SDK read the refusal as what it is.
func refused(t *testing.T, resp *http.Response, data *odata.OData, err error, status int, text string) {
	t.Helper()
	switch {
	case err == nil:
		t.Errorf("no error, want status %d: %s", status, text)
	case resp == nil || resp.StatusCode != status:
		t.Errorf("%v, want status %d", err, status)
	case data == nil || data.Error == nil || !data.Error.Match(text):
		t.Errorf("%v does not match %q", err, text)
	}
}

func TestAssignmentRefusals(t *testing.T) {
	tests := map[string]struct {
		role, principal, scope string
		status                 int
		text                   string
	}{
		"exists already":           {helpdeskAdmin, erin, "/administrativeUnits/" + berlin, http.StatusBadRequest, odata.ErrorConflictingObjectPresentInDirectory},
		"no such principal":        {helpdeskAdmin, nobody, "/", http.StatusNotFound, odata.ErrorResourceDoesNotExist},
		"no such role":             {nobody, alice, "/", http.StatusNotFound, odata.ErrorResourceDoesNotExist},
		"group cannot hold roles":  {helpdeskAdmin, everybody, "/", http.StatusBadRequest, "Groups without IsAssignableToRole property"},
		"the older form of a unit": {helpdeskAdmin, alice, "/directory/administrativeUnits/" + berlin, http.StatusBadRequest, "directoryScopeId"},
		"no scope":                 {helpdeskAdmin, alice, "", http.StatusBadRequest, "Must specify valid property scope of entity RoleAssignment"},
	}
	a := asAutomation(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := assignments(a).CreateDirectoryRoleAssignment(deadline(t), grant(tt.role, tt.principal, tt.scope), api.DefaultCreateDirectoryRoleAssignmentOperationOptions())
			refused(t, got.HttpResponse, got.OData, err, tt.status, tt.text)
		})
	}
}

// TestOwnGlobalAdministratorStays in either of the two shapes of an error.
func TestOwnGlobalAdministratorStays(t *testing.T) {
	for _, envelope := range []graphsim.Envelope{graphsim.EnvelopeV1, graphsim.EnvelopeLegacy} {
		t.Run(string(envelope), func(t *testing.T) {
			a := asRolewarden(t)
			settings := a.control.Settings()
			settings.Envelope = envelope
			if err := a.control.SetSettings(settings); err != nil {
				t.Fatal(err)
			}
			own := slices.IndexFunc(a.control.Assignments(contoso), func(s graphsim.AssignmentRecord) bool { return s.PrincipalID == ownObject })
			id := assignmentID(a.control.Assignments(contoso)[own].ID)
			got, err := assignments(a).DeleteDirectoryRoleAssignment(deadline(t), id, api.DefaultDeleteDirectoryRoleAssignmentOperationOptions())
			refused(t, got.HttpResponse, got.OData, err, http.StatusBadRequest, "Removing self from Global Administrator built-in role is not allowed")
		})
	}
}

// TestAssignmentQueries asks as the azuread provider and its users do. The SDK
// collects pages by itself, and writes $skiptoken as %24skiptoken.
func TestAssignmentQueries(t *testing.T) {
	tests := map[string]struct {
		options api.ListDirectoryRoleAssignmentsOperationOptions
		want    int
	}{
		"all":          {api.ListDirectoryRoleAssignmentsOperationOptions{}, 6},
		"pages of two": {api.ListDirectoryRoleAssignmentsOperationOptions{Top: value(int64(2))}, 6},
		"a principal":  {api.ListDirectoryRoleAssignmentsOperationOptions{Filter: value("principalId eq '" + erin + "'")}, 1},
		"a triple": {api.ListDirectoryRoleAssignmentsOperationOptions{
			Filter: value("principalId eq '" + erin + "' and roleDefinitionId eq '" + helpdeskAdmin + "' and directoryScopeId eq '/administrativeUnits/" + berlin + "'"),
		}, 1},
		"either of two":      {api.ListDirectoryRoleAssignmentsOperationOptions{Filter: value("principalId in ('" + erin + "', '" + nobody + "')")}, 1},
		"nobody":             {api.ListDirectoryRoleAssignmentsOperationOptions{Filter: value("principalId eq '" + nobody + "'")}, 0},
		"selected":           {api.ListDirectoryRoleAssignmentsOperationOptions{Select: value([]string{"id", "principalId"})}, 6},
		"with the principal": {api.ListDirectoryRoleAssignmentsOperationOptions{Expand: &odata.Expand{Relationship: "principal"}}, 6},
		"full metadata":      {api.ListDirectoryRoleAssignmentsOperationOptions{Metadata: value(odata.MetadataFull)}, 6},
		"no metadata":        {api.ListDirectoryRoleAssignmentsOperationOptions{Metadata: value(odata.MetadataNone)}, 6},
	}
	a := asAutomation(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := assignments(a).ListDirectoryRoleAssignmentsComplete(deadline(t), tt.options)
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Items) != tt.want {
				t.Errorf("%d assignments, want %d", len(got.Items), tt.want)
			}
		})
	}
}

func value[T any](v T) *T { return &v }

// TestExpandedPrincipals are told apart by their types.
func TestExpandedPrincipals(t *testing.T) {
	a := asAutomation(t)
	got, err := assignments(a).ListDirectoryRoleAssignmentsComplete(deadline(t), api.ListDirectoryRoleAssignmentsOperationOptions{Expand: &odata.Expand{Relationship: "principal"}})
	if err != nil {
		t.Fatal(err)
	}
	types := map[string]int{}
	for _, item := range got.Items {
		switch principal := (*item.Principal).(type) {
		case stable.User, stable.Group, stable.ServicePrincipal:
			types[*principal.Entity().ODataType]++
		default:
			t.Errorf("principal is a %T", principal)
		}
	}
	want := map[string]int{"#microsoft.graph.user": 4, "#microsoft.graph.group": 1, "#microsoft.graph.servicePrincipal": 1}
	if diff := cmp.Diff(want, types); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestUpdateOfAnAssignment exists in the SDK, being generated, and nowhere else.
func TestUpdateOfAnAssignment(t *testing.T) {
	a := asAutomation(t)
	got, err := assignments(a).UpdateDirectoryRoleAssignment(deadline(t), assignmentID("any"), grant(helpdeskAdmin, alice, "/"), api.DefaultUpdateDirectoryRoleAssignmentOperationOptions())
	refused(t, got.HttpResponse, got.OData, err, http.StatusMethodNotAllowed, "Specified HTTP method is not allowed for the request target")
}
