package graphsim_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rolewarden/rolewarden/internal/graphsim"
)

func legacy(s *graphsim.Settings) { s.Envelope = graphsim.EnvelopeLegacy }

func TestUnauthenticated(t *testing.T) {
	w := start(t)
	good := w.token
	tests := map[string]struct {
		header  string
		advance time.Duration
		want    string
	}{
		"no token":        {"", 0, "Access token is empty."},
		"empty":           {"Bearer ", 0, "Access token is empty."},
		"another scheme":  {"Basic abc", 0, "Authorization header must use the Bearer scheme."},
		"no JWT":          {"Bearer abc", 0, "CompactToken parsing failed with error code: 80049217"},
		"wrong signature": {"Bearer " + good[:len(good)-8] + "AAAAAAAA", 0, "Access token validation failure."},
		"expired":         {"Bearer " + good, 2 * time.Hour, "Lifetime validation failed, the token is expired."},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			w := start(t)
			w.token = ""
			w.clock.Advance(tc.advance)
			got := w.want(http.StatusUnauthorized, w.get(assignments, "Authorization: "+tc.header))
			if got.code() != "InvalidAuthenticationToken" || got.message() != tc.want {
				t.Errorf("got %s %q, want %q", got.code(), got.message(), tc.want)
			}
			if !strings.HasPrefix(got.header.Get("WWW-Authenticate"), "Bearer ") {
				t.Errorf("WWW-Authenticate = %q", got.header.Get("WWW-Authenticate"))
			}
		})
	}
}

// TestErrors are the refusals that are the same for every entity.
func TestErrors(t *testing.T) {
	tests := map[string]struct {
		app          string
		method, path string
		body         any
		headers      []string
		status       int
		code         string
		message      string // a part of it
	}{
		"missing permission": {app: unconsent, path: assignments, status: 403, code: "Authorization_RequestDenied", message: "Insufficient privileges to complete the operation."},
		"read permission does not write": {app: auditor, method: "POST", path: assignments, body: grant(helpdeskAdmin, alice, "/"),
			status: 403, code: "Authorization_RequestDenied", message: "Insufficient privileges"},
		"missing permission of PIM": {app: unconsent, path: "/v1.0/roleManagement/directory/roleEligibilitySchedules", status: 403, code: "UnknownError",
			message: `{"errorCode":"PermissionScopeNotGranted","message":"Authorization failed due to missing permission scope RoleEligibilitySchedule.Read.Directory,`},
		"object not found":              {path: "/v1.0/users/" + nobody, status: 404, code: "Request_ResourceNotFound", message: "Resource '" + nobody + "' does not exist or one of its queried reference-property objects are not present."},
		"object of another kind":        {path: "/v1.0/groups/" + alice, status: 404, code: "Request_ResourceNotFound"},
		"assignment not found":          {path: assignments + "/x-1", status: 404, code: "Request_ResourceNotFound"},
		"wrong verb":                    {method: "PATCH", path: assignments + "/x-1", body: map[string]any{}, status: 405, code: "Request_BadRequest", message: "Specified HTTP method is not allowed for the request target."},
		"PUT":                           {method: "PUT", path: "/v1.0/users/" + alice, body: map[string]any{}, status: 405, code: "Request_BadRequest"},
		"unknown segment":               {path: "/v1.0/roleManagement/directory/nonsense", status: 400, code: "BadRequest", message: "Resource not found for the segment 'nonsense'."},
		"unknown set":                   {path: "/v1.0/nonsense", status: 400, code: "BadRequest", message: "segment 'nonsense'"},
		"manager of nobody":             {path: "/v1.0/users/" + alice + "/manager", status: 404, code: "Request_ResourceNotFound", message: "Resource 'manager' does not exist"},
		"unknown navigation":            {path: "/v1.0/users/" + alice + "/nonsense", status: 400, code: "BadRequest", message: "segment 'nonsense'"},
		"me":                            {path: "/v1.0/me", status: 400, code: "BadRequest", message: "delegated authentication flow"},
		"another version":               {path: "/v2.0/users", status: 400, code: "BadRequest", message: "Invalid version: v2.0"},
		"unknown option":                {path: assignments + "?$nonsense=1", status: 400, code: "BadRequest", message: "$nonsense"},
		"option without dollar":         {path: assignments + "?filter=a", status: 400, code: "BadRequest", message: "'filter'"},
		"option twice":                  {path: assignments + "?$top=1&$top=2", status: 400, code: "BadRequest", message: "more than once"},
		"filter with bad syntax":        {path: assignments + query("$filter", "principalId eq"), status: 400, code: "BadRequest", message: "Invalid filter clause"},
		"unknown property":              {path: assignments + query("$filter", "nonsense eq '1'"), status: 400, code: "BadRequest", message: "Could not find a property named 'nonsense' on type 'microsoft.graph.unifiedRoleAssignment'."},
		"unknown property chosen":       {path: "/v1.0/users?$select=nonsense", status: 400, code: "BadRequest", message: "Parsing OData Select and Expand failed"},
		"unsupported filter":            {path: assignments + query("$filter", "principalId ne '1'"), status: 400, code: "Request_UnsupportedQuery"},
		"unfilterable property":         {path: definitions + query("$filter", "description eq 'x'"), status: 400, code: "Request_UnsupportedQuery", message: "'description' of resource 'UnifiedRoleDefinition'"},
		"or of assignments":             {path: assignments + query("$filter", "principalId eq '1' or principalId eq '2'"), status: 400, code: "Request_UnsupportedQuery"},
		"wrong type of literal":         {path: assignments + query("$filter", "principalId eq "+alice), status: 400, code: "BadRequest", message: "incompatible types"},
		"advanced query without header": {path: "/v1.0/users" + query("$filter", "displayName ne 'x'"), status: 400, code: "Request_UnsupportedQuery", message: "ConsistencyLevel"},
		"members by another property":   {path: "/v1.0/groups/" + everybody + "/members" + query("$filter", "id eq '"+bob+"' and deletedDateTime eq null"), status: 400, code: "Request_UnsupportedQuery", message: "The specified filter to the reference property query is currently not supported."},
		"two expansions":                {path: assignments + "?$expand=principal,roleDefinition", status: 400, code: "Request_BadRequest", message: "Only one property can be expanded in a single query."},
		"unknown expansion":             {path: assignments + "?$expand=appScope", status: 400, code: "BadRequest"},
		"top of role definitions":       {path: definitions + "?$top=5", status: 400, code: "Request_BadRequest", message: "$top"},
		"page too large":                {path: "/v1.0/users?$top=1000", status: 400, code: "Request_UnsupportedQuery", message: "Must be between 1 and 999"},
		"no JSON":                       {method: "POST", path: assignments, body: "{}", headers: []string{"Content-Type: text/plain"}, status: 400, code: "BadRequest", message: "JSON Content-Type"},
		"JSON that is no object":        {method: "POST", path: assignments, body: "{}", status: 400, code: "BadRequest", message: "Unable to read JSON request payload."},
		"property of the wrong type":    {method: "POST", path: "/v1.0/groups", body: map[string]any{"displayName": 5}, status: 400, code: "Request_BadRequest", message: "One or more property values specified are invalid"},
		"unknown property given":        {method: "POST", path: "/v1.0/groups", body: map[string]any{"nonsense": 5}, status: 400, code: "Request_BadRequest", message: "Invalid property 'nonsense'."},
		"required property left out": {method: "POST", path: "/v1.0/groups", body: map[string]any{"displayName": "x", "mailEnabled": false, "securityEnabled": true},
			status: 400, code: "Request_BadRequest", message: "A value is required for property 'mailNickname' of resource 'Group'."},
		"altered skiptoken": {path: assignments + "?$skiptoken=abc", status: 400, code: "Request_BadRequest", message: "$skiptoken"},
	}
	w := start(t)
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			caller := w.in(t)
			if tc.app != "" {
				caller = caller.as(contoso, tc.app)
			}
			if tc.method == "" {
				tc.method = http.MethodGet
			}
			got := caller.want(tc.status, caller.do(tc.method, tc.path, tc.body, tc.headers...))
			if got.code() != tc.code || !strings.Contains(got.message(), tc.message) {
				t.Errorf("got %s %q, want %s %q", got.code(), got.message(), tc.code, tc.message)
			}
		})
	}
	if len(w.control.History()) != 0 {
		t.Errorf("refused calls changed something: %v", w.control.History())
	}
}

func TestHeaders(t *testing.T) {
	w := start(t)
	got := w.want(http.StatusOK, w.get(assignments, "client-request-id: 06d6f789-9cb6-89d1-69a0-04290cf544a3"))
	for name, want := range map[string]string{
		"client-request-id":  "06d6f789-9cb6-89d1-69a0-04290cf544a3",
		"OData-Version":      "4.0",
		"x-ms-resource-unit": "1",
		"Content-Type":       "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8",
		"Date":               "Sun, 01 Mar 2026 12:00:00 GMT",
	} {
		if have := got.header.Get(name); have != want {
			t.Errorf("%s = %q, want %q", name, have, want)
		}
	}
	for _, name := range []string{"request-id", "x-ms-ags-diagnostic", "Strict-Transport-Security"} {
		if got.header.Get(name) == "" {
			t.Errorf("%s is missing", name)
		}
	}
	missing := w.get(assignments+"/x-1", "client-request-id: abc")
	inner, _ := missing.body["error"].(map[string]any)["innerError"].(map[string]any)
	if inner["client-request-id"] != "abc" || inner["date"] != "2026-03-01T12:00:00" || inner["request-id"] != missing.header.Get("request-id") {
		t.Errorf("innerError = %v", inner)
	}
}

func TestTolerance(t *testing.T) {
	w := start(t)
	if got := w.want(http.StatusOK, w.do(http.MethodHead, assignments, nil)); got.text != "" {
		t.Errorf("HEAD has the body %q", got.text)
	}
	if got := w.want(http.StatusNoContent, w.do(http.MethodOptions, assignments, nil)); got.header.Get("Allow") != "GET, POST" {
		t.Errorf("Allow = %q", got.header.Get("Allow"))
	}
	w.want(http.StatusOK, w.get(assignments, "Prefer: return=minimal", "ConsistencyLevel: eventual", "SdkVersion: x"))
	w.want(http.StatusOK, w.get("/v1.0/Users/"+strings.ToUpper(alice)))
}
