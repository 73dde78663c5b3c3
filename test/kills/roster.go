package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/rolewarden/rolewarden/internal/chaos"
)

// roster are the trials that run, and the account of what has become of all there were.
type roster struct {
	house  *house
	supply *supply
	// goal is how many kills are wanted, leaders and terms how many of them are of those kinds.
	goal, leaders, terms int
	running              map[*chaos.Trial]*turn
	news                 chan news

	begun, kills int
	// unborn counts the managers that failed to start.
	unborn int
	// missed are the trials that ended before their boundary was reached, and inVain those of them since one was.
	missed, inVain int
	void           []string
	endings        map[ending]int
	struck         map[target2]int
	places         map[string]bool
	// tried are the places that trials were begun for.
	tried map[string]bool
	// spent is where the time went.
	spent map[string]time.Duration
}

// target2 is what the table counts by.
type target2 struct {
	op    chaos.Op
	fault chaos.Fault
}

// turn is since when a trial runs, and whether it has had its kill.
type turn struct {
	begun  time.Time
	killed bool
	target target
}

// news is that a trial is held, or that it has ended.
type news struct {
	trial *chaos.Trial
	ended bool
}

func newRoster(h *house, s *supply, goal int) *roster {
	return &roster{
		house: h, supply: s, goal: goal, running: map[*chaos.Trial]*turn{}, news: make(chan news, 2*pool),
		endings: map[ending]int{}, struck: map[target2]int{}, places: map[string]bool{}, tried: map[string]bool{},
		spent: map[string]time.Duration{},
	}
}

// nextEnding says how the next manager is ended. The leaders come one after the other, since it is the next of them who
// has to wait for the lease.
func (r *roster) nextEnding() ending {
	first := r.goal / 4
	switch {
	case r.leaders > 0 && r.kills >= first && r.kills <= first+r.leaders:
		return asLeader
	case r.terms > 0 && r.kills%max(2, r.goal/r.terms) == 1:
		return byTerm
	}
	return byKill
}

// fill begins trials until the pool is full, as long as managers are to be ended.
func (r *roster) fill(ctx context.Context) error {
	for len(r.running) < pool && r.goal > r.kills {
		want := r.supply.take()
		t, err := r.house.world.Begin(ctx, want.flow, want.strike)
		if err != nil {
			return err
		}
		r.begun++
		r.tried[t.Token()] = true
		r.running[t] = &turn{begun: time.Now(), target: want}
		go r.report(t)
	}
	return nil
}

// mostUnborn is how many managers may fail to start.
const mostUnborn = 3

// again counts a manager that failed to start, and tells whether another may be.
func (r *roster) again() bool {
	r.unborn++
	return r.unborn <= mostUnborn
}

// report passes on what becomes of a trial. There is room for all that the pool may have to say.
func (r *roster) report(t *chaos.Trial) {
	select {
	case <-t.Held():
		r.news <- news{trial: t}
		<-t.Done()
	case <-t.Done():
	}
	r.news <- news{trial: t, ended: true}
}

// awaitHeld returns when calls are held, and for long enough that others could be, too; or when nothing runs any more.
func (r *roster) awaitHeld(ctx context.Context, p *process) error {
	began := time.Now()
	if err := r.spareElders(ctx, p); err != nil {
		return err
	}
	began = r.spend("elders to end", began)
	defer func() { r.spend("calls to be held", began) }()
	var over, overSoon <-chan time.Time
	for enough := r.enough(); len(r.running) > 0; {
		held := r.held()
		if len(held) >= enough {
			return nil
		}
		if over == nil && len(held) > 0 {
			over = time.After(grace)
		}
		if overSoon == nil && slices.ContainsFunc(held, isCreate) {
			overSoon = time.After(shortGrace)
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-p.exited:
			return p.endedByItself()
		case <-over:
			return nil
		case <-overSoon:
			return nil
		case n := <-r.news:
			if err := r.note(ctx, n); err != nil {
				return err
			}
		}
	}
	return nil
}

// spareElders lets the trials come to an end that the kills of others have kept from it for too long, in some of the lives.
func (r *roster) spareElders(ctx context.Context, p *process) error {
	if p.number%3 > 0 {
		return nil
	}
	over := time.After(spared)
	for r.elders() > 0 && !slices.ContainsFunc(r.held(), isCreate) {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-p.exited:
			return p.endedByItself()
		case <-over:
			return nil
		case n := <-r.news:
			if err := r.note(ctx, n); err != nil {
				return err
			}
		}
	}
	return nil
}

// elders counts the trials that run for long and are not held.
func (r *roster) elders() (n int) {
	for t, turn := range r.running {
		if time.Since(turn.begun) > elder && (turn.killed || !isHeld(t)) {
			n++
		}
	}
	return n
}

func isHeld(t *chaos.Trial) bool {
	select {
	case <-t.Held():
		return true
	default:
		return false
	}
}

// isCreate tells whether it is a create call that is held. The manager gives up on one after half a window, and sends
// another, which a process that was ended in time would not have done.
func isCreate(t *chaos.Trial) bool { return t.Strike().At.Op == chaos.OpCreate }

// held lists the trials whose call is held.
func (r *roster) held() []*chaos.Trial {
	var all []*chaos.Trial
	for t, turn := range r.running {
		if isHeld(t) && !turn.killed {
			all = append(all, t)
		}
	}
	return all
}

// enough is how many calls one kill should be for, so that every boundary has had its turn in the end.
func (r *roster) enough() int {
	kills := max(1, r.goal-r.kills)
	return max(1, (r.supply.left()+len(r.running)+kills-1)/kills)
}

// spend notes what the time since then went by with, and returns what time it is.
func (r *roster) spend(what string, since time.Time) time.Time {
	now := time.Now()
	r.spent[what] += now.Sub(since)
	return now
}

// note takes down what became of a trial, and begins another in place of one that has ended.
func (r *roster) note(ctx context.Context, n news) error {
	if !n.ended {
		return nil
	}
	if !n.trial.Struck() || n.trial.Void() != "" {
		r.supply.again(r.running[n.trial].target)
	}
	delete(r.running, n.trial)
	if why := n.trial.Void(); why != "" {
		r.void = append(r.void, n.trial.Token()+": "+why)
		delete(r.places, n.trial.Token())
	}
	r.inVain++
	if n.trial.Struck() {
		r.inVain = 0
	} else {
		r.missed++
	}
	if r.inVain >= pool {
		return fmt.Errorf("%d trials in a row ended without coming to where they should be struck, such as %s", r.inVain, n.trial.Token())
	}
	return r.fill(ctx)
}

// shortfall says whether managers were ended less often than asked.
func (r *roster) shortfall() error {
	if r.kills < r.goal {
		return fmt.Errorf("managers were ended at a call %d times, not %d", r.kills, r.goal)
	}
	return nil
}

// killed counts, once a manager has gone and before its gate does.
func (r *roster) killed(how ending) {
	held := r.held()
	if len(held) == 0 {
		return
	}
	r.kills++
	r.endings[how]++
	for _, t := range held {
		s := t.Strike()
		r.running[t].killed = true
		r.struck[target2{s.At.Op, s.Fault}]++
		r.places[t.Token()] = true
	}
	if r.kills%20 == 0 {
		r.house.say("%d kills at %d calls that were held; %d trials begun, %d running", r.kills, r.strikes(), r.begun, len(r.running))
	}
}

func (r *roster) strikes() (n int) {
	for _, count := range r.struck {
		n += count
	}
	return n
}
