package lifecycle_test

import (
	"maps"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
)

// claimedBy names the objects whose ledger names a key.
func (w *world) claimedBy(k grant) (names []client.ObjectKey) {
	for name, obj := range w.all() {
		if obj.Status.Grant == k && controllerutil.ContainsFinalizer(obj, v1alpha1.RevokeFinalizer) {
			names = append(names, name)
		}
	}
	return names
}

// checkWrittenAhead holds that finalizer and ledger are in etcd before a create call is sent.
func (w *world) checkWrittenAhead(k grant) {
	if obj := w.get(w.current.Name); obj == nil || obj.Status.Grant != k {
		if !w.excused[k] {
			w.t.Errorf("a create call for %s is sent without a ledger", short(k))
		}
	}
}

// checkChange holds, at each effective change, that nothing is removed that no ledger named, and nothing that an object
// goes on asking for.
func (w *world) checkChange(k grant, by string, granted bool) {
	if by != "ours" || granted || w.excused[k] {
		return
	}
	claims := w.claimedBy(k)
	if len(claims) == 0 && !w.mistakes[k] {
		w.t.Errorf("%s is removed, which no ledger names: %s", short(k), strings.Join(w.dir.log, ", "))
	}
	for _, name := range claims {
		obj := w.all()[name]
		if want, err := w.meaning(obj); name != w.current && err == nil && want == k && obj.DeletionTimestamp.IsZero() {
			w.t.Errorf("%s is removed, which %s goes on asking for", short(k), name)
		}
	}
}

// checkAll holds that nothing stands that no ledger names, and that what an object says of itself is so.
func (w *world) checkAll() {
	w.t.Helper()
	w.dir.land()
	for k := range w.dir.rows {
		r := w.dir.at(k, w.clock.Now())
		if r != nil && r.ours && !w.excused[k] && len(w.claimedBy(k)) == 0 {
			w.t.Errorf("leak: %s stands and no ledger names it; %s; %s", short(k), strings.Join(w.dir.log, ", "), strings.Join(w.calls, ", "))
			w.excused[k] = true // said once
		}
	}
	for _, obj := range w.all() {
		w.checkStatus(obj)
	}
}

// checkForgotten holds that nothing is kept of objects that have gone.
func (w *world) checkForgotten() {
	w.t.Helper()
	gone := maps.Clone(w.seen)
	for _, obj := range w.all() {
		delete(gone, obj.GetUID())
	}
	for uid := range gone {
		if w.controller.PutOff(uid) {
			w.t.Errorf("it is still known that %s was put off, an object that has gone", uid)
		}
	}
}

func (w *world) checkStatus(obj *v1alpha1.RoleAssignment) {
	w.t.Helper()
	s := obj.Status
	stalled, reconciling := meta.IsStatusConditionTrue(s.Conditions, v1alpha1.ConditionStalled), meta.IsStatusConditionTrue(s.Conditions, v1alpha1.ConditionReconciling)
	if stalled && reconciling {
		w.t.Errorf("%s is Stalled and Reconciling", obj.Name)
	}
	if !meta.IsStatusConditionTrue(s.Conditions, v1alpha1.ConditionReady) || ptr.Deref(s.ObservedGeneration, 0) != obj.Generation || obj.Spec.Mode == v1alpha1.ModeSuspend {
		return
	}
	if stalled || reconciling {
		w.t.Errorf("%s is Ready, and Stalled or Reconciling", obj.Name)
	}
	k := obj.GetGrant()
	if k == nil || obj.Spec.Mode == v1alpha1.ModeObserve {
		want, _ := w.meaning(obj)
		k = &want
	}
	if since := w.clock.Since(w.dir.lastStood(*k)); since > drift+w.dir.lag+time.Second && obj.DeletionTimestamp.IsZero() {
		w.t.Errorf("%s says Ready, and %s has not stood for %v", obj.Name, short(*k), since)
	}
}

// kstatus is what GitOps tools make of an object: sigs.k8s.io/cli-utils, pkg/kstatus, its generic rules.
func kstatus(obj *v1alpha1.RoleAssignment) string {
	s := obj.Status
	switch ready := meta.FindStatusCondition(s.Conditions, v1alpha1.ConditionReady); {
	case !obj.DeletionTimestamp.IsZero():
		return "Terminating"
	case ptr.Deref(s.ObservedGeneration, 0) != obj.Generation:
		return "InProgress"
	case meta.IsStatusConditionTrue(s.Conditions, v1alpha1.ConditionReconciling):
		return "InProgress"
	case meta.IsStatusConditionTrue(s.Conditions, v1alpha1.ConditionStalled):
		return "Failed"
	case ready == nil || ready.Status != "True":
		return "InProgress"
	}
	return "Current"
}

// says returns an object's status in words: what kstatus makes of it, Ready, and why.
func (w *world) says(name string) string {
	obj := w.get(name)
	if obj == nil {
		return "gone"
	}
	ready := meta.FindStatusCondition(obj.Status.Conditions, v1alpha1.ConditionReady)
	if ready == nil {
		return kstatus(obj) + " -"
	}
	return kstatus(obj) + " " + string(ready.Status) + " " + ready.Reason
}

// reasonsOf returns the reasons of the events about an object.
func (w *world) reasonsOf(name string) (reasons []string) {
	for _, e := range w.events.all {
		if rest, ok := strings.CutPrefix(e, name+": "); ok {
			reasons = append(reasons, strings.Fields(strings.ReplaceAll(rest, ":", ""))[1])
		}
	}
	return reasons
}
