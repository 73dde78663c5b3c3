package msgraph

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"sync/atomic"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// Credential is how the controller proves who it is. The implementations are WorkloadIdentity, ClientSecret,
// Certificate and ManagedIdentity.
type Credential interface {
	// build returns azidentity's credential. It makes no call.
	build(tenantID string, client azcore.ClientOptions, private bool) (azcore.TokenCredential, error)
	// check looks for what is wrong on this side when no token could be had, and no login endpoint said why.
	check() error
	// secrets are the values that must never be repeated, wherever they come back from.
	secrets() []string
}

// WorkloadIdentity is a service account token that the directory trusts through a federated credential.
type WorkloadIdentity struct {
	ClientID string
	// TokenFile is the projected service account token. It is read again as it is rotated.
	TokenFile string
}

func (w WorkloadIdentity) build(tenantID string, client azcore.ClientOptions, private bool) (azcore.TokenCredential, error) {
	// azidentity would fall back to environment variables, which say nothing about this tenant.
	if err := required("client ID", w.ClientID, "token file", w.TokenFile); err != nil {
		return nil, fmt.Errorf("workload identity: %w", err)
	}
	return azidentity.NewWorkloadIdentityCredential(&azidentity.WorkloadIdentityCredentialOptions{
		ClientOptions: client, ClientID: w.ClientID, TenantID: tenantID, TokenFilePath: w.TokenFile, DisableInstanceDiscovery: private,
	})
}

func (w WorkloadIdentity) check() error {
	content, err := os.ReadFile(w.TokenFile)
	if err == nil && len(content) == 0 {
		err = fmt.Errorf("%s is empty", w.TokenFile)
	}
	return err
}

func (WorkloadIdentity) secrets() []string { return nil }

// ClientSecret is a password of the application.
type ClientSecret struct {
	ClientID string
	Secret   string
}

func (s ClientSecret) build(tenantID string, client azcore.ClientOptions, private bool) (azcore.TokenCredential, error) {
	if err := required("client ID", s.ClientID, "secret", s.Secret); err != nil {
		return nil, fmt.Errorf("client secret: %w", err)
	}
	return azidentity.NewClientSecretCredential(tenantID, s.ClientID, s.Secret, &azidentity.ClientSecretCredentialOptions{
		ClientOptions: client, DisableInstanceDiscovery: private,
	})
}

func (ClientSecret) check() error { return nil }

func (s ClientSecret) secrets() []string { return []string{s.Secret} }

// String keeps the secret out of whatever prints the credential.
func (s ClientSecret) String() string { return "client secret of " + s.ClientID }

// GoString keeps the secret out of %#v.
func (s ClientSecret) GoString() string { return s.String() }

// Certificate is a certificate of the application with its private key.
type Certificate struct {
	ClientID string
	// Data is PEM or PKCS#12.
	Data []byte
	// Password decrypts Data. It is empty for PEM.
	Password string
}

func (c Certificate) build(tenantID string, client azcore.ClientOptions, private bool) (azcore.TokenCredential, error) {
	if err := required("client ID", c.ClientID, "certificate", string(c.Data)); err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	certificates, key, err := c.parse()
	if err != nil {
		return nil, err
	}
	return azidentity.NewClientCertificateCredential(tenantID, c.ClientID, certificates, key, &azidentity.ClientCertificateCredentialOptions{
		ClientOptions: client, DisableInstanceDiscovery: private,
	})
}

// parse drops azidentity's own error, which may repeat parts of what it could not read.
func (c Certificate) parse() ([]*x509.Certificate, crypto.PrivateKey, error) {
	var password []byte
	if c.Password != "" {
		password = []byte(c.Password)
	}
	certificates, key, err := azidentity.ParseCertificates(c.Data, password)
	if err != nil {
		return nil, nil, errors.New("certificate: no certificate with its unencrypted private key in PEM, and no PKCS#12 that the password opens: check both")
	}
	return certificates, key, nil
}

func (Certificate) check() error { return nil }

func (c Certificate) secrets() []string { return []string{c.Password} }

// String keeps the key out of whatever prints the credential.
func (c Certificate) String() string { return "certificate of " + c.ClientID }

// GoString keeps the key out of %#v.
func (c Certificate) GoString() string { return c.String() }

// ManagedIdentity is an identity that Azure gives to the machine.
type ManagedIdentity struct {
	// ClientID chooses a user-assigned identity. Left empty it is the system-assigned one.
	ClientID string
}

func (m ManagedIdentity) build(_ string, client azcore.ClientOptions, _ bool) (azcore.TokenCredential, error) {
	options := &azidentity.ManagedIdentityCredentialOptions{ClientOptions: client}
	if m.ClientID != "" {
		options.ID = azidentity.ClientID(m.ClientID)
	}
	credential, err := azidentity.NewManagedIdentityCredential(options)
	if err != nil {
		return nil, err
	}
	return &startsEmpty{TokenCredential: credential}, nil
}

func (ManagedIdentity) check() error { return nil }

func (ManagedIdentity) secrets() []string { return nil }

// startsEmpty makes a managed identity begin without a token, as every other credential does. MSAL keeps the tokens of
// managed identities for the whole process, so that a new credential would start with what the last one was denied with.
type startsEmpty struct {
	azcore.TokenCredential
	started atomic.Bool
}

// GetToken implements azcore.TokenCredential. Claims, even none at all, make MSAL pass over its cache; they are not sent.
func (s *startsEmpty) GetToken(ctx context.Context, options policy.TokenRequestOptions) (azcore.AccessToken, error) {
	if options.Claims == "" && !s.started.Load() {
		options.Claims = "{}"
	}
	token, err := s.TokenCredential.GetToken(ctx, options)
	if err == nil {
		s.started.Store(true)
	}
	return token, err
}

// required takes pairs of name and value, and returns an error that names the first value that is missing.
func required(pairs ...string) error {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			return fmt.Errorf("no %s: set it", pairs[i])
		}
	}
	return nil
}
