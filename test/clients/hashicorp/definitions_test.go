package hashicorp

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-azure-sdk/microsoft-graph/common-types/stable"
	api "github.com/hashicorp/go-azure-sdk/microsoft-graph/rolemanagement/stable/directoryroledefinition"
	"github.com/hashicorp/go-azure-sdk/sdk/auth"
	"github.com/hashicorp/go-azure-sdk/sdk/nullable"
	"github.com/hashicorp/go-azure-sdk/sdk/odata"
)

func definitions(a *account) *api.DirectoryRoleDefinitionClient {
	return must(a, api.NewDirectoryRoleDefinitionClientWithBaseURI,
		func(c *api.DirectoryRoleDefinitionClient, login auth.Authorizer) { c.Client.SetAuthorizer(login) })
}

// supporter is a custom role as the azuread provider writes one: what the user
// left out is an empty string.
func supporter(name string) stable.UnifiedRoleDefinition {
	return stable.UnifiedRoleDefinition{
		Description: nullable.NoZero("Reads applications"), DisplayName: nullable.Value(name), IsEnabled: nullable.Value(true),
		RolePermissions: []stable.UnifiedRolePermission{{AllowedResourceActions: []string{"microsoft.directory/applications/allProperties/read"}}},
		TemplateId:      nullable.Value(""), Version: nullable.Value("1.0"),
	}
}

// TestDefinition is the life of an azuread_custom_directory_role.
func TestDefinition(t *testing.T) {
	a := asAutomation(t)
	client, ctx := definitions(a), deadline(t)
	created, err := client.CreateDirectoryRoleDefinition(ctx, supporter("Supporter"), api.DefaultCreateDirectoryRoleDefinitionOperationOptions())
	if err != nil {
		t.Fatal(err)
	}
	id := stable.NewRoleManagementDirectoryRoleDefinitionID(*created.Model.Id)
	if created.Model.TemplateId.GetOrZero() != *created.Model.Id {
		t.Errorf("template %q, want the ID %q", created.Model.TemplateId.GetOrZero(), *created.Model.Id)
	}
	renamed := supporter("Senior Supporter")
	renamed.TemplateId = created.Model.TemplateId
	if _, err := client.UpdateDirectoryRoleDefinition(ctx, id, renamed, api.DefaultUpdateDirectoryRoleDefinitionOperationOptions()); err != nil {
		t.Fatal(err)
	}
	found, err := client.ListDirectoryRoleDefinitionsComplete(ctx, api.ListDirectoryRoleDefinitionsOperationOptions{Filter: value("displayName eq 'Senior Supporter'")})
	if err != nil || len(found.Items) != 1 {
		t.Fatalf("%d found, %v", len(found.Items), err)
	}
	want := []string{"microsoft.directory/applications/allProperties/read"}
	if diff := cmp.Diff(want, found.Items[0].RolePermissions[0].AllowedResourceActions); diff != "" {
		t.Errorf("actions (-want +got):\n%s", diff)
	}
	if _, err := client.DeleteDirectoryRoleDefinition(ctx, id, api.DefaultDeleteDirectoryRoleDefinitionOperationOptions()); err != nil {
		t.Fatal(err)
	}
	gone, err := client.GetDirectoryRoleDefinition(ctx, id, api.DefaultGetDirectoryRoleDefinitionOperationOptions())
	refused(t, gone.HttpResponse, gone.OData, err, http.StatusNotFound, odata.ErrorResourceDoesNotExist)
}

func TestDefinitionQueries(t *testing.T) {
	a := asAutomation(t)
	client, ctx := definitions(a), deadline(t)
	all, err := client.ListDirectoryRoleDefinitionsComplete(ctx, api.DefaultListDirectoryRoleDefinitionsOperationOptions())
	if err != nil || len(all.Items) < 100 {
		t.Errorf("%d roles on all pages, %v", len(all.Items), err)
	}
	custom, err := client.ListDirectoryRoleDefinitionsComplete(ctx, api.ListDirectoryRoleDefinitionsOperationOptions{Filter: value("isBuiltIn eq false")})
	if err != nil || len(custom.Items) != 1 {
		t.Errorf("%d custom roles, %v", len(custom.Items), err)
	}
	sized, err := client.ListDirectoryRoleDefinitions(ctx, api.ListDirectoryRoleDefinitionsOperationOptions{Top: value(int64(5))})
	refused(t, sized.HttpResponse, sized.OData, err, http.StatusBadRequest, "top")
}
