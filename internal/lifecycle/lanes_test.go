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
