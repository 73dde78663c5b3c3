package chaos

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
)

// run plays the flow and ends the trial.
func (t *Trial) run(ctx context.Context) {
	err := t.play(ctx)
	if err != nil && t.Void() == "" && !t.isViolated() && ctx.Err() == nil {
		t.world.witness.violate(t, "L1 L2", err.Error())
	}
	t.mu.Lock()
	t.err = err
	t.mu.Unlock()
	t.world.leave(t)
	close(t.done)
}

func (t *Trial) play(ctx context.Context) error {
	if err := t.prepare(ctx); err != nil {
		return fmt.Errorf("preparing: %w", err)
	}
	for i, s := range t.flow.Steps {
		if err := t.take(ctx, i+1, s); err != nil {
			return err
		}
	}
	return t.tidy(ctx)
}

// take takes one step, and waits until it has come about.
func (t *Trial) take(ctx context.Context, i int, s Step) error {
	ctx, cancel := context.WithTimeout(ctx, t.world.Patience)
	defer cancel()
	t.enterStep(i, s.Name)
	if err := t.try(ctx, s.Do); err != nil {
		return fmt.Errorf("step %d, %s: %w", i, s.Name, err)
	}
	until := s.Until
	if until == nil || t.meddled() {
		until = settled
	}
	if err := t.await(ctx, until); err != nil {
		return fmt.Errorf("step %d, %s: %w", i, s.Name, err)
	}
	if !t.remodelled() {
		return nil
	}
	if err := t.try(ctx, set("a", enforcing)); err != nil {
		return fmt.Errorf("setting the mode back: %w", err)
	}
	return t.await(ctx, settled)
}

// meddled tells whether somebody may interfere, so that only what holds in any case can be waited for.
func (t *Trial) meddled() bool { return t.strike.Fault.Hand() }

// remodelled tells, once, that somebody changed the mode.
func (t *Trial) remodelled() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	was := t.remodel
	t.remodel = false
	return was
}

// try does something, again where another writer was faster.
func (t *Trial) try(ctx context.Context, do Deed) error {
	if do == nil {
		return nil
	}
	return do(ctx, t)
}

// await waits until nothing is amiss any more.
func (t *Trial) await(ctx context.Context, amiss func(context.Context, *Trial) string) error {
	tick := t.world.Clock.NewTicker(poll)
	defer tick.Stop()
	for {
		t.world.witness.checkLeak(t)
		t.world.witness.checkReady(t)
		wrong := amiss(ctx, t)
		if t.isViolated() {
			return errViolated
		}
		if wrong == "" {
			return nil
		}
		t.nudge(ctx)
		select {
		case <-t.changes:
		case <-tick.C():
		case <-ctx.Done():
			t.tell("gave up:", wrong)
			return errors.New(wrong)
		}
	}
}

// prepare makes the principals, and the Tenant where the trial has one of its own.
func (t *Trial) prepare(ctx context.Context) error {
	for _, p := range t.principals {
		_, err := t.world.Directory.AddObject(t.tenantID, "users", map[string]any{"id": p.id, "displayName": p.upn, "userPrincipalName": p.upn})
		if err != nil {
			return err
		}
	}
	if !t.flow.Own {
		return nil
	}
	if err := errors.Join(
		t.world.Directory.SetAppSecret(t.tenantID, appID, secretOf(t.tenantID)),
		t.world.Directory.SetAppPermissions(t.tenantID, appID, permissions()),
	); err != nil || t.flow.Unconnected {
		return err
	}
	return t.take(ctx, 0, Step{Name: "connect", Do: connect, Until: connected})
}

// tidy deletes what is left of the trial, and holds that nothing remains of it anywhere.
func (t *Trial) tidy(ctx context.Context) error {
	t.setAway(false)
	err := t.take(ctx, 0, Step{Name: "tidy up", Do: removeAll, Until: allGone})
	if err != nil {
		return err
	}
	if t.flow.Own {
		if err := t.take(ctx, 0, Step{Name: "disconnect", Do: disconnect, Until: disconnected}); err != nil {
			return err
		}
	}
	for _, p := range t.principals {
		err = errors.Join(err, t.world.Directory.RemoveObject(t.tenantID, p.id))
	}
	return err
}

// nudge asks for a look at what needs a person, as a person would who has mended it.
func (t *Trial) nudge(ctx context.Context) {
	now := t.world.Clock.Now()
	if now.Sub(t.nudged) < nudging {
		return
	}
	for _, name := range t.names() {
		if obj := t.world.object(name); obj != nil && meta.IsStatusConditionTrue(obj.Status.Conditions, v1alpha1.ConditionStalled) {
			t.request(ctx, obj, now)
		}
	}
	if obj := t.world.tenant(t.tenantName); t.flow.Own && obj != nil && !meta.IsStatusConditionTrue(obj.Status.Conditions, v1alpha1.ConditionReady) {
		t.request(ctx, obj, now)
	}
}

// request annotates an object. It may have gone, and is asked again if it is still there.
func (t *Trial) request(ctx context.Context, obj client.Object, now time.Time) {
	t.nudged = now
	changed, _ := obj.DeepCopyObject().(client.Object)
	metav1.SetMetaDataAnnotation(objectMeta(changed), v1alpha1.ReconcileRequestAnnotation, now.Format(time.RFC3339Nano))
	if err := t.world.Kube.Patch(ctx, changed, client.MergeFrom(obj)); err == nil {
		t.tell("user", "asks for a look at", obj.GetName())
	}
}

func objectMeta(obj client.Object) *metav1.ObjectMeta {
	switch o := obj.(type) {
	case *v1alpha1.Tenant:
		return &o.ObjectMeta
	case *v1alpha1.RoleAssignment:
		return &o.ObjectMeta
	}
	return &metav1.ObjectMeta{}
}
