package lifecycle_test

import (
	"slices"
	"testing"
	"time"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graph"
)

func TestDrift(t *testing.T) {
	play(t, map[string]scenario{
		"removed by somebody": {do: func(w *world) {
			granted(w, MakeRoleAssignment("a"))
			w.dir.portalRevokes(key(alice))
			w.run(drift + time.Second)
		}, want: "Current True Granted", directory: []string{"+ours alice", "-portal alice", "+ours alice"}, events: []string{"Granted", "DriftFound", "Granted"}},
		"removed and not to be had again": {do: func(w *world) {
			granted(w, MakeRoleAssignment("a"))
			w.dir.portalRevokes(key(alice))
			w.dir.fail("create", slices.Repeat([]fault{{err: classed(graph.Denied)}}, 9)...)
			w.run(drift + time.Minute)
		}, want: "Failed False PermissionDenied", directory: []string{"+ours alice", "-portal alice"}, events: []string{"Granted", "DriftFound", "PermissionDenied"}},
		"removed, and the directory does not answer the create": {do: func(w *world) {
			granted(w, MakeRoleAssignment("a"))
			w.dir.portalRevokes(key(alice))
			w.dir.fail("create", slices.Repeat([]fault{{err: unanswered()}}, 99)...)
			w.run(drift + time.Minute)
		}, want: "InProgress False DirectoryUnavailable", directory: []string{"+ours alice", "-portal alice"}},
		"removed and looked at on request": {do: func(w *world) {
			granted(w, MakeRoleAssignment("a"))
			w.dir.portalRevokes(key(alice))
			w.annotate("now")
			w.run(0)
		}, want: "Current True Granted", directory: []string{"+ours alice", "-portal alice", "+ours alice"}},
	})
}

// TestOutage holds that an outage leaves Ready as it is for one drift interval and no longer.
func TestOutage(t *testing.T) {
	away := slices.Repeat([]fault{{err: unanswered()}}, 1000)
	cases := map[string]struct {
		begin func(*world)
		early string
		late  string
	}{
		"transient": {func(w *world) { w.dir.fail("read", away...) }, "Current True Granted", "InProgress Unknown DirectoryUnavailable"},
		"unknown": {func(w *world) { w.dir.fail("read", slices.Repeat([]fault{{err: classed(graph.Unknown)}}, 1000)...) },
			"Current True Granted", "InProgress Unknown DirectoryUnavailable"},
		"throttled for long": {func(w *world) { w.dir.fail("read", slices.Repeat([]fault{{err: throttled(time.Hour)}}, 1000)...) },
			"Current True Granted", "InProgress Unknown Throttled"},
		"tenant away": {func(w *world) { w.tenantAway = true }, "Current True Granted", "InProgress Unknown TenantNotReady"},
		"denied": {func(w *world) { w.dir.fail("read", slices.Repeat([]fault{{err: classed(graph.Denied)}}, 1000)...) },
			"Failed False PermissionDenied", "Failed False PermissionDenied"},
	}
	for name, tc := range cases {
		for kind, restart := range map[string]bool{"": false, ", to a new process": true} {
			t.Run(name+kind, func(t *testing.T) {
				w := newWorld(t)
				granted(w, MakeRoleAssignment("a"))
				w.annotate("begin") // the last good read is of this instant
				w.run(0)
				tc.begin(w)
				if restart {
					w.start()
				}
				w.annotate("1")
				w.run(drift - 10*time.Second)
				if got := w.says("a"); got != tc.early {
					t.Errorf("within a drift interval a says %q, want %q", got, tc.early)
				}
				w.run(11 * time.Second)
				if got := w.says("a"); got != tc.late {
					t.Errorf("after a drift interval a says %q, want %q", got, tc.late)
				}
				w.dir.heal()
				w.tenantAway = false
				w.run(2 * time.Hour)
				if got := w.says("a"); got != "Current True Granted" {
					t.Errorf("after the outage a says %q", got)
				}
			})
		}
	}
}

// TestNames holds that names are pinned: to whom a name belongs later moves nothing.
func TestNames(t *testing.T) {
	byName := func() builder { return MakeRoleAssignment("a").User("alice@contoso.com") }
	left := func(w *world) {
		granted(w, byName())
		w.dir.leave(alice)
		w.dir.users["alice@contoso.com"] = carol
		w.run(drift + time.Second)
	}
	play(t, map[string]scenario{
		"a name that is used again": {do: func(w *world) {
			granted(w, byName())
			w.dir.users["alice@contoso.com"] = carol
			w.dir.portalRevokes(key(alice))
			w.start()
			w.run(drift + time.Second)
		}, want: "Current True Granted", directory: []string{"+ours alice", "-portal alice", "+ours alice"}},
		"a principal that left": {do: left,
			want: "Failed False PrincipalGone", directory: []string{"+ours alice", "-portal alice"}, events: []string{"Granted", "DriftFound", "PrincipalGone"}},
		"a principal that left long ago": {do: func(w *world) {
			left(w)
			w.run(3 * time.Hour)
		}, want: "Failed False PrincipalGone", directory: []string{"+ours alice", "-portal alice"}, events: []string{"Granted", "DriftFound", "PrincipalGone"}},
		"a principal that left, asked for again at once": {do: func(w *world) {
			left(w)
			w.annotate("please")
			w.run(30 * time.Second)
		}, want: "Current True Granted", directory: []string{"+ours alice", "-portal alice", "+ours carol"}},
		"a principal that left, and another spec": {do: func(w *world) {
			left(w)
			w.principal("a", bob)
			w.run(0)
		}, want: "Current True Granted", directory: []string{"+ours alice", "-portal alice", "+ours bob"}},
		"a principal that left, and the object is deleted": {do: func(w *world) {
			left(w)
			w.delete("a")
			w.run(0)
		}, want: "gone", directory: []string{"+ours alice", "-portal alice"}},
		"a request while all is well": {do: func(w *world) {
			granted(w, byName())
			w.dir.users["alice@contoso.com"] = carol
			w.annotate("now")
			w.run(0)
			if got := w.get("a").Status.LastHandledReconcileAt; got != "now" {
				w.t.Errorf("handled %q", got)
			}
		}, want: "Current True Granted", directory: []string{"+ours alice"}},
	})
}

// TestReplace holds that an edited spec is replaced, the old grant revoked first.
func TestReplace(t *testing.T) {
	edited := func(prepare func(*world)) func(*world) {
		return func(w *world) {
			granted(w, MakeRoleAssignment("a"))
			prepare(w)
			w.principal("a", bob)
			w.run(2 * time.Minute)
		}
	}
	plain := []string{"+ours alice", "-ours alice", "+ours bob"}
	play(t, map[string]scenario{
		"undisturbed":               {do: edited(func(*world) {}), want: "Current True Granted", directory: plain, events: []string{"Granted", "Revoked", "Granted"}},
		"a delete unanswered":       {do: edited(func(w *world) { w.dir.fail("delete", fault{err: unanswered()}) }), want: "Current True Granted", directory: plain},
		"a delete that still shows": {do: edited(func(w *world) { w.dir.lag = 20 * time.Second }), want: "Current True Granted", directory: plain},
		"a create unanswered":       {do: edited(func(w *world) { w.dir.fail("create", fault{err: unanswered(), commit: true}) }), want: "Current True Granted", directory: plain},
		"a delete refused": {do: edited(func(w *world) { w.dir.fail("delete", slices.Repeat([]fault{{err: classed(graph.Denied)}}, 9)...) }),
			want: "Failed False PermissionDenied", directory: plain[:1]},
		"a create refused": {do: edited(func(w *world) { w.dir.fail("create", slices.Repeat([]fault{{err: refused(graph.RefusedGroup)}}, 9)...) }),
			want: "Failed False GroupNotRoleAssignable", directory: plain[:2]},
		"a name that means nobody": {do: func(w *world) {
			granted(w, MakeRoleAssignment("a"))
			w.edit("a", func(obj *v1alpha1.RoleAssignment) {
				obj.Spec.Principal = v1alpha1.Principal{User: "nobody@contoso.com"}
			})
			w.run(time.Hour)
		}, want: "InProgress False PrincipalNotFound", directory: plain[:1]},
		"a name for the same": {do: func(w *world) {
			granted(w, MakeRoleAssignment("a"))
			w.edit("a", func(obj *v1alpha1.RoleAssignment) { obj.Spec.Principal = v1alpha1.Principal{User: "alice@contoso.com"} })
			w.run(0)
		}, want: "Current True Granted", directory: plain[:1]},
		"another justification": {do: func(w *world) {
			granted(w, MakeRoleAssignment("a"))
			w.edit("a", func(obj *v1alpha1.RoleAssignment) { obj.Spec.Justification = "because" })
			w.run(0)
		}, want: "Current True Granted", directory: plain[:1], events: []string{"Granted"}},
		"there and back at once": {do: func(w *world) {
			granted(w, MakeRoleAssignment("a"))
			w.dir.fail("read", fault{err: unanswered()})
			w.principal("a", bob)
			w.pass(objectKey("a"))
			w.principal("a", alice)
			w.run(10 * time.Second)
		}, want: "Current True Granted", directory: []string{"+ours alice", "-ours alice", "+ours alice"}},
		"while a create may still land": {do: func(w *world) {
			w.dir.fail("create", fault{err: unanswered(), commit: true, after: time.Minute})
			w.apply(MakeRoleAssignment("a"))
			w.run(0)
			w.principal("a", bob)
			w.run(5 * time.Minute)
		}, want: "Current True Granted", directory: plain},
	})
}
