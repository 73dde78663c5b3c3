package hashicorp

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-azure-sdk/microsoft-graph/common-types/stable"
	"github.com/hashicorp/go-azure-sdk/microsoft-graph/directory/stable/administrativeunit"
	"github.com/hashicorp/go-azure-sdk/microsoft-graph/directory/stable/administrativeunitmember"
	"github.com/hashicorp/go-azure-sdk/microsoft-graph/directoryobjects/stable/directoryobject"
	"github.com/hashicorp/go-azure-sdk/microsoft-graph/serviceprincipals/stable/serviceprincipal"
	"github.com/hashicorp/go-azure-sdk/microsoft-graph/users/stable/user"
	"github.com/hashicorp/go-azure-sdk/sdk/auth"
	"github.com/hashicorp/go-azure-sdk/sdk/odata"
)

// TestUsers finds them as the data source azuread_user does.
func TestUsers(t *testing.T) {
	tests := map[string]struct{ filter, want string }{
		"by user principal name": {"userPrincipalName eq 'alice@contoso.com'", "Alice Anders"},
		"with a quote":           {"displayName eq 'Ivan O''Neill'", "Ivan O'Neill"},
		"by mail nickname":       {"mailNickname eq 'erin'", "Erin Ek"},
		"by mail":                {"mail eq 'dave@contoso.com'", "Dave Diaz"},
		"begins with":            {"startsWith(displayName,'Frank')", "Frank Fischer"},
	}
	a := asAutomation(t)
	client := must(a, user.NewUserClientWithBaseURI, func(c *user.UserClient, login auth.Authorizer) { c.Client.SetAuthorizer(login) })
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := client.ListUsersComplete(deadline(t), user.ListUsersOperationOptions{Filter: &tt.filter})
			if err != nil || len(got.Items) != 1 {
				t.Fatalf("%d users, %v", len(got.Items), err)
			}
			if name := got.Items[0].DisplayName.GetOrZero(); name != tt.want {
				t.Errorf("got %q, want %q", name, tt.want)
			}
		})
	}
	one, err := client.GetUser(deadline(t), stable.NewUserID(alice), user.GetUserOperationOptions{Select: &[]string{"id", "accountEnabled", "userType"}})
	if err != nil || !one.Model.AccountEnabled.GetOrZero() {
		t.Errorf("%+v, %v", one.Model, err)
	}
	gone, err := client.GetUser(deadline(t), stable.NewUserID(nobody), user.DefaultGetUserOperationOptions())
	refused(t, gone.HttpResponse, gone.OData, err, http.StatusNotFound, odata.ErrorResourceDoesNotExist)
}

func TestServicePrincipals(t *testing.T) {
	a := asAutomation(t)
	client := must(a, serviceprincipal.NewServicePrincipalClientWithBaseURI,
		func(c *serviceprincipal.ServicePrincipalClient, login auth.Authorizer) { c.Client.SetAuthorizer(login) })
	got, err := client.ListServicePrincipalsComplete(deadline(t), serviceprincipal.ListServicePrincipalsOperationOptions{Filter: value("appId eq '" + rolewarden + "'")})
	if err != nil || len(got.Items) != 1 {
		t.Fatalf("%d service principals, %v", len(got.Items), err)
	}
	if id := *got.Items[0].Id; id != ownObject {
		t.Errorf("got %s, want %s", id, ownObject)
	}
}

// TestAdministrativeUnits has a member come and go, as azuread_administrative_unit_member does.
func TestAdministrativeUnits(t *testing.T) {
	a := asAutomation(t)
	units := must(a, administrativeunit.NewAdministrativeUnitClientWithBaseURI,
		func(c *administrativeunit.AdministrativeUnitClient, login auth.Authorizer) {
			c.Client.SetAuthorizer(login)
		})
	found, err := units.ListAdministrativeUnitsComplete(deadline(t), administrativeunit.ListAdministrativeUnitsOperationOptions{Filter: value("displayName eq 'Berlin'")})
	if err != nil || len(found.Items) != 1 {
		t.Fatalf("%d units, %v", len(found.Items), err)
	}
	client := must(a, administrativeunitmember.NewAdministrativeUnitMemberClientWithBaseURI,
		func(c *administrativeunitmember.AdministrativeUnitMemberClient, login auth.Authorizer) {
			c.Client.SetAuthorizer(login)
		})
	ctx, id := deadline(t), stable.NewDirectoryAdministrativeUnitID(*found.Items[0].Id)
	if _, err := client.AddAdministrativeUnitMemberRef(ctx, id, stable.ReferenceCreate{ODataId: object(alice)}, administrativeunitmember.DefaultAddAdministrativeUnitMemberRefOperationOptions()); err != nil {
		t.Fatal(err)
	}
	// azuread looks for one member so, which is no advanced query.
	count := func() int {
		listed, err := client.ListAdministrativeUnitMembersComplete(ctx, id, administrativeunitmember.ListAdministrativeUnitMembersOperationOptions{Filter: value("id eq '" + alice + "'")})
		if err != nil {
			t.Fatal(err)
		}
		return len(listed.Items)
	}
	with := count()
	if _, err := client.RemoveAdministrativeUnitMemberRef(ctx, stable.NewDirectoryAdministrativeUnitIdMemberID(berlin, alice), administrativeunitmember.DefaultRemoveAdministrativeUnitMemberRefOperationOptions()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{1, 0}, []int{with, count()}); diff != "" {
		t.Errorf("members (-want +got):\n%s", diff)
	}
}

// TestDirectoryObjects of any kind, each read as what it is.
func TestDirectoryObjects(t *testing.T) {
	a := asAutomation(t)
	client := must(a, directoryobject.NewDirectoryObjectClientWithBaseURI,
		func(c *directoryobject.DirectoryObjectClient, login auth.Authorizer) { c.Client.SetAuthorizer(login) })
	want := map[string]string{alice: odata.TypeUser, helpdesk: odata.TypeGroup, payroll: odata.TypeServicePrincipal, berlin: odata.TypeAdministrativeUnit}
	got := map[string]string{}
	for id := range want {
		one, err := client.GetDirectoryObject(deadline(t), stable.NewDirectoryObjectID(id), directoryobject.DefaultGetDirectoryObjectOperationOptions())
		if err != nil {
			t.Fatal(err)
		}
		got[id] = *one.Model.Entity().ODataType
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("one by one (-want +got):\n%s", diff)
	}
	// The SDK has no body to send here, which Graph does not read as an empty list of IDs.
	some, err := client.ListGetsByIds(deadline(t), directoryobject.ListGetsByIdsRequest{Ids: &[]string{alice}}, directoryobject.DefaultListGetsByIdsOperationOptions())
	refused(t, some.HttpResponse, some.OData, err, http.StatusBadRequest, "Unable to read JSON request payload")
}
