package main

import (
	"net/http"
	"sync"
)

// latch holds the answer to one call, so that a process can be stopped between an answer and what it would do next.
type latch struct {
	mu      sync.Mutex
	matches func(*http.Request) bool // nil when it is not set, or has shut
	held    chan struct{}
	freed   chan struct{}
}

// set has the answer to the next call that matches be held, and returns a channel that is closed once it is.
func (l *latch) set(matches func(*http.Request) bool) <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.matches, l.held, l.freed = matches, make(chan struct{}), make(chan struct{})
	return l.held
}

// free passes on what is held, or nothing if the call never came.
func (l *latch) free() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.matches = nil
	close(l.freed)
}

// shuts tells whether the latch is set for the call, and how to know that it is free again.
func (l *latch) shuts(req *http.Request) <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.matches == nil || !l.matches(req) {
		return nil
	}
	l.matches = nil
	close(l.held)
	return l.freed
}

// wrap puts the latch in front of a transport. The call itself is carried out before.
func (l *latch) wrap(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		resp, err := next.RoundTrip(req)
		if freed := l.shuts(req); freed != nil {
			select {
			case <-freed:
			case <-req.Context().Done():
			}
		}
		return resp, err
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
