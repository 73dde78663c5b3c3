package faults_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// strike is a fault at the call of that number, or the first after it where it can happen, and who interferes then.
type strike struct {
	call  int
	fault fault
	hand  string
}

// schedule is one run of a flow.
type schedule struct {
	flow    string
	strikes []strike
}

// String is the token that replays the schedule.
func (s schedule) String() string {
	parts := make([]string, 0, len(s.strikes))
	for _, k := range s.strikes {
		part := strconv.Itoa(k.call) + "." + string(k.fault)
		if k.hand != "" {
			part += "." + k.hand
		}
		parts = append(parts, part)
	}
	return s.flow + ":" + strings.Join(parts, ",")
}

// with returns the schedule with one more strike.
func (s schedule) with(k strike) schedule {
	return schedule{flow: s.flow, strikes: append(slices.Clip(s.strikes), k)}
}

// parseSchedule reads a token.
func parseSchedule(token string) (schedule, error) {
	name, rest, _ := strings.Cut(strings.TrimSpace(token), ":")
	s := schedule{flow: name}
	if rest == "" {
		return s, nil
	}
	for part := range strings.SplitSeq(rest, ",") {
		fields := append(strings.Split(part, "."), "")
		call, err := strconv.Atoi(fields[0])
		if err != nil || len(fields) < 3 {
			return s, fmt.Errorf("schedule %q: write flow:call.fault[.hand],…", token)
		}
		s.strikes = append(s.strikes, strike{call: call, fault: fault(fields[1]), hand: fields[2]})
	}
	return s, nil
}

// take returns what befalls this call, and takes it off the schedule.
func (s *schedule) take(call int, o op) (strike, bool) {
	if len(s.strikes) == 0 || call < s.strikes[0].call {
		return strike{}, false
	}
	next := s.strikes[0]
	if next.fault != none && !slices.Contains(faultsOf(o), next.fault) {
		return strike{}, false
	}
	s.strikes = s.strikes[1:]
	return next, true
}
