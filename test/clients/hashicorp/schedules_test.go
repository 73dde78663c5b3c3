package hashicorp

import (
	"net/http"
	"testing"
	"time"

	"github.com/hashicorp/go-azure-sdk/microsoft-graph/common-types/stable"
	schedule "github.com/hashicorp/go-azure-sdk/microsoft-graph/rolemanagement/stable/directoryroleeligibilityschedule"
	api "github.com/hashicorp/go-azure-sdk/microsoft-graph/rolemanagement/stable/directoryroleeligibilityschedulerequest"
	"github.com/hashicorp/go-azure-sdk/sdk/auth"
	"github.com/hashicorp/go-azure-sdk/sdk/environments"
	"github.com/hashicorp/go-azure-sdk/sdk/nullable"
)

func requests(a *account) *api.DirectoryRoleEligibilityScheduleRequestClient {
	return must(a, api.NewDirectoryRoleEligibilityScheduleRequestClientWithBaseURI,
		func(c *api.DirectoryRoleEligibilityScheduleRequestClient, login auth.Authorizer) {
			c.Client.SetAuthorizer(login)
		})
}

func schedules(a *account) *schedule.DirectoryRoleEligibilityScheduleClient {
	return must(a, schedule.NewDirectoryRoleEligibilityScheduleClientWithBaseURI,
		func(c *schedule.DirectoryRoleEligibilityScheduleClient, login auth.Authorizer) {
			c.Client.SetAuthorizer(login)
		})
}

// ask is a request as the azuread provider writes one.
func ask(action stable.UnifiedRoleScheduleRequestActions, start time.Time) stable.UnifiedRoleEligibilityScheduleRequest {
	return stable.UnifiedRoleEligibilityScheduleRequest{
		Action: value(action), RoleDefinitionId: nullable.Value(helpdeskAdmin), PrincipalId: nullable.Value(alice),
		Justification: nullable.Value("as requested"), DirectoryScopeId: nullable.Value("/"),
		ScheduleInfo: &stable.RequestSchedule{
			StartDateTime: nullable.Value(start.Format(time.RFC3339)),
			Expiration:    &stable.ExpirationPattern{Type: value(stable.ExpirationPatternType_NoExpiration)},
		},
	}
}

// TestEligibility is the life of an azuread_directory_role_eligibility_schedule_request, whose request is read until it is
// carried out.
func TestEligibility(t *testing.T) {
	a := asAutomation(t)
	client, ctx := requests(a), deadline(t)
	assign := ask(stable.UnifiedRoleScheduleRequestActions_AdminAssign, time.Now())
	created, err := client.CreateDirectoryRoleEligibilityScheduleRequest(ctx, assign, api.DefaultCreateDirectoryRoleEligibilityScheduleRequestOperationOptions())
	if err != nil {
		t.Fatal(err)
	}
	id := stable.NewRoleManagementDirectoryRoleEligibilityScheduleRequestID(*created.Model.Id)
	read, err := client.GetDirectoryRoleEligibilityScheduleRequest(ctx, id, api.DefaultGetDirectoryRoleEligibilityScheduleRequestOperationOptions())
	if err != nil || *read.Model.Status != "Provisioned" || read.Model.TargetScheduleId.GetOrZero() != *created.Model.Id {
		t.Errorf("read %+v, %v", read.Model, err)
	}
	again, err := client.CreateDirectoryRoleEligibilityScheduleRequest(ctx, assign, api.DefaultCreateDirectoryRoleEligibilityScheduleRequestOperationOptions())
	refused(t, again.HttpResponse, again.OData, err, http.StatusBadRequest, "RoleAssignmentExists")
	found, err := schedules(a).ListDirectoryRoleEligibilitySchedulesComplete(ctx, schedule.ListDirectoryRoleEligibilitySchedulesOperationOptions{Filter: value("principalId eq '" + alice + "'")})
	if err != nil || len(found.Items) != 1 || *found.Items[0].Id != *created.Model.Id {
		t.Errorf("schedules %+v, %v", found.Items, err)
	}
	remove := ask(stable.UnifiedRoleScheduleRequestActions_AdminRemove, time.Now())
	remove.ScheduleInfo = nil
	if _, err := client.CreateDirectoryRoleEligibilityScheduleRequest(ctx, remove, api.DefaultCreateDirectoryRoleEligibilityScheduleRequestOperationOptions()); err != nil {
		t.Fatal(err)
	}
	if left := a.control.Records(contoso, "roleEligibilitySchedules"); len(left) != 0 {
		t.Errorf("%+v is left", left)
	}
}

// TestCanceledEligibility is one that is taken back before it begins.
func TestCanceledEligibility(t *testing.T) {
	a := asAutomation(t)
	client, ctx := requests(a), deadline(t)
	created, err := client.CreateDirectoryRoleEligibilityScheduleRequest(ctx, ask(stable.UnifiedRoleScheduleRequestActions_AdminAssign, time.Now().Add(time.Hour)),
		api.DefaultCreateDirectoryRoleEligibilityScheduleRequestOperationOptions())
	if err != nil || *created.Model.Status != "Granted" {
		t.Fatalf("%+v, %v", created.Model, err)
	}
	id := stable.NewRoleManagementDirectoryRoleEligibilityScheduleRequestID(*created.Model.Id)
	if _, err := client.CancelDirectoryRoleEligibilityScheduleRequest(ctx, id, api.DefaultCancelDirectoryRoleEligibilityScheduleRequestOperationOptions()); err != nil {
		t.Fatal(err)
	}
	if left := a.control.Records(contoso, "roleEligibilitySchedules"); len(left) != 0 {
		t.Errorf("%+v is left", left)
	}
}

// TestMetadataHost finds the endpoints as the provider does with metadata_host.
func TestMetadataHost(t *testing.T) {
	a := asAutomation(t)
	found, err := environments.FromEndpoint(deadline(t), "https://graph.microsoft.com")
	if err != nil {
		t.Fatal(err)
	}
	a.login, err = auth.NewAuthorizerFromCredentials(deadline(t), auth.Credentials{
		Environment: *found, TenantID: contoso, ClientID: automation, ClientSecret: "automation-demo-secret", EnableAuthenticatingUsingClientSecret: true,
	}, found.MicrosoftGraph)
	if err != nil {
		t.Fatal(err)
	}
	a.graph = found.MicrosoftGraph
	if _, err := schedules(a).ListDirectoryRoleEligibilitySchedules(deadline(t), schedule.DefaultListDirectoryRoleEligibilitySchedulesOperationOptions()); err != nil {
		t.Error(err)
	}
}
