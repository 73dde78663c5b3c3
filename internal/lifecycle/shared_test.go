package lifecycle_test

import (
	"slices"
	"testing"
	"time"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
)

// both sets off with two objects, a and b, that stand for the same grant since long ago.
func both(w *world) {
	w.t.Helper()
	granted(w, MakeRoleAssignment("a"))
	granted(w, MakeRoleAssignment("b"))
}

// TestSharedGrant is about two objects with one key. "a" is the one that is deleted.
func TestSharedGrant(t *testing.T) {
	plain := []string{"+ours alice", "-ours alice"}
	play(t, map[string]scenario{
		"one is deleted": {do: func(w *world) {
			both(w)
			w.delete("a")
			w.run(drift)
		}, want: "gone", directory: plain[:1], events: []string{"Granted", "HandedOver"}},
		"one is deleted by a process that knows nothing": {do: func(w *world) {
			both(w)
			w.delete("a")
			w.start()
			w.run(drift)
		}, want: "gone", directory: plain[:1]},
		"the other is refused what it just claimed": {do: func(w *world) {
			granted(w, MakeRoleAssignment("a"))
			w.apply(MakeRoleAssignment("b"))
			w.dir.fail("create", fault{err: refused("")})
			w.before["create"] = func() { w.delete("a"); w.pass(objectKey("a")) }
			w.pass(objectKey("b"))
			w.delete("b")
			w.run(time.Minute)
		}, want: "gone", directory: plain},
		"the other never learns whether it has what is there no more": {do: func(w *world) {
			granted(w, MakeRoleAssignment("a"))
			w.apply(MakeRoleAssignment("b"))
			w.dir.fail("create", slices.Repeat([]fault{{err: unanswered()}}, 999)...)
			w.dir.portalRevokes(key(alice))
			w.pass(objectKey("b"))
			w.delete("a")
			w.run(10 * time.Minute)
		}, want: "gone", directory: []string{"+ours alice", "-portal alice"}},
		"one after the other": {do: func(w *world) {
			both(w)
			w.delete("a")
			w.run(time.Minute)
			w.delete("b")
			w.run(time.Minute)
		}, want: "gone", directory: plain},
		"both at once": {do: func(w *world) {
			both(w)
			w.delete("a")
			w.delete("b")
			w.run(time.Minute)
		}, want: "gone", directory: plain},
		"one deleted, then the other edited away": {do: func(w *world) {
			both(w)
			w.delete("a")
			w.principal("b", bob)
			w.run(time.Minute)
		}, want: "gone", directory: append(plain[:2:2], "+ours bob")},
		"one edited away, then the other deleted": {do: func(w *world) {
			both(w)
			w.principal("b", bob)
			w.pass(objectKey("b"))
			w.delete("a")
			w.run(time.Minute)
		}, want: "gone", directory: []string{"+ours alice", "+ours bob", "-ours alice"}},
		"the other is edited away while the one looks": {do: func(w *world) {
			both(w)
			w.delete("a")
			w.before["patch"] = func() { w.principal("b", bob) }
			w.run(time.Minute)
		}, want: "gone", directory: append(plain[:2:2], "+ours bob")},
		"both deleted, each looking before the other has gone": {do: func(w *world) {
			both(w)
			w.delete("a")
			w.delete("b")
			w.before["patch"] = func() { w.pass(objectKey("b")) }
			w.run(time.Minute)
		}, want: "gone", directory: plain},
		"both edited away, each looking before the other has gone": {do: func(w *world) {
			both(w)
			w.principal("a", bob)
			w.principal("b", carol)
			w.before["patch status"] = func() { w.pass(objectKey("b")) }
			w.run(time.Minute)
		}, want: "Current True Granted", directory: append(plain[:2:2], "+ours carol", "+ours bob")},
		"the other claims while the one removes": {do: func(w *world) {
			granted(w, MakeRoleAssignment("a"))
			w.delete("a")
			w.before["read"] = func() { w.apply(MakeRoleAssignment("b")) }
			w.run(time.Minute)
		}, want: "gone", directory: append(plain[:2:2], "+ours alice")},
		"the other is suspended and edited": {do: func(w *world) {
			both(w)
			w.edit("b", func(obj *v1alpha1.RoleAssignment) { obj.Spec.Mode = v1alpha1.ModeSuspend })
			w.run(time.Minute)
			w.principal("b", bob)
			w.run(time.Minute)
			w.delete("a")
			w.run(time.Hour)
		}, want: "gone", directory: plain[:1]},
		"the other is suspended, edited and resumed": {do: func(w *world) {
			both(w)
			w.edit("b", func(obj *v1alpha1.RoleAssignment) { obj.Spec.Mode = v1alpha1.ModeSuspend })
			w.principal("b", bob)
			w.run(time.Minute)
			w.delete("a")
			w.run(time.Minute)
			w.edit("b", func(obj *v1alpha1.RoleAssignment) { obj.Spec.Mode = v1alpha1.ModeEnforce })
			w.run(time.Minute)
		}, want: "gone", directory: append(plain[:2:2], "+ours bob")},
		"the other only observes": {do: func(w *world) {
			granted(w, MakeRoleAssignment("a"))
			granted(w, MakeRoleAssignment("b").Mode(v1alpha1.ModeObserve))
			w.delete("a")
			w.run(time.Minute)
		}, want: "gone", directory: plain},
		"a create of the one may still land when the other goes": {do: func(w *world) {
			both(w)
			w.dir.portalRevokes(key(alice))
			w.dir.fail("create", fault{err: unanswered(), commit: true, after: time.Minute})
			w.annotate("now")
			w.pass(objectKey("a"))
			w.delete("a")
			w.run(5 * time.Second)
			w.delete("b")
			w.run(10 * time.Minute)
		}, want: "gone", directory: []string{"+ours alice", "-portal alice", "+ours alice", "-ours alice"}},
		"a create of the one is not shown when the other goes": {do: func(w *world) {
			both(w)
			w.dir.portalRevokes(key(alice))
			w.annotate("now")
			w.pass(objectKey("a"))
			w.dir.lag = 30 * time.Second
			w.delete("a")
			w.run(5 * time.Second)
			w.start()
			w.delete("b")
			w.run(10 * time.Minute)
		}, want: "gone", directory: []string{"+ours alice", "-portal alice", "+ours alice", "-ours alice"}},
	})
}

// TestRename holds that a grant stays where one object takes over from another, as when a file is renamed in Git.
func TestRename(t *testing.T) {
	w := newWorld(t)
	granted(w, MakeRoleAssignment("a"))
	w.apply(MakeRoleAssignment("b"))
	w.delete("a")
	w.run(0)
	if a, b := w.says("a"), w.says("b"); a != "gone" || b != "Current True Granted" || !w.dir.holds(key(alice)) {
		t.Errorf("a says %q, b says %q, directory %v", a, b, w.dir.log)
	}
}
