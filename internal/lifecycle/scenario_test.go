package lifecycle_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// scenario is a story, and what the world looks like at its end.
type scenario struct {
	do func(w *world)
	// want is what the object "a" says: kstatus, Ready, reason; or "gone".
	want string
	// directory are the effective changes, in order.
	directory []string
	// events are the reasons of the events about "a"; nil where they are not what the story is about.
	events []string
}

func play(t *testing.T, scenarios map[string]scenario) {
	t.Helper()
	for name, s := range scenarios {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			s.do(w)
			w.checkForgotten()
			if got := w.says("a"); got != s.want {
				t.Errorf("a says %q, want %q", got, s.want)
			}
			if diff := cmp.Diff(s.directory, w.dir.log); diff != "" {
				t.Errorf("directory (-want +got):\n%s", diff)
			}
			if s.events == nil {
				return
			}
			if diff := cmp.Diff(s.events, w.reasonsOf("a")); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
		})
	}
}

// granted sets off with an object that was granted long ago.
func granted(w *world, b builder) {
	w.t.Helper()
	w.apply(b)
	w.run(window + drift)
	if got := w.says(b.obj.Name); got != "Current True Granted" {
		w.t.Fatalf("%s says %q before the story begins", b.obj.Name, got)
	}
}
