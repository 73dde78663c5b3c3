package faults_test

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var scheduleFlag = flag.String("schedule", "", "the token of a schedule for TestReplay to play")

// play runs a schedule from a fresh start.
func play(t testing.TB, s schedule) *world {
	t.Helper()
	f, ok := flowNamed(s.flow)
	if !ok {
		t.Fatalf("there is no flow %q", s.flow)
	}
	w, err := newWorld(f, s)
	if err != nil {
		t.Fatal(err)
	}
	w.run()
	return w
}

// TestReplay plays the schedules that once showed a mistake, or the one of -schedule, and prints its history.
func TestReplay(t *testing.T) {
	tokens, err := kept()
	if err != nil {
		t.Fatal(err)
	}
	if *scheduleFlag != "" {
		tokens = []string{*scheduleFlag}
	}
	for _, token := range tokens {
		s, err := parseSchedule(token)
		if err != nil {
			t.Fatal(err)
		}
		w := play(t, s)
		if len(w.violations) > 0 {
			t.Errorf("%s: %s\n%s", token, strings.Join(w.violations, "; "), w.report())
		} else if *scheduleFlag != "" {
			t.Logf("%s: nothing wrong\n%s", token, w.report())
		}
	}
}

// kept reads the schedules that are kept, one a line; the rest of a line after a blank is a remark.
func kept() ([]string, error) {
	data, err := os.ReadFile("testdata/schedules.txt")
	if err != nil {
		return nil, err
	}
	var tokens []string
	for line := range strings.Lines(string(data)) {
		if token, _, _ := strings.Cut(strings.TrimSpace(line), " "); token != "" && token[0] != '#' {
			tokens = append(tokens, token)
		}
	}
	return tokens, nil
}

// TestUndisturbed holds that every flow comes to its end when nothing goes wrong.
func TestUndisturbed(t *testing.T) {
	for _, f := range flows() {
		t.Run(f.name, func(t *testing.T) {
			w := play(t, schedule{flow: f.name})
			if len(w.violations) > 0 {
				t.Errorf("%s\n%s", strings.Join(w.violations, "; "), w.report())
			}
			t.Logf("%d calls; as it should be %s after the last step", len(w.trace), w.recovery())
		})
	}
}
