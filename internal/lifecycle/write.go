package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// errReplaced means that the name belongs to another object by now.
var errReplaced = errors.New("the object was deleted and created anew")

// conflictTries bounds how often a write is tried against somebody who writes to the same object all the time.
const conflictTries = 5

// patcher is client.Client's Patch.
type patcher func(ctx context.Context, obj client.Object, patch client.Patch, opts ...client.PatchOption) error

// writeStatus writes the status, and what the process knows of the ledger with it.
func (p *pass[T, L]) writeStatus(ctx context.Context) error {
	status := func(ctx context.Context, obj client.Object, patch client.Patch, _ ...client.PatchOption) error {
		return p.Client.Status().Patch(ctx, obj, patch, FieldOwner)
	}
	if err := p.patch(ctx, status, "writing the status"); err != nil {
		return err
	}
	p.rec.ledger, p.rec.own = p.base.GetGrant(), true
	p.rec.version = p.base.GetResourceVersion()
	p.memory.put(p.name, p.rec)
	return nil
}

// patch sends what the pass changed, on condition that nobody else wrote meanwhile. Where somebody did, but changed
// nothing that the pass went by, it is sent again; else the conflict is the answer.
func (p *pass[T, L]) patch(ctx context.Context, send patcher, doing string) error {
	var err error
	for range conflictTries {
		wanted, _ := p.obj.DeepCopyObject().(T)
		asOf := p.Clock.Now()
		err = send(ctx, wanted, client.MergeFromWithOptions(p.base, client.MergeFromWithOptimisticLock{}), FieldOwner)
		if err == nil {
			p.load(wanted, asOf)
			return nil
		}
		if !apierrors.IsConflict(err) {
			break
		}
		if again := p.rebase(ctx, err); again != nil {
			err = again
			break
		}
		if p.outdated(p.asOf) {
			break
		}
	}
	p.unsure = !same(p.obj.GetGrant(), p.rec.ledger)
	return fmt.Errorf("%s: %w", doing, err)
}

// outdated tells whether so much time has passed since then that another process may have led, and acted, since.
func (p *pass[T, L]) outdated(since time.Time) bool { return p.Clock.Since(since) > unfenced }

// rebase lets a write that met a conflict be tried again, if all that the pass went by is still so; else it returns the
// conflict, or what became of the object.
func (p *pass[T, L]) rebase(ctx context.Context, conflict error) error {
	live := p.Kind.New()
	if err := p.Live.Get(ctx, p.name, live); err != nil {
		return err
	}
	switch {
	case live.GetUID() != p.base.GetUID():
		return errReplaced
	case !sameClaim(live, p.base):
		return conflict
	}
	p.base.SetResourceVersion(live.GetResourceVersion())
	p.obj.SetResourceVersion(live.GetResourceVersion())
	return nil
}

func sameClaim[T Object[L], L Ledger](a, b T) bool {
	sa, sb := a.GetClaimStatus(), b.GetClaimStatus()
	return a.GetGeneration() == b.GetGeneration() &&
		a.GetDeletionTimestamp().IsZero() == b.GetDeletionTimestamp().IsZero() &&
		slices.Equal(a.GetFinalizers(), b.GetFinalizers()) && // a patch replaces all of them
		same(a.GetGrant(), b.GetGrant()) &&
		sa.ResolvedSpec == sb.ResolvedSpec &&
		equality.Semantic.DeepEqual(sa.LastCreateTime, sb.LastCreateTime) &&
		equality.Semantic.DeepEqual(sa.UnansweredCreateTime, sb.UnansweredCreateTime)
}
