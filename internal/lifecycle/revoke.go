package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graph"
)

// finalize ends what the object stands for and lets it go.
func (p *pass[T, L]) finalize(ctx context.Context) (outcome, error) {
	if !controllerutil.ContainsFinalizer(p.obj, v1alpha1.RevokeFinalizer) {
		p.reportLost(ctx, p.name, "")
		return outcome{standing: released}, nil
	}
	ledger := p.obj.GetGrant()
	if ledger == nil {
		return p.release(ctx)
	}
	if p.spec().DeletionPolicy == v1alpha1.DeletionPolicyOrphan {
		log.FromContext(ctx).Info("Orphaned", "grant", (*ledger).String())
		count(p.Name, resultOrphaned)
		p.announce(ctx, *ledger, eventOrphaned, "Left %s in the directory, as deletionPolicy is Orphan", p.inWords(*ledger))
		return p.release(ctx)
	}
	if done, o, err := p.revoke(ctx, *ledger); err != nil || !done {
		return o, err
	}
	return p.release(ctx)
}

// release takes the finalizer off, on condition that the object is as the pass went by.
func (p *pass[T, L]) release(ctx context.Context) (outcome, error) {
	if p.gone {
		return outcome{standing: released}, nil
	}
	controllerutil.RemoveFinalizer(p.obj, v1alpha1.RevokeFinalizer)
	err := p.patch(ctx, p.Client.Patch, "removing the finalizer")
	if apierrors.IsConflict(err) {
		return outcome{}, err
	}
	p.memory.remove(p.name) // also if the write may have been made or not: then nobody is to be told that the object was lost
	if err != nil && !apierrors.IsNotFound(err) {
		return outcome{}, err
	}
	return outcome{standing: released}, nil
}

// replace revokes what the ledger names and then claims what the spec says now, never both at once.
func (p *pass[T, L]) replace(ctx context.Context, external External[T, L], want L) (outcome, error) {
	if done, o, err := p.revoke(ctx, *p.obj.GetGrant()); err != nil || !done {
		return o, err
	}
	p.unclaim()
	p.rec.replaced = p.Clock.Now()
	return p.claim(ctx, external, want)
}

// revoke removes the grant and tells whether its absence is proven. A grant that another object holds too is left to it.
func (p *pass[T, L]) revoke(ctx context.Context, ledger L) (bool, outcome, error) {
	external, err := p.Kind.Reconnect(ctx, ledger)
	if err != nil {
		return false, outcomeOf(err), nil
	}
	heir, left, err := p.remove(ctx, external, ledger)
	undecided, waits := errors.AsType[*undecidedError](err)
	if waits { // but not where there is nothing to be left to anybody
		p.rec.found, err = external.Read(ctx, ledger)
	}
	switch {
	case waits && p.rec.found != nil:
		return false, p.revoking(undecided.Error()), nil
	case err != nil && ofDirectory(err):
		return false, outcomeOf(err), nil
	case err != nil:
		return false, outcome{}, err
	}
	if heir != nil && p.recent(p.status().LastCreateTime) {
		// The heir may go before that create call takes effect, or is shown, and would not wait for it.
		return false, p.waitingOut(heir.String() + " asks for the same grant. It is left to that one once"), nil
	}
	if left {
		return false, p.revoking("The directory still shows the grant after its removal"), nil
	}
	if heir == nil && !p.absenceProven() {
		return false, p.waitingOut("The directory no longer shows the grant. This is believed once"), nil
	}
	if o, err := p.misplaced(ctx, external, ledger); o != nil || err != nil {
		return false, ptr.Deref(o, outcome{}), err
	}
	return true, outcome{}, p.ended(ctx, external, ledger, heir)
}

// ended tells what became of a grant that this object no longer stands for.
func (p *pass[T, L]) ended(ctx context.Context, external External[T, L], ledger L, heir *client.ObjectKey) error {
	if heir != nil {
		log.FromContext(ctx).Info("Handed over", "grant", ledger.String(), "heir", heir)
		count(p.Name, resultHandedOver)
		p.announce(ctx, ledger, eventHandedOver, "Left %s to %s, which asks for it too", p.inWords(ledger), heir)
		return nil
	}
	log.FromContext(ctx).Info("Revoked", "grant", ledger.String())
	count(p.Name, resultRevoked)
	p.announce(ctx, ledger, eventRevoked, "Revoked %s; the directory no longer shows it", p.inWords(ledger))
	return p.tellRemaining(ctx, external, ledger)
}

// tellRemaining says so where somebody goes on holding what was revoked by something else. It keeps nothing from going.
func (p *pass[T, L]) tellRemaining(ctx context.Context, external External[T, L], ledger L) error {
	remainer, ok := external.(Remainer[T, L])
	if !ok {
		return nil
	}
	text, err := remainer.Remaining(ctx, p.obj, ledger)
	if err != nil {
		log.FromContext(ctx).Info("Not known whether it is still held otherwise", "grant", ledger.String(), "cause", err.Error())
	}
	if text == "" {
		return nil
	}
	log.FromContext(ctx).Info("Still held otherwise", "grant", ledger.String(), "how", text)
	p.announce(ctx, ledger, eventStillHeld, "%s", text)
	if p.gone || !p.deleting() {
		return nil
	}
	err = p.writeStatus(ctx)
	if apierrors.IsConflict(err) || apierrors.IsNotFound(err) {
		return err
	}
	if err != nil {
		log.FromContext(ctx).Info("Not written that it is still held otherwise", "grant", ledger.String(), "cause", err.Error())
	}
	return nil
}

func (p *pass[T, L]) revoking(message string) outcome {
	return outcome{standing: waiting, soon: true, reason: v1alpha1.ReasonRevoking, message: message}
}

// waitingOut is revoking until no create call is recent any more.
func (p *pass[T, L]) waitingOut(what string) outcome {
	o := p.revoking(fmt.Sprintf("%s the newest create call is older than the propagation window of %s", what, p.PropagationWindow))
	o.due = p.PropagationWindow - p.Clock.Since(p.status().LastCreateTime.Time) + time.Millisecond
	return o
}

// confirm makes sure, right before anything is removed, that the object is still as the pass went by.
func (p *pass[T, L]) confirm(ctx context.Context) error {
	live := p.Kind.New()
	err := p.Live.Get(ctx, p.name, live)
	other := err == nil && live.GetUID() != p.base.GetUID()
	switch {
	case p.gone && (other || apierrors.IsNotFound(err)):
		return nil
	case err != nil:
		return fmt.Errorf("reading the object live: %w", err)
	case p.gone:
		return errAlive
	case other || !sameClaim(live, p.base):
		return errOutdated
	}
	return nil
}

// remove deletes the grant unless another object holds it, and tells whether the directory still shows it. The key is
// locked, so that nobody claims it between the look at the claimants and the delete call.
func (p *pass[T, L]) remove(ctx context.Context, external External[T, L], ledger L) (heir *client.ObjectKey, left bool, err error) {
	p.keys.LockKey(ledger.String())
	defer p.unlock(ledger)
	if p.rec.found == nil || p.rec.found.Key != ledger {
		if heir, err = p.heir(ctx, ledger); err != nil || heir != nil {
			return heir, false, err
		}
		if p.rec.found, err = external.Read(ctx, ledger); err != nil || p.rec.found == nil {
			return nil, false, err
		}
	}
	if err = external.AuthorizeRevoke(ctx, p.obj, ledger); err != nil {
		if heir, _ = p.heir(ctx, ledger); heir != nil {
			err = nil // it stays, so nothing has to go first
		}
		if graph.ClassOf(err) == graph.NotFound {
			p.rec.found, err = nil, nil // what is there by now is none of ours
		}
		return heir, false, err
	}
	asOf := p.Clock.Now()
	if err = p.confirm(ctx); err != nil {
		return nil, false, err
	}
	if heir, err = p.heir(ctx, ledger); err != nil || heir != nil {
		return heir, false, err
	}
	if p.outdated(asOf) {
		return nil, false, errOutdated
	}
	if err := p.delete(ctx, external, *p.rec.found); err != nil {
		return nil, false, err
	}
	p.rec.found, err = external.Read(ctx, ledger)
	return nil, p.rec.found != nil, err
}

// delete sends the delete call. That the directory knows of no such grant is as good an answer as that it removed it:
// what counts is what a read shows, and for how long.
func (p *pass[T, L]) delete(ctx context.Context, external External[T, L], found Found[L]) error {
	err := external.Delete(ctx, found)
	p.rec.verified = time.Time{}
	if err == nil {
		p.rec.revoked = true
	}
	if graph.ClassOf(err) == graph.NotFound {
		return nil
	}
	return err
}

// absenceProven tells whether a read that shows nothing can be believed: either no create call is so young that it might
// still take effect, or not be shown yet; or every create call was answered, and our delete call was answered after them.
func (p *pass[T, L]) absenceProven() bool {
	s := p.status()
	if !p.recent(s.LastCreateTime) {
		return true
	}
	return p.rec.revoked && !p.recent(s.UnansweredCreateTime)
}

// heir names an object that holds the same grant and goes on holding it. It is read live, and counts only while it is
// neither being deleted nor edited away, unless its mode keeps it from acting on the edit: of two objects that let go at
// the same time each sees the other do so, and both delete. One whose first create call is not answered yet may still let
// go of what it claimed: then nothing is decided before it is, and the error says so.
func (p *pass[T, L]) heir(ctx context.Context, ledger L) (*client.ObjectKey, error) {
	list := p.Kind.Claimants
	if p.gone {
		list = p.Kind.LiveClaimants // no look at the object itself shows that another process has seen to it meanwhile
	}
	known, err := list(ctx, ledger)
	if err != nil {
		return nil, fmt.Errorf("listing who holds the same grant: %w", err)
	}
	names := sets.New(known...).Insert(p.memory.claimants(ledger)...).Delete(p.name)
	if p.gone {
		names.Insert(p.name) // it may be the name of another object by now
	}
	var undecided error
	for _, name := range inOrder(names) {
		other := p.Kind.New()
		switch err := p.Live.Get(ctx, name, other); {
		case apierrors.IsNotFound(err):
			continue
		case err != nil:
			return nil, fmt.Errorf("reading who holds the same grant: %w", err)
		}
		switch {
		case !p.holdsOn(other, ledger):
		case claiming(other):
			undecided = &undecidedError{name}
		default:
			return &name, nil
		}
	}
	return nil, undecided
}

// claiming tells whether an object has claimed its grant and does not know yet whether it has it.
func claiming[T Object[L], L Ledger](obj T) bool {
	return obj.GetClaimStatus().Origin == "" && !passive(obj.GetClaimSpec().Mode)
}

// undecidedError means that another object asks for the same grant, and may yet be refused it.
type undecidedError struct{ other client.ObjectKey }

// Error says so to whoever waits for the deletion.
func (e *undecidedError) Error() string {
	return e.other.String() + " asks for the same grant, and the directory has not answered it yet"
}

// inOrder lists names in an order that is the same each time.
func inOrder(names sets.Set[client.ObjectKey]) []client.ObjectKey {
	return slices.SortedFunc(maps.Keys(names), func(a, b client.ObjectKey) int { return strings.Compare(a.String(), b.String()) })
}

func (p *pass[T, L]) holdsOn(other T, ledger L) bool {
	return other.GetDeletionTimestamp().IsZero() &&
		controllerutil.ContainsFinalizer(other, v1alpha1.RevokeFinalizer) &&
		other.GetGrant() != nil && (*other.GetGrant()).String() == ledger.String() &&
		(passive(other.GetClaimSpec().Mode) || other.GetClaimStatus().ResolvedSpec == p.digest(other))
}

// takeBack deletes what this pass created, unless another object holds just that. It succeeds only if the directory says
// that it removed it: a replica that knows of no such grant may not have heard of it yet.
func (p *pass[T, L]) takeBack(ctx context.Context) error {
	key := p.stray.found.Key
	p.keys.LockKey(key.String())
	defer p.unlock(key)
	heir, err := p.heir(ctx, key)
	if !p.stray.unnamed && p.outdated(p.stray.since) {
		return errOutdated // what a ledger named, whoever led since has seen to
	}
	if err == nil && heir == nil {
		err = p.stray.external.Delete(ctx, p.stray.found)
	}
	if err == nil {
		p.stray = nil
	}
	return err
}

// errOutdated means that the pass went by an object that has changed since, and errAlive that one has come back which
// had vanished, as from a backup.
var (
	errOutdated = errors.New("the object has changed meanwhile")
	errAlive    = errors.New("the object has come back")
)
