package faults_test

import (
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// queue takes what a handler of events enqueues.
type queue struct {
	workqueue.TypedRateLimitingInterface[reconcile.Request] // nil: what is not here is not used
	w                                                       *world
	of                                                      species
}

// Add implements workqueue.TypedInterface.
func (q queue) Add(r reconcile.Request) { q.w.wake(q.of.id(r.Name), q.w.clock.Now()) }

// deleted is the watch's word that an object has gone, with what it was last, as soon as the cache shows it.
func (p *process) deleted(last object) {
	of, _ := speciesOf(last)
	tell := func() {
		if p.ended() == nil {
			p.controllers[of].Deletions().Delete(p.ctx, event.DeleteEvent{Object: copyOf(last)}, queue{w: p.w, of: of})
		}
	}
	if wait := p.thaw.Sub(p.w.clock.Now()); wait > 0 {
		p.w.after(wait, tell)
		return
	}
	tell()
}
