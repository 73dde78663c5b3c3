package faults_test

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/rolewarden/rolewarden/internal/graph/msgraph"
	"github.com/rolewarden/rolewarden/internal/tenant"
)

const (
	// callTime is how long a call takes when nothing goes wrong.
	callTime = 20 * time.Millisecond
	// nap is how long a suspended process sleeps; lease is how long it takes another to see that, and lull how long after
	// it wakes its cache shows what was there before.
	nap   = 10 * time.Minute
	lease = 15 * time.Second
	lull  = 5 * time.Second
	// manyCrashes is how often a process ends in the same place.
	manyCrashes = 100
)

// slowest is the longest that jitter may make a wait.
func slowest(d time.Duration) time.Duration { return d + d/5 }

// process is one life of the manager.
type process struct {
	w *world
	// controllers are those that it runs, one for each species.
	controllers [manySpecies]*controller
	registry    *tenant.Registry
	// ctx ends when the process is asked to end; dead is set when it has ended; woken when it was suspended and another
	// has taken over since.
	ctx         context.Context
	stop        context.CancelFunc
	dead, woken bool
	// current is the object that is being looked at, passBegan and passAt the revision and the time at which that
	// began, and passes how many such looks have ended.
	current           string
	passBegan, passes int
	passAt            time.Time
	// The cache shows what was there at revision frozen until thaw, and never less than it has shown: seen.
	frozen, seen int
	thaw         time.Time
	// deadlines are when, as the world goes, the contexts of calls end, by when they would in earnest.
	deadlines map[time.Time]time.Time
	// Nothing may be sent to Graph, or to the login endpoint, of a tenant before these.
	graphQuiet, loginQuiet map[string]time.Time
}

func newProcess(w *world) *process {
	p := &process{w: w, registry: tenant.NewRegistry(), deadlines: map[time.Time]time.Time{}, graphQuiet: map[string]time.Time{}, loginQuiet: map[string]time.Time{}}
	p.ctx, p.stop = context.WithCancel(context.Background())
	for _, d := range w.flow.directories() {
		if !w.away[d.name] {
			p.connect(d)
		}
	}
	p.control()
	return p
}

// connect does what the controller of Tenants does.
func (p *process) connect(d directory) {
	c, err := msgraph.New(msgraph.Options{
		TenantID: d.id, Cloud: msgraph.Endpoints("https://directory.test", "https://directory.test"),
		Credential: d.credential, Transport: wire{p, d}, Clock: p.w.clock,
	})
	p.w.must(err)
	t := p.w.tenants[d.name]
	p.registry.Connect(t, tenant.NewConnection(t, c, "", p.w.clock))
}

// ended says why the process makes no more calls.
func (p *process) ended() error {
	if p.dead {
		return errDead
	}
	return p.ctx.Err()
}

// call makes one call of the process, with what the schedule has for it.
func (p *process) call(o op, run func(fault) error) error {
	if err := p.ended(); err != nil {
		return err
	}
	w := p.w
	if p.woken {
		w.play(w.clock.Now()) // the other process goes on as well
	}
	w.trace = append(w.trace, o)
	number := len(w.trace)
	w.clock.Step(callTime)
	w.times = append(w.times, w.clock.Now())
	k, struck := w.todo.take(number, o)
	if struck {
		w.struck = append(w.struck, number)
		w.disturbed()
		if !onWire(o) {
			w.watch.unwritten = w.clock.Now()
		}
	}
	w.tell(strconv.Itoa(number), string(o), p.current, string(k.fault))
	if number > maxCalls {
		w.violate("L3", "there is no end to the calls")
		k.fault = crash
	}
	err := p.befall(o, k, run)
	w.check()
	return err
}

// befall makes the call, or not.
func (p *process) befall(o op, k strike, run func(fault) error) error {
	w := p.w
	switch f := w.crashLoop.next(o, k.fault); f {
	case crash, crashes:
		return p.end(k.hand)
	case crashAfter, crashesAfter:
		_ = run(none) // nobody is there to see what came of it
		return p.end(k.hand)
	case terminated:
		_ = run(none)
		w.tell("SIGTERM")
		p.stop()
		w.act(k.hand)
		return p.ctx.Err()
	case sleep:
		p.suspend(k.hand)
		if onWire(o) {
			return context.DeadlineExceeded // no call over the wire has ten minutes
		}
		return run(none)
	case sleepAfter:
		err := run(none)
		p.suspend(k.hand)
		return err
	case paused:
		w.clock.Step(10 * time.Second)
		err := run(none)
		w.act(k.hand)
		return err
	default:
		err := run(f)
		w.act(k.hand)
		return err
	}
}

func onWire(o op) bool {
	switch o {
	case opDiscovery, opToken, opLookup, opRead, opPage, opCreate, opUpdate, opDelete:
		return true
	}
	return false
}

func (p *process) end(hand string) error {
	p.dead = true
	p.w.check()
	p.w.act(hand)
	return errDead
}

// suspend lets the process sleep while another takes over. What it does when it wakes it does as if it were the leader
// still, until its pass ends.
func (p *process) suspend(hand string) {
	w := p.w
	w.tell("suspended")
	revision, until := w.cluster.revision, w.clock.Now().Add(nap)
	w.act(hand)
	w.restartIn(lease)
	w.play(until)
	w.advance(until)
	p.woken, p.frozen, p.thaw = true, max(p.seen, revision), until.Add(lull)
	w.disturbed()
	w.tell("awake")
}

// crashLoop is a process that ends in the same place each time.
type crashLoop struct {
	op    op
	fault fault
	left  int
}

// next returns what befalls a call: what the schedule has for it, or what befell the last one like it.
func (l *crashLoop) next(o op, f fault) fault {
	if f == crashes || f == crashesAfter {
		*l = crashLoop{o, f, manyCrashes}
	}
	if l.left == 0 || l.op != o {
		return f
	}
	l.left--
	return l.fault
}

// pause is how long the kubelet waits before it starts the process again.
func (l *crashLoop) pause() time.Duration {
	if l.left == 0 {
		return time.Second
	}
	return min(10*time.Second<<min(manyCrashes-1-l.left, 5), 5*time.Minute)
}

// lag has the cache be behind from now on, for a while, if that is the fault.
func (p *process) lag(f fault, name string) {
	changes := map[fault]int{stale: 1, older: 3}[f]
	if changes == 0 {
		return
	}
	p.frozen = max(p.seen, p.w.cluster.back(name, changes))
	p.thaw = p.w.clock.Now().Add(lull)
	p.w.after(lull, func() {
		for _, name := range p.w.everNamed() {
			p.w.wake(name, p.w.clock.Now())
		}
	})
}

// see returns an object as the cache shows it.
func (p *process) see(name string) object {
	revision := p.w.cluster.revision
	if p.w.clock.Now().Before(p.thaw) {
		revision = p.frozen
	}
	p.seen = max(p.seen, revision)
	return p.w.cluster.past(name, revision)
}

// wire carries what a process sends to one directory.
type wire struct {
	p *process
	d directory
}

// CloseIdleConnections is what a connection that is replaced is told.
func (wire) CloseIdleConnections() {}

// RoundTrip implements http.RoundTripper.
func (t wire) RoundTrip(req *http.Request) (*http.Response, error) {
	x := &exchange{by: t.p, with: t.d, req: req}
	if err := x.read(); err != nil {
		return nil, err
	}
	o := x.op()
	if t.p.overdue(req.Context()) && (o == opCreate || o == opUpdate || o == opDelete) {
		return nil, context.DeadlineExceeded
	}
	err := t.p.call(o, func(f fault) error {
		t.p.checkSend(t.d, o, x)
		err := t.p.w.serve(x, f, o)
		if err == nil {
			t.p.checkAnswer(t.d, o, x)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return x.resp, nil
}

// overdue tells whether the time that a call was given has passed while the process slept. A context knows another clock.
func (p *process) overdue(ctx context.Context) bool {
	deadline, limited := ctx.Deadline()
	if !limited {
		return false
	}
	if _, known := p.deadlines[deadline]; !known {
		p.deadlines[deadline] = p.w.clock.Now().Add(time.Until(deadline).Round(time.Second))
	}
	return p.w.clock.Now().After(p.deadlines[deadline])
}
