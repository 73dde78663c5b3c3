//go:debug rsa1024min=0

package faults_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

var (
	fullFlag   = flag.Bool("full", false, "search at full size: depth 2 whole for create-delete, sampled for the other flows")
	sampleFlag = flag.Int("sample", 1000, "with -full: how many schedules of depth 2 each other flow is tried with")
	seedFlag   = flag.Uint64("seed", 1, "with -full: chooses the samples")
	flowFlag   = flag.String("flow", "", "the flows to search, with commas between; all if empty")
)

// TestMain trades memory, of which a world needs little, for speed.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(1 << 30)
	os.Exit(m.Run())
}

// maxReports violations are printed with their histories; of more, only how many there are is told.
const maxReports = 10

// cell is a place in the table: a flow and a fault.
type cell struct {
	flow  string
	fault fault
}

// tally is what was tried there.
type tally struct {
	boundaries            map[int]bool
	schedules, violations int
}

// search runs schedules side by side.
type search struct {
	t testing.TB

	mu         sync.Mutex
	cells      map[cell]*tally
	total, bad int
	reports    int
}

func newSearch(t testing.TB) *search { return &search{t: t, cells: map[cell]*tally{}} }

// all plays every schedule, and hands each that has been played to next.
func (s *search) all(schedules []schedule, next func(schedule, []op)) {
	queue := make(chan schedule)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for one := range queue {
				f, _ := flowNamed(one.flow)
				w, err := newWorld(f, one)
				if err != nil {
					s.t.Error(err)
					continue
				}
				w.run()
				s.note(one, w)
				if next != nil {
					next(one, w.trace)
				}
			}
		})
	}
	for _, one := range schedules {
		queue <- one
	}
	close(queue)
	workers.Wait()
}

// note counts a run under its last fault.
func (s *search) note(one schedule, w *world) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.total++
	if n := len(one.strikes); n > 0 {
		last := one.strikes[n-1]
		c := cell{one.flow, last.fault}
		if s.cells[c] == nil {
			s.cells[c] = &tally{boundaries: map[int]bool{}}
		}
		s.cells[c].boundaries[last.call] = true
		s.cells[c].schedules++
		if len(w.violations) > 0 {
			s.cells[c].violations++
		}
	}
	if len(w.violations) == 0 {
		return
	}
	s.bad++
	if s.reports++; s.reports <= maxReports {
		s.t.Errorf("-schedule=%s\n%s\n%s", one, strings.Join(w.violations, "\n"), w.report())
		return
	}
	s.t.Errorf("-schedule=%s: %s", one, w.violations[0])
}

// extend lists a schedule with one more fault, at each call from a number on and of each kind, and each hand.
func extend(base schedule, trace []op, from int, hands []string) []schedule {
	var out []schedule
	for i := from; i < len(trace); i++ {
		for _, f := range append([]fault{none}, faultsOf(trace[i])...) {
			for _, hand := range hands {
				if f == none && hand == "" {
					continue
				}
				strikes := append(slices.Clone(base.strikes), strike{call: i + 1, fault: f, hand: hand})
				out = append(out, schedule{flow: base.flow, strikes: strikes})
			}
		}
	}
	return out
}

// depthOne lists every schedule of one fault of a flow, with and without a hand.
func depthOne(t testing.TB, f flow) []schedule {
	base := schedule{flow: f.name}
	return extend(base, play(t, base).trace, 0, append([]string{""}, f.hands...))
}

// TestFaults is the search: depth 1 whole for every flow, depth 2 as the flags have it. With -short only some flows.
func TestFaults(t *testing.T) {
	s, began := newSearch(t), time.Now()
	for _, f := range flows() {
		if !wanted(f.name) {
			continue
		}
		s.all(depthOne(t, f), nil)
		if *fullFlag {
			s.depthTwo(f)
		}
	}
	took := time.Since(began)
	t.Logf("\n%s%d schedules, %d violations, in %s: %.0f a second", s.table(), s.total, s.bad, took.Round(time.Second), float64(s.total)/took.Seconds())
}

// wanted tells whether a flow is to be searched.
func wanted(name string) bool {
	some := *flowFlag
	if some == "" && testing.Short() {
		some = "create-delete,edit"
	}
	return some == "" || slices.Contains(strings.Split(some, ","), name)
}

// depthTwo plays two faults in one run. The second is at a call of the run that has the first, so that the calls by
// which the controller recovers are broken too.
func (s *search) depthTwo(f flow) {
	whole := f.name == "create-delete"
	chance := rand.New(rand.NewPCG(*seedFlag, uint64(len(f.name))))
	var mu sync.Mutex
	var second []schedule
	base := schedule{flow: f.name}
	hands := append([]string{""}, f.hands...)
	first := extend(base, play(s.t, base).trace, 0, hands)
	quiet := newSearch(s.t) // they have been counted as depth 1
	quiet.all(first, func(one schedule, trace []op) {
		seconds := hands // one hand a run
		if one.strikes[0].hand != "" {
			seconds = hands[:1]
		}
		more := extend(one, trace, one.strikes[0].call, seconds)
		mu.Lock()
		defer mu.Unlock()
		second = append(second, more...)
	})
	slices.SortFunc(second, func(a, b schedule) int { return strings.Compare(a.String(), b.String()) })
	if !whole && len(second) > *sampleFlag {
		chance.Shuffle(len(second), func(i, j int) { second[i], second[j] = second[j], second[i] })
		second = second[:*sampleFlag]
	}
	s.all(second, nil)
}

// table says what was tried: for each flow and fault the boundaries, the schedules and the violations.
func (s *search) table() string {
	var faults []fault
	var names []string
	for c := range s.cells {
		if !slices.Contains(faults, c.fault) {
			faults = append(faults, c.fault)
		}
		if !slices.Contains(names, c.flow) {
			names = append(names, c.flow)
		}
	}
	slices.Sort(faults)
	slices.Sort(names)
	var b strings.Builder
	fmt.Fprintf(&b, "%-20s %-10s %10s %10s %10s\n", "flow", "fault", "boundaries", "schedules", "violations")
	for _, name := range names {
		for _, f := range faults {
			if c := s.cells[cell{name, f}]; c != nil {
				label := string(f)
				if f == none {
					label = "(hand)"
				}
				fmt.Fprintf(&b, "%-20s %-10s %10d %10d %10d\n", name, label, len(c.boundaries), c.schedules, c.violations)
			}
		}
	}
	return b.String()
}
