package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
)

// What there is to some kinds beside a key: terms that can be changed in place, an end, an approval, a directory that mistakes
// what it was asked for.

// reckon notes from when until when the grant holds, and returns what to say once that is past.
func (p *pass[T, L]) reckon() *Problem {
	scheduler, ok := p.Kind.(Scheduler[T])
	if !ok {
		return nil
	}
	now := p.Clock.Now()
	scheduler.Reckon(p.obj, p.status().ResolvedSpec != p.digest(p.obj), now)
	end, over := scheduler.End(p.obj)
	if end.IsZero() || now.Before(end) {
		p.end = end
		return nil
	}
	return over
}

// expire ends what has had its time. What the names meant then stays pinned, so that its time does not begin again.
func (p *pass[T, L]) expire(ctx context.Context, over *Problem) (outcome, error) {
	if ledger := p.obj.GetGrant(); ledger != nil {
		if done, o, err := p.revoke(ctx, *ledger); err != nil || !done {
			return o, err
		}
		p.unclaim()
		p.status().ResolvedSpec = p.digest(p.obj)
	}
	return outcomeOf(over), nil
}

func (p *pass[T, L]) differs(external External[T, L], found Found[L]) bool {
	editor, ok := external.(Editor[T, L])
	return ok && found.Problem == nil && editor.Differs(p.obj, found)
}

// shape changes what stands into what the spec asks for, where that can be done in place.
func (p *pass[T, L]) shape(ctx context.Context, external External[T, L], found Found[L]) (outcome, error) {
	editor, ok := external.(Editor[T, L])
	if !ok || !p.differs(external, found) {
		return p.holds(ctx, external, found), nil
	}
	p.own()
	p.rec.found, p.rec.verified = &found, time.Time{}
	if found.Rigid {
		return p.replace(ctx, external, found.Key)
	}
	if err := p.turnedDown(); err != nil {
		return outcomeOf(err), nil
	}
	asOf := p.Clock.Now()
	if err := p.confirm(ctx); err != nil {
		return outcome{}, err
	}
	if p.outdated(asOf) {
		return outcome{}, errOutdated
	}
	if err := editor.Update(ctx, p.obj, found); err != nil {
		return outcomeOf(err), nil
	}
	log.FromContext(ctx).Info("Updated", "grant", found.Key.String())
	p.Events.Eventf(p.obj, nil, corev1.EventTypeNormal, eventUpdated, actionGrant, "Changed %s as asked", p.inWords(found.Key))
	return p.readBack(ctx, external, found.Key), nil
}

// declined tells why the directory does not hold the grant although it was asked to. Who changes the spec, or asks for it,
// asks again.
func (p *pass[T, L]) declined(ctx context.Context, external External[T, L], ledger L) error {
	decliner, ok := external.(Decliner[T, L])
	if !ok || p.requested() || ptr.Deref(p.status().ObservedGeneration, -1) != p.obj.GetGeneration() {
		return nil
	}
	if err := decliner.Declined(ctx, p.obj, ledger); err != nil {
		return err
	}
	return p.turnedDown()
}

// turnedDown is what the object said when its request was turned down, as long as nobody asks again: the directory forgets.
func (p *pass[T, L]) turnedDown() error {
	was := meta.FindStatusCondition(p.before, v1alpha1.ConditionReady)
	if was == nil || p.requested() || was.ObservedGeneration != p.obj.GetGeneration() {
		return nil
	}
	if reason := v1alpha1.Reason(was.Reason); reason == v1alpha1.ReasonDenied || reason == v1alpha1.ReasonFailed {
		return &Problem{Reason: reason, Message: was.Message, Stalled: true}
	}
	return nil
}

// misplaced takes back what a create call that was not answered made instead of what the ledger names, for as long as the time
// of that call is known. It returns what to say meanwhile, nil when there is nothing.
func (p *pass[T, L]) misplaced(ctx context.Context, external External[T, L], ledger L) (*outcome, error) {
	misplacer, ok := external.(Misplacer[T, L])
	sent := p.status().UnansweredCreateTime
	if !ok || sent == nil {
		return nil, nil
	}
	found, err := misplacer.Misplaced(ctx, p.obj, ledger, sent.Add(-p.PropagationWindow), sent.Add(p.PropagationWindow))
	if err != nil {
		return new(outcomeOf(err)), nil
	}
	if found == nil {
		return nil, nil
	}
	kept := p.rec
	p.rec.found = found
	heir, left, err := p.remove(ctx, external, found.Key)
	p.rec.found, p.rec.revoked = kept.found, kept.revoked
	undecided, waits := errors.AsType[*undecidedError](err)
	switch {
	case heir != nil:
		return nil, nil
	case waits:
		return new(p.revoking(undecided.Error())), nil
	case err != nil && ofDirectory(err):
		return new(outcomeOf(err)), nil
	case err != nil:
		return nil, err
	case left:
		return new(p.revoking(fmt.Sprintf("The directory granted %s instead of %s, and still shows it after its removal", found.Key, ledger))), nil
	}
	log.FromContext(ctx).Info("Taken back what the directory granted instead", "grant", found.Key.String())
	return &outcome{standing: waiting, soon: true, reason: v1alpha1.ReasonWrongGrant, message: mistaken(found.Key, ledger)}, nil
}

func mistaken[L Ledger](found, want L) string {
	return fmt.Sprintf("The directory granted %s instead of %s; it was removed at once", found, want)
}
