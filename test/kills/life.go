package main

import (
	"net/http"
	"strings"
	"sync"

	"github.com/rolewarden/rolewarden/internal/chaos"
)

// life is the gate of one life, and what of its calls is under way.
type life struct {
	gate *chaos.Gate

	mu    sync.Mutex
	calls int
	none  *sync.Cond
}

// openGate makes a new gate, which all managers started from now on call through.
func (h *house) openGate() *life {
	l := &life{gate: h.world.NewGate()}
	l.none = sync.NewCond(&l.mu)
	h.exit.lead(l.count(l.gate.Directory(h.simulator)))
	h.lives.wrapKube = func(next http.RoundTripper) http.RoundTripper {
		return pastReviews(next, h.latch.wrap(l.count(l.gate.Kube(next))))
	}
	return l
}

// pastReviews leads the reviews of who reads metrics past the gate: they hold the reader's token, as they must.
func pastReviews(straight, through http.RoundTripper) http.RoundTripper {
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		if strings.HasPrefix(req.URL.Path, "/apis/authentication.k8s.io/") {
			return straight.RoundTrip(req)
		}
		return through.RoundTrip(req)
	})
}

// kill ends the life, and returns when none of its calls is under way: what is held after that, another life holds.
func (l *life) kill() {
	l.gate.Kill()
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.calls > 0 {
		l.none.Wait()
	}
}

// count counts the calls that are under way.
func (l *life) count(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		l.add(1)
		defer l.add(-1)
		return next.RoundTrip(req)
	})
}

func (l *life) add(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.calls += n; l.calls == 0 {
		l.none.Broadcast()
	}
}
