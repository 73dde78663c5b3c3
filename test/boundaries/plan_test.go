package boundaries

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/rolewarden/rolewarden/internal/chaos"
)

// cell is one fault at one boundary of one flow.
type cell struct {
	flow string
	chaos.Strike
}

func (c cell) token() string { return c.flow + ":" + c.String() }

// run is a trial of a cell.
type run struct {
	cell
	*chaos.Trial
}

// plan is what is to be tried, and what has been.
type plan struct {
	flows   []chaos.Flow
	todo    []cell
	covered map[cell]bool
	// taken are the places that an earlier flow comes to in the same way.
	taken  map[string]bool
	trials []run
	count  int
	// chance is what was given up, as the call was not made again either.
	chance []cell
}

// record runs every flow undisturbed, several times, and plans to strike all calls that are made each time.
func (h *harness) record() *plan {
	h.Helper()
	p := &plan{flows: chaos.Flows(), covered: map[cell]bool{}, taken: map[string]bool{}}
	p.flows = slices.DeleteFunc(p.flows, func(f chaos.Flow) bool { return !regexp.MustCompile(flowsOnly()).MatchString(f.Name) })
	seen := h.undisturbed(p, p.flows)
	for _, f := range p.flows {
		p.strike(f, seen[f.Name])
	}
	return p
}

// undisturbed runs flows, and returns for each how often each of its calls was made.
func (h *harness) undisturbed(p *plan, flows []chaos.Flow) map[string]map[chaos.Boundary]int {
	h.Helper()
	var cells []cell
	for range recordings {
		for _, f := range flows {
			cells = append(cells, cell{flow: f.Name})
		}
	}
	seen := map[string]map[chaos.Boundary]int{}
	for _, r := range h.newCrowd().run(cells) {
		p.count++
		if seen[r.flow] == nil {
			seen[r.flow] = map[chaos.Boundary]int{}
		}
		for _, b := range r.Boundaries() {
			seen[r.flow][b]++
		}
	}
	return seen
}

// recordAgain runs the flows again in which a call was not made when it was to be struck, and gives up those calls that are
// made by chance, as when a grant happens to be due for a look.
func (h *harness) recordAgain(p *plan) {
	h.Helper()
	open := p.open()
	flows := slices.DeleteFunc(slices.Clone(p.flows), func(f chaos.Flow) bool {
		return !slices.ContainsFunc(open, func(c cell) bool { return c.flow == f.Name })
	})
	seen := h.undisturbed(p, flows)
	for _, c := range open {
		if seen[c.flow][c.At] < recordings {
			p.chance = append(p.chance, c)
		}
	}
}

// flowsOnly leaves the flow of what -only says.
func flowsOnly() string {
	flow, _, _ := strings.Cut(*onlyFlag, ":")
	return flow
}

// strike plans all that can go wrong with a flow.
func (p *plan) strike(f chaos.Flow, seen map[chaos.Boundary]int) {
	only := regexp.MustCompile(*onlyFlag)
	for _, b := range inOrder(seen) {
		if seen[b] < recordings {
			continue
		}
		for _, fault := range slices.Concat(chaos.FaultsOf(b.Op), f.Hands) {
			c := cell{f.Name, chaos.Strike{At: b, Fault: fault}}
			if only.MatchString(c.token()) && !p.same(f, c) {
				p.todo = append(p.todo, c)
			}
		}
	}
}

// same tells, once it has been asked of another flow, whether a cell is reached there by the same steps. What follows then
// is the same, too, but for a create call that may still take effect when the next step is taken.
func (p *plan) same(f chaos.Flow, c cell) bool {
	var path strings.Builder
	for _, s := range f.Steps[:c.At.Step] {
		path.WriteString(s.Name + "/")
	}
	place := path.String() + c.String()
	was := p.taken[place]
	p.taken[place] = true
	open := c.At.Op == chaos.OpCreate && slices.Contains([]chaos.Fault{chaos.CrashAfter, chaos.Dropped, chaos.Lost, chaos.Late}, c.Fault)
	return was && !open
}

func inOrder(seen map[chaos.Boundary]int) []chaos.Boundary {
	var all []chaos.Boundary
	for b := range seen {
		all = append(all, b)
	}
	slices.SortFunc(all, func(a, b chaos.Boundary) int {
		return cmp.Or(cmp.Compare(a.Step, b.Step), cmp.Compare(a.Op, b.Op), cmp.Compare(a.Nth, b.Nth))
	})
	return all
}

// boundaries counts the calls that are struck in one way or another.
func (p *plan) boundaries() int {
	type place struct {
		flow string
		at   chaos.Boundary
	}
	places := map[place]bool{}
	for _, c := range p.todo {
		places[place{c.flow, c.At}] = true
	}
	return len(places)
}

// missed lists what has not been covered.
func (p *plan) missed() []cell {
	return slices.DeleteFunc(slices.Clone(p.todo), func(c cell) bool { return p.covered[c] })
}

// open lists what is still to be tried.
func (p *plan) open() []cell {
	return slices.DeleteFunc(p.missed(), func(c cell) bool { return slices.Contains(p.chance, c) })
}

// untouched lists the kinds of calls of flows of which not one was struck.
func (p *plan) untouched() []string {
	struck := map[string]bool{}
	for _, c := range p.todo {
		name := c.flow + " " + string(c.At.Op)
		struck[name] = struck[name] || p.covered[c]
	}
	var none []string
	for _, name := range slices.Sorted(maps.Keys(struck)) {
		if !struck[name] {
			none = append(none, name)
		}
	}
	return none
}

// settle counts the trials that are done, and returns how many were struck where they should have been.
func (h *harness) settle(p *plan) int {
	h.Helper()
	struck := 0
	for _, r := range p.trials {
		p.count++
		if *tellFlag {
			h.Logf("%s\n%s", r.Token(), r.History())
		}
		if r.Struck() && r.Void() == "" {
			p.covered[r.cell] = true
			struck++
		}
	}
	p.trials = nil
	return struck
}

// table says for each flow and kind of fault how many boundaries there are, and how many were struck.
func (p *plan) table() string {
	type place struct {
		flow  string
		fault chaos.Fault
	}
	all, done := map[place]int{}, map[place]int{}
	var faults []chaos.Fault
	for _, c := range p.todo {
		at := place{c.flow, c.Fault}
		if !slices.Contains(faults, c.Fault) {
			faults = append(faults, c.Fault)
		}
		all[at]++
		if p.covered[c] {
			done[at]++
		}
	}
	slices.Sort(faults)
	var b strings.Builder
	fmt.Fprintf(&b, "%-20s", "boundaries struck")
	for _, f := range faults {
		fmt.Fprintf(&b, " %10s", f)
	}
	for _, f := range p.flows {
		fmt.Fprintf(&b, "\n%-20s", f.Name)
		for _, fault := range faults {
			at := place{f.Name, fault}
			fmt.Fprintf(&b, " %10s", fmt.Sprintf("%d/%d", done[at], all[at]))
		}
	}
	return b.String() + "\n"
}
