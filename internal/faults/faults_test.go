package faults_test

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// op is what a call is for.
type op string

// The calls to Kubernetes, and those to the directory.
const (
	opCacheGet  op = "cache-get"
	opCacheList op = "cache-list"
	opLiveGet   op = "live-get"
	opPatch     op = "patch"
	opStatus    op = "status"

	opDiscovery op = "discovery"
	opToken     op = "token"
	opLookup    op = "lookup"
	opRead      op = "read"
	opCreate    op = "create"
	opDelete    op = "delete"
)

// fault is what goes wrong with a call.
type fault string

// The faults. Those of Kubernetes begin with api.
const (
	none       fault = ""
	crash      fault = "crash"      // the process ends before the call
	crashAfter fault = "crashafter" // the process ends when the call is carried out and not answered

	stale       fault = "stale"    // the cache misses the last change for five seconds
	older       fault = "older"    // the cache misses the last three
	apiError    fault = "apierr"   // 500, not carried out
	apiLost     fault = "apilost"  // carried out, timed out
	apiConflict fault = "conflict" // somebody else writes just before
	apiDenied   fault = "apideny"  // the controller's RBAC is gone for this call

	dropped     fault = "drop"  // the connection breaks, nothing is carried out
	lost        fault = "lost"  // carried out, the connection breaks
	late        fault = "late"  // the connection breaks, carried out 70 seconds later
	forbidden   fault = "403"   // Graph's own
	throttled   fault = "429"   // with Retry-After
	failed      fault = "500"   // Graph's own
	unavailable fault = "503"   // with Retry-After
	strange     fault = "400"   // with a code nobody has seen
	foreign     fault = "404"   // not Graph's
	html        fault = "html"  // 200, from something in between
	truncated   fault = "cut"   // carried out, half the answer arrives
	lagging     fault = "lag"   // answered by a replica that is 40 seconds behind
	paused      fault = "pause" // answered after ten seconds
)

var (
	errDead = errors.New("the process has ended")
	errAway = errors.New("the API server is not itself")
)

// faultsOf lists what can go wrong with a call.
func faultsOf(o op) []fault {
	answers := []fault{crash, dropped, forbidden, throttled, failed, unavailable, strange, foreign, html, truncated}
	switch o {
	case opCacheGet, opCacheList:
		return []fault{crash, stale, older}
	case opLiveGet:
		return []fault{crash, apiError}
	case opPatch, opStatus:
		return []fault{crash, crashAfter, apiError, apiLost, apiConflict, apiDenied}
	case opLookup, opRead:
		return append(answers, lagging, paused)
	case opCreate:
		return append(answers, crashAfter, lost, late, paused)
	case opDelete:
		return append(answers, crashAfter, lost, late, lagging, paused)
	}
	return answers
}

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
func (s *schedule) take(call int, o op) strike {
	if len(s.strikes) == 0 || call < s.strikes[0].call {
		return strike{}
	}
	next := s.strikes[0]
	if next.fault != none && !slices.Contains(faultsOf(o), next.fault) {
		return strike{}
	}
	s.strikes = s.strikes[1:]
	return next
}
