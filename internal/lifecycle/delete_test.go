package lifecycle_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graph"
)

func TestDelete(t *testing.T) {
	stands := func(then func(*world)) func(*world) {
		return func(w *world) {
			granted(w, MakeRoleAssignment("a"))
			then(w)
		}
	}
	gone := func(faults ...fault) func(*world) {
		return stands(func(w *world) {
			w.dir.fail("delete", faults...)
			w.delete("a")
			w.run(time.Minute)
		})
	}
	plain := []string{"+ours alice", "-ours alice"}
	play(t, map[string]scenario{
		"answered 204": {do: gone(), want: "gone", directory: plain, events: []string{"Granted", "Revoked"}},
		"answered 404": {do: stands(func(w *world) {
			w.dir.portalRevokes(key(alice))
			w.delete("a")
			w.run(0)
		}), want: "gone", directory: []string{"+ours alice", "-portal alice"}, events: []string{"Granted", "Revoked"}},
		"unanswered, without effect": {do: gone(fault{err: unanswered()}), want: "gone", directory: plain},
		"unanswered, with effect":    {do: gone(fault{err: unanswered(), commit: true}), want: "gone", directory: plain},
		"throttled":                  {do: gone(fault{err: throttled(10 * time.Second)}), want: "gone", directory: plain},
		"by a process that knows nothing": {do: stands(func(w *world) {
			w.delete("a")
			w.start()
			w.run(0)
		}), want: "gone", directory: plain},
		"the read after it fails": {do: stands(func(w *world) {
			w.dir.fail("read", fault{err: unanswered()}, fault{err: classed(graph.Unknown)})
			w.delete("a")
			w.run(time.Minute)
		}), want: "gone", directory: plain},
		"still shown for a while": {do: stands(func(w *world) {
			w.dir.lag = 30 * time.Second
			w.delete("a")
			w.run(10 * time.Second)
			if got := w.says("a"); got != "Terminating False Revoking" {
				w.t.Errorf("a says %q while the directory shows the grant", got)
			}
			w.run(time.Minute)
		}), want: "gone", directory: plain},
		"denied, then permitted": {do: func(w *world) {
			gone(slices.Repeat([]fault{{err: classed(graph.Denied)}}, 3)...)(w)
			if got := w.says("a"); got != "Terminating False PermissionDenied" {
				w.t.Errorf("a says %q", got)
			}
			w.run(time.Hour)
		}, want: "gone", directory: plain, events: []string{"Granted", "PermissionDenied", "Revoked"}},
		"refused for good": {do: gone(slices.Repeat([]fault{{err: refused(graph.RefusedSelfRemoval)}}, 9)...),
			want: "Terminating False SelfRemovalRefused", directory: plain[:1], events: []string{"Granted", "SelfRemovalRefused"}},
		"refused for good, then orphaned": {do: func(w *world) {
			gone(slices.Repeat([]fault{{err: refused(graph.RefusedSelfRemoval)}}, 9)...)(w)
			w.excused[key(alice)] = true
			w.edit("a", func(obj *v1alpha1.RoleAssignment) { obj.Spec.DeletionPolicy = v1alpha1.DeletionPolicyOrphan })
			w.run(0)
		}, want: "gone", directory: plain[:1], events: []string{"Granted", "SelfRemovalRefused", "Orphaned"}},
		"orphaned": {do: func(w *world) {
			granted(w, MakeRoleAssignment("a").Orphan())
			w.excused[key(alice)] = true
			w.delete("a")
			w.run(0)
		}, want: "gone", directory: plain[:1], events: []string{"Granted", "Orphaned"}},
		"the tenant is away": {do: stands(func(w *world) {
			w.tenantAway = true
			w.delete("a")
			w.run(time.Hour)
		}), want: "Terminating False TenantNotReady", directory: plain[:1], events: []string{"Granted", "TenantNotReady"}},
		"the tenant comes back": {do: stands(func(w *world) {
			w.tenantAway = true
			w.delete("a")
			w.run(time.Hour)
			w.tenantAway = false
			w.run(time.Minute)
		}), want: "gone", directory: plain},
		"never looked at": {do: func(w *world) {
			w.apply(MakeRoleAssignment("a"))
			w.delete("a")
			w.run(0)
		}, want: "gone"},
		"never granted": {do: func(w *world) {
			w.dir.fail("create", fault{err: classed(graph.Denied)})
			w.apply(MakeRoleAssignment("a"))
			w.run(0)
			w.delete("a")
			w.run(0)
		}, want: "gone", events: []string{"PermissionDenied"}},
		"throttled before it was granted": {do: func(w *world) {
			w.dir.fail("create", fault{err: throttled(time.Hour)})
			w.apply(MakeRoleAssignment("a"))
			w.run(0)
			w.delete("a")
			w.run(0)
		}, want: "gone"},
	})
}

// TestRelease holds that the finalizer goes only when absence is proven.
func TestRelease(t *testing.T) {
	unsure := fault{err: unanswered(), commit: true, after: 90 * time.Second}
	deleted := func(lag time.Duration, after time.Duration, creates ...fault) func(*world) {
		return func(w *world) {
			w.dir.lag = lag
			w.dir.fail("create", creates...)
			w.apply(MakeRoleAssignment("a"))
			w.run(after)
			w.delete("a")
			w.run(5 * time.Minute)
		}
	}
	play(t, map[string]scenario{
		"a create that lands late":  {do: deleted(0, 0, unsure), want: "gone", directory: []string{"+ours alice", "-ours alice"}},
		"a create that never lands": {do: deleted(0, 0, fault{err: unanswered()}), want: "gone"},
		"a create that lands after a later one was removed": {do: deleted(0, 3*time.Second, unsure),
			want: "gone", directory: []string{"+ours alice", "-ours alice", "+ours alice", "-ours alice"}},
		"a grant that is not shown yet": {do: deleted(30*time.Second, 0), want: "gone", directory: []string{"+ours alice", "-ours alice"}},
		"a grant that a new process is not shown yet": {do: func(w *world) {
			w.dir.lag = 30 * time.Second
			w.apply(MakeRoleAssignment("a"))
			w.run(0)
			w.start()
			w.delete("a")
			w.run(5 * time.Minute)
		}, want: "gone", directory: []string{"+ours alice", "-ours alice"}},
		"a grant that a person makes again": {do: func(w *world) {
			granted(w, MakeRoleAssignment("a"))
			w.before["read"] = func() { w.dir.portalGrants(key(alice)) }
			w.delete("a")
			w.run(time.Minute)
		}, want: "gone", directory: []string{"+ours alice", "-ours alice", "+portal alice", "-ours alice"}},
	})
}

// TestWaitsOutTheWindow holds that an object says what it waits for, and that every process waits as long.
func TestWaitsOutTheWindow(t *testing.T) {
	w := newWorld(t)
	w.dir.fail("create", fault{err: unanswered()})
	w.apply(MakeRoleAssignment("a"))
	w.run(0)
	w.delete("a")
	for range 11 {
		w.start()
		w.run(10 * time.Second)
		if got := w.says("a"); got != "Terminating False Revoking" {
			t.Fatalf("a says %q within the window", got)
		}
	}
	w.run(time.Minute)
	if got := w.says("a"); got != "gone" {
		t.Errorf("a says %q after the window", got)
	}
}

// TestNamespaceEnds holds that what becomes of a grant is recorded where an event is still accepted.
func TestNamespaceEnds(t *testing.T) {
	w := newWorld(t)
	granted(w, MakeRoleAssignment("a"))
	ns := w.namespace()
	ns.Finalizers = []string{"test/hold"}
	w.must(w.server.Update(t.Context(), ns))
	w.must(w.server.Delete(t.Context(), ns))
	w.delete("a")
	w.run(0)
	last := w.events.all[len(w.events.all)-1]
	if !strings.HasPrefix(last, "Tenant contoso: Normal Revoked: RoleAssignment team/a: Revoked ") {
		t.Errorf("the last event is %q", last)
	}
}
