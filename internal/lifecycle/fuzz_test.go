package lifecycle_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
)

// FuzzStatus puts any status that can be decoded before a process that has just begun, as if somebody had forged it or an
// old backup was restored, and has it live with it and delete the object. It makes no hot loop, touches no grant that the
// ledger does not name, and lets the object go, or has it say why not.
func FuzzStatus(f *testing.F) {
	ledger := func(principal, rest string) []byte {
		return fmt.Appendf(nil, `{"grant":{"tenantID":%q,"principalID":%q,"roleDefinitionID":%q,"directoryScopeID":"/"}%s}`, contoso, principal, helpdesk, rest)
	}
	for _, status := range [][]byte{
		[]byte(`{}`), []byte(`{"observedGeneration":-1}`), ledger(alice, ""), ledger(bob, `,"origin":"Created","assignmentID":"id-1"`),
		ledger(alice, `,"lastCreateTime":"2026-05-04T07:59:00.000000Z","unansweredCreateTime":"2026-05-04T07:59:00.000000Z","resolvedSpec":"x"`),
		ledger(alice, `,"lastCreateTime":"2026-05-04T08:30:00.000000Z","origin":"Adopted"`), ledger(carol, `,"lastCreateTime":"0001-01-01T00:00:00.000000Z"`),
		ledger(alice, `,"lastCreateTime":"9999-12-31T23:59:59.999999Z","unansweredCreateTime":"9999-12-31T23:59:59.999999Z"`),
		[]byte(`{"conditions":[{"type":"Ready","status":"True"},{"type":"Ready","status":"False"},{"type":"Stalled","status":"True"}],"observedGeneration":1}`),
		[]byte(`{"grant":{"directoryScopeID":"/"},"lastCreateTime":"2026-05-04T08:00:00.000000Z"}`),
		[]byte(`{"lastHandledReconcileAt":"x","unansweredCreateTime":"2026-05-04T08:00:00.000000Z","origin":"Created","resolvedSpec":"y","assignmentID":"z"}`),
	} {
		for spec := range byte(6) {
			f.Add(status, spec)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte, spec byte) {
		var status v1alpha1.RoleAssignmentStatus
		if json.Unmarshal(text, &status) != nil {
			return
		}
		w := newWorld(t)
		w.dir.portalGrants(key(bob))
		w.apply(specOf(spec))
		orphans := spec/3%2 == 1
		w.excused[key(alice)] = orphans
		forged := v1alpha1.RoleAssignment{Status: status}
		if ledger := forged.GetGrant(); ledger != nil {
			w.excused[*ledger] = true
			w.mistakes[*ledger] = true
		}
		w.forge(func(s *v1alpha1.RoleAssignmentStatus) { *s = status })
		w.start()
		w.run(10 * time.Minute)
		if ledger := forged.GetGrant(); !w.dir.holds(key(bob)) && (ledger == nil || *ledger != key(bob)) {
			t.Errorf("a grant is gone that no ledger named: %v", w.dir.log)
		}
		w.delete("a")
		w.run(20 * time.Minute)
		w.checkEnd(status, orphans)
	})
}

// checkEnd holds that a deleted object has gone, and with it its grant, or says what keeps it.
func (w *world) checkEnd(status v1alpha1.RoleAssignmentStatus, orphans bool) {
	w.t.Helper()
	obj := w.get("a")
	if obj == nil {
		if w.dir.holds(key(alice)) && !orphans {
			w.t.Errorf("it is gone, and its grant is not: %v", w.dir.log)
		}
		return
	}
	if !ahead(status.LastCreateTime) && !ahead(status.UnansweredCreateTime) {
		w.t.Errorf("nothing keeps it, and yet it does not go: %+v", obj.Status.Conditions)
	}
	if c := meta.FindStatusCondition(obj.Status.Conditions, v1alpha1.ConditionReady); c == nil || c.Message == "" || c.Reason == "" {
		w.t.Errorf("it does not go and does not say why: %+v", obj.Status.Conditions)
	}
}

// ahead tells whether somebody has written a time that has not come when the story begins. Until it has, nothing is known
// to be gone for good.
func ahead(at *metav1.MicroTime) bool {
	return at != nil && at.After(time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC))
}

// specOf returns an object in each mode, and of either policy.
func specOf(spec byte) builder {
	b := MakeRoleAssignment("a").Mode([]v1alpha1.Mode{v1alpha1.ModeEnforce, v1alpha1.ModeObserve, v1alpha1.ModeSuspend}[spec%3])
	if spec/3%2 == 1 {
		return b.Orphan()
	}
	return b
}
