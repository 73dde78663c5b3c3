package stack

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/test/internal/stage"
)

// TestCredentialRemoved: without a credential nothing is forgotten; what was to be revoked is, once there is one again.
func TestCredentialRemoved(t *testing.T) {
	w := newWorld(t)
	tenant := w.connect()
	goes, stays := w.makeRoleAssignment("goes").Obj(), w.makeRoleAssignment("stays").Role(v1alpha1.Role{DisplayName: userAdminName}).Obj()
	w.Create(goes, stays)
	w.Ready(goes)
	w.Ready(stays)
	w.gone(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "contoso", Namespace: own}})
	w.Says(tenant, v1alpha1.ReasonCredentialMissing)
	w.Delete(goes)
	w.Says(goes, v1alpha1.ReasonTenantNotReady)
	w.Ready(stays)
	w.mustHold(aliceID, helpdesk, "/", true)
	rotated, err := w.sim.SecretRotate(contoso, appID)
	w.Must(err)
	clientSecret(w, appID, "contoso", rotated)
	w.Ready(tenant)
	w.gone(goes)
	w.mustHold(aliceID, helpdesk, "/", false)
	w.mustHold(aliceID, userAdmin, "/", true)
	w.Eventually(func() []string { return w.eventsOf(tenant) }, stage.Patience).Should(gomega.ConsistOf("Connected", "CredentialMissing", "Connected"))
	w.noSecrets(secret, rotated)
}

// TestUpperCase: an ID is the same in any case, for the Tenant too.
func TestUpperCase(t *testing.T) {
	w := newWorld(t)
	tenant := w.tenant("contoso", strings.ToUpper(contoso), clientSecret(w, strings.ToUpper(appID), "contoso", secret))
	w.Ready(tenant)
	obj := w.makeRoleAssignment("upper").Principal(v1alpha1.Principal{ID: v1alpha1.ObjectID(strings.ToUpper(aliceID))}).
		Scope(v1alpha1.Scope{AdministrativeUnit: v1alpha1.DisplayName(strings.ToUpper(berlinID))}).Obj()
	w.Create(obj)
	w.Ready(obj)
	want := v1alpha1.AssignmentGrant{TenantID: contoso, PrincipalID: aliceID, RoleDefinitionID: helpdesk, DirectoryScopeID: "/administrativeUnits/" + berlinID}
	if diff := cmp.Diff(want, obj.Status.Grant); diff != "" {
		t.Errorf("ledger (-want +got):\n%s", diff)
	}
	w.Delete(tenant)
	w.Says(tenant, v1alpha1.ReasonInUse)
	w.gone(obj)
	w.mustHold(aliceID, helpdesk, "/administrativeUnits/"+berlinID, false)
	w.gone(tenant)
}

// TestPinnedToItsTenant: an object without tenantRef that holds a grant keeps it, and can be revoked, when a second
// Tenant comes.
func TestPinnedToItsTenant(t *testing.T) {
	w := newWorld(t)
	w.connect()
	obj := w.makeRoleAssignment("pinned").Obj()
	w.Create(obj)
	w.Ready(obj)
	w.Ready(w.tenant("fabrikam", fabrikam, clientSecret(w, "4153de96-af72-40c1-9354-be926f80a1c5", "fabrikam", "fabrikam-demo-secret")))
	stage.Change(w.Stage, obj, func(o *v1alpha1.RoleAssignment) { o.Spec.Justification = "Still needed" })
	w.Ready(obj)
	// What is edited has to say which directory it means, and until then the grant stands.
	stage.Change(w.Stage, obj, func(o *v1alpha1.RoleAssignment) { o.Spec.Role.DisplayName = userAdminName })
	w.Says(obj, v1alpha1.ReasonTenantNotFound)
	w.mustHold(aliceID, helpdesk, "/", true)
	w.gone(obj)
	w.mustHold(aliceID, helpdesk, "/", false)
}

// TestTenantCreatedAnew: a Tenant whose finalizer was taken off while it was in use is missed by nobody once there is
// another of its name, which is not taken for one that is being deleted.
func TestTenantCreatedAnew(t *testing.T) {
	w := newWorld(t)
	tenant := w.connect()
	obj := w.makeRoleAssignment("holds").Obj()
	w.Create(obj)
	w.Ready(obj)
	w.Delete(tenant)
	w.Says(tenant, v1alpha1.ReasonInUse)
	again := &v1alpha1.Tenant{ObjectMeta: metav1.ObjectMeta{Name: tenant.Name}, Spec: *tenant.Spec.DeepCopy()}
	stage.Change(w.Stage, tenant, func(o *v1alpha1.Tenant) { o.Finalizers = nil })
	w.Create(again)
	w.Ready(again)
	late := w.makeRoleAssignment("late").Role(v1alpha1.Role{DisplayName: userAdminName}).Obj()
	w.Create(late)
	w.Ready(late)
	w.gone(obj)
	w.mustHold(aliceID, helpdesk, "/", false)
}

// TestTenantFinalizer: one that somebody took off is put back.
func TestTenantFinalizer(t *testing.T) {
	w := newWorld(t)
	tenant := w.connect()
	stage.Change(w.Stage, tenant, func(o *v1alpha1.Tenant) { o.Finalizers = nil })
	w.Eventually(func() []string { w.Get(tenant); return tenant.Finalizers }, stage.Patience).Should(gomega.ContainElement(v1alpha1.TenantFinalizer))
}

// TestSlowTenant: a directory that takes calls and never answers holds up no other.
func TestSlowTenant(t *testing.T) {
	w := newWorld(t)
	asked, ended := make(chan struct{}, 16), make(chan struct{})
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked <- struct{}{}; <-ended }))
	t.Cleanup(func() { close(ended); server.Close() })
	w.Create(
		&corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{Name: "slow-ca", Namespace: own, Labels: map[string]string{"test": "stack"}},
			Data:       map[string]string{"ca.crt": string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))},
		},
		&v1alpha1.Tenant{
			ObjectMeta: metav1.ObjectMeta{Name: "slow"},
			Spec: v1alpha1.TenantSpec{
				TenantID: fabrikam, Cloud: v1alpha1.CloudCustom, Credential: clientSecret(w, appID, "slow", "any"),
				Endpoints: v1alpha1.Endpoints{
					Login: v1alpha1.URL(server.URL), Graph: v1alpha1.URL(server.URL), CABundleRef: v1alpha1.ConfigMapKeyReference{Name: "slow-ca"},
				},
			},
		})
	<-asked
	w.connect()
}

// TestHangingTenant: a directory that stops to answer holds up its own objects only, however many there are.
func TestHangingTenant(t *testing.T) {
	w := newWorld(t)
	w.connect()
	hanging, ended := make(chan struct{}), make(chan struct{})
	asked := make(chan struct{}, 64)
	server := proxyTo(w, func() {
		select {
		case <-hanging:
			select {
			case asked <- struct{}{}:
			default:
			}
			<-ended
		default:
		}
	})
	ca := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: "hanging-ca", Namespace: own, Labels: map[string]string{"test": "stack"}},
		Data:       map[string]string{"ca.crt": string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))},
	}
	other := &v1alpha1.Tenant{ObjectMeta: metav1.ObjectMeta{Name: "fabrikam"}, Spec: v1alpha1.TenantSpec{
		TenantID: fabrikam, Cloud: v1alpha1.CloudCustom, Credential: clientSecret(w, "4153de96-af72-40c1-9354-be926f80a1c5", "fabrikam", "fabrikam-demo-secret"),
		Endpoints: v1alpha1.Endpoints{
			Login: v1alpha1.URL(server.URL), Graph: v1alpha1.URL(server.URL), CABundleRef: v1alpha1.ConfigMapKeyReference{Name: v1alpha1.ObjectName(ca.Name)},
		},
	}}
	w.Create(ca, other)
	w.Ready(other)
	close(hanging)
	answer := sync.OnceFunc(func() { close(ended) })
	t.Cleanup(answer)
	var stuck []client.Object
	for i := range 5 * w.options.Concurrency {
		stuck = append(stuck, w.makeRoleAssignment(fmt.Sprintf("stuck-%d", i)).Principal(v1alpha1.Principal{Group: "Contoso_Helpdesk_Administrators"}).
			Spec(func(s *v1alpha1.RoleAssignmentSpec) { s.TenantRef.Name = "fabrikam" }).Obj())
	}
	w.Create(stuck...)
	for range w.options.Concurrency {
		<-asked
	}
	obj := w.makeRoleAssignment("free").Spec(func(s *v1alpha1.RoleAssignmentSpec) { s.TenantRef.Name = "contoso" }).Obj()
	w.Create(obj)
	w.Ready(obj)
	w.gone(obj)
	w.mustHold(aliceID, helpdesk, "/", false)
	answer()
	w.gone(stuck...) // while there is somebody to answer
}

// proxyTo serves the simulator under another address, after having called before with each request.
func proxyTo(w *world, before func()) *httptest.Server {
	target, err := url.Parse(w.sim.URL)
	w.Must(err)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(w.sim.CAPEM)
	proxy := &httputil.ReverseProxy{
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}},
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(target); r.Out.Host = r.In.Host },
	}
	server := httptest.NewTLSServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { before(); proxy.ServeHTTP(rw, r) }))
	w.Cleanup(server.Close)
	return server
}
