package faults_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"

	clocktesting "k8s.io/utils/clock/testing"

	"github.com/rolewarden/rolewarden/internal/graph/msgraph"
	"github.com/rolewarden/rolewarden/internal/graphsim"
)

const (
	contoso  = "5f2c1c6e-9a3b-4d5c-8e7f-0a1b2c3d4e5f"
	fabrikam = "c7d8e9f0-1a2b-4c3d-9e4f-5a6b7c8d9e0f"
	appID    = "0d1f9a52-6b3e-4c8d-9f10-7a5e2b4c6d81"
	appObj   = "3e9d7c15-2f48-4b6a-8c01-d5e6f7a8b9c0"
	alice    = "ace08ec9-aa11-4ada-9145-addf0398233e"
	bob      = "b1d19fda-bb22-4beb-a256-beef14a9344f"
	carol    = "ca501111-cc33-4ccc-b367-c0ffee35c0de"
	plain    = "9a0f2222-dd44-4ddd-8478-0ddba11cafe5" // a group that cannot hold a role
	berlin   = "be7113c0-ee55-4eee-9589-5ca1ab1e0000" // an administrative unit
	munich   = "0a000000-ff66-4fff-9a89-0000000c0ffe" // another, which is not there from the start
	helpdesk = "729827e3-9c14-49f7-bb1b-9608f156bbb8"
	reader   = "4a5d8f65-41da-4de4-8968-e035b65339cf"
	secret   = "canary-7hS0q-client-secret"
	aliceUPN = "alice@contoso.com"

	// A call that is late takes effect after lateBy, and a replica that lags is lagBy behind. Together they are less than
	// the propagation window, which is what the protocol assumes of the directory.
	lateBy = 70 * time.Second
	lagBy  = 40 * time.Second
	// quiet is the Retry-After of a 429 and a 503.
	quiet = 20 * time.Second
)

// directory is a Tenant.
type directory struct {
	name, id, domain string
	users            map[string]string
	credential       msgraph.Credential
}

// directories are both there are; most flows know only the first.
var directories = sync.OnceValue(func() []directory {
	credential := msgraph.ClientSecret{ClientID: appID, Secret: secret}
	return []directory{
		{name: "contoso", id: contoso, domain: "contoso.com", users: map[string]string{"alice": alice, "bob": bob}, credential: credential},
		{name: "fabrikam", id: fabrikam, domain: "fabrikam.com", users: map[string]string{"carol": carol}, credential: credential},
	}
})

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
	return []string{
		"RoleManagement.ReadWrite.Directory", "User.ReadBasic.All", "Group.ReadWrite.All", "Application.Read.All", "AdministrativeUnit.Read.All",
	}
}

func newSimulator(c *clocktesting.FakeClock, f flow) (*graphsim.Simulator, error) {
	key, err := signingKey()
	if err != nil {
		return nil, err
	}
	seed := &graphsim.Seed{BuiltInRoles: []graphsim.SeedRole{
		{ID: helpdesk, TemplateID: helpdesk, DisplayName: "Helpdesk Administrator", Scopes: []string{"administrativeUnits"}},
		{ID: reader, TemplateID: reader, DisplayName: "Reports Reader"},
	}}
	for _, d := range f.directories() {
		tenant := d.seed()
		if f.licensed {
			tenant.Licences = []string{"P2"}
		}
		seed.Tenants = append(seed.Tenants, tenant)
	}
	return graphsim.New(graphsim.Options{Clock: simClock{c}, SigningKey: key, Seed: seed})
}

// seed is what is in the directory at the start.
func (d directory) seed() graphsim.SeedTenant {
	var users []map[string]any
	for _, name := range sorted(d.users) {
		users = append(users, map[string]any{"id": d.users[name], "displayName": name, "userPrincipalName": name + "@" + d.domain})
	}
	return graphsim.SeedTenant{
		ID: d.id, DisplayName: d.name, Domains: []string{d.domain},
		Objects: map[string][]map[string]any{
			"users":               users,
			"groups":              {{"id": plain, "displayName": "Plain", "mailNickname": "plain"}},
			"administrativeUnits": {{"id": berlin, "displayName": "Berlin"}},
			"servicePrincipals":   {{"id": appObj, "displayName": "Rolewarden", "appId": appID}},
		},
		Apps: []graphsim.SeedApp{{AppID: appID, ServicePrincipal: appObj, Secrets: []string{secret}, Permissions: permissions()}},
	}
}

// exchange is a request and what came of it.
type exchange struct {
	by   *process
	with directory
	req  *http.Request
	body []byte
	resp *http.Response
	// key is what a create call asks for.
	key grant
}

func (x *exchange) read() (err error) {
	if x.req.Body != nil {
		x.body, err = io.ReadAll(x.req.Body)
	}
	return err
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

// payload reads the answer and leaves it as it was.
func (x *exchange) payload() []byte {
	data, _ := io.ReadAll(x.resp.Body) // in memory
	x.replace(data)
	return data
}

func (x *exchange) replace(data []byte) {
	x.resp.Body, x.resp.ContentLength = io.NopCloser(bytes.NewReader(data)), -1
	x.resp.Header.Del("Content-Length")
}
