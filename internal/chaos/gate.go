package chaos

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
	"time"
)

// Gate is the way out of one life of a manager.
type Gate struct {
	world *World
	life  context.Context //nolint:containedctx // it is the life of a process, which every call ends with
	end   context.CancelFunc
}

// NewGate returns the gate of a new life.
func (w *World) NewGate() *Gate {
	life, end := context.WithCancel(context.Background())
	return &Gate{world: w, life: life, end: end}
}

// Kube is the middleware for the transport to the Kubernetes API.
func (g *Gate) Kube(next http.RoundTripper) http.RoundTripper {
	return &transport{gate: g, next: next, name: (*exchange).nameKube}
}

// Directory is the middleware for the transport to the login endpoint and to Graph.
func (g *Gate) Directory(next http.RoundTripper) http.RoundTripper {
	return &transport{gate: g, next: next, name: (*exchange).nameDirectory, directory: true}
}

// Kill ends the life: what is held, in flight or still to come fails at once. What is late is carried out all the same.
func (g *Gate) Kill() {
	g.end()
	g.world.killed()
}

// Dead tells whether the life has been ended.
func (g *Gate) Dead() bool { return g.life.Err() != nil }

// transport is a gate on one connection.
type transport struct {
	gate      *Gate
	next      http.RoundTripper
	name      func(*exchange)
	directory bool
}

// CloseIdleConnections lets go of the connections of the transport behind the gate.
func (t *transport) CloseIdleConnections() {
	if c, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	x := &exchange{transport: t, world: t.gate.world, req: req}
	if err := x.readBody(); err != nil {
		return nil, err
	}
	if t.gate.Dead() {
		return nil, errDead
	}
	t.name(x)
	x.world.witness.leaving(x)
	if x.trial == nil || x.call.Op == "" {
		return x.pass()
	}
	x.world.atWork.Store(true)
	fault := x.trial.begin(x)
	x.sent = x.world.Clock.Now()
	x.world.witness.before(x)
	if x.call.Op.Kube() {
		x.trial.hold(1)
		defer x.trial.hold(-1)
	}
	resp, err := x.serve(fault)
	x.trial.finish(x, resp, err)
	return resp, err
}

// exchange is a request and what came of it.
type exchange struct {
	*transport
	world *World
	req   *http.Request
	body  []byte

	call  Call
	trial *Trial
	// tenantID is the directory that the request speaks to, by its token or URL.
	tenantID string
	// sequence orders calls and answers of all trials, and sent is when the call came to the gate.
	sequence int64
	sent     time.Time
	// before is what the witness saw before the call was carried out.
	before sighting
	// claimed is when the ledger was written that a create call goes by.
	claimed time.Time

	status int
	header http.Header
	answer []byte
}

func (x *exchange) readBody() error {
	if x.req.Body == nil {
		return nil
	}
	defer func() { _ = x.req.Body.Close() }() // it was only read
	var err error
	x.body, err = io.ReadAll(x.req.Body)
	return err
}

// request is the request to pass on.
func (x *exchange) request(ctx context.Context) *http.Request {
	req := x.req.Clone(ctx)
	req.Body = http.NoBody
	if len(x.body) > 0 {
		req.Body = io.NopCloser(bytes.NewReader(x.body))
	}
	req.GetBody = nil
	req.ContentLength = int64(len(x.body))
	if x.directory {
		req.Header.Del("Accept-Encoding") // so that the transport unpacks what it has packed
	}
	return req
}

// living is the context of a call that ends with the request and with the process.
func (x *exchange) living() (context.Context, func()) {
	ctx, cancel := context.WithCancel(x.req.Context())
	stop := context.AfterFunc(x.gate.life, cancel)
	return ctx, func() { stop(); cancel() }
}

// pass carries a call that no trial owns, such as a watch, and streams its answer.
func (x *exchange) pass() (*http.Response, error) {
	ctx, done := x.living()
	resp, err := x.next.RoundTrip(x.request(ctx))
	if err != nil {
		done()
		return nil, err
	}
	resp.Body = &stream{ReadCloser: resp.Body, done: done}
	return resp, nil
}

// stream is a body that ends a context when it is closed.
type stream struct {
	io.ReadCloser
	done func()
}

// Close implements io.Closer.
func (s *stream) Close() error {
	defer s.done()
	return s.ReadCloser.Close()
}

// send carries the call out and reads the whole answer.
func (x *exchange) send(ctx context.Context) error {
	began := x.world.Clock.Now()
	resp, err := x.next.RoundTrip(x.request(ctx))
	if err == nil && x.call.Op.Kube() {
		x.world.measure(x.world.Clock.Since(began))
	}
	if err == nil {
		x.status, x.header = resp.StatusCode, resp.Header
		x.answer, err = io.ReadAll(resp.Body)
		_ = resp.Body.Close() // it has been read
	}
	if err != nil {
		x.trial.tell("gate", string(x.call.Op), "was not answered:", err.Error())
		return err
	}
	x.world.witness.after(x)
	return nil
}

// response is the true answer, for the manager.
func (x *exchange) response() *http.Response {
	return &http.Response{
		Status: strconv.Itoa(x.status) + " " + http.StatusText(x.status), StatusCode: x.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: x.header, Body: io.NopCloser(bytes.NewReader(x.answer)), ContentLength: int64(len(x.answer)), Request: x.req,
	}
}
