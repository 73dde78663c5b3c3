package graphsim_test

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/golang-jwt/jwt/v5"
)

// TestAzidentity signs in with Microsoft's own library, which shares nothing
// with the simulator, by every way an application has.
func TestAzidentity(t *testing.T) {
	key, err := signingKey()
	if err != nil {
		t.Fatal(err)
	}
	certificate := selfSigned(t)
	seed := loadSeed(t)
	seed.Tenants[0].Apps[0].Certificates = []string{string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw}))}
	w := serve(t, newSimulator(t, seed, nil))
	file := filepath.Join(t.TempDir(), "token")
	token := assertion(t, kubernetesClaims(jwt.MapClaims{"exp": time.Now().Add(time.Hour).Unix()}))
	if err := os.WriteFile(file, []byte(token), 0o600); err != nil {
		t.Fatal(err)
	}
	options := azcore.ClientOptions{
		Transport: w.client,
		Cloud:     cloud.Configuration{ActiveDirectoryAuthorityHost: w.server.URL},
		Retry:     policy.RetryOptions{MaxRetries: -1},
	}
	tests := map[string]func(skip bool) (azcore.TokenCredential, error){
		"secret": func(skip bool) (azcore.TokenCredential, error) {
			return azidentity.NewClientSecretCredential(contoso, rolewarden, secret, &azidentity.ClientSecretCredentialOptions{ClientOptions: options, DisableInstanceDiscovery: skip})
		},
		"certificate": func(skip bool) (azcore.TokenCredential, error) {
			return azidentity.NewClientCertificateCredential(contoso, rolewarden, []*x509.Certificate{certificate}, key,
				&azidentity.ClientCertificateCredentialOptions{ClientOptions: options, DisableInstanceDiscovery: skip})
		},
		"assertion": func(skip bool) (azcore.TokenCredential, error) {
			return azidentity.NewClientAssertionCredential(contoso, rolewarden, func(context.Context) (string, error) { return token, nil },
				&azidentity.ClientAssertionCredentialOptions{ClientOptions: options, DisableInstanceDiscovery: skip})
		},
		"workload identity": func(skip bool) (azcore.TokenCredential, error) {
			return azidentity.NewWorkloadIdentityCredential(&azidentity.WorkloadIdentityCredentialOptions{ClientOptions: options, DisableInstanceDiscovery: skip,
				ClientID: rolewarden, TenantID: contoso, TokenFilePath: file})
		},
	}
	for name, connect := range tests {
		t.Run(name, func(t *testing.T) {
			credential, err := connect(true)
			if err != nil {
				t.Fatal(err)
			}
			got, err := credential.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{graphScope}, EnableCAE: true})
			if err != nil {
				t.Fatal(err)
			}
			caller := w.in(t)
			caller.token = got.Token
			caller.want(http.StatusOK, caller.get(assignments))
		})
	}
}

func TestAzidentityIsToldOfAWrongSecret(t *testing.T) {
	w := serve(t, newSimulator(t, loadSeed(t), nil))
	credential, err := azidentity.NewClientSecretCredential(contoso, rolewarden, "wrong", &azidentity.ClientSecretCredentialOptions{
		ClientOptions: azcore.ClientOptions{Transport: w.client, Cloud: cloud.Configuration{ActiveDirectoryAuthorityHost: w.server.URL}}, DisableInstanceDiscovery: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = credential.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{graphScope}}); err == nil || !strings.Contains(err.Error(), "AADSTS7000215") {
		t.Errorf("err = %v", err)
	}
}

// selfSigned is a certificate of the shared key.
func selfSigned(t *testing.T) *x509.Certificate {
	t.Helper()
	key, err := signingKey()
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "rolewarden"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}
