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
	effortFlag = flag.Int("effort", 20000, "how many schedules to try before a mutant counts as not caught")
)

const (
	// alone is how many schedules of depth 1 are tried before those of depth 2 take turns with them.
	alone = 4000
	// offspring is how many schedules of depth 2 are tried that begin alike.
	offspring = 5
)

// TestHunt looks for a schedule that shows the mutant that is switched on, and fails if it finds one, as the search does
// that it stands for. It plays the same schedules as the search in another order, by turns from every flow, so that a
// mistake shows early, and ends with the first.
func TestHunt(t *testing.T) {
	h := &hunt{t: t, chance: rand.New(rand.NewPCG(*seedFlag, 0))}
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
	// firsts are the schedules of depth 1 that are left, by flow.
	firsts [][]schedule
	// seeds are all of depth 1, by flow, that those of depth 2 begin with.
	seeds [][]schedule
	turn  int
	found mutants.Hunt
	world *world
}

func (h *hunt) run() {
	for _, f := range flows() {
		base := schedule{flow: f.name}
		w := h.play(base)
		if h.done() {
			return
		}
		list := extend(base, w.trace, 0, handsOf(f))
		h.chance.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		h.firsts, h.seeds = append(h.firsts, list), append(h.seeds, slices.Clone(list))
	}
	for !h.done() {
		if h.depthOne(); h.found.Tried >= alone && !h.done() {
			h.depthTwo()
		}
	}
}

func (h *hunt) done() bool { return h.world != nil || h.found.Tried >= *effortFlag }

func handsOf(f flow) []string { return append([]string{""}, f.hands...) }

// depthOne plays one schedule of each flow that has some left.
func (h *hunt) depthOne() {
	for i := range h.firsts {
		if n := len(h.firsts[i]); n > 0 && !h.done() {
			h.play(h.firsts[i][n-1])
			h.firsts[i] = h.firsts[i][:n-1]
		}
	}
}

// depthTwo plays some schedules of create-delete, and some of another flow.
func (h *hunt) depthTwo() {
	all := flows()
	whole := slices.IndexFunc(all, func(f flow) bool { return f.name == "create-delete" })
	for range 2 {
		h.breed(all[whole], h.seeds[whole])
	}
	h.turn = (h.turn + 1) % len(all)
	h.breed(all[h.turn], h.seeds[h.turn])
}

// breed plays some schedules that begin with the same fault.
func (h *hunt) breed(f flow, seeds []schedule) {
	if h.done() || len(seeds) == 0 {
		return
	}
	first := seeds[h.chance.IntN(len(seeds))]
	w := h.play(first)
	hands := handsOf(f)
	if first.strikes[0].hand != "" { // one hand a run
		hands = hands[:1]
	}
	list := extend(first, w.trace, first.strikes[0].call, hands)
	for range min(offspring, len(list)) {
		if !h.done() {
			h.play(list[h.chance.IntN(len(list))])
		}
	}
}

// play plays a schedule. What the harness itself got wrong catches nothing.
func (h *hunt) play(s schedule) *world {
	w := play(h.t, s)
	h.found.Tried++
	i := slices.IndexFunc(w.violations, func(v string) bool { return !strings.HasPrefix(v, "harness") })
	if i >= 0 && h.world == nil {
		h.world = w
		h.found.Caught, h.found.Depth = true, len(s.strikes)
		h.found.Schedule, h.found.Violation = s.String(), w.violations[i]
	}
	return w
}
