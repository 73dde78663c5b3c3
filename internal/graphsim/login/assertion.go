package login

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/rolewarden/rolewarden/internal/graphsim/seed"
)

// certificate is one that an application registered.
type certificate struct {
	*x509.Certificate
	sha1, sha256 []byte
}

func parseCertificate(text string) (certificate, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return certificate{}, errors.New("certificates: give each as a PEM block")
	}
	parsed, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return certificate{}, fmt.Errorf("certificates: %w", err)
	}
	one, two := sha1.Sum(parsed.Raw), sha256.Sum256(parsed.Raw) //nolint:gosec // x5t is defined as the SHA-1 thumbprint
	return certificate{parsed, one[:], two[:]}, nil
}

// federated is an issuer whose tokens an application may show.
type federated struct {
	seed.FederatedCredential
	keys map[string]any // by key ID; nil: signatures are not checked
}

func newFederated(s seed.FederatedCredential) (federated, error) {
	keys, err := parseJWKS(s.JWKS)
	if err != nil {
		return federated{}, fmt.Errorf("federatedCredentials: jwks: %w", err)
	}
	return federated{s, keys}, nil
}

// assertionClaims are what both kinds of assertion carry.
type assertionClaims struct{ jwt.RegisteredClaims }

// checkAssertion decides whether an assertion proves that the application is
// the one it says. Documented: Microsoft identity platform,
// certificate-credentials and workload-identity-federation.
func (a *app) checkAssertion(assertion, tokenURL string, now time.Time) *refusal {
	var c assertionClaims
	token, _, err := jwt.NewParser().ParseUnverified(assertion, &c)
	if err != nil {
		return refuse(401, "invalid_client", 50027, "JWT token is invalid or malformed.")
	}
	if c.ExpiresAt == nil || !now.Before(c.ExpiresAt.Time) || (c.NotBefore != nil && now.Add(5*time.Minute).Before(c.NotBefore.Time)) {
		return refuse(401, "invalid_client", 700024, "Client assertion is not within its valid time range. Current time: "+now.UTC().Format(time.RFC3339)+".")
	}
	if c.Issuer == a.id {
		return a.checkCertificate(assertion, token, c, tokenURL)
	}
	return a.checkFederated(assertion, c)
}

// checkCertificate verifies an assertion that the application signed itself.
func (a *app) checkCertificate(assertion string, token *jwt.Token, c assertionClaims, tokenURL string) *refusal {
	i := slices.IndexFunc(a.certificates, func(cert certificate) bool { return cert.named(token.Header) })
	if i < 0 {
		return refuse(401, "invalid_client", 700027, "The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found.]")
	}
	if c.Subject != a.id {
		return refuse(401, "invalid_client", 700021, "Client assertion application identifier doesn't match 'client_id' parameter.")
	}
	if !slices.ContainsFunc(c.Audience, func(aud string) bool { return sameAuthority(aud, tokenURL) }) {
		return refuse(401, "invalid_client", 700023, "Client assertion audience claim does not match Realm issuer.")
	}
	if !signed(assertion, a.certificates[i].PublicKey) {
		return refuse(401, "invalid_client", 700027, "Client assertion failed signature validation.")
	}
	return nil
}

// sameAuthority accepts the token endpoint and the tenant's issuer alike, which
// is all that documentation promises, and compares no more than the host.
func sameAuthority(audience, tokenURL string) bool {
	return strings.EqualFold(authorityOf(audience), authorityOf(tokenURL))
}

func authorityOf(address string) string {
	host, _, _ := strings.Cut(strings.TrimPrefix(address, "https://"), "/")
	return host
}

// named reports whether a header's thumbprint is the certificate's.
func (c certificate) named(header map[string]any) bool {
	long, _ := header["x5t#S256"].(string)
	short, _ := header["x5t"].(string)
	return bytes.Equal(decode(long), c.sha256) || bytes.Equal(decode(short), c.sha1)
}

// decode accepts both alphabets of base64: MSAL writes the plain one.
func decode(text string) []byte {
	text = strings.TrimRight(strings.NewReplacer("+", "-", "/", "_").Replace(text), "=")
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil
	}
	return raw
}

func signed(assertion string, key any) bool {
	_, err := jwt.Parse(assertion, func(*jwt.Token) (any, error) { return key, nil },
		jwt.WithValidMethods([]string{"RS256", "PS256", "ES256"}), jwt.WithoutClaimsValidation())
	return err == nil
}

// checkFederated looks for a federated credential that the assertion fits.
// The three codes say which of issuer, audience and subject is the first not to.
func (a *app) checkFederated(assertion string, c assertionClaims) *refusal {
	var issuer, audience []federated
	for _, f := range a.federated {
		if f.Issuer == c.Issuer {
			issuer = append(issuer, f)
		}
	}
	if len(issuer) == 0 {
		return refuse(401, "invalid_client", 700211, "No matching federated identity record found for presented assertion issuer '"+c.Issuer+"'.")
	}
	for _, f := range issuer {
		if slices.Contains(c.Audience, f.Audience) {
			audience = append(audience, f)
		}
	}
	if len(audience) == 0 {
		shown := strings.Join(c.Audience, ",")
		return refuse(401, "invalid_client", 700212, "No matching federated identity record found for presented assertion audience '"+shown+"'.")
	}
	for _, f := range audience {
		if f.Subject == c.Subject {
			return f.checkSignature(assertion)
		}
	}
	return refuse(401, "invalid_client", 700213, "No matching federated identity record found for presented assertion subject '"+c.Subject+"'.")
}

func (f federated) checkSignature(assertion string) *refusal {
	if f.keys == nil {
		return nil
	}
	for _, key := range f.keys {
		if signed(assertion, key) {
			return nil
		}
	}
	return refuse(401, "invalid_client", 50013, "Assertion failed signature validation. [Reason - The key was not found.]")
}
