package msgraph

import (
	"context"
	"errors"
	"slices"

	kiota "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoftgraph/msgraph-sdk-go/models"

	"github.com/rolewarden/rolewarden/internal/graph"
)

const (
	// roleDefinitions is where roles are.
	roleDefinitions = "/roleManagement/directory/roleDefinitions"
	// oneRoleDefinition is where one of them is.
	oneRoleDefinition = roleDefinitions + "/%s"
)

// CustomRole reads the custom role with that ID. Nil without an error means that the replica that answered shows none. A role
// that is built in is an error.
//
// Microsoft Graph docs: unifiedroledefinition-get.
func (c *Client) CustomRole(ctx context.Context, id string) (*graph.CustomRole, error) {
	what := call{op: "reading role definition", permission: graph.PermissionRoleManagementRead}
	path, err := pathTo(oneRoleDefinition, id)
	if err != nil {
		return nil, what.describe(err)
	}
	selected := []string{"id", "displayName", "description", "isEnabled", "isBuiltIn", "rolePermissions"}
	row, err := get[models.UnifiedRoleDefinitionable](ctx, c, what, path, selected, models.CreateUnifiedRoleDefinitionFromDiscriminatorValue)
	if graph.ClassOf(err) == graph.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	role, err := customRole(row)
	if err != nil {
		return nil, what.describe(err)
	}
	return &role, nil
}

func customRole(row models.UnifiedRoleDefinitionable) (graph.CustomRole, error) {
	id, err := graph.CanonicalID(value(row.GetId()))
	if err != nil {
		return graph.CustomRole{}, malformed("a role definition without an ID")
	}
	if value(row.GetIsBuiltIn()) {
		return graph.CustomRole{}, &graph.Error{Class: graph.Refused, Refusal: graph.RefusedRequest, Message: "the role is built in"}
	}
	role := graph.CustomRole{ID: id, DisplayName: value(row.GetDisplayName()), Description: value(row.GetDescription()), Enabled: value(row.GetIsEnabled())}
	for _, permission := range row.GetRolePermissions() {
		if permission == nil {
			return graph.CustomRole{}, malformed("a role definition with an empty permission")
		}
		role.Actions = append(role.Actions, actions(permission)...)
	}
	slices.Sort(role.Actions)
	role.Actions = slices.Compact(role.Actions)
	return role, nil
}

// actions returns what a permission allows. What narrows it is added in words that are no action: such a role is another than
// any that the controller writes.
func actions(permission models.UnifiedRolePermissionable) []string {
	var all []string
	for _, action := range permission.GetAllowedResourceActions() {
		if condition := value(permission.GetCondition()); condition != "" {
			action += " if " + condition
		}
		all = append(all, action)
	}
	for _, action := range permission.GetExcludedResourceActions() {
		all = append(all, "not "+action)
	}
	return all
}

// CreateCustomRole creates a custom role, once, and returns it as the directory answers. The template ID that it is created
// with becomes its ID, so that nothing is created twice. Class Exists means that there is one with that ID.
//
// Microsoft Graph docs: rbacapplication-post-roledefinitions.
func (c *Client) CreateCustomRole(ctx context.Context, wanted graph.CustomRole) (graph.CustomRole, error) {
	what := call{op: "creating role definition", permission: graph.PermissionRoleManagementWrite}
	id, err := graph.CanonicalID(wanted.ID)
	if err != nil {
		return graph.CustomRole{}, what.describe(badInput(err))
	}
	body, err := definition(wanted)
	if err != nil {
		return graph.CustomRole{}, what.describe(badInput(err))
	}
	body.SetTemplateId(&id)
	row, err := post[models.UnifiedRoleDefinitionable](ctx, c, what, roleDefinitions, body, models.CreateUnifiedRoleDefinitionFromDiscriminatorValue)
	if err != nil {
		return graph.CustomRole{}, err
	}
	created, err := customRole(row)
	if err != nil {
		return graph.CustomRole{}, what.describe(err)
	}
	return created, nil
}

// definition is what is sent of a custom role, but for its ID.
func definition(wanted graph.CustomRole) (*models.UnifiedRoleDefinition, error) {
	if len(wanted.Actions) == 0 {
		return nil, errors.New("a role without actions: write at least one")
	}
	permission := models.NewUnifiedRolePermission()
	permission.SetAllowedResourceActions(wanted.Actions)
	body := models.NewUnifiedRoleDefinition()
	body.SetDisplayName(&wanted.DisplayName)
	body.SetIsEnabled(&wanted.Enabled)
	body.SetRolePermissions([]models.UnifiedRolePermissionable{permission})
	if wanted.Description != "" {
		body.SetDescription(&wanted.Description)
	}
	return body, nil
}

// UpdateCustomRole sets the names, the actions and whether a custom role is enabled. The template ID is never sent: a change
// of it changes the role's ID (terraform-provider-azuread, azuread_custom_directory_role).
//
// Microsoft Graph docs: unifiedroledefinition-update.
func (c *Client) UpdateCustomRole(ctx context.Context, wanted graph.CustomRole) error {
	what := call{op: "updating role definition", permission: graph.PermissionRoleManagementWrite}
	path, err := pathTo(oneRoleDefinition, wanted.ID)
	if err != nil {
		return what.describe(err)
	}
	body, err := definition(wanted)
	if err != nil {
		return what.describe(badInput(err))
	}
	if wanted.Description == "" {
		body.SetAdditionalData(cleared("description"))
	}
	return c.write(ctx, what, kiota.PATCH, path, body)
}

// DeleteCustomRole removes the custom role with that ID. Graph's own 404 comes back as class NotFound.
//
// Microsoft Graph docs: unifiedroledefinition-delete.
func (c *Client) DeleteCustomRole(ctx context.Context, id string) error {
	what := call{op: "deleting role definition", permission: graph.PermissionRoleManagementWrite}
	path, err := pathTo(oneRoleDefinition, id)
	if err != nil {
		return what.describe(err)
	}
	return c.write(ctx, what, kiota.DELETE, path, nil)
}
