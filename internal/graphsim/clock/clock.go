package clock

import (
	"sync"
	"time"
)

// Clock is everything the simulator wants to know about time.
type Clock interface {
	// Now is the present instant.
	Now() time.Time
	// NewTimer returns a channel that receives once d has passed, and a function
	// that gives the timer up and reports whether it had still to fire.
	NewTimer(d time.Duration) (c <-chan time.Time, stop func() bool)
}

// Real is the wall clock.
type Real struct{}

// Now is the wall clock's time.
func (Real) Now() time.Time { return time.Now() }

// NewTimer waits in real time.
func (Real) NewTimer(d time.Duration) (<-chan time.Time, func() bool) {
	t := time.NewTimer(d)
	return t.C, t.Stop
}

// Offset is a base clock that can be moved forward, which is how a person at
// the control interface lets a token expire without waiting an hour.
type Offset struct {
	base Clock

	mu      sync.Mutex
	offset  time.Duration
	waiters map[*waiter]struct{}
}

type waiter struct {
	deadline time.Time
	fired    chan time.Time
	stopBase func() bool
}

// NewOffset returns a clock that runs with base.
func NewOffset(base Clock) *Offset {
	return &Offset{base: base, waiters: map[*waiter]struct{}{}}
}

// Now is the base clock's time and all that was advanced.
func (o *Offset) Now() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.now()
}

func (o *Offset) now() time.Time { return o.base.Now().Add(o.offset) }

// Advance moves the clock forward and fires every timer that is due by then.
func (o *Offset) Advance(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.offset += d
	now := o.now()
	for w := range o.waiters {
		if !w.deadline.After(now) {
			o.fire(w, now)
		}
	}
}

// NewTimer fires after d, or as soon as the clock is advanced past it.
func (o *Offset) NewTimer(d time.Duration) (<-chan time.Time, func() bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	base, stopBase := o.base.NewTimer(d)
	w := &waiter{deadline: o.now().Add(d), fired: make(chan time.Time, 1), stopBase: stopBase}
	o.waiters[w] = struct{}{}
	done := make(chan struct{})
	go o.follow(w, base, done)
	return w.fired, func() bool { return o.stop(w, done) }
}

// follow hands the base timer on, unless the timer is given up first.
func (o *Offset) follow(w *waiter, base <-chan time.Time, done <-chan struct{}) {
	select {
	case <-base:
		o.mu.Lock()
		defer o.mu.Unlock()
		o.fire(w, o.now())
	case <-done:
	}
}

func (o *Offset) fire(w *waiter, now time.Time) {
	if _, waiting := o.waiters[w]; !waiting {
		return
	}
	delete(o.waiters, w)
	w.fired <- now
}

func (o *Offset) stop(w *waiter, done chan<- struct{}) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	_, waiting := o.waiters[w]
	delete(o.waiters, w)
	w.stopBase()
	close(done)
	return waiting
}
