package login

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rolewarden/rolewarden/internal/graphsim/seed"
)

// Authority signs applications in. It is safe for concurrent use.
type Authority struct {
	key func() (*rsa.PrivateKey, error)

	mu       sync.Mutex
	tenants  map[string]*tenant // by ID and by domain
	verified map[string]Caller
}

type tenant struct {
	id   string
	apps map[string]*app
}

// app is an application as one tenant knows it.
type app struct {
	id, objectID string
	disabled     bool
	secrets      []string
	certificates []certificate
	federated    []federated
	permissions  []string
}

// Caller is who a token was issued to.
type Caller struct {
	TenantID, AppID, ObjectID string
	// Roles are the application permissions in the token.
	Roles   []string
	Expires time.Time
}

// Allows reports whether the token carries one of the permissions.
func (c Caller) Allows(permissions []string) bool {
	return slices.ContainsFunc(permissions, func(p string) bool { return slices.Contains(c.Roles, p) })
}

// New returns the authority of the seeded tenants. A nil key is made when the
// first token is: it takes longer than all else that a simulator does.
func New(tenants []seed.Tenant, key *rsa.PrivateKey) (*Authority, error) {
	a := &Authority{tenants: map[string]*tenant{}, verified: map[string]Caller{}}
	a.key = sync.OnceValues(func() (*rsa.PrivateKey, error) {
		if key != nil {
			return key, nil
		}
		return rsa.GenerateKey(rand.Reader, 2048)
	})
	for _, s := range tenants {
		t := &tenant{id: s.ID, apps: map[string]*app{}}
		for _, name := range append([]string{s.ID}, s.Domains...) {
			a.tenants[strings.ToLower(name)] = t
		}
		for _, seeded := range s.Apps {
			application, err := newApp(seeded)
			if err != nil {
				return nil, fmt.Errorf("tenant %s, app %s: %w", s.ID, seeded.AppID, err)
			}
			t.apps[seeded.AppID] = application
		}
	}
	return a, nil
}

func newApp(s seed.App) (*app, error) {
	a := &app{id: s.AppID, objectID: s.ServicePrincipal, disabled: s.Disabled,
		secrets: slices.Clone(s.Secrets), permissions: slices.Clone(s.Permissions)}
	for _, block := range s.Certificates {
		c, err := parseCertificate(block)
		if err != nil {
			return nil, err
		}
		a.certificates = append(a.certificates, c)
	}
	for _, f := range s.FederatedCredentials {
		trust, err := newFederated(f)
		if err != nil {
			return nil, err
		}
		a.federated = append(a.federated, trust)
	}
	return a, nil
}

// TenantID resolves a tenant's ID or domain.
func (a *Authority) TenantID(name string) (string, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	t, ok := a.tenants[strings.ToLower(name)]
	if !ok {
		return "", false
	}
	return t.id, true
}

// change applies a change to an application.
func (a *Authority) change(tenantID, appID string, apply func(*app)) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	t, ok := a.tenants[strings.ToLower(tenantID)]
	if !ok {
		return fmt.Errorf("there is no tenant %q", tenantID)
	}
	app, ok := t.apps[strings.ToLower(appID)]
	if !ok {
		return fmt.Errorf("tenant %s has no app %q that can sign in", t.id, appID)
	}
	apply(app)
	return nil
}

// SetPermissions changes what the tokens to come will carry.
func (a *Authority) SetPermissions(tenantID, appID string, permissions []string) error {
	return a.change(tenantID, appID, func(app *app) { app.permissions = slices.Clone(permissions) })
}

// SetSecret makes this the only secret of an application.
func (a *Authority) SetSecret(tenantID, appID, secret string) error {
	return a.change(tenantID, appID, func(app *app) { app.secrets = []string{secret} })
}

// RotateSecret replaces all secrets of an application by a new one.
func (a *Authority) RotateSecret(tenantID, appID string) (string, error) {
	raw := make([]byte, 20)
	if _, err := rand.Read(raw); err != nil {
		return "", fmt.Errorf("making a secret: %w", err)
	}
	secret := hex.EncodeToString(raw)
	return secret, a.SetSecret(tenantID, appID, secret)
}

// Disable stops an application from signing in; its tokens stay good.
func (a *Authority) Disable(tenantID, appID string) error {
	return a.change(tenantID, appID, func(app *app) { app.disabled = true })
}
