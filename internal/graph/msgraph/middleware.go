package msgraph

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"

	khttp "github.com/microsoft/kiota-http-go"

	"github.com/rolewarden/rolewarden/internal/graph"
)

// middleware returns the layers that a request passes, outermost first. The slice is explicit because kiota's default
// comes out of a map, in any order. What is left out of that default, and why:
//   - retry: it repeats POST and DELETE on 429, 503 and 504, after which nobody knows what the answer refers to;
//   - redirect: it would follow another host's word; answerHandler makes a redirect an error;
//   - compression: bodies here are 200 bytes, and a 415 would send a POST a second time;
//   - parameter name decoding: Graph decodes %24filter as it decodes any name, and a nextLink stays verbatim;
//   - telemetry: it tells Microsoft which SDK is used, which is nothing that helps our users.
func (c *Client) middleware(userAgent string) []khttp.Middleware {
	if userAgent == "" {
		userAgent = defaultUserAgent
	}
	return []khttp.Middleware{
		&headerHandler{userAgent: userAgent},
		&hostHandler{cloud: c.cloud},
		&gateHandler{gate: c.gate},
		&answerHandler{gate: c.gate, clock: c.clock},
		&wireHandler{},
	}
}

// headerHandler says who calls, gives the call an ID that Microsoft's support can find when there was no answer, and makes
// the body's length known, which kiota does not: some proxies refuse chunked requests.
type headerHandler struct {
	userAgent string
}

// Intercept implements kiota's Middleware.
func (h *headerHandler) Intercept(next khttp.Pipeline, index int, req *http.Request) (*http.Response, error) {
	req.Header.Set("User-Agent", h.userAgent)
	req.Header.Set("client-request-id", newRequestID())
	if req.Body != nil && req.Body != http.NoBody {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, &graph.Error{Class: graph.Unknown, NotSent: true, Err: stable(err)}
		}
		// GetBody stays nil: with it, net/http's HTTP/2 would send the body again after some resets.
		req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	}
	return next.Next(req, index)
}

// newRequestID returns a random UUID (RFC 9562, version 4).
func newRequestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // It never fails (crypto/rand).
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// hostHandler lets nothing through to another place than the cloud's Graph: not by a nextLink, and not without a token
// either, since that would still tell the other side what is being looked for.
type hostHandler struct {
	cloud Cloud
}

// Intercept implements kiota's Middleware.
func (h *hostHandler) Intercept(next khttp.Pipeline, index int, req *http.Request) (*http.Response, error) {
	if !h.cloud.holds(req.URL) {
		return nil, otherHost(req.URL.Host)
	}
	return next.Next(req, index)
}

func otherHost(host string) *graph.Error {
	return &graph.Error{
		Class: graph.Unknown, NotSent: true,
		Message: "not calling " + printable(host) + ", which is not the Graph endpoint of this directory",
	}
}

// gateHandler sends nothing while the gate is closed. do has looked already; since then a login, or another call's 429,
// may have come in between.
type gateHandler struct {
	gate *gate
}

// Intercept implements kiota's Middleware.
func (h *gateHandler) Intercept(next khttp.Pipeline, index int, req *http.Request) (*http.Response, error) {
	if err := h.gate.check(); err != nil {
		return nil, err
	}
	return next.Next(req, index)
}

// answerHandler reads every answer whole. It lets through only what the operation can be concluded from, and makes errors
// of the rest. kiota's own error types never come into being: their texts may hold the body, and some panic.
type answerHandler struct {
	gate  *gate
	clock Clock
}

// Intercept implements kiota's Middleware.
func (h *answerHandler) Intercept(next khttp.Pipeline, index int, req *http.Request) (*http.Response, error) {
	resp, err := next.Next(req, index)
	if err != nil {
		return nil, withRequestIDs(err, req, nil)
	}
	what := callOf(req.Context())
	switch {
	case resp.StatusCode == what.answer.status:
		return h.accept(what.answer, req, resp)
	case isChallenge(resp) && what.challenged.CompareAndSwap(false, true):
		return passChallenge(resp), nil
	}
	failure := h.refuse(resp)
	if what.answer.list && !what.answer.owned && failure.Class == graph.NotFound {
		// A collection does not go away. That one of its members is missing is for the list to say.
		failure.Class = graph.Unknown
	}
	return nil, withRequestIDs(failure, req, resp)
}

// accept checks a success against what the operation expects.
func (h *answerHandler) accept(want answer, req *http.Request, resp *http.Response) (*http.Response, error) {
	body, err := readBody(resp, maxBody)
	if err != nil {
		failure := &graph.Error{Class: graph.Transient, Status: resp.StatusCode, Err: stable(err)}
		return nil, withRequestIDs(failure, req, resp)
	}
	if err := want.check(resp.Header.Get("Content-Type"), body); err != nil {
		failure := &graph.Error{Class: graph.Unknown, Status: resp.StatusCode, Err: err}
		return nil, withRequestIDs(failure, req, resp)
	}
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return resp, nil
}

// refuse translates everything that is not the success that was expected, and closes the gate if Graph asks for it.
func (h *answerHandler) refuse(resp *http.Response) *graph.Error {
	// What of the body cannot be read cannot change what the status says.
	body, _ := readBody(resp, maxErrorBody)
	failure := parseError(resp.StatusCode, resp.Header, body)
	failure.RetryAfter = retryAfter(resp.Header.Get("Retry-After"), h.clock.Now())
	if failure.Class == graph.Throttled || resp.StatusCode == http.StatusServiceUnavailable {
		h.gate.close(failure.RetryAfter)
	}
	return failure
}

// withRequestIDs adds what the logs need to find the call again.
func withRequestIDs(err error, req *http.Request, resp *http.Response) *graph.Error {
	failure := callOf(req.Context()).describe(err)
	failure.ClientRequestID = req.Header.Get("client-request-id")
	if resp != nil {
		failure.RequestID = printable(resp.Header.Get("request-id"))
	}
	return failure
}
