package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graph"
)

// errTooLate means that so much time passed since the pass began, or since the ledger was written, that another process
// may have acted since.
var errTooLate = errors.New("the create call was not sent: too much time has passed since the object was looked at")

func errNotSent() error {
	return &graph.Error{Op: "granting", Class: graph.Transient, NotSent: true, Err: errTooLate}
}

// enforce makes the directory hold what the spec asks for.
func (p *pass[T, L]) enforce(ctx context.Context) (outcome, error) {
	if over := p.reckon(); over != nil {
		return p.expire(ctx, over)
	}
	external, want, err := p.resolve(ctx)
	ledger := p.obj.GetGrant()
	switch {
	case err != nil:
		return p.unresolved(err), nil
	case ledger == nil:
		return p.claim(ctx, external, want)
	case *ledger != want:
		return p.replace(ctx, external, want)
	}
	p.status().ResolvedSpec = p.digest(p.obj)
	return p.keep(ctx, external)
}

// resolve returns the key that the spec means and the way into its directory: the ledger while it is pinned.
func (p *pass[T, L]) resolve(ctx context.Context) (External[T, L], L, error) {
	if p.pinned() {
		ledger := *p.obj.GetGrant()
		external, err := p.Kind.Reconnect(ctx, ledger)
		return external, ledger, err
	}
	var none L
	external, err := p.Kind.Connect(ctx, p.obj)
	if err != nil {
		return nil, none, err
	}
	want, err := external.Resolve(ctx, p.obj)
	return external, want, err
}

// unresolved says that what the spec means is not known, and what stands meanwhile: a grant is replaced only by another.
func (p *pass[T, L]) unresolved(err error) outcome {
	o := outcomeOf(err)
	if ledger := p.obj.GetGrant(); ledger != nil && !p.pinned() {
		o.message += fmt.Sprintf(". Until then %s stays in place", ledger)
	}
	return o
}

// observe reports whether the directory holds what is asked for.
func (p *pass[T, L]) observe(ctx context.Context) outcome {
	_ = p.reckon() // what it should be; that it is over is for the directory to show
	if p.fresh() {
		return p.grantedOutcome()
	}
	external, want, err := p.resolve(ctx)
	if err != nil {
		return outcomeOf(err)
	}
	found, err := external.Read(ctx, want)
	switch {
	case err != nil:
		return outcomeOf(err)
	case found == nil:
		return outcome{standing: idle, reason: v1alpha1.ReasonNotGranted, message: "mode is Observe, and the directory does not hold " + want.String()}
	case p.differs(external, *found):
		return outcome{standing: idle, reason: v1alpha1.ReasonNotGranted,
			message: "mode is Observe, and the directory holds " + want.String() + " otherwise than asked"}
	case found.Problem != nil:
		return outcome{standing: idle, reason: found.Problem.Reason, message: "mode is Observe. " + found.Problem.Message}
	}
	p.verify()
	p.rec.found = found
	o := p.grantedOutcome()
	if ledger := p.obj.GetGrant(); ledger != nil && *ledger != want {
		o.message += fmt.Sprintf("; besides, this object still stands for %s, which mode: Enforce would revoke", ledger)
	}
	return o
}

// fresh tells whether this process has read the grant recently enough, for this very spec.
func (p *pass[T, L]) fresh() bool {
	return p.pinned() && !p.requested() && p.rec.generation == p.obj.GetGeneration() &&
		!p.rec.verified.IsZero() && p.Clock.Since(p.rec.verified) < p.checkInterval()
}

// checkInterval is how long a read is believed. It leaves room, within a drift interval, for the jitter of the next one.
func (r *Reconciler[T, L]) checkInterval() time.Duration { return r.DriftInterval * 4 / 5 }

func (p *pass[T, L]) grantedOutcome() outcome {
	o := outcome{standing: granted, reason: v1alpha1.ReasonGranted, message: "The directory holds the grant"}
	if found := p.rec.found; found != nil && found.Reason != "" {
		o.reason, o.message = found.Reason, found.Message
	}
	return o
}

// keep checks a grant that the ledger names, and repairs it.
func (p *pass[T, L]) keep(ctx context.Context, external External[T, L]) (outcome, error) {
	if p.fresh() && !p.settled() {
		return p.grantedOutcome(), nil
	}
	ledger := *p.obj.GetGrant()
	found, err := external.Read(ctx, ledger)
	if err != nil {
		return outcomeOf(err), nil
	}
	if o, err := p.misplaced(ctx, external, ledger); o != nil || err != nil {
		return ptr.Deref(o, outcome{}), err
	}
	if found != nil {
		return p.shape(ctx, external, *found)
	}
	if err := p.declined(ctx, external, ledger); err != nil {
		p.rec.verified = time.Time{}
		return outcomeOf(err), nil
	}
	if p.answered() && !p.rec.revoked && p.recent(p.status().LastCreateTime) {
		return p.replicating(), nil
	}
	p.rec.verified = time.Time{}
	if meta.IsStatusConditionTrue(p.before, v1alpha1.ConditionReady) {
		log.FromContext(ctx).Info("Grant is missing from the directory, granting it again", "grant", ledger.String())
		p.warn(p.obj, eventDrift, actionGrant, "The directory no longer held %s; granting it again", p.inWords(ledger))
		count(p.Name, resultDrift)
	}
	return p.create(ctx, external, ledger)
}

// holds records that a live read showed the grant.
func (p *pass[T, L]) holds(ctx context.Context, external External[T, L], found Found[L]) outcome {
	if found.Problem != nil {
		p.obj.SetGrant(p.obj.GetGrant(), found.ID)
		p.rec.found, p.rec.verified = &found, time.Time{}
		return outcomeOf(found.Problem)
	}
	if describer, ok := external.(Describer[T, L]); ok {
		if err := describer.Describe(ctx, p.obj, found); err != nil {
			return outcomeOf(err)
		}
	}
	p.own()
	s := p.status()
	if !p.recent(s.UnansweredCreateTime) {
		s.UnansweredCreateTime = nil
	}
	p.obj.SetGrant(p.obj.GetGrant(), found.ID)
	p.rec.found = &found
	p.verify()
	return p.grantedOutcome()
}

// own notes how the object came by what the directory holds, as far as it can be known: from then on it is this object's.
func (p *pass[T, L]) own() {
	s := p.status()
	if s.Origin != "" {
		return
	}
	s.Origin = v1alpha1.OriginAdopted
	reason, note := eventAdopted, "Took over %s, which the directory held already"
	if s.UnansweredCreateTime != nil {
		s.Origin = v1alpha1.OriginCreated
		reason, note = eventGranted, "Granted %s"
	}
	p.gained(reason, note, *p.obj.GetGrant())
}

func (p *pass[T, L]) replicating() outcome {
	return outcome{standing: waiting, soon: true, reason: v1alpha1.ReasonReplicating, message: "The directory accepted the grant and does not show it yet"}
}

// claim makes a key this object's own and grants it.
func (p *pass[T, L]) claim(ctx context.Context, external External[T, L], want L) (outcome, error) {
	if err := p.turnedDown(); err != nil {
		return outcomeOf(err), nil
	}
	if p.spec().Adoption == v1alpha1.AdoptionRefuse {
		found, err := external.Read(ctx, want)
		if err != nil {
			return outcomeOf(err), nil
		}
		if found != nil {
			return p.alreadyExists(ctx, want), nil
		}
	}
	return p.create(ctx, external, want)
}

func (p *pass[T, L]) alreadyExists(ctx context.Context, want L) outcome {
	if p.Clock.Since(p.rec.replaced) <= p.PropagationWindow {
		return p.revoking("The directory still shows what this object held before")
	}
	holder, wayOut := "the directory", "remove it there, or set adoption: Adopt"
	if heir, err := p.heir(ctx, want); err == nil && heir != nil {
		holder, wayOut = p.Name+" "+heir.String(), "delete one of the two, or set adoption: Adopt"
	}
	return outcome{standing: stalled, reason: v1alpha1.ReasonAlreadyExists,
		message: fmt.Sprintf("adoption is Refuse and %s holds %s already: %s", holder, want, wayOut)}
}

// create writes the ledger, sends the create call, and reads back what came of it.
func (p *pass[T, L]) create(ctx context.Context, external External[T, L], want L) (outcome, error) {
	if p.Clock.Since(p.asOf) > longestPass {
		return outcomeOf(errNotSent()), nil
	}
	before := callsOf(p.status())
	if err := p.writeAhead(ctx, want); err != nil {
		return outcome{}, err
	}
	if err := external.Authorize(ctx, p.obj, want); err != nil {
		p.uncreate(before)
		return outcomeOf(err), nil
	}
	found, err := p.send(ctx, external, want)
	switch {
	case graph.ClassOf(err) == graph.Exists:
		if before.first && p.spec().Adoption == v1alpha1.AdoptionRefuse {
			p.unclaim()
			return p.alreadyExists(ctx, want), nil
		}
	case graph.Unanswered(err):
		return p.createFailed(err), nil
	case err != nil:
		p.uncreate(before)
		return p.createFailed(err), nil
	case found.Key != want:
		return p.wrong(ctx, external, found, want, before)
	default:
		p.created(ctx, external, found)
	}
	p.status().UnansweredCreateTime = before.unanswered
	return p.readBack(ctx, external, want), nil
}

// calls is what the status says of the create calls for the ledger.
type calls struct {
	newest, unanswered *metav1.MicroTime
	// first is set when there is nothing in the directory yet that a call of this object may have made.
	first bool
}

func callsOf(s *v1alpha1.ClaimStatus) calls {
	return calls{newest: s.LastCreateTime, unanswered: s.UnansweredCreateTime, first: s.Origin == "" && s.UnansweredCreateTime == nil}
}

// uncreate takes back what was written ahead of a create call that is known to have had no effect on the ledger's key.
func (p *pass[T, L]) uncreate(before calls) {
	if before.first {
		p.unclaim()
		return
	}
	p.status().LastCreateTime, p.status().UnansweredCreateTime = before.newest, before.unanswered
}

// writeAhead puts into etcd what is about to be created. It fails when the pass went by an object that is out of date,
// so that a stale cache cannot grant. The key is locked against a removal that just found it unclaimed.
func (p *pass[T, L]) writeAhead(ctx context.Context, want L) error {
	p.keys.LockKey(want.String())
	defer p.unlock(want)
	s, now := p.status(), p.now()
	p.obj.SetGrant(&want, "")
	s.ResolvedSpec = p.digest(p.obj)
	s.LastCreateTime, s.UnansweredCreateTime = now, now
	p.setNotReady(p.replicating())
	p.rec.found, p.rec.revoked = nil, false
	return p.writeStatus(ctx)
}

// unlock never fails: a hashed key mutex returns no error.
func (p *pass[T, L]) unlock(key L) { _ = p.keys.UnlockKey(key.String()) }

// send sends the create call, unless the process slept so long since the ledger was written that somebody else may have
// released the object meanwhile.
func (p *pass[T, L]) send(ctx context.Context, external External[T, L], want L) (Found[L], error) {
	left := p.PropagationWindow/2 - p.Clock.Since(p.status().LastCreateTime.Time)
	if left <= 0 {
		return Found[L]{}, errNotSent()
	}
	ctx, cancel := context.WithTimeout(ctx, left)
	defer cancel()
	return external.Create(ctx, p.obj, want)
}

// unclaim forgets the ledger: nothing exists in the directory because of this object.
func (p *pass[T, L]) unclaim() {
	s := p.status()
	p.obj.SetGrant(nil, "")
	s.ResolvedSpec, s.Origin, s.LastCreateTime, s.UnansweredCreateTime = "", "", nil, nil
	p.rec.found, p.rec.verified, p.rec.revoked = nil, time.Time{}, false
}

// createFailed says what became of the object when its create call did. What has gone is looked up again by name when
// somebody asks.
func (p *pass[T, L]) createFailed(err error) outcome {
	o := outcomeOf(err)
	if problem, ok := errors.AsType[*Problem](err); ok && problem.Unpin && p.requested() {
		p.status().ResolvedSpec = ""
		o.standing, o.soon = waiting, true
	}
	return o
}

// wrong takes back at once what the directory granted instead of what was asked. If that fails the ledger names it, so
// that it is revoked as any grant is.
func (p *pass[T, L]) wrong(ctx context.Context, external External[T, L], found Found[L], want L, before calls) (outcome, error) {
	p.stray = &stray[T, L]{external: external, found: found, unnamed: true}
	err := p.takeBack(ctx)
	if err == nil {
		p.uncreate(before)
		return outcome{standing: stalled, reason: v1alpha1.ReasonWrongGrant, message: mistaken(found.Key, want)}, nil
	}
	log.FromContext(ctx).Error(err, "Wrong grant not removed at once", "grant", found.Key.String())
	o := p.revoking(fmt.Sprintf("The directory granted %s instead of %s, and that has to be revoked", found.Key, want))
	return o, p.nameStray(ctx, want)
}

// nameStray has the ledger name what was granted by mistake, whatever the spec has become meanwhile; but not in place of a
// grant that another process came to hold under the ledger while this one slept.
func (p *pass[T, L]) nameStray(ctx context.Context, want L) error {
	var err error
	ahead := p.base.GetClaimStatus()
	for range conflictTries {
		p.obj.SetGrant(&p.stray.found.Key, p.stray.found.ID)
		p.status().ResolvedSpec, p.status().Origin = "", v1alpha1.OriginCreated
		if err = p.writeStatus(ctx); err == nil {
			p.rec.found, p.stray = &p.stray.found, nil
			return nil
		}
		if !apierrors.IsConflict(err) || p.refresh(ctx) != nil || !same(p.obj.GetGrant(), &want) || !sameCalls(p.status(), ahead) {
			break
		}
	}
	return err
}

// sameCalls tells whether no create call was written down, and none settled, between two looks at a status.
func sameCalls(a, b *v1alpha1.ClaimStatus) bool {
	return a.Origin == b.Origin && a.LastCreateTime.Equal(b.LastCreateTime)
}

// created records that the directory answered the create call.
func (p *pass[T, L]) created(ctx context.Context, external External[T, L], found Found[L]) {
	p.status().Origin = v1alpha1.OriginCreated
	p.obj.SetGrant(p.obj.GetGrant(), found.ID)
	p.rec.found = &found
	p.stray = &stray[T, L]{external: external, found: found, since: p.status().LastCreateTime.Time}
	if found.Problem != nil {
		log.FromContext(ctx).Info("Requested", "grant", found.Key.String())
		p.gained(eventRequested, "Asked for %s", found.Key)
		return
	}
	log.FromContext(ctx).Info("Granted", "grant", found.Key.String())
	p.gained(eventGranted, "Granted %s", found.Key)
	count(p.Name, resultGranted)
}

// readBack turns what was created or found to exist into Ready, by reading it.
func (p *pass[T, L]) readBack(ctx context.Context, external External[T, L], want L) outcome {
	found, err := external.Read(ctx, want)
	if err != nil {
		return outcomeOf(err)
	}
	if found == nil {
		if err := p.declined(ctx, external, want); err != nil {
			return outcomeOf(err)
		}
		return p.replicating()
	}
	if p.differs(external, *found) {
		p.own()
		p.rec.found = found
		return outcome{standing: waiting, soon: true, reason: v1alpha1.ReasonReplicating, message: "The directory does not show yet what was changed"}
	}
	return p.holds(ctx, external, *found)
}
