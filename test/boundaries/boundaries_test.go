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
	// maxReports violations are printed with their histories.
	maxReports = 8
)

// TestBoundaries breaks every call of every flow once, in every way.
func TestBoundaries(t *testing.T) {
	h := newHarness(t)
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

// killAll kills the manager whenever all trials that are left are held, until all are done.
func (h *harness) killAll(runs []run) {
	h.Helper()
	left := runs
	for len(left) > 0 {
		// A trial may have to wait for one that is held: a lock on its key, by chance, is the lock on another.
		deadline := time.NewTimer(patience / 6)
		var held []run
		for _, r := range left {
			select {
			case <-r.Done():
			case <-r.Held():
				held = append(held, r)
			case <-deadline.C:
				deadline.Reset(0)
			}
		}
		deadline.Stop()
		if len(held) > 0 {
			h.kill()
		}
		left = slices.DeleteFunc(slices.Clone(left), func(r run) bool { return slices.Contains(held, r) })
		left = slices.DeleteFunc(left, func(r run) bool { return isDone(r) })
	}
	for _, r := range runs {
		<-r.Done()
	}
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
	missed := p.open()
	var names []string
	for _, c := range missed {
		names = append(names, c.token())
	}
	h.Logf("\n%s", p.table())
	h.Logf("%d flows, %d boundaries, %d boundaries × faults, %d trials, %d kills, %d violations, in %s",
		len(p.flows), p.boundaries(), len(p.todo), p.count, h.kills, len(violations), took.Round(time.Second))
	h.Logf("%d boundaries × faults left out, as the call is made by chance", p.chance)
	h.Logf("coverage: %d of %d boundaries × faults (%.1f %%)", len(p.todo)-len(missed), len(p.todo), 100*float64(len(p.todo)-len(missed))/float64(max(1, len(p.todo))))
	if len(missed) > 0 {
		h.Errorf("not reached: %s", strings.Join(names, " "))
	}
}
