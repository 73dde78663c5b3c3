package faults_test

import (
	"strconv"
	"time"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/controllers/roleassignment"
	"github.com/rolewarden/rolewarden/internal/graph/msgraph"
	"github.com/rolewarden/rolewarden/internal/lifecycle"
	"github.com/rolewarden/rolewarden/internal/tenant"
)

// callTime is how long a call takes when nothing goes wrong.
const callTime = 20 * time.Millisecond

// slowest is the longest that jitter may make a wait.
func slowest(d time.Duration) time.Duration { return d + d/5 }

// process is one life of the manager.
type process struct {
	w          *world
	reconciler *roleassignment.Reconciler
	registry   *tenant.Registry
	dead       bool
	// current is the object that is being looked at; next is for the world, to choose among those that are due.
	current, next string
	// The cache shows what was there at revision frozen until thaw, and never less than it has shown: seen.
	frozen, seen int
	thaw         time.Time
	// Nothing may be sent to Graph, or to the login endpoint, before these.
	graphQuiet, loginQuiet time.Time
}

func newProcess(w *world) *process {
	p := &process{w: w, registry: tenant.NewRegistry()}
	c, err := msgraph.New(msgraph.Options{
		TenantID: contoso, Cloud: msgraph.Endpoints("https://directory.test", "https://directory.test"),
		Credential: msgraph.ClientSecret{ClientID: appID, Secret: secret}, Transport: p, Clock: w.clock,
	})
	w.must(err)
	p.registry.Connect(w.tenant, tenant.NewConnection(w.tenant, c, "", w.clock))
	p.reconciler = roleassignment.NewReconciler(cached{p: p}, roleassignment.Options{
		Tenants: p.registry, Concurrency: 1,
		Lifecycle: lifecycle.Options[*v1alpha1.RoleAssignment, v1alpha1.AssignmentGrant]{
			Client: cached{p: p}, Live: live{p: p}, Events: recorder{p}, Clock: w.clock,
			PropagationWindow: window, DriftInterval: drift,
			Jitter: slowest,
		},
	})
	return p
}

// call makes one call of the process, with what the schedule has for it.
func (p *process) call(o op, run func(fault) error) error {
	if p.dead {
		return errDead
	}
	p.w.trace = append(p.w.trace, o)
	number := len(p.w.trace)
	p.w.clock.Step(callTime)
	k := p.w.todo.take(number, o)
	p.w.tell(strconv.Itoa(number), string(o), p.current, string(k.fault))
	if number > maxCalls {
		p.w.violate("L3", "there is no end to the calls")
		k.fault = crash
	}
	var err error
	switch k.fault {
	case crash:
		p.dead, err = true, errDead
	case crashAfter:
		_ = run(none) // nobody is there to see what came of it
		p.dead, err = true, errDead
	case paused:
		p.w.clock.Step(10 * time.Second)
		err = run(none)
	default:
		err = run(k.fault)
	}
	p.w.check()
	p.w.act(k.hand)
	return err
}

// lag has the cache be behind from now on, for a while, if that is the fault.
func (p *process) lag(f fault, name string) {
	changes := map[fault]int{stale: 1, older: 3}[f]
	if changes == 0 {
		return
	}
	p.frozen = max(p.seen, p.w.cluster.back(name, changes))
	p.thaw = p.w.clock.Now().Add(5 * time.Second)
	p.w.after(5*time.Second, func() {
		for _, name := range p.w.everNamed() {
			p.w.wake(name, p.w.clock.Now())
		}
	})
}

// see returns an object as the cache shows it.
func (p *process) see(name string) *object {
	revision := p.w.cluster.revision
	if p.w.clock.Now().Before(p.thaw) {
		revision = p.frozen
	}
	p.seen = max(p.seen, revision)
	return p.w.cluster.past(name, revision)
}
