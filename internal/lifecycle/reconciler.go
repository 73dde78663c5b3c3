package lifecycle

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/resourceversion"
	"k8s.io/client-go/tools/events"
	"k8s.io/client-go/util/flowcontrol"
	"k8s.io/utils/clock"
	"k8s.io/utils/keymutex"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
)

// FieldOwner is the name under which the controller's writes appear in managedFields.
const FieldOwner = client.FieldOwner("rolewarden")

const (
	// soonest and the rest bound the waits between two passes of an object that is not as it should be.
	soonest     = time.Second
	soonLatest  = 30 * time.Second
	laterFirst  = 5 * time.Second
	laterLatest = 5 * time.Minute
	// stalledInterval is how often something that needs a person is looked at all the same.
	stalledInterval = 15 * time.Minute
	// disputeInterval is longer than a leader's lease.
	disputeInterval = 20 * time.Second
	// unfenced is for how long a process may act on what it read without looking again. Another may lead 15 s after the last
	// renewal of a lease, and a leader gives up 10 s after it (controller-runtime's defaults), unless it is suspended.
	unfenced = 5 * time.Second
	// longestPass is how long a pass may have gone on, asking the directory for names, when it writes a ledger. One that took
	// longer was suspended, or the directory is in no state to grant anything.
	longestPass = time.Minute
	// keyLocks is so many that two keys hardly ever share a lock: it is held while the directory is called.
	keyLocks = 4096
)

// Options are what a Reconciler needs. All are required.
type Options[T Object[L], L Ledger] struct {
	// Name is the kind's name, for logs and metrics.
	Name string
	// Kind is what the kind supplies.
	Kind Kind[T, L]
	// Client reads from the cache and writes to the API server.
	Client client.Client
	// Live reads from the API server.
	Live client.Reader
	// Events records what changed.
	Events events.EventRecorder
	// Clock tells the time.
	Clock clock.Clock
	// Jitter lengthens a wait by chance, so that objects which began to wait together do not return together.
	Jitter func(time.Duration) time.Duration
	// PropagationWindow is how long after it was sent a create call may still take effect, and how long after it took
	// effect a read may still not show it.
	PropagationWindow time.Duration
	// DriftInterval is how often the directory is read when nothing else happens.
	DriftInterval time.Duration
}

// Reconciler brings the directory in line with the objects of one kind.
type Reconciler[T Object[L], L Ledger] struct {
	Options[T, L]

	memory   *memory[L]
	vanished *graveyard[T, L]
	keys     keymutex.KeyMutex
	soon     *flowcontrol.Backoff
	later    *flowcontrol.Backoff
	started  time.Time
}

// New returns a Reconciler.
func New[T Object[L], L Ledger](o Options[T, L]) *Reconciler[T, L] {
	return &Reconciler[T, L]{
		Options:  o,
		memory:   newMemory[L](),
		vanished: newGraveyard[T, L](),
		keys:     keymutex.NewHashed(keyLocks),
		soon:     newBackoff(o.Clock, soonest, soonLatest),
		later:    newBackoff(o.Clock, laterFirst, laterLatest),
		started:  o.Clock.Now(),
	}
}

func newBackoff(c clock.Clock, first, latest time.Duration) *flowcontrol.Backoff {
	b := flowcontrol.NewBackOff(first, latest)
	b.Clock = c
	return b
}

// calm forgets how often an object was put off.
func (r *Reconciler[T, L]) calm(uid types.UID) {
	r.soon.Reset(string(uid))
	r.later.Reset(string(uid))
}

// Reconcile makes one pass over an object, and over those that had its name and vanished.
func (r *Reconciler[T, L]) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	again := r.settleVanished(ctx, req.NamespacedName)
	result, err := r.reconcile(ctx, req)
	result.RequeueAfter = sooner(result.RequeueAfter, again)
	return result, err
}

func (r *Reconciler[T, L]) reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	obj, asOf := r.Kind.New(), r.Clock.Now()
	if err := r.Client.Get(ctx, req.NamespacedName, obj); err != nil {
		if apierrors.IsNotFound(err) {
			r.reportLost(ctx, req.NamespacedName, "")
			return ctrl.Result{}, nil
		}
		return ctrl.Result{}, fmt.Errorf("reading the object: %w", err)
	}
	r.reportLost(ctx, req.NamespacedName, obj.GetUID())
	if left := r.early(obj); !r.memory.hastened(req.NamespacedName) && left > 0 {
		return ctrl.Result{RequeueAfter: left}, nil
	}
	p := r.newPass(obj, asOf)
	o, err := p.run(ctx)
	return p.conclude(ctx, o, err)
}

// early tells for how long an object that is just as this process left it need not be looked at: the process's own
// writes wake it too.
func (r *Reconciler[T, L]) early(obj T) time.Duration {
	rec, known := r.memory.get(client.ObjectKeyFromObject(obj), obj.GetUID())
	if !known || newer(obj.GetResourceVersion(), rec.version) || requestOf(obj) != rec.request {
		return 0
	}
	return rec.next.Sub(r.Clock.Now())
}

// newer tells whether version a comes after version b.
func newer(a, b string) bool {
	order, err := resourceversion.CompareResourceVersion(a, b)
	return err != nil || order > 0
}

// Hasten makes an object due now, since something that it waits for has changed. It has to be enqueued besides.
func (r *Reconciler[T, L]) Hasten(name client.ObjectKey) { r.memory.hasten(name) }

// reportLost says so when an object that held a ledger went without being released: its finalizer was taken off by
// somebody else, and what it stood for may still be in the directory.
func (r *Reconciler[T, L]) reportLost(ctx context.Context, name client.ObjectKey, now types.UID) {
	rec, ok := r.memory.forget(name, now)
	if !ok {
		return
	}
	r.calm(rec.uid)
	if rec.ledger == nil {
		return
	}
	ledger := *rec.ledger
	count(r.Name, resultLost)
	log.FromContext(ctx).Error(nil, "Object went without its finalizer, its grant may remain", "grant", ledger.String())
	if external, err := r.Kind.Reconnect(ctx, ledger); err == nil {
		r.warnTenant(external.Tenant(), name, eventLost, actionRevoke, "went without its finalizer; %s may remain", ledger)
	}
}
