package chaos

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
)

// vanishing is an object that went from etcd although its finalizer was on: the API server deletes one whose finalizer is
// added between its look at the object and the deletion itself (https://github.com/kubernetes/kubernetes/issues/77988). The
// watch then shows its last state without a deletionTimestamp.
type vanishing struct {
	obj *object
	at  time.Time
}

// noteEnd remembers how an object went, before anybody is told that it has gone.
func (t *Trial) noteEnd(obj *object) {
	key := obj.GetGrant()
	if key == nil || !guarded(obj) || !obj.DeletionTimestamp.IsZero() {
		return
	}
	t.tell("etcd", obj.Name, "vanished, although its finalizer was on")
	t.mu.Lock()
	defer t.mu.Unlock()
	if obj.Spec.DeletionPolicy == v1alpha1.DeletionPolicyOrphan {
		t.orphaned[*key] = true
		return
	}
	t.vanished = append(t.vanished, vanishing{obj, t.world.Clock.Now()})
}

// asked is when the object last asked for its grant.
func (v vanishing) asked() time.Time {
	return ptr.Deref(v.obj.Status.LastCreateTime, metav1.NewMicroTime(v.at)).Time
}

// names tells whether the object stands for what was granted then, as a ledger would. It does so for as long as a create call
// of its own may take effect, and the manager to put it right: what is left later is left for good.
func (v vanishing) names(key Grant, granted time.Time, w *World) bool {
	return v.obj.Status.Grant == key && !granted.After(v.asked().Add(w.Window)) && w.Clock.Since(v.at) < w.Window+w.Patience
}

// left tells whether a vanished object stands for what was granted then.
func (t *Trial) left(key Grant, granted time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, v := range t.vanished {
		if v.names(key, granted, t.world) {
			return true
		}
	}
	return false
}

// leftSoon is left, once the watch has had time to show an end that has been seen in etcd only.
func (t *Trial) leftSoon(key Grant, granted time.Time) bool {
	if t.left(key, granted) || len(t.watched()) == 0 {
		return t.left(key, granted)
	}
	timer := t.world.Clock.NewTimer(poll)
	defer timer.Stop()
	<-timer.C()
	return t.left(key, granted)
}

// lastClaim is when a vanished object wrote the ledger that a create call sent now may go by. No create call is sent later
// than half a window after that.
func (t *Trial) lastClaim(key Grant, now time.Time) (claimed time.Time, found bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, v := range t.vanished {
		if v.obj.Status.Grant == key && now.Sub(v.asked()) < t.world.Window/2 {
			return v.asked(), true
		}
	}
	return claimed, false
}
