//go:build mutants

package faults_test

import (
	"encoding/json"
	"flag"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/rolewarden/rolewarden/internal/faults/mutants"
	"github.com/rolewarden/rolewarden/internal/faults/mutants/mutant"
)

var (
	huntFlag   = flag.String("hunt", "", "where to write what became of the hunt for the mutant that is switched on")
	keptFlag   = flag.String("kept", "", "schedules to try first, with blanks between")
	effortFlag = flag.Int("effort", 10000, "how many schedules to try before a mutant counts as not caught")
)

const (
	// alone is how many schedules of depth 1 are tried before those of depth 2 take turns with them.
	alone = 1000
	// offspring is how many schedules of depth 2 are tried that begin alike.
	offspring = 5
)

// TestHunt looks for a schedule that shows the mutant that is switched on, and fails if it finds one, as the search does
// that it stands for. It plays the same schedules as the search in another order, and ends with the first that shows it:
// flows take turns, and so do what the chance says and what made a difference to how often the mutant came to its turn.
func TestHunt(t *testing.T) {
	h := &hunt{t: t, chance: rand.New(rand.NewPCG(*seedFlag, 0)), telling: map[class]bool{}}
	h.run()
	if *huntFlag != "" {
		data, err := json.Marshal(h.found)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(*huntFlag, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if h.world != nil {
		t.Errorf("mutant %q: -schedule=%s\n%s\n%s", os.Getenv(mutant.Variable), h.found.Schedule, h.found.Violation, h.world.report())
	}
}

// hunt is a search that ends with the first violation.
type hunt struct {
	t      *testing.T
	chance *rand.Rand
	places []*place
	// telling are the classes of faults that made a difference to how often the mutant came to its turn, and seeds the
	// schedules that did.
	telling map[class]bool
	seeds   []schedule
	round   int
	found   mutants.Hunt
	world   *world
}

// place is a flow and what is left to try there.
type place struct {
	flow flow
	// trace and turns are those of the run without faults.
	trace []op
	turns int64
	// all are the schedules of depth 1, and left those that were not tried yet.
	all, left []schedule
}

// class is a fault of a kind of call.
type class struct {
	op    op
	fault fault
}

func (p *place) classOf(s schedule) class {
	first := s.strikes[0]
	return class{p.trace[first.call-1], first.fault}
}

// kept plays what an earlier search has kept.
func (h *hunt) kept() {
	for _, token := range strings.Fields(*keptFlag) {
		s, err := parseSchedule(token)
		if err != nil {
			h.t.Fatal(err)
		}
		h.play(s)
		if h.found.Remembered = h.done(); h.found.Remembered {
			return
		}
	}
}

func (h *hunt) run() {
	if h.kept(); h.done() {
		return
	}
	for _, f := range flows() {
		if !wanted(f.name) {
			continue
		}
		w, turns := h.play(schedule{flow: f.name})
		if h.done() {
			return
		}
		all := depthOne(h.t, f)
		h.chance.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		h.places = append(h.places, &place{flow: f, trace: w.trace, turns: turns, all: all, left: slices.Clone(all)})
	}
	for ; !h.done(); h.round++ {
		for _, p := range h.places {
			h.first(p)
		}
		if h.found.Tried > alone {
			h.second()
		}
	}
}

func (h *hunt) done() bool { return h.world != nil || h.found.Tried >= *effortFlag }

// first plays a schedule of depth 1, if there is one left: by turns one whose class has made a difference, one that
// nobody interferes with, and any.
func (h *hunt) first(p *place) {
	if h.done() || len(p.left) == 0 {
		return
	}
	i := 0
	switch h.round % 3 {
	case 0:
		i = slices.IndexFunc(p.left, func(s schedule) bool { return h.telling[p.classOf(s)] })
	case 1:
		i = slices.IndexFunc(p.left, func(s schedule) bool { return s.strikes[0].hand == "" })
	}
	s := p.left[max(i, 0)]
	p.left = slices.Delete(p.left, max(i, 0), max(i, 0)+1)
	if _, turns := h.play(s); turns != p.turns {
		h.telling[p.classOf(s)] = true
		h.seeds = append(h.seeds, s)
	}
}

// second plays some schedules of depth 2 for each of those of depth 1: of create-delete, of the flows by turns, and of
// what made a difference.
func (h *hunt) second() {
	whole := slices.IndexFunc(h.places, func(p *place) bool { return p.flow.name == "create-delete" })
	for range max(1, len(h.places)/(4*offspring)) {
		h.breed(h.places[max(whole, 0)].all)
		h.breed(h.places[h.chance.IntN(len(h.places))].all)
		h.breed(h.seeds)
		h.breed(h.seeds)
	}
}

// breed plays some schedules that begin with the same fault, one of those given.
func (h *hunt) breed(firsts []schedule) {
	if h.done() || len(firsts) == 0 {
		return
	}
	first := firsts[h.chance.IntN(len(firsts))]
	w, _ := h.play(first)
	hands := []string{""}
	if f, _ := flowNamed(first.flow); first.strikes[0].hand == "" { // one hand a run
		hands = append(hands, f.hands...)
	}
	list := extend(first, w.trace, first.strikes[0].call, hands)
	for i := range min(offspring, len(list)) {
		if h.done() {
			return
		}
		s := list[h.chance.IntN(len(list))]
		if i%2 == 0 { // by turns without a hand
			s.strikes = slices.Clone(s.strikes)
			if last := &s.strikes[len(s.strikes)-1]; last.fault != none {
				last.hand = ""
			}
		}
		h.play(s)
	}
}

// play plays a schedule, and tells how often the mutant came to its turn. What the harness itself got wrong catches
// nothing, and neither does what is wrong without the mutant, too.
func (h *hunt) play(s schedule) (*world, int64) {
	before := mutant.Turns()
	w := play(h.t, s)
	turns := mutant.Turns() - before
	h.found.Tried++
	wrong := wrongIn(w)
	if wrong == "" || h.world != nil {
		return w, turns
	}
	if name := os.Getenv(mutant.Variable); name != "" && h.wrongWithout(s, name) {
		h.found.Spoilt = append(h.found.Spoilt, s.String())
		return w, turns
	}
	h.world = w
	h.found.Caught, h.found.Depth, h.found.Schedule, h.found.Violation = true, len(s.strikes), s.String(), wrong
	return w, turns
}

// wrongWithout tells whether the schedule shows something wrong where no mutant is switched on.
func (h *hunt) wrongWithout(s schedule, name string) bool {
	h.t.Setenv(mutant.Variable, "")
	defer h.t.Setenv(mutant.Variable, name)
	return wrongIn(play(h.t, s)) != ""
}

func wrongIn(w *world) string {
	i := slices.IndexFunc(w.violations, func(v string) bool { return !strings.HasPrefix(v, "harness") })
	if i < 0 {
		return ""
	}
	return w.violations[i]
}
