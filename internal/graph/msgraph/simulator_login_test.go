package msgraph

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rolewarden/rolewarden/internal/graph"
	"github.com/rolewarden/rolewarden/internal/graphsim"
)

func TestMissingPermissions(t *testing.T) {
	d := newDirectory(t)
	unconsented := d.as(t, ClientSecret{ClientID: unconsentedApp, Secret: unconsentedSecret})
	for name, operation := range operations() {
		e := failure(t, operation(t.Context(), unconsented))
		if e.Class != graph.Denied || e.Permission == "" || !e.Answered() {
			t.Errorf("%s: got %+v, want a denial that names the permission", name, e)
		}
	}
	auditor := d.as(t, ClientSecret{ClientID: auditorApp, Secret: auditorSecret})
	if _, err := auditor.RoleDefinitions(t.Context()); err != nil {
		t.Errorf("reading as auditor: %v", err)
	}
	_, err := auditor.CreateRoleAssignment(t.Context(), key(alice, helpdeskAdmin, "/"))
	if e := failure(t, err); e.Class != graph.Denied || d.stands(key(alice, helpdeskAdmin, "/")) {
		t.Errorf("granting as auditor: %+v", e)
	}
}

func TestConsentThatComesBack(t *testing.T) {
	d := newDirectory(t)
	c := d.rolewarden(t)
	full, err := c.Identity(t.Context())
	if err != nil || full.TenantID != contoso || full.ObjectID != rolewardenObject || full.AppID != rolewardenApp || len(full.Permissions) != 5 {
		t.Fatalf("got %+v, %v", full, err)
	}
	if err := d.SetAppPermissions(contoso, rolewardenApp, []string{graph.PermissionGroupRead}); err != nil {
		t.Fatal(err)
	}
	d.clock.Step(time.Minute)
	c.RenewToken()
	if poor, err := c.Identity(t.Context()); err != nil || len(poor.Permissions) != 1 {
		t.Errorf("got %+v, %v", poor, err)
	}
	if _, err := c.RoleDefinitions(t.Context()); graph.ClassOf(err) != graph.Denied {
		t.Errorf("got %v", err)
	}
	if err := d.SetAppPermissions(contoso, rolewardenApp, full.Permissions); err != nil {
		t.Fatal(err)
	}
	d.clock.Step(deniedTokenAge)
	_, _ = c.RoleDefinitions(t.Context()) // Denied by the old token, which this discards.
	if _, err := c.RoleDefinitions(t.Context()); err != nil {
		t.Errorf("after the consent came back: %v", err)
	}
}

func TestCredentialsOfTheDirectory(t *testing.T) {
	certificate := certificatePEM(t)
	d := newDirectory(t, func(s *graphsim.Seed) { s.Tenants[0].Apps[0].Certificates = []string{string(certificate)} })
	d.clock.Step(time.Since(d.clock.Now())) // MSAL dates what it signs by the wall clock.
	dir := t.TempDir()
	good := filepath.Join(dir, "good")
	other := filepath.Join(dir, "other")
	writeAssertion(t, good, d.clock, "system:serviceaccount:rolewarden-system:rolewarden")
	writeAssertion(t, other, d.clock, "system:serviceaccount:default:default")
	cases := map[string]struct {
		credential Credential
		tenant     string
		code       string
	}{
		"secret":             {ClientSecret{rolewardenApp, rolewardenSecret}, contoso, ""},
		"certificate":        {Certificate{ClientID: rolewardenApp, Data: certificate}, contoso, ""},
		"workload identity":  {WorkloadIdentity{rolewardenApp, good}, contoso, ""},
		"wrong secret":       {ClientSecret{rolewardenApp, "x"}, contoso, "AADSTS7000215"},
		"unknown app":        {ClientSecret{nobody, "x"}, contoso, "AADSTS700016"},
		"unknown tenant":     {ClientSecret{rolewardenApp, rolewardenSecret}, nobody, "AADSTS90002"},
		"app of another one": {ClientSecret{fabrikamApp, fabrikamSecret}, contoso, "AADSTS700016"},
		"wrong certificate":  {Certificate{ClientID: rolewardenApp, Data: certificatePEM(t)}, contoso, "AADSTS"},
		"wrong subject":      {WorkloadIdentity{rolewardenApp, other}, contoso, "AADSTS"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c := d.as(t, tc.credential, func(o *Options) { o.TenantID = tc.tenant })
			identity, err := c.Identity(t.Context())
			if tc.code == "" {
				if err != nil || identity.ObjectID != rolewardenObject {
					t.Errorf("got %+v, %v", identity, err)
				}
				return
			}
			e := failure(t, err)
			if e.Class != graph.Unauthenticated || !strings.HasPrefix(e.Code, tc.code) || e.Message == "" || !e.NotSent {
				t.Errorf("got %+v, want code %s", e, tc.code)
			}
		})
	}
}

// writeAssertion writes a service account token, unsigned: the seed configures no keys.
func writeAssertion(t *testing.T, file string, clock Clock, subject string) {
	t.Helper()
	claims := map[string]any{
		"iss": "https://kubernetes.default.svc.cluster.local", "sub": subject, "aud": []string{"api://AzureADTokenExchange"},
		"iat": clock.Now().Unix(), "nbf": clock.Now().Unix(), "exp": clock.Now().Add(time.Hour).Unix(),
	}
	token := unsigned(claims)
	// As a cluster signs it; only the algorithm's name is looked at.
	header := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256","typ":"JWT"}`))
	token = header + token[strings.Index(token, "."):]
	if err := os.WriteFile(file, []byte(token), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestRotatedSecret(t *testing.T) {
	d := newDirectory(t)
	old := d.rolewarden(t)
	if _, err := old.RoleDefinitions(t.Context()); err != nil {
		t.Fatal(err)
	}
	fresh, err := d.SecretRotate(contoso, rolewardenApp)
	if err != nil {
		t.Fatal(err)
	}
	d.clock.Step(2 * time.Hour)
	_, err = old.RoleDefinitions(t.Context())
	if e := failure(t, err); e.Class != graph.Unauthenticated || e.Code != "AADSTS7000215" {
		t.Errorf("with the old secret and an expired token: %+v", e)
	}
	rotated := d.as(t, ClientSecret{ClientID: rolewardenApp, Secret: fresh})
	if _, err := rotated.RoleDefinitions(t.Context()); err != nil {
		t.Errorf("with the new secret: %v", err)
	}
}

func TestTenantsAreApart(t *testing.T) {
	d := newDirectory(t)
	other := d.as(t, ClientSecret{ClientID: fabrikamApp, Secret: fabrikamSecret}, func(o *Options) { o.TenantID = fabrikam })
	if ids, err := other.UserIDs(t.Context(), "alice@contoso.com"); len(ids) != 0 || err != nil {
		t.Errorf("fabrikam sees %v of contoso, %v", ids, err)
	}
	if ids, err := d.rolewarden(t).GroupIDs(t.Context(), "Contoso_Helpdesk_Administrators"); !slices.Equal(ids, []string{helpdeskGroup}) || err != nil {
		t.Errorf("contoso sees %v, %v", ids, err)
	}
}
