package chaos

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
)

// nameKube says what a request to the Kubernetes API is for, and whose it is. What is a list, a watch or of no trial has no
// name.
func (x *exchange) nameKube() {
	parts := strings.Split(strings.Trim(x.req.URL.Path, "/"), "/")
	if len(parts) < 4 || parts[0] != "apis" || parts[1] != v1alpha1.GroupVersion.Group || x.req.URL.Query().Has("watch") {
		return
	}
	parts = parts[3:]
	if parts[0] == "namespaces" && len(parts) > 2 {
		parts = parts[2:]
	}
	if len(parts) < 2 {
		return
	}
	x.call.Object = parts[1]
	x.call.Op = kubeOp(x.req.Method, parts[0] == "tenants", len(parts) > 2, x.body)
	if parts[0] == "tenants" {
		x.trial = x.world.ofTenantName(parts[1])
		return
	}
	x.trial = x.world.ofObject(parts[1])
}

func kubeOp(method string, tenant, status bool, body []byte) Op {
	switch {
	case method == http.MethodGet && !tenant:
		return OpGet
	case method != http.MethodPatch:
		return ""
	case tenant && status:
		return OpTenantStatus
	case tenant:
		return OpTenant
	case status:
		return OpStatus
	}
	var patch struct {
		Metadata struct {
			Finalizers []string `json:"finalizers"`
		} `json:"metadata"`
	}
	// What cannot be decoded is no patch of finalizers either.
	_ = json.Unmarshal(body, &patch)
	if len(patch.Metadata.Finalizers) == 0 {
		return OpRelease
	}
	return OpFinalizer
}

// tenantInURL finds the ID of a directory in the URL of a request to the login endpoint.
func tenantInURL(u *url.URL) string {
	text := u.Path
	if strings.HasSuffix(u.Path, "/discovery/instance") {
		text = u.Query().Get("authorization_endpoint")
	}
	return strings.ToLower(regexp.MustCompile(`[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}`).FindString(text))
}

// quoted is what a filter compares with.
func quoted(filter string) string {
	_, rest, _ := strings.Cut(filter, "'")
	value, _, _ := strings.Cut(rest, "'")
	return value
}

// nameDirectory says what a request to the login endpoint or to Graph is for, and whose it is.
func (x *exchange) nameDirectory() {
	if !strings.HasPrefix(x.req.URL.Path, "/v1.0/") {
		x.call.Op = OpDiscovery
		if strings.HasSuffix(x.req.URL.Path, "/token") {
			x.call.Op = OpToken
		}
		x.tenantID = tenantInURL(x.req.URL)
		x.trial = x.world.ofTenantID(x.tenantID)
		return
	}
	x.tenantID = tenantOfToken(x.req.Header.Get("Authorization"))
	x.call.Op = graphOp(x.req)
	x.call.Grant = x.grant()
	if x.trial = x.world.ofPrincipal(string(x.call.Grant.PrincipalID)); x.trial == nil && x.call.Op == OpLookup {
		x.trial = x.world.ofPrincipal(quoted(x.req.URL.Query().Get("$filter")))
	}
	if x.trial == nil {
		x.trial = x.world.ofTenantID(x.tenantID)
	}
}

func graphOp(req *http.Request) Op {
	switch {
	case strings.Contains(req.URL.Path, "/roleDefinitions"):
		return OpRoles
	case !strings.Contains(req.URL.Path, "/roleAssignments"):
		return OpLookup
	case req.Method == http.MethodPost:
		return OpCreate
	case req.Method == http.MethodDelete:
		return OpDelete
	}
	return OpRead
}

// row is how Graph writes a role assignment.
type row struct {
	PrincipalID      string `json:"principalId"`
	RoleDefinitionID string `json:"roleDefinitionId"`
	DirectoryScopeID string `json:"directoryScopeId"`
}

func (r row) grant(tenantID string) Grant {
	return Grant{TenantID: v1alpha1.ObjectID(tenantID), PrincipalID: v1alpha1.ObjectID(r.PrincipalID),
		RoleDefinitionID: v1alpha1.ObjectID(r.RoleDefinitionID), DirectoryScopeID: r.DirectoryScopeID}
}

// grant is the key that a call of Graph is about, as far as the call says it.
func (x *exchange) grant() Grant {
	switch x.call.Op {
	case OpCreate:
		var asked row
		// What cannot be decoded is of no trial.
		_ = json.Unmarshal(x.body, &asked)
		return asked.grant(x.tenantID)
	case OpDelete:
		return x.world.grantOfID(x.tenantID, path.Base(x.req.URL.Path))
	case OpRead:
		return row{PrincipalID: quoted(x.req.URL.Query().Get("$filter"))}.grant(x.tenantID)
	}
	return Grant{}
}

// tenantOfToken is the tid claim of a bearer token.
func tenantOfToken(authorization string) string {
	parts := strings.Split(strings.TrimPrefix(authorization, "Bearer "), ".")
	if len(parts) != 3 {
		return ""
	}
	data, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return ""
	}
	var claims struct {
		TenantID string `json:"tid"`
	}
	if json.Unmarshal(data, &claims) != nil {
		return ""
	}
	return claims.TenantID
}

// shown reads the rows of a list, nothing if it cannot be read whole.
func shown(status int, data []byte) []row {
	var list struct {
		Value []row `json:"value"`
	}
	if status != http.StatusOK || json.Unmarshal(data, &list) != nil {
		return nil
	}
	return list.Value
}
