package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/rolewarden/rolewarden/internal/chaos"
)

const (
	// pool is how many trials that are to be struck run side by side.
	pool = 50
	// grace is how long a call that is held waits for others. A create call has less: the manager waits for its answer for
	// half a window only, and when it is later than a window, that is more than the protocol promises to survive.
	grace      = 1200 * time.Millisecond
	shortGrace = 600 * time.Millisecond
	// A trial that is an elder is spared for a while, or it would be interrupted again and again.
	elder  = 25 * time.Second
	spared = 15 * time.Second
)

// ending is how a manager is ended.
type ending string

// The endings.
const (
	byKill   ending = "SIGKILL"
	byTerm   ending = "SIGTERM"
	asLeader ending = "SIGKILL of a leader"
)

// kills ends managers at calls that are held, until each boundary has been struck and the manager has been ended as often as
// asked.
func (h *house) kills(ctx context.Context) error {
	targets, err := h.targets(ctx)
	if err != nil {
		return errors.Join(err, h.judge())
	}
	r := newRoster(h, newSupply(targets, h.chance), h.options.kills)
	r.leaders, r.terms = h.options.leaders, h.options.terms
	for r.kills < r.goal || len(r.running) > 0 {
		if err := h.live(ctx, r); err != nil {
			return errors.Join(err, h.judge())
		}
		if len(h.world.Violations()) > 0 {
			h.say("%d kills at %d calls that were held", r.kills, r.strikes())
			return h.judge() // what follows from it is of no interest
		}
	}
	began := time.Now()
	err = errors.Join(h.nemesis.calm(h.sim), h.pauses(ctx, r))
	r.spend("leaders that are stopped", began)
	if err != nil {
		return errors.Join(err, h.judge())
	}
	fmt.Println("\n" + h.options.title)
	if err := r.table().write(os.Stdout); err != nil {
		return err
	}
	h.options.tally.add(len(r.tried), len(r.places))
	return errors.Join(h.judge(), h.leftovers(), r.shortfall())
}

// targets plays each flow once in peace, and lists where it can be struck.
func (h *house) targets(ctx context.Context) ([]target, error) {
	if only, done, err := onlyTarget(h.options.only); done {
		return only, err
	}
	l := h.openGate()
	p, err := h.lives.start(ctx, false)
	if err != nil {
		return nil, err
	}
	var all []target
	var trials []*chaos.Trial
	for _, f := range wantedFlows(h.options.only) {
		t, err := h.world.Begin(ctx, f, chaos.Strike{})
		if err != nil {
			return nil, err
		}
		trials = append(trials, t)
	}
	places := map[string]bool{}
	for i, t := range trials {
		if err := h.await(ctx, t); err != nil {
			return nil, err
		}
		all = append(all, targetsOf(wantedFlows(h.options.only)[i], t.Boundaries(), places)...)
	}
	h.say("%d flows played in peace: %d places to strike", len(trials), len(all))
	err = p.end(ctx)
	l.kill()
	return all, errors.Join(err, h.lives.bury(p, true))
}

// await waits for the end of a trial that nothing strikes.
func (h *house) await(ctx context.Context, t *chaos.Trial) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.Done():
	}
	if err := t.Err(); err != nil {
		return fmt.Errorf("%s did not end as it should: %w\n%s", t.Token(), err, t.History())
	}
	return nil
}

// live is one life of a manager: it begins, trials go on or begin, and it is ended when calls are held.
func (h *house) live(ctx context.Context, r *roster) error {
	how, began := r.nextEnding(), time.Now()
	if err := h.nemesis.alternate(h.sim); err != nil {
		return err
	}
	l := h.openGate()
	defer l.kill()
	p, err := h.lives.start(ctx, how == asLeader)
	if err != nil {
		return err
	}
	if err := r.fill(ctx); err != nil {
		return err
	}
	r.spend("managers to be started", began)
	if err := r.awaitHeld(ctx, p); err != nil {
		if ended, ok := errors.AsType[*endedError](err); ok && ended.unborn() && r.again() {
			h.say("%s", ended)
			return h.lives.bury(p, true)
		}
		return err
	}
	began = time.Now()
	defer func() { r.spend("managers to end", began) }()
	if how == byTerm {
		if err := p.end(ctx); err != nil {
			return fmt.Errorf("manager %d, asked to end: %w", p.number, err)
		}
	}
	p.kill()
	l.kill()
	r.killed(how)
	return h.lives.bury(p, true)
}

// judge says what was wrong.
func (h *house) judge() error {
	violations := h.world.Violations()
	if len(violations) == 0 {
		return nil
	}
	h.options.keep = true
	for i, v := range violations {
		if i == maxReports {
			fmt.Printf("… and %d more\n", len(violations)-maxReports)
			break
		}
		fmt.Printf("\nVIOLATION %s\n%s\nPlay it again: make kills KILLS=20 KILLS_FLAGS='-leaders 0 -terms 0 -pauses 0 -seed %d -only %s'\n", v, v.History, h.options.seed, v.Trial)
	}
	return fmt.Errorf("%d violations", len(violations))
}

// leftovers holds that the directory has nothing that nobody stands for: all trials have tidied up.
func (h *house) leftovers() error {
	for _, tenant := range h.sim.Tenants() {
		for _, a := range h.sim.Assignments(tenant) {
			return fmt.Errorf("in the end %s stands in directory %s, and nobody asks for it", a.ID, tenant)
		}
	}
	return nil
}

// maxReports is how many violations are told at length.
const maxReports = 5
