package tenant

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graph/msgraph"
)

const own = "rolewarden-system"

// makeReconciler returns one whose cluster holds a Secret and a ConfigMap in its own namespace, and others elsewhere.
func makeReconciler(t *testing.T, environment Environment) *Reconciler {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := corev1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	in := func(namespace, name string) metav1.ObjectMeta {
		return metav1.ObjectMeta{Namespace: namespace, Name: name}
	}
	objects := []client.Object{
		&corev1.Secret{ObjectMeta: in(own, "all"), Data: map[string][]byte{
			"clientSecret": []byte("s1"), "other": []byte("s2"), "empty": nil, corev1.TLSCertKey: []byte("cert"), corev1.TLSPrivateKeyKey: []byte("key"),
		}},
		&corev1.Secret{ObjectMeta: in(own, "half"), Data: map[string][]byte{corev1.TLSCertKey: []byte("cert")}},
		&corev1.ConfigMap{ObjectMeta: in(own, "ca"), Data: map[string]string{"ca.crt": "pem"}},
		&corev1.Secret{ObjectMeta: in("team", "theirs"), Data: map[string][]byte{"clientSecret": []byte("s3")}},
	}
	return &Reconciler{Options: Options{
		Client: fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...).Build(), Namespace: own, Environment: environment,
	}}
}

// TestCredential holds what is made of each credential, and what is said of one that cannot be used.
func TestCredential(t *testing.T) {
	secret := func(name v1alpha1.ObjectName, key v1alpha1.DataKey) v1alpha1.Credential {
		return v1alpha1.Credential{ClientSecret: v1alpha1.ClientSecret{ClientID: "app", SecretRef: v1alpha1.SecretKeyReference{Name: name, Key: key}}}
	}
	certificate := func(name v1alpha1.ObjectName) v1alpha1.Credential {
		return v1alpha1.Credential{Certificate: v1alpha1.Certificate{ClientID: "app", SecretRef: v1alpha1.SecretReference{Name: name}}}
	}
	workload := func(id v1alpha1.ObjectID) v1alpha1.Credential {
		return v1alpha1.Credential{WorkloadIdentity: &v1alpha1.WorkloadIdentity{ClientID: id}}
	}
	cases := map[string]struct {
		credential  v1alpha1.Credential
		environment Environment
		want        msgraph.Credential
		missing     string
	}{
		"a secret":             {credential: secret("all", "clientSecret"), want: msgraph.ClientSecret{ClientID: "app", Secret: "s1"}},
		"under another key":    {credential: secret("all", "other"), want: msgraph.ClientSecret{ClientID: "app", Secret: "s2"}},
		"no such Secret":       {credential: secret("none", "clientSecret"), missing: `There is no Secret "none" in namespace "rolewarden-system"`},
		"of another namespace": {credential: secret("theirs", "clientSecret"), missing: `There is no Secret "theirs" in namespace "rolewarden-system"`},
		"no such key":          {credential: secret("all", "none"), missing: `Secret "all" in namespace "rolewarden-system" has nothing under the key "none"`},
		"nothing there":        {credential: secret("all", "empty"), missing: `Secret "all" in namespace "rolewarden-system" has nothing under the key "empty"`},
		"a certificate":        {credential: certificate("all"), want: msgraph.Certificate{ClientID: "app", Data: []byte("cert\nkey")}},
		"without its key":      {credential: certificate("half"), missing: `Secret "half" in namespace "rolewarden-system" has nothing under the key "tls.key"`},
		"a workload": {credential: workload("app"), environment: Environment{ClientID: "webhook", TokenFile: "/token"},
			want: msgraph.WorkloadIdentity{ClientID: "app", TokenFile: "/token"}},
		"as the webhook says": {credential: workload(""), environment: Environment{ClientID: "webhook", TokenFile: "/token"},
			want: msgraph.WorkloadIdentity{ClientID: "webhook", TokenFile: "/token"}},
		"no token": {credential: workload("app"),
			missing: "The controller has no workload identity token: label its pod azure.workload.identity/use=true, or give the Tenant another credential"},
		"no client ID": {credential: workload(""), environment: Environment{TokenFile: "/token"},
			missing: "No client ID for workload identity: set credential.workloadIdentity.clientID"},
		"the machine's own": {credential: v1alpha1.Credential{ManagedIdentity: &v1alpha1.ManagedIdentity{}}, want: msgraph.ManagedIdentity{}},
		"a user-assigned one": {credential: v1alpha1.Credential{ManagedIdentity: &v1alpha1.ManagedIdentity{ClientID: "app"}},
			want: msgraph.ManagedIdentity{ClientID: "app"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := makeReconciler(t, tc.environment).credential(t.Context(), &tc.credential)
			if tc.missing != "" {
				if m, ok := errors.AsType[missingError](err); !ok || m.message != tc.missing {
					t.Errorf("want %q, got %v", tc.missing, err)
				}
				return
			}
			if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
				t.Errorf("credential (-want +got):\n%s%v", diff, err)
			}
		})
	}
}

func TestCloud(t *testing.T) {
	endpoints := v1alpha1.Endpoints{Login: "https://login.test", Graph: "https://graph.test"}
	trusting := endpoints
	trusting.CABundleRef = v1alpha1.ConfigMapKeyReference{Name: "ca", Key: "ca.crt"}
	lost := endpoints
	lost.CABundleRef = v1alpha1.ConfigMapKeyReference{Name: "none", Key: "ca.crt"}
	custom := msgraph.Endpoints("https://login.test", "https://graph.test")
	cases := map[string]struct {
		cloud     v1alpha1.Cloud
		endpoints v1alpha1.Endpoints
		want      msgraph.Cloud
		bundle    string
		missing   bool
	}{
		"none":                  {want: msgraph.Public()},
		"public":                {cloud: v1alpha1.CloudPublic, want: msgraph.Public()},
		"US government":         {cloud: v1alpha1.CloudUSGov, want: msgraph.USGov()},
		"US defense":            {cloud: v1alpha1.CloudUSGovDoD, want: msgraph.USGovDoD()},
		"China":                 {cloud: v1alpha1.CloudChina, want: msgraph.China()},
		"custom":                {cloud: v1alpha1.CloudCustom, endpoints: endpoints, want: custom},
		"custom with a CA":      {cloud: v1alpha1.CloudCustom, endpoints: trusting, want: custom, bundle: "pem"},
		"custom without its CA": {cloud: v1alpha1.CloudCustom, endpoints: lost, want: custom, missing: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			cloud, bundle, err := makeReconciler(t, Environment{}).cloud(t.Context(), &v1alpha1.TenantSpec{Cloud: tc.cloud, Endpoints: tc.endpoints})
			if cloud != tc.want || string(bundle) != tc.bundle {
				t.Errorf("got %v and %q", cloud, bundle)
			}
			if _, missing := errors.AsType[missingError](err); missing != tc.missing || (err != nil) != tc.missing {
				t.Errorf("want missing %v, got %v", tc.missing, err)
			}
		})
	}
}
