package chaos

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graphsim"
)

// Options are what a World needs. All are required but Nemesis.
type Options struct {
	// Kube reads and writes live, past all gates.
	Kube client.WithWatch
	// Directory is the simulator, seeded with Seed.
	Directory *graphsim.Control
	// Endpoints are what the Tenants name as their cloud: the simulator's, or a proxy's before it.
	Endpoints v1alpha1.Endpoints
	// Namespace is that of the trials' objects, and System the controller's own. Both exist.
	Namespace, System string
	// Clock tells the time.
	Clock clock.WithTicker
	// Window and Drift are the manager's propagation window and drift interval.
	Window, Drift time.Duration
	// Late is how long after it was sent a late call is carried out: less than the window, and so long that another create
	// call is made and answered before. Where the machine is so slow that the window is over by then, the trial is void.
	Late time.Duration
	// Lag is how far behind a replica is that lags. Like Late, it must leave room in the window.
	Lag time.Duration
	// Patience is how long a step of a trial may take.
	Patience time.Duration
	// Nemesis has something go wrong with calls that no strike is for; nil never does.
	Nemesis func(Call) Fault
}

// World is what the trials of one test have in common.
type World struct {
	Options
	witness *Witness
	begun   time.Time
	ctx     context.Context //nolint:containedctx // it ends with the test, and everything here with it

	sequence, named atomic.Int64
	// pace is how long a call to Kubernetes takes of late, in nanoseconds.
	pace atomic.Int64
	// atWork is set while there is a manager that makes calls.
	atWork atomic.Bool

	mu       sync.Mutex
	objects  map[string]*Trial
	owners   map[string]*Trial // by principal ID, in lower case, and by user principal name
	tenants  map[string]*Trial // by directory ID, of those that have one of their own
	byTenant map[string]*Trial // by the name of the Tenant
	free     []string          // the directories that no trial has
	live     map[*Trial]bool
	seen     map[string]*v1alpha1.RoleAssignment // what the watch showed last
	connects map[string]*v1alpha1.Tenant
	ids      map[string]Grant // the keys of the directory's IDs
}

// New returns a World, in which nothing happens before Start.
func New(o Options) *World {
	w := &World{
		Options: o, begun: o.Clock.Now(), objects: map[string]*Trial{}, owners: map[string]*Trial{}, tenants: map[string]*Trial{},
		byTenant: map[string]*Trial{}, live: map[*Trial]bool{}, seen: map[string]*v1alpha1.RoleAssignment{},
		connects: map[string]*v1alpha1.Tenant{}, ids: map[string]Grant{},
	}
	w.witness = newWitness(w)
	return w
}

// Start watches etcd until the context ends, and connects the Tenant that trials share unless they need one of their own. It
// does not wait for that: no manager may be running yet.
func (w *World) Start(ctx context.Context) error {
	w.ctx = ctx
	for _, id := range w.Directory.Tenants() {
		if id != sharedTenant {
			w.free = append(w.free, id)
		}
	}
	if err := w.watch(ctx); err != nil {
		return fmt.Errorf("watching: %w", err)
	}
	if err := w.connect(ctx, sharedName, sharedTenant); err != nil {
		return fmt.Errorf("creating the shared Tenant: %w", err)
	}
	return nil
}

// Witness is who watches.
func (w *World) Witness() *Witness { return w.witness }

// Violations are what must not be and was, so far.
func (w *World) Violations() []Violation { return w.witness.all() }

// Pace is how long a call of a manager to Kubernetes takes of late. Where it comes near the propagation window, the machine
// cannot follow, and what is asked for does not come about.
func (w *World) Pace() time.Duration { return time.Duration(w.pace.Load()) }

func (w *World) measure(took time.Duration) {
	const share = 16 // of the newest call in the mean
	was := w.pace.Load()
	w.pace.Store(was + (int64(took)-was)/share)
}

// killed notes the end of a life in the history of every trial.
func (w *World) killed() {
	w.atWork.Store(false)
	w.witness.forgive()
	for _, t := range w.running() {
		t.tell("kill")
	}
}

func (w *World) running() []*Trial {
	w.mu.Lock()
	defer w.mu.Unlock()
	trials := make([]*Trial, 0, len(w.live))
	for t := range w.live {
		trials = append(trials, t)
	}
	return trials
}

// enter registers a trial under all that its calls may name.
func (w *World) enter(t *Trial) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if t.flow.Own {
		if len(w.free) == 0 {
			return fmt.Errorf("%s: no directory is free; seed more", t.Token())
		}
		t.tenantID, w.free = w.free[0], w.free[1:]
		t.tenantName = t.name("dir")
		w.tenants[t.tenantID], w.byTenant[t.tenantName] = t, t
	}
	w.live[t] = true
	for _, name := range []string{"a", "b"} {
		w.objects[t.name(name)] = t
	}
	for _, p := range t.principals {
		w.owners[p.id], w.owners[p.upn] = t, t
	}
	return nil
}

// leave forgets a trial. Its objects and principals are remembered: a call that comes late is still its own.
func (w *World) leave(t *Trial) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.live, t)
	if t.flow.Own && t.err == nil {
		w.free = append(w.free, t.tenantID)
		delete(w.tenants, t.tenantID)
	}
}

func (w *World) find(in map[string]*Trial, key string) *Trial {
	w.mu.Lock()
	defer w.mu.Unlock()
	return in[key]
}

func (w *World) ofObject(name string) *Trial     { return w.find(w.objects, name) }
func (w *World) ofPrincipal(id string) *Trial    { return w.find(w.owners, strings.ToLower(id)) }
func (w *World) ofTenantID(id string) *Trial     { return w.find(w.tenants, strings.ToLower(id)) }
func (w *World) ofTenantName(name string) *Trial { return w.find(w.byTenant, name) }

// learnID remembers which key an ID of the directory stands for.
func (w *World) learnID(tenantID, id string, key Grant) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ids[tenantID+"/"+id] = key
}

// grantOfID is the key that an ID of the directory stands for, or ever stood for.
func (w *World) grantOfID(tenantID, id string) Grant {
	w.mu.Lock()
	key, known := w.ids[tenantID+"/"+id]
	w.mu.Unlock()
	if known {
		return key
	}
	for _, a := range w.Directory.Assignments(tenantID) {
		key := recorded(tenantID, a)
		w.learnID(tenantID, a.ID, key)
		if a.ID == id {
			return key
		}
	}
	return Grant{}
}

func recorded(tenantID string, a graphsim.AssignmentRecord) Grant {
	return row{a.PrincipalID, a.RoleDefinitionID, a.DirectoryScopeID}.grant(tenantID)
}
