package login

import (
	"net/url"
	"slices"
	"strings"
)

// graphID is the application ID of Microsoft Graph, which names it as well as
// its URLs do. Documented: Microsoft Graph docs, permissions overview.
const graphID = "00000003-0000-0000-c000-000000000000"

// graphHosts are Microsoft Graph's in the clouds there are. Documented:
// Microsoft Graph docs, concepts/deployments.md.
func graphHosts() []string {
	return []string{"graph.microsoft.com", "graph.microsoft.us", "dod-graph.microsoft.us", "microsoftgraph.chinacloudapi.cn"}
}

// resource reads which API a scope asks for. Scopes that only concern users
// are tolerated beside it: MSAL sends them along.
func resource(scope string) (string, bool) {
	for _, s := range strings.Fields(scope) {
		if r, ok := strings.CutSuffix(s, "/.default"); ok {
			return strings.TrimSuffix(r, "/"), true
		}
	}
	return "", false
}

// isGraph reports whether a resource is Microsoft Graph: its ID, a URL of a
// cloud, or the simulator itself, whose host stands for Graph's.
func isGraph(resource, own string) bool {
	u, err := url.Parse(resource)
	if err != nil {
		return false
	}
	return resource == graphID || slices.Contains(graphHosts(), u.Host) || (u.Scheme == "https" && u.Host == own)
}
