package stack

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graphsim"
	"github.com/rolewarden/rolewarden/test/internal/stage"
)

// TestWrongSecret: one stable condition and one event on the Tenant, no hot loop, and all is well once it is put right.
func TestWrongSecret(t *testing.T) {
	w := newWorld(t)
	tenant := w.tenant("contoso", contoso, clientSecret(w, appID, "contoso", "wrong-secret-canary"))
	c := w.Says(tenant, v1alpha1.ReasonCredentialRejected)
	if !strings.Contains(c.Message, "AADSTS7000215") || !stage.Has(tenant, v1alpha1.ConditionStalled) {
		t.Errorf("want it stalled with the login endpoint's code: %+v", c)
	}
	obj := w.makeRoleAssignment("waits").Obj()
	w.Create(obj)
	w.Says(obj, v1alpha1.ReasonTenantNotReady)
	w.eventually("CredentialRejected")(tenant)
	if calls := w.sim.CountCalls()["token"]; calls > 3 {
		t.Errorf("want no hot loop, got %d token requests", calls)
	}
	stage.Change(w.Stage, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "contoso", Namespace: own}}, func(s *corev1.Secret) {
		s.StringData = map[string]string{"clientSecret": secret}
	})
	w.Ready(tenant)
	w.Ready(obj)
	if got := w.eventsOf(tenant); len(got) > 2 {
		t.Errorf("want one event for each state, got %v", got)
	}
	w.noSecrets("wrong-secret-canary", secret)
}

// noSecrets looks for secrets wherever people can read.
func (w *world) noSecrets(secrets ...string) {
	w.Helper()
	var events corev1.EventList
	w.Must(w.Kube.List(w.Context(), &events))
	var tenants v1alpha1.TenantList
	w.Must(w.Kube.List(w.Context(), &tenants))
	for _, value := range append(secrets, "eyJ") { // every JWT begins so
		if logs.Line(value) {
			w.Errorf("%q is in the log", value)
		}
		for _, event := range events.Items {
			if strings.Contains(event.Message, value) {
				w.Errorf("%q is in the event %s", value, event.Message)
			}
		}
		for _, tenant := range tenants.Items {
			for _, c := range tenant.Status.Conditions {
				if strings.Contains(c.Message, value) {
					w.Errorf("%q is in the condition %s", value, c.Message)
				}
			}
		}
	}
}

func TestUnreachableTenant(t *testing.T) {
	w := newWorld(t)
	credential := clientSecret(w, appID, "contoso", secret)
	tenant := w.tenant("contoso", contoso, credential)
	w.Ready(tenant)
	obj := w.makeRoleAssignment("stays").Obj()
	w.Create(obj)
	w.Ready(obj)
	right := tenant.Spec.Endpoints
	stage.Change(w.Stage, tenant, func(o *v1alpha1.Tenant) {
		o.Spec.Endpoints.Login, o.Spec.Endpoints.Graph = "https://127.0.0.1:1", "https://127.0.0.1:1"
	})
	c := w.Says(tenant, v1alpha1.ReasonDirectoryUnavailable)
	if !stage.Has(tenant, v1alpha1.ConditionReconciling) {
		t.Errorf("want it Reconciling: %+v", c)
	}
	w.eventually("DirectoryUnavailable")(tenant)
	w.Delete(obj)
	w.Says(obj, v1alpha1.ReasonTenantNotReady)
	stage.Change(w.Stage, tenant, func(o *v1alpha1.Tenant) { o.Spec.Endpoints = right })
	w.Ready(tenant)
	w.gone(obj)
	w.mustHold(aliceID, helpdesk, "/", false)
}

func TestMissingSecret(t *testing.T) {
	w := newWorld(t)
	tenant := w.tenant("contoso", contoso, v1alpha1.Credential{ClientSecret: v1alpha1.ClientSecret{
		ClientID: appID, SecretRef: v1alpha1.SecretKeyReference{Name: "later"},
	}})
	if c := w.Says(tenant, v1alpha1.ReasonCredentialMissing); !strings.Contains(c.Message, `There is no Secret "later" in namespace "rolewarden-system"`) {
		t.Errorf("want the Secret named: %+v", c)
	}
	clientSecret(w, appID, "later", secret)
	w.Ready(tenant)
}

// TestWorkloadIdentity signs in with a service account token that the API server issued.
func TestWorkloadIdentity(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	w := newWorld(t, environment(file))
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "rolewarden", Namespace: own}}
	w.Must(client.IgnoreAlreadyExists(w.Kube.Create(t.Context(), account)))
	token, err := w.Plane.ServiceAccountToken(t.Context(), own, "rolewarden", "api://AzureADTokenExchange")
	w.Must(err)
	w.Must(os.WriteFile(file, []byte(token), 0o600))
	tenant := w.tenant("contoso", contoso, v1alpha1.Credential{WorkloadIdentity: &v1alpha1.WorkloadIdentity{ClientID: appID}})
	w.Ready(tenant)
	if tenant.Status.Identity.ObjectID != rolewarden {
		t.Errorf("want the identity told, got %+v", tenant.Status.Identity)
	}
	obj := w.makeRoleAssignment("by-workload-identity").Obj()
	w.Create(obj)
	w.Ready(obj)
}

// TestTwoTenants: each object goes to the directory it names, by a token of that directory.
func TestTwoTenants(t *testing.T) {
	w := newWorld(t)
	w.connect()
	other := w.tenant("fabrikam", fabrikam, clientSecret(w, "4153de96-af72-40c1-9354-be926f80a1c5", "fabrikam", "fabrikam-demo-secret"))
	w.Ready(other)
	group := v1alpha1.Principal{Group: "Contoso_Helpdesk_Administrators"}
	nowhere := w.makeRoleAssignment("nowhere").Principal(group).Obj()
	w.Create(nowhere)
	if c := w.Says(nowhere, v1alpha1.ReasonTenantNotFound); !strings.Contains(c.Message, "spec.tenantRef.name") {
		t.Errorf("want to be told to name a Tenant: %+v", c)
	}
	there := w.makeRoleAssignment("there").Principal(group).Spec(func(s *v1alpha1.RoleAssignmentSpec) { s.TenantRef.Name = "fabrikam" }).Obj()
	w.Create(there)
	w.Ready(there)
	if _, ok := w.holdsIn(fabrikam, "fa5938d1-e504-4726-88cd-91425960718c", helpdesk, "/"); !ok {
		t.Errorf("want it granted in fabrikam")
	}
	w.mustHold(groupID, helpdesk, "/", false)
	// The ledger pins the directory: what tenantRef says now decides only what is granted next.
	stage.Change(w.Stage, there, func(o *v1alpha1.RoleAssignment) { o.Spec.TenantRef.Name = "contoso" })
	w.Ready(there)
	if _, ok := w.holdsIn(fabrikam, "fa5938d1-e504-4726-88cd-91425960718c", helpdesk, "/"); ok {
		t.Errorf("want it revoked in fabrikam")
	}
	w.mustHold(groupID, helpdesk, "/", true)
	w.gone(other)
	w.Ready(nowhere) // as there is one Tenant only
	for _, call := range w.sim.Calls() {
		if call.Status == 401 {
			t.Errorf("want no call with a wrong token: %+v", call)
		}
	}
}

func TestDuplicateTenant(t *testing.T) {
	w := newWorld(t)
	w.connect()
	twin := w.tenant("twin", contoso, v1alpha1.Credential{ManagedIdentity: &v1alpha1.ManagedIdentity{}})
	if c := w.Says(twin, v1alpha1.ReasonDuplicateTenant); !strings.Contains(c.Message, `"contoso"`) {
		t.Errorf("want the other named: %+v", c)
	}
	w.gone(twin)
}

// TestTwinTakesOver: once the older of two Tenants has gone, the other stands for the directory.
func TestTwinTakesOver(t *testing.T) {
	w := newWorld(t)
	older := w.connect()
	twin := w.tenant("twin", strings.ToUpper(contoso), older.Spec.Credential)
	w.Says(twin, v1alpha1.ReasonDuplicateTenant)
	w.gone(older)
	w.Ready(twin)
	obj := w.makeRoleAssignment("by-the-twin").Obj()
	w.Create(obj)
	w.Ready(obj)
}

// TestTenantInUse: a Tenant stays while objects hold grants in its directory, and nothing new is granted there.
func TestTenantInUse(t *testing.T) {
	w := newWorld(t)
	tenant := w.connect()
	obj := w.makeRoleAssignment("holds").Obj()
	w.Create(obj)
	w.Ready(obj)
	w.Delete(tenant)
	if c := w.Says(tenant, v1alpha1.ReasonInUse); !strings.Contains(c.Message, w.namespace+"/holds") {
		t.Errorf("want the object named: %+v", c)
	}
	late := w.makeRoleAssignment("late").Role(v1alpha1.Role{DisplayName: userAdminName}).Obj()
	w.Create(late)
	w.Says(late, v1alpha1.ReasonTenantNotReady)
	w.gone(obj)
	w.mustHold(aliceID, helpdesk, "/", false)
	w.Eventually(func() bool { return w.Get(tenant) }, stage.Patience).Should(gomega.BeFalse())
}

// TestNamespaceDeletion: the grants of a namespace go with it, and since it accepts no events the Tenant tells of them.
func TestNamespaceDeletion(t *testing.T) {
	w := newWorld(t)
	tenant := w.connect()
	obj := w.makeRoleAssignment("last").Obj()
	w.Create(obj)
	w.Ready(obj)
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: w.namespace}}
	w.gone(namespace)
	w.mustHold(aliceID, helpdesk, "/", false)
	w.eventually("Revoked")(tenant)
}

// TestTampering: a ledger or a finalizer that somebody else changed is put right.
func TestTampering(t *testing.T) {
	w := newWorld(t)
	w.connect()
	obj := w.makeRoleAssignment("tampered").Obj()
	w.Create(obj)
	w.Ready(obj)
	stage.Change(w.Stage, obj, func(o *v1alpha1.RoleAssignment) { o.Finalizers = nil })
	w.Eventually(func() []string { w.Get(obj); return obj.Finalizers }, stage.Patience).Should(gomega.ContainElement(v1alpha1.RevokeFinalizer))
	w.gone(obj)
	w.mustHold(aliceID, helpdesk, "/", false)
}

// TestUnreachableFromTheStart: a directory that closes every connection is one stable condition and one event each, for the
// Tenant and for what waits for it, and a few calls.
func TestUnreachableFromTheStart(t *testing.T) {
	w := newWorld(t)
	settings := w.sim.Settings()
	settings.Outage = graphsim.OutageUnreachable
	w.Must(w.sim.SetSettings(settings))
	tenant := w.tenant("contoso", contoso, clientSecret(w, appID, "contoso", secret))
	first := w.Says(tenant, v1alpha1.ReasonDirectoryUnavailable)
	obj := w.makeRoleAssignment("waits").Obj()
	w.Create(obj)
	w.Says(obj, v1alpha1.ReasonTenantNotReady)
	w.eventually("DirectoryUnavailable")(tenant)
	w.eventually("TenantNotReady")(obj)
	calls := len(w.sim.Calls())
	if calls == 0 || calls > 5 {
		t.Errorf("want a few calls, got %d: %+v", calls, w.sim.Calls())
	}
	stage.Change(w.Stage, tenant, func(o *v1alpha1.Tenant) {
		o.Annotations = map[string]string{v1alpha1.ReconcileRequestAnnotation: "again"}
	})
	w.Eventually(func() string { w.Get(tenant); return tenant.Status.LastHandledReconcileAt }, stage.Patience).Should(gomega.Equal("again"))
	if again := w.Says(tenant, v1alpha1.ReasonDirectoryUnavailable); again.Message != first.Message || len(w.eventsOf(tenant)) != 1 {
		t.Errorf("want the same words and one event, got %q, then %q, and %v", first.Message, again.Message, w.eventsOf(tenant))
	}
	w.Must(w.sim.SetSettings(graphsim.DefaultSettings()))
	w.Ready(tenant)
	w.Ready(obj)
}
