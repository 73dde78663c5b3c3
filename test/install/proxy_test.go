package install

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"

	"k8s.io/client-go/rest"
)

// access is what a rule of RBAC allows: one verb on one resource, everywhere or in a namespace.
type access struct{ verb, group, resource, namespace string }

// recorder stands between the manager and the API server, and notes what is asked for.
type recorder struct {
	*httptest.Server
	mu     sync.Mutex
	used   map[access]bool
	denied []string
}

// startRecorder returns a recorder that passes everything on. Who is asking is up to the token in the request.
func startRecorder(t *testing.T) *recorder {
	t.Helper()
	config := rest.AnonymousClientConfig(plane.Config())
	config.NextProtos = []string{"http/1.1"}
	transport, err := rest.TransportFor(config)
	if err != nil {
		t.Fatal(err)
	}
	target, err := url.Parse(config.Host)
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{used: map[access]bool{}}
	r.Server = httptest.NewTLSServer(&httputil.ReverseProxy{
		Transport: transport, FlushInterval: -1, // so that a watch is passed on as it comes
		Rewrite:        func(p *httputil.ProxyRequest) { p.SetURL(target) },
		ModifyResponse: func(response *http.Response) error { r.note(response); return nil },
		ErrorHandler:   func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }, // the test has ended
	})
	t.Cleanup(func() { r.CloseClientConnections(); r.Close() })
	return r
}

// ca is the certificate that clients of the recorder have to trust.
func (r *recorder) ca() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: r.Certificate().Raw})
}

func (r *recorder) note(response *http.Response) {
	request := response.Request
	a, ok := accessOf(request)
	r.mu.Lock()
	defer r.mu.Unlock()
	if ok {
		r.used[a] = true
	}
	if response.StatusCode == http.StatusForbidden || response.StatusCode == http.StatusUnauthorized {
		r.denied = append(r.denied, request.Method+" "+request.URL.Path)
	}
}

// seen returns what was asked for so far, and what was denied.
func (r *recorder) seen() (map[access]bool, []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	used := map[access]bool{}
	for a := range r.used {
		used[a] = true
	}
	return used, append([]string(nil), r.denied...)
}

// accessOf reads a request as the API server does before it asks RBAC; false when it is for no resource.
func accessOf(request *http.Request) (access, bool) {
	parts := strings.Split(strings.Trim(request.URL.Path, "/"), "/")
	var a access
	switch {
	case len(parts) > 2 && parts[0] == "api":
		parts = parts[2:]
	case len(parts) > 3 && parts[0] == "apis":
		a.group, parts = parts[1], parts[3:]
	default:
		return a, false
	}
	if parts[0] == "namespaces" && len(parts) > 2 {
		a.namespace, parts = parts[1], parts[2:]
	}
	a.resource = parts[0]
	if len(parts) > 2 {
		a.resource += "/" + parts[2]
	}
	a.verb = verbOf(request, len(parts) > 1)
	return a, true
}

func verbOf(request *http.Request, named bool) string {
	switch {
	case request.Method == http.MethodGet && request.URL.Query().Get("watch") != "":
		return "watch"
	case request.Method == http.MethodGet && named:
		return "get"
	case request.Method == http.MethodGet:
		return "list"
	case request.Method == http.MethodPost:
		return "create"
	case request.Method == http.MethodPut:
		return "update"
	}
	return strings.ToLower(request.Method)
}
