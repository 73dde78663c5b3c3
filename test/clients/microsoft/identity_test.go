package microsoft

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
)

// TestCredentials signs in with nothing but what azidentity is told by its
// users: instance discovery is on, and the authority is Microsoft's.
func TestCredentials(t *testing.T) {
	t.Setenv("AZURE_TENANT_ID", contoso)
	t.Setenv("AZURE_CLIENT_ID", automation)
	t.Setenv("AZURE_CLIENT_SECRET", automationSecret)
	tests := map[string]func(*testing.T) (azcore.TokenCredential, error){
		"secret": func(*testing.T) (azcore.TokenCredential, error) {
			return azidentity.NewClientSecretCredential(contoso, automation, automationSecret, nil)
		},
		"domain for a tenant": func(*testing.T) (azcore.TokenCredential, error) {
			return azidentity.NewClientSecretCredential("contoso.com", automation, automationSecret, nil)
		},
		"environment": func(*testing.T) (azcore.TokenCredential, error) { return azidentity.NewEnvironmentCredential(nil) },
		"whatever there is": func(*testing.T) (azcore.TokenCredential, error) {
			return azidentity.NewDefaultAzureCredential(nil)
		},
		"workload identity": func(t *testing.T) (azcore.TokenCredential, error) {
			return azidentity.NewWorkloadIdentityCredential(&azidentity.WorkloadIdentityCredentialOptions{
				TenantID: contoso, ClientID: "0d1f9a52-6b3e-4c8d-9f10-7a5e2b4c6d81", TokenFilePath: serviceAccountToken(t),
			})
		},
	}
	for name, sign := range tests {
		t.Run(name, func(t *testing.T) {
			control := simulate(t)
			credential, err := sign(t)
			if err != nil {
				t.Fatal(err)
			}
			c := client{adapt(t, credential), control}
			got, err := c.roleAssignments().Get(t.Context(), nil)
			if err != nil || len(got.GetValue()) != 6 {
				t.Errorf("%v, %v", got, err)
			}
			want := map[string]int{"discovery": 1, "openidConfiguration": 1, "token": 1, "roleAssignments.list": 1}
			if diff := cmp.Diff(want, control.CountCalls()); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
		})
	}
}

// serviceAccountToken is a file as Kubernetes projects it into a pod. The
// simulator's seed has no keys for its issuer, so anybody may sign.
func serviceAccountToken(t *testing.T) string {
	t.Helper()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.RegisteredClaims{
		Issuer: "https://kubernetes.default.svc.cluster.local", Subject: "system:serviceaccount:rolewarden-system:rolewarden",
		Audience: jwt.ClaimStrings{"api://AzureADTokenExchange"}, ExpiresAt: jwt.NewNumericDate(time.Now().Add(time.Hour)),
	}).SignedString([]byte("anybody"))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(token), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestTokenIsCached by azidentity, from what the answer says of its lifetime.
func TestTokenIsCached(t *testing.T) {
	control := simulate(t)
	credential, err := azidentity.NewClientSecretCredential(contoso, automation, automationSecret, nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := credential.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{"https://graph.microsoft.com/.default"}}); err != nil {
			t.Fatal(err)
		}
	}
	if n := control.CountCalls()["token"]; n != 1 {
		t.Errorf("%d tokens, want 1", n)
	}
}
