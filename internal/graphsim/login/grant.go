package login

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/rolewarden/rolewarden/internal/graphsim/gate"
	"github.com/rolewarden/rolewarden/internal/graphsim/wire"
)

// assertionType is the only kind of client assertion there is (RFC 7523).
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// token is the client credentials grant.
func (e *Endpoint) token(req request, m gate.Moment) wire.Response {
	audience, no := req.checkForm()
	if no == nil {
		no = e.signIn(req, m)
	}
	if no != nil {
		return no.response(req.trace)
	}
	lifetime := e.Gate.Settings().TokenLifetime
	signed, err := e.Authority.Issue(req.tenant, req.form.Get("client_id"), audience, m.At, lifetime)
	if err != nil {
		return refuse(http.StatusInternalServerError, "server_error", 0, err.Error()).response(req.trace)
	}
	return wire.JSON(http.StatusOK, map[string]any{
		"token_type": "Bearer", "expires_in": expiresIn(lifetime), "ext_expires_in": expiresIn(lifetime), "access_token": signed,
	})
}

// checkForm checks what does not depend on who asks, and returns the audience
// that the token shall have.
func (req request) checkForm() (string, *refusal) {
	for _, field := range []string{"grant_type", "client_id", "scope"} {
		if req.form.Get(field) == "" {
			return "", refuse(http.StatusBadRequest, "invalid_request", 900144, "The request body must contain the following parameter: '"+field+"'.")
		}
	}
	if grant := req.form.Get("grant_type"); grant != "client_credentials" {
		return "", refuse(http.StatusBadRequest, "unsupported_grant_type", 70003,
			"The app requested an unsupported grant type '"+grant+"'. The simulator has client_credentials only.")
	}
	scope := req.form.Get("scope")
	audience, ok := resource(scope)
	if !ok {
		return "", refuse(http.StatusBadRequest, "invalid_scope", 1002012, "The provided value for scope "+scope+" is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).")
	}
	if !isGraph(audience, req.Host) {
		return "", refuse(http.StatusBadRequest, "invalid_resource", 500011, "The resource principal named "+audience+" was not found in the tenant named "+req.tenant+". This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.")
	}
	return audience, nil
}

// signIn decides whether the application is who it says.
func (e *Endpoint) signIn(req request, m gate.Moment) *refusal {
	e.Authority.mu.Lock()
	defer e.Authority.mu.Unlock()
	t, ok := e.Authority.tenants[strings.ToLower(req.tenant)]
	if !ok {
		return req.unknownTenant("invalid_request")
	}
	id := strings.ToLower(req.form.Get("client_id"))
	a, ok := t.apps[id]
	if !ok || !e.Exists(t.id, a.objectID) {
		return refuse(http.StatusBadRequest, "unauthorized_client", 700016, "Application with identifier '"+id+"' was not found in the directory '"+t.id+"'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.")
	}
	if a.disabled {
		return refuse(http.StatusBadRequest, "unauthorized_client", 7000112, "Application '"+id+"' is disabled.")
	}
	return a.checkCredential(req, m.At)
}

func (a *app) checkCredential(req request, now time.Time) *refusal {
	secret, assertion := req.form.Get("client_secret"), req.form.Get("client_assertion")
	switch {
	case secret == "" && assertion == "":
		return refuse(http.StatusUnauthorized, "invalid_client", 7000216, "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.")
	case assertion != "" && req.form.Get("client_assertion_type") != assertionType:
		return refuse(http.StatusBadRequest, "invalid_request", 900144, "The request body must contain the following parameter: 'client_assertion_type' with value '"+assertionType+"'.")
	case assertion != "":
		return a.checkAssertion(assertion, req.base+req.URL.Path, now)
	case !slices.Contains(a.secrets, secret):
		return refuse(http.StatusUnauthorized, "invalid_client", 7000215, "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '"+a.id+"'.")
	}
	return nil
}
