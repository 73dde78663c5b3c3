package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rolewarden/rolewarden/internal/chaos"
)

const (
	// A period is a storm with so many kills, and then one life in rounds of so many life cycles.
	stormKills  = 12
	cyclesRound = 200
	// weatherLasts is how long the directory stays as it is.
	weatherLasts = 3 * time.Second
)

// soak goes on until its time is over: storms in which managers are ended, and long lives in which they are measured.
type soak struct {
	*house
	targets []target
	until   time.Time

	cycles, kills atomic.Int64
	periods       int
	samples       []sample
}

// sample is what a manager told of itself when all was calm.
type sample struct {
	life, cycles int
	at           time.Time
	figures      map[string]float64
}

// soak runs for as long as the options ask.
func (h *house) soak(ctx context.Context) error {
	targets, err := h.targets(ctx)
	if err != nil {
		return errors.Join(err, h.judge())
	}
	s := &soak{house: h, targets: targets, until: time.Now().Add(h.options.soak)}
	minutes, stop := context.WithCancel(ctx)
	defer stop()
	go s.everyMinute(minutes)
	for err == nil && time.Now().Before(s.until) {
		err = s.period(ctx)
	}
	stop()
	switch {
	case ctx.Err() != nil:
		err = nil // it was told to end
	case err == nil:
		err = h.leftovers()
	}
	return errors.Join(err, s.tell(), h.judge())
}

// period is a storm, and a long life after it.
func (s *soak) period(ctx context.Context) error {
	s.periods++
	if err := s.storm(ctx); err != nil {
		return fmt.Errorf("in storm %d: %w", s.periods, err)
	}
	if err := s.longLife(ctx); err != nil {
		return fmt.Errorf("in the long life after storm %d: %w", s.periods, err)
	}
	return nil
}

// storm ends managers at calls that are held, while others go wrong by chance; a leader is stopped in the calm after it.
func (s *soak) storm(ctx context.Context) error {
	r := newRoster(s.house, newSupply(s.targets, s.chance), stormKills)
	r.terms, r.leaders = 3, 1
	calm := s.turbulence(ctx)
	defer calm()
	for r.kills < r.goal || len(r.running) > 0 {
		before := r.kills
		if r.kills >= r.goal {
			calm() // the last ones have to come to an end
		}
		if err := s.live(ctx, r); err != nil {
			return err
		}
		s.kills.Add(int64(r.kills - before))
	}
	s.cycles.Add(int64(r.begun))
	kinds := pauseKinds()
	return s.pauseLeader(ctx, kinds[s.periods%len(kinds)])
}

// turbulence has things go wrong by chance until what it returns is called.
func (s *soak) turbulence(ctx context.Context) func() {
	s.nemesis.wake(true)
	ctx, stop := context.WithCancel(ctx)
	over := make(chan struct{})
	go func() {
		defer close(over)
		tick := time.NewTicker(weatherLasts)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				_ = s.nemesis.change(s.sim) // it is one of a few that are known to be in order
			}
		}
	}()
	return sync.OnceFunc(func() {
		stop()
		<-over
		_ = s.nemesis.calm(s.sim) // as above
	})
}

// longLife is a manager that nothing ends. After each round all goes wrong no more, every trial must have converged, and the
// manager is measured.
func (s *soak) longLife(ctx context.Context) error {
	defer s.openGate().kill()
	p, err := s.lives.start(ctx, false)
	if err != nil {
		return err
	}
	for range s.options.rounds {
		if err := s.round(ctx, p); err != nil {
			return err
		}
		if time.Now().After(s.until) {
			break
		}
	}
	return errors.Join(p.end(ctx), s.lives.bury(p, s.options.keep))
}

func (s *soak) round(ctx context.Context, p *process) error {
	calm := s.turbulence(ctx)
	err := s.play(ctx, p, cyclesRound, calm)
	calm()
	if err != nil {
		return err
	}
	if err := s.settle(ctx); err != nil {
		return err
	}
	figures, err := scrape(ctx, p.metrics, s.scraper)
	if err != nil {
		return err
	}
	s.samples = append(s.samples, sample{p.number, int(s.cycles.Load()), time.Now(), figures})
	s.say("calm after %d life cycles: %s", s.cycles.Load(), inWords(figures))
	return nil
}

// play has so many trials run, a pool at a time, and makes it calm for the last ones to come to an end.
func (s *soak) play(ctx context.Context, p *process, cycles int, calm func()) error {
	ended := make(chan *chaos.Trial)
	running := 0
	for begun := 0; begun < cycles || running > 0; {
		if begun < cycles && running < pool {
			t, err := s.begin(ctx)
			if err != nil {
				return err
			}
			begun++
			running++
			go func() { <-t.Done(); ended <- t }()
			continue
		}
		if begun == cycles {
			calm()
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-p.exited:
			return p.endedByItself()
		case <-ended:
			running--
			s.cycles.Add(1)
		}
	}
	return nil
}

// begin begins a trial of any flow, in which a user may interfere at any call.
func (s *soak) begin(ctx context.Context) (*chaos.Trial, error) {
	want := s.targets[s.chance.IntN(len(s.targets))]
	want.strike.Fault = chaos.None
	if hands := want.flow.Hands; len(hands) > 0 && s.chance.IntN(2) == 0 {
		want.strike.Fault = hands[s.chance.IntN(len(hands))]
	}
	return s.world.Begin(ctx, want.flow, want.strike)
}

func (s *soak) everyMinute(ctx context.Context) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.say("%d life cycles, %d kills, %d faults", s.cycles.Load(), s.kills.Load(), s.nemesis.total())
		}
	}
}

func inWords(figures map[string]float64) string {
	return fmt.Sprintf("%.1f MiB resident, %.1f MiB heap, %.0f goroutines, %.0f files",
		figures[metricResident]/mib, figures[metricHeap]/mib, figures[metricGoroutines], figures[metricFiles])
}

const mib = 1 << 20

// tell says what happened, and whether a manager grew.
func (s *soak) tell() error {
	t := &table{}
	t.row("LIFE", "LIFE CYCLES SO FAR", "RESIDENT MiB", "HEAP MiB", "GOROUTINES", "FILES")
	for _, one := range s.samples {
		f := one.figures
		t.row(one.life, one.cycles, fmt.Sprintf("%.1f", f[metricResident]/mib), fmt.Sprintf("%.1f", f[metricHeap]/mib), f[metricGoroutines], f[metricFiles])
	}
	t.row()
	t.row("life cycles", s.cycles.Load())
	t.row("kills", s.kills.Load())
	t.row("managers started", s.lives.begun)
	t.row("faults", s.nemesis.total())
	t.row("violations", len(s.world.Violations()))
	t.row("seed", s.options.seed)
	t.row("time", s.since())
	fmt.Println()
	if err := t.write(os.Stdout); err != nil {
		return err
	}
	fmt.Println("faults by kind:", s.nemesis.tally())
	return s.tellGrowth(os.Stdout)
}
