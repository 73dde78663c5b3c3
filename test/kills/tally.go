package main

import (
	"fmt"
	"sync"
)

// mostMissed is of how many places one may be left without a strike that counts.
const mostMissed = 10

// tally counts the places that the parts of a run tried to strike, and those that they did.
type tally struct {
	mu            sync.Mutex
	tried, struck int
}

func (t *tally) add(tried, struck int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tried += tried
	t.struck += struck
}

// shortfall says whether too many places were missed, or are proved nothing of.
func (t *tally) shortfall() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if (t.tried-t.struck)*mostMissed > t.tried {
		return fmt.Errorf("of %d places only %d were struck", t.tried, t.struck)
	}
	return nil
}
