package faults_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	clocktesting "k8s.io/utils/clock/testing"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graphsim"
)

const (
	contoso  = "5f2c1c6e-9a3b-4d5c-8e7f-0a1b2c3d4e5f"
	appID    = "0d1f9a52-6b3e-4c8d-9f10-7a5e2b4c6d81"
	appObj   = "3e9d7c15-2f48-4b6a-8c01-d5e6f7a8b9c0"
	alice    = "ace08ec9-aa11-4ada-9145-addf0398233e"
	bob      = "b1d19fda-bb22-4beb-a256-beef14a9344f"
	helpdesk = "729827e3-9c14-49f7-bb1b-9608f156bbb8"
	secret   = "canary-7hS0q-client-secret"

	// A call that is late takes effect after lateBy, and a replica that lags is lagBy behind. Together they are less than
	// the propagation window, which is what the protocol assumes of the directory.
	lateBy = 70 * time.Second
	lagBy  = 40 * time.Second
	// quiet is the Retry-After of a 429 and a 503.
	quiet = 20 * time.Second
)

var errReset = errors.New("connection reset by peer")

// signingKey is as small as a signature by SHA-256 lets it be, since what is tested is not whether it can be broken.
var signingKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 512) })

// simClock is the world's clock as the simulator wants it. Nothing waits: the simulated calls take no time.
type simClock struct{ *clocktesting.FakeClock }

// NewTimer implements graphsim.Clock.
func (simClock) NewTimer(time.Duration) (<-chan time.Time, func() bool) {
	return nil, func() bool { return true }
}

func permissions() []string {
	return []string{"RoleManagement.ReadWrite.Directory", "User.ReadBasic.All", "Group.Read.All", "Application.Read.All"}
}

func newSimulator(c *clocktesting.FakeClock) (*graphsim.Simulator, error) {
	key, err := signingKey()
	if err != nil {
		return nil, err
	}
	return graphsim.New(graphsim.Options{Clock: simClock{c}, SigningKey: key, Seed: &graphsim.Seed{
		BuiltInRoles: []graphsim.SeedRole{{ID: helpdesk, TemplateID: helpdesk, DisplayName: "Helpdesk Administrator"}},
		Tenants: []graphsim.SeedTenant{{
			ID: contoso, DisplayName: "Contoso", Domains: []string{"contoso.com"},
			Objects: map[string][]map[string]any{
				"users": {
					{"id": alice, "displayName": "Alice", "userPrincipalName": "alice@contoso.com"},
					{"id": bob, "displayName": "Bob", "userPrincipalName": "bob@contoso.com"},
				},
				"servicePrincipals": {{"id": appObj, "displayName": "Rolewarden", "appId": appID}},
			},
			Apps: []graphsim.SeedApp{{AppID: appID, ServicePrincipal: appObj, Secrets: []string{secret}, Permissions: permissions()}},
		}},
	}})
}

// opOf says what a request is for.
func opOf(req *http.Request) op {
	path := req.URL.Path
	switch {
	case strings.HasSuffix(path, "/token"):
		return opToken
	case !strings.HasPrefix(path, "/v1.0/"):
		return opDiscovery
	case !strings.Contains(path, "/roleAssignments"):
		return opLookup
	case req.Method == http.MethodPost:
		return opCreate
	case req.Method == http.MethodDelete:
		return opDelete
	}
	return opRead
}

// RoundTrip carries what the process sends to the directory.
func (p *process) RoundTrip(req *http.Request) (*http.Response, error) {
	o, x := opOf(req), &exchange{req: req}
	if req.Body != nil {
		var err error
		if x.body, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
	}
	err := p.call(o, func(f fault) error {
		p.checkSend(o, x)
		err := p.w.serve(x, f)
		p.checkAnswer(o, x.resp)
		return err
	})
	if err != nil {
		return nil, err
	}
	return x.resp, nil
}

// exchange is a request and what came of it.
type exchange struct {
	req  *http.Request
	body []byte
	resp *http.Response
}

// serve has the simulator answer, or what is in between.
func (w *world) serve(x *exchange, f fault) error {
	switch f {
	case dropped:
		return errReset
	case late:
		if _, err := w.dir.AddFault(graphsim.Fault{Count: 1, Effect: graphsim.Effect{LateCommit: lateBy}}); err != nil {
			return err
		}
		w.after(lateBy, func() {})
	case lagging:
		defer w.lag()()
	}
	if a, instead := answerOf(f); instead {
		x.answer(a)
		return nil
	}
	if err := x.handle(w.simulator); err != nil {
		if !errors.Is(err, errReset) {
			w.violate("harness", err.Error())
		}
		return err
	}
	if f == lost {
		return errReset
	}
	if f == truncated {
		return x.truncate()
	}
	return nil
}

// truncate has half the answer arrive, or none if it has no body.
func (x *exchange) truncate() error {
	if x.resp.StatusCode == http.StatusNoContent {
		return errReset
	}
	whole, err := io.ReadAll(x.resp.Body)
	x.resp.Body, x.resp.ContentLength = io.NopCloser(bytes.NewReader(whole[:len(whole)/2])), -1
	return err
}

// lag has replicas be behind, until what it returns is called.
func (w *world) lag() func() {
	before := w.dir.Settings()
	behind := before
	behind.Lag, behind.DeleteSeesLag = lagBy, true
	w.must(w.dir.SetSettings(behind))
	return func() { w.must(w.dir.SetSettings(before)) }
}

// handle calls the handler as net/http would, a closed connection included.
func (x *exchange) handle(h http.Handler) (err error) {
	defer func() {
		switch gone := recover(); gone {
		case nil:
		case http.ErrAbortHandler:
			err = errReset
		default:
			err = fmt.Errorf("the simulator panicked: %v", gone)
		}
	}()
	served := x.req.Clone(x.req.Context())
	served.Host, served.RequestURI, served.RemoteAddr = x.req.URL.Host, x.req.URL.RequestURI(), "192.0.2.1:1234"
	served.Body = io.NopCloser(bytes.NewReader(x.body))
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, served)
	x.resp = rec.Result()
	x.resp.Request = x.req
	return nil
}

// answer is one that the simulator had no part in.
type answer struct {
	status     int
	kind, body string
	retryAfter string
}

func answerOf(f fault) (answer, bool) {
	graphs := func(status int, code string) answer {
		return answer{status: status, kind: "application/json", body: `{"error":{"code":"` + code + `","message":"As the schedule has it."}}`}
	}
	page := answer{status: http.StatusOK, kind: "text/html", body: "<html><body>Sign in to the network</body></html>"}
	switch f {
	case forbidden:
		return graphs(http.StatusForbidden, "Authorization_RequestDenied"), true
	case throttled, unavailable:
		a := graphs(http.StatusTooManyRequests, "TooManyRequests")
		if f == unavailable {
			a = graphs(http.StatusServiceUnavailable, "ServiceUnavailable")
		}
		a.retryAfter = "20"
		return a, true
	case failed:
		return graphs(http.StatusInternalServerError, "InternalServerError"), true
	case strange:
		return graphs(http.StatusBadRequest, "Request_NeverSeenBefore"), true
	case foreign:
		page.status = http.StatusNotFound
		return page, true
	case html:
		return page, true
	}
	return answer{}, false
}

func (x *exchange) answer(a answer) {
	header := http.Header{"Content-Type": {a.kind}}
	if a.retryAfter != "" {
		header.Set("Retry-After", a.retryAfter)
	}
	x.resp = &http.Response{StatusCode: a.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: header,
		Body: io.NopCloser(strings.NewReader(a.body)), ContentLength: int64(len(a.body)), Request: x.req}
}

type grant = v1alpha1.AssignmentGrant

func grantOf(principal string) grant {
	return grant{TenantID: contoso, PrincipalID: v1alpha1.ObjectID(principal), RoleDefinitionID: helpdesk, DirectoryScopeID: "/"}
}

// row is how Graph writes a role assignment.
type row struct {
	PrincipalID      string `json:"principalId"`
	RoleDefinitionID string `json:"roleDefinitionId"`
	DirectoryScopeID string `json:"directoryScopeId"`
}

func (r row) grant() grant {
	g := grantOf(r.PrincipalID)
	g.RoleDefinitionID, g.DirectoryScopeID = v1alpha1.ObjectID(r.RoleDefinitionID), r.DirectoryScopeID
	return g
}

func recorded(r graphsim.AssignmentRecord) grant {
	return row{r.PrincipalID, r.RoleDefinitionID, r.DirectoryScopeID}.grant()
}

// shown reads the rows of a list, nothing if it cannot be read whole, and leaves the answer as it was.
func shown(resp *http.Response) []row {
	if resp == nil || resp.StatusCode != http.StatusOK {
		return nil
	}
	data, _ := io.ReadAll(resp.Body) // in memory
	resp.Body = io.NopCloser(bytes.NewReader(data))
	var list struct {
		Value []row `json:"value"`
	}
	if json.Unmarshal(data, &list) != nil {
		return nil
	}
	return list.Value
}
