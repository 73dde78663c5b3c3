package faults_test

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graphsim"
)

// unfinished says what is not as it should be yet: L1 and L2.
func (w *world) unfinished() string {
	for _, name := range w.cluster.ids() {
		if wrong := w.unfinishedObject(w.cluster.objects[name]); wrong != "" {
			return name + " " + wrong
		}
	}
	for _, a := range w.standings() {
		if w.watch.claimed[a.key] && !a.activated && a.made.Source != graphsim.SourcePortal &&
			!w.named(a.key) && w.leansOn(a.key, "") == "" && !w.watch.orphaned[a.key] && !w.refused(a.key) && (!w.excused(a.key) || w.owed(a.key)) {
			return "nobody stands for the grant of " + w.who(a.key)
		}
	}
	return ""
}

// refused tells whether an object refuses to adopt what stands under the key.
func (w *world) refused(key grant) bool {
	for _, obj := range w.cluster.objects {
		if w.asks(obj) == key && obj.GetClaimSpec().Adoption == v1alpha1.AdoptionRefuse {
			return true
		}
	}
	return false
}

func (w *world) unfinishedObject(obj object) string {
	key := w.asks(obj)
	stands := w.holds(key)
	ready := meta.FindStatusCondition(obj.GetClaimStatus().Conditions, v1alpha1.ConditionReady)
	switch {
	case !obj.GetDeletionTimestamp().IsZero():
		return w.unfinishedDeletion(obj, ready)
	case ptr.Deref(obj.GetClaimStatus().ObservedGeneration, -1) != obj.GetGeneration() || ready == nil:
		return "is not looked at"
	case !guarded(obj) && holdsLedger(obj):
		return "has no finalizer"
	case obj.GetClaimSpec().Mode == v1alpha1.ModeSuspend:
		return ""
	case obj.GetClaimSpec().Mode == v1alpha1.ModeObserve:
		if saysReady(obj) != (stands != nil) {
			return "says what is not so"
		}
		return ""
	case w.deceived(obj), w.cannot(obj, key, v1alpha1.Reason(ready.Reason)):
		return ""
	case !saysReady(obj) || stands == nil || !stands.fits(obj) || ledgerOf(obj) != key:
		return "does not hold its grant"
	}
	return ""
}

func (w *world) unfinishedDeletion(obj object, ready *metav1.Condition) string {
	if ready != nil && w.cannotGo(obj, v1alpha1.Reason(ready.Reason)) {
		return ""
	}
	return "is not gone"
}

// cannot tells whether an object that is not Ready says truly why what it asks for cannot be.
func (w *world) cannot(obj object, key grant, reason v1alpha1.Reason) bool {
	stands := w.holds(key)
	switch reason {
	case v1alpha1.ReasonAlreadyExists:
		return obj.GetClaimSpec().Adoption == v1alpha1.AdoptionRefuse && stands != nil && !ours(*stands)
	case v1alpha1.ReasonPrincipalGone, v1alpha1.ReasonPrincipalNotFound:
		return key.principal == "" || w.dismissed[key.principal] || w.lacks(obj, key, reason)
	case v1alpha1.ReasonGroupNotRoleAssignable:
		return key.principal == plain
	case v1alpha1.ReasonTenantNotReady:
		return w.closing[obj.GetClaimSpec().TenantRef.Name] && !holdsLedger(obj)
	}
	return w.cannotYet(obj, key, reason)
}

// checkWords is L6: what is not as it should be says why, within a minute.
func (w *world) checkWords() {
	now := w.clock.Now()
	if now.Before(w.watch.trouble) {
		return // who should write, and where?
	}
	for _, name := range w.cluster.ids() {
		obj := w.cluster.objects[name]
		if saysReady(obj) || speaks(obj) || w.unfinishedObject(obj) == "" || obj.GetClaimSpec().Mode == v1alpha1.ModeObserve {
			delete(w.watch.silent, name)
			continue
		}
		since, known := w.watch.silent[name]
		if !known {
			w.watch.silent[name] = now
			continue
		}
		if w.watch.trouble.After(since) {
			since = w.watch.trouble
		}
		if w.watch.upset.After(since) {
			since = w.watch.upset
		}
		if now.Sub(since) > time.Minute {
			w.violate("L6", name+" does not say why it is not as it should be")
		}
	}
}

// speaks tells whether an object says why it is not Ready, and whether that will pass.
func speaks(obj object) bool {
	ready := meta.FindStatusCondition(obj.GetClaimStatus().Conditions, v1alpha1.ConditionReady)
	return ready != nil && ready.Message != "" && ptr.Deref(obj.GetClaimStatus().ObservedGeneration, -1) == obj.GetGeneration() &&
		(meta.IsStatusConditionTrue(obj.GetClaimStatus().Conditions, v1alpha1.ConditionReconciling) ||
			meta.IsStatusConditionTrue(obj.GetClaimStatus().Conditions, v1alpha1.ConditionStalled))
}

// hourly is how many calls one object may cause in an hour, however stuck it is: a pass each 30 seconds, of five calls at
// the most, and those by which it got there.
const hourly = 120*5 + 100

// checkEnd is what must be in the end.
func (w *world) checkEnd() {
	if wrong := w.unfinished(); wrong != "" {
		w.violate("L1 L2", wrong)
	}
	if took := w.recovery(); took > w.allowance() {
		w.violate("L5", "it took "+took.String()+" until all was as it should be, where "+w.allowance().String()+" are promised")
	}
	w.checkCalls()
	for key := range w.watch.vanished {
		if w.owed(key) && len(w.away) == 0 && w.told["Vanished"] == 0 {
			w.violate("L6", "nobody was told that an object which held "+w.who(key)+" vanished")
		}
	}
	for key, m := range w.watch.stripped {
		a := w.holds(key)
		if a == nil || a.made.Time.After(m.at) {
			continue
		}
		if m.by == w.process && w.told["FinalizerRemoved"]+w.told["Orphaned"] == 0 && !w.named(key) {
			w.violate("L6", "an object went without its finalizer, and nobody was told that the grant of "+w.who(key)+" remains")
		}
	}
}

// checkCalls is L3. In a crash loop it is each life that is bounded.
func (w *world) checkCalls() {
	objects := max(1, len(w.everNamed()))
	if w.crashLoop.fault == none {
		if n := busiest(w.times); n > hourly*objects {
			w.violate("L3", fmt.Sprintf("%d calls in an hour", n))
		}
		return
	}
	for i, life := range w.lives {
		end := len(w.times)
		if i+1 < len(w.lives) {
			end = w.lives[i+1]
		}
		if n := busiest(w.times[life:end]); n > hourly*objects {
			w.violate("L3", fmt.Sprintf("%d calls in an hour of one life", n))
		}
	}
}

// allowance is L5: how long it may take from the end of the last trouble until all is as it should be. A minute, and where
// a create call is so young that what it does cannot be known yet, the window; what a person took away is found by the
// next look at the directory, and what was refused is tried again when a person may have seen to it.
func (w *world) allowance() time.Duration {
	d := time.Minute + w.flow.slow
	if w.watch.trouble.Sub(w.watch.createdAt) <= window {
		d += window
	}
	for _, k := range w.plan.strikes {
		switch k.fault {
		case forbidden, wrong:
			d += personal
		case late, sleep, sleepAfter: // what was granted anew under a key that was to be deleted, what the process says that wakes
			d += drift
		}
		switch k.hand {
		case "remove":
			d += drift
		case "vanish": // nobody wakes what vanished when that goes which stands on it
			if w.linked() {
				d += drift
			}
		case "wipe", "forge", "strip": // what was put back says that a create call has just been made
			d += grace + window
		}
	}
	return d
}

// busiest is how many of the calls were in the hour with the most.
func busiest(times []time.Time) int {
	most, first := 0, 0
	for i, at := range times {
		for at.Sub(times[first]) > time.Hour {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}

// recovery is how long it took from the end of the last trouble until all was as it should be.
func (w *world) recovery() time.Duration { return max(0, w.calm.Sub(w.watch.trouble)) }
