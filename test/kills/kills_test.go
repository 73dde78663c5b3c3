package main

import (
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rolewarden/rolewarden/internal/chaos"
)

// TestParseMetrics holds that what has labels is left out, and that what is no figure is not taken for one.
func TestParseMetrics(t *testing.T) {
	cases := map[string]struct {
		text    string
		want    map[string]float64
		wantErr bool
	}{
		"figures": {"# HELP go_goroutines x\n# TYPE go_goroutines gauge\ngo_goroutines 223\nprocess_resident_memory_bytes 6.3e+07\n",
			map[string]float64{metricGoroutines: 223, metricResident: 6.3e7}, false},
		"labels":    {"go_info{version=\"go1.26\"} 1\n", map[string]float64{}, false},
		"no figure": {"go_goroutines many\n", nil, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := parseMetrics(strings.NewReader(tc.text))
			if (err != nil) != tc.wantErr {
				t.Fatalf("error %v, want one: %t", err, tc.wantErr)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestOnlyTarget holds that a token that cannot be played is an error, and not everything else instead.
func TestOnlyTarget(t *testing.T) {
	cases := map[string]struct {
		token           string
		asked, wantsErr bool
	}{
		"nothing":          {"", false, false},
		"a flow":           {"create-delete", false, false},
		"a place":          {"create-delete:2.graph.delete.1.crash", true, false},
		"no such flow":     {"create-destroy", true, true},
		"a place in none":  {"create-destroy:1.graph.create.1.crash", true, true},
		"what is no place": {"create-delete:graph.delete", true, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, asked, err := onlyTarget(tc.token)
			if asked != tc.asked || (err != nil) != tc.wantsErr {
				t.Errorf("got asked %t and error %v, want %t and an error: %t", asked, err, tc.asked, tc.wantsErr)
			}
		})
	}
}

// TestSupply holds that every target is handed out before any comes again, and that a seed repeats the order.
func TestSupply(t *testing.T) {
	f, _ := chaos.FlowNamed("create-delete")
	boundaries := []chaos.Boundary{{Step: 1, Op: chaos.OpCreate, Nth: 1}, {Step: 2, Op: chaos.OpRead, Nth: 1}, {Step: 2, Op: chaos.OpDelete, Nth: 1}}
	targets := func() []target { return targetsOf(f, boundaries, map[string]bool{}) }
	draw := func(n int) []string {
		s := newSupply(targets(), rand.New(rand.NewPCG(1, 1))) //nolint:gosec // it need not be hard to guess
		var all []string
		for range n {
			all = append(all, s.take().strike.String())
		}
		return all
	}
	first := draw(20)
	seen := map[string]bool{}
	for _, strike := range first[:len(targets())] {
		seen[strike] = true
	}
	if len(seen) != 7 {
		t.Errorf("want a read struck before, and a create and a delete call before, after and late, each once: got %v", first)
	}
	if diff := cmp.Diff(first, draw(20)); diff != "" {
		t.Errorf("the same seed draws something else (-first +again):\n%s", diff)
	}
}

// TestLatch holds that the answer to the call that is meant is held, to no other, and once.
func TestLatch(t *testing.T) {
	l := &latch{}
	transport := l.wrap(roundTripper(func(req *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: req}, nil
	}))
	call := func(method string) <-chan struct{} {
		done := make(chan struct{})
		req, err := http.NewRequestWithContext(t.Context(), method, "https://kubernetes.test/", nil)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			defer close(done)
			if resp, err := transport.RoundTrip(req); err == nil {
				_ = resp.Body.Close()
			}
		}()
		return done
	}
	held := l.set(func(req *http.Request) bool { return req.Method == http.MethodPatch })
	<-call(http.MethodGet)
	patch := call(http.MethodPatch)
	<-held
	<-call(http.MethodPatch)
	select {
	case <-patch:
		t.Error("the answer was not held")
	default:
	}
	l.free()
	<-patch
}
