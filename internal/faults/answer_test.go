package faults_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/rolewarden/rolewarden/internal/graphsim"
)

// serve has the simulator answer, or what is in between.
func (w *world) serve(x *exchange, f fault, o op) error {
	if f == dropped {
		return errReset
	}
	defer w.prepare(x, f, o)()
	if o == opCreate {
		w.expectFallback(x)
	}
	if a, instead := answerOf(x, f, o); instead {
		x.answer(a)
		return nil
	}
	if err := x.handle(w.simulator); err != nil {
		if !errors.Is(err, errReset) {
			w.violate("harness", err.Error())
		}
		return err
	}
	return w.spoil(x, f, o)
}

// prepare has the directory be as the fault wants it, until what it returns is called.
func (w *world) prepare(x *exchange, f fault, o op) func() {
	now := w.clock.Now()
	switch f {
	case late:
		w.order(graphsim.Effect{LateCommit: lateBy})
		w.after(lateBy, func() {})
		w.troubleUntil(now.Add(lateBy))
	case blind:
		w.order(graphsim.Effect{NotFoundByLag: true})
	case wrong:
		x.body = []byte(strings.Replace(string(x.body), `"directoryScopeId":"/"`, `"directoryScopeId":"/administrativeUnits/`+berlin+`"`, 1))
	case flapping:
		w.flapUntil = now.Add(time.Minute)
		w.troubleUntil(w.flapUntil.Add(lagBy))
	case looping:
		w.loopUntil = now.Add(10 * time.Second)
		w.troubleUntil(w.loopUntil)
	case lagging:
		w.troubleUntil(now.Add(lagBy))
		return w.lag()
	}
	if now.Before(w.flapUntil) && slices.Contains([]op{opRead, opPage, opUpdate, opDelete}, o) {
		if w.flap = !w.flap; w.flap {
			return w.lag()
		}
	}
	return func() {}
}

// order has the simulator do that to the call.
func (w *world) order(e graphsim.Effect) {
	_, err := w.dir.AddFault(graphsim.Fault{Count: 1, Effect: e})
	w.must(err)
}

// lag has replicas be behind, until what it returns is called.
func (w *world) lag() func() {
	before := w.dir.Settings()
	behind := before
	behind.Lag, behind.DeleteSeesLag = lagBy, true
	w.must(w.dir.SetSettings(behind))
	return func() {
		after := w.dir.Settings()
		after.Lag, after.DeleteSeesLag = before.Lag, before.DeleteSeesLag
		w.must(w.dir.SetSettings(after))
	}
}

// spoil does to the answer what the fault wants.
func (w *world) spoil(x *exchange, f fault, o op) error {
	switch f {
	case lost:
		return errReset
	case gateway:
		x.answer(graphs(http.StatusGatewayTimeout, "GatewayTimeout", ""))
	case truncated:
		return x.truncate()
	case hollow:
		x.hollow()
	case wrong:
		w.noteWrong(x)
	}
	if w.clock.Now().Before(w.loopUntil) && slices.Contains([]op{opLookup, opRead, opPage}, o) {
		x.link(func(page map[string]any) { page["@odata.nextLink"] = x.req.URL.String() })
	}
	return nil
}

// truncate has half the answer arrive, or none if it has no body.
func (x *exchange) truncate() error {
	if x.resp.StatusCode == http.StatusNoContent {
		return errReset
	}
	whole, err := io.ReadAll(x.resp.Body)
	x.replace(whole[:len(whole)/2])
	return err
}

// hollow has an empty page come first, and the rest after it.
func (x *exchange) hollow() {
	x.link(func(page map[string]any) {
		page["value"] = []any{}
		page["@odata.nextLink"] = x.req.URL.String() + "&again=" // another link, or it would be a circle
	})
}

// link changes a page of a list.
func (x *exchange) link(change func(map[string]any)) {
	var page map[string]any
	if x.resp.StatusCode != http.StatusOK || json.Unmarshal(x.payload(), &page) != nil {
		return
	}
	if _, list := page["value"].([]any); !list {
		return
	}
	change(page)
	data, _ := json.Marshal(page) // it was JSON before
	x.replace(data)
}

// answer is one that the simulator had no part in.
type answer struct {
	status     int
	kind, body string
	retryAfter string
}

// graphs is an answer of Graph's, or of the login endpoint's: what each does not know of it does not read.
func graphs(status int, code, message string) answer {
	text, _ := json.Marshal("As the schedule has it. " + message) // a string can be written
	return answer{status: status, kind: "application/json",
		body: `{"error":{"code":"` + code + `","message":` + string(text) + `}}`}
}

// logins is an answer of the login endpoint's.
func logins(status int, code, message string) answer {
	text, _ := json.Marshal("AADSTS90000: As the schedule has it. " + message) // a string can be written
	return answer{status: status, kind: "application/json", body: `{"error":"` + code + `","error_description":` + string(text) + `}`}
}

func answerOf(x *exchange, f fault, o op) (answer, bool) {
	refuse, unauthorized := graphs, "InvalidAuthenticationToken"
	if o == opToken || o == opDiscovery {
		refuse, unauthorized = logins, "invalid_client"
	}
	page := answer{status: http.StatusOK, kind: "text/html", body: "<html><body>Sign in to the network</body></html>"}
	var a answer
	switch f {
	case rejected:
		a = refuse(http.StatusUnauthorized, unauthorized, "")
	case forbidden:
		a = refuse(http.StatusForbidden, "Authorization_RequestDenied", "")
	case throttled, hushed, unavailable:
		a = busy(f, refuse)
	case failed:
		a = refuse(http.StatusInternalServerError, "InternalServerError", "")
	case strange:
		a = refuse(http.StatusBadRequest, "Request_NeverSeenBefore", x.req.Header.Get("Authorization")+" "+string(x.body))
	case expired:
		a = refuse(http.StatusBadRequest, "Directory_ExpiredPageToken", "")
	case foreign:
		a, a.status = page, http.StatusNotFound
	case html:
		a = page
	case empty:
		a = answer{status: http.StatusOK, kind: "application/json"}
	default:
		return answer{}, false
	}
	return a, true
}

func busy(f fault, refuse func(int, string, string) answer) answer {
	a := refuse(http.StatusTooManyRequests, "TooManyRequests", "")
	if f == unavailable {
		a = refuse(http.StatusServiceUnavailable, "ServiceUnavailable", "")
	}
	if f != hushed {
		a.retryAfter = "20"
	}
	return a
}

func (x *exchange) answer(a answer) {
	header := http.Header{"Content-Type": {a.kind}}
	if a.retryAfter != "" {
		header.Set("Retry-After", a.retryAfter)
	}
	x.resp = &http.Response{StatusCode: a.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: header,
		Body: io.NopCloser(strings.NewReader(a.body)), ContentLength: int64(len(a.body)), Request: x.req}
}
