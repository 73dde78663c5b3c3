package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
)

func roleAssignment(i int) *v1alpha1.RoleAssignment {
	return &v1alpha1.RoleAssignment{
		ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("bench-%d", i), Namespace: metav1.NamespaceDefault},
		Spec: v1alpha1.RoleAssignmentSpec{
			Principal: v1alpha1.Principal{User: v1alpha1.UserPrincipalName(user(i))}, Role: v1alpha1.Role{DisplayName: "Helpdesk Administrator"},
		},
	}
}

// oneByOne grants and revokes one after the other, and counts the calls of each.
func (b *bench) oneByOne(ctx context.Context, t *table, samples int) error {
	var grants, revocations sample
	for i := range samples {
		obj := roleAssignment(i)
		if err := b.measure(ctx, &grants, func() error { return b.kube.Create(ctx, obj) }, 1, isReady); err != nil {
			return fmt.Errorf("granting: %w", err)
		}
		if err := b.measure(ctx, &revocations, func() error { return b.kube.Delete(ctx, obj) }, 1, isGone); err != nil {
			return fmt.Errorf("revoking: %w", err)
		}
	}
	t.calls("Graph calls, apply to Ready", grants)
	t.calls("Graph calls, delete to gone", revocations)
	t.times("apply to Ready", grants)
	t.times("delete to gone", revocations)
	return nil
}

// together lets n stand at once, and looks at the manager's memory.
func (b *bench) together(ctx context.Context, t *table, n int) error {
	before, err := b.memory("VmRSS")
	if err != nil {
		return err
	}
	var grants, revocations sample
	if err := b.measure(ctx, &grants, func() error { return b.each(ctx, n, b.create) }, n, isReady); err != nil {
		return fmt.Errorf("granting %d: %w", n, err)
	}
	standing, err := b.memory("VmRSS")
	if err != nil {
		return err
	}
	if err := b.measure(ctx, &revocations, func() error { return b.each(ctx, n, b.remove) }, n, isGone); err != nil {
		return fmt.Errorf("revoking %d: %w", n, err)
	}
	peak, err := b.memory("VmHWM")
	if err != nil {
		return err
	}
	t.row("manager's resident memory, 0 objects", fmt.Sprintf("%.0f MiB", before), "")
	t.row(fmt.Sprintf("manager's resident memory, %d objects", n), fmt.Sprintf("%.0f MiB", standing), "< 100 MiB")
	t.row("manager's peak memory", fmt.Sprintf("%.0f MiB", peak), "")
	t.row(fmt.Sprintf("Graph calls per grant, %d at once", n), fmt.Sprintf("%.2f", float64(grants.calls[0])/float64(n)), "<= 3")
	t.row(fmt.Sprintf("Graph calls per revocation, %d at once", n), fmt.Sprintf("%.2f", float64(revocations.calls[0])/float64(n)), "<= 3")
	t.row(fmt.Sprintf("%d granted after", n), grants.times[0].Round(time.Millisecond).String(), "")
	t.row(fmt.Sprintf("%d revoked after", n), revocations.times[0].Round(time.Millisecond).String(), "")
	return nil
}

func (b *bench) create(ctx context.Context, i int) error {
	return b.kube.Create(ctx, roleAssignment(i))
}
func (b *bench) remove(ctx context.Context, i int) error {
	return b.kube.Delete(ctx, roleAssignment(i))
}

func (b *bench) each(ctx context.Context, n int, do func(context.Context, int) error) error {
	for i := range n {
		if err := do(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

// sample is what was measured of one operation.
type sample struct {
	times []time.Duration
	// calls are how many calls of Graph each took; operations is what they were, the last time.
	calls      []int
	operations map[string]int
}

// measure does something and waits until n objects are as they should be. Sign-ins are not counted: a token lasts an hour.
func (b *bench) measure(ctx context.Context, s *sample, do func() error, n int, done func(watch.Event) bool) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	events, err := b.kube.Watch(ctx, &v1alpha1.RoleAssignmentList{}, client.InNamespace(metav1.NamespaceDefault))
	if err != nil {
		return err
	}
	defer events.Stop()
	b.sim.ResetCalls()
	start := time.Now()
	if err := do(); err != nil {
		return err
	}
	if err := await(ctx, events, n, done); err != nil {
		return err
	}
	s.times = append(s.times, time.Since(start))
	s.operations = b.sim.CountCalls()
	delete(s.operations, "token")
	total := 0
	for calls := range maps.Values(s.operations) {
		total += calls
	}
	s.calls = append(s.calls, total)
	return nil
}

// await returns when n different objects are done.
func await(ctx context.Context, events watch.Interface, n int, done func(watch.Event) bool) error {
	seen := map[string]bool{}
	for len(seen) < n {
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d of %d after %s: %w", len(seen), n, patience, ctx.Err())
		case event, open := <-events.ResultChan():
			if !open {
				return fmt.Errorf("the watch ended with %d of %d", len(seen), n)
			}
			if object, ok := event.Object.(client.Object); ok && done(event) {
				seen[object.GetName()] = true
			}
		}
	}
	return nil
}

func isReady(event watch.Event) bool {
	obj, ok := event.Object.(*v1alpha1.RoleAssignment)
	return ok && event.Type != watch.Deleted && meta.IsStatusConditionTrue(obj.Status.Conditions, v1alpha1.ConditionReady)
}

func isGone(event watch.Event) bool { return event.Type == watch.Deleted }

func (s sample) most() int { return slices.Max(s.calls) }

func (s sample) median() time.Duration {
	sorted := slices.Sorted(slices.Values(s.times))
	return sorted[len(sorted)/2]
}
