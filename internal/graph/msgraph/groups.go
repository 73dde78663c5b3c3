package msgraph

import (
	"context"
	"errors"
	"slices"
	"strings"

	kiota "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoftgraph/msgraph-sdk-go/models"

	"github.com/rolewarden/rolewarden/internal/graph"
)

// permissionGroups is what changes a role-assignable group: the one alone changes only others (Microsoft Graph docs,
// group-post-groups and group-post-members).
const permissionGroups = graph.PermissionGroupWrite + " and " + graph.PermissionRoleManagementWrite

// unified is the group type of a Microsoft 365 group.
const unified = "Unified"

// GroupByUniqueName reads the group with that unique name. Nil without an error means that the replica that answered shows
// none; one in the recycle bin is not shown.
//
// It is read by its alternate key (Microsoft Graph docs, group-upsert; Get-MgGroupByUniqueName): that groups can be filtered
// by it is documented nowhere. A name that not everything on the way leaves alone in a path is refused.
func (c *Client) GroupByUniqueName(ctx context.Context, name string) (*graph.Group, error) {
	what := call{op: "reading group", permission: graph.PermissionGroupRead, answer: anObject()}
	if err := checkUniqueName(name); err != nil {
		return nil, what.describe(badInput(err))
	}
	request := newRequest(kiota.GET, "/groups(uniqueName='{uniqueName}')")
	request.PathParameters["uniqueName"] = strings.ReplaceAll(name, "'", "''")
	request.QueryParametersAny["%24select"] = selectedGroup()
	row, err := exchange[models.Groupable](ctx, c, what, request, models.CreateGroupFromDiscriminatorValue)
	if graph.ClassOf(err) == graph.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	found, err := group(row)
	if err == nil && !strings.EqualFold(found.UniqueName, name) {
		err = malformed("another group than was asked for")
	}
	if err != nil {
		return nil, what.describe(err)
	}
	// The directory has found it by that name. In whichever letters it was created, the key is the same.
	found.UniqueName = name
	return &found, nil
}

// checkUniqueName returns why a name cannot be asked for in a path.
func checkUniqueName(name string) error {
	if name == "" || strings.ContainsAny(name, `/\%?#`) {
		return errors.New(`the unique name is empty, or holds one of / \ % ? #: write letters, digits, dots, dashes and underscores`)
	}
	_, err := graph.Eq("uniqueName", name)
	return err
}

// DeletedGroup reads the recycle bin for a group with that unique name, which it keeps for 30 days, and with it the name
// (Microsoft Graph docs, directory-deleteditems-list; Bicep limitations). Nil without an error means that none is shown. The whole
// bin is read, since that it can be filtered by unique name is documented nowhere.
func (c *Client) DeletedGroup(ctx context.Context, name string) (*graph.Group, error) {
	what := call{op: "reading deleted groups", permission: graph.PermissionGroupRead}
	from := collection{
		path: "/directory/deletedItems/microsoft.graph.group", selected: selectedGroup(), create: models.CreateGroupCollectionResponseFromDiscriminatorValue,
	}
	found, err := readAll[models.GroupCollectionResponseable](ctx, c, what, from, func(row models.Groupable) (graph.Group, bool, error) {
		one, err := group(row)
		return one, strings.EqualFold(one.UniqueName, name), err
	})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

func selectedGroup() []string {
	return []string{"id", "uniqueName", "displayName", "description", "mailNickname", "groupTypes", "isAssignableToRole"}
}

// group returns the row as the domain has it. isAssignableToRole is null for a plain group.
func group(row models.Groupable) (graph.Group, error) {
	id, err := graph.CanonicalID(value(row.GetId()))
	if err != nil {
		return graph.Group{}, malformed("a group without an ID")
	}
	return graph.Group{
		ID: id, UniqueName: value(row.GetUniqueName()),
		DisplayName: value(row.GetDisplayName()), Description: value(row.GetDescription()), MailNickname: value(row.GetMailNickname()),
		Unified:           slices.ContainsFunc(row.GetGroupTypes(), func(kind string) bool { return strings.EqualFold(kind, unified) }),
		AssignableToRoles: value(row.GetIsAssignableToRole()),
	}, nil
}

// CreateGroup creates a group, once, and returns it as the directory answers; its ID is not used. A security group has no group
// types, not even an empty list of them, else the directory refuses to make it role-assignable (Microsoft Graph docs,
// group-post-groups; microsoft-graph-docs#2815). Both properties that are fixed at creation are set: whether roles can be
// assigned to it, and its unique name, which cannot be given to a role-assignable group later (msgraph-bicep-types#54).
//
// Class Exists means that the unique name is taken. If no group is shown by that name, it is one in the recycle bin, which
// keeps it for 30 days (Microsoft Graph docs, Bicep limitations).
func (c *Client) CreateGroup(ctx context.Context, wanted graph.Group) (graph.Group, error) {
	what := call{op: "creating group", permission: graph.PermissionGroupWrite}
	if wanted.AssignableToRoles {
		what.permission = permissionGroups
	}
	if err := checkUniqueName(wanted.UniqueName); err != nil {
		return graph.Group{}, what.describe(badInput(err))
	}
	row, err := post[models.Groupable](ctx, c, what, "/groups", newGroup(wanted), models.CreateGroupFromDiscriminatorValue)
	if err != nil {
		return graph.Group{}, err
	}
	created, err := group(row)
	if err != nil {
		return graph.Group{}, what.describe(err)
	}
	return created, nil
}

func newGroup(wanted graph.Group) *models.Group {
	yes := true
	body := models.NewGroup()
	body.SetUniqueName(&wanted.UniqueName)
	body.SetDisplayName(&wanted.DisplayName)
	body.SetMailNickname(&wanted.MailNickname)
	body.SetMailEnabled(&wanted.Unified)
	body.SetSecurityEnabled(&yes)
	if wanted.Description != "" {
		body.SetDescription(&wanted.Description)
	}
	if wanted.AssignableToRoles {
		body.SetIsAssignableToRole(&yes)
	}
	if wanted.Unified {
		private := "Private"
		body.SetGroupTypes([]string{unified})
		body.SetVisibility(&private)
	}
	return body
}

// UpdateGroup sets the display name, the description and the mail nickname of the group with that ID, and nothing else.
//
// Microsoft Graph docs: group-update.
func (c *Client) UpdateGroup(ctx context.Context, id string, wanted graph.Group) error {
	what := call{op: "updating group", permission: permissionGroups}
	path, err := pathTo("/groups/%s", id)
	if err != nil {
		return what.describe(err)
	}
	body := models.NewGroup()
	body.SetDisplayName(&wanted.DisplayName)
	body.SetMailNickname(&wanted.MailNickname)
	if wanted.Description == "" {
		body.SetAdditionalData(cleared("description"))
	} else {
		body.SetDescription(&wanted.Description)
	}
	return c.write(ctx, what, kiota.PATCH, path, body)
}

// cleared sets a property to null: an empty text is not a value that the directory takes, and the SDK leaves out what is nil.
func cleared(property string) map[string]any { return map[string]any{property: nil} }

// DeleteGroup puts the group with that ID into the recycle bin, from which it can be restored for 30 days. Its role assignments
// and memberships have no effect there. Graph's own 404 comes back as class NotFound.
//
// Microsoft Graph docs: group-delete.
func (c *Client) DeleteGroup(ctx context.Context, id string) error {
	what := call{op: "deleting group", permission: permissionGroups}
	path, err := pathTo("/groups/%s", id)
	if err != nil {
		return what.describe(err)
	}
	return c.write(ctx, what, kiota.DELETE, path, nil)
}
