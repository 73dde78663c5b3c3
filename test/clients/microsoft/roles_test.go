package microsoft

import (
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	core "github.com/microsoftgraph/msgraph-sdk-go-core"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/rolemanagement"
)

func (c client) roleAssignments() *rolemanagement.DirectoryRoleAssignmentsRequestBuilder {
	return rolemanagement.NewDirectoryRoleAssignmentsRequestBuilderInternal(c.at(), c)
}

func (c client) roleDefinitions() *rolemanagement.DirectoryRoleDefinitionsRequestBuilder {
	return rolemanagement.NewDirectoryRoleDefinitionsRequestBuilderInternal(c.at(), c)
}

// grantAlice is Helpdesk Administrator for her.
func grantAlice(scope string) models.UnifiedRoleAssignmentable {
	assignment := models.NewUnifiedRoleAssignment()
	assignment.SetRoleDefinitionId(value(helpdeskAdmin))
	assignment.SetPrincipalId(value(alice))
	assignment.SetDirectoryScopeId(&scope)
	return assignment
}

// aliceHolds is the truth: the scopes at which she is Helpdesk Administrator.
func (c client) aliceHolds() []string {
	scopes := []string{}
	for _, s := range c.control.Assignments(contoso) {
		if s.PrincipalID == alice && s.RoleDefinitionID == helpdeskAdmin {
			scopes = append(scopes, s.DirectoryScopeID)
		}
	}
	slices.Sort(scopes)
	return scopes
}

const conflict = "A conflicting object with one or more of the specified property values is present in the directory."

// TestAssignment grants and revokes. The SDK sends the body gzipped.
func TestAssignment(t *testing.T) {
	for _, scope := range []string{"/", "/administrativeUnits/" + berlin} {
		t.Run(scope, func(t *testing.T) {
			c := connect(t)
			created, err := c.roleAssignments().Post(t.Context(), grantAlice(scope), nil)
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.roleAssignments().Post(t.Context(), grantAlice(scope), nil)
			refused(t, err, http.StatusBadRequest, "Request_BadRequest", conflict)
			one := c.roleAssignments().ByUnifiedRoleAssignmentId(*created.GetId())
			read, err := one.Get(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			got := []string{*read.GetId(), *read.GetRoleDefinitionId(), *read.GetPrincipalId(), *read.GetDirectoryScopeId()}
			if diff := cmp.Diff([]string{*created.GetId(), helpdeskAdmin, alice, scope}, got); diff != "" {
				t.Errorf("read back (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{scope}, c.aliceHolds()); diff != "" {
				t.Errorf("the directory (-want +got):\n%s", diff)
			}
			if err := one.Delete(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			refused(t, one.Delete(t.Context(), nil), http.StatusNotFound, "Request_ResourceNotFound",
				"Resource '"+*created.GetId()+"' does not exist or one of its queried reference-property objects are not present.")
			if left := c.aliceHolds(); len(left) > 0 {
				t.Errorf("%v is left", left)
			}
		})
	}
}

// TestPages follows @odata.nextLink, which has the SDK's own host, with the SDK's iterator.
func TestPages(t *testing.T) {
	c := connect(t)
	first, err := c.roleAssignments().Get(t.Context(), &rolemanagement.DirectoryRoleAssignmentsRequestBuilderGetRequestConfiguration{
		QueryParameters: &rolemanagement.DirectoryRoleAssignmentsRequestBuilderGetQueryParameters{
			Top: value(int32(2)), Expand: []string{"principal"}, Select: []string{"id", "principalId"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	pages, err := core.NewPageIterator[models.UnifiedRoleAssignmentable](first, c, models.CreateUnifiedRoleAssignmentCollectionResponseFromDiscriminatorValue)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	err = pages.Iterate(t.Context(), func(row models.UnifiedRoleAssignmentable) bool {
		kinds[*row.GetPrincipal().GetOdataType()]++
		return true
	})
	want := map[string]int{"#microsoft.graph.user": 4, "#microsoft.graph.group": 1, "#microsoft.graph.servicePrincipal": 1}
	if diff := cmp.Diff(want, kinds); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if n := c.control.CountCalls()["roleAssignments.list"]; n != 3 {
		t.Errorf("%d pages, want 3", n)
	}
}

func TestAssignmentQueries(t *testing.T) {
	type query = rolemanagement.DirectoryRoleAssignmentsRequestBuilderGetQueryParameters
	tests := map[string]struct {
		query query
		want  int
	}{
		"principal":  {query{Filter: value("principalId eq '" + erin + "'")}, 1},
		"definition": {query{Filter: value("roleDefinitionId eq '" + helpdeskAdmin + "'"), Expand: []string{"roleDefinition"}}, 1},
		"scope":      {query{Filter: value("directoryScopeId eq '/administrativeUnits/" + berlin + "'"), Expand: []string{"directoryScope"}}, 1},
		"both":       {query{Filter: value("principalId eq '" + erin + "' and roleDefinitionId eq '" + helpdeskAdmin + "'")}, 1},
		"either":     {query{Filter: value("principalId in ('" + erin + "','" + bob + "')")}, 1},
		"all":        {query{}, 6},
	}
	c := connect(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := c.roleAssignments().Get(t.Context(), &rolemanagement.DirectoryRoleAssignmentsRequestBuilderGetRequestConfiguration{QueryParameters: &tt.query})
			if err != nil || len(got.GetValue()) != tt.want {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
	_, err := c.roleAssignments().Get(t.Context(), &rolemanagement.DirectoryRoleAssignmentsRequestBuilderGetRequestConfiguration{
		QueryParameters: &query{Expand: []string{"principal", "roleDefinition"}},
	})
	refused(t, err, http.StatusBadRequest, "Request_BadRequest", "Only one property can be expanded in a single query.")
}

// TestDefinition makes, changes and removes a custom role.
func TestDefinition(t *testing.T) {
	c := connect(t)
	permission := models.NewUnifiedRolePermission()
	permission.SetAllowedResourceActions([]string{"microsoft.directory/applications/basic/update"})
	role := models.NewUnifiedRoleDefinition()
	role.SetDisplayName(value("Supporter"))
	role.SetIsEnabled(value(true))
	role.SetRolePermissions([]models.UnifiedRolePermissionable{permission})
	created, err := c.roleDefinitions().Post(t.Context(), role, nil)
	if err != nil {
		t.Fatal(err)
	}
	one := c.roleDefinitions().ByUnifiedRoleDefinitionId(*created.GetId())
	change := models.NewUnifiedRoleDefinition()
	change.SetDescription(value("Supports"))
	if _, err := one.Patch(t.Context(), change, nil); err != nil {
		t.Fatal(err)
	}
	read, err := one.Get(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	got := []any{*read.GetDisplayName(), *read.GetDescription(), *read.GetTemplateId(), *read.GetIsBuiltIn(), read.GetRolePermissions()[0].GetAllowedResourceActions()}
	if diff := cmp.Diff([]any{"Supporter", "Supports", *created.GetId(), false, permission.GetAllowedResourceActions()}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := one.Delete(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	_, err = one.Get(t.Context(), nil)
	refused(t, err, http.StatusNotFound, "Request_ResourceNotFound",
		"Resource '"+*created.GetId()+"' does not exist or one of its queried reference-property objects are not present.")
}
