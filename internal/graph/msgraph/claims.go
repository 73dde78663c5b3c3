package msgraph

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	"github.com/rolewarden/rolewarden/internal/graph"
)

// claims are what is read from an access token (Microsoft identity platform docs, access-token-claims-reference).
type claims struct {
	TenantID string   `json:"tid"`
	ObjectID string   `json:"oid"`
	AppID    string   `json:"appid"`
	Roles    []string `json:"roles"`
	Expires  int64    `json:"exp"`
}

// readClaims decodes a token without verifying it. It is our own token, fresh from the login endpoint over TLS, and
// nothing is permitted because of it: Graph verifies it on every call. It says what to expect there.
func readClaims(token string) (claims, error) {
	var c claims
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return c, unreadableToken()
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil || json.Unmarshal(payload, &c) != nil {
		return claims{}, unreadableToken()
	}
	return c, nil
}

// unreadableToken does not wrap the cause: it could hold parts of the token.
func unreadableToken() error {
	return &graph.Error{
		Class: graph.Unauthenticated, NotSent: true,
		Message: "the login endpoint issued a token whose claims cannot be read",
	}
}

// identity returns the claims as the domain has them. The object ID is missing as long as the directory has not
// provisioned the service principal everywhere.
func (c claims) identity() graph.Identity {
	permissions := slices.Clone(c.Roles)
	slices.Sort(permissions)
	return graph.Identity{
		TenantID:    strings.ToLower(c.TenantID),
		AppID:       strings.ToLower(c.AppID),
		ObjectID:    strings.ToLower(c.ObjectID),
		Permissions: slices.Compact(permissions),
	}
}
