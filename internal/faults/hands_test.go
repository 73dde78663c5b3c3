package faults_test

import (
	"time"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
)

// meddlers are the hands that reach for what is the controller's own. They act at each call, by themselves and when the
// cache is behind.
func meddlers() []string {
	return []string{"wipe", "forge", "strip", "vanish", "request", "flip"}
}

// handOf returns what a hand does to the object "a", if it is there, and to what Alice was granted.
func handOf(name string) (deed, bool) {
	d, ok := map[string]deed{
		"delete": remove("a"), "edit": edit, "remove": portalRemoves(alice), "regrant": portalRegrants(alice),
		"suspend": set(suspended), "observe": set(observing),
		"suspend-resume": func(w *world) {
			set(suspended)(w)
			w.after(time.Minute, func() { set(enforcing)(w) })
		},
		"recreate": func(w *world) {
			vanish(w)
			w.after(time.Second, func() { apply("a")(w) })
		},
		"wipe": wipe, "forge": forge, "strip": strip, "vanish": vanish, "request": request, "flip": flip,
	}[name]
	return d, ok
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
	w.cluster.update("a", func(obj object) {
		w.meddled(obj)
		delete(w.watch.pins, obj.GetUID()) // names are looked up again
		clearStatus(obj)
	})
}

// forge has the status name what a person granted to Bob.
func forge(w *world) {
	if w.cluster.objects["a"] == nil {
		return
	}
	portalGrants(bob)(w)
	w.cluster.update("a", func(obj object) {
		w.meddled(obj)
		delete(w.watch.pins, obj.GetUID())
		key, id := grantOf(contoso, bob), ""
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
	w.cluster.update("a", func(obj object) {
		w.meddled(obj)
		obj.SetFinalizers(nil)
	})
}

// vanish has the API server remove the object in spite of its finalizer, as it may where that is added just when somebody
// deletes the object (https://github.com/kubernetes/kubernetes/issues/77988).
func vanish(w *world) {
	if obj := w.cluster.objects["a"]; obj != nil && obj.GetDeletionTimestamp().IsZero() {
		w.watch.hands[idOf(obj)] = w.cluster.revision + 1
		w.cluster.put(idOf(obj), nil)
	}
}

// forgeID has the status name the ID of what a person granted to Bob, and leaves the ledger alone.
func forgeID(w *world) {
	w.cluster.update("a", func(obj object) {
		if a := w.holds(grantOf(contoso, bob)); a != nil {
			setLedger(obj, ledgerOf(obj), a.id)
		}
	})
}

// request asks for a reconcile, in which the name of somebody who has gone is looked up again.
func request(w *world) {
	w.cluster.update("a", func(obj object) {
		if key := ledgerOf(obj); holdsLedger(obj) && w.dismissed[key.principal] {
			delete(w.watch.pins, obj.GetUID())
		}
		obj.SetAnnotations(map[string]string{v1alpha1.ReconcileRequestAnnotation: w.clock.Now().String()})
	})
}

// flip has the grant left behind, and thinks better of it a second later.
func flip(w *world) {
	set(orphaning)(w)
	w.after(time.Second, func() { set(revoking)(w) })
}
