package lifecycle

import (
	"context"
	"sync"

	"k8s.io/apimachinery/pkg/util/sets"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"
)

// Lanes passes requests on to a reconciler, and no more than so many of one lane at once: a directory that does not
// answer holds up its own objects, and leaves workers for those of others. What is too much is parked, and comes again
// through Source as soon as its lane has room.
type Lanes struct {
	next  reconcile.Reconciler
	of    func(context.Context, ctrl.Request) string
	width int
	room  chan event.TypedGenericEvent[ctrl.Request]

	mu    sync.Mutex
	lanes map[string]*lane
	// called are the requests that were called back, with the lane in which each has a place, wherever it belongs by now.
	called map[ctrl.Request]string
}

type lane struct {
	busy   int
	parked []ctrl.Request
	known  sets.Set[ctrl.Request]
}

// NewLanes returns Lanes of a width. of names the lane of a request.
func NewLanes(next reconcile.Reconciler, of func(context.Context, ctrl.Request) string, width int) *Lanes {
	return &Lanes{
		next: next, of: of, width: width,
		room: make(chan event.TypedGenericEvent[ctrl.Request]), lanes: map[string]*lane{}, called: map[ctrl.Request]string{},
	}
}

// Source is what brings parked requests back. It has to be watched by the controller.
func (l *Lanes) Source() source.TypedSource[ctrl.Request] {
	return source.TypedChannel(l.room, handler.TypedEnqueueRequestsFromMapFunc(func(_ context.Context, r ctrl.Request) []ctrl.Request {
		return []ctrl.Request{r}
	}))
}

// Reconcile passes the request on, or parks it.
func (l *Lanes) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	name, ok := l.enter(l.of(ctx, req), req)
	if !ok {
		return ctrl.Result{}, nil
	}
	defer l.leave(ctx, name)
	return l.next.Reconcile(ctx, req)
}

// enter returns the lane that the request has a place in, or false.
func (l *Lanes) enter(name string, req ctrl.Request) (string, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if place, ok := l.called[req]; ok {
		delete(l.called, req)
		return place, true
	}
	if l.lanes[name] == nil {
		l.lanes[name] = &lane{known: sets.New[ctrl.Request]()}
	}
	lane := l.lanes[name]
	if lane.busy < l.width {
		lane.busy++
		return name, true
	}
	if !lane.known.Has(req) {
		lane.known.Insert(req)
		lane.parked = append(lane.parked, req)
	}
	return "", false
}

// leave makes room in a lane, or gives the place to the request that has waited longest.
func (l *Lanes) leave(ctx context.Context, name string) {
	req, waits := l.unpark(name)
	if !waits {
		return
	}
	select {
	case l.room <- event.TypedGenericEvent[ctrl.Request]{Object: req}:
	case <-ctx.Done(): // the manager ends
	}
}

func (l *Lanes) unpark(name string) (req ctrl.Request, waits bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	lane := l.lanes[name]
	if len(lane.parked) == 0 {
		if lane.busy--; lane.busy == 0 {
			delete(l.lanes, name)
		}
		return req, false
	}
	req, lane.parked = lane.parked[0], lane.parked[1:]
	lane.known.Delete(req)
	l.called[req] = name
	return req, true
}
