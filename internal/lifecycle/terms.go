package lifecycle

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/log"
)

// What there is to some kinds beside a key: terms that can be changed in place, an end, an approval.

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
	p.rec.found, p.rec.verified = &found, time.Time{}
	if found.Rigid {
		return p.replace(ctx, external, found.Key)
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
	return decliner.Declined(ctx, p.obj, ledger)
}
