package main

import (
	"fmt"
	"math/rand/v2"

	"github.com/rolewarden/rolewarden/internal/chaos"
)

// target is where one trial is to be struck.
type target struct {
	flow   chaos.Flow
	strike chaos.Strike
}

// targetsOf lists what can be struck in a flow: each of its boundaries, before the call is carried out, and, where it changes
// something, after it, and with the call carried out once the manager has gone. That a read was answered to nobody is as if
// it had not been made. A place that another flow comes to in the same way is struck there, but for
// create calls: what one that still takes effect does to the next step depends on the flow.
func targetsOf(f chaos.Flow, boundaries []chaos.Boundary, places map[string]bool) []target {
	var all []target
	for _, b := range boundaries {
		place := wayTo(f, b)
		if places[place] && b.Op != chaos.OpCreate {
			continue
		}
		places[place] = true
		kinds := []chaos.Fault{chaos.Crash}
		if b.Op.Writes() {
			kinds = append(kinds, chaos.CrashAfter, chaos.CrashLate)
		}
		for _, kind := range kinds {
			all = append(all, target{f, chaos.Strike{At: b, Fault: kind}})
		}
	}
	return all
}

// wayTo tells a boundary by what came before it.
func wayTo(f chaos.Flow, b chaos.Boundary) string {
	way := fmt.Sprint(f.Own, f.Unconnected)
	for _, step := range f.Steps[:b.Step] {
		way += "/" + step.Name
	}
	return way + "/" + b.String()
}

// wantedFlows are those to be struck: all, or the one that is asked for.
func wantedFlows(only string) []chaos.Flow {
	if f, ok := chaos.FlowNamed(only); ok {
		return []chaos.Flow{f}
	}
	return chaos.Flows()
}

// onlyTarget is the one place that is asked for by the token of a trial, and whether one is.
func onlyTarget(token string) (only []target, asked bool, err error) {
	name, strike, err := chaos.ParseToken(token)
	if err != nil || strike.Fault == chaos.None {
		if _, ok := chaos.FlowNamed(name); token != "" && !ok && err == nil {
			err = fmt.Errorf("there is no flow %q", name)
		}
		return nil, err != nil, err
	}
	f, ok := chaos.FlowNamed(name)
	if !ok {
		return nil, true, fmt.Errorf("there is no flow %q", name)
	}
	return []target{{f, strike}}, true, nil
}

// supply hands out targets: each once, in an order that mixes the flows, those that were not struck once more, and then by
// chance for ever.
type supply struct {
	targets []target
	missed  []target
	retried map[string]bool
	chance  *rand.Rand
	next    int
}

func newSupply(targets []target, chance *rand.Rand) *supply {
	chance.Shuffle(len(targets), func(i, j int) { targets[i], targets[j] = targets[j], targets[i] })
	return &supply{targets: targets, chance: chance, retried: map[string]bool{}}
}

func (s *supply) take() target {
	s.next++
	if s.next <= len(s.targets) {
		return s.targets[s.next-1]
	}
	if len(s.missed) > 0 {
		next := s.missed[0]
		s.missed = s.missed[1:]
		return next
	}
	return s.targets[s.chance.IntN(len(s.targets))]
}

// again has a target handed out a second time.
func (s *supply) again(t target) {
	if name := t.flow.Name + ":" + t.strike.String(); !s.retried[name] {
		s.retried[name] = true
		s.missed = append(s.missed, t)
	}
}

// left is how many have not been handed out yet.
func (s *supply) left() int { return max(0, len(s.targets)-s.next) + len(s.missed) }
