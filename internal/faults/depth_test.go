//go:debug rsa1024min=0

package faults_test

import (
	"flag"
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
	fullFlag = flag.Bool("full", false,
		"search at full size: one fault at every call, with and without a hand, and in create-delete two faults; elsewhere a sample of two")
	partFlag   = flag.Int("part", usualPart, "without -full: how many schedules of depth 1 are chosen")
	sampleFlag = flag.Int("sample", 100, "with -full: how many schedules of two faults each flow is tried with besides")
	seedFlag   = flag.Uint64("seed", 1, "chooses what is sampled")
	flowFlag   = flag.String("flow", "", "the flows to search, with commas between; all if empty")
)

// TestMain trades memory, of which a world needs little, for speed; and a profile of it, which nobody reads.
func TestMain(m *testing.M) {
	runtime.MemProfileRate = 0
	debug.SetGCPercent(1600)
	debug.SetMemoryLimit(1 << 30)
	os.Exit(m.Run())
}

// chance is the seed's, and another for each use.
func chance(use string) *rand.Rand {
	number := uint64(0)
	for _, b := range []byte(use) {
		number = number*131 + uint64(b)
	}
	return rand.New(rand.NewPCG(*seedFlag, number))
}

// extend lists a schedule with one more fault, at each call from a number on and of each kind, and each hand.
func extend(base schedule, trace []op, from int, hands []string) []schedule {
	var out []schedule
	again := len(base.strikes) > 0
	if again && solo(base.strikes[len(base.strikes)-1].fault) {
		return nil
	}
	for i := from; i < len(trace); i++ {
		for _, f := range append([]fault{none}, faultsOf(trace[i])...) {
			for _, hand := range hands {
				if (f == none && hand == "") || (solo(f) && (again || hand != "")) {
					continue
				}
				out = append(out, base.with(strike{call: i + 1, fault: f, hand: hand}))
			}
		}
	}
	return out
}

// depthOne lists every schedule of one fault of a flow, with and without a hand, and those of the hands that reach for
// what is the controller's own.
func depthOne(t testing.TB, f flow) []schedule {
	base := schedule{flow: f.name}
	trace := play(t, base).trace
	all := extend(base, trace, 0, append([]string{""}, f.hands...))
	for i, o := range trace {
		for _, hand := range meddlers() {
			all = append(all, base.with(strike{call: i + 1, hand: hand}))
			if slices.Contains(faultsOf(o), stale) {
				all = append(all, base.with(strike{call: i + 1, fault: stale, hand: hand}))
			}
		}
	}
	return all
}

// search runs schedules side by side.
type search struct {
	t  testing.TB
	mu sync.Mutex
	coverage
	total, bad int
}

func newSearch(t testing.TB) *search { return &search{t: t, coverage: newCoverage()} }

// each runs do for each schedule, as many at once as there are processors.
func each(schedules []schedule, do func(schedule)) {
	queue := make(chan schedule)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for one := range queue {
				do(one)
			}
		})
	}
	for _, one := range schedules {
		queue <- one
	}
	close(queue)
	workers.Wait()
}

// try plays a schedule and counts it.
func (s *search) try(one schedule) {
	w := play(s.t, one)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.total++
	s.count(one, w)
	if len(w.violations) > 0 {
		s.bad++
		s.complain(one, w)
	}
}

// maxReports violations are printed with their histories; of more, only how many there are is told.
const maxReports = 10

func (s *search) complain(one schedule, w *world) {
	if s.bad <= maxReports {
		s.t.Errorf("-schedule=%s\n%s\n%s", one, strings.Join(w.violations, "\n"), w.report())
		return
	}
	s.t.Errorf("-schedule=%s: %s", one, w.violations[0])
}

// What a search must not fall below as flows and faults come and go: how many schedules one at full size plays, and how
// much of the matrix the part covers that is played without -full.
const (
	leastTotal = 100_000
	usualPart  = 13_000
	leastShare = 0.18
)

// TestFaults is the search. Without -full it plays a part of depth 1.
func TestFaults(t *testing.T) {
	s, began := newSearch(t), time.Now()
	var first []schedule
	for _, f := range flows() {
		if wanted(f.name) {
			first = append(first, depthOne(t, f)...)
			s.expect(f, play(t, schedule{flow: f.name}).trace)
		}
	}
	whole := *fullFlag || len(first) <= *partFlag
	if !whole {
		chance("part").Shuffle(len(first), func(i, j int) { first[i], first[j] = first[j], first[i] })
		first = first[:*partFlag]
	}
	each(first, s.try)
	t.Logf("\n%s\n%s\n%s", s.matrix(), s.table(), s.summary())
	if whole {
		s.insist(t)
	} else if *partFlag >= usualPart && s.share() < leastShare {
		t.Errorf("the part covers %.1f %% of the matrix, and not %.0f %%: choose a larger one", 100*s.share(), 100*leastShare)
	}
	if *fullFlag {
		s.depthTwo(first)
		if *flowFlag == "" && s.total < leastTotal {
			t.Errorf("%d schedules were played, and not %d: sample more", s.total, leastTotal)
		}
	}
	took := time.Since(began)
	t.Logf("%d schedules, %d violations, in %s: %.0f a second; -seed=%d", s.total, s.bad, took.Round(time.Second),
		float64(s.total)/took.Seconds(), *seedFlag)
}

// wanted tells whether a flow is to be searched.
func wanted(name string) bool {
	return *flowFlag == "" || slices.Contains(strings.Split(*flowFlag, ","), name)
}

// depthTwo plays two faults in one run. The second is at a call of the run that has the first, so that the calls by
// which the controller recovers are broken too.
func (s *search) depthTwo(first []schedule) {
	byFlow := map[string][]schedule{}
	for _, one := range first {
		if !solo(one.strikes[0].fault) {
			byFlow[one.flow] = append(byFlow[one.flow], one)
		}
	}
	for _, name := range sorted(byFlow) {
		if name == "create-delete" {
			s.everyPair(byFlow[name])
		}
		s.somePairs(name, byFlow[name])
	}
}

// everyPair plays all pairs of faults, nobody interfering.
func (s *search) everyPair(first []schedule) {
	disturbed := func(one schedule) bool { return one.strikes[0].hand != "" }
	each(slices.DeleteFunc(slices.Clone(first), disturbed), func(one schedule) {
		for _, two := range extend(one, play(s.t, one).trace, one.strikes[0].call, []string{""}) {
			s.try(two)
		}
	})
}

// pairsOfOne is how many second faults are chosen for a first.
const pairsOfOne = 4

// somePairs plays a sample of pairs, with one hand at most.
func (s *search) somePairs(name string, first []schedule) {
	chance(name).Shuffle(len(first), func(i, j int) { first[i], first[j] = first[j], first[i] })
	each(first[:min(len(first), *sampleFlag/pairsOfOne)], func(one schedule) {
		f, _ := flowNamed(name)
		hands := append([]string{""}, f.hands...)
		if one.strikes[0].hand != "" {
			hands = hands[:1]
		}
		second := extend(one, play(s.t, one).trace, one.strikes[0].call, hands)
		chance(one.String()).Shuffle(len(second), func(i, j int) { second[i], second[j] = second[j], second[i] })
		for _, two := range second[:min(len(second), pairsOfOne)] {
			s.try(two)
		}
	})
}
