package cluster

import (
	"bytes"
	"encoding/pem"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// proxy stands between a manager and what it calls. What no rule is for is passed on.
type proxy struct {
	*httptest.Server
	onward *httputil.ReverseProxy
	// ended is closed when the test has, so that nothing is held any more.
	ended chan struct{}
	mu    sync.Mutex
	rules []*rule
}

// rule says what becomes of the requests that it matches. Of several the first that matches decides.
type rule struct {
	match match
	act   func(w http.ResponseWriter, r *http.Request, pass func(http.ResponseWriter))
	met   int
}

// match picks requests; the body has been read.
type match func(r *http.Request, body string) bool

func startProxy(t *testing.T, target string, transport http.RoundTripper) *proxy {
	t.Helper()
	to, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{ended: make(chan struct{}), onward: &httputil.ReverseProxy{
		Transport: transport, FlushInterval: -1, // so that a watch is passed on as it comes
		Rewrite:      func(r *httputil.ProxyRequest) { r.SetURL(to); r.Out.Host = r.In.Host }, // a login endpoint says where it was found
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { cut(w) },
	}}
	p.Server = httptest.NewUnstartedServer(p)
	p.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError) // its clients break connections
	p.StartTLS()
	t.Cleanup(func() { close(p.ended); p.CloseClientConnections(); p.Close() })
	return p
}

// ca is the certificate that clients of the proxy have to trust.
func (p *proxy) ca() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.Certificate().Raw})
}

// ServeHTTP passes a request on, unless there is a rule for it.
func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		cut(w)
		return
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	pass := func(w http.ResponseWriter) { p.onward.ServeHTTP(w, r) }
	if rule := p.find(r, string(body)); rule != nil {
		rule.act(w, r, pass)
		return
	}
	pass(w)
}

func (p *proxy) find(r *http.Request, body string) *rule {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, rule := range p.rules {
		if rule.match(r, body) {
			rule.met++
			return rule
		}
	}
	return nil
}

// add puts a rule up, and returns how to count the requests that it met and how to take it down.
func (p *proxy) add(r *rule) (met func() int, remove func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rules = append(p.rules, r)
	met = func() int {
		p.mu.Lock()
		defer p.mu.Unlock()
		return r.met
	}
	return met, sync.OnceFunc(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		for i := range p.rules {
			if p.rules[i] == r {
				p.rules = append(p.rules[:i:i], p.rules[i+1:]...)
				return
			}
		}
	})
}

// answer answers in place of the server.
func (p *proxy) answer(m match, status int, header http.Header, body string) (met func() int, remove func()) {
	return p.add(&rule{match: m, act: func(w http.ResponseWriter, _ *http.Request, _ func(http.ResponseWriter)) {
		for key, values := range header {
			w.Header()[key] = values
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body) // the client may have gone
	}})
}

// refuse closes the connections of what it matches.
func (p *proxy) refuse(m match) (met func() int, remove func()) {
	return p.add(&rule{match: m, act: func(w http.ResponseWriter, _ *http.Request, _ func(http.ResponseWriter)) { cut(w) }})
}

// held is a request that waits in a proxy.
type held struct {
	// met is closed when it is there.
	met chan struct{}
	// release lets it go on.
	release func()
	// remove lets what comes after it pass.
	remove func()
}

// await waits until the request is there.
func (h *held) await(w *world) {
	w.Helper()
	select {
	case <-h.met:
	case <-time.After(patience):
		w.Fatal("want a request to be held, and there is none")
	}
}

// holdRequest holds what matches before it is passed on. If its client has given it up by then it is not.
func (p *proxy) holdRequest(m match) *held {
	return p.hold(m, func(w http.ResponseWriter, r *http.Request, wait func(), pass func(http.ResponseWriter)) {
		wait()
		if r.Context().Err() == nil {
			pass(w)
		}
	})
}

// holdAnswer passes on what matches, and holds the answer.
func (p *proxy) holdAnswer(m match) *held {
	return p.hold(m, func(w http.ResponseWriter, _ *http.Request, wait func(), pass func(http.ResponseWriter)) {
		answer := httptest.NewRecorder()
		pass(answer)
		wait()
		for key, values := range answer.Header() {
			w.Header()[key] = values
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes()) // the client may have gone
	})
}

func (p *proxy) hold(m match, act func(w http.ResponseWriter, r *http.Request, wait func(), pass func(http.ResponseWriter))) *held {
	h := &held{met: make(chan struct{})}
	released := make(chan struct{})
	h.release = sync.OnceFunc(func() { close(released) })
	met := sync.OnceFunc(func() { close(h.met) })
	_, h.remove = p.add(&rule{match: m, act: func(w http.ResponseWriter, r *http.Request, pass func(http.ResponseWriter)) {
		act(w, r, func() { met(); p.wait(released) }, pass)
	}})
	return h
}

func (p *proxy) wait(released <-chan struct{}) {
	select {
	case <-released:
	case <-p.ended:
	}
}

// cut closes the connection of a request without an answer.
func cut(w http.ResponseWriter) {
	if connection, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_ = connection.Close()
		return
	}
	w.WriteHeader(http.StatusBadGateway)
}

// on matches a method and a part of the path; "" is any method.
func on(method, path string) match {
	return func(r *http.Request, _ string) bool {
		return (method == "" || r.Method == method) && strings.Contains(r.URL.Path, path)
	}
}

// with matches a body besides.
func (m match) with(text string) match {
	return func(r *http.Request, body string) bool { return m(r, body) && strings.Contains(body, text) }
}

// once matches the first so many.
func (m match) once(times int) match {
	var mu sync.Mutex
	return func(r *http.Request, body string) bool {
		mu.Lock()
		defer mu.Unlock()
		if times == 0 || !m(r, body) {
			return false
		}
		times--
		return true
	}
}

func watching(r *http.Request) bool { return r.URL.Query().Get("watch") != "" }
