package microsoft

import (
	"net/http"
	"testing"
	"time"

	"github.com/microsoft/kiota-abstractions-go/serialization"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/rolemanagement"
)

func (c client) requests() *rolemanagement.DirectoryRoleEligibilityScheduleRequestsRequestBuilder {
	return rolemanagement.NewDirectoryRoleEligibilityScheduleRequestsRequestBuilderInternal(c.at(), c)
}

// ask is a request about Alice for thirty days from an instant on.
func ask(action models.UnifiedRoleScheduleRequestActions, start time.Time) models.UnifiedRoleEligibilityScheduleRequestable {
	expiration := models.NewExpirationPattern()
	expiration.SetTypeEscaped(value(models.AFTERDURATION_EXPIRATIONPATTERNTYPE))
	expiration.SetDuration(serialization.NewDuration(0, 0, 30, 0, 0, 0, 0))
	schedule := models.NewRequestSchedule()
	schedule.SetStartDateTime(&start)
	schedule.SetExpiration(expiration)
	request := models.NewUnifiedRoleEligibilityScheduleRequest()
	request.SetAction(&action)
	request.SetPrincipalId(value(alice))
	request.SetRoleDefinitionId(value(helpdeskAdmin))
	request.SetDirectoryScopeId(value("/"))
	request.SetJustification(value("as requested"))
	request.SetScheduleInfo(schedule)
	return request
}

// TestEligibility asks for one, reads what it became, and removes it.
func TestEligibility(t *testing.T) {
	c := connect(t)
	created, err := c.requests().Post(t.Context(), ask(models.ADMINASSIGN_UNIFIEDROLESCHEDULEREQUESTACTIONS, time.Now()), nil)
	if err != nil {
		t.Fatal(err)
	}
	if *created.GetStatus() != "Provisioned" || *created.GetTargetScheduleId() != *created.GetId() || *created.GetAction() != models.ADMINASSIGN_UNIFIEDROLESCHEDULEREQUESTACTIONS {
		t.Errorf("created with status %s", *created.GetStatus())
	}
	_, err = c.requests().Post(t.Context(), ask(models.ADMINASSIGN_UNIFIEDROLESCHEDULEREQUESTACTIONS, time.Now()), nil)
	refused(t, err, http.StatusBadRequest, "RoleAssignmentExists", "The Role assignment already exists.")
	c.checkEligible(t)
	removed, err := c.requests().Post(t.Context(), ask(models.ADMINREMOVE_UNIFIEDROLESCHEDULEREQUESTACTIONS, time.Now()), nil)
	if err != nil || *removed.GetStatus() != "Revoked" || removed.GetScheduleInfo() != nil {
		t.Errorf("removed: %v, %v", removed, err)
	}
	if left := c.control.Records(contoso, "roleEligibilitySchedules"); len(left) != 0 {
		t.Errorf("%+v is left", left)
	}
}

// checkEligible reads the one that was asked for as its schedule.
func (c client) checkEligible(t *testing.T) {
	t.Helper()
	listed, err := rolemanagement.NewDirectoryRoleEligibilitySchedulesRequestBuilderInternal(c.at(), c).Get(t.Context(),
		&rolemanagement.DirectoryRoleEligibilitySchedulesRequestBuilderGetRequestConfiguration{
			QueryParameters: &rolemanagement.DirectoryRoleEligibilitySchedulesRequestBuilderGetQueryParameters{
				Filter: value("principalId eq '" + alice + "' and directoryScopeId eq '/'"), Expand: []string{"principal", "roleDefinition"},
			},
		})
	if err != nil || len(listed.GetValue()) != 1 {
		t.Fatalf("listed %v, %v", listed, err)
	}
	got := listed.GetValue()[0]
	pattern := got.GetScheduleInfo().GetExpiration()
	if lasts := pattern.GetEndDateTime().Sub(*got.GetScheduleInfo().GetStartDateTime()); *pattern.GetTypeEscaped() != models.AFTERDATETIME_EXPIRATIONPATTERNTYPE || lasts != 30*24*time.Hour {
		t.Errorf("lasts %s", lasts)
	}
	if user, ok := got.GetPrincipal().(models.Userable); !ok || *user.GetUserPrincipalName() != "alice@contoso.com" || *got.GetRoleDefinition().GetDisplayName() != "Helpdesk Administrator" {
		t.Errorf("the principal is %T", got.GetPrincipal())
	}
}

// TestCancel takes back a request for what begins later.
func TestCancel(t *testing.T) {
	c := connect(t)
	created, err := c.requests().Post(t.Context(), ask(models.ADMINASSIGN_UNIFIEDROLESCHEDULEREQUESTACTIONS, time.Now().Add(time.Hour)), nil)
	if err != nil || *created.GetStatus() != "Granted" {
		t.Fatalf("created: %v, %v", created, err)
	}
	one := c.requests().ByUnifiedRoleEligibilityScheduleRequestId(*created.GetId())
	if err := one.Cancel().Post(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	read, err := one.Get(t.Context(), nil)
	if err != nil || *read.GetStatus() != "Revoked" {
		t.Errorf("read: %v, %v", read, err)
	}
}

// TestInstances of active roles show those that were assigned directly too.
func TestInstances(t *testing.T) {
	c := connect(t)
	listed, err := rolemanagement.NewDirectoryRoleAssignmentScheduleInstancesRequestBuilderInternal(c.at(), c).Get(t.Context(), nil)
	if err != nil || len(listed.GetValue()) != len(c.control.Assignments(contoso)) {
		t.Fatalf("listed %v, %v", listed, err)
	}
	for _, instance := range listed.GetValue() {
		if *instance.GetAssignmentType() != "Assigned" || instance.GetEndDateTime() != nil {
			t.Errorf("%s is %s", *instance.GetId(), *instance.GetAssignmentType())
		}
	}
}
