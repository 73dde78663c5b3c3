package msgraph

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/rolewarden/rolewarden/internal/graph"
)

func TestWhatNeverLeft(t *testing.T) {
	s := newServer(t)
	closed := closedAddress(t)
	cases := map[string]struct {
		graphRoot string
		transport http.RoundTripper
		notSent   bool
		want      string
	}{
		"nobody listens":            {"https://" + closed, nil, true, "dial " + closed + ": connection refused"},
		"an untrusted certificate":  {s.URL, &http.Transport{}, true, "set the CA bundle"},
		"no such name":              {"https://graph.invalid", &http.Transport{DialContext: noSuchName}, true, "looking up graph.invalid: no such host"},
		"a transport without trace": {s.URL, failing{errors.New("stream ID 7")}, false, "the connection failed"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			for write := range map[string]bool{"create": true, "delete": true} {
				c := s.client(t, func(o *Options) {
					o.Cloud = Endpoints(s.URL, tc.graphRoot)
					o.Transport = split{login: o.Transport, graph: tc.transport, host: strings.TrimPrefix(tc.graphRoot, "https://")}
				})
				e := failure(t, operations()[write](t.Context(), c))
				if e.Class != graph.Transient || e.NotSent != tc.notSent || !strings.Contains(e.Error(), tc.want) {
					t.Errorf("%s: got %v (%v, not sent %v), want %q and not sent %v", write, e, e.Class, e.NotSent, tc.want, tc.notSent)
				}
			}
		})
	}
}

// split sends the calls of Graph another way than those of the login.
type split struct {
	login, graph http.RoundTripper
	host         string
}

func (s split) RoundTrip(r *http.Request) (*http.Response, error) {
	if s.graph != nil && r.URL.Host == s.host && strings.HasPrefix(r.URL.Path, "/v1.0/") {
		return s.graph.RoundTrip(r)
	}
	return s.login.RoundTrip(r)
}

// failing stands for a transport in process whose other side may have done what was asked before it failed.
type failing struct{ err error }

func (f failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }

func noSuchName(context.Context, string, string) (net.Conn, error) {
	return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "graph.invalid", Server: "10.0.0.1:53", IsNotFound: true}}
}

// closedAddress returns an address at which nobody listens any more.
func closedAddress(t *testing.T) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

func TestCancellation(t *testing.T) {
	s := newServer(t)
	c := s.client(t)
	if _, err := c.Identity(t.Context()); err != nil {
		t.Fatal(err)
	}
	before, cancel := context.WithCancel(t.Context())
	cancel()
	err := c.DeleteRoleAssignment(before, "a-1")
	if e := failure(t, err); !e.NotSent || !errors.Is(err, context.Canceled) || len(s.seen()) != 0 {
		t.Errorf("cancelled before: got %+v and %d calls, want nothing sent", e, len(s.seen()))
	}

	during, cancel := context.WithCancel(t.Context())
	s.onGraph(func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	_, err = c.CreateRoleAssignment(during, aKey())
	if e := failure(t, err); e.NotSent || e.Class != graph.Transient || !errors.Is(err, context.Canceled) || !graph.Unanswered(err) {
		t.Errorf("cancelled after: got %+v, want a write without an answer", e)
	}
}

func TestDeadline(t *testing.T) {
	s := newServer(t)
	c := s.client(t, func(o *Options) {
		o.Transport = split{login: o.Transport, graph: failing{context.DeadlineExceeded}, host: strings.TrimPrefix(s.URL, "https://")}
	})
	e := failure(t, c.DeleteRoleAssignment(t.Context(), "a-1"))
	if e.Class != graph.Transient || e.NotSent || e.Error() != "deleting role assignment: no answer in time" {
		t.Errorf("got %+v: %v", e, e)
	}
	if e.ClientRequestID == "" {
		t.Error("nothing is left by which the call could be found again")
	}
}

func TestTextsAreStable(t *testing.T) {
	local := &net.TCPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 51234}
	remote := &net.TCPAddr{IP: net.IPv4(10, 0, 0, 2), Port: 443}
	reset := &net.OpError{Op: "read", Net: "tcp", Source: local, Addr: remote, Err: os.NewSyscallError("read", syscall.ECONNRESET)}
	cases := map[string]struct {
		err  error
		want string
	}{
		"reset":         {reset, "read: connection reset by peer"},
		"wrapped":       {fmt.Errorf("x: %w", reset), "read: connection reset by peer"},
		"refused":       {&net.OpError{Op: "dial", Source: local, Addr: remote, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}, "dial 10.0.0.2:443: connection refused"},
		"no route":      {&net.OpError{Op: "dial", Addr: remote, Err: errors.New("x")}, "dial 10.0.0.2:443: the connection failed"},
		"end":           {io.EOF, "the connection was closed before the answer was complete"},
		"early end":     {io.ErrUnexpectedEOF, "the connection was closed before the answer was complete"},
		"time-out":      {&net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}, "no answer in time"},
		"expired":       {x509.CertificateInvalidError{Reason: x509.Expired, Detail: "current time 2026-03-01"}, "the server's certificate has expired or is not valid yet"},
		"unverified":    {&tls.CertificateVerificationError{Err: errors.New("at 12:00")}, "the server's certificate cannot be verified"},
		"another name":  {x509.HostnameError{Certificate: &x509.Certificate{}, Host: "graph"}, "the server's certificate is not for graph"},
		"no TLS":        {tls.RecordHeaderError{Msg: "x"}, "the server does not speak TLS"},
		"anything else": {errors.New("stream ID 7"), "the connection failed"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := stable(tc.err)
			if got.Error() != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
			if !errors.Is(got, tc.err) && name != "another name" {
				t.Error("the cause is lost")
			}
		})
	}
}
