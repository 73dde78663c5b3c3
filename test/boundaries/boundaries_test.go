package boundaries

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rolewarden/rolewarden/internal/chaos"
)

const (
	// recordings is how often each flow is run undisturbed, to know which calls it makes every time.
	recordings = 3
	// rounds is how often a strike is tried whose boundary was not reached.
	rounds = 8
	// calm is how long nothing may happen in a wave before the trials that are held are killed without the others.
	calm = 4 * time.Second
	// mostMissed is of how many boundaries × faults one may not be reached.
	mostMissed = 50
	// maxReports violations are printed with their histories.
	maxReports = 8
)

// TestBoundaries breaks every call of every flow once, in every way.
func TestBoundaries(t *testing.T) {
	h := newHarness(t, accidents{})
	h.must(h.world.Connected(t.Context()))
	began := time.Now()
	p := h.record()
	h.lap(began, "recorded", "%d flows, %d boundaries, %d boundaries × faults", len(p.flows), p.boundaries(), len(p.todo))
	if len(p.todo) == 0 {
		t.Fatalf("-only=%s: there is no such trial", *onlyFlag)
	}
	for round := range rounds {
		todo := p.open()
		h.errors(p, round, slices.DeleteFunc(slices.Clone(todo), func(c cell) bool { return c.Fault.Crashes() }))
		h.crashes(p, round, slices.DeleteFunc(slices.Clone(todo), func(c cell) bool { return !c.Fault.Crashes() }))
		h.recordAgain(p)
	}
	h.report(p, time.Since(began))
}

// lap prints what a wave did, and how long it took.
func (h *harness) lap(since time.Time, what, format string, args ...any) {
	h.Helper()
	h.Logf("%6.1fs  %-10s %s", time.Since(since).Seconds(), what, fmt.Sprintf(format, args...))
}

// errors runs trials that need no kill.
func (h *harness) errors(p *plan, round int, cells []cell) {
	h.Helper()
	if len(cells) == 0 {
		return
	}
	began := time.Now()
	p.trials = h.newCrowd().run(cells)
	struck := h.settle(p)
	h.lap(began, "errors", "round %d: %d trials, %d struck", round+1, len(cells), struck)
}

// crashes runs trials in waves: when each is held at its boundary, the manager is killed.
func (h *harness) crashes(p *plan, round int, cells []cell) {
	h.Helper()
	if len(cells) == 0 {
		return
	}
	for wave := range slices.Chunk(cells, 2**sideFlag) {
		began, kills := time.Now(), h.kills
		for _, c := range wave {
			p.trials = append(p.trials, run{c, h.begin(c)})
		}
		h.killAll(p.trials)
		struck := h.settle(p)
		h.lap(began, "crashes", "round %d: %d trials, %d struck, %d kills", round+1, len(wave), struck, h.kills-kills)
	}
}

func (h *harness) begin(c cell) *chaos.Trial {
	h.Helper()
	f, _ := chaos.FlowNamed(c.flow)
	trial, err := h.world.Begin(h.Context(), f, c.Strike)
	h.must(err)
	return trial
}

// killAll kills the manager whenever all trials that are left are held, or no more of them come to be, until all are done.
func (h *harness) killAll(runs []run) {
	h.Helper()
	for left := runs; len(left) > 0; {
		held := h.awaitHeld(left)
		if len(held) > 0 {
			h.kill()
		}
		left = slices.DeleteFunc(slices.Clone(left), func(r run) bool { return slices.Contains(held, r) || isDone(r) })
	}
	for _, r := range runs {
		<-r.Done()
	}
}

// awaitHeld waits until trials are held or done, and returns those that are held. It does not wait for one that has to wait
// itself for one that is held: a lock on its key, by chance, is the lock on another.
func (h *harness) awaitHeld(runs []run) (held []run) {
	h.Helper()
	stuck := time.NewTimer(calm)
	defer stuck.Stop()
	for _, r := range runs {
		select {
		case <-r.Done():
			continue
		case <-r.Held():
			stuck.Reset(calm)
			held = append(held, r)
			continue
		default:
		}
		select {
		case <-r.Done():
		case <-r.Held():
			stuck.Reset(calm)
			held = append(held, r)
		case <-stuck.C:
			stuck.Reset(0)
		}
	}
	return held
}

func isDone(r run) bool {
	select {
	case <-r.Done():
		return true
	default:
		return false
	}
}

// report prints the figures, and what is wrong.
func (h *harness) report(p *plan, took time.Duration) {
	h.Helper()
	violations := h.world.Violations()
	for i, v := range violations {
		if i < maxReports {
			h.Errorf("%s\n%s", v, v.History)
			continue
		}
		h.Errorf("%s", v)
	}
	h.Logf("\n%s", p.table())
	h.Logf("%d flows, %d boundaries, %d boundaries × faults, %d trials, %d kills, %d violations, in %s",
		len(p.flows), p.boundaries(), len(p.todo), p.count, h.kills, len(violations), took.Round(time.Second))
	h.coverage(p)
}

// coverage prints what was not reached, and holds that it is little, and no kind of call of any flow.
func (h *harness) coverage(p *plan) {
	h.Helper()
	missed := p.missed()
	for _, c := range missed {
		h.Logf("not reached: %s", c.token())
	}
	h.Logf("coverage: %d of %d boundaries × faults (%.1f %%), the others are calls that are made by chance",
		len(p.todo)-len(missed), len(p.todo), 100*float64(len(p.todo)-len(missed))/float64(len(p.todo)))
	if *onlyFlag != "" && len(missed) < len(p.todo) {
		return // of a few, chance may well leave out some
	}
	if len(missed)*mostMissed > len(p.todo) {
		h.Errorf("%d of %d boundaries × faults were not reached: more than one in %d", len(missed), len(p.todo), mostMissed)
	}
	if none := p.untouched(); len(none) > 0 {
		h.Errorf("never struck: %s", strings.Join(none, ", "))
	}
}
