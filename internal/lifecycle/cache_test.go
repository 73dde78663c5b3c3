package lifecycle_test

import (
	"slices"
	"testing"
	"time"

	"k8s.io/utils/ptr"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
)

func (w *world) told(event string) bool { return slices.Contains(w.events.all, event) }

// TestStaleCache holds that a cache that is behind can neither grant nor release.
func TestStaleCache(t *testing.T) {
	plain := []string{"+ours alice", "-ours alice"}
	play(t, map[string]scenario{
		"does not show the deletion": {do: func(w *world) {
			w.apply(MakeRoleAssignment("a"))
			w.freeze()
			w.delete("a")
			w.start()
			w.run(time.Minute)
			w.thaw()
			w.run(time.Minute)
		}, want: "gone"},
		"does not show the deletion of what drifted": {do: func(w *world) {
			granted(w, MakeRoleAssignment("a"))
			w.dir.fail("delete", fault{err: throttled(time.Minute)})
			w.freeze()
			w.dir.portalRevokes(key(alice))
			w.delete("a")
			w.start()
			w.run(time.Minute)
			w.thaw()
			w.run(time.Minute)
		}, want: "gone", directory: []string{"+ours alice", "-portal alice"}},
		"does not show the ledger": {do: func(w *world) {
			w.apply(MakeRoleAssignment("a"))
			w.before["patch status"] = func() { w.freeze() } // with the finalizer, without the ledger
			w.run(time.Second)
			w.delete("a")
			for name, obj := range w.all() { // the deletion is shown all the same
				w.lagging[name].DeletionTimestamp, w.lagging[name].Generation = obj.DeletionTimestamp, obj.Generation
			}
			w.start()
			w.run(time.Minute)
			if got := w.says("a"); got == "gone" {
				w.t.Error("released by a cache that does not show the ledger")
			}
			w.thaw()
			w.run(time.Minute)
		}, want: "gone", directory: plain},
		"does not show the edit": {do: func(w *world) {
			granted(w, MakeRoleAssignment("a"))
			w.freeze()
			w.principal("a", bob)
			w.run(time.Hour)
			w.thaw()
			w.run(time.Minute)
		}, want: "Current True Granted", directory: []string{"+ours alice", "-ours alice", "+ours bob"}},
		"does not show what this process wrote": {do: func(w *world) {
			w.apply(MakeRoleAssignment("a"))
			w.freeze()
			w.run(time.Minute)
			w.thaw()
			w.run(time.Minute)
		}, want: "Current True Granted", directory: plain[:1], events: []string{"Granted"}},
		"shows an object that has gone": {do: func(w *world) {
			granted(w, MakeRoleAssignment("a"))
			w.delete("a")
			w.freeze()
			w.run(time.Minute)
			w.thaw()
			w.run(0)
		}, want: "gone", directory: plain},
	})
}

// TestConflicts is about others who write to the same object.
func TestConflicts(t *testing.T) {
	label := func(w *world) func() {
		n := 0
		return func() {
			n++
			w.update("a", func(obj *v1alpha1.RoleAssignment) { obj.Labels = map[string]string{"n": time.Duration(n).String()} })
		}
	}
	storm := func(w *world, calls ...string) { // before each such call, from now on
		touch := label(w)
		for _, call := range calls {
			var again func()
			again = func() {
				if w.get("a") != nil {
					touch()
				}
				if n := len(w.calls); n < 40 {
					w.before[call] = again
				}
			}
			w.before[call] = again
		}
	}
	play(t, map[string]scenario{
		"a storm over a grant": {do: func(w *world) {
			storm(w, "patch", "patch status")
			w.apply(MakeRoleAssignment("a"))
			w.run(10 * time.Minute)
		}, want: "Current True Granted", directory: []string{"+ours alice"}},
		"one write before each of ours": {do: func(w *world) {
			touch := label(w)
			w.before["patch"], w.before["patch status"] = touch, touch
			w.apply(MakeRoleAssignment("a"))
			w.run(0)
		}, want: "Current True Granted", directory: []string{"+ours alice"}},
		"a storm over a deletion": {do: func(w *world) {
			granted(w, MakeRoleAssignment("a"))
			storm(w, "patch", "patch status")
			w.delete("a")
			w.run(10 * time.Minute)
		}, want: "gone", directory: []string{"+ours alice", "-ours alice"}},
		"a spec that changes before the create": {do: func(w *world) {
			w.before["patch status"] = func() { w.principal("a", bob) }
			w.apply(MakeRoleAssignment("a"))
			w.run(time.Minute)
		}, want: "Current True Granted", directory: []string{"+ours bob"}},
		"a spec that changes while the create is under way": {do: func(w *world) {
			w.before["create"] = func() { w.principal("a", bob) }
			w.apply(MakeRoleAssignment("a"))
			w.run(window + time.Minute)
		}, want: "Current True Granted", directory: []string{"+ours alice", "-ours alice", "+ours bob"}},
		"a deletion before the create": {do: func(w *world) {
			w.before["patch status"] = func() { w.delete("a") }
			w.apply(MakeRoleAssignment("a"))
			w.run(time.Minute)
		}, want: "gone"},
		"a deletion while the create is under way": {do: func(w *world) {
			w.before["create"] = func() { w.delete("a") }
			w.apply(MakeRoleAssignment("a"))
			w.run(window + time.Minute)
		}, want: "gone", directory: []string{"+ours alice", "-ours alice"}},
		"a change of policy while the removal is under way": {do: func(w *world) {
			granted(w, MakeRoleAssignment("a"))
			w.before["read"] = func() {
				w.edit("a", func(obj *v1alpha1.RoleAssignment) { obj.Spec.DeletionPolicy = v1alpha1.DeletionPolicyOrphan })
			}
			w.delete("a")
			w.run(time.Minute)
		}, want: "gone", directory: []string{"+ours alice", "-ours alice"}},
	})
}

// TestObservedGeneration holds that conditions speak of the spec that was looked at.
func TestObservedGeneration(t *testing.T) {
	w := newWorld(t)
	granted(w, MakeRoleAssignment("a"))
	w.principal("a", bob)
	if got := kstatus(w.get("a")); got != "InProgress" {
		t.Errorf("kstatus is %q before the edit was seen", got)
	}
	w.run(0)
	obj := w.get("a")
	for _, c := range obj.Status.Conditions {
		if c.ObservedGeneration != 2 {
			t.Errorf("%s speaks of generation %d", c.Type, c.ObservedGeneration)
		}
	}
	if got := ptr.Deref(obj.Status.ObservedGeneration, 0); got != 2 {
		t.Errorf("observed generation %d, want 2", got)
	}
}

// TestQuiet holds that an object that cannot progress is left alone, with one event and one stable message.
func TestQuiet(t *testing.T) {
	cases := map[string]struct {
		begin func(*world)
		most  int // passes in an hour
	}{
		"granted":      {func(*world) {}, 20},
		"denied":       {func(w *world) { w.dir.fail("create", slices.Repeat([]fault{{err: refused("")}}, 99)...) }, 8},
		"no principal": {func(w *world) { w.dir.gone[alice] = true }, 30},
		"no tenant":    {func(w *world) { w.tenantAway = true }, 150},
		"no directory": {func(w *world) { w.dir.fail("create", slices.Repeat([]fault{{err: unanswered()}}, 999)...) }, 150},
		"throttled": {func(w *world) {
			w.dir.fail("create", slices.Repeat([]fault{{err: throttled(10 * time.Minute)}}, 99)...)
		}, 12},
		"never shown": {func(w *world) { w.dir.lag = 24 * time.Hour }, 150},
		"suspended": {func(w *world) {
			w.edit("a", func(obj *v1alpha1.RoleAssignment) { obj.Spec.Mode = v1alpha1.ModeSuspend })
		}, 1},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.apply(MakeRoleAssignment("a"))
			tc.begin(w)
			w.run(time.Minute)
			w.passes, w.calls = 0, nil
			said, messages := len(w.events.all), w.get("a").Status.Conditions
			w.run(time.Hour)
			if w.passes > tc.most {
				t.Errorf("%d passes in an hour, want at most %d", w.passes, tc.most)
			}
			if again := w.events.all[said:]; len(again) > 0 {
				t.Errorf("events: %q", again)
			}
			for i, c := range w.get("a").Status.Conditions {
				if c != messages[i] {
					t.Errorf("the condition changes: %v to %v", messages[i], c)
				}
			}
		})
	}
}
