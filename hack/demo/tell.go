package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// tell plays the scenes and sums up.
func (d *demo) tell(ctx context.Context, scenes []scene) error {
	var summary []string
	begin := time.Now()
	for _, s := range scenes {
		started := time.Now()
		if err := d.play(ctx, s); err != nil {
			return fmt.Errorf("%s\n%w", s.title, err)
		}
		summary = append(summary, fmt.Sprintf("%6.1f s  %s", time.Since(started).Seconds(), s.title))
	}
	calls, err := d.callCounts(ctx)
	if err != nil {
		return err
	}
	d.printer.title(fmt.Sprintf("Everything came out as told, in %.0f seconds.", time.Since(begin).Seconds()))
	d.printer.say(strings.Join(summary, "\n"))
	d.printer.say("Calls that the directory counted, those of the set-up included:")
	d.printer.say(calls)
	return nil
}

// play plays one scene.
func (d *demo) play(ctx context.Context, s scene) (err error) {
	d.printer.title(s.title)
	if d.from, err = d.directory.bookmark(ctx); err != nil {
		return err
	}
	for _, b := range s.beats {
		if err := b(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

func (d *demo) callCounts(ctx context.Context) (string, error) {
	counts, err := d.directory.counts(ctx)
	parts := make([]string, 0, len(counts))
	for _, operation := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%6d    %s", counts[operation], operation))
	}
	return strings.Join(parts, "\n"), err
}
