package msgraph

import (
	"context"

	"github.com/microsoftgraph/msgraph-sdk-go/models"

	"github.com/rolewarden/rolewarden/internal/graph"
)

// UserIDs returns the IDs of all users with that user principal name.
func (c *Client) UserIDs(ctx context.Context, upn string) ([]string, error) {
	return c.ids(ctx, call{op: "looking up user", permission: graph.PermissionUserRead}, "/users", "userPrincipalName", upn)
}

// GroupIDs returns the IDs of all groups with that display name.
func (c *Client) GroupIDs(ctx context.Context, displayName string) ([]string, error) {
	return c.ids(ctx, call{op: "looking up group", permission: graph.PermissionGroupRead}, "/groups", "displayName", displayName)
}

// ServicePrincipalIDs returns the IDs of all service principals of the application with that client ID.
func (c *Client) ServicePrincipalIDs(ctx context.Context, appID string) ([]string, error) {
	return c.ids(ctx, call{op: "looking up service principal", permission: graph.PermissionApplicationRead}, "/servicePrincipals", "appId", appID)
}

// AdministrativeUnitIDs returns the IDs of all administrative units with that display name.
func (c *Client) AdministrativeUnitIDs(ctx context.Context, displayName string) ([]string, error) {
	return c.ids(ctx, call{op: "looking up administrative unit", permission: graph.PermissionAdministrativeUnitsRead},
		"/directory/administrativeUnits", "displayName", displayName)
}

// ids returns the IDs of all objects of a collection whose property has that value.
func (c *Client) ids(ctx context.Context, what call, path, property, wanted string) ([]string, error) {
	filter, err := graph.Eq(property, wanted)
	if err != nil {
		return nil, what.describe(badInput(err))
	}
	return c.objectIDs(ctx, what, collection{path: path, filter: filter})
}

// objectIDs returns the IDs of all objects of a list.
func (c *Client) objectIDs(ctx context.Context, what call, of collection) ([]string, error) {
	of.selected, of.create = []string{"id"}, models.CreateDirectoryObjectCollectionResponseFromDiscriminatorValue
	return readAll[models.DirectoryObjectCollectionResponseable](ctx, c, what, of, every(objectID))
}

func objectID(row models.DirectoryObjectable) (string, error) {
	id, err := graph.CanonicalID(value(row.GetId()))
	if err != nil {
		return "", malformed("an object without an ID")
	}
	return id, nil
}
