package graphapi

import (
	"net/http"
	"strings"

	"github.com/rolewarden/rolewarden/internal/graphsim/wire"
)

// licensed are the paths of Privileged Identity Management, which the simulated
// tenants have no licence for: they refuse a token without the permission in
// the shape that only they use, and every other call for want of the licence.
// Documented: Microsoft Graph docs, privilegedidentitymanagementv3-overview;
// the texts are from reports of live tenants.
func (a *API) licensed(segment string) (target, bool) {
	kind := ""
	for _, k := range []string{"Eligibility", "Assignment"} {
		if strings.HasPrefix(segment, "role"+k+"Schedule") {
			kind = k
		}
	}
	if kind == "" {
		return target{}, false
	}
	write := "Role" + kind + "Schedule.ReadWrite.Directory"
	read := append([]string{"Role" + kind + "Schedule.Read.Directory", write},
		"RoleManagement.ReadWrite.Directory", "RoleManagement.Read.Directory", "RoleManagement.Read.All")
	refused := func(scopes []string) func() *wire.Error { return func() *wire.Error { return missingScope(scopes) } }
	reading := action{name: segment + ".read", allowed: permitted(read), denied: refused(read), run: unlicensed,
		options: strings.Fields("$filter $select $expand $skiptoken")}
	writing := action{name: segment + ".create", allowed: permitted([]string{write, "RoleManagement.ReadWrite.Directory"}),
		denied: refused([]string{write, "RoleManagement.ReadWrite.Directory"}), write: true, body: true, run: unlicensed}
	actions := map[string]action{http.MethodGet: reading}
	if strings.HasSuffix(segment, "Requests") {
		actions[http.MethodPost] = writing
	}
	return target{actions: actions}, true
}

// missingScope is a 403 whose message is JSON in a string.
func missingScope(scopes []string) *wire.Error {
	return &wire.Error{Status: http.StatusForbidden, Code: "UnknownError",
		Message: `{"errorCode":"PermissionScopeNotGranted","message":"Authorization failed due to missing permission scope ` +
			strings.Join(scopes, ",") + `.","instanceAnnotations":[]}`}
}

func unlicensed(*call) (wire.Response, *wire.Error) {
	return wire.Response{}, &wire.Error{Status: http.StatusBadRequest, Code: "AadPremiumLicenseRequired",
		Message: "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license."}
}
