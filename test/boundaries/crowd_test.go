package boundaries

import (
	"time"

	"github.com/rolewarden/rolewarden/internal/chaos"
)

// A call that takes longer than brisk lets no more trials in, and one that takes longer than slow lets fewer in. At slow, a
// pass with a handful of calls is still well within the time after which it would not act any more.
const (
	brisk = 100 * time.Millisecond
	slow  = 250 * time.Millisecond
	// fewest is how many run side by side on the slowest machine.
	fewest = 6
)

// crowd runs trials side by side, as many as the machine can follow.
type crowd struct {
	*harness
	limit, running int
	done           chan struct{}
}

func (h *harness) newCrowd() *crowd {
	return &crowd{harness: h, limit: 2 * fewest, done: make(chan struct{})}
}

// run begins the trials of cells one after the other, and returns them when all have ended.
func (c *crowd) run(cells []cell) []run {
	c.Helper()
	var runs []run
	for _, one := range cells {
		for c.running >= c.limit {
			c.wait()
		}
		trial := c.begin(one)
		runs = append(runs, run{one, trial})
		c.running++
		go func(t *chaos.Trial) {
			<-t.Done()
			c.done <- struct{}{}
		}(trial)
	}
	for c.running > 0 {
		c.wait()
	}
	return runs
}

// wait waits until a trial has ended, and decides whether another two may begin in its place, or none.
func (c *crowd) wait() {
	<-c.done
	c.running--
	switch pace := c.world.Pace(); {
	case pace < brisk:
		c.limit = min(c.limit+1, *sideFlag)
	case pace > slow:
		c.limit = max(c.limit-1, fewest)
	}
}
