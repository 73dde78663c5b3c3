package lifecycle_test

import (
	"context"
	"testing"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/rolewarden/rolewarden/internal/lifecycle"
)

// TestLanes holds that a lane which is stuck takes no more than its share, and that what it parks comes again, each once.
func TestLanes(t *testing.T) {
	const width = 2
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	entered, stuck := make(chan string, 9), make(chan struct{})
	lanes := lifecycle.NewLanes(reconcile.Func(func(_ context.Context, req ctrl.Request) (ctrl.Result, error) {
		entered <- req.Name
		if req.Namespace == "stuck" {
			<-stuck
		}
		return ctrl.Result{}, nil
	}), func(_ context.Context, req ctrl.Request) string { return req.Namespace }, width)
	queue := workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[ctrl.Request]())
	defer queue.ShutDown()
	if err := lanes.Source().Start(ctx, queue); err != nil {
		t.Fatal(err)
	}
	do := func(namespace, name string) {
		if _, err := lanes.Reconcile(ctx, ctrl.Request{NamespacedName: types.NamespacedName{Namespace: namespace, Name: name}}); err != nil {
			t.Error(err)
		}
	}
	seen := map[string]bool{}
	for _, name := range []string{"a", "b"} {
		go do("stuck", name)
		seen[<-entered] = true
	}
	do("stuck", "c")
	do("stuck", "d")
	do("stuck", "c")
	do("free", "e")
	if got := <-entered; got != "e" {
		t.Fatalf("%s was looked at, want e: the lane of a and b is full", got)
	}
	close(stuck)
	for range 2 {
		req, _ := queue.Get()
		do(req.Namespace, req.Name)
		queue.Done(req)
		seen[<-entered] = true
	}
	if !seen["c"] || !seen["d"] || queue.Len() > 0 || len(entered) > 0 {
		t.Errorf("looked at %v, want what was parked to come again, once", seen)
	}
}

// TestLanesKeepTheirPlaces holds that a request which was parked and has another lane by then, or none, does not take a
// place of its old lane with it.
func TestLanesKeepTheirPlaces(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	entered, stuck := make(chan string, 9), make(chan struct{})
	elsewhere := ""
	lanes := lifecycle.NewLanes(reconcile.Func(func(_ context.Context, req ctrl.Request) (ctrl.Result, error) {
		entered <- req.Name
		if req.Name == "a" {
			<-stuck
		}
		return ctrl.Result{}, nil
	}), func(_ context.Context, req ctrl.Request) string {
		if req.Name == elsewhere {
			return "elsewhere"
		}
		return "stuck"
	}, 1)
	queue := workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[ctrl.Request]())
	defer queue.ShutDown()
	if err := lanes.Source().Start(ctx, queue); err != nil {
		t.Fatal(err)
	}
	request := func(name string) ctrl.Request { return ctrl.Request{NamespacedName: types.NamespacedName{Name: name}} }
	ended := make(chan struct{})
	go func() { defer close(ended); _, _ = lanes.Reconcile(ctx, request("a")) }()
	<-entered
	for _, name := range []string{"b", "c"} {
		if _, err := lanes.Reconcile(ctx, request(name)); err != nil {
			t.Fatal(err)
		}
	}
	close(stuck)
	<-ended
	elsewhere = "b"
	for _, want := range []string{"b", "c"} {
		req, _ := queue.Get()
		if _, err := lanes.Reconcile(ctx, req); err != nil || req.Name != want || <-entered != want {
			t.Errorf("%s came, %v; want %s", req.Name, err, want)
		}
		queue.Done(req)
	}
}

// TestHastenedMeanwhile holds that what is made due while it is looked at is looked at again.
func TestHastenedMeanwhile(t *testing.T) {
	w := newWorld(t)
	w.dir.portalGrants(key(alice))
	w.apply(MakeRoleAssignment("a").Refuse()) // stalled, and so not due for a while
	w.before["read"] = func() { w.controller.Hasten(objectKey("a")) }
	w.pass(objectKey("a"))
	calls := len(w.calls)
	w.pass(objectKey("a"))
	if len(w.calls) == calls {
		t.Error("nobody looked again")
	}
	w.pass(objectKey("a"))
	again := len(w.calls)
	w.pass(objectKey("a"))
	if len(w.calls) != again {
		t.Errorf("looked once more, though nothing happened: %v", w.calls[again:])
	}
}
