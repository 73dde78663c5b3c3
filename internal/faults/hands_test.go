package faults_test

import (
	"cmp"
	"time"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graphsim"
)

// meddlers are the hands that reach for what is the controller's own. They act at each call, by themselves and when the
// cache is behind.
func meddlers() []string {
	return []string{"wipe", "forge", "strip", "vanish", "request", "flip"}
}

// handOf returns what a hand does to the flow's subject, if it is there, and to what that, or Alice, was granted.
func handOf(name string) (deed, bool) {
	d, ok := map[string]deed{
		"delete": onSubject(remove), "edit": onSubject(editOf), "remove": portalRemovesIt, "regrant": portalRegrants(alice),
		"suspend": set(suspended), "observe": set(observing), "approve": decide(graphsim.DecisionApprove),
		"suspend-resume": func(w *world) {
			set(suspended)(w)
			w.after(time.Minute, func() { set(enforcing)(w) })
		},
		"recreate": func(w *world) {
			vanish(w)
			w.after(time.Second, func() { onSubject(func(id string) deed { return apply(id) })(w) })
		},
		"wipe": wipe, "forge": forge, "strip": strip, "vanish": vanish, "request": request, "flip": flip,
	}[name]
	return d, ok
}

// subject is the object that hands reach for.
func (w *world) subject() string { return cmp.Or(w.flow.subject, "a") }

func onSubject(do func(id string) deed) deed {
	return func(w *world) { do(w.subject())(w) }
}

func editOf(id string) deed { return alter(id, otherwise) }

// portalRemovesIt takes away what the subject stands for.
func portalRemovesIt(w *world) {
	if w.subject() == "a" {
		portalRemoves(alice)(w)
		return
	}
	takes(w.subject())(w)
}

// act is what somebody does at a call.
func (w *world) act(hand string) {
	if hand == "" {
		return
	}
	if w.clock.Now().Before(w.apiAwayUntil) {
		w.after(w.apiAwayUntil.Sub(w.clock.Now())+time.Second, func() { w.act(hand) })
		return
	}
	w.tell("hand", hand)
	w.disturbed()
	w.watch.unwritten = w.clock.Now()
	d, ok := handOf(hand)
	if !ok {
		w.violate("harness", "there is no hand "+hand)
		return
	}
	d(w)
	w.check()
}

// meddled notes that somebody changed what only the controller should. What the object held by then is known only to the
// process that wrote it.
func (w *world) meddled(obj object) {
	w.watch.hands[idOf(obj)] = w.cluster.revision + 1
	if holdsLedger(obj) {
		w.watch.meddled[ledgerOf(obj)] = meddling{w.watch.author[obj.GetUID()], w.clock.Now()}
	}
}

// wipe empties the status.
func wipe(w *world) {
	w.cluster.update(w.subject(), func(obj object) {
		w.meddled(obj)
		delete(w.watch.pins, obj.GetUID()) // names are looked up again
		clearStatus(obj)
	})
}

// forge has the status name what a person granted to Bob.
func forge(w *world) {
	if w.cluster.objects[w.subject()] == nil {
		return
	}
	key, id := w.victim(w.cluster.objects[w.subject()]), ""
	w.portalMakes(key)
	w.cluster.update(w.subject(), func(obj object) {
		w.meddled(obj)
		delete(w.watch.pins, obj.GetUID())
		if a := w.holds(key); a != nil {
			id = a.id
		}
		setLedger(obj, key, id)
		obj.SetAnnotations(map[string]string{"entra.rolewarden.dev/assignment-id": id})
		w.watch.forged[key], w.watch.forgedAt = w.watch.author[obj.GetUID()], w.clock.Now()
	})
}

// strip takes the finalizers off.
func strip(w *world) {
	w.cluster.update(w.subject(), func(obj object) {
		w.meddled(obj)
		obj.SetFinalizers(nil)
	})
}

// vanish has the API server remove the object in spite of its finalizer, as it may where that is added just when somebody
// deletes the object (https://github.com/kubernetes/kubernetes/issues/77988).
func vanish(w *world) {
	if obj := w.cluster.objects[w.subject()]; obj != nil && obj.GetDeletionTimestamp().IsZero() {
		w.watch.hands[idOf(obj)] = w.cluster.revision + 1
		w.cluster.put(idOf(obj), nil)
	}
}

// forgeID has the status name the ID of what a person granted to Bob, and leaves the ledger alone.
func forgeID(w *world) {
	w.cluster.update(w.subject(), func(obj object) {
		if a := w.holds(grantOf(bob)); a != nil {
			setLedger(obj, ledgerOf(obj), a.id)
		}
	})
}

// request asks for a reconcile, in which the name of somebody who has gone is looked up again.
func request(w *world) {
	w.cluster.update(w.subject(), func(obj object) {
		if key := ledgerOf(obj); holdsLedger(obj) && w.dismissed[key.principal] {
			delete(w.watch.pins, obj.GetUID())
		}
		obj.SetAnnotations(map[string]string{v1alpha1.ReconcileRequestAnnotation: w.clock.Now().String()})
	})
}

// flip has the grant left behind, and thinks better of it a second later.
func flip(w *world) {
	alter(w.subject(), orphaning)(w)
	w.after(time.Second, func() { alter(w.subject(), revoking)(w) })
}
