package stack

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graphsim"
	"github.com/rolewarden/rolewarden/test/internal/stage"
)

// TestGrantAndRevoke is the product in one test: what is named in each way is granted, and gone once its object is.
func TestGrantAndRevoke(t *testing.T) {
	w := newWorld(t)
	w.connect()
	tests := map[string]struct {
		make                   *assignment
		principal, role, scope string
	}{
		"by names": {w.makeRoleAssignment("names"), aliceID, helpdesk, "/"},
		"by IDs": {w.makeRoleAssignment("ids").Principal(v1alpha1.Principal{ID: "B1D19FDA-BB22-4BEB-A256-BEEF14A9344F"}).
			Role(v1alpha1.Role{ID: "729827E3-9c14-49f7-bb1b-9608f156bbb8"}), bobID, helpdesk, "/"},
		"group": {w.makeRoleAssignment("group").Principal(v1alpha1.Principal{Group: "Contoso_Helpdesk_Administrators"}), groupID, helpdesk, "/"},
		"service principal": {w.makeRoleAssignment("sp").Principal(v1alpha1.Principal{ServicePrincipal: "66C2A3BA-8f72-41c1-9354-be926f80a1c5"}),
			"72d1b059-6d8c-4fae-8045-19cad1e2f304", helpdesk, "/"},
		"unit by name": {w.makeRoleAssignment("unit").Scope(v1alpha1.Scope{AdministrativeUnit: "Berlin"}), aliceID, helpdesk, "/administrativeUnits/" + berlinID},
		"unit by ID": {w.makeRoleAssignment("unit-id").Principal(v1alpha1.Principal{ID: bobID}).Scope(v1alpha1.Scope{AdministrativeUnit: berlinID}),
			bobID, helpdesk, "/administrativeUnits/" + berlinID},
		"application": {w.makeRoleAssignment("app").Role(v1alpha1.Role{DisplayName: "Application Administrator"}).
			Scope(v1alpha1.Scope{ObjectID: "94F3D27B-8fae-41c0-a267-3becf3041526"}), aliceID, "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "/94f3d27b-8fae-41c0-a267-3becf3041526"},
		"custom role": {w.makeRoleAssignment("custom").Role(v1alpha1.Role{DisplayName: "Application Support Administrator"}),
			aliceID, "c72605ae-b2d1-44f3-959a-6e1f26374859", "/"},
		"a name with a quote": {w.makeRoleAssignment("quote").Principal(v1alpha1.Principal{User: "ivan.oneill@contoso.com"}),
			"28480641-2299-4252-99cd-25558b10abb6", helpdesk, "/"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			obj := test.make.Obj()
			w.Create(obj)
			w.Ready(obj)
			record, ok := w.holds(test.principal, test.role, test.scope)
			if !ok || record.Provenance.AppID != appID {
				t.Fatalf("want it granted by the controller, got %v %+v", ok, record)
			}
			if obj.Status.AssignmentID != record.ID || obj.Status.Origin != v1alpha1.OriginCreated {
				t.Errorf("want ID %s, Created; got %s, %s", record.ID, obj.Status.AssignmentID, obj.Status.Origin)
			}
			if stage.Has(obj, v1alpha1.ConditionReconciling) || stage.Has(obj, v1alpha1.ConditionStalled) {
				t.Errorf("want neither Reconciling nor Stalled: %+v", obj.Status.Conditions)
			}
			w.gone(obj)
			w.mustHold(test.principal, test.role, test.scope, false)
		})
	}
}

// TestCallsOfThePlainCase counts what a grant and a revocation cost.
func TestCallsOfThePlainCase(t *testing.T) {
	w := newWorld(t, longWindow)
	w.connect()
	w.sim.ResetCalls()
	obj := w.makeRoleAssignment("plain").Obj()
	w.Create(obj)
	w.Ready(obj)
	w.eventually("Granted")(obj)
	// The schedules tell an assignment from an activation.
	want := map[string]int{"users.list": 1, "roleAssignments.create": 1, "roleAssignments.list": 1, "roleAssignmentSchedules.list": 1}
	if diff := cmp.Diff(want, w.sim.CountCalls()); diff != "" {
		t.Errorf("grant (-want +got):\n%s", diff)
	}
	w.sim.ResetCalls()
	w.gone(obj)
	// Once it has gone, by what else she holds the role: assignments of her own, groups, eligibilities.
	want = map[string]int{
		"roleAssignmentSchedules.list": 1, "roleAssignments.delete": 1, "roleAssignments.list": 2,
		"directoryObjects.getByIds": 1, "users.transitiveMemberOf.list": 1, "roleEligibilitySchedules.list": 1,
	}
	if diff := cmp.Diff(want, w.sim.CountCalls()); diff != "" {
		t.Errorf("revocation (-want +got):\n%s", diff)
	}
}

func TestRemovedInThePortalFirst(t *testing.T) {
	w := newWorld(t)
	w.connect()
	obj := w.makeRoleAssignment("portal").Obj()
	w.Create(obj)
	w.Ready(obj)
	w.Must(w.sim.RemoveAssignment(contoso, obj.Status.AssignmentID))
	w.sim.ResetCalls()
	w.gone(obj)
	deletes := 0
	for _, call := range w.sim.Calls() {
		if call.Operation == "roleAssignments.delete" {
			deletes++
			if call.Status != 404 {
				t.Errorf("want the delete call answered 404, got %d", call.Status)
			}
		}
	}
	if deletes != 1 {
		t.Errorf("want one delete call, got %d", deletes)
	}
}

// TestEditIsReplacement: the old grant goes before the new one comes.
func TestEditIsReplacement(t *testing.T) {
	w := newWorld(t, longWindow)
	w.connect()
	obj := w.makeRoleAssignment("edited").Obj()
	w.Create(obj)
	w.Ready(obj)
	before := len(w.sim.History())
	stage.Change(w.Stage, obj, func(o *v1alpha1.RoleAssignment) { o.Spec.Role.DisplayName = userAdminName })
	w.Ready(obj)
	w.mustHold(aliceID, helpdesk, "/", false)
	w.mustHold(aliceID, userAdmin, "/", true)
	var ops []string
	for _, commit := range w.sim.History()[before:] {
		ops = append(ops, commit.Op+" "+commit.Assignment.RoleDefinitionID)
	}
	if diff := cmp.Diff([]string{"delete " + helpdesk, "create " + userAdmin}, ops); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}

func TestAdoptAndRefuse(t *testing.T) {
	w := newWorld(t)
	w.connect()
	_, err := w.sim.AddAssignment(contoso, aliceID, helpdesk, "/")
	w.Must(err)
	refuse := w.makeRoleAssignment("refuse").Spec(func(s *v1alpha1.RoleAssignmentSpec) { s.Adoption = v1alpha1.AdoptionRefuse }).Obj()
	w.Create(refuse)
	w.Says(refuse, v1alpha1.ReasonAlreadyExists)
	if !stage.Has(refuse, v1alpha1.ConditionStalled) || refuse.GetGrant() != nil {
		t.Errorf("want it stalled without a grant: %+v", refuse.Status)
	}
	w.gone(refuse)
	w.mustHold(aliceID, helpdesk, "/", true)

	adopt := w.makeRoleAssignment("adopt").Obj()
	w.Create(adopt)
	w.Ready(adopt)
	if adopt.Status.Origin != v1alpha1.OriginAdopted {
		t.Errorf("want origin Adopted, got %s", adopt.Status.Origin)
	}
	w.gone(adopt)
	w.mustHold(aliceID, helpdesk, "/", false)
}

// TestTwoObjectsOneGrant: it stays for as long as one of them lives.
func TestTwoObjectsOneGrant(t *testing.T) {
	w := newWorld(t)
	w.connect()
	first, second := w.makeRoleAssignment("first").Obj(), w.makeRoleAssignment("second").Principal(v1alpha1.Principal{ID: aliceID}).Obj()
	w.Create(first)
	w.Ready(first)
	w.Create(second)
	w.Ready(second)
	w.gone(first)
	w.mustHold(aliceID, helpdesk, "/", true)
	w.eventually("HandedOver")(first)
	w.gone(second)
	w.mustHold(aliceID, helpdesk, "/", false)
}

func TestTwoObjectsDeletedAtOnce(t *testing.T) {
	w := newWorld(t)
	w.connect()
	first, second := w.makeRoleAssignment("first").Obj(), w.makeRoleAssignment("second").Obj()
	w.Create(first, second)
	w.Ready(first)
	w.Ready(second)
	w.gone(first, second)
	w.mustHold(aliceID, helpdesk, "/", false)
}

func TestModes(t *testing.T) {
	w := newWorld(t)
	w.connect()
	observe := w.makeRoleAssignment("observe").Spec(func(s *v1alpha1.RoleAssignmentSpec) { s.Mode = v1alpha1.ModeObserve }).Obj()
	suspend := w.makeRoleAssignment("suspend").Spec(func(s *v1alpha1.RoleAssignmentSpec) { s.Mode = v1alpha1.ModeSuspend }).Obj()
	w.Create(observe, suspend)
	w.Says(observe, v1alpha1.ReasonNotGranted)
	w.Says(suspend, v1alpha1.ReasonSuspended)
	if len(w.sim.History()) != 0 {
		t.Fatalf("want nothing written to the directory: %+v", w.sim.History())
	}
	for _, obj := range []*v1alpha1.RoleAssignment{observe, suspend} {
		stage.Change(w.Stage, obj, func(o *v1alpha1.RoleAssignment) { o.Spec.Mode = v1alpha1.ModeEnforce })
		w.Ready(obj)
	}
	stage.Change(w.Stage, observe, func(o *v1alpha1.RoleAssignment) { o.Spec.Mode = v1alpha1.ModeSuspend })
	stage.Change(w.Stage, suspend, func(o *v1alpha1.RoleAssignment) { o.Spec.Mode = v1alpha1.ModeObserve })
	w.Ready(suspend)
	w.gone(observe, suspend)
	w.mustHold(aliceID, helpdesk, "/", false)
}

func TestOrphan(t *testing.T) {
	w := newWorld(t)
	w.connect()
	obj := w.makeRoleAssignment("orphan").Spec(func(s *v1alpha1.RoleAssignmentSpec) { s.DeletionPolicy = v1alpha1.DeletionPolicyOrphan }).Obj()
	w.Create(obj)
	w.Ready(obj)
	w.gone(obj)
	w.mustHold(aliceID, helpdesk, "/", true)
	w.eventually("Orphaned")(obj)
}

// TestDrift: what somebody takes away by hand is granted again, and what was told in status stands.
func TestDrift(t *testing.T) {
	w := newWorld(t, shortDrift)
	w.connect()
	obj := w.makeRoleAssignment("drift").Obj()
	w.Create(obj)
	w.Ready(obj)
	id := obj.Status.AssignmentID
	w.Must(w.sim.RemoveAssignment(contoso, id))
	w.Eventually(func() bool {
		record, ok := w.holds(aliceID, helpdesk, "/")
		return ok && record.Provenance.Source == graphsim.SourceCall
	}, stage.Patience).Should(gomega.BeTrue())
	w.Ready(obj)
	w.eventually("DriftFound")(obj)
}

// TestRestart: an object deleted while no manager runs is finished by the next one.
func TestRestart(t *testing.T) {
	w := newWorld(t)
	w.connect()
	obj, other := w.makeRoleAssignment("deleted").Obj(), w.makeRoleAssignment("stays").Role(v1alpha1.Role{DisplayName: userAdminName}).Obj()
	w.Create(obj, other)
	w.Ready(obj)
	w.Ready(other)
	w.stop()
	w.Delete(obj)
	version := resourceVersion(w, other)
	w.startManager()
	w.gone(obj)
	w.mustHold(aliceID, helpdesk, "/", false)
	w.mustHold(aliceID, userAdmin, "/", true)
	if after := resourceVersion(w, other); after != version {
		t.Errorf("want no write to an object that did not change: version %s, then %s", version, after)
	}
}

func resourceVersion(w *world, object client.Object) string {
	w.Get(object)
	return object.GetResourceVersion()
}
