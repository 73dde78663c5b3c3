package fault

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Call is what a fault is matched against.
type Call struct {
	Method, Path, TenantID, Operation string
}

// Set holds the faults that were ordered. The zero value is empty and ready.
type Set struct {
	mu     sync.Mutex
	nextID int
	orders []*order
}

type order struct {
	Fault
	path *regexp.Regexp
	seen int
}

// Add orders a fault and returns the ID it got.
func (s *Set) Add(f Fault) (string, error) {
	if err := f.validate(); err != nil {
		return "", fmt.Errorf("fault: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nextID++
	f.ID = fmt.Sprintf("fault-%d", s.nextID)
	s.orders = append(s.orders, &order{Fault: f, path: regexp.MustCompile(f.Match.Path)})
	return f.ID, nil
}

// Clear forgets every fault.
func (s *Set) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.orders = nil
}

// List returns the faults that can still strike, in the order they were added.
func (s *Set) List() []Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Fault, 0, len(s.orders))
	for _, o := range s.orders {
		out = append(out, o.Fault)
	}
	return out
}

// Pick returns what befalls the call: the first fault that strikes, together
// with the latencies of those before it that only slow things down.
func (s *Set) Pick(c Call) (Effect, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var slow Effect
	for _, o := range s.orders {
		if !o.strikes(c) {
			continue
		}
		slow.Latency += o.Effect.Latency
		if !o.Effect.onlySlows() {
			hit := o.Effect
			hit.Latency = slow.Latency
			s.drop()
			return hit, true
		}
	}
	s.drop()
	return slow, slow.Latency > 0
}

// drop removes the faults that have struck as often as they were to.
func (s *Set) drop() {
	s.orders = slices.DeleteFunc(s.orders, func(o *order) bool {
		return o.Count > 0 && o.seen >= o.Skip+o.Count
	})
}

// strikes counts the call if it matches and says whether it is hit.
func (o *order) strikes(c Call) bool {
	m := o.Match
	if !equal(m.Method, c.Method) || !equal(m.TenantID, c.TenantID) || !equal(m.Operation, c.Operation) || !o.path.MatchString(c.Path) {
		return false
	}
	o.seen++
	return o.seen > o.Skip
}

func equal(want, got string) bool { return want == "" || strings.EqualFold(want, got) }
