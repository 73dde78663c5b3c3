package store

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// Assignments is the set of role assignments, whose coming and going is the history.
const Assignments = "roleAssignments"

// Store is every tenant of a simulator. All access goes through Run.
type Store struct {
	mu      sync.Mutex
	tenants map[string]*Tenant
	order   []string
	pending []deferred
	changes []Commit // all
	history []Commit // the role assignments that came and went
	last    time.Time
}

type deferred struct {
	due time.Time
	run func(at time.Time)
}

// New returns a store without tenants.
func New() *Store { return &Store{tenants: map[string]*Tenant{}} }

// Run carries out fn while nothing else touches the store, after all work that
// was due by now. Nothing it reaches may be kept or used after it returns. The
// instant it is given is now, or that of the run before where two that came at
// once are carried out the other way round: time never goes back in the store.
func (s *Store) Run(now time.Time, fn func(at time.Time)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Before(s.last) {
		now = s.last
	}
	s.settle(now)
	s.last = now
	fn(now)
}

// settle does the deferred work whose time has come, oldest first.
func (s *Store) settle(now time.Time) {
	for len(s.pending) > 0 && !s.pending[0].due.After(now) {
		next := s.pending[0]
		s.pending = s.pending[1:]
		next.run(next.due)
	}
}

// Defer puts work off until due. Call it inside Run.
func (s *Store) Defer(due time.Time, run func(at time.Time)) {
	at, _ := slices.BinarySearchFunc(s.pending, due, func(d deferred, due time.Time) int {
		if d.due.After(due) {
			return 1
		}
		return -1
	})
	s.pending = slices.Insert(s.pending, at, deferred{due, run})
}

// Layout says how the sets of a tenant are kept.
type Layout struct {
	// Indexed are the properties by which the rows of a set are found without a scan.
	Indexed map[string][]string
	// Apart are the sets whose IDs are their own: a row of such a set can have
	// the ID of a row of another.
	Apart map[string]bool
}

// AddTenant adds an empty directory.
func (s *Store) AddTenant(id string, layout Layout) *Tenant {
	t := &Tenant{ID: id, store: s, rows: map[string]*Row{}, sets: map[string][]*Row{}, layout: layout, index: map[indexKey][]*Row{}}
	s.tenants[id] = t
	s.order = append(s.order, id)
	return t
}

// Tenant returns the directory with this ID. Call it inside Run.
func (s *Store) Tenant(id string) (*Tenant, error) {
	if t, ok := s.tenants[strings.ToLower(id)]; ok {
		return t, nil
	}
	return nil, fmt.Errorf("there is no tenant %q; there are %s", id, strings.Join(s.order, ", "))
}

// TenantIDs lists the tenants in the order they were added.
func (s *Store) TenantIDs() []string { return slices.Clone(s.order) }

// History returns every role assignment that came or went so far, in order.
func (s *Store) History() []Commit { return slices.Clone(s.history) }

// Changes returns every effective change so far of some sets, or of all, in order.
func (s *Store) Changes(sets ...string) []Commit {
	out := []Commit{}
	for _, c := range s.changes {
		if len(sets) == 0 || slices.Contains(sets, c.Set) {
			out = append(out, c)
		}
	}
	return out
}

// commit writes a change down.
func (s *Store) commit(t *Tenant, op string, r Record, by Provenance) {
	c := Commit{Seq: int64(len(s.changes) + 1), Time: by.Time, TenantID: t.ID, Set: r.Set, Op: op, Record: r, Provenance: by}
	if r.Set == Assignments {
		c.Assignment = r.assignment()
	}
	s.changes = append(s.changes, c)
	if r.Set == Assignments && op != OpUpdate {
		s.history = append(s.history, c)
	}
}
