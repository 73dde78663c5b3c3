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
// docs, aad-advanced-queries). It does not show service principals (group-list-members, known issue): whom it does not
// show is looked for among the groups of a service principal, if it is one.
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
	if err != nil || slices.Contains(members, member) {
		return err == nil, err
	}
	return c.isMemberByItself(ctx, groupID, member)
}

// isMemberByItself tells whether a service principal says that it is a direct member of a group. Nothing else says so.
//
// Microsoft Graph docs: serviceprincipal-list-memberof.
func (c *Client) isMemberByItself(ctx context.Context, groupID, memberID string) (bool, error) {
	what := call{op: "reading the groups of a service principal", permission: graph.PermissionApplicationRead}
	path, err := pathTo("/servicePrincipals/%s/memberOf", memberID)
	if err != nil {
		return false, what.describe(err)
	}
	groups, err := c.objectIDs(ctx, what, collection{path: path, owned: true})
	if graph.ClassOf(err) == graph.NotFound {
		return false, nil // it is no service principal, or none that the replica knows
	}
	return slices.Contains(groups, strings.ToLower(groupID)), err
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
// can be assigned to them. Class NotFound means that the replica that answered knows no such principal.
//
// Microsoft Graph docs: user-list-transitivememberof, and those of the other kinds. Which kind a principal is has to be asked
// first, since v1.0 has no such list for directory objects in general. The whole list is read, roles and administrative units
// included: casting it to groups would take an advanced query, which is answered from an index that lags behind.
func (c *Client) GroupsOf(ctx context.Context, principalID string) ([]graph.Group, error) {
	what := call{op: "reading the principal's groups", permission: graph.PermissionGroupRead}
	set, err := c.setOf(ctx, what, principalID)
	if err != nil || set == "/groups" { // a group in a group holds none of its roles
		return nil, err
	}
	path, err := pathTo(set+"/%s/transitiveMemberOf", principalID)
	if err != nil {
		return nil, what.describe(err)
	}
	return readAll[models.DirectoryObjectCollectionResponseable](ctx, c, what, collection{
		path: path, selected: []string{"id", "displayName", "isAssignableToRole"}, owned: true,
		create: models.CreateDirectoryObjectCollectionResponseFromDiscriminatorValue,
	}, groupAmong)
}

// groupAmong reads a row of objects of several kinds, and wants it if it is a group.
func groupAmong(row models.DirectoryObjectable) (graph.Group, bool, error) {
	if value(row.GetOdataType()) == "" {
		return graph.Group{}, false, malformed("an object of no kind")
	}
	one, ok := row.(models.Groupable)
	if !ok {
		return graph.Group{}, false, nil
	}
	found, err := group(one)
	return found, true, err
}

// Missing returns which of some users, service principals and groups the replica that answered does not know.
func (c *Client) Missing(ctx context.Context, ids ...string) ([]string, error) {
	sets, err := c.setsOf(ctx, call{op: "looking for directory objects", permission: graph.PermissionUserRead + " or what reads the others"}, ids...)
	var missing []string
	for i, set := range sets {
		if set == "" {
			missing = append(missing, ids[i])
		}
	}
	return missing, err
}

// setOf returns the collection that a principal is in.
func (c *Client) setOf(ctx context.Context, what call, principalID string) (string, error) {
	sets, err := c.setsOf(ctx, what, principalID)
	switch {
	case err != nil:
		return "", err
	case sets[0] == "":
		return "", what.describe(&graph.Error{Class: graph.NotFound, Resource: strings.ToLower(principalID), Message: "the principal is not in the directory"})
	}
	return sets[0], nil
}

// setsOf returns the collection that each of some objects is in; none for what the replica does not know. Unlike the reading of one
// directory object, this needs no more than the permissions to look principals up (Microsoft Graph docs,
// directoryobject-getbyids).
func (c *Client) setsOf(ctx context.Context, what call, ids ...string) ([]string, error) {
	canonical := make([]string, len(ids))
	for i, id := range ids {
		var err error
		if canonical[i], err = graph.CanonicalID(id); err != nil {
			return nil, what.describe(badInput(err))
		}
	}
	request := newRequest(kiota.POST, "/directoryObjects/getByIds")
	request.QueryParametersAny["%24select"] = []string{"id"}
	list := `["` + strings.Join(canonical, `","`) + `"]`
	request.SetStreamContentAndContentType([]byte(`{"ids":`+list+`,"types":["user","servicePrincipal","group"]}`), "application/json")
	what.answer = aList()
	objects, err := exchange[models.DirectoryObjectCollectionResponseable](ctx, c, what, request,
		models.CreateDirectoryObjectCollectionResponseFromDiscriminatorValue)
	if err != nil {
		return nil, err
	}
	sets := make([]string, len(ids))
	for _, object := range objects.GetValue() {
		i := slices.IndexFunc(canonical, func(id string) bool { return setFor(id, object) != "" })
		if i < 0 {
			return nil, what.describe(malformed("another object than was asked for"))
		}
		sets[i] = setFor(canonical[i], object)
	}
	return sets, nil
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
