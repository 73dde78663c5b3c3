package chaos

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	clocktesting "k8s.io/utils/clock/testing"
)

// TestToken holds that every trial that can be planned can be named, and found again by its name.
func TestToken(t *testing.T) {
	for _, o := range []Op{OpGet, OpFinalizer, OpStatus, OpTenantStatus, OpToken, OpRead, OpCreate, OpDelete} {
		for _, f := range append(FaultsOf(o), HandDelete) {
			want := Strike{At: Boundary{Step: 2, Op: o, Nth: 13}, Fault: f}
			flow, got, err := ParseToken(token("create-delete", want))
			if err != nil || flow != "create-delete" {
				t.Errorf("%s: flow %q, %v", want, flow, err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", want, diff)
			}
		}
	}
}

func TestTokenRefused(t *testing.T) {
	for _, text := range []string{"create:", "create:1", "create:1.graph.create", "create:x.graph.create.1.lost", "create:1.graph.create.x.lost"} {
		if _, s, err := ParseToken(text); err == nil {
			t.Errorf("%q was read as %+v", text, s)
		}
	}
}

// TestAnswers holds that whatever is not carried out, lost or held has an answer.
func TestAnswers(t *testing.T) {
	carried := map[Fault]bool{Crash: true, CrashAfter: true, Dropped: true, Lost: true, Late: true, Truncated: true, Lagging: true}
	for _, o := range []Op{OpGet, OpStatus, OpTenant, OpDiscovery, OpToken, OpLookup, OpRead, OpCreate, OpDelete} {
		for _, f := range FaultsOf(o) {
			if _, ok := answerOf(o, f); ok == carried[f] {
				t.Errorf("%s of %s: has an answer: %v", f, o, ok)
			}
		}
	}
}

func TestNames(t *testing.T) {
	const (
		objects = "/apis/entra.rolewarden.dev/v1alpha1/namespaces/team/roleassignments"
		tenants = "/apis/entra.rolewarden.dev/v1alpha1/tenants"
		grants  = "/v1.0/roleManagement/directory/roleAssignments"
	)
	tests := map[string]struct {
		method, url, body string
		directory         bool
		want              Op
	}{
		"live read":       {http.MethodGet, objects + "/t1-a", "", false, OpGet},
		"list":            {http.MethodGet, objects, "", false, ""},
		"watch":           {http.MethodGet, objects + "?watch=true", "", false, ""},
		"finalizer on":    {http.MethodPatch, objects + "/t1-a", `{"metadata":{"finalizers":["entra.rolewarden.dev/revoke"]}}`, false, OpFinalizer},
		"finalizer off":   {http.MethodPatch, objects + "/t1-a", `{"metadata":{"finalizers":null}}`, false, OpRelease},
		"status":          {http.MethodPatch, objects + "/t1-a/status", `{}`, false, OpStatus},
		"Tenant":          {http.MethodPatch, tenants + "/dir", `{}`, false, OpTenant},
		"Tenant's status": {http.MethodPatch, tenants + "/dir/status", `{}`, false, OpTenantStatus},
		"event":           {http.MethodPost, "/apis/events.k8s.io/v1/namespaces/team/events", `{}`, false, ""},
		"discovery":       {http.MethodGet, "/common/discovery/instance?authorization_endpoint=x", "", true, OpDiscovery},
		"token":           {http.MethodPost, "/" + sharedTenant + "/oauth2/v2.0/token", "", true, OpToken},
		"roles":           {http.MethodGet, "/v1.0/roleManagement/directory/roleDefinitions", "", true, OpRoles},
		"lookup":          {http.MethodGet, "/v1.0/users?$filter=userPrincipalName+eq+'alice@directory.test'", "", true, OpLookup},
		"read":            {http.MethodGet, grants + "?$filter=principalId+eq+'p1'", "", true, OpRead},
		"create":          {http.MethodPost, grants, `{"principalId":"p1"}`, true, OpCreate},
		"delete":          {http.MethodDelete, grants + "/id1", "", true, OpDelete},
	}
	w := New(Options{Clock: clocktesting.NewFakeClock(time.Time{})})
	owner := &Trial{id: "t1"}
	w.objects["t1-a"], w.byTenant["dir"], w.owners["p1"], w.owners["alice@directory.test"], w.tenants[sharedTenant] = owner, owner, owner, owner, owner
	w.learnID("", "id1", Grant{PrincipalID: "p1"})
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			x := &exchange{world: w, body: []byte(tc.body), transport: &transport{}}
			x.req = httptest.NewRequestWithContext(t.Context(), tc.method, strings.ReplaceAll(tc.url, " ", "%20"), nil)
			if tc.directory {
				x.nameDirectory()
			} else {
				x.nameKube()
			}
			if x.call.Op != tc.want {
				t.Errorf("named %q, want %q", x.call.Op, tc.want)
			}
			shared := tc.want == "" || tc.want == OpDiscovery || tc.want == OpRoles
			if (x.trial == owner) == shared {
				t.Errorf("owned: %v", x.trial == owner)
			}
		})
	}
}

// TestWithout holds that a replica that is behind leaves out rows and nothing else.
func TestWithout(t *testing.T) {
	const list = `{"@odata.context":"c","value":[{"id":"1","principalId":"a"},{"id":"2","principalId":"b"}]}`
	got := string(without([]byte(list), func(r row) bool { return r.PrincipalID == "a" }))
	if want := `{"@odata.context":"c","value":[{"id":"2","principalId":"b"}]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := string(without([]byte("no list"), func(row) bool { return true })); got != "no list" {
		t.Errorf("got %s", got)
	}
}

// TestDead holds that nothing passes a gate that was killed, and that a call that is held ends with it.
func TestDead(t *testing.T) {
	w := New(Options{Clock: clocktesting.NewFakeClock(time.Time{})})
	g := w.NewGate()
	asked := 0
	kube := g.Kube(roundTripper(func(req *http.Request) (*http.Response, error) {
		asked++
		return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader("alive")), Request: req}, nil
	}))
	send := func() error {
		resp, err := kube.RoundTrip(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api", nil))
		if err == nil {
			err = resp.Body.Close()
		}
		return err
	}
	if err := send(); err != nil || asked != 1 {
		t.Fatalf("alive: %v after %d calls", err, asked)
	}
	g.Kill()
	if err := send(); err == nil || asked != 1 {
		t.Errorf("dead: %v after %d calls", err, asked)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
