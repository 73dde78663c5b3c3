package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/rolewarden/rolewarden/internal/chaos"
)

// table is what is printed.
type table struct{ rows [][]string }

func (t *table) row(cells ...any) {
	row := make([]string, 0, len(cells))
	for _, cell := range cells {
		row = append(row, fmt.Sprint(cell))
	}
	t.rows = append(t.rows, row)
}

func (t *table) write(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range t.rows {
		if _, err := fmt.Fprintln(tw, strings.Join(row, "\t")); err != nil {
			return err
		}
	}
	return tw.Flush()
}

// table tells at which calls managers were ended, and what came of it.
func (r *roster) table() *table {
	t := &table{}
	t.row("ENDED AT", "BEFORE", "AFTER", "BEFORE, CARRIED OUT LATE")
	ops := map[chaos.Op]bool{}
	for place := range r.struck {
		ops[place.op] = true
	}
	for _, op := range slices.Sorted(maps.Keys(ops)) {
		t.row(op, r.struck[target2{op, chaos.Crash}], r.struck[target2{op, chaos.CrashAfter}], r.struck[target2{op, chaos.CrashLate}])
	}
	t.row()
	for _, how := range slices.Sorted(maps.Keys(r.endings)) {
		t.row("ended by "+string(how), r.endings[how])
	}
	t.row("calls held when it ended", r.strikes())
	t.row("places struck", fmt.Sprintf("%d of %d", len(r.places), len(r.supply.targets)))
	t.row("managers started", r.house.lives.begun)
	t.row("managers that failed to start", r.unborn)
	t.row("trials", r.begun)
	t.row("trials whose place was not reached", r.missed)
	t.row("trials that prove nothing", len(r.void))
	t.row("violations", len(r.house.world.Violations()))
	t.row("seed", r.house.options.seed)
	t.row("time", r.house.since())
	for _, what := range slices.Sorted(maps.Keys(r.spent)) {
		t.row("waited for "+what, r.spent[what].Round(time.Second))
	}
	t.row("processor time of the managers", r.house.lives.worked().Round(time.Second))
	return t
}
