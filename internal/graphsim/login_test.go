package graphsim_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/rolewarden/rolewarden/internal/graphsim"
)

const (
	secret        = "rolewarden-demo-secret"
	graphScope    = "https://graph.microsoft.com/.default"
	kubernetes    = "https://kubernetes.default.svc.cluster.local"
	account       = "system:serviceaccount:rolewarden-system:rolewarden"
	assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
)

// signIn posts a form to a tenant's token endpoint.
func (w *world) signIn(tenant string, form map[string]string) answer {
	w.t.Helper()
	values := url.Values{}
	for name, value := range form {
		values.Set(name, value)
	}
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.server.URL+"/"+tenant+"/oauth2/v2.0/token", strings.NewReader(values.Encode()))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	got, err := w.send(req)
	if err != nil {
		w.t.Fatal(err)
	}
	return got
}

// form is a good request, but for what is changed; an empty value leaves out.
func form(changes ...string) map[string]string {
	f := map[string]string{"grant_type": "client_credentials", "client_id": rolewarden, "client_secret": secret, "scope": graphScope}
	for i := 0; i < len(changes); i += 2 {
		if f[changes[i]] = changes[i+1]; changes[i+1] == "" {
			delete(f, changes[i])
		}
	}
	return f
}

func assertion(t *testing.T, claims jwt.MapClaims) string {
	t.Helper()
	signed, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte("whoever"))
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func kubernetesClaims(changes jwt.MapClaims) jwt.MapClaims {
	c := jwt.MapClaims{"iss": kubernetes, "sub": account, "aud": "api://AzureADTokenExchange", "exp": frozen{}.Now().Add(time.Hour).Unix()}
	for name, value := range changes {
		c[name] = value
	}
	return c
}

// TestToken are the answers of the token endpoint.
func TestToken(t *testing.T) {
	shown := func(changes jwt.MapClaims) map[string]string {
		return form("client_secret", "", "client_assertion_type", assertionType, "client_assertion", assertion(t, kubernetesClaims(changes)))
	}
	tests := map[string]struct {
		tenant string
		form   map[string]string
		status int
		kind   string
		code   string
	}{
		"secret":                {contoso, form(), 200, "", ""},
		"tenant by domain":      {"contoso.com", form(), 200, "", ""},
		"scopes as MSAL sends":  {contoso, form("scope", graphScope+" openid offline_access profile", "client_info", "1", "claims", `{"access_token":{"xms_cc":{"values":["CP1"]}}}`), 200, "", ""},
		"Graph by its ID":       {contoso, form("scope", "00000003-0000-0000-c000-000000000000/.default"), 200, "", ""},
		"workload identity":     {contoso, shown(nil), 200, "", ""},
		"wrong secret":          {contoso, form("client_secret", "x"), 401, "invalid_client", "AADSTS7000215: Invalid client secret provided."},
		"no credential":         {contoso, form("client_secret", ""), 401, "invalid_client", "AADSTS7000216:"},
		"unknown app":           {contoso, form("client_id", nobody), 400, "unauthorized_client", "AADSTS700016: Application with identifier '" + nobody + "' was not found"},
		"app of another tenant": {fabrikam, form(), 400, "unauthorized_client", "AADSTS700016:"},
		"unknown tenant":        {nobody, form(), 400, "invalid_request", "AADSTS90002: Tenant '" + nobody + "' not found."},
		"scope without default": {contoso, form("scope", "https://graph.microsoft.com/User.Read"), 400, "invalid_scope", "AADSTS1002012:"},
		"another API":           {contoso, form("scope", "https://vault.azure.net/.default"), 400, "invalid_resource", "AADSTS500011:"},
		"no scope":              {contoso, form("scope", ""), 400, "invalid_request", "AADSTS900144: The request body must contain the following parameter: 'scope'."},
		"another grant":         {contoso, form("grant_type", "password"), 400, "unsupported_grant_type", "AADSTS70003:"},
		"another issuer":        {contoso, shown(jwt.MapClaims{"iss": "https://x"}), 401, "invalid_client", "AADSTS700211:"},
		"another audience":      {contoso, shown(jwt.MapClaims{"aud": "x"}), 401, "invalid_client", "AADSTS700212:"},
		"another subject":       {contoso, shown(jwt.MapClaims{"sub": "x"}), 401, "invalid_client", "AADSTS700213:"},
		"expired assertion":     {contoso, shown(jwt.MapClaims{"exp": frozen{}.Now().Unix()}), 401, "invalid_client", "AADSTS700024:"},
		"no JWT":                {contoso, form("client_secret", "", "client_assertion_type", assertionType, "client_assertion", "x"), 401, "invalid_client", "AADSTS50027:"},
		"no assertion type":     {contoso, form("client_secret", "", "client_assertion", "x"), 400, "invalid_request", "AADSTS900144:"},
	}
	w := start(t)
	w.token = ""
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			w := w.in(t)
			got := w.want(tc.status, w.signIn(tc.tenant, tc.form))
			if got.string("error") != tc.kind || !strings.HasPrefix(got.string("error_description"), tc.code) {
				t.Errorf("got %s %q", got.string("error"), got.string("error_description"))
			}
			if tc.status == http.StatusOK && (got.string("token_type") != "Bearer" || got.body["expires_in"] != 3599.0) {
				t.Errorf("token answer = %s", got.text)
			}
		})
	}
}

func TestTokenClaims(t *testing.T) {
	w := start(t)
	token := w.want(http.StatusOK, w.signIn(contoso, form())).string("access_token")
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(payload, &got); err != nil {
		t.Fatal(err)
	}
	now := frozen{}.Now()
	want := map[string]any{
		"aud": "https://graph.microsoft.com", "iss": "https://sts.windows.net/" + contoso + "/", "sub": ownObject,
		"iat": float64(now.Unix()), "nbf": float64(now.Add(-5 * time.Minute).Unix()), "exp": float64(now.Add(time.Hour).Unix()),
		"appid": rolewarden, "appidacr": "1", "idtyp": "app", "oid": ownObject, "tid": contoso, "ver": "1.0",
		"roles": []any{"RoleManagement.ReadWrite.Directory", "User.ReadBasic.All", "Group.ReadWrite.All", "Application.Read.All", "AdministrativeUnit.Read.All"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
}

func TestDiscovery(t *testing.T) {
	w := start(t)
	w.token = ""
	document := w.want(http.StatusOK, w.get("/"+contoso+"/v2.0/.well-known/openid-configuration"))
	if got, want := document.string("token_endpoint"), w.server.URL+"/"+contoso+"/oauth2/v2.0/token"; got != want {
		t.Errorf("token_endpoint = %s, want %s", got, want)
	}
	if !strings.HasPrefix(document.string("issuer"), w.server.URL+"/") {
		t.Errorf("issuer = %s", document.string("issuer"))
	}
	if got := w.want(http.StatusOK, w.get(document.string("jwks_uri"))); !strings.Contains(got.text, `"kty":"RSA"`) {
		t.Errorf("keys = %s", got.text)
	}
	w.want(http.StatusBadRequest, w.get("/"+nobody+"/v2.0/.well-known/openid-configuration"))
	instance := "/common/discovery/instance" + query("api-version", "1.1", "authorization_endpoint", w.server.URL+"/"+contoso+"/oauth2/v2.0/authorize")
	if got := w.want(http.StatusOK, w.get(instance)).string("tenant_discovery_endpoint"); got != w.server.URL+"/"+contoso+"/v2.0/.well-known/openid-configuration" {
		t.Errorf("tenant_discovery_endpoint = %s", got)
	}
	w.want(http.StatusBadRequest, w.get("/common/discovery/instance"))
	w.want(http.StatusMethodNotAllowed, w.get("/"+contoso+"/oauth2/v2.0/token"))
}

// TestCredentialsThatChange under a running client.
func TestCredentialsThatChange(t *testing.T) {
	w := start(t)
	fresh, err := w.control.SecretRotate(contoso, rolewarden)
	if err != nil {
		t.Fatal(err)
	}
	w.want(http.StatusUnauthorized, w.signIn(contoso, form()))
	w.want(http.StatusOK, w.signIn(contoso, form("client_secret", fresh)))
	for _, err := range []error{
		w.control.SetAppSecret(contoso, rolewarden, secret), w.control.SetAppPermissions(contoso, rolewarden, nil),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	old := w.token
	w.token = w.want(http.StatusOK, w.signIn(contoso, form())).string("access_token")
	w.want(http.StatusForbidden, w.get(assignments))
	w.token = old
	w.want(http.StatusOK, w.get(assignments))
	if err := w.control.DisableApp(contoso, rolewarden); err != nil {
		t.Fatal(err)
	}
	if got := w.want(http.StatusBadRequest, w.signIn(contoso, form())); !strings.HasPrefix(got.string("error_description"), "AADSTS7000112:") {
		t.Errorf("description = %s", got.string("error_description"))
	}
	if err := w.control.RemoveObject(fabrikam, "d83716bf-c3e2-4504-a6ab-7f203748596a"); err != nil {
		t.Fatal(err)
	}
	w.want(http.StatusBadRequest, w.signIn(fabrikam, form("client_id", fabrikamer, "client_secret", "fabrikam-demo-secret")))
}

func TestFaultsOfTheTokenEndpoint(t *testing.T) {
	w := start(t)
	w.fault(graphsim.Fault{Match: graphsim.Match{Operation: "token", TenantID: contoso}, Count: 1,
		Effect: graphsim.Effect{Status: 503, Code: "temporarily_unavailable", Message: "AADSTS90033: A transient error has occurred.", RetryAfter: "3"}})
	got := w.want(http.StatusServiceUnavailable, w.signIn(contoso, form()))
	if got.string("error") != "temporarily_unavailable" || got.header.Get("Retry-After") != "3" {
		t.Errorf("answer = %s", got.text)
	}
	w.want(http.StatusOK, w.signIn(contoso, form()))
	if got := w.control.CountCalls()["token"]; got != 2 {
		t.Errorf("%d token calls, want 2", got)
	}
}

func TestSignedAssertions(t *testing.T) {
	key, err := signingKey()
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	keys, err := json.Marshal(map[string]any{"keys": []any{map[string]any{"kty": "RSA", "kid": "1", "n": encode(key.N.Bytes()), "e": "AQAB"}}})
	if err != nil {
		t.Fatal(err)
	}
	seed := loadSeed(t)
	seed.Tenants[0].Apps[0].FederatedCredentials[0].JWKS = string(keys)
	w := serve(t, newSimulator(t, seed, nil))
	claims := kubernetesClaims(jwt.MapClaims{"exp": time.Now().Add(time.Hour).Unix()})
	signed, err := jwt.NewWithClaims(jwt.SigningMethodRS256, claims).SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	show := func(a string) answer {
		return w.signIn(contoso, form("client_secret", "", "client_assertion_type", assertionType, "client_assertion", a))
	}
	w.want(http.StatusOK, show(signed))
	w.want(http.StatusUnauthorized, show(assertion(t, claims)))
}
