package lifecycle

import (
	"context"
	"errors"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
)

// vanished is an object that went from etcd although its finalizer was on: the API server deletes one whose finalizer is
// added between its look at the object and the deletion itself (https://github.com/kubernetes/kubernetes/issues/77988).
type vanished[T Object[L], L Ledger] struct {
	// obj is its last state.
	obj T
	rec record[L]
	// told is set when the Tenant says what befell it.
	told bool
}

// graveyard keeps what vanished until its grant is gone. It does not outlive the process.
type graveyard[T Object[L], L Ledger] struct {
	mu     sync.Mutex
	byName map[client.ObjectKey]map[*vanished[T, L]]struct{}
}

func newGraveyard[T Object[L], L Ledger]() *graveyard[T, L] {
	return &graveyard[T, L]{byName: map[client.ObjectKey]map[*vanished[T, L]]struct{}{}}
}

func (g *graveyard[T, L]) add(v *vanished[T, L]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	name := client.ObjectKeyFromObject(v.obj)
	if g.byName[name] == nil {
		g.byName[name] = map[*vanished[T, L]]struct{}{}
	}
	g.byName[name][v] = struct{}{}
}

func (g *graveyard[T, L]) remove(v *vanished[T, L]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	name := client.ObjectKeyFromObject(v.obj)
	if delete(g.byName[name], v); len(g.byName[name]) == 0 {
		delete(g.byName, name)
	}
}

func (g *graveyard[T, L]) of(name client.ObjectKey) []*vanished[T, L] {
	g.mu.Lock()
	defer g.mu.Unlock()
	all := make([]*vanished[T, L], 0, len(g.byName[name]))
	for v := range g.byName[name] {
		all = append(all, v)
	}
	return all
}

// Deletions handles the events that objects have gone, all of which Changed holds back.
func (r *Reconciler[T, L]) Deletions() handler.EventHandler {
	return handler.Funcs{DeleteFunc: func(_ context.Context, e event.DeleteEvent, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) {
		// What a watch missed tells nothing: the last state that was seen need not be the last there was.
		if obj, ok := e.Object.(T); ok && !e.DeleteStateUnknown && hasVanished[T, L](obj) {
			obj, _ = obj.DeepCopyObject().(T)
			r.vanished.add(&vanished[T, L]{obj: obj, rec: record[L]{uid: obj.GetUID(), ledger: obj.GetGrant()}})
		}
		queue.Add(reconcile.Request{NamespacedName: client.ObjectKeyFromObject(e.Object)})
	}}
}

// hasVanished tells whether the last state of an object says that nobody took its finalizer off. One that did go the
// right way, or that somebody stripped, was being deleted.
func hasVanished[T Object[L], L Ledger](obj T) bool {
	return obj.GetDeletionTimestamp().IsZero() && controllerutil.ContainsFinalizer(obj, v1alpha1.RevokeFinalizer) && obj.GetGrant() != nil
}

// settleVanished sees to what objects of that name stood for that vanished, and tells when to do so again; 0: never.
func (r *Reconciler[T, L]) settleVanished(ctx context.Context, name client.ObjectKey) time.Duration {
	var next time.Duration
	for _, v := range r.vanished.of(name) {
		left := v.rec.next.Sub(r.Clock.Now())
		if left <= 0 {
			left = r.settle(ctx, v)
		}
		next = sooner(next, left)
	}
	return next
}

// settle makes the pass over a vanished object that ends a deletion, unless it turns out to be there after all.
func (r *Reconciler[T, L]) settle(ctx context.Context, v *vanished[T, L]) time.Duration {
	r.inherit(v)
	obj, _ := v.obj.DeepCopyObject().(T)
	now := metav1.NewTime(r.Clock.Now())
	obj.SetDeletionTimestamp(&now)
	p := r.newPass(obj, now.Time)
	p.gone, p.rec = true, v.rec
	o, err := p.settle(ctx, v)
	if (err == nil && o.standing == released) || errors.Is(err, errAlive) {
		r.vanished.remove(v)
		r.calm(obj.GetUID())
		return 0
	}
	delay := p.backOff(p.soon)
	if err == nil {
		p.logProblem(ctx, o)
		delay = p.delay(o)
	}
	v.rec = p.rec
	v.rec.next = r.Clock.Now().Add(delay)
	return delay
}

func (p *pass[T, L]) settle(ctx context.Context, v *vanished[T, L]) (outcome, error) {
	if err := p.confirm(ctx); err != nil {
		return outcome{}, err
	}
	p.tellVanished(ctx, v)
	p.boundTimes()
	return p.finalize(ctx)
}

// inherit takes over what was known of the object while it was there.
func (r *Reconciler[T, L]) inherit(v *vanished[T, L]) {
	name := client.ObjectKeyFromObject(v.obj)
	if rec, known := r.memory.get(name, v.obj.GetUID()); known {
		v.rec.found, v.rec.revoked = rec.found, rec.revoked
		r.memory.remove(name)
	}
}

// tellVanished has the Tenant say once what befell the object.
func (p *pass[T, L]) tellVanished(ctx context.Context, v *vanished[T, L]) {
	if v.told {
		return
	}
	v.told = true
	ledger := *v.obj.GetGrant()
	log.FromContext(ctx).Info("Object went although its finalizer was on, ending what it stood for", "grant", ledger.String())
	if external, err := p.Kind.Reconnect(ctx, ledger); err == nil {
		p.warnTenant(external.Tenant(), p.name, eventVanished, actionRevoke, "was deleted by the API server although its finalizer was on; ending %s", ledger)
	}
}

// sooner is the shorter of two waits, of which 0 is none.
func sooner(a, b time.Duration) time.Duration {
	if a == 0 || (b != 0 && b < a) {
		return b
	}
	return a
}
