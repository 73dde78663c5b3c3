package faults_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// boundary is a call of a flow's undisturbed run: what it is for, and the how manieth of these it is.
type boundary struct {
	flow string
	op   op
	nth  int
}

// String names the boundary.
func (b boundary) String() string { return b.flow + " " + string(b.op) + "#" + strconv.Itoa(b.nth) }

// boundaries names the calls of a run.
func boundaries(flow string, trace []op) []boundary {
	count := map[op]int{}
	named := make([]boundary, 0, len(trace))
	for _, o := range trace {
		count[o]++
		named = append(named, boundary{flow, o, count[o]})
	}
	return named
}

// cell is a boundary and what befell it.
type cell struct {
	boundary
	fault fault
}

// coverage is what was to be tried with one fault, and what was.
type coverage struct {
	calls             map[string][]boundary
	expected, covered map[cell]bool
	// missed are schedules whose fault never came about, since the run ended before.
	missed []string
	flows  map[string]*tally
	slow   map[fault]time.Duration
	worst  map[fault]schedule
}

type tally struct{ schedules, violations int }

func newCoverage() coverage {
	return coverage{
		calls: map[string][]boundary{}, expected: map[cell]bool{}, covered: map[cell]bool{}, flows: map[string]*tally{},
		slow: map[fault]time.Duration{}, worst: map[fault]schedule{},
	}
}

// expect notes what has to be tried: each call of the undisturbed run, with each fault whose table entry names its op.
func (c *coverage) expect(f flow, trace []op) {
	c.calls[f.name] = boundaries(f.name, trace)
	for _, b := range c.calls[f.name] {
		for _, k := range kinds() {
			if slices.Contains(k.ops, b.op) {
				c.expected[cell{b, k.fault}] = true
			}
		}
	}
}

// count notes what a run tried. A fault counts only if it struck, and as what it struck.
func (c *coverage) count(one schedule, w *world) {
	if c.flows[one.flow] == nil {
		c.flows[one.flow] = &tally{}
	}
	c.flows[one.flow].schedules++
	if len(w.violations) > 0 {
		c.flows[one.flow].violations++
	}
	if len(one.strikes) != 1 {
		return
	}
	k := one.strikes[0]
	if len(w.struck) == 0 {
		c.missed = append(c.missed, one.String())
		return
	}
	at := boundaries(one.flow, w.trace[:w.struck[0]])
	if b := at[len(at)-1]; k.fault != none {
		c.covered[cell{b, k.fault}] = true
	}
	if took := w.recovery(); k.hand == "" && took > c.slow[k.fault] {
		c.slow[k.fault], c.worst[k.fault] = took, one
	}
}

// matrix says for each fault and kind of call at how many boundaries it was tried.
func (c *coverage) matrix() string {
	ops := []op{
		opCacheGet, opCacheList, opLiveGet, opLiveList, opNamespace, opPatch, opStatus, opDiscovery, opToken, opLookup, opRead, opPage,
		opCreate, opUpdate, opDelete,
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%-12s", "fault")
	for _, o := range ops {
		fmt.Fprintf(&b, " %10s", o)
	}
	fmt.Fprintf(&b, "  slowest recovery\n")
	for _, k := range kinds() {
		fmt.Fprintf(&b, "%-12s", k.fault)
		for _, o := range ops {
			done, all := c.at(o, k.fault)
			text := fmt.Sprintf("%d/%d", done, all)
			if all == 0 {
				text = "-"
			}
			fmt.Fprintf(&b, " %10s", text)
		}
		fmt.Fprintf(&b, "  %s %s\n", c.slow[k.fault].Round(time.Second), c.worst[k.fault])
	}
	return b.String()
}

// at is at how many boundaries of a kind a fault was tried, and at how many it has to be.
func (c *coverage) at(o op, f fault) (done, all int) {
	for e := range c.expected {
		if e.op == o && e.fault == f {
			all++
			if c.covered[e] {
				done++
			}
		}
	}
	return done, all
}

// table says for each flow how much of it was tried.
func (c *coverage) table() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-20s %10s %10s %10s %10s %10s\n", "flow", "boundaries", "x faults", "covered", "schedules", "violations")
	for _, name := range sorted(c.flows) {
		done, all := 0, 0
		for e := range c.expected {
			if e.flow == name {
				all++
				if c.covered[e] {
					done++
				}
			}
		}
		t := c.flows[name]
		fmt.Fprintf(&b, "%-20s %10d %10d %10d %10d %10d\n", name, len(c.calls[name]), all, done, t.schedules, t.violations)
	}
	return b.String()
}

func (c *coverage) summary() string {
	return fmt.Sprintf("coverage: %d of %d boundaries x fault kinds (%.1f %%), %d faults not reached",
		c.done(), len(c.expected), 100*c.share(), len(c.missed))
}

// done is how much of what was to be tried was.
func (c *coverage) done() int {
	done := 0
	for e := range c.expected {
		if c.covered[e] {
			done++
		}
	}
	return done
}

func (c *coverage) share() float64 { return float64(c.done()) / float64(max(1, len(c.expected))) }

// insist fails a test if something was not tried.
func (c *coverage) insist(t testing.TB) {
	for e := range c.expected {
		if !c.covered[e] {
			t.Errorf("not tried: %s with %s", e.boundary, e.fault)
		}
	}
	for _, token := range c.missed {
		t.Errorf("not reached: %s", token)
	}
}
