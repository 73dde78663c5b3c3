package cluster

import (
	"time"

	"github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graphsim"
	"github.com/rolewarden/rolewarden/test/internal/stage"
)

// denyDelete lets the next delete call of the scene's directory be refused, so that a deletion stalls.
func (s *scene) denyDelete() {
	s.Helper()
	_, err := s.sim.AddFault(graphsim.Fault{
		Match: graphsim.Match{TenantID: s.directory, Operation: "roleAssignments.delete"}, Count: 1,
		Effect: graphsim.Effect{Status: 403, Code: "Authorization_RequestDenied", Message: "Insufficient privileges to complete the operation."},
	})
	s.Must(err)
}

// stalled deletes an object whose delete call is refused.
func (s *scene) stalled(obj *v1alpha1.RoleAssignment) {
	s.Helper()
	s.denyDelete()
	s.Delete(obj)
	s.Says(obj, v1alpha1.ReasonPermissionDenied)
}

// stripped: an object that goes without its finalizer is reported on the Tenant, in the log and in the metrics. Applied
// again it stands for what remained.
func stripped(s *scene) {
	before := lost(s)
	obj := s.granted("stripped", alice)
	s.stalled(obj)
	s.witness.excuse(s.key(alice), "the finalizer was taken off")
	s.strip(obj)
	s.Gone(obj)
	s.told(s.tenant, "FinalizerRemoved", s.namespace.Name+"/stripped went without its finalizer")
	s.mustHold(alice, true)
	if !logs.Line("its grant may remain", s.directory, alice) {
		s.Error("want it in the log")
	}
	if after := lost(s); after <= before {
		s.Errorf("want it counted, got %v after %v", after, before)
	}
	again := s.granted("stripped", alice)
	s.Delete(again)
	s.Gone(again)
	s.mustHold(alice, false)
}

// lost is how many objects went without their finalizer, as the metrics have it.
func lost(s *scene) (sum float64) {
	s.Helper()
	families, err := metrics.Registry.Gather()
	s.Must(err)
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			for _, label := range metric.GetLabel() {
				if family.GetName() == "rolewarden_grants_total" && label.GetValue() == "finalizer_removed" {
					sum += metric.GetCounter().GetValue()
				}
			}
		}
	}
	return sum
}

// ledgerForged: a ledger that names somebody else's grant does not get that one removed, nor its own forgotten.
func ledgerForged(s *scene) {
	id, err := s.sim.AddAssignment(s.directory, carol, helpdesk, "/")
	s.Must(err)
	obj := s.granted("forged", alice)
	s.witness.forging(s.key(alice))
	s.witness.forging(s.key(carol))
	s.forge(obj, func(status *v1alpha1.RoleAssignmentStatus) {
		status.Grant.PrincipalID, status.AssignmentID = carol, id
	})
	s.Delete(obj)
	s.told(obj, "LedgerMended", "")
	s.Gone(obj)
	s.mustHold(alice, false)
	s.mustHold(carol, true)
}

// ledgerWiped: a status that is wiped before a deletion does not leave the grant behind.
func ledgerWiped(s *scene) {
	obj := s.granted("wiped", alice)
	s.witness.forging(s.key(alice))
	s.forge(obj, func(status *v1alpha1.RoleAssignmentStatus) { *status = v1alpha1.RoleAssignmentStatus{} })
	s.Delete(obj)
	s.told(obj, "LedgerMended", "")
	s.Gone(obj)
	s.mustHold(alice, false)
}

// idForged: an ID in the status decides nothing.
func idForged(s *scene) {
	id, err := s.sim.AddAssignment(s.directory, carol, helpdesk, "/")
	s.Must(err)
	obj := s.granted("forged", alice)
	s.forge(obj, func(status *v1alpha1.RoleAssignmentStatus) { status.AssignmentID = id })
	s.Delete(obj)
	s.Gone(obj)
	s.mustHold(alice, false)
	s.mustHold(carol, true)
}

// timesForged: times that are far away do not keep an object for ever.
func timesForged(s *scene) {
	obj := s.granted("forged", alice)
	s.forge(obj, func(status *v1alpha1.RoleAssignmentStatus) {
		far := metav1.NewMicroTime(time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC))
		status.LastCreateTime, status.UnansweredCreateTime = &far, &far
	})
	s.Delete(obj)
	s.Gone(obj)
	s.mustHold(alice, false)
}

// restoredWithoutStatus: of a cluster that was lost, backups bring objects back without their status. They stand for what
// they stood for.
func restoredWithoutStatus(s *scene) {
	lost := s.granted("restored", alice, func(o *v1alpha1.RoleAssignment) { o.Spec.DeletionPolicy = v1alpha1.DeletionPolicyOrphan })
	s.Delete(lost)
	s.Gone(lost)
	s.mustHold(alice, true)
	restored := s.granted("restored", alice)
	if restored.Status.Origin != v1alpha1.OriginAdopted {
		s.Errorf("want it adopted, got %s", restored.Status.Origin)
	}
	s.Delete(restored)
	s.Gone(restored)
	s.mustHold(alice, false)
}

// restoredFromSnapshot: an object that is put back to an older state, ledger and all, leaves nothing of the newer behind.
func restoredFromSnapshot(s *scene) {
	obj := s.granted("restored", alice)
	older := obj.DeepCopy()
	stage.Change(s.Stage, obj, func(o *v1alpha1.RoleAssignment) { o.Spec.Role.ID = userAdmin })
	s.Ready(obj)
	s.mustHoldRole(alice, userAdmin, true)
	newer := s.key(alice)
	newer.RoleDefinitionID = userAdmin
	s.witness.forging(s.key(alice))
	s.witness.forging(newer)
	s.forge(obj, func(status *v1alpha1.RoleAssignmentStatus) { *status = older.Status })
	stage.Change(s.Stage, obj, func(o *v1alpha1.RoleAssignment) { o.Spec = older.Spec })
	s.Eventually(func() bool { _, held := s.holdsRole(alice, userAdmin); return held }, patience, often).Should(gomega.BeFalse())
	s.Eventually(func() bool { _, held := s.holds(alice); return held }, patience, often).Should(gomega.BeTrue())
	s.Ready(obj)
	s.Delete(obj)
	s.Gone(obj)
	s.mustHold(alice, false)
	s.mustHoldRole(alice, userAdmin, false)
}
