package msgraph

import (
	"context"

	kiota "github.com/microsoft/kiota-abstractions-go"
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

// ids returns the IDs of all objects of a collection whose property has that value. The SDK's packages for users and groups
// are not used: they hold 22 MB of generated source for everything a user or group may own, and all that is wanted here is
// a list of IDs.
func (c *Client) ids(ctx context.Context, what call, path, property, wanted string) ([]string, error) {
	filter, err := graph.Eq(property, wanted)
	if err != nil {
		return nil, what.describe(badInput(err))
	}
	var ids []string
	collect := func(p models.DirectoryObjectCollectionResponseable) error {
		for _, row := range p.GetValue() {
			if row == nil {
				return malformed("a list with an empty row")
			}
			id, err := graph.CanonicalID(value(row.GetId()))
			if err != nil {
				return malformed("an object without an ID")
			}
			ids = append(ids, id)
		}
		return nil
	}
	err = list(ctx, c, listing[models.DirectoryObjectCollectionResponseable]{what, c.objectPage(path, filter), collect})
	if err != nil {
		return nil, err
	}
	return ids, nil
}

func (c *Client) objectPage(path, filter string) func(context.Context, string) (models.DirectoryObjectCollectionResponseable, error) {
	return func(ctx context.Context, link string) (models.DirectoryObjectCollectionResponseable, error) {
		answer, err := c.adapter.Send(ctx, objectRequest(path, filter, link), models.CreateDirectoryObjectCollectionResponseFromDiscriminatorValue, nil)
		if err != nil || answer == nil {
			return nil, err
		}
		objects, ok := answer.(models.DirectoryObjectCollectionResponseable)
		if !ok {
			return nil, malformed("an answer that is not a list")
		}
		return objects, nil
	}
}

// objectRequest is what the SDK's request builders make of the same list.
func objectRequest(path, filter, link string) *kiota.RequestInformation {
	parameters := map[string]string{}
	if link != "" {
		parameters["request-raw-url"] = link
	}
	request := kiota.NewRequestInformationWithMethodAndUrlTemplateAndPathParameters(
		kiota.GET, "{+baseurl}"+path+"{?%24filter,%24select}", parameters)
	request.QueryParametersAny["%24filter"] = filter
	request.QueryParametersAny["%24select"] = []string{"id"}
	request.Headers.TryAdd("Accept", "application/json")
	return request
}
