package msgraph

import (
	"context"
	"strings"

	"github.com/microsoftgraph/msgraph-sdk-go/models"

	"github.com/rolewarden/rolewarden/internal/graph"
)

// permissionDeleted is what reads the recycle bin. For deleted users, unlike for others, User.ReadBasic.All is not enough
// (Microsoft Graph docs, directory-deleteditems-get).
const permissionDeleted = "User.Read.All, " + graph.PermissionGroupRead + " or " + graph.PermissionApplicationRead

// DeletedObject reads the recycle bin for the object with that ID. Nil without an error means that it is not there.
//
// Microsoft Graph docs: directory-deleteditems-get. By default, a user comes without the time when it was deleted
// (msgraph-sdk-powershell#3244).
func (c *Client) DeletedObject(ctx context.Context, id string) (*graph.DeletedObject, error) {
	what := call{op: "reading deleted object", permission: permissionDeleted}
	path, err := pathTo("/directory/deletedItems/%s", id)
	if err != nil {
		return nil, what.describe(err)
	}
	row, err := get[models.DirectoryObjectable](ctx, c, what, path, []string{"id", "displayName", "deletedDateTime"},
		models.CreateDirectoryObjectFromDiscriminatorValue)
	if graph.ClassOf(err) == graph.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	found := deletedObject(row)
	if !strings.EqualFold(found.ID, id) {
		return nil, what.describe(malformed("another object than was asked for"))
	}
	return &found, nil
}

func deletedObject(row models.DirectoryObjectable) graph.DeletedObject {
	found := graph.DeletedObject{
		ID:      strings.ToLower(value(row.GetId())),
		Kind:    strings.TrimPrefix(value(row.GetOdataType()), "#microsoft.graph."),
		Deleted: value(row.GetDeletedDateTime()).UTC(),
	}
	if named, ok := row.(interface{ GetDisplayName() *string }); ok {
		found.DisplayName = value(named.GetDisplayName())
	}
	return found
}
