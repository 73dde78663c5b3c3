package lifecycle_test

import (
	"testing"
	"time"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
)

func TestObserve(t *testing.T) {
	observed := MakeRoleAssignment("a").Mode(v1alpha1.ModeObserve)
	play(t, map[string]scenario{
		"nothing there": {do: func(w *world) {
			w.apply(observed)
			w.run(time.Hour)
		}, want: "InProgress False NotGranted", events: []string{"NotGranted"}},
		"granted by somebody": {do: func(w *world) {
			w.apply(MakeRoleAssignment("a").Mode(v1alpha1.ModeObserve))
			w.run(time.Minute)
			w.dir.portalGrants(key(alice))
			w.run(drift + time.Minute)
		}, want: "Current True Granted", directory: []string{"+portal alice"}, events: []string{"NotGranted", "Ready"}},
		"deleted without a claim": {do: func(w *world) {
			w.dir.portalGrants(key(alice))
			w.apply(MakeRoleAssignment("a").Mode(v1alpha1.ModeObserve))
			w.run(time.Minute)
			w.delete("a")
			w.run(time.Hour)
		}, want: "gone", directory: []string{"+portal alice"}},
		"a claim that drifts": {do: func(w *world) {
			granted(w, MakeRoleAssignment("a"))
			w.mode(v1alpha1.ModeObserve)
			w.dir.portalRevokes(key(alice))
			w.run(time.Hour)
		}, want: "InProgress False NotGranted", directory: []string{"+ours alice", "-portal alice"}},
		"a claim that is edited": {do: func(w *world) {
			granted(w, MakeRoleAssignment("a"))
			w.mode(v1alpha1.ModeObserve)
			w.principal("a", bob)
			w.run(time.Hour)
		}, want: "InProgress False NotGranted", directory: []string{"+ours alice"}},
		"a claim that is edited there and back": {do: func(w *world) {
			granted(w, MakeRoleAssignment("a"))
			w.dir.portalGrants(key(bob))
			w.mode(v1alpha1.ModeObserve)
			w.principal("a", bob)
			w.run(time.Minute)
			w.dir.portalRevokes(key(alice))
			w.principal("a", alice)
			w.run(0)
		}, want: "InProgress False NotGranted", directory: []string{"+ours alice", "+portal bob", "-portal alice"}},
		"a claim that is edited, then enforced": {do: func(w *world) {
			granted(w, MakeRoleAssignment("a"))
			w.mode(v1alpha1.ModeObserve)
			w.principal("a", bob)
			w.run(time.Hour)
			w.mode(v1alpha1.ModeEnforce)
			w.run(0)
		}, want: "Current True Granted", directory: []string{"+ours alice", "-ours alice", "+ours bob"}},
		"a claim that is deleted": {do: func(w *world) {
			granted(w, MakeRoleAssignment("a"))
			w.mode(v1alpha1.ModeObserve)
			w.run(time.Hour)
			w.delete("a")
			w.run(0)
		}, want: "gone", directory: []string{"+ours alice", "-ours alice"}},
	})
}

func TestSuspend(t *testing.T) {
	play(t, map[string]scenario{
		"from the start": {do: func(w *world) {
			w.apply(MakeRoleAssignment("a").Mode(v1alpha1.ModeSuspend))
			w.run(time.Hour)
		}, want: "InProgress Unknown Suspended", events: []string{"Suspended"}},
		"deleted without a claim": {do: func(w *world) {
			w.dir.portalGrants(key(alice))
			w.apply(MakeRoleAssignment("a").Mode(v1alpha1.ModeSuspend))
			w.run(time.Minute)
			w.delete("a")
			w.run(time.Hour)
		}, want: "gone", directory: []string{"+portal alice"}},
		"a claim that drifts and is edited": {do: func(w *world) {
			granted(w, MakeRoleAssignment("a"))
			w.mode(v1alpha1.ModeSuspend)
			w.run(time.Minute)
			w.principal("a", bob)
			w.dir.portalRevokes(key(alice))
			w.run(time.Hour)
		}, want: "InProgress Unknown Suspended", directory: []string{"+ours alice", "-portal alice"}, events: []string{"Granted", "Suspended"}},
		"a claim that is resumed": {do: func(w *world) {
			granted(w, MakeRoleAssignment("a"))
			w.mode(v1alpha1.ModeSuspend)
			w.run(time.Hour)
			w.mode(v1alpha1.ModeEnforce)
			w.run(0)
		}, want: "Current True Granted", directory: []string{"+ours alice"}, events: []string{"Granted", "Suspended", "Ready"}},
		"a claim that is deleted": {do: func(w *world) {
			granted(w, MakeRoleAssignment("a"))
			w.mode(v1alpha1.ModeSuspend)
			w.run(time.Hour)
			w.delete("a")
			w.run(0)
		}, want: "gone", directory: []string{"+ours alice", "-ours alice"}},
		"made while it is being deleted": {do: func(w *world) {
			granted(w, MakeRoleAssignment("a"))
			w.dir.fail("delete", fault{err: throttled(time.Minute)})
			w.delete("a")
			w.run(0)
			w.mode(v1alpha1.ModeSuspend)
			w.run(3 * time.Minute)
		}, want: "gone", directory: []string{"+ours alice", "-ours alice"}},
	})
}
