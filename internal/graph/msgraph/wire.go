package msgraph

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"sync/atomic"

	khttp "github.com/microsoft/kiota-http-go"

	"github.com/rolewarden/rolewarden/internal/graph"
)

// wireHandler is the innermost layer. It says of a call without an answer whether it can have reached the other side.
type wireHandler struct{}

// Intercept implements kiota's Middleware.
func (*wireHandler) Intercept(next khttp.Pipeline, index int, req *http.Request) (*http.Response, error) {
	if err := req.Context().Err(); err != nil {
		return nil, &graph.Error{Class: graph.Transient, NotSent: true, Err: stable(err)}
	}
	var w wire
	resp, err := next.Next(req.WithContext(w.trace(req.Context())), index)
	if err == nil {
		return resp, nil
	}
	return nil, &graph.Error{Class: graph.Transient, NotSent: w.unsent(), Err: stable(err)}
}

// wire watches one request on its way to a connection.
type wire struct{ asked, got atomic.Bool }

// trace reports on the request to w.
func (w *wire) trace(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { w.asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { w.got.Store(true) },
	})
}

// unsent tells whether the request certainly never left: the transport asked for a connection and never got one. Once it
// has one, nothing is certain (with HTTP/2 a cancelled request may be on the wire before WroteHeaders is reported). A
// transport that reports nothing, as in a test without a network, is not believed either.
func (w *wire) unsent() bool { return w.asked.Load() && !w.got.Load() }

// stableError is a failure whose text is the same each time: no ports, no stream numbers, no times, and nothing of the
// request. What it was in full is for errors.Is and errors.As.
type stableError struct {
	text  string
	cause error
}

// Error returns the text.
func (e *stableError) Error() string { return e.text }

// Unwrap returns the failure in full.
func (e *stableError) Unwrap() error { return e.cause }

// stable returns err with a stable text.
func stable(err error) error {
	if e, ok := errors.AsType[*stableError](err); ok {
		return e
	}
	return &stableError{text: describeWire(err), cause: err}
}

func describeWire(err error) string {
	switch {
	case errors.Is(err, context.Canceled):
		return "the call was cancelled"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), timedOut(err):
		return "no answer in time"
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return "the connection was closed before the answer was complete"
	}
	if text := describeTLS(err); text != "" {
		return text
	}
	return describeNet(err)
}

func timedOut(err error) bool {
	e, ok := errors.AsType[net.Error](err)
	return ok && e.Timeout()
}

// describeTLS tells the failures of a handshake apart, for which somebody has to do something.
func describeTLS(err error) string {
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "the server's certificate is signed by an authority that is not trusted: set the CA bundle"
	}
	if e, ok := errors.AsType[x509.CertificateInvalidError](err); ok && e.Reason == x509.Expired {
		return "the server's certificate has expired or is not valid yet"
	}
	if e, ok := errors.AsType[x509.HostnameError](err); ok {
		return "the server's certificate is not for " + printable(e.Host)
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "the server's certificate cannot be verified"
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return "the server does not speak TLS"
	}
	return ""
}

// describeNet leaves out the local address, whose port is another one each time.
func describeNet(err error) string {
	if e, ok := errors.AsType[*net.DNSError](err); ok {
		return "looking up " + printable(e.Name) + ": " + printable(e.Err)
	}
	e, ok := errors.AsType[*net.OpError](err)
	if !ok {
		return "the connection failed"
	}
	text := e.Op
	if e.Op == "dial" && e.Addr != nil {
		text += " " + e.Addr.String()
	}
	if inner, ok := errors.AsType[*os.SyscallError](err); ok {
		return text + ": " + inner.Err.Error()
	}
	return text + ": the connection failed"
}
