package login

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/rolewarden/rolewarden/internal/graphsim/gate"
	"github.com/rolewarden/rolewarden/internal/graphsim/journal"
	"github.com/rolewarden/rolewarden/internal/graphsim/wire"
)

// Endpoint serves an authority over HTTP.
type Endpoint struct {
	Authority *Authority
	Gate      *gate.Gate
	// Exists says whether an application's service principal is still in its
	// tenant. It is called inside the store's Run.
	Exists func(tenantID, objectID string) bool
}

// route is what a path of the endpoint asks for.
type route struct {
	operation, method, tenant string
	do                        func(request, gate.Moment) wire.Response
}

// request is a call on its way to an answer.
type request struct {
	*http.Request
	tenant, base string
	trace        wire.Trace
	form         url.Values
}

// Serves reports whether a path is one of the login endpoint's.
func (e *Endpoint) Serves(path string) bool {
	_, ok := e.route(path)
	return ok
}

func (e *Endpoint) route(path string) (route, bool) {
	if path == "/metadata/endpoints" {
		return route{"metadata", http.MethodGet, "", e.metadata}, true
	}
	tenant, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	switch rest {
	case "discovery/instance":
		return route{"discovery", http.MethodGet, tenant, e.discover}, true
	case "v2.0/.well-known/openid-configuration", ".well-known/openid-configuration":
		return route{"openidConfiguration", http.MethodGet, tenant, e.configuration}, true
	case "discovery/v2.0/keys", "discovery/keys":
		return route{"keys", http.MethodGet, tenant, e.keys}, true
	case "oauth2/v2.0/token":
		return route{"token", http.MethodPost, tenant, e.token}, true
	}
	return route{}, false
}

// ServeHTTP answers a call.
func (e *Endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	at, ok := e.route(r.URL.Path)
	if !ok {
		http.NotFound(w, r)
		return
	}
	req := request{Request: r, tenant: at.tenant, base: "https://" + r.Host, trace: wire.Trace{
		RequestID: wire.NewGUID(), ClientRequestID: r.Header.Get("client-request-id"), Time: e.Gate.Clock.Now(),
	}}
	tenantID, _ := e.Authority.TenantID(at.tenant)
	entry := e.Gate.Journal.Open(journal.Call{Time: req.trace.Time, Method: r.Method, Path: r.URL.Path, ClientRequestID: req.trace.ClientRequestID})
	e.Gate.Journal.Name(entry, at.operation)
	req.form = readForm(w, r)
	e.Gate.Journal.Caller(entry, tenantID, req.form.Get("client_id"), "")
	answer := e.Gate.Pass(gate.Call{
		Request: r, Entry: entry, Path: r.URL.Path, TenantID: tenantID,
		Do:     func(m gate.Moment) wire.Response { return at.serve(req, m) },
		Fail:   req.fail,
		Finish: req.finish,
	})
	if err := answer.Send(w, r.Method == http.MethodHead); err != nil {
		e.Gate.Logger.Debug("Client went away", "error", err)
	}
}

// readForm reads at most 1 MiB, and nothing it cannot read as a form.
func readForm(w http.ResponseWriter, r *http.Request) url.Values {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	if err := r.ParseForm(); err != nil {
		return url.Values{}
	}
	return r.PostForm
}

func (rt route) serve(req request, m gate.Moment) wire.Response {
	allowed := []string{rt.method}
	if rt.method == http.MethodGet {
		allowed = append(allowed, http.MethodHead)
	}
	if !slices.Contains(allowed, req.Method) {
		text := "The endpoint only accepts " + rt.method + " requests. Received a " + req.Method + " request."
		return refuse(http.StatusMethodNotAllowed, "invalid_request", 900561, text).response(req.trace)
	}
	return rt.do(req, m)
}

// fail is how a fault's error looks at this endpoint.
func (req request) fail(err *wire.Error) wire.Response {
	kind := err.Code
	if kind == "" {
		kind = "temporarily_unavailable"
	}
	r := refuse(err.Status, kind, 0, err.Message).response(req.trace)
	r.Header = err.Header
	return r
}

func (req request) finish(r wire.Response) wire.Response {
	if r.Header["Content-Type"] == "" {
		r = r.With("Content-Type", "application/json; charset=utf-8")
	}
	return r.With("Cache-Control", "no-store, no-cache").With("x-ms-request-id", req.trace.RequestID)
}

// discover answers which authority a host belongs to: any the client asks for
// is the simulator. Documented: instance discovery as MSAL uses it.
func (e *Endpoint) discover(req request, _ gate.Moment) wire.Response {
	asked, err := url.Parse(req.URL.Query().Get("authorization_endpoint"))
	if err != nil || asked.Scheme != "https" || asked.Host == "" {
		return refuse(http.StatusBadRequest, "invalid_instance", 50049, "Unknown or invalid instance.").response(req.trace)
	}
	tenant, _, _ := strings.Cut(strings.TrimPrefix(asked.Path, "/"), "/")
	return wire.JSON(http.StatusOK, map[string]any{
		"tenant_discovery_endpoint": req.base + "/" + tenant + "/v2.0/.well-known/openid-configuration",
		"api-version":               "1.1",
		"metadata": []any{map[string]any{
			"preferred_network": req.Host, "preferred_cache": req.Host, "aliases": []string{req.Host},
		}},
	})
}

// configuration is the discovery document. Documented: OpenID Connect
// discovery, v2-protocols-oidc; the issuer has the authority's own host.
func (e *Endpoint) configuration(req request, _ gate.Moment) wire.Response {
	id, ok := e.Authority.TenantID(req.tenant)
	if !ok && req.tenant != "common" && req.tenant != "organizations" {
		return req.unknownTenant("invalid_tenant").response(req.trace)
	}
	if !ok {
		id = "{tenantid}"
	}
	at := req.base + "/" + req.tenant
	return wire.JSON(http.StatusOK, map[string]any{
		"issuer":                                req.base + "/" + id + "/v2.0",
		"authorization_endpoint":                at + "/oauth2/v2.0/authorize",
		"token_endpoint":                        at + "/oauth2/v2.0/token",
		"device_authorization_endpoint":         at + "/oauth2/v2.0/devicecode",
		"jwks_uri":                              at + "/discovery/v2.0/keys",
		"token_endpoint_auth_methods_supported": []string{"client_secret_post", "private_key_jwt"},
		"response_types_supported":              []string{"code", "id_token", "code id_token", "id_token token"},
		"response_modes_supported":              []string{"query", "fragment", "form_post"},
		"subject_types_supported":               []string{"pairwise"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"scopes_supported":                      []string{"openid", "profile", "email", "offline_access"},
		"tenant_region_scope":                   "EU", "cloud_instance_name": "microsoftonline.com", "msgraph_host": req.Host,
	})
}

func (e *Endpoint) keys(req request, _ gate.Moment) wire.Response {
	set, err := e.Authority.jwks()
	if err != nil {
		return refuse(http.StatusInternalServerError, "server_error", 0, err.Error()).response(req.trace)
	}
	return wire.JSON(http.StatusOK, set)
}

func (req request) unknownTenant(kind string) *refusal {
	return refuse(http.StatusBadRequest, kind, 90002, "Tenant '"+req.tenant+"' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.")
}
