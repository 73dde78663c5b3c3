package hashicorp

import (
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-azure-sdk/microsoft-graph/common-types/stable"
	api "github.com/hashicorp/go-azure-sdk/microsoft-graph/groups/stable/group"
	"github.com/hashicorp/go-azure-sdk/microsoft-graph/groups/stable/member"
	"github.com/hashicorp/go-azure-sdk/sdk/auth"
	"github.com/hashicorp/go-azure-sdk/sdk/nullable"
	"github.com/hashicorp/go-azure-sdk/sdk/odata"
)

func groups(a *account) *api.GroupClient {
	return must(a, api.NewGroupClientWithBaseURI, func(c *api.GroupClient, login auth.Authorizer) { c.Client.SetAuthorizer(login) })
}

func members(a *account) *member.MemberClient {
	return must(a, member.NewMemberClientWithBaseURI, func(c *member.MemberClient, login auth.Authorizer) { c.Client.SetAuthorizer(login) })
}

// object is a reference as the SDK writes it.
func object(id string) *string {
	return value("https://graph.microsoft.com/v1.0" + stable.NewDirectoryObjectID(id).ID())
}

func operators() stable.Group {
	return stable.Group{
		DisplayName: nullable.Value("Operators"), MailNickname: nullable.Value("operators"), MailEnabled: nullable.Value(false),
		SecurityEnabled: nullable.Value(true), IsAssignableToRole: nullable.Value(true), GroupTypes: &[]string{},
		Owners_ODataBind: &[]string{*object(alice)},
	}
}

// TestGroup is the life of an azuread_group that can hold roles.
func TestGroup(t *testing.T) {
	a := asAutomation(t)
	client, ctx := groups(a), deadline(t)
	created, err := client.CreateGroup(ctx, operators(), api.DefaultCreateGroupOperationOptions())
	if err != nil {
		t.Fatal(err)
	}
	id := stable.NewGroupID(*created.Model.Id)
	if !created.Model.IsAssignableToRole.GetOrZero() {
		t.Error("the group cannot hold roles")
	}
	if _, err := client.UpdateGroup(ctx, id, stable.Group{Description: nullable.Value("They operate")}, api.DefaultUpdateGroupOperationOptions()); err != nil {
		t.Fatal(err)
	}
	addAndRemove(t, members(a), *created.Model.Id)
	if _, err := client.DeleteGroup(ctx, id, api.DefaultDeleteGroupOperationOptions()); err != nil {
		t.Fatal(err)
	}
	gone, err := client.GetGroup(ctx, id, api.DefaultGetGroupOperationOptions())
	refused(t, gone.HttpResponse, gone.OData, err, http.StatusNotFound, odata.ErrorResourceDoesNotExist)
}

func addAndRemove(t *testing.T, client *member.MemberClient, group string) {
	t.Helper()
	ctx, id := deadline(t), stable.NewGroupID(group)
	reference := stable.ReferenceCreate{ODataId: object(erin)}
	if _, err := client.AddMemberRef(ctx, id, reference, member.DefaultAddMemberRefOperationOptions()); err != nil {
		t.Fatal(err)
	}
	again, err := client.AddMemberRef(ctx, id, reference, member.DefaultAddMemberRefOperationOptions())
	refused(t, again.HttpResponse, again.OData, err, http.StatusBadRequest, odata.ErrorAddedObjectReferencesAlreadyExist)
	listed, err := client.ListMembers(ctx, id, member.DefaultListMembersOperationOptions())
	if err != nil || len(*listed.Model) != 1 {
		t.Fatalf("members %v, %v", listed.Model, err)
	}
	if user, ok := (*listed.Model)[0].(stable.User); !ok || user.UserPrincipalName.GetOrZero() != "erin@contoso.com" {
		t.Errorf("the member is %v", (*listed.Model)[0])
	}
	link := stable.NewGroupIdMemberID(group, erin)
	if _, err := client.RemoveMemberRef(ctx, link, member.DefaultRemoveMemberRefOperationOptions()); err != nil {
		t.Fatal(err)
	}
	gone, err := client.RemoveMemberRef(ctx, link, member.DefaultRemoveMemberRefOperationOptions())
	refused(t, gone.HttpResponse, gone.OData, err, http.StatusNotFound, odata.ErrorResourceDoesNotExist)
}

// TestMembers are objects of several kinds, each read as what it is.
func TestMembers(t *testing.T) {
	client, ctx, id := members(asAutomation(t)), deadline(t), stable.NewGroupID(everybody)
	all, err := client.ListMembersComplete(ctx, id, member.ListMembersOperationOptions{Top: value(int64(1))})
	if err != nil {
		t.Fatal(err)
	}
	kinds := []string{}
	for _, m := range all.Items {
		kinds = append(kinds, *m.Entity().ODataType)
	}
	slices.Sort(kinds)
	if diff := cmp.Diff([]string{odata.TypeGroup, odata.TypeUser, odata.TypeUser, odata.TypeUser}, kinds); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	references, err := client.ListMemberRefsComplete(ctx, id, member.DefaultListMemberRefsOperationOptions())
	if err != nil || len(references.Items) != 4 {
		t.Errorf("%d references, %v", len(references.Items), err)
	}
}

// TestGroupRefusals are those that the azuread provider, or its users, know by their texts.
func TestGroupRefusals(t *testing.T) {
	tests := map[string]struct {
		change func(*stable.Group)
		text   string
	}{
		"type of a security group": {func(g *stable.Group) { g.GroupTypes = &[]string{"DynamicMembership"} }, "GroupType cannot be set for security groups assignable to roles"},
		"owner twice":              {func(g *stable.Group) { g.Owners_ODataBind = &[]string{*object(alice), *object(alice)} }, "Request contains a property with duplicate values"},
	}
	a := asAutomation(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			g := operators()
			tt.change(&g)
			got, err := groups(a).CreateGroup(deadline(t), g, api.DefaultCreateGroupOperationOptions())
			refused(t, got.HttpResponse, got.OData, err, http.StatusBadRequest, tt.text)
		})
	}
}
