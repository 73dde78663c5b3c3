package stack

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graphsim"
	"github.com/rolewarden/rolewarden/test/internal/stage"
)

const frankID = "f515d31e-ff66-4f2f-a69a-f22258ed7883"

// in names an object in the test's own namespace.
func (w *world) in(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: name, Namespace: w.namespace}
}

func (w *world) makeEligibility(name string, duration v1alpha1.Duration) *v1alpha1.RoleEligibility {
	return &v1alpha1.RoleEligibility{ObjectMeta: w.in(name), Spec: v1alpha1.RoleEligibilitySpec{
		Principal: v1alpha1.Principal{ID: aliceID}, Role: v1alpha1.Role{DisplayName: userAdminName},
		Schedule: &v1alpha1.Schedule{Duration: duration}, Justification: "a test",
	}}
}

// eligible are the schedules by which alice may activate a role.
func (w *world) eligible() (all []graphsim.Record) {
	for _, r := range w.sim.Records(contoso, "roleEligibilitySchedules") {
		if r.Properties.String("principalId") == aliceID {
			all = append(all, r)
		}
	}
	return all
}

// ask has an object looked at now.
func (w *world) ask(object client.Object) {
	w.Helper()
	stage.Change(w.Stage, object, func(o client.Object) {
		o.SetAnnotations(map[string]string{v1alpha1.ReconcileRequestAnnotation: time.Now().String()})
	})
}

// TestEligibility: it is granted, changed in place, and gone when its object is.
func TestEligibility(t *testing.T) {
	w := newWorld(t)
	w.connect()
	obj := w.makeEligibility("alice", "P30D")
	w.Create(obj)
	w.Ready(obj)
	before := w.eligible()
	if len(before) != 1 || before[0].Provenance.AppID != appID || obj.Status.ScheduleID != before[0].ID {
		t.Fatalf("want one schedule with the ID %s, got %+v", obj.Status.ScheduleID, before)
	}
	stage.Change(w.Stage, obj, func(o *v1alpha1.RoleEligibility) { o.Spec.Schedule.Duration = "P60D" })
	w.eventually("Updated")(obj)
	w.Ready(obj)
	after := w.eligible()
	if len(after) != 1 || after[0].ID != before[0].ID || cmp.Equal(after[0].Properties["scheduleInfo"], before[0].Properties["scheduleInfo"]) {
		t.Errorf("want the same schedule with another end than %+v, got %+v", before, after)
	}
	w.gone(obj)
	if left := w.eligible(); len(left) != 0 {
		t.Errorf("left behind: %+v", left)
	}
}

// TestApproval: a request that has to be approved says so, and what is turned down is not asked for again.
func TestApproval(t *testing.T) {
	w := newWorld(t)
	w.connect()
	w.Must(w.sim.SetPolicy(contoso, "", graphsim.Policy{Eligibility: graphsim.PolicyRules{Approval: true, MaximumDuration: "P365D"}}))
	for decision, reason := range map[string]v1alpha1.Reason{
		graphsim.DecisionApprove: v1alpha1.ReasonGranted, graphsim.DecisionDeny: v1alpha1.ReasonDenied, "": v1alpha1.ReasonPendingApproval,
	} {
		obj := w.makeEligibility("alice-"+strings.ToLower(string(reason)), "P30D")
		w.Create(obj)
		w.Says(obj, v1alpha1.ReasonPendingApproval)
		if decision != "" {
			w.Must(w.sim.DecideRequest(contoso, obj.Status.ScheduleID, decision))
		}
		w.Says(obj, reason)
		w.gone(obj)
		if left := w.eligible(); len(left) != 0 {
			t.Fatalf("%s: left behind: %+v", reason, left)
		}
	}
}

// TestScheduledAssignment: a role for a time, which cannot be removed for five minutes.
func TestScheduledAssignment(t *testing.T) {
	w := newWorld(t)
	w.connect()
	obj := w.makeRoleAssignment("alice").Spec(func(s *v1alpha1.RoleAssignmentSpec) { s.Schedule = &v1alpha1.Schedule{Duration: "PT8H"} }).Obj()
	w.Create(obj)
	w.Ready(obj)
	if record, held := w.holds(aliceID, helpdesk, "/"); !held || record.AssignmentType != "Assigned" {
		t.Fatalf("want it assigned by a schedule, got %v %+v", held, record)
	}
	w.Delete(obj)
	if c := w.Says(obj, v1alpha1.ReasonActiveTooShort); !strings.Contains(c.Message, "It is tried again at ") {
		t.Errorf("want it to say when, got %q", c.Message)
	}
	w.Must(w.sim.Advance(6 * time.Minute))
	w.ask(obj)
	w.Gone(obj)
	w.mustHold(aliceID, helpdesk, "/", false)
}

// TestWithoutLicence: what needs one says so, and plain assignments go on.
func TestWithoutLicence(t *testing.T) {
	w := newWorld(t)
	w.connect()
	w.Must(w.sim.SetLicences(contoso))
	scheduled := w.makeRoleAssignment("scheduled").Spec(func(s *v1alpha1.RoleAssignmentSpec) { s.Schedule = &v1alpha1.Schedule{Duration: "PT8H"} }).Obj()
	plain := w.makeRoleAssignment("plain").Principal(v1alpha1.Principal{ID: bobID}).Obj()
	w.Create(scheduled, plain)
	w.Ready(plain)
	if c := w.Says(scheduled, v1alpha1.ReasonLicenseRequired); !strings.Contains(c.Message, "P2") || !stage.Has(scheduled, v1alpha1.ConditionStalled) {
		t.Errorf("want it stalled, and the licence named: %q", c.Message)
	}
	w.gone(scheduled)
	w.gone(plain)
	w.mustHold(bobID, helpdesk, "/", false)
}

// TestActivation: what a user activated is theirs.
func TestActivation(t *testing.T) {
	w := newWorld(t)
	w.connect()
	_, err := w.sim.SubmitRequest(contoso, "roleEligibilityScheduleRequests", map[string]any{
		"action": "adminAssign", "principalId": aliceID, "roleDefinitionId": helpdesk, "directoryScopeId": "/", "justification": "x",
		"scheduleInfo": map[string]any{"expiration": map[string]any{"type": "afterDuration", "duration": "P30D"}},
	})
	w.Must(err)
	id, err := w.sim.Activate(contoso, aliceID, helpdesk, "/", time.Hour)
	w.Must(err)
	obj := w.makeRoleAssignment("alice").Obj()
	w.Create(obj)
	w.Says(obj, v1alpha1.ReasonActivated)
	w.gone(obj)
	if record, held := w.holds(aliceID, helpdesk, "/"); !held || record.AssignmentType != "Activated" || record.ID != id {
		t.Errorf("want the activation left alone, got %v %+v", held, record)
	}
}

// TestGroupAndMembers: a group, a role on it, and a member: each goes in its order, and says what it waits for.
func TestGroupAndMembers(t *testing.T) {
	w := newWorld(t)
	w.connect()
	group := &v1alpha1.Group{ObjectMeta: w.in("oncall"), Spec: v1alpha1.GroupSpec{DisplayName: "On Call"}}
	role := w.makeRoleAssignment("oncall").Principal(v1alpha1.Principal{GroupRef: v1alpha1.ObjectReference{Name: "oncall"}}).Obj()
	member := &v1alpha1.GroupMembership{ObjectMeta: w.in("frank"), Spec: v1alpha1.GroupMembershipSpec{
		Group: v1alpha1.MembershipGroup{Ref: v1alpha1.ObjectReference{Name: "oncall"}}, Member: v1alpha1.Member{User: "frank@contoso.com"},
	}}
	w.Create(member, role)
	w.Says(member, v1alpha1.ReasonGroupNotReady)
	w.Create(group)
	for _, object := range []client.Object{group, role, member} {
		w.Ready(object)
	}
	w.mustHold(group.Status.GroupID, helpdesk, "/", true)
	w.Eventually(func() []v1alpha1.HeldRole {
		w.ask(member)
		w.Get(member)
		return member.Status.Roles
	}, stage.Patience).Should(gomega.ContainElement(v1alpha1.HeldRole{
		RoleDefinitionID: helpdesk, DisplayName: helpdeskName, DirectoryScopeID: "/",
	}))
	stage.Change(w.Stage, group, func(o *v1alpha1.Group) { o.Spec.DisplayName = "On Call Now" })
	w.eventually("Updated")(group)
	w.Delete(group)
	w.Says(group, v1alpha1.ReasonStillAssigned)
	w.gone(member)
	w.Says(group, v1alpha1.ReasonStillAssigned)
	w.gone(role)
	w.Gone(group)
	for _, r := range w.sim.Records(contoso, "users") {
		if r.ID == frankID {
			return
		}
	}
	t.Error("the member himself has gone")
}

// TestDeletedGroupKeepsItsName: a group that was deleted can be restored, and is not made anew before that.
func TestDeletedGroupKeepsItsName(t *testing.T) {
	w := newWorld(t)
	w.connect()
	again := func() *v1alpha1.Group {
		return &v1alpha1.Group{ObjectMeta: w.in("again"), Spec: v1alpha1.GroupSpec{DisplayName: "Again"}}
	}
	first := again()
	w.Create(first)
	w.Ready(first)
	w.gone(first)
	second := again()
	w.Create(second)
	if c := w.Says(second, v1alpha1.ReasonSoftDeleted); !strings.Contains(c.Message, first.Status.GroupID) {
		t.Errorf("want the deleted group named, got %q", c.Message)
	}
	w.Must(w.sim.RestoreObject(contoso, first.Status.GroupID))
	w.ask(second)
	w.Ready(second)
	if second.Status.GroupID != first.Status.GroupID || second.Status.Origin != v1alpha1.OriginAdopted {
		t.Errorf("want the restored group adopted, got %+v", second.Status)
	}
}

// TestRoleDefinition: a custom role is made, assigned, changed in place, and gone after what it was assigned by.
func TestRoleDefinition(t *testing.T) {
	w := newWorld(t)
	w.connect()
	definition := &v1alpha1.RoleDefinition{ObjectMeta: w.in("reader"), Spec: v1alpha1.RoleDefinitionSpec{
		DisplayName: "Reader", AllowedResourceActions: []v1alpha1.ResourceAction{"microsoft.directory/applications/standard/read"},
	}}
	obj := w.makeRoleAssignment("reader").Role(v1alpha1.Role{DefinitionRef: v1alpha1.ObjectReference{Name: "reader"}}).Obj()
	w.Create(definition, obj)
	w.Ready(definition)
	w.Ready(obj)
	w.mustHold(aliceID, definition.Status.RoleDefinitionID, "/", true)
	stage.Change(w.Stage, definition, func(o *v1alpha1.RoleDefinition) { o.Spec.DisplayName = "Application Reader" })
	w.eventually("Updated")(definition)
	w.Delete(definition)
	w.Says(definition, v1alpha1.ReasonStillAssigned)
	w.gone(obj)
	w.Gone(definition)
	for _, r := range w.sim.Records(contoso, "roleDefinitions") {
		if r.ID == definition.Status.RoleDefinitionID {
			t.Error("the role is left behind")
		}
	}
}

// TestStillHeld: who loses an assignment and holds the role through a group all the same is said to.
func TestStillHeld(t *testing.T) {
	w := newWorld(t)
	w.connect()
	_, err := w.sim.AddAssignment(contoso, groupID, helpdesk, "/")
	w.Must(err)
	w.Must(client.IgnoreNotFound(w.sim.AddMember(contoso, groupID, aliceID)))
	obj := w.makeRoleAssignment("alice").Obj()
	w.Create(obj)
	w.Ready(obj)
	w.gone(obj)
	w.eventually("StillHeld")(obj)
	for _, event := range w.Events(obj) {
		if event.Reason == "StillHeld" && strings.Contains(event.Message, "group Contoso_Helpdesk_Administrators at scope /") {
			return
		}
	}
	t.Errorf("no event names the group: %v", w.Events(obj))
}
