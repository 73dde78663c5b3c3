package main

import (
	"errors"
	"fmt"
	"io"
	"time"
)

// What a manager may have grown by between the first and the last calm moment of its life. Goroutines and files come and go
// with connections; memory is what the garbage collector lets it be, which is more after the first storm than before.
const (
	moreGoroutines = 50
	moreFiles      = 50
	timesResident  = 1.5
	moreResident   = 32 * mib
)

// growth is what the calm moments of one life show: the first and the last of them.
type growth struct{ first, last sample }

// growths are those of the lives that were measured more than once.
func growths(samples []sample) []growth {
	var all []growth
	for i, one := range samples {
		switch {
		case i == 0 || samples[i-1].life != one.life:
			all = append(all, growth{one, one})
		default:
			all[len(all)-1].last = one
		}
	}
	return all
}

func (g growth) took() time.Duration { return g.last.at.Sub(g.first.at) }

func (g growth) of(metric string) float64 { return g.last.figures[metric] - g.first.figures[metric] }

// hourly is what it would have been in an hour; nothing where there is no time between the moments.
func (g growth) hourly(metric string) float64 {
	if g.took() <= 0 {
		return 0
	}
	return g.of(metric) / g.took().Hours()
}

// excess says what grew by more than it may.
func (g growth) excess() error {
	resident := g.first.figures[metricResident]*timesResident + moreResident
	switch {
	case g.of(metricGoroutines) > moreGoroutines:
		return fmt.Errorf("manager %d has %.0f goroutines more than at its first calm moment", g.first.life, g.of(metricGoroutines))
	case g.of(metricFiles) > moreFiles:
		return fmt.Errorf("manager %d has %.0f open files more than at its first calm moment", g.first.life, g.of(metricFiles))
	case g.last.figures[metricResident] > resident:
		return fmt.Errorf("manager %d has %.1f MiB resident, %.1f more than at its first calm moment", g.first.life,
			g.last.figures[metricResident]/mib, g.of(metricResident)/mib)
	}
	return nil
}

// tellGrowth prints by how much each long life grew between its first and its last calm moment, and fails if one grew too much.
func (s *soak) tellGrowth(w io.Writer) error {
	t := &table{}
	t.row()
	t.row("LIFE", "OVER", "LIFE CYCLES", "RESIDENT MiB", "PER HOUR", "HEAP MiB", "PER HOUR", "GOROUTINES", "PER HOUR", "FILES", "PER HOUR")
	var excess error
	for _, g := range growths(s.samples) {
		row := []any{g.first.life, g.took().Round(time.Second), g.last.cycles - g.first.cycles}
		for _, m := range []string{metricResident, metricHeap} {
			row = append(row, fmt.Sprintf("%+.1f", g.of(m)/mib), fmt.Sprintf("%+.1f", g.hourly(m)/mib))
		}
		for _, m := range []string{metricGoroutines, metricFiles} {
			row = append(row, fmt.Sprintf("%+.0f", g.of(m)), fmt.Sprintf("%+.0f", g.hourly(m)))
		}
		t.row(row...)
		excess = errors.Join(excess, g.excess())
	}
	return errors.Join(t.write(w), excess)
}
