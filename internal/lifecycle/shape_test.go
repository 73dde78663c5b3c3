package lifecycle_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graph"
	"github.com/rolewarden/rolewarden/internal/lifecycle"
)

// shape is what more there is to a kind than a key: its grants have a text that can be changed in place (spec.justification),
// may need approval, may be turned down, end by themselves (spec.schedule.end), and may be held by something else besides.
type shape struct {
	// texts are those that the directory has.
	texts map[grant]string
	// pending is set while somebody has to approve, and declined once somebody did not.
	pending, declined bool
	// forgotten is set once the directory no longer knows that somebody did not.
	forgotten bool
	// busy is until when nothing can be changed, as the directory says.
	busy time.Time
	// instead is what a create call may make in place of what was asked for.
	instead grant
	// rigid is set while grants cannot be changed in place.
	rigid bool
	// remaining is by what else the grant is held.
	remaining          string
	described, updates int
}

func newShape() *shape { return &shape{texts: map[grant]string{}} }

// shapedWay is the way to such grants.
type shapedWay struct {
	way
	s *shape
}

func (e shapedWay) Read(ctx context.Context, k grant) (*found, error) {
	f, err := e.way.Read(ctx, k)
	if e.s.declined {
		return nil, err
	}
	return e.fill(f), err
}

func (e shapedWay) Create(ctx context.Context, obj *v1alpha1.RoleAssignment, k grant) (found, error) {
	f, err := e.way.Create(ctx, obj, k)
	if err == nil {
		e.s.texts[k] = obj.Spec.Justification
	}
	return *e.fill(&f), err
}

func (e shapedWay) fill(f *found) *found {
	if f == nil {
		return nil
	}
	f.Detail, f.Rigid = e.s.texts[f.Key], e.s.rigid
	if e.s.pending {
		f.Problem = &lifecycle.Problem{Reason: v1alpha1.ReasonPendingApproval, Message: "Somebody has to approve"}
	}
	return f
}

func (e shapedWay) Differs(obj *v1alpha1.RoleAssignment, f found) bool {
	return f.Detail != obj.Spec.Justification
}

func (e shapedWay) Update(_ context.Context, obj *v1alpha1.RoleAssignment, f found) error {
	return e.w.call("update", func() error {
		e.s.updates++
		if !e.s.busy.IsZero() {
			return &lifecycle.Problem{Reason: v1alpha1.ReasonActiveTooShort, Message: "Too soon", Until: e.s.busy}
		}
		next := e.w.dir.next("update")
		if next.err == nil || next.commit {
			e.s.texts[f.Key] = obj.Spec.Justification
		}
		return next.err
	})
}

func (e shapedWay) Declined(context.Context, *v1alpha1.RoleAssignment, grant) error {
	if !e.s.declined || e.s.forgotten {
		return nil
	}
	return &lifecycle.Problem{Reason: v1alpha1.ReasonDenied, Message: "It was turned down", Stalled: true}
}

func (e shapedWay) Misplaced(ctx context.Context, _ *v1alpha1.RoleAssignment, k grant, from, to time.Time) (*found, error) {
	now := e.w.clock.Now()
	if from.After(now) || to.Sub(from) != 2*window || k == e.s.instead {
		return nil, nil
	}
	return e.Read(ctx, e.s.instead)
}

func (e shapedWay) Describe(context.Context, *v1alpha1.RoleAssignment, found) error {
	e.s.described++
	return nil
}

func (e shapedWay) Remaining(_ context.Context, obj *v1alpha1.RoleAssignment, _ grant) (string, error) {
	if e.s.remaining == "" {
		return "", nil
	}
	obj.Status.StillHeld = []v1alpha1.HeldRole{{RoleDefinitionID: helpdesk, DirectoryScopeID: "/", Through: e.s.remaining}}
	return "Still held through " + e.s.remaining, nil
}

// Reckon implements lifecycle.Scheduler.
func (k kind) Reckon(obj *v1alpha1.RoleAssignment, anew bool, now time.Time) {
	if k.w.shape == nil || obj.Spec.Schedule == nil {
		return
	}
	if obj.Status.Period == nil || anew {
		begins := metav1.NewTime(now)
		obj.Status.Period = &v1alpha1.Period{Start: &begins}
	}
	obj.Status.Period.End = obj.Spec.Schedule.End
}

// End implements lifecycle.Scheduler.
func (k kind) End(obj *v1alpha1.RoleAssignment) (time.Time, *lifecycle.Problem) {
	if p := obj.Status.Period; p != nil && p.End != nil {
		return p.End.Time, &lifecycle.Problem{Reason: v1alpha1.ReasonExpired, Message: "Its time is over", Stalled: true}
	}
	return time.Time{}, nil
}

// rewrite has "a" ask for another text.
func (w *world) rewrite() {
	w.t.Helper()
	w.edit("a", func(obj *v1alpha1.RoleAssignment) { obj.Spec.Justification = "new" })
}

// until has "a" end after a while.
func (w *world) until(d time.Duration) func(*v1alpha1.RoleAssignment) {
	end := metav1.NewTime(w.clock.Now().Add(d))
	return func(obj *v1alpha1.RoleAssignment) { obj.Spec.Schedule = &v1alpha1.Schedule{End: &end} }
}

// shaped sets off with a granted object of such a kind.
func shaped(then func(*world)) func(*world) { return shapedAs(MakeRoleAssignment("a"), then) }

func shapedAs(a builder, then func(*world)) func(*world) {
	return func(w *world) {
		w.shape = newShape()
		granted(w, a)
		then(w)
	}
}

func TestChangedInPlace(t *testing.T) {
	plain := []string{"+ours alice"}
	edited := func(faults ...fault) func(*world) {
		return shaped(func(w *world) {
			w.dir.fail("update", faults...)
			w.rewrite()
			w.run(time.Minute)
			if got := w.shape.texts[key(alice)]; got != "new" {
				w.t.Errorf("the directory has the text %q", got)
			}
		})
	}
	play(t, map[string]scenario{
		"at once":            {do: edited(), want: "Current True Granted", directory: plain, events: []string{"Granted", "Updated"}},
		"unanswered":         {do: edited(fault{err: unanswered()}), want: "Current True Granted", directory: plain},
		"answered as if not": {do: edited(fault{err: unanswered(), commit: true}), want: "Current True Granted", directory: plain},
		"throttled":          {do: edited(fault{err: throttled(10 * time.Second)}), want: "Current True Granted", directory: plain},
		"by a hand, in passing": {do: shaped(func(w *world) {
			w.shape.texts[key(alice)] = "drifted"
			w.run(drift + time.Minute)
			if got := w.shape.texts[key(alice)]; got != "" {
				w.t.Errorf("the directory has the text %q", got)
			}
		}), want: "Current True Granted", directory: plain},
		"by another, where it cannot be": {do: shaped(func(w *world) {
			w.shape.rigid = true
			w.rewrite()
			w.run(time.Minute)
			if w.shape.updates != 0 || w.shape.texts[key(alice)] != "new" {
				w.t.Errorf("%d updates, and the directory has the text %q", w.shape.updates, w.shape.texts[key(alice)])
			}
		}), want: "Current True Granted", directory: append(plain, "-ours alice", "+ours alice")},
		"by another, though a replica still shows what was there": {do: shapedAs(MakeRoleAssignment("a").Refuse(), func(w *world) {
			w.shape.rigid = true
			w.run(time.Minute)
			w.before["delete"] = func() {
				w.before["read"] = func() { w.before["read"] = func() { w.dir.lag = 10 * time.Second } }
			}
			w.rewrite()
			w.run(time.Minute)
		}), want: "Current True Granted", directory: append(plain, "-ours alice", "+ours alice")},
		"when it is no longer too soon": {do: shaped(func(w *world) {
			w.shape.busy = w.clock.Now().Add(time.Minute)
			w.rewrite()
			w.run(5 * time.Minute) // the directory's clock is behind
			if w.shape.updates > 20 {
				w.t.Errorf("%d updates in 5 minutes", w.shape.updates)
			}
			w.shape.busy = time.Time{}
			w.run(drift)
		}), want: "Current True Granted", directory: plain},
		"sooner than was said": {do: shaped(func(w *world) {
			w.shape.busy = w.clock.Now().Add(8 * time.Hour)
			w.rewrite()
			w.run(time.Minute)
			w.shape.busy = time.Time{}
			w.run(drift)
		}), want: "Current True Granted", directory: plain},
		"never, for another that holds it too": {do: shaped(func(w *world) {
			b := MakeRoleAssignment("b")
			b.obj.Spec.Justification = "new"
			refused := fault{err: classed(graph.Refused)}
			w.dir.fail("update", refused, refused, refused, refused, refused, refused)
			w.apply(b)
			w.run(time.Hour)
			w.delete("a")
			w.run(5 * time.Minute)
		}), want: "gone", directory: plain},
		"not while it observes": {do: shaped(func(w *world) {
			w.mode(v1alpha1.ModeObserve)
			w.rewrite()
			w.run(drift)
			if w.shape.updates != 0 {
				w.t.Errorf("%d updates under Observe", w.shape.updates)
			}
		}), want: "InProgress False NotGranted", directory: plain},
		"not once it is deleted": {do: shaped(func(w *world) {
			w.rewrite()
			w.delete("a")
			w.run(time.Minute)
			if w.shape.updates != 0 {
				w.t.Errorf("%d updates in a deletion", w.shape.updates)
			}
		}), want: "gone", directory: append(plain, "-ours alice")},
		"not when it was deleted right before": {do: shaped(func(w *world) {
			w.rewrite()
			w.before["get"] = func() { w.delete("a") }
			w.run(time.Minute)
			if w.shape.updates != 0 {
				w.t.Errorf("%d updates in a deletion", w.shape.updates)
			}
		}), want: "gone", directory: append(plain, "-ours alice")},
	})
}

func TestApproval(t *testing.T) {
	pending := func(then func(*world)) func(*world) {
		return func(w *world) {
			w.shape = newShape()
			w.shape.pending = true
			w.apply(MakeRoleAssignment("a"))
			w.run(time.Hour)
			if got := w.says("a"); got != "InProgress False PendingApproval" {
				w.t.Errorf("a says %q", got)
			}
			then(w)
		}
	}
	plain := []string{"+ours alice"}
	play(t, map[string]scenario{
		"approved": {do: pending(func(w *world) {
			w.shape.pending = false
			w.run(drift)
		}), want: "Current True Granted", directory: plain, events: []string{"Requested", "PendingApproval", "Ready"}},
		"deleted while it is pending": {do: pending(func(w *world) {
			w.delete("a")
			w.run(time.Minute)
		}), want: "gone", directory: append(plain, "-ours alice")},
		"turned down": {do: pending(func(w *world) {
			w.shape.declined = true
			w.run(time.Hour)
			if w.dir.calls["create"] != 1 {
				w.t.Errorf("%d create calls, want 1: what is turned down is not asked again", w.dir.calls["create"])
			}
		}), want: "Failed False Denied", directory: plain},
		"turned down, and the directory forgets": {do: pending(func(w *world) {
			w.shape.declined = true
			w.run(time.Hour)
			w.shape.forgotten = true
			w.run(time.Hour)
			w.controller.Hasten(objectKey("a"))
			w.start() // and so does the process
			w.run(time.Hour)
			if w.dir.calls["create"] != 1 {
				w.t.Errorf("%d create calls, want 1: what was turned down is not asked again", w.dir.calls["create"])
			}
		}), want: "Failed False Denied", directory: plain},
		"turned down, and asked again": {do: pending(func(w *world) {
			w.shape.declined = true
			w.run(time.Hour)
			w.annotate("again")
			w.run(time.Second)
			w.shape.declined, w.shape.pending = false, false
			w.run(time.Hour)
			if w.dir.calls["create"] != 2 {
				w.t.Errorf("%d create calls, want 2", w.dir.calls["create"])
			}
		}), want: "Current True Granted", directory: plain},
	})
}

// TestExpiresOnTime holds that an object says that its time is over when it is, whenever it was to be looked at next.
func TestExpiresOnTime(t *testing.T) {
	w := newWorld(t)
	w.shape = newShape()
	b := MakeRoleAssignment("a")
	w.until(window + drift + 10*time.Second)(b.obj)
	granted(w, b)
	w.run(12 * time.Second)
	if got := w.says("a"); got != "Failed False Expired" {
		t.Errorf("a says %q", got)
	}
}

// TestExpiredIsCheap holds that neither the directory nor the cluster is called for what is over.
func TestExpiredIsCheap(t *testing.T) {
	w := newWorld(t)
	w.shape = newShape()
	b := MakeRoleAssignment("a")
	w.until(time.Hour)(b.obj)
	granted(w, b)
	w.run(3 * time.Hour)
	calls := len(w.calls)
	w.run(24 * time.Hour)
	if got := len(w.calls) - calls; got != 0 {
		t.Errorf("%d calls in a day for what is over: %v", got, w.calls[calls:])
	}
}

func TestOccupied(t *testing.T) {
	plain := []string{"+ours alice"}
	play(t, map[string]scenario{
		"and then vacant": {do: shaped(func(w *world) {
			w.occupied = true
			w.delete("a")
			w.run(time.Hour)
			if got := w.says("a"); got != "Terminating False StillAssigned" {
				w.t.Errorf("a says %q", got)
			}
			w.occupied = false
			w.run(time.Hour)
		}), want: "gone", directory: append(plain, "-ours alice")},
		"and handed over all the same": {do: func(w *world) {
			w.shape = newShape()
			both(w)
			w.occupied = true
			w.delete("a")
			w.run(time.Hour)
		}, want: "gone", directory: plain},
	})
}

func TestStillHeld(t *testing.T) {
	w := newWorld(t)
	w.shape = newShape()
	granted(w, MakeRoleAssignment("a"))
	w.shape.remaining = "group Helpdesk"
	w.delete("a")
	w.run(time.Minute)
	if w.get("a") != nil {
		t.Fatal("a is not gone")
	}
	if got := w.reasonsOf("a"); !slices.Contains(got, "StillHeld") || !strings.Contains(strings.Join(w.events.all, "\n"), "Still held through group Helpdesk") {
		t.Errorf("events: %v", w.events.all)
	}
	if !slices.Contains(w.calls, "patch status") {
		t.Error("the status does not say so")
	}
}
