package faults_test

import (
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
)

const (
	window = 2 * time.Minute
	drift  = 5 * time.Minute
	// settle is how long the world is watched after all is as it should be: longer than the window.
	settle = 3 * time.Minute
	// patience is how long it may take until then, after the last thing that a user did or that went wrong.
	patience = 2 * time.Hour
	// The bounds of what is not a hot loop.
	maxPassesAtOnce = 25
	maxCalls        = 3000
	// latestRetry is how long the queue waits at most after a pass that failed.
	latestRetry = 30 * time.Second
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

// world is a Kubernetes API, directories, a clock that all go by, and one controller between them.
type world struct {
	clock     *clocktesting.FakeClock
	begin     time.Time
	cluster   *cluster
	simulator *graphsim.Simulator
	dir       *graphsim.Control
	flow      flow

	// tenants are the Tenants; those that are away are not connected, and closing ones are being deleted.
	tenants       map[string]*v1alpha1.Tenant
	away, closing map[string]bool
	// people is who truly has a userPrincipalName; dismissed are principals that are no more.
	people    map[string]string
	dismissed map[string]bool
	// groupNames are the unique names of the groups there ever were, and makers who made what stands now.
	groupNames map[string]string
	makers     map[maker]graphsim.Provenance
	// reborn are the objects that are made anew in the instant in which they go.
	reborn map[string][]wish

	// Until these the API server is away or busy, others write all the time, and replicas flap and lead in circles.
	apiAwayUntil, apiBusyUntil, stormUntil, flapUntil, loopUntil time.Time
	flap                                                         bool
	crashLoop                                                    crashLoop
	// writer is the process that writes to the cluster now; nil: a user.
	writer *process

	process  *process
	due      map[string]time.Time
	failures map[string]int
	timers   []timer
	passes   map[string]int

	// plan is the schedule, and todo what is left of it.
	plan, todo schedule
	// trace are the calls, and times when they were made; struck are the numbers of those that something befell, and lives
	// how many there had been when each process began.
	trace   []op
	times   []time.Time
	struck  []int
	lives   []int
	history []entry
	// told counts the events that people can read, by reason.
	told  map[string]int
	watch watch
	// calm is since when all is as it should be.
	calm time.Time
	// violations are what must not be, each once.
	violations []string
}

// dawn is when a world begins.
func dawn() time.Time { return time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC) }

func newWorld(f flow, s schedule) (*world, error) {
	begin := dawn()
	w := &world{
		clock: clocktesting.NewFakeClock(begin), begin: begin, flow: f, plan: s, todo: s, watch: newWatch(),
		tenants: map[string]*v1alpha1.Tenant{}, away: map[string]bool{}, closing: map[string]bool{},
		people: map[string]string{}, dismissed: map[string]bool{}, reborn: map[string][]wish{}, told: map[string]int{},
		groupNames: map[string]string{}, makers: map[maker]graphsim.Provenance{},
		due: map[string]time.Time{}, failures: map[string]int{}, passes: map[string]int{},
	}
	var err error
	if w.simulator, err = newSimulator(w.clock, f); err != nil {
		return nil, err
	}
	w.dir = w.simulator.Control()
	w.cluster = newCluster(w.clock)
	w.cluster.changed = w.changed
	for _, d := range f.directories() {
		t := &v1alpha1.Tenant{}
		t.Name, t.UID, t.Spec.TenantID = d.name, "uid-tenant", v1alpha1.ObjectID(d.id)
		w.tenants[d.name] = t
		for name, id := range d.users {
			w.people[name+"@"+d.domain] = id
		}
	}
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
	return anonymous(b.String())
}

// after has something happen later.
func (w *world) after(d time.Duration, do func()) {
	w.timers = append(w.timers, timer{w.clock.Now().Add(d), do})
}

// changed is the watch: it wakes the object if the controller's predicate lets the change through, as soon as the
// cache shows it.
func (w *world) changed(c change) {
	w.checkChange(c)
	if wishes, reborn := w.reborn[c.id]; c.after == nil && reborn {
		delete(w.reborn, c.id)
		apply(c.id, wishes...)(w) // which is what the watch shows
		return
	}
	if w.process == nil || w.process.ended() != nil {
		return
	}
	w.process.rouse(c)
	if c.after == nil {
		w.process.deleted(c.before)
		return
	}
	of, _ := speciesOf(c.after)
	if c.before != nil && !w.process.controllers[of].changed.Update(event.UpdateEvent{ObjectOld: c.before, ObjectNew: c.after}) {
		return
	}
	if !w.clock.Now().Before(w.process.thaw) { // else the thaw wakes it
		w.wake(c.id, w.clock.Now())
	}
}

// wake has an object looked at, at the latest then: a queue holds an object once.
func (w *world) wake(name string, at time.Time) {
	if due, ok := w.due[name]; !ok || at.Before(due) {
		w.due[name] = at
	}
}

// everNamed lists the objects that ever were.
func (w *world) everNamed() []string {
	var names []string
	seen := map[string]bool{}
	for _, c := range w.cluster.log {
		if !seen[c.id] {
			seen[c.id] = true
			names = append(names, c.id)
		}
	}
	return names
}

// run plays until all is as it should be, and has been for a while.
func (w *world) run() {
	w.restart()
	for _, s := range w.flow.steps {
		w.after(s.at, func() { w.step(s) })
	}
	// What follows from a violation is of no interest, and may be endless.
	for len(w.violations) == 0 && w.turn() {
	}
	if len(w.violations) == 0 {
		w.checkEnd()
	}
}

// step has a user act, as soon as the API server lets them.
func (w *world) step(s step) {
	if wait := w.apiAwayUntil.Sub(w.clock.Now()); wait > 0 {
		w.after(wait+time.Second, func() { s.do(w) })
		return
	}
	s.do(w)
	w.busyUntil(w.clock.Now())
}

// turn has the next thing happen, unless it is over.
func (w *world) turn() bool {
	if w.unfinished() != "" || len(w.timers) > 0 {
		w.calm = time.Time{}
	} else if w.calm.IsZero() {
		w.calm = w.clock.Now()
	}
	end := w.watch.trouble.Add(patience)
	switch {
	case len(w.timers) > 0:
		end = w.clock.Now().Add(patience)
	case !w.calm.IsZero():
		end = w.calm.Add(settle)
	}
	at, do := w.next()
	if do == nil || at.After(end) || len(w.trace) > maxCalls {
		w.advance(end)
		return false
	}
	w.advance(at)
	do()
	w.check()
	return true
}

// play has everything happen that is due until an instant.
func (w *world) play(until time.Time) {
	for len(w.violations) == 0 && len(w.trace) <= maxCalls {
		at, do := w.next()
		if do == nil || at.After(until) {
			return
		}
		w.advance(at)
		do()
		w.check()
	}
}

// next returns what happens next, and when. Of what is due at once, the outside world comes first.
func (w *world) next() (at time.Time, do func()) {
	for i, t := range w.timers {
		if do == nil || t.at.Before(at) {
			at, do = t.at, func() {
				w.timers = append(w.timers[:i:i], w.timers[i+1:]...)
				t.do()
			}
		}
	}
	for _, name := range sorted(w.due) {
		if due := w.due[name]; do == nil || due.Before(at) {
			at, do = due, func() { w.pass(name) }
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
		w.checkWords()
	}
}

// pass is one reconcile, and a new process if it was the last of the old one.
func (w *world) pass(name string) {
	delete(w.due, name)
	p := w.process
	if p.ended() != nil {
		return
	}
	if w.passes[name]++; w.passes[name] > maxPassesAtOnce {
		w.violate("L3", name+" is looked at again and again at one instant")
		w.due = map[string]time.Time{}
		return
	}
	p.current, p.passBegan, p.passAt = name, w.cluster.revision, w.clock.Now()
	w.tell("pass", name)
	ctx := ctrl.LoggerInto(p.ctx, logr.New(sink{w}))
	of, bare := parseID(name)
	result, err := p.controllers[of].Reconcile(ctx, ctrl.Request{NamespacedName: client.ObjectKey{Namespace: "team", Name: bare}})
	p.current = ""
	p.passes++
	if err != nil {
		w.checkText("an error", err.Error())
	}
	switch {
	case p != w.process:
		p.dead = true // another has taken over while it slept
	case p.ended() != nil:
		pause := w.crashLoop.pause()
		w.troubleUntil(w.clock.Now().Add(pause))
		w.restartIn(pause)
	case err != nil:
		w.wake(name, w.clock.Now().Add(min(5*time.Millisecond<<min(w.failures[name], 20), latestRetry)))
		w.failures[name]++
	default:
		delete(w.failures, name)
		if result.RequeueAfter > 0 {
			w.wake(name, w.clock.Now().Add(result.RequeueAfter))
		}
	}
}

// restart puts a new process in place of the one there was.
func (w *world) restart() { w.restartIn(time.Second) }

// restartIn does so, with nothing in its memory. After a while it looks at every object. While the API server is away no
// process can begin.
func (w *world) restartIn(d time.Duration) {
	clear(w.due)
	clear(w.failures)
	if w.clock.Now().Before(w.apiAwayUntil) {
		return
	}
	w.tell("start")
	w.process = newProcess(w)
	w.lives = append(w.lives, len(w.trace))
	w.busyUntil(w.clock.Now().Add(d))
	for _, name := range w.cluster.ids() {
		w.wake(name, w.clock.Now().Add(d))
	}
}

// apiGone has the API server be away for an hour. Without it a leader does not stay one for long.
func (w *world) apiGone() {
	w.apiAwayUntil = w.clock.Now().Add(time.Hour)
	w.troubleUntil(w.apiAwayUntil)
	w.after(10*time.Second, func() {
		w.process.dead = true
		clear(w.due)
	})
	w.after(time.Hour, w.restart)
}

// disturbed notes that something goes wrong now.
func (w *world) disturbed() {
	w.watch.upset = w.clock.Now()
	w.troubleUntil(w.clock.Now())
}

// troubleUntil notes until when what went wrong goes on doing so.
func (w *world) troubleUntil(t time.Time) {
	w.watch.faulty = later(w.watch.faulty, t)
	w.busyUntil(t)
}

// busyUntil notes until when something goes on that is not wrong.
func (w *world) busyUntil(t time.Time) { w.watch.trouble = later(w.watch.trouble, t) }
