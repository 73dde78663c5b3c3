package msgraph

import (
	"net/http"
	"strings"

	"github.com/rolewarden/rolewarden/internal/graph"
)

// row is one thing that Graph says, and what it means. A zero status or an empty text matches any. The text is a part of
// the message in lower case: as little of it as tells it apart, since Microsoft may word it otherwise tomorrow.
type row struct {
	status  int
	code    string
	text    string
	class   graph.Class
	refusal graph.Refusal
}

// rows is all that is known of Graph's errors. The first row that matches counts. A code that is not here is Unknown.
func rows() []row {
	const (
		bad       = http.StatusBadRequest
		forbidden = http.StatusForbidden
		absent    = http.StatusNotFound
		conflict  = http.StatusConflict
		request   = "Request_BadRequest"
	)
	return []row{
		// Tokens. Microsoft Graph docs, resolve-auth-errors; the identity codes: seen when the service principal is not
		// provisioned yet, is disabled, or is gone.
		{http.StatusUnauthorized, "InvalidAuthenticationToken", "", graph.Unauthenticated, ""},
		{0, "Authentication_ExpiredToken", "", graph.Unauthenticated, ""},
		{0, "Authorization_IdentityNotFound", "", graph.Unauthenticated, ""},
		{0, "Authorization_IdentityDisabled", "", graph.Unauthenticated, ""},

		// Permissions. Microsoft Graph docs, json-batching (sample); the second is PIM's, in its own envelope: measured.
		{forbidden, "Authorization_RequestDenied", "", graph.Denied, ""},
		{forbidden, "PermissionScopeNotGranted", "", graph.Denied, ""},

		// Limits of the directory. Microsoft Entra docs, service limits; the code: seen for quotas of links and objects.
		{forbidden, "Directory_QuotaExceeded", "", graph.Refused, graph.RefusedLimit},

		// Absence. Microsoft Entra docs, custom-assign-graph; the message names the ID. Elsewhere than in a 404 these codes
		// are about something that the request refers to.
		{absent, "Request_ResourceNotFound", "", graph.NotFound, ""},
		{absent, "ResourceNotFound", "", graph.NotFound, ""},
		{absent, "Directory_ObjectNotFound", "", graph.NotFound, ""},

		// Role assignments. Duplicate: dod-ccpo/atat#1554, hashicorp/go-azure-sdk odata/errors.go.
		{bad, request, "a conflicting object", graph.Exists, ""},
		// Microsoft365DSC#879.
		{bad, request, "without isassignabletorole", graph.Refused, graph.RefusedGroup},
		// Microsoft Entra docs, manage-roles-portal and custom-assign-graph, example 4.
		{bad, request, "not supported to be assigned to a single resource scope", graph.Refused, graph.RefusedScope},
		// msgraph-sdk-powershell#3173.
		{bad, request, "valid property scope", graph.Refused, graph.RefusedScope},
		// Microsoft Entra docs, groups-remove-assignment and custom-assign-graph, example 11.
		{bad, request, "removing self from global administrator", graph.Refused, graph.RefusedSelfRemoval},

		// Members of groups. Microsoft Graph docs, group-post-members; the removal: instructure/canvas-lms.
		{bad, request, "added object references already exist", graph.Exists, ""},
		{bad, request, "removed object references do not exist", graph.NotFound, ""},
		// Groups. Microsoft Graph docs, Bicep limitations: also the answer while the group is in the recycle bin. The same words
		// about another property, such as mailNickname, are about another group: refused, below.
		{bad, request, "same value for property uniquename", graph.Exists, ""},

		// PIM. Exists and gone: terraform-provider-azuread#1306, and measured. "Does not exist" is also the answer to a
		// removal that was carried out, so it is read back like any absence.
		{bad, "RoleAssignmentExists", "", graph.Exists, ""},
		{bad, "RoleAssignmentDoesNotExist", "", graph.NotFound, ""},
		// Microsoft Graph docs, governanceroleassignmentrequest-post; as a 404: terraform-provider-azuread.
		{bad, "SubjectNotFound", "", graph.NotFound, ""},
		{absent, "SubjectNotFound", "", graph.NotFound, ""},
		{bad, "RoleNotFound", "", graph.NotFound, ""},
		{absent, "RoleNotFound", "", graph.NotFound, ""},
		// Measured: nothing changes until the active assignment is five minutes old.
		{bad, "ActiveDurationTooShort", "", graph.Refused, graph.RefusedTooSoon},
		{bad, "PendingRoleAssignmentRequest", "", graph.Refused, graph.RefusedPending},
		// terraform-provider-azuread#1450; the message lists the rules.
		{bad, "RoleAssignmentRequestPolicyValidationFailed", "", graph.Refused, graph.RefusedPolicy},
		// Microsoft Graph docs, governanceroleassignmentrequest-cancel: only what waits can be canceled.
		{bad, "RequestCannotBeCancelled", "", graph.Refused, graph.RefusedRequest},
		// Microsoft Graph docs, governanceroleassignmentrequest-post; the scope: Azure's PIM, whose codes Graph shares.
		{bad, "ResourceIsLocked", "", graph.Refused, graph.RefusedRequest},
		// Seen of requests whose body or period makes no sense: kayasax/EasyPIM.
		{bad, "InvalidRoleAssignmentRequest", "", graph.Refused, graph.RefusedRequest},
		{bad, "InvalidRoleAssignmentRequestSchedule", "", graph.Refused, graph.RefusedRequest},
		{bad, "InvalidScope", "", graph.Refused, graph.RefusedScope},
		{0, "AadPremiumLicenseRequired", "", graph.Refused, graph.RefusedLicense},

		// A page token that has expired: the list has to be read again from its start.
		{0, "Directory_ExpiredPageToken", "", graph.Transient, ""},
		// Two writes at once. The message asks to wait briefly and retry.
		{conflict, "Directory_ConcurrencyViolation", "", graph.Transient, ""},

		// What is left of the codes that say only that the request is at fault. Microsoft Graph docs, errors.
		{bad, request, "", graph.Refused, graph.RefusedRequest},
		{http.StatusMethodNotAllowed, request, "", graph.Refused, graph.RefusedRequest},
		{bad, "Request_UnsupportedQuery", "", graph.Refused, graph.RefusedRequest},
	}
}

// matches tells whether the row is about this answer.
func (r row) matches(status int, code, message string) bool {
	return (r.status == 0 || r.status == status) &&
		strings.EqualFold(r.code, code) &&
		strings.Contains(strings.ToLower(message), r.text)
}

// classify says what an answer means. Only an answer in Graph's envelope has a code, and without one it is an outage at
// most: a proxy's 404 or 403 says nothing about the directory.
func classify(status int, code, message string) (graph.Class, graph.Refusal) {
	switch {
	case status == http.StatusTooManyRequests:
		return graph.Throttled, ""
	case status >= 500, status == http.StatusRequestTimeout:
		return graph.Transient, ""
	}
	for _, r := range rows() {
		if r.matches(status, code, message) {
			return r.class, r.refusal
		}
	}
	return graph.Unknown, ""
}

// classifyLogin says what an answer of the login endpoint means: in OAuth's envelope that there is no token to be had as
// things are (RFC 6749, sections 4.1.2.1 and 5.2), in any other that the endpoint is not itself. The managed identity
// endpoint says with a 404 or 410 that it is not ready (Azure docs, how-to-use-vm-token).
func classifyLogin(status int, code string) graph.Class {
	switch {
	case status == http.StatusTooManyRequests:
		return graph.Throttled
	case status >= 500, status == http.StatusRequestTimeout, status == http.StatusNotFound, status == http.StatusGone:
		return graph.Transient
	case code == "", code == "temporarily_unavailable", code == "server_error":
		return graph.Transient
	}
	return graph.Unauthenticated
}
