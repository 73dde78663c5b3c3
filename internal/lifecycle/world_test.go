package lifecycle_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	clocktesting "k8s.io/utils/clock/testing"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/lifecycle"
)

const (
	window = 2 * time.Minute
	drift  = 5 * time.Minute
	// loop is how many passes over one object at one instant are taken for a hot loop.
	loop = 25
)

type reconciler = lifecycle.Reconciler[*v1alpha1.RoleAssignment, grant]

// world is an API server, a directory, a clock that both go by, and one controller between them.
type world struct {
	t     *testing.T
	clock *clocktesting.FakeClock
	// server is the API server as its users have it.
	server client.WithWatch
	dir    *directory
	events recorder
	// controller is the process; starting it anew is what a crash does.
	controller *reconciler
	due        map[client.ObjectKey]time.Time
	// seen are the objects that were there for a pass.
	seen   map[types.UID]bool
	passes int

	// current is the object that is being looked at.
	current client.ObjectKey
	// lagging is what the cache shows as long as it lags; nil when it does not.
	lagging map[client.ObjectKey]*v1alpha1.RoleAssignment
	// before runs once, before the next call of that name.
	before map[string]func()
	// beforeCall runs before the call of that number.
	beforeCall map[int]func()
	// calls counts what the controller calls, and names it. After the one of number crashAt it ends.
	calls   []string
	crashAt int
	dead    bool

	tenantAway bool
	// shape is set for a kind with more to it than a key; occupied while something stands on what would be revoked.
	shape    *shape
	occupied bool
	// closing is set when nothing new may be granted in the directory.
	closing bool
	// excused are the keys that may stay behind; mistakes are those that are granted by mistake, and removed without a ledger.
	excused, mistakes map[grant]bool
}

var errDead = errors.New("the process has ended")

// scheme is what the API server knows.
var scheme = func() *runtime.Scheme {
	s := runtime.NewScheme()
	utilruntime.Must(corev1.AddToScheme(s))
	utilruntime.Must(v1alpha1.AddToScheme(s))
	return s
}()

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{
		t: t, clock: clocktesting.NewFakeClock(time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC)),
		due: map[client.ObjectKey]time.Time{}, seen: map[types.UID]bool{}, before: map[string]func(){}, excused: map[grant]bool{}, mistakes: map[grant]bool{},
	}
	w.server = fake.NewClientBuilder().WithScheme(scheme).WithGlobalResourceVersionCounter().
		WithStatusSubresource(&v1alpha1.RoleAssignment{}).Build()
	w.must(w.server.Create(t.Context(), &corev1.Namespace{ObjectMeta: nameOnly("", "team")}))
	w.dir = newDirectory(w.clock)
	w.dir.changed = w.checkChange
	w.start()
	return w
}

// start puts a new process in place of the one there was, with nothing in its memory.
func (w *world) start() {
	w.dead = false
	cached, live := w.clients()
	w.controller = lifecycle.New(lifecycleOptions{
		Name: "RoleAssignment", Kind: kind{w}, Client: cached, Live: live, Events: &w.events,
		Clock: w.clock, PropagationWindow: window, DriftInterval: drift,
		Jitter: func(d time.Duration) time.Duration { return d },
	})
	for name := range w.all() {
		w.wake(name)
	}
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// call makes one call of the controller, which may end with it.
func (w *world) call(name string, do func() error) error {
	if w.dead {
		return errDead
	}
	if f := w.before[name]; f != nil {
		delete(w.before, name)
		f()
	}
	w.calls = append(w.calls, name)
	if f := w.beforeCall[len(w.calls)]; f != nil {
		f()
	}
	number := len(w.calls)
	err := do()
	if number == w.crashAt {
		w.dead = true
		return errDead
	}
	return err
}

func (w *world) wake(name client.ObjectKey) { w.due[name] = w.clock.Now() }

// notice is the watch: it wakes the object if the controller's predicate lets the change through.
func (w *world) notice(name client.ObjectKey, before, after *v1alpha1.RoleAssignment) {
	if before == nil || after == nil {
		w.wake(name)
		return
	}
	if lifecycle.Changed[*v1alpha1.RoleAssignment]().Update(event.UpdateEvent{ObjectOld: before, ObjectNew: after}) {
		w.wake(name)
	}
}

// run lets d pass, and the controller do what falls due.
func (w *world) run(d time.Duration) {
	w.t.Helper()
	end := w.clock.Now().Add(d)
	passes, instant := map[client.ObjectKey]int{}, w.clock.Now()
	for {
		name, at, ok := w.nextDue()
		if !ok || at.After(end) {
			break
		}
		if at.After(w.clock.Now()) {
			w.clock.SetTime(at)
		}
		if now := w.clock.Now(); now.After(instant) {
			clear(passes)
			instant = now
		}
		if passes[name]++; passes[name] > loop {
			w.t.Fatalf("%s is looked at again and again at one instant: %s", name, strings.Join(w.calls[max(0, len(w.calls)-20):], ", "))
		}
		w.pass(name)
	}
	w.clock.SetTime(end)
	w.dir.land()
	w.checkAll()
}

func (w *world) nextDue() (next client.ObjectKey, at time.Time, ok bool) {
	for name, due := range w.due {
		if !ok || due.Before(at) || (due.Equal(at) && name.Name < next.Name) {
			next, at, ok = name, due, true
		}
	}
	return next, at, ok
}

// pass is one reconcile, and a new process if it was the last of the old one.
func (w *world) pass(name client.ObjectKey) {
	w.t.Helper()
	delete(w.due, name)
	w.passes++
	outer := w.current
	w.current = name
	if obj := w.cached()[name]; obj != nil {
		w.seen[obj.GetUID()] = true
	}
	result, err := w.controller.Reconcile(w.t.Context(), ctrl.Request{NamespacedName: name})
	w.current = outer
	switch _, woken := w.due[name]; {
	case w.dead:
		w.start()
	case woken:
	case err != nil:
		w.due[name] = w.clock.Now().Add(time.Second)
	case result.RequeueAfter > 0:
		w.due[name] = w.clock.Now().Add(result.RequeueAfter)
	}
	w.checkAll()
}

// all returns the objects as the API server has them.
func (w *world) all() map[client.ObjectKey]*v1alpha1.RoleAssignment {
	var list v1alpha1.RoleAssignmentList
	w.must(w.server.List(w.t.Context(), &list))
	objects := map[client.ObjectKey]*v1alpha1.RoleAssignment{}
	for i := range list.Items {
		objects[client.ObjectKeyFromObject(&list.Items[i])] = &list.Items[i]
	}
	return objects
}

// cached returns the objects as the cache shows them.
func (w *world) cached() map[client.ObjectKey]*v1alpha1.RoleAssignment {
	if w.lagging != nil {
		return w.lagging
	}
	return w.all()
}

// freeze has the cache show what is there now, until it is thawed.
func (w *world) freeze() { w.lagging = w.all() }

func (w *world) thaw() {
	w.lagging = nil
	for name := range w.all() {
		w.wake(name)
	}
}

// get returns an object, or nil.
func (w *world) get(name string) *v1alpha1.RoleAssignment {
	obj := &v1alpha1.RoleAssignment{}
	err := w.server.Get(w.t.Context(), objectKey(name), obj)
	if apierrors.IsNotFound(err) {
		return nil
	}
	w.must(err)
	return obj
}

// recorder keeps events as text.
type recorder struct{ all []string }

func (r *recorder) Eventf(regarding, _ runtime.Object, eventType, reason, _, note string, args ...any) {
	kind, name := "", ""
	switch o := regarding.(type) {
	case *v1alpha1.RoleAssignment:
		name = o.Name
	case client.Object:
		kind, name = "Tenant ", o.GetName()
	}
	r.all = append(r.all, fmt.Sprintf("%s%s: %s %s: %s", kind, name, eventType, reason, fmt.Sprintf(note, args...)))
}
