package chaos

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

// Fault is what goes wrong with a call.
type Fault string

// The faults.
const (
	None Fault = ""
	// Crash holds the call until the gate is killed; it is never sent.
	Crash Fault = "crash"
	// CrashAfter has it carried out and holds the answer.
	CrashAfter Fault = "crashafter"
	// CrashLate holds the call and has it carried out once the gate is killed; a create call a while after that, when the
	// next manager may have looked already. It is for kills that follow at once: a create call that takes effect after the
	// propagation window is more than the protocol promises to survive.
	CrashLate Fault = "crashlate"

	Dropped     Fault = "drop"    // the connection breaks, nothing is carried out
	Lost        Fault = "lost"    // carried out, the connection breaks
	Late        Fault = "late"    // the connection breaks, carried out a while later
	TimedOut    Fault = "timeout" // carried out, answered 504
	Forbidden   Fault = "403"
	Conflicting Fault = "409"
	Throttled   Fault = "429" // with Retry-After
	Failed      Fault = "500"
	Unavailable Fault = "503" // with Retry-After
	Strange     Fault = "400" // with a code nobody has seen
	Foreign     Fault = "404" // not Graph's
	HTML        Fault = "html"
	Truncated   Fault = "cut" // carried out, half the answer arrives
	Lagging     Fault = "lag" // it and what follows for a while meet a replica that is behind
)

// Hands are what a user, or an administrator in the portal, does while a call is on its way.
const (
	HandDelete  Fault = "delete"  // the first object is deleted
	HandEdit    Fault = "edit"    // it asks for another principal
	HandRemove  Fault = "remove"  // the portal removes the assignment
	HandRegrant Fault = "regrant" // the portal removes and re-grants it
	HandSuspend Fault = "suspend" // mode is set, and set back when the step is over
	HandObserve Fault = "observe"
)

var (
	errDead  = errors.New("the process has ended")
	errReset = errors.New("connection reset by peer")
	// errViolated ends a trial at the first violation.
	errViolated = errors.New("something was that must not be")
)

// Crashes tells whether the fault waits for a kill.
func (f Fault) Crashes() bool { return f == Crash || f == CrashAfter || f == CrashLate }

// Hand tells whether the fault is somebody's deed; the call itself passes.
func (f Fault) Hand() bool {
	return slices.Contains([]Fault{HandDelete, HandEdit, HandRemove, HandRegrant, HandSuspend, HandObserve}, f)
}

// FaultsOf lists what can go wrong with a kind of call, the crashes first.
func FaultsOf(o Op) []Fault {
	switch {
	case o == OpGet:
		return []Fault{Crash, CrashAfter, Dropped, Failed, Forbidden, Throttled}
	case o.Kube():
		return []Fault{Crash, CrashAfter, Dropped, Lost, Late, TimedOut, Failed, Forbidden, Conflicting, Throttled}
	case o == OpCreate:
		return append(answered(), Lost, Late)
	case o == OpDelete:
		return append(answered(), Lost, Late, Lagging)
	case o == OpRead:
		return append(answered(), Lagging)
	}
	return answered()
}

// answered are the faults of every call to the directory.
func answered() []Fault {
	return []Fault{Crash, CrashAfter, Dropped, Forbidden, Throttled, Failed, Unavailable, Strange, Foreign, HTML, Truncated}
}

// Strike is a fault at a boundary. The zero value strikes nothing.
type Strike struct {
	At    Boundary
	Fault Fault
}

// String returns the strike as it stands in a token.
func (s Strike) String() string { return fmt.Sprintf("%s.%s", s.At, s.Fault) }

// token names a trial by its flow and its strike.
func token(flow string, s Strike) string {
	if s.Fault == None {
		return flow
	}
	return flow + ":" + s.String()
}

// ParseToken reads the token of a trial.
func ParseToken(text string) (flow string, s Strike, err error) {
	flow, rest, struck := strings.Cut(text, ":")
	if !struck {
		return flow, s, nil
	}
	last := strings.LastIndex(rest, ".")
	if last < 0 {
		return flow, s, fmt.Errorf("token %q: write flow:step.call.nth.fault", text)
	}
	s.Fault = Fault(rest[last+1:])
	s.At, err = ParseBoundary(rest[:last])
	return flow, s, err
}

// retryAfter is what throttled answers ask for, in seconds. It is as long as it has to be to be told from a call that was
// on its way already.
const retryAfter = 4

// answer is one that the other side had no part in.
type answer struct {
	status            int
	contentType, body string
	retryAfter        bool
}

// answerOf returns the answer that a fault puts in the place of the real one; false where it does not.
func answerOf(o Op, f Fault) (answer, bool) {
	if o.Kube() {
		return kubeAnswer(f)
	}
	page := answer{status: http.StatusOK, contentType: "text/html", body: "<html><body>Sign in to the network</body></html>"}
	switch f {
	case Forbidden:
		return graphAnswer(http.StatusForbidden, "Authorization_RequestDenied"), true
	case Failed:
		return graphAnswer(http.StatusInternalServerError, "InternalServerError"), true
	case Strange:
		return graphAnswer(http.StatusBadRequest, "Request_NeverSeenBefore"), true
	case Throttled, Unavailable:
		a := graphAnswer(http.StatusTooManyRequests, "TooManyRequests")
		if f == Unavailable {
			a = graphAnswer(http.StatusServiceUnavailable, "ServiceUnavailable")
		}
		a.retryAfter = true
		return a, true
	case Foreign:
		page.status = http.StatusNotFound
		return page, true
	case HTML:
		return page, true
	}
	return answer{}, false
}

func graphAnswer(status int, code string) answer {
	return answer{status: status, contentType: "application/json", body: `{"error":{"code":"` + code + `","message":"As the strike has it."}}`}
}

func kubeAnswer(f Fault) (answer, bool) {
	reasons := map[Fault]struct {
		status int
		reason string
	}{
		Failed: {http.StatusInternalServerError, "InternalError"}, Forbidden: {http.StatusForbidden, "Forbidden"},
		Conflicting: {http.StatusConflict, "Conflict"}, Throttled: {http.StatusTooManyRequests, "TooManyRequests"},
		TimedOut: {http.StatusGatewayTimeout, "Timeout"},
	}
	r, ok := reasons[f]
	if !ok {
		return answer{}, false
	}
	body := fmt.Sprintf(`{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"As the strike has it.","reason":%q,"code":%d}`, r.reason, r.status)
	return answer{status: r.status, contentType: "application/json", body: body, retryAfter: f == Throttled}, true
}

// response makes it the answer to a request.
func (a answer) response(req *http.Request) *http.Response {
	header := http.Header{"Content-Type": {a.contentType}}
	if a.retryAfter {
		header.Set("Retry-After", fmt.Sprint(retryAfter))
	}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", a.status, http.StatusText(a.status)), StatusCode: a.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: header,
		Body: io.NopCloser(strings.NewReader(a.body)), ContentLength: int64(len(a.body)), Request: req,
	}
}
