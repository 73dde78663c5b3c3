package login

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/rolewarden/rolewarden/internal/graphsim/wire"
)

// keyID names the one key that tokens are signed with.
const keyID = "graph-simulator"

// GraphResource is the audience of the tokens.
const GraphResource = "https://graph.microsoft.com"

// claims are those of an application's token for Microsoft Graph. Documented:
// Microsoft identity platform, access-token-claims-reference; Graph's tokens
// are of version 1.0, so the application is in appid and the issuer is sts.windows.net.
type claims struct {
	jwt.RegisteredClaims
	// Audience is one string, as in Microsoft's tokens, where RegisteredClaims
	// writes a list: the azuread provider of Terraform reads nothing else.
	Audience string   `json:"aud"`
	AppID    string   `json:"appid"`
	AppIDACR string   `json:"appidacr"`
	IDType   string   `json:"idtyp"`
	ObjectID string   `json:"oid"`
	Roles    []string `json:"roles,omitempty"`
	TenantID string   `json:"tid"`
	Version  string   `json:"ver"`
}

// Issue signs a token for an application, which has proved itself or has
// somebody vouch for it in process.
func (a *Authority) Issue(tenantID, appID, audience string, now time.Time, lifetime time.Duration) (string, error) {
	key, err := a.key()
	if err != nil {
		return "", fmt.Errorf("making the signing key: %w", err)
	}
	var c claims
	if err := a.change(tenantID, appID, func(app *app) { c = a.claims(tenantID, app, audience) }); err != nil {
		return "", err
	}
	// Five minutes of grace for clocks that are behind, as in real tokens.
	c.RegisteredClaims = jwt.RegisteredClaims{
		Issuer: "https://sts.windows.net/" + c.TenantID + "/", Subject: c.ObjectID,
		IssuedAt: jwt.NewNumericDate(now), NotBefore: jwt.NewNumericDate(now.Add(-5 * time.Minute)), ExpiresAt: jwt.NewNumericDate(now.Add(lifetime)),
	}
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, c)
	token.Header["kid"] = keyID
	signed, err := token.SignedString(key)
	if err != nil {
		return "", fmt.Errorf("signing a token: %w", err)
	}
	return signed, nil
}

func (a *Authority) claims(tenantID string, app *app, audience string) claims {
	return claims{
		Audience: audience, AppID: app.id, AppIDACR: "1", IDType: "app", ObjectID: app.objectID, Roles: slices.Clone(app.permissions),
		TenantID: a.tenants[strings.ToLower(tenantID)].id, Version: "1.0",
	}
}

// Authenticate reads the Authorization header of a call. The texts are those
// that Microsoft Graph is known to send; the one for no token is assumed.
func (a *Authority) Authenticate(header string, now time.Time) (Caller, *wire.Error) {
	scheme, token, _ := strings.Cut(header, " ")
	switch {
	case header == "" || strings.TrimSpace(token) == "":
		return Caller{}, unauthenticated("Access token is empty.")
	case !strings.EqualFold(scheme, "Bearer"):
		return Caller{}, unauthenticated("Authorization header must use the Bearer scheme.")
	}
	caller, err := a.verify(strings.TrimSpace(token), now)
	switch {
	case errors.Is(err, jwt.ErrTokenMalformed):
		return Caller{}, unauthenticated("CompactToken parsing failed with error code: 80049217")
	case errors.Is(err, jwt.ErrTokenInvalidAudience):
		return Caller{}, unauthenticated("Access token validation failure. Invalid audience.")
	case err != nil:
		return Caller{}, unauthenticated("Access token validation failure.")
	case !now.Before(caller.Expires):
		return Caller{}, unauthenticated("Lifetime validation failed, the token is expired.")
	}
	return caller, nil
}

func unauthenticated(message string) *wire.Error {
	return &wire.Error{Status: http.StatusUnauthorized, Code: "InvalidAuthenticationToken", Message: message,
		Header: map[string]string{"WWW-Authenticate": `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000"`}}
}

// verify checks a token's signature, once: a verified token is remembered.
func (a *Authority) verify(token string, now time.Time) (Caller, error) {
	a.mu.Lock()
	caller, ok := a.verified[token]
	a.mu.Unlock()
	if ok {
		return caller, nil
	}
	key, err := a.key()
	if err != nil {
		return Caller{}, fmt.Errorf("making the signing key: %w", err)
	}
	var c claims
	_, err = jwt.ParseWithClaims(token, &c, func(*jwt.Token) (any, error) { return &key.PublicKey, nil },
		jwt.WithValidMethods([]string{"RS256"}), jwt.WithoutClaimsValidation())
	if err != nil {
		return Caller{}, err
	}
	if c.Audience == "" { // the authority issues tokens for nothing but Graph
		return Caller{}, jwt.ErrTokenInvalidAudience
	}
	return a.remember(token, c, now), nil
}

// remember keeps the caller of a token, and forgets those that have expired.
func (a *Authority) remember(token string, c claims, now time.Time) Caller {
	caller := Caller{TenantID: c.TenantID, AppID: c.AppID, ObjectID: c.ObjectID, Roles: c.Roles, Expires: c.ExpiresAt.Time}
	a.mu.Lock()
	defer a.mu.Unlock()
	for old, known := range a.verified {
		if !now.Before(known.Expires) {
			delete(a.verified, old)
		}
	}
	a.verified[token] = caller
	return caller
}

// jwks is the public half of the signing key.
func (a *Authority) jwks() (any, error) {
	key, err := a.key()
	if err != nil {
		return nil, err
	}
	encode := base64.RawURLEncoding.EncodeToString
	return map[string]any{"keys": []any{map[string]any{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": keyID,
		"n": encode(key.N.Bytes()), "e": encode(big.NewInt(int64(key.E)).Bytes()),
	}}}, nil
}
