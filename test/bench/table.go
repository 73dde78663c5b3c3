package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// table is what is printed: a figure, its value, and the limit that it is held to, if there is one.
type table struct{ rows [][3]string }

func (t *table) row(figure, value, limit string) {
	t.rows = append(t.rows, [3]string{figure, value, limit})
}

// calls adds the most calls that one operation took, and what they were.
func (t *table) calls(figure string, s sample) {
	var parts []string
	for _, operation := range slices.Sorted(maps.Keys(s.operations)) {
		parts = append(parts, fmt.Sprintf("%d %s", s.operations[operation], operation))
	}
	t.row(figure, fmt.Sprintf("%d (%s)", s.most(), strings.Join(parts, ", ")), "<= 3")
}

// times adds the median and the extremes.
func (t *table) times(figure string, s sample) {
	round := func(d time.Duration) string { return d.Round(time.Millisecond).String() }
	t.row(fmt.Sprintf("%s, median of %d", figure, len(s.times)),
		fmt.Sprintf("%s (%s to %s)", round(s.median()), round(slices.Min(s.times)), round(slices.Max(s.times))), "")
}

func (t *table) print(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range append([][3]string{{"FIGURE", "MEASURED", "LIMIT"}}, t.rows...) {
		if _, err := fmt.Fprintln(tw, strings.Join(row[:], "\t")); err != nil {
			return err
		}
	}
	return tw.Flush()
}
