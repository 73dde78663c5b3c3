package faults_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/go-logr/logr"
	clocktesting "k8s.io/utils/clock/testing"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graphsim"
	"github.com/rolewarden/rolewarden/internal/lifecycle"
)

const (
	window = 2 * time.Minute
	drift  = 5 * time.Minute
	// settle is how long the world is watched after all is as it should be: longer than the window.
	settle = 3 * time.Minute
	// patience is how long it may take until then, after the last thing that a user did.
	patience = 2 * time.Hour
	// The bounds of what is not a hot loop.
	maxPassesAtOnce = 25
	maxCalls        = 3000
)

// entry is a line of the merged history. It is put into words only when somebody wants to read it.
type entry struct {
	at   time.Time
	what []string
}

// timer is something that happens at an instant.
type timer struct {
	at time.Time
	do func()
}

// world is a Kubernetes API, a directory, a clock that both go by, and one controller between them.
type world struct {
	clock     *clocktesting.FakeClock
	begin     time.Time
	cluster   *cluster
	simulator *graphsim.Simulator
	dir       *graphsim.Control
	tenant    *v1alpha1.Tenant
	flow      flow

	process  *process
	due      map[string]time.Time
	failures map[string]int
	timers   []timer
	passes   map[string]int

	todo    schedule
	trace   []op
	history []entry
	watch   watch
	// violations are what must not be, each once.
	violations []string
}

func newWorld(f flow, s schedule) (*world, error) {
	begin := time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC)
	w := &world{
		clock: clocktesting.NewFakeClock(begin), begin: begin, flow: f, todo: s, watch: newWatch(),
		due: map[string]time.Time{}, failures: map[string]int{}, passes: map[string]int{},
	}
	var err error
	if w.simulator, err = newSimulator(w.clock); err != nil {
		return nil, err
	}
	w.dir = w.simulator.Control()
	w.cluster = newCluster(w.clock)
	w.cluster.changed = w.changed
	w.tenant = &v1alpha1.Tenant{}
	w.tenant.Name, w.tenant.UID, w.tenant.Spec.TenantID = "contoso", "uid-tenant", contoso
	return w, nil
}

// tell adds a line to the merged history.
func (w *world) tell(what ...string) { w.history = append(w.history, entry{w.clock.Now(), what}) }

func (w *world) must(err error) {
	if err != nil {
		w.violate("harness", err.Error())
	}
}

// violate notes what must not be, once.
func (w *world) violate(invariant, what string) {
	text := invariant + ": " + what
	for _, known := range w.violations {
		if known == text {
			return
		}
	}
	w.violations = append(w.violations, text)
	w.tell("VIOLATION", text)
}

// report is the merged history in words.
func (w *world) report() string {
	var b strings.Builder
	for _, e := range w.history {
		fmt.Fprintf(&b, "  %9.3fs  %s\n", e.at.Sub(w.begin).Seconds(), strings.Join(e.what, " "))
	}
	return b.String()
}

// after has something happen later.
func (w *world) after(d time.Duration, do func()) {
	w.timers = append(w.timers, timer{w.clock.Now().Add(d), do})
}

// changed is the watch: it wakes the object if the controller's predicate lets the change through, as soon as the
// cache shows it.
func (w *world) changed(c change) {
	w.checkChange(c)
	if w.process == nil || w.process.dead {
		return
	}
	if c.before != nil && c.after != nil &&
		!lifecycle.Changed[*object]().Update(event.UpdateEvent{ObjectOld: c.before, ObjectNew: c.after}) {
		return
	}
	if !w.clock.Now().Before(w.process.thaw) { // else the thaw wakes it
		w.wake(c.name, w.clock.Now())
	}
}

// wake has an object looked at, at the latest then: a queue holds an object once.
func (w *world) wake(name string, at time.Time) {
	if due, ok := w.due[name]; !ok || at.Before(due) {
		w.due[name] = at
	}
}

// everNamed lists the names that objects ever had.
func (w *world) everNamed() []string {
	var names []string
	seen := map[string]bool{}
	for _, c := range w.cluster.log {
		if !seen[c.name] {
			seen[c.name] = true
			names = append(names, c.name)
		}
	}
	return names
}

// run plays until all is as it should be, and has been for a while.
func (w *world) run() {
	w.restart()
	for _, s := range w.flow.steps {
		w.after(s.at, func() { s.do(w) })
	}
	deadline, calm := w.begin.Add(patience), time.Time{}
	for {
		if len(w.violations) > 0 {
			return // what follows from it is of no interest, and may be endless
		}
		if len(w.timers) > 0 {
			deadline = w.clock.Now().Add(patience)
		}
		if wrong := w.unfinished(); wrong != "" || len(w.timers) > 0 {
			calm = time.Time{}
		} else if calm.IsZero() {
			calm = w.clock.Now()
		}
		at, do := w.next()
		end := deadline
		if !calm.IsZero() {
			end = calm.Add(settle)
		}
		if do == nil || at.After(end) || len(w.trace) > maxCalls {
			w.advance(end)
			break
		}
		w.advance(at)
		do()
		w.check()
	}
	w.checkEnd()
}

// next returns what happens next, and when.
func (w *world) next() (at time.Time, do func()) {
	for name, due := range w.due {
		if do == nil || due.Before(at) || (due.Equal(at) && name < w.process.next) {
			at, do, w.process.next = due, func() { w.pass(name) }, name
		}
	}
	for i, t := range w.timers {
		if do == nil || !t.at.After(at) {
			at, do = t.at, func() {
				w.timers = append(w.timers[:i:i], w.timers[i+1:]...)
				t.do()
			}
		}
	}
	return at, do
}

// advance lets time pass. What is true just before something happens has to be right too.
func (w *world) advance(to time.Time) {
	if to.After(w.clock.Now()) {
		w.clock.SetTime(to)
		clear(w.passes)
		w.check()
	}
}

// pass is one reconcile, and a new process if it was the last of the old one.
func (w *world) pass(name string) {
	delete(w.due, name)
	if w.passes[name]++; w.passes[name] > maxPassesAtOnce {
		w.violate("L3", name+" is looked at again and again at one instant")
		w.due = map[string]time.Time{}
		return
	}
	w.process.current = name
	ctx := ctrl.LoggerInto(context.Background(), logr.Discard())
	w.tell("pass", name)
	result, err := w.process.reconciler.Reconcile(ctx, ctrl.Request{NamespacedName: client.ObjectKey{Namespace: "team", Name: name}})
	w.process.current = ""
	switch {
	case w.process.dead:
		w.restart()
	case err != nil:
		w.wake(name, w.clock.Now().Add(min(5*time.Millisecond<<min(w.failures[name], 20), 1000*time.Second)))
		w.failures[name]++
	default:
		delete(w.failures, name)
		if result.RequeueAfter > 0 {
			w.wake(name, w.clock.Now().Add(result.RequeueAfter))
		}
	}
}

// restart puts a new process in place of the one there was, with nothing in its memory. It looks at every object.
func (w *world) restart() {
	w.tell("start")
	w.process = newProcess(w)
	clear(w.due)
	clear(w.failures)
	for _, name := range w.cluster.names() {
		w.wake(name, w.clock.Now().Add(time.Second))
	}
}
