package boundaries

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/chaos"
)

// bystanders are how many trials go on while an accident happens to another.
const bystanders = 5

// TestPanic holds that a pass that panics ends neither the manager nor the work of others, and holds on to nothing: once
// it does not panic any more, its object comes to where it should.
func TestPanic(t *testing.T) {
	bomb := &bomb{armed: true, gone: make(chan struct{})}
	h := newHarness(t, accidents{directory: bomb.around})
	h.must(h.world.Connected(t.Context()))
	victim := h.begin(cell{flow: "create-delete"})
	<-bomb.gone
	for range bystanders {
		h.peaceful(h.begin(cell{flow: "create-delete"}))
	}
	bomb.disarm()
	h.peaceful(victim)
}

// peaceful holds that a trial comes to its proper end.
func (h *harness) peaceful(trial *chaos.Trial) {
	h.Helper()
	<-trial.Done()
	if err := trial.Err(); err != nil || len(h.world.Violations()) > 0 {
		h.Fatalf("%s: %v, %v\n%s", trial.Token(), err, h.world.Violations(), trial.History())
	}
}

// bomb has every call panic that reads the assignments of the first principal that is read.
type bomb struct {
	next http.RoundTripper

	mu     sync.Mutex
	armed  bool
	victim string
	went   int
	// gone is closed when it has gone off a few times.
	gone chan struct{}
}

func (b *bomb) around(next http.RoundTripper) http.RoundTripper {
	b.next = next
	return b
}

func (b *bomb) disarm() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.armed = false
}

func (b *bomb) hits(req *http.Request) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	filter := req.URL.Query().Get("$filter")
	if !b.armed || !strings.Contains(filter, "principalId eq") {
		return false
	}
	if b.victim == "" {
		b.victim = filter
	}
	if filter != b.victim {
		return false
	}
	if b.went++; b.went == 4 {
		close(b.gone)
	}
	return true
}

// RoundTrip implements http.RoundTripper.
func (b *bomb) RoundTrip(req *http.Request) (*http.Response, error) {
	if b.hits(req) {
		panic("as the test has it") //nolint:forbidigo // that is what is tried
	}
	return b.next.RoundTrip(req)
}

// TestExpiredWatch holds that a manager whose watches broke off, and which is told that they cannot be taken up again where
// they did, sees what was made and what was deleted meanwhile.
func TestExpiredWatch(t *testing.T) {
	const status = `{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"too old","reason":"Expired","code":410}`
	cases := map[string]struct {
		code int
		body string
	}{
		"answered": {http.StatusGone, status},
		"told":     {http.StatusOK, `{"type":"ERROR","object":` + status + "}\n"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			ear := &ear{code: tc.code, body: tc.body, watches: map[int]context.CancelFunc{}}
			h := newHarness(t, accidents{kube: ear.around})
			h.must(h.world.Connected(t.Context()))
			old := h.begin(cell{flow: "old-delete"})
			h.until(func(objects []v1alpha1.RoleAssignment) bool {
				return len(objects) == 1 && objects[0].Status.LastCreateTime != nil
			})
			hear := ear.deafen()
			made := h.begin(cell{flow: "create-delete"})
			h.until(func(objects []v1alpha1.RoleAssignment) bool { return len(objects) == 2 && deleting(objects) == 1 })
			hear()
			h.peaceful(old)
			h.peaceful(made)
			if ear.expired() == 0 {
				t.Error("no watch was told that it is too old")
			}
		})
	}
}

func deleting(objects []v1alpha1.RoleAssignment) (n int) {
	for _, o := range objects {
		if !o.DeletionTimestamp.IsZero() {
			n++
		}
	}
	return n
}

// until waits until the objects of all trials are so.
func (h *harness) until(so func([]v1alpha1.RoleAssignment) bool) {
	h.Helper()
	h.must(wait.PollUntilContextTimeout(h.Context(), 50*time.Millisecond, patience, true, func(ctx context.Context) (bool, error) {
		all := &v1alpha1.RoleAssignmentList{}
		err := h.world.Kube.List(ctx, all, client.InNamespace(team))
		return err == nil && so(all.Items), err
	}))
}

// ear is what watches of RoleAssignments pass.
type ear struct {
	next http.RoundTripper
	// code and body are what a watch is told that is too old.
	code int
	body string

	mu      sync.Mutex
	begun   int
	watches map[int]context.CancelFunc
	// hearing is open while nothing is heard; nil while all is.
	hearing chan struct{}
	told    int
}

func (e *ear) around(next http.RoundTripper) http.RoundTripper {
	e.next = next
	return e
}

// deafen breaks all watches off and lets none begin until what it returns is called. Those that waited are too old then.
func (e *ear) deafen() (hear func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	hearing := make(chan struct{})
	e.hearing = hearing
	for _, cancel := range e.watches {
		cancel()
	}
	return func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.hearing = nil
		close(hearing)
	}
}

func (e *ear) expired() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.told
}

// begin notes a watch, or returns what it has to wait for.
func (e *ear) begin(req *http.Request) (*http.Request, <-chan struct{}) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.hearing != nil {
		e.told++
		return req, e.hearing
	}
	ctx, cancel := context.WithCancel(req.Context())
	e.begun++
	e.watches[e.begun] = cancel
	return req.WithContext(ctx), nil
}

// RoundTrip implements http.RoundTripper.
func (e *ear) RoundTrip(req *http.Request) (*http.Response, error) {
	if !req.URL.Query().Has("watch") || !strings.Contains(req.URL.Path, "/roleassignments") {
		return e.next.RoundTrip(req)
	}
	req, hearing := e.begin(req)
	if hearing == nil {
		return e.next.RoundTrip(req)
	}
	select {
	case <-hearing:
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
	return &http.Response{
		StatusCode: e.code, Status: http.StatusText(e.code), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: req,
		Header: http.Header{"Content-Type": {"application/json"}},
		Body:   io.NopCloser(strings.NewReader(e.body)), ContentLength: int64(len(e.body)),
	}, nil
}
