package main

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rolewarden/rolewarden/internal/chaos"
	"github.com/rolewarden/rolewarden/internal/graphsim"
	"github.com/rolewarden/rolewarden/internal/testenv"
)

// oneIn is how many calls pass unharmed for one that does not, while the nemesis is awake.
const oneIn = 30

// nemesis has calls go wrong, and the whole directory, by chance.
type nemesis struct {
	mu     sync.Mutex
	chance *rand.Rand
	awake  bool
	counts map[string]int
}

func newNemesis(seed uint64) *nemesis {
	return &nemesis{chance: rand.New(rand.NewPCG(seed, 2)), counts: map[string]int{}} //nolint:gosec // it need not be hard to guess
}

// wake begins, or ends, what goes wrong by chance.
func (n *nemesis) wake(awake bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.awake = awake
}

// strike implements chaos.Options.Nemesis.
func (n *nemesis) strike(c chaos.Call) chaos.Fault {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.awake || n.chance.IntN(oneIn) > 0 {
		return chaos.None
	}
	faults := slices.DeleteFunc(chaos.FaultsOf(c.Op), func(f chaos.Fault) bool { return f.Crashes() || forAll(f, c) })
	f := faults[n.chance.IntN(len(faults))]
	n.counts[fmt.Sprintf("%s %s", side(c.Op), f)]++
	return f
}

// forAll tells whether a fault would close the way into a directory that trials share: after a kill nobody knows any more
// that it is closed. It is for the directories that are one trial's own, and those are not the first.
func forAll(f chaos.Fault, c chaos.Call) bool {
	own := c.Op.Kube() || side(c.Op) == "login"
	return !own && (f == chaos.Throttled || f == chaos.Unavailable)
}

func side(o chaos.Op) string {
	side, _, _ := strings.Cut(string(o), ".")
	return side
}

// tally says what went wrong so far, by kind.
func (n *nemesis) tally() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	var parts []string
	for _, kind := range slices.Sorted(maps.Keys(n.counts)) {
		parts = append(parts, fmt.Sprintf("%s %d", kind, n.counts[kind]))
	}
	return strings.Join(parts, ", ")
}

func (n *nemesis) total() (total int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, count := range n.counts {
		total += count
	}
	return total
}

// weather is what the whole directory is like for a while.
type weather struct {
	name  string
	after func(*graphsim.Settings)
}

// weathers are all there are. A replica's lag and a late call together are less than the propagation window.
func weathers() []weather {
	return []weather{
		{"fair", func(*graphsim.Settings) {}},
		{"slow", func(s *graphsim.Settings) { s.Latency = 150 * time.Millisecond }},
		{"lagging", func(s *graphsim.Settings) { s.Lag, s.DeleteSeesLag = lag, true }},
		{"unavailable", func(s *graphsim.Settings) { s.Outage = graphsim.OutageUnavailable }},
		{"unreachable", func(s *graphsim.Settings) { s.Outage = graphsim.OutageUnreachable }},
	}
}

// change changes the weather, or what the login endpoint is like.
func (n *nemesis) change(sim *testenv.Simulator) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.chance.IntN(6) == 0 {
		n.counts["login throttled for all"]++
		_, err := sim.AddFault(graphsim.Fault{
			Match: graphsim.Match{Operation: "token"}, Count: 3, Effect: graphsim.Effect{Status: 429, Code: "temporarily_unavailable", RetryAfter: "5"},
		})
		return err
	}
	all := weathers()
	w := all[max(0, n.chance.IntN(3*len(all))-2*len(all))] // mostly fair, or nothing would ever come about
	n.counts["directory "+w.name]++
	s := graphsim.DefaultSettings()
	w.after(&s)
	return sim.SetSettings(s)
}

// alternate has replicas be behind in every other life, unless the weather is up to the nemesis.
func (n *nemesis) alternate(sim *testenv.Simulator) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.awake {
		return nil
	}
	s := sim.Settings()
	behind := s.Lag > 0
	s.Lag, s.DeleteSeesLag = 0, false
	if !behind {
		s.Lag, s.DeleteSeesLag = lag, true
	}
	return sim.SetSettings(s)
}

// calm ends all that goes wrong.
func (n *nemesis) calm(sim *testenv.Simulator) error {
	n.wake(false)
	sim.ClearFaults()
	return sim.SetSettings(graphsim.DefaultSettings())
}
