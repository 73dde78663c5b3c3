package lifecycle

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
)

// pass is one look at one object.
type pass[T Object[L], L Ledger] struct {
	*Reconciler[T, L]

	name client.ObjectKey
	// obj is the object as this pass leaves it; base is the object as the API server has it.
	obj, base T
	// request is the reconcile request that the object carried when the pass began; a later one is for another pass.
	request string
	// asOf is when the call that base comes from was sent.
	asOf time.Time
	// end is when the grant ends, zero where it does not.
	end time.Time
	// told is set when an event has told already why the object is Ready.
	told bool
	// before are the conditions that the pass began with.
	before []metav1.Condition
	rec    record[L]
	// stray is what this pass created, to be taken back if the object goes meanwhile; nil when it created nothing.
	stray *stray[T, L]
	// unsure is set when a write that was to change the ledger failed: it may have been made or not.
	unsure bool
	// gone is set when the object is, or turns out to be, no more.
	gone bool
}

// stray is what a create call made.
type stray[T Object[L], L Ledger] struct {
	external External[T, L]
	found    Found[L]
	// unnamed is set when it is not what was asked for, so that no ledger names it.
	unnamed bool
	// since is when the ledger that names it was written.
	since time.Time
}

func (r *Reconciler[T, L]) newPass(obj T, asOf time.Time) *pass[T, L] {
	p := &pass[T, L]{Reconciler: r, name: client.ObjectKeyFromObject(obj), request: requestOf(obj)}
	p.load(obj, asOf)
	rec, known := r.memory.get(p.name, obj.GetUID())
	if !known {
		rec = record[L]{uid: obj.GetUID(), ledger: p.base.GetGrant()}
	}
	p.rec = rec
	return p
}

func (p *pass[T, L]) load(obj T, asOf time.Time) {
	p.obj, p.asOf = obj, asOf
	p.base, _ = obj.DeepCopyObject().(T)
}

func (p *pass[T, L]) spec() *v1alpha1.ClaimSpec     { return p.obj.GetClaimSpec() }
func (p *pass[T, L]) status() *v1alpha1.ClaimStatus { return p.obj.GetClaimStatus() }
func (p *pass[T, L]) deleting() bool                { return !p.obj.GetDeletionTimestamp().IsZero() }

// run decides what the pass is about.
func (p *pass[T, L]) run(ctx context.Context) (outcome, error) {
	if settled, err := p.mendLedger(ctx); err != nil || !settled {
		return outcome{standing: held}, err
	}
	p.boundTimes()
	p.before = p.base.GetClaimStatus().Conditions
	if p.deleting() {
		return p.finalize(ctx)
	}
	mode := p.spec().Mode
	if p.obj.GetGrant() != nil || !passive(mode) {
		if err := p.ensureFinalizer(ctx); err != nil {
			return outcome{}, err
		}
	}
	switch mode {
	case v1alpha1.ModeSuspend:
		return outcome{standing: idle, reason: v1alpha1.ReasonSuspended, message: "mode is Suspend: nothing is read or written"}, nil
	case v1alpha1.ModeObserve:
		return p.observe(ctx), nil
	}
	return p.enforce(ctx)
}

// passive tells whether an object in that mode leaves the directory as it is for as long as it lives.
func passive(mode v1alpha1.Mode) bool {
	return mode == v1alpha1.ModeObserve || mode == v1alpha1.ModeSuspend
}

// mendLedger makes sure that the pass goes by the ledger that this process wrote. Where the object shows another, either
// the cache lags, or this process is no longer the leader, or somebody else wrote it. The second resolves itself within
// a lease, as a process without one ends; what still differs then is put back.
func (p *pass[T, L]) mendLedger(ctx context.Context) (settled bool, err error) {
	stale := p.rec.version != "" && newer(p.rec.version, p.obj.GetResourceVersion())
	if !stale && same(p.obj.GetGrant(), p.rec.ledger) {
		p.rec.disputed = time.Time{}
		return true, nil
	}
	if err := p.refresh(ctx); err != nil {
		return false, err
	}
	if !p.rec.own && !same(p.obj.GetGrant(), p.rec.ledger) {
		p.rec = record[L]{uid: p.rec.uid, ledger: p.obj.GetGrant()} // what is known is of another grant
	}
	if same(p.obj.GetGrant(), p.rec.ledger) {
		p.rec.disputed = time.Time{}
		return true, nil
	}
	if p.rec.disputed.IsZero() {
		p.rec.disputed = p.Clock.Now()
	}
	if p.Clock.Since(p.rec.disputed) < disputeInterval {
		p.memory.put(p.name, p.rec)
		return false, nil
	}
	return true, p.putBackLedger(ctx)
}

// boundTimes takes a create call that is said to be of the future for one of now, so that the window ends: the clock of
// an earlier leader may have been wrong, or somebody else wrote the time.
func (p *pass[T, L]) boundTimes() {
	s, now := p.status(), p.now()
	if now.Before(s.LastCreateTime) {
		s.LastCreateTime = now
	}
	if now.Before(s.UnansweredCreateTime) {
		s.UnansweredCreateTime = now
	}
}

func (p *pass[T, L]) putBackLedger(ctx context.Context) error {
	log.FromContext(ctx).Info("Putting back a ledger that somebody else changed")
	p.warn(p.obj, eventLedgerMended, actionReconcile, "status.grant was changed by somebody else and has been put back")
	p.obj.SetGrant(p.rec.ledger, "")
	s := p.status()
	// What else was changed is not known: look the names up again and take the newest create call to be unanswered.
	s.ResolvedSpec, s.LastCreateTime, s.UnansweredCreateTime = "", nil, nil
	if p.rec.ledger != nil {
		s.LastCreateTime, s.UnansweredCreateTime = p.now(), p.now()
	}
	p.rec.disputed = time.Time{}
	return p.writeStatus(ctx)
}

// refresh replaces the pass's view of the object by the API server's.
func (p *pass[T, L]) refresh(ctx context.Context) error {
	live, asOf := p.Kind.New(), p.Clock.Now()
	if err := p.Live.Get(ctx, p.name, live); err != nil {
		return fmt.Errorf("reading the object live: %w", err)
	}
	if live.GetUID() != p.obj.GetUID() {
		return errReplaced
	}
	p.load(live, asOf)
	return nil
}

func (p *pass[T, L]) ensureFinalizer(ctx context.Context) error {
	if !controllerutil.AddFinalizer(p.obj, v1alpha1.RevokeFinalizer) {
		return nil
	}
	return p.patch(ctx, p.Client.Patch, "adding the finalizer")
}

// pinned tells whether the ledger was resolved from the spec as it is, so that names need not be looked up.
func (p *pass[T, L]) pinned() bool {
	return p.obj.GetGrant() != nil && p.status().ResolvedSpec == p.digest(p.obj)
}

// digest identifies the fields of the spec that name the grant.
func (p *pass[T, L]) digest(obj T) string {
	// The fields are strings and structs of strings, which cannot fail to encode.
	data, _ := json.Marshal(p.Kind.Identity(obj))
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:16])
}

// requestOf returns the reconcile request that an object carries.
func requestOf(obj client.Object) string {
	return obj.GetAnnotations()[v1alpha1.ReconcileRequestAnnotation]
}

// requested tells whether somebody asks for a reconcile that was not made yet.
func (p *pass[T, L]) requested() bool {
	return p.request != "" && truncate(p.request, maxRequest) != p.status().LastHandledReconcileAt
}

// verify records that a live read has just shown what this spec asks for.
func (p *pass[T, L]) verify() {
	p.rec.verified, p.rec.generation = p.Clock.Now(), p.obj.GetGeneration()
}

func (p *pass[T, L]) now() *metav1.MicroTime {
	now := metav1.NewMicroTime(p.Clock.Now().Truncate(time.Microsecond))
	return &now
}

// recent tells whether t is within the propagation window.
func (p *pass[T, L]) recent(t *metav1.MicroTime) bool {
	return t != nil && p.Clock.Since(t.Time) <= p.PropagationWindow
}

// answered tells whether the newest create call was.
func (p *pass[T, L]) answered() bool {
	newest, unanswered := p.status().LastCreateTime, p.status().UnansweredCreateTime
	return unanswered == nil || (newest != nil && unanswered.Before(newest))
}

// settled tells whether a create call that was not answered has by now made all that it may still have made, so that a
// last look finds it.
func (p *pass[T, L]) settled() bool {
	sent := p.status().UnansweredCreateTime
	return sent != nil && !p.recent(sent)
}

func same[L comparable](a, b *L) bool {
	return a == b || (a != nil && b != nil && *a == *b)
}
