package faults_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// sampleOf chooses n schedules of depth 1 of all flows.
func sampleOf(t *testing.T, n int) []schedule {
	t.Helper()
	var all []schedule
	for _, f := range flows() {
		all = append(all, depthOne(t, f)...)
	}
	chance(t.Name()).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:n]
}

// TestDeterminism holds that a token replays what it stands for: a schedule played twice gives the same history.
func TestDeterminism(t *testing.T) {
	each(sampleOf(t, 300), func(one schedule) {
		first, again := play(t, one), play(t, one)
		if diff := cmp.Diff(first.report(), again.report()); diff != "" {
			t.Errorf("%s is not the same twice (-first +again):\n%s", one, diff)
		}
	})
}

// TestTokens holds that a schedule can be written down and read.
func TestTokens(t *testing.T) {
	for _, one := range sampleOf(t, 300) {
		one = one.with(strike{call: 99, fault: crash, hand: "delete"})
		got, err := parseSchedule(one.String())
		if err != nil || got.String() != one.String() || len(got.strikes) != 2 {
			t.Errorf("%s reads as %s, %v", one, got, err)
		}
	}
	for _, token := range []string{"create:x.crash", "create:7", "create:,"} {
		if _, err := parseSchedule(token); err == nil {
			t.Errorf("%s can be read", token)
		}
	}
}
