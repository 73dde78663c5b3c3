package chaos

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/uuid"
)

const (
	// poll is how often a trial looks at the world when nothing has told it to.
	poll = time.Second
	// nudging is how often users ask for a look at an object that needs a person.
	nudging = 2 * time.Second
)

// principal is who a trial grants a role to.
type principal struct{ id, upn string }

// Trial is one run of one flow, with objects, principals and at most one strike of its own.
type Trial struct {
	world      *World
	flow       Flow
	strike     Strike
	id         string
	principals [2]principal
	// tenantID is the directory it plays in, and tenantName the Tenant.
	tenantID, tenantName string

	held, done chan struct{}
	changes    chan struct{}

	mu sync.Mutex
	// step is the step that is on, counts the calls in it, and calls are all there were.
	step   int
	counts map[Op]int
	calls  []Call
	struck bool
	// late is how many calls are still to be carried out, away whether the directory is out of reach.
	late int
	// holding is how many calls are held, by the gate or by the API server.
	holding int
	away    bool
	applied []string
	// behind is until when the replicas that it meets are behind.
	behind  time.Time
	remodel bool
	nudged  time.Time
	voided  string
	// violated is set once something was that must not be. What follows from it is of no interest.
	violated bool
	history  []string
	err      error
	memory
}

// memory is what the witness remembers of a trial.
type memory struct {
	// shown is when an answer last showed a key to the manager and created when it was last asked for: places in the
	// sequence of all calls. read is when the principal was last read.
	shown   map[Grant]sighted
	created map[Grant]int64
	read    map[string]time.Time
	// asked is how far the sequence had come when a user wrote a spec.
	asked map[revision]int64
	// looked is when an object last looked before it asked for a key, and doomed when the manager knew that one was being deleted.
	looked map[claim]time.Time
	doomed map[types.UID]time.Time
	// idle is since when an object says Ready for nothing.
	idle map[types.UID]time.Time
	// vanished are the objects that went although their finalizer was on.
	vanished []vanishing
	creating map[Grant]int
	// orphaned are the keys that were left behind by the user's own wish.
	orphaned map[Grant]bool
}

func newMemory() memory {
	return memory{
		shown: map[Grant]sighted{}, created: map[Grant]int64{}, read: map[string]time.Time{}, creating: map[Grant]int{},
		orphaned: map[Grant]bool{}, asked: map[revision]int64{}, looked: map[claim]time.Time{}, doomed: map[types.UID]time.Time{},
		idle: map[types.UID]time.Time{},
	}
}

// Begin starts a trial. It ends by itself, when all has come about that should, or when its patience is over.
func (w *World) Begin(ctx context.Context, f Flow, s Strike) (*Trial, error) {
	t := &Trial{
		world: w, flow: f, strike: s, id: "t" + strconv.FormatInt(w.named.Add(1), 10), tenantID: sharedTenant, tenantName: sharedName,
		held: make(chan struct{}), done: make(chan struct{}), changes: make(chan struct{}, 1), counts: map[Op]int{},
		memory: newMemory(),
	}
	// What throttles closes the way into a directory for all, so that it gets one of its own.
	t.flow.Own = f.Own || (!s.At.Op.Kube() && (s.Fault == Throttled || s.Fault == Unavailable))
	for i, who := range []string{"alice", "bob"} {
		t.principals[i] = principal{id: string(uuid.NewUUID()), upn: who + "-" + t.id + "@directory.test"}
	}
	if err := w.enter(t); err != nil {
		return nil, err
	}
	go t.run(ctx)
	return t, nil
}

// Token names the trial; it can be parsed by ParseToken.
func (t *Trial) Token() string { return token(t.flow.Name, t.strike) }

// Flow is the name of the flow.
func (t *Trial) Flow() string { return t.flow.Name }

// Strike is what was to go wrong.
func (t *Trial) Strike() Strike { return t.strike }

// Held is closed once a call of the trial is held.
func (t *Trial) Held() <-chan struct{} { return t.held }

// Done is closed once the trial has ended.
func (t *Trial) Done() <-chan struct{} { return t.done }

// Err says why a trial that has ended did not come to its proper end.
func (t *Trial) Err() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}

// Struck tells whether the strike's boundary was reached.
func (t *Trial) Struck() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.struck
}

// Void says why the trial proves nothing, for no fault of the manager; nothing when it does.
func (t *Trial) Void() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.voided
}

// Calls lists the calls that the trial had so far.
func (t *Trial) Calls() []Call {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]Call(nil), t.calls...)
}

// Boundaries lists where the trial's calls can be struck.
func (t *Trial) Boundaries() []Boundary {
	var all []Boundary
	for _, c := range t.Calls() {
		if c.Step > 0 {
			all = append(all, c.Boundary)
		}
	}
	return all
}

// History is what happened to the trial: its calls, the revisions of etcd, and what people did.
func (t *Trial) History() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Join(t.history, "\n")
}

func (t *Trial) tell(what ...string) {
	now := t.world.Clock.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.history = append(t.history, fmt.Sprintf("  %9.3fs  %s", now.Sub(t.world.begun).Seconds(), strings.Join(what, " ")))
}

func (t *Trial) name(what string) string { return t.id + "-" + what }

// names are those of the objects that were ever applied.
func (t *Trial) names() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.applied)
}

func (t *Trial) noteApplied(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !slices.Contains(t.applied, name) {
		t.applied = append(t.applied, name)
	}
}

// wake has the trial look at the world.
func (t *Trial) wake() {
	select {
	case t.changes <- struct{}{}:
	default:
	}
}

// begin numbers a call and says what goes wrong with it.
func (t *Trial) begin(x *exchange) Fault {
	f := t.number(x)
	if f == None && t.world.Nemesis != nil {
		f = t.world.Nemesis(x.call)
	}
	t.tell("call", x.call.String(), x.call.Object, string(f))
	return f
}

func (t *Trial) number(x *exchange) Fault {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counts[x.call.Op]++
	x.sequence = t.world.sequence.Add(1)
	x.call.Boundary = Boundary{Step: t.step, Op: x.call.Op, Nth: t.counts[x.call.Op]}
	x.call.Trial, x.call.Number = t.Token(), len(t.calls)+1
	t.calls = append(t.calls, x.call)
	if t.struck || t.strike.Fault == None || x.call.Boundary != t.strike.At {
		return None
	}
	t.struck = true
	return t.strike.Fault
}

// finish notes what a call was answered.
func (t *Trial) finish(x *exchange, resp *http.Response, err error) {
	outcome := "was not answered"
	if resp != nil {
		outcome = "was answered " + strconv.Itoa(resp.StatusCode)
	} else if err != nil {
		outcome += ": " + err.Error()
	}
	t.tell("call", x.call.String(), x.call.Object, outcome)
	t.world.witness.finished(x, resp)
	t.wake()
}

// hold counts the calls that are held, and those that the API server has not answered yet.
func (t *Trial) hold(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.holding += n
}

func (t *Trial) markHeld() {
	t.mu.Lock()
	defer t.mu.Unlock()
	select {
	case <-t.held:
	default:
		close(t.held)
	}
}

func (t *Trial) awaitLate(n int) {
	t.mu.Lock()
	t.late += n
	t.mu.Unlock()
	t.wake()
}

func (t *Trial) void(why string) {
	t.mu.Lock()
	t.voided = why
	t.mu.Unlock()
	t.tell("void:", why)
}

func (t *Trial) markViolated() {
	t.mu.Lock()
	t.violated = true
	t.mu.Unlock()
	t.wake()
}

func (t *Trial) isViolated() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.violated
}

func (t *Trial) isAway() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.away
}

func (t *Trial) setAway(away bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.away = away
}

func (t *Trial) enterStep(i int, name string) {
	t.mu.Lock()
	t.step = i
	clear(t.counts)
	t.mu.Unlock()
	t.tell("step", strconv.Itoa(i), name)
}

// orphans lists the keys that were left behind on purpose.
func (t *Trial) orphans() map[Grant]bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.orphaned)
}
