package msgraph

import (
	"context"
	"slices"
	"strings"

	kiota "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoftgraph/msgraph-sdk-go/models"

	"github.com/rolewarden/rolewarden/internal/graph"
)

// membersPage is the largest page of members (Microsoft Graph docs, group-list-members). One that is left to the directory has
// a hundred.
const membersPage = 999

// IsMember tells whether the replica that answered shows somebody as a direct member of a group. A group that it does not know
// is an error of class NotFound.
//
// The whole list is read, to its last page: a filter of members is answered from an index that lags behind (Microsoft Graph
// docs, aad-advanced-queries).
func (c *Client) IsMember(ctx context.Context, groupID, memberID string) (bool, error) {
	what := call{op: "reading group members", permission: graph.PermissionGroupRead}
	member, err := graph.CanonicalID(memberID)
	if err != nil {
		return false, what.describe(badInput(err))
	}
	path, err := pathTo("/groups/%s/members", groupID)
	if err != nil {
		return false, what.describe(err)
	}
	members, err := c.objectIDs(ctx, what, collection{path: path, top: membersPage, owned: true})
	return slices.Contains(members, member), err
}

// AddMember makes somebody a direct member of a group, once. Class Exists means that they are one; NotFound, that the replica
// knows the group or the member not, or not yet.
//
// Microsoft Graph docs: group-post-members.
func (c *Client) AddMember(ctx context.Context, groupID, memberID string) error {
	what := call{op: "adding group member", permission: permissionGroups}
	path, err := pathTo("/groups/%s/members/$ref", groupID)
	if err != nil {
		return what.describe(err)
	}
	object, err := pathTo("/directoryObjects/%s", memberID)
	if err != nil {
		return what.describe(err)
	}
	link := c.cloud.baseURL() + object
	body := models.NewReferenceCreate()
	body.SetOdataId(&link)
	return c.write(ctx, what, kiota.POST, path, body)
}

// RemoveMember takes somebody out of a group. Class NotFound means that they are no direct member, as far as the replica
// knows, or that it knows no such group. The path always ends in $ref: without it, it would name the member itself.
//
// Microsoft Graph docs: group-delete-members.
func (c *Client) RemoveMember(ctx context.Context, groupID, memberID string) error {
	what := call{op: "removing group member", permission: permissionGroups}
	path, err := pathTo("/groups/%s/members/%s/$ref", groupID, memberID)
	if err != nil {
		return what.describe(err)
	}
	return c.write(ctx, what, kiota.DELETE, path, nil)
}

// GroupsOf returns the groups that a principal is in, directly or through others, with their ID, display name and whether roles
// can be assigned to them. There are none if the replica that answered knows no such principal, or one that is in no groups.
//
// Microsoft Graph docs: user-list-transitivememberof, and those of the other kinds. Which kind a principal is has to be asked
// first, since v1.0 has no such list for directory objects in general.
func (c *Client) GroupsOf(ctx context.Context, principalID string) ([]graph.Group, error) {
	what := call{op: "reading the principal's groups", permission: graph.PermissionGroupRead}
	set, err := c.setOf(ctx, what, principalID)
	if err != nil || set == "" || set == "/groups" { // a group in a group holds none of its roles
		return nil, err
	}
	path, err := pathTo(set+"/%s/transitiveMemberOf/microsoft.graph.group", principalID)
	if err != nil {
		return nil, what.describe(err)
	}
	groups, err := readAll[models.GroupCollectionResponseable](ctx, c, what, collection{
		path: path, selected: []string{"id", "displayName", "isAssignableToRole"}, owned: true,
		create: models.CreateGroupCollectionResponseFromDiscriminatorValue,
	}, every(group))
	if graph.ClassOf(err) == graph.NotFound {
		return nil, nil
	}
	return groups, err
}

// setOf returns the collection that a principal is in; none if the replica knows no such principal. Unlike the reading of one
// directory object, this needs no more than the permissions to look principals up (Microsoft Graph docs,
// directoryobject-getbyids).
func (c *Client) setOf(ctx context.Context, what call, principalID string) (string, error) {
	id, err := graph.CanonicalID(principalID)
	if err != nil {
		return "", what.describe(badInput(err))
	}
	request := newRequest(kiota.POST, "/directoryObjects/getByIds")
	request.QueryParametersAny["%24select"] = []string{"id"}
	request.SetStreamContentAndContentType([]byte(`{"ids":["`+id+`"],"types":["user","servicePrincipal","group"]}`), "application/json")
	what.answer = aList()
	objects, err := exchange[models.DirectoryObjectCollectionResponseable](ctx, c, what, request,
		models.CreateDirectoryObjectCollectionResponseFromDiscriminatorValue)
	if err != nil || len(objects.GetValue()) == 0 {
		return "", err
	}
	set := setFor(id, objects.GetValue()[0])
	if set == "" {
		return "", what.describe(malformed("another object than was asked for"))
	}
	return set, nil
}

// setFor returns the collection of an object, if it is that principal.
func setFor(id string, object models.DirectoryObjectable) string {
	if object == nil || !strings.EqualFold(value(object.GetId()), id) {
		return ""
	}
	return map[string]string{
		"#microsoft.graph.user":             "/users",
		"#microsoft.graph.servicePrincipal": "/servicePrincipals",
		"#microsoft.graph.group":            "/groups",
	}[value(object.GetOdataType())]
}
