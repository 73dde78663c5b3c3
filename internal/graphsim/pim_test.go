package graphsim_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rolewarden/rolewarden/internal/graphsim"
)

const (
	management  = "/v1.0/roleManagement/directory/"
	eligibility = "roleEligibilitySchedule"
	active      = "roleAssignmentSchedule"
	day         = 24 * time.Hour
)

// ask is a request about the Helpdesk Administrators, of Alice where nothing else is said.
func ask(action string, changes ...map[string]any) map[string]any {
	body := map[string]any{"action": action, "principalId": alice, "roleDefinitionId": helpdeskAdmin, "directoryScopeId": "/", "justification": "test"}
	for _, c := range changes {
		maps.Copy(body, c)
	}
	return body
}

// lasting is a schedule of a duration from now on.
func lasting(duration string) map[string]any {
	return map[string]any{"scheduleInfo": map[string]any{"expiration": map[string]any{"type": "AfterDuration", "duration": duration}}}
}

// beginning is a schedule that begins later, and never ends.
func beginning(at time.Time) map[string]any {
	return map[string]any{"scheduleInfo": map[string]any{"startDateTime": at.Format(time.RFC3339), "expiration": map[string]any{"type": "noExpiration"}}}
}

func (w *world) request(kind string, body map[string]any) answer {
	w.t.Helper()
	return w.do(http.MethodPost, management+kind+"Requests", body)
}

// held lists a set of a kind for Alice by one property.
func (w *world) held(kind, property string) string {
	w.t.Helper()
	a := w.want(http.StatusOK, w.get(management+kind+query("$filter", "principalId eq '"+alice+"'")))
	return strings.Join(a.field(property), " ")
}

func now() time.Time { return frozen{}.Now() }

func TestCreateRequest(t *testing.T) {
	w := start(t)
	got := w.want(http.StatusCreated, w.request(eligibility, ask("adminAssign", lasting("P2D"), map[string]any{"principalId": strings.ToUpper(alice)})))
	id := got.string("id")
	want := map[string]any{
		"@odata.context": w.server.URL + "/v1.0/$metadata#roleManagement/directory/roleEligibilityScheduleRequests/$entity",
		"id":             id, "status": "Provisioned", "action": "adminAssign", "justification": "test", "isValidationOnly": false,
		"createdDateTime": "2026-03-01T12:00:00Z", "completedDateTime": "2026-03-01T12:00:00Z",
		"approvalId": nil, "customData": nil, "appScopeId": nil, "targetScheduleId": id,
		"principalId": alice, "roleDefinitionId": helpdeskAdmin, "directoryScopeId": "/",
		"createdBy": map[string]any{"application": nil, "device": nil, "user": map[string]any{"displayName": nil, "id": "4fae8d26-3a59-4c7b-9d12-e6f7a8b9c0d1"}},
		"scheduleInfo": map[string]any{"startDateTime": "2026-03-01T12:00:00Z", "recurrence": nil,
			"expiration": map[string]any{"type": "afterDuration", "endDateTime": nil, "duration": "P2D"}},
		"ticketInfo": map[string]any{"ticketNumber": nil, "ticketSystem": nil},
	}
	if diff := cmp.Diff(want, got.body); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
	schedule := w.want(http.StatusOK, w.get(management+eligibility+"s/"+id)).body
	delete(schedule, "@odata.context")
	want = map[string]any{
		"id": id, "principalId": alice, "roleDefinitionId": helpdeskAdmin, "directoryScopeId": "/", "appScopeId": nil, "createdUsing": id,
		"createdDateTime": "2026-03-01T12:00:00Z", "modifiedDateTime": "0001-01-01T08:00:00Z", "status": "Provisioned", "memberType": "Direct",
		"scheduleInfo": map[string]any{"startDateTime": "2026-03-01T12:00:00Z", "recurrence": nil,
			"expiration": map[string]any{"type": "afterDateTime", "endDateTime": "2026-03-03T12:00:00Z", "duration": nil}},
	}
	if diff := cmp.Diff(want, schedule); diff != "" {
		t.Errorf("schedule (-want +got):\n%s", diff)
	}
	if got := w.held(eligibility+"Instances", "id"); got != "4yeYchSc90m7G5YI8Va7uMmO4KwRqtpKkUWt3wOYIz4-1-e" {
		t.Errorf("instance %s", got)
	}
	if w.aliceHolds() {
		t.Error("what is eligible is active")
	}
}

func TestRemoveRequest(t *testing.T) {
	for _, kind := range []string{eligibility, active} {
		w := start(t)
		w.want(http.StatusCreated, w.request(kind, ask("adminAssign")))
		w.clock.Advance(5 * time.Minute)
		got := w.want(http.StatusCreated, w.request(kind, ask("adminRemove")))
		if got.string("status") != "Revoked" || got.body["scheduleInfo"] != nil || got.body["targetScheduleId"] != nil || got.body["completedDateTime"] != nil {
			t.Errorf("%s: %s", kind, got.text)
		}
		if left := w.held(kind+"s", "id") + w.held(kind+"Instances", "id"); left != "" || w.aliceHolds() {
			t.Errorf("%s: left is %s", kind, left)
		}
	}
}

// TestRequestRefusals are the answers to requests that cannot be carried out.
func TestRequestRefusals(t *testing.T) {
	to := func(id string) map[string]any { return map[string]any{"principalId": id} }
	scope := func(s string) map[string]any { return map[string]any{"directoryScopeId": s} }
	info := func(s any) map[string]any { return map[string]any{"scheduleInfo": s} }
	tests := map[string]struct {
		kind   string
		before []map[string]any
		body   map[string]any
		status int
		code   string
	}{
		"exists":                       {eligibility, []map[string]any{ask("adminAssign")}, ask("adminAssign"), 400, "RoleAssignmentExists"},
		"active exists":                {active, []map[string]any{ask("adminAssign")}, ask("adminAssign"), 400, "RoleAssignmentExists"},
		"begins later, and exists":     {active, []map[string]any{ask("adminAssign", beginning(now().Add(time.Hour)))}, ask("adminAssign"), 400, "RoleAssignmentExists"},
		"nothing to update":            {eligibility, nil, ask("adminUpdate"), 400, "RoleAssignmentDoesNotExist"},
		"nothing to remove":            {active, nil, ask("adminRemove"), 400, "RoleAssignmentDoesNotExist"},
		"update of what is young":      {active, []map[string]any{ask("adminAssign")}, ask("adminUpdate"), 400, "ActiveDurationTooShort"},
		"removal of what is young":     {active, []map[string]any{ask("adminAssign")}, ask("adminRemove"), 400, "ActiveDurationTooShort"},
		"principal missing":            {eligibility, nil, ask("adminAssign", to(nobody)), 404, "SubjectNotFound"},
		"principal that is none":       {eligibility, nil, ask("adminAssign", to(payrollApp)), 404, "SubjectNotFound"},
		"role missing":                 {active, nil, ask("adminAssign", map[string]any{"roleDefinitionId": nobody}), 404, "RoleNotFound"},
		"unit missing":                 {active, nil, ask("adminAssign", scope("/administrativeUnits/"+nobody)), 404, "Request_ResourceNotFound"},
		"no scope":                     {active, nil, ask("adminAssign", scope("")), 400, "Request_BadRequest"},
		"service principal eligible":   {eligibility, nil, ask("adminAssign", to(ownObject)), 400, "InvalidRoleAssignmentRequest"},
		"an action of users":           {active, nil, ask("selfActivate"), 400, "InvalidRoleAssignmentRequest"},
		"no action there is":           {active, nil, ask("adminNonsense"), 400, "InvalidRoleAssignmentRequest"},
		"recurrence":                   {active, nil, ask("adminAssign", info(map[string]any{"recurrence": map[string]any{}})), 400, "InvalidRoleAssignmentRequest"},
		"a duration that is none":      {active, nil, ask("adminAssign", lasting("2 days")), 400, "InvalidRoleAssignmentRequest"},
		"no duration":                  {active, nil, ask("adminAssign", lasting("PT0S")), 400, "InvalidRoleAssignmentRequest"},
		"a start that is none":         {active, nil, ask("adminAssign", info(map[string]any{"startDateTime": "tomorrow"})), 400, "InvalidRoleAssignmentRequest"},
		"schedule of another type":     {active, nil, ask("adminAssign", info("x")), 400, "InvalidRoleAssignmentRequest"},
		"expiration of another type":   {active, nil, ask("adminAssign", info(map[string]any{"expiration": "x"})), 400, "InvalidRoleAssignmentRequest"},
		"group that waits already":     {eligibility, []map[string]any{ask("adminAssign", to(everybody))}, ask("adminAssign", to(everybody)), 400, "PendingRoleAssignmentRequest"},
		"status given":                 {eligibility, nil, ask("adminAssign", map[string]any{"status": "Provisioned"}), 400, "Request_BadRequest"},
		"principal left out":           {eligibility, nil, map[string]any{"action": "adminAssign", "roleDefinitionId": helpdeskAdmin}, 400, "Request_BadRequest"},
		"role not allowed at the unit": {eligibility, nil, ask("adminAssign", scope("/administrativeUnits/"+berlin), map[string]any{"roleDefinitionId": reportsReader}), 400, "Request_BadRequest"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			w := start(t)
			for _, body := range tc.before {
				w.want(http.StatusCreated, w.request(tc.kind, body))
			}
			before := len(w.control.Changes())
			if got := w.want(tc.status, w.request(tc.kind, tc.body)); got.code() != tc.code || got.message() == "" {
				t.Errorf("%s: %s", tc.code, got.text)
			}
			if len(w.control.Changes()) != before {
				t.Errorf("refused, and yet: %+v", w.control.Changes()[before:])
			}
		})
	}
}

// TestPolicies are the rules that a request must keep to.
func TestPolicies(t *testing.T) {
	tests := map[string]struct {
		policy graphsim.PolicyRules
		body   map[string]any
		want   string // the rules that fail
	}{
		"nothing required":  {graphsim.PolicyRules{}, ask("adminAssign"), ""},
		"without end":       {graphsim.PolicyRules{ExpirationRequired: true}, ask("adminAssign"), `["ExpirationRule"]`},
		"with an end":       {graphsim.PolicyRules{ExpirationRequired: true, MaximumDuration: "P1Y"}, ask("adminAssign", lasting("P365D")), ""},
		"too long":          {graphsim.PolicyRules{MaximumDuration: "PT8H"}, ask("adminAssign", lasting("PT8H1S")), `["ExpirationRule"]`},
		"no justification":  {graphsim.PolicyRules{Justification: true}, ask("adminAssign", map[string]any{"justification": ""}), `["JustificationRule"]`},
		"justified":         {graphsim.PolicyRules{Justification: true}, ask("adminAssign"), ""},
		"nothing of it all": {graphsim.PolicyRules{ExpirationRequired: true, Justification: true, Ticketing: true}, ask("adminAssign", map[string]any{"justification": nil}), `["ExpirationRule","JustificationRule","TicketingRule"]`},
		"with a ticket":     {graphsim.PolicyRules{Ticketing: true}, ask("adminAssign", map[string]any{"ticketInfo": map[string]any{"ticketNumber": "7"}}), ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			w := start(t)
			if err := w.control.SetPolicy(contoso, helpdeskAdmin, graphsim.Policy{Eligibility: tc.policy}); err != nil {
				t.Fatal(err)
			}
			got := w.request(eligibility, tc.body)
			if tc.want == "" {
				w.want(http.StatusCreated, got)
			} else if got.code() != "RoleAssignmentRequestPolicyValidationFailed" || got.message() != "The following policy rules failed: "+tc.want {
				t.Errorf("%s", got.text)
			}
			w.want(http.StatusCreated, w.request(active, ask("adminAssign")))
			w.want(http.StatusCreated, w.request(eligibility, ask("adminAssign", map[string]any{"roleDefinitionId": globalAdmin})))
		})
	}
	if err := start(t).control.SetPolicy(contoso, "", graphsim.Policy{Assignment: graphsim.PolicyRules{MaximumDuration: "a year"}}); err == nil {
		t.Error("a year is a duration")
	}
}

func TestApproval(t *testing.T) {
	tests := map[string]struct {
		decision, status string
		holds            bool
	}{
		"approved": {graphsim.DecisionApprove, "Provisioned", true},
		"denied":   {graphsim.DecisionDeny, "Denied", false},
		"failed":   {graphsim.DecisionFail, "Failed", false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			w := start(t)
			if err := w.control.SetPolicy(contoso, "", graphsim.Policy{Assignment: graphsim.PolicyRules{Approval: true}}); err != nil {
				t.Fatal(err)
			}
			waiting := w.want(http.StatusCreated, w.request(active, ask("adminAssign", lasting("PT1H"))))
			id := waiting.string("id")
			if waiting.string("status") != "PendingApproval" || waiting.string("approvalId") == "" || w.aliceHolds() {
				t.Errorf("waits: %s", waiting.text)
			}
			if again := w.want(http.StatusBadRequest, w.request(active, ask("adminAssign"))); again.code() != "PendingRoleAssignmentRequest" {
				t.Errorf("again: %s", again.text)
			}
			w.clock.Advance(time.Hour)
			if err := w.control.DecideRequest(contoso, id, tc.decision); err != nil {
				t.Fatal(err)
			}
			if got := w.as(contoso, automation).get(management + active + "Requests/" + id).string("status"); got != tc.status || w.aliceHolds() != tc.holds {
				t.Errorf("%s, active: %v", got, w.aliceHolds())
			}
			if err := w.control.DecideRequest(contoso, id, tc.decision); err == nil {
				t.Error("decided twice")
			}
			w.clock.Advance(time.Hour)
			if w.aliceHolds() {
				t.Error("active after its hour")
			}
		})
	}
}

// TestLicences takes the licence away and gives it back.
func TestLicences(t *testing.T) {
	w := start(t)
	w.want(http.StatusCreated, w.request(eligibility, ask("adminAssign")))
	if err := w.control.SetLicences(contoso, "P1"); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{eligibility, active} {
		for _, set := range []string{"s", "Instances", "Requests"} {
			if got := w.want(http.StatusBadRequest, w.get(management+kind+set)); got.code() != "AadPremiumLicenseRequired" {
				t.Errorf("%s%s: %s", kind, set, got.text)
			}
		}
		if got := w.want(http.StatusBadRequest, w.request(kind, ask("adminAssign"))); got.code() != "AadPremiumLicenseRequired" {
			t.Errorf("%s: %s", kind, got.text)
		}
	}
	w.want(http.StatusCreated, w.do(http.MethodPost, assignments, grant(helpdeskAdmin, alice, "/")))
	if err := w.control.SetLicences(contoso, "Governance"); err != nil {
		t.Fatal(err)
	}
	if got := w.held(eligibility+"s", "principalId"); got != alice {
		t.Errorf("eligible: %q", got)
	}
	if err := w.control.SetLicences(contoso, "P3"); err == nil {
		t.Error("there is a licence P3")
	}
	w.as(fabrikam, fabrikamer).want(http.StatusBadRequest, w.as(fabrikam, fabrikamer).get(management+active+"s"))
}

// TestReadPolicies reads the rules as tools do that look before they ask.
func TestReadPolicies(t *testing.T) {
	w := start(t)
	if err := w.control.SetPolicy(contoso, helpdeskAdmin, graphsim.Policy{Assignment: graphsim.PolicyRules{MaximumDuration: "P15D", Ticketing: true}}); err != nil {
		t.Fatal(err)
	}
	const filter = "scopeId eq '/' and scopeType eq 'DirectoryRole'"
	got := w.want(http.StatusOK, w.get("/v1.0/policies/roleManagementPolicyAssignments"+
		query("$filter", filter+" and roleDefinitionId eq '"+helpdeskAdmin+"'", "$expand", "policy($expand=rules)")))
	policy := "DirectoryRole_" + contoso + "_" + helpdeskAdmin
	if ids := got.field("policyId"); len(ids) != 1 || ids[0] != policy || !strings.Contains(got.text, `"maximumDuration":"P15D"`) || !strings.Contains(got.text, `"enabledRules":["Ticketing"]`) {
		t.Error(got.text)
	}
	rules := "/v1.0/policies/roleManagementPolicies/" + policy + "/rules"
	want := []string{"Expiration_Admin_Eligibility", "Enablement_Admin_Eligibility", "Approval_Admin_Eligibility",
		"Expiration_Admin_Assignment", "Enablement_Admin_Assignment", "Approval_Admin_Assignment"}
	if diff := cmp.Diff(want, w.get(rules).field("id")); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
	w.want(http.StatusOK, w.get(rules+"/Expiration_Admin_Assignment"))
	for path, status := range map[string]int{
		rules + "/Nonsense": 404, "/v1.0/policies/roleManagementPolicies/x": 404, "/v1.0/policies/roleManagementPolicyAssignments": 400,
		"/v1.0/policies/roleManagementPolicies" + query("$filter", filter):                                200,
		"/v1.0/policies/roleManagementPolicies" + query("$filter", filter, "$expand", "rules($expand=x)"): 400,
	} {
		w.want(status, w.get(path))
	}
	w = w.as(contoso, auditor)
	w.want(http.StatusForbidden, w.get(rules))
}
