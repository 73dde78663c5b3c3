package lifecycle_test

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/rolewarden/rolewarden/internal/graph"
)

// vanish has the API server delete "a" although its finalizer is on, as it may right after it was added.
func (w *world) vanish() {
	w.t.Helper()
	last := w.get("a")
	w.excused[last.Status.Grant] = true // nothing names it until the controller has seen to it
	w.strip()
	w.must(w.server.Delete(w.t.Context(), last))
	w.hear(event.DeleteEvent{Object: last})
}

// hear brings a deletion to the controller as the watch does.
func (w *world) hear(e event.DeleteEvent) {
	queue := workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[reconcile.Request]())
	defer queue.ShutDown()
	w.controller.Deletions().Delete(w.t.Context(), e, queue)
	if queue.Len() != 1 {
		w.t.Errorf("%d requests are queued after a deletion, want 1", queue.Len())
	}
	w.wake(client.ObjectKeyFromObject(e.Object))
}

func TestVanished(t *testing.T) {
	plain := []string{"+ours alice", "-ours alice"}
	long := func(then func(*world)) func(*world) {
		return func(w *world) {
			granted(w, MakeRoleAssignment("a"))
			then(w)
			w.run(5 * time.Minute)
		}
	}
	play(t, map[string]scenario{
		"when it was granted": {do: long((*world).vanish), want: "gone", directory: plain, events: []string{"Granted", "Revoked"}},
		"right after it was granted": {do: func(w *world) {
			w.apply(MakeRoleAssignment("a"))
			w.run(0)
			w.vanish()
			w.run(0)
			w.run(5 * time.Minute)
		}, want: "gone", directory: plain},
		"while its create call is under way": {do: func(w *world) {
			w.apply(MakeRoleAssignment("a"))
			w.before["create"] = w.vanish
			w.run(5 * time.Minute)
		}, want: "gone", directory: plain},
		"before a create call that takes effect late": {do: func(w *world) {
			w.dir.fail("create", fault{err: unanswered(), commit: true, after: 90 * time.Second})
			w.apply(MakeRoleAssignment("a"))
			w.before["create"] = w.vanish
			w.run(5 * time.Minute)
		}, want: "gone", directory: plain},
		"with Orphan": {do: func(w *world) {
			granted(w, MakeRoleAssignment("a").Orphan())
			w.vanish()
			w.run(5 * time.Minute)
		}, want: "gone", directory: plain[:1], events: []string{"Granted", "Orphaned"}},
		"while another holds the same": {do: func(w *world) {
			both(w)
			w.vanish()
			w.run(5 * time.Minute)
		}, want: "gone", directory: plain[:1], events: []string{"Granted", "HandedOver"}},
		"and is made anew": {do: long(func(w *world) {
			w.vanish()
			w.apply(MakeRoleAssignment("a"))
		}), want: "Current True Granted", directory: append(plain, plain[0])},
		"after it was made anew": {do: long(func(w *world) {
			last := w.get("a")
			w.strip()
			w.must(w.server.Delete(t.Context(), last))
			w.apply(MakeRoleAssignment("a"))
			w.run(window + drift)
			w.hear(event.DeleteEvent{Object: last})
		}), want: "Current True Granted", directory: plain[:1]},
		"while the tenant is away": {do: long(func(w *world) {
			w.tenantAway = true
			w.vanish()
			w.run(time.Hour)
			w.tenantAway = false
		}), want: "gone", directory: plain},
		"while the directory is away": {do: long(func(w *world) {
			w.dir.fail("delete", fault{err: unanswered()}, fault{err: classed(graph.Denied)})
			w.vanish()
			w.run(time.Hour)
		}), want: "gone", directory: plain},
		"only from sight": {do: long(func(w *world) {
			w.hear(event.DeleteEvent{Object: w.get("a")})
		}), want: "Current True Granted", directory: plain[:1], events: []string{"Granted"}},
		"unseen": {do: long(func(w *world) {
			last := w.get("a")
			w.excused[last.Status.Grant] = true
			w.strip()
			w.must(w.server.Delete(t.Context(), last))
			w.hear(event.DeleteEvent{Object: last, DeleteStateUnknown: true})
		}), want: "gone", directory: plain[:1]},
		"without a ledger": {do: func(w *world) {
			w.apply(MakeRoleAssignment("a"))
			w.before["patch status"] = w.vanish
			w.run(5 * time.Minute)
		}, want: "gone"},
	})
}

// TestVanishedIsTold holds that the Tenant says once what happened, and that nobody is told that a grant was lost.
func TestVanishedIsTold(t *testing.T) {
	w := newWorld(t)
	granted(w, MakeRoleAssignment("a"))
	w.dir.fail("delete", fault{err: unanswered()})
	w.vanish()
	w.run(5 * time.Minute)
	var told []string
	for _, e := range w.events.all {
		if strings.HasPrefix(e, "Tenant ") {
			told = append(told, e)
		}
	}
	if len(told) != 1 || !strings.Contains(told[0], "Warning Vanished: RoleAssignment team/a was deleted by the API server") {
		t.Errorf("the Tenant says %q", told)
	}
}

// TestOrdinaryDeletions holds that what went while it was being deleted is left alone: it was released, or stripped.
func TestOrdinaryDeletions(t *testing.T) {
	w := newWorld(t)
	granted(w, MakeRoleAssignment("a"))
	last := w.get("a")
	w.delete("a")
	w.run(drift)
	calls, at := len(w.calls), metav1.NewTime(w.clock.Now())
	last.DeletionTimestamp = &at
	w.hear(event.DeleteEvent{Object: last})
	w.run(drift)
	if len(w.calls) != calls {
		t.Errorf("an ordinary deletion leads to calls: %v", w.calls[calls:])
	}
}
