package msgraph

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rolewarden/rolewarden/internal/graph"
)

// reading is what an answer is read as.
type reading struct {
	Class    graph.Class
	Refusal  graph.Refusal
	Code     string
	Message  string
	Resource string
}

func read(status int, body string) reading {
	e := parseError(status, http.Header{}, []byte(body))
	return reading{e.Class, e.Refusal, e.Code, e.Message, e.Resource}
}

// TestClassification has a row for each documented or recorded error, in the words of the directory.
func TestClassification(t *testing.T) {
	const missingPrincipal = "Resource 'F8CA5A85-489A-49A0-B555-0A6D81E56F0D' does not exist or one of its queried reference-property objects are not present."
	cases := map[string]struct {
		status        int
		code, message string
		class         graph.Class
		refusal       graph.Refusal
	}{
		"expired token":       {401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.", graph.Unauthenticated, ""},
		"no token":            {401, "InvalidAuthenticationToken", "Access token is empty.", graph.Unauthenticated, ""},
		"no identity":         {403, "Authorization_IdentityNotFound", "The identity of the calling application could not be established.", graph.Unauthenticated, ""},
		"disabled":            {401, "Authorization_IdentityDisabled", "", graph.Unauthenticated, ""},
		"permission":          {403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.", graph.Denied, ""},
		"another 403":         {403, "Forbidden", "x", graph.Unknown, ""},
		"quota":               {403, "Directory_QuotaExceeded", "Unable to perform operation as '121' would exceed the maximum quota count '100' for forward-link owners.", graph.Refused, graph.RefusedLimit},
		"not found":           {404, "Request_ResourceNotFound", missingPrincipal, graph.NotFound, ""},
		"PIM not found":       {404, "ResourceNotFound", "The resource is not found.", graph.NotFound, ""},
		"wrong URL":           {400, "BadRequest", "Resource not found for the segment 'roleAssignment'.", graph.Unknown, ""},
		"404 of another code": {404, "BadRequest", "x", graph.Unknown, ""},
		"400 not found":       {400, "Request_ResourceNotFound", "x", graph.Unknown, ""},
		"duplicate":           {400, "Request_BadRequest", "A conflicting object with one or more of the specified property values is present in the directory.", graph.Exists, ""},
		"group":               {400, "Request_BadRequest", "Groups without IsAssignableToRole property set cannot be assigned to roles.", graph.Refused, graph.RefusedGroup},
		"scope":               {400, "Request_BadRequest", "The given built-in role is not supported to be assigned to a single resource scope.", graph.Refused, graph.RefusedScope},
		"no scope":            {400, "Request_BadRequest", "Must specify valid property scope of entity RoleAssignment.", graph.Refused, graph.RefusedScope},
		"self-removal":        {400, "Request_BadRequest", "Removing self from Global Administrator built-in role is not allowed", graph.Refused, graph.RefusedSelfRemoval},
		"shouted":             {400, "REQUEST_BADREQUEST", "REMOVING SELF FROM GLOBAL ADMINISTRATOR BUILT-IN ROLE IS NOT ALLOWED", graph.Refused, graph.RefusedSelfRemoval},
		"invalid value":       {400, "Request_BadRequest", "One or more property values specified are invalid", graph.Refused, graph.RefusedRequest},
		"no message":          {400, "Request_BadRequest", "", graph.Refused, graph.RefusedRequest},
		"wrong verb":          {405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.", graph.Refused, graph.RefusedRequest},
		"unsupported query":   {400, "Request_UnsupportedQuery", "Unsupported Query.", graph.Refused, graph.RefusedRequest},
		"throttled":           {429, "TooManyRequests", "Please retry again later.", graph.Throttled, ""},
		"member there":        {400, "Request_BadRequest", "One or more added object references already exist for the following modified properties: 'members'.", graph.Exists, ""},
		"member gone":         {400, "Request_BadRequest", "One or more removed object references do not exist for the following modified properties: 'members'.", graph.NotFound, ""},
		"group there":         {400, "Request_BadRequest", "Another object with the same value for property uniqueName already exists.", graph.Exists, ""},
		"another's nickname":  {400, "Request_BadRequest", "Another object with the same value for property mailNickname already exists.", graph.Refused, graph.RefusedRequest},
		"group types":         {400, "Request_BadRequest", "GroupType cannot be set for security groups assignable to roles.", graph.Refused, graph.RefusedRequest},
		"last owner":          {400, "Request_BadRequest", "The group must have at least one owner, hence this owner cannot be removed.", graph.Refused, graph.RefusedRequest},
		"an unknown action":   {400, "Request_BadRequest", "Action 'microsoft.directory/users/disable' is not supported for Custom Role creation", graph.Refused, graph.RefusedRequest},
		"PIM carried out":     {400, "RequestCannotBeCancelled", "Request is not in cancellable state.", graph.Refused, graph.RefusedRequest},
		"PIM locked":          {400, "ResourceIsLocked", "", graph.Refused, graph.RefusedRequest},
		"PIM nonsense":        {400, "InvalidRoleAssignmentRequest", "The role assignment request is invalid.", graph.Refused, graph.RefusedRequest},
		"PIM period":          {400, "InvalidRoleAssignmentRequestSchedule", "", graph.Refused, graph.RefusedRequest},
		"PIM scope":           {400, "InvalidScope", "", graph.Refused, graph.RefusedScope},
		"PIM exists":          {400, "RoleAssignmentExists", "The Role assignment already exists.", graph.Exists, ""},
		"PIM gone":            {400, "RoleAssignmentDoesNotExist", "The Role assignment does not exist.", graph.NotFound, ""},
		"PIM five minutes":    {400, "ActiveDurationTooShort", "The Active duration is too short. Miniumum Required is 5 minutes.", graph.Refused, graph.RefusedTooSoon},
		"PIM rule":            {400, "RoleAssignmentRequestPolicyValidationFailed", `The following policy rules failed: ["ExpirationRule"]`, graph.Refused, graph.RefusedPolicy},
		"PIM pending":         {400, "PendingRoleAssignmentRequest", "", graph.Refused, graph.RefusedPending},
		"PIM subject":         {400, "SubjectNotFound", "The subject is not found.", graph.NotFound, ""},
		"PIM role":            {404, "RoleNotFound", "The role is not found.", graph.NotFound, ""},
		"PIM licence":         {400, "AadPremiumLicenseRequired", "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license.", graph.Refused, graph.RefusedLicense},
		"expired page":        {400, "Directory_ExpiredPageToken", "x", graph.Transient, ""},
		"two writers":         {409, "Directory_ConcurrencyViolation", "x", graph.Transient, ""},
		"outage":              {503, "ServiceUnavailable", "x", graph.Transient, ""},
		"outage with a code":  {500, "Request_ResourceNotFound", "x", graph.Transient, ""},
		"time-out":            {408, "RequestTimeout", "x", graph.Transient, ""},
		"never seen":          {418, "Teapot", "x", graph.Unknown, ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			want := reading{tc.class, tc.refusal, tc.code, tc.message, ""}
			if tc.message == missingPrincipal {
				want.Resource = "f8ca5a85-489a-49a0-b555-0a6d81e56f0d"
			}
			if diff := cmp.Diff(want, read(tc.status, graphError(tc.code, tc.message))); diff != "" {
				t.Errorf("reading (-want +got):\n%s", diff)
			}
		})
	}
}

// TestEveryRowIsReachable guards against a row that an earlier one hides.
func TestEveryRowIsReachable(t *testing.T) {
	for _, r := range rows() {
		status := r.status
		if status == 0 {
			status = http.StatusBadRequest
		}
		if class, refusal := classify(status, r.code, r.text); class != r.class || refusal != r.refusal {
			t.Errorf("%d %s %q is read as %v %v", r.status, r.code, r.text, class, refusal)
		}
		if r.text != strings.ToLower(r.text) {
			t.Errorf("%q is not in lower case and never matches", r.text)
		}
	}
}

func TestEnvelopes(t *testing.T) {
	selfRemoval := reading{graph.Refused, graph.RefusedSelfRemoval, "Request_BadRequest", "Removing self from Global Administrator built-in role is not allowed", ""}
	cases := map[string]struct {
		status int
		body   string
		want   reading
	}{
		"legacy, localized": {400, `{"odata.error":{"code":"Request_BadRequest","message":{"lang":"en","value":"Removing self from Global Administrator built-in role is not allowed"},"values":null}}`, selfRemoval},
		"legacy, plain":     {400, `{"odata.error":{"code":"Request_BadRequest","message":"Removing self from Global Administrator built-in role is not allowed"}}`, selfRemoval},
		"v1.0, localized":   {400, `{"error":{"code":"Request_BadRequest","message":{"value":"Removing self from Global Administrator built-in role is not allowed"}}}`, selfRemoval},
		"PIM, in a string": {403, `{"error":{"code":"UnknownError","message":"{\"errorCode\":\"PermissionScopeNotGranted\",\"message\":\"Authorization failed due to missing permission scope X.\",\"instanceAnnotations\":[]}"}}`,
			reading{graph.Denied, "", "PermissionScopeNotGranted", "Authorization failed due to missing permission scope X.", ""}},
		"PIM, another string":    {403, `{"error":{"code":"UnknownError","message":"{\"a\":1}"}}`, reading{graph.Unknown, "", "UnknownError", `{"a":1}`, ""}},
		"no message":             {404, `{"error":{"code":"Request_ResourceNotFound"}}`, reading{graph.NotFound, "", "Request_ResourceNotFound", "", ""}},
		"null message":           {404, `{"error":{"code":"Request_ResourceNotFound","message":null}}`, reading{graph.NotFound, "", "Request_ResourceNotFound", "", ""}},
		"message of a new form":  {404, `{"error":{"code":"Request_ResourceNotFound","message":[1]}}`, reading{graph.NotFound, "", "Request_ResourceNotFound", "", ""}},
		"no code":                {404, `{"error":{"message":"Resource 'x' does not exist"}}`, reading{}},
		"code of another type":   {404, `{"error":{"code":404,"message":"x"}}`, reading{}},
		"OAuth's":                {404, `{"error":"invalid_request"}`, reading{}},
		"empty object":           {404, `{}`, reading{}},
		"empty":                  {404, ``, reading{}},
		"null":                   {404, `null`, reading{}},
		"truncated":              {404, `{"error":{"code":"Request_ResourceNotFound","mess`, reading{}},
		"HTML":                   {404, `<html><body>404</body></html>`, reading{}},
		"HTML of a 400":          {400, `<html></html>`, reading{}},
		"HTML of a 502":          {502, `<html></html>`, reading{Class: graph.Transient}},
		"HTML of a 429":          {429, `<html></html>`, reading{Class: graph.Throttled}},
		"assignment ID's case":   {404, graphError("Request_ResourceNotFound", "Resource 'lAPp-1' does not exist."), reading{graph.NotFound, "", "Request_ResourceNotFound", "Resource 'lAPp-1' does not exist.", "lAPp-1"}},
		"line breaks and colour": {404, graphError("Request_ResourceNotFound", " a\r\n\x1b[31mb "), reading{graph.NotFound, "", "Request_ResourceNotFound", "a [31mb", ""}},
		"a token in the text":    {400, graphError("Request_BadRequest", "bad eyJhbGciOiJSUzI1NiJ9.eyJhIjoxfQ.c2lnbmF0dXJl here"), reading{graph.Refused, graph.RefusedRequest, "Request_BadRequest", "bad [redacted] here", ""}},
		"a very long text":       {400, graphError("Request_BadRequest", strings.Repeat("é", 5000)), reading{graph.Refused, graph.RefusedRequest, "Request_BadRequest", strings.Repeat("é", maxText-1) + "…", ""}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, read(tc.status, tc.body)); diff != "" {
				t.Errorf("reading (-want +got):\n%s", diff)
			}
		})
	}
}
