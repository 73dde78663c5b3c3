package stack

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"sync"
	"testing"
	"time"

	"github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/controllers"
	"github.com/rolewarden/rolewarden/controllers/tenant"
	"github.com/rolewarden/rolewarden/internal/graphsim"
	"github.com/rolewarden/rolewarden/internal/testenv"
	"github.com/rolewarden/rolewarden/test/internal/stage"
)

// What the seed holds.
const (
	contoso    = "5f2c1c6e-9a3b-4d5c-8e7f-0a1b2c3d4e5f"
	fabrikam   = "7a4d3e8f-1b5c-4e6d-9f80-1b2c3d4e5f60"
	appID      = "0d1f9a52-6b3e-4c8d-9f10-7a5e2b4c6d81"
	rolewarden = "3e9d7c15-2f48-4b6a-8c01-d5e6f7a8b9c0"
	secret     = "rolewarden-demo-secret"

	aliceID  = "ace08ec9-aa11-4ada-9145-addf0398233e"
	bobID    = "b1d19fda-bb22-4beb-a256-beef14a9344f"
	groupID  = "4a6ab863-44bb-4474-9bef-4777ad32cdd8"
	berlinID = "a504e38c-90bf-42d1-b378-4cfd04152637"

	helpdesk      = "729827e3-9c14-49f7-bb1b-9608f156bbb8"
	globalAdmin   = "62e90394-69f5-4237-9190-012177145e10"
	userAdmin     = "fe930be7-5e62-47db-91af-98c3a49a38b1"
	helpdeskName  = "Helpdesk Administrator"
	userAdminName = "User Administrator"
)

// signingKey is that of every simulator: to make one takes longer than all else that a start does.
var signingKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// world is a directory, a namespace, and a manager that connects the two.
type world struct {
	*stage.Stage
	sim       *testenv.Simulator
	namespace string
	options   controllers.Options
	stop      func()
}

// setting changes what a world's manager is started with.
type setting func(*controllers.Options)

// newWorld starts a simulator and a manager, and creates a namespace and, unless the test brings its own, a Tenant.
func newWorld(t *testing.T, settings ...setting) *world {
	t.Helper()
	t.Parallel()
	w := &world{Stage: pool.Stage(t)}
	key, err := signingKey()
	w.Must(err)
	w.sim, err = testenv.StartSimulator(t.Context(), testenv.SimulatorOptions{Options: graphsim.Options{SigningKey: key}})
	w.Must(err)
	t.Cleanup(func() { _ = w.sim.Close() })
	w.Must(client.IgnoreAlreadyExists(w.Kube.Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: own}})))
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "team-"}}
	w.Must(w.Kube.Create(t.Context(), namespace))
	w.namespace = namespace.Name
	w.options = controllers.Options{
		Namespace: own, PropagationWindow: 3 * time.Second, DriftInterval: time.Hour, Concurrency: 4, UserAgent: "test", Clock: clock.RealClock{},
	}
	for _, set := range settings {
		set(&w.options)
	}
	w.startManager()
	t.Cleanup(w.clean)
	return w
}

// clean removes all that the test made while the manager can still revoke it.
func (w *world) clean() {
	ctx := context.Background()
	w.sim.ClearFaults()
	_ = w.sim.SetSettings(graphsim.DefaultSettings())
	kinds := map[client.Object]client.ObjectList{
		&v1alpha1.RoleAssignment{}: &v1alpha1.RoleAssignmentList{}, &v1alpha1.RoleEligibility{}: &v1alpha1.RoleEligibilityList{},
		&v1alpha1.GroupMembership{}: &v1alpha1.GroupMembershipList{}, &v1alpha1.Group{}: &v1alpha1.GroupList{},
		&v1alpha1.RoleDefinition{}: &v1alpha1.RoleDefinitionList{},
	}
	for kind := range kinds {
		_ = w.Kube.DeleteAllOf(ctx, kind, client.InNamespace(w.namespace))
	}
	for _, list := range kinds {
		w.Eventually(func(g gomega.Gomega) {
			g.Expect(w.Kube.List(ctx, list, client.InNamespace(w.namespace))).To(gomega.Succeed())
			g.Expect(meta.LenList(list)).To(gomega.BeZero())
		}, stage.Patience).Should(gomega.Succeed())
	}
	_ = w.Kube.DeleteAllOf(ctx, &v1alpha1.Tenant{})
	w.Eventually(func(g gomega.Gomega) {
		var list v1alpha1.TenantList
		g.Expect(w.Kube.List(ctx, &list)).To(gomega.Succeed())
		g.Expect(list.Items).To(gomega.BeEmpty())
	}, stage.Patience).Should(gomega.Succeed())
	w.stop()
	_ = w.Kube.DeleteAllOf(ctx, &corev1.Secret{}, client.InNamespace(own))
	_ = w.Kube.DeleteAllOf(ctx, &corev1.ConfigMap{}, client.InNamespace(own), client.MatchingLabels{"test": "stack"})
}

func (w *world) startManager() {
	w.Helper()
	w.stop = w.StartManager(w.Plane.Config(), w.options)
}

// connect creates the Tenant contoso with a client secret, and waits until it is ready.
func (w *world) connect() *v1alpha1.Tenant {
	w.Helper()
	t := w.tenant("contoso", contoso, clientSecret(w, appID, "contoso", secret))
	w.Ready(t)
	return t
}

// tenant creates a Tenant at the simulator.
func (w *world) tenant(name, id string, credential v1alpha1.Credential) *v1alpha1.Tenant {
	w.Helper()
	ca := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "ca-", Namespace: own, Labels: map[string]string{"test": "stack"}},
		Data:       map[string]string{"ca.crt": string(w.sim.CAPEM)},
	}
	w.Create(ca)
	t := &v1alpha1.Tenant{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: v1alpha1.TenantSpec{
			TenantID: v1alpha1.ObjectID(id), Cloud: v1alpha1.CloudCustom, Credential: credential,
			Endpoints: v1alpha1.Endpoints{
				Login: v1alpha1.URL(w.sim.URL), Graph: v1alpha1.URL(w.sim.URL),
				CABundleRef: v1alpha1.ConfigMapKeyReference{Name: v1alpha1.ObjectName(ca.Name)},
			},
		},
	}
	w.Create(t)
	return t
}

// clientSecret creates a Secret and returns the credential that uses it.
func clientSecret(w *world, clientID, name, value string) v1alpha1.Credential {
	w.Helper()
	w.Create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: own}, StringData: map[string]string{"clientSecret": value}})
	return v1alpha1.Credential{ClientSecret: v1alpha1.ClientSecret{
		ClientID: v1alpha1.ObjectID(clientID), SecretRef: v1alpha1.SecretKeyReference{Name: v1alpha1.ObjectName(name)},
	}}
}

// gone deletes the objects and waits until they are no more.
func (w *world) gone(objects ...client.Object) {
	w.Helper()
	w.Delete(objects...)
	w.Gone(objects...)
}

// holds tells whether the directory truly holds the assignment, and who made it.
func (w *world) holds(principal, role, scope string) (graphsim.AssignmentRecord, bool) {
	return w.holdsIn(contoso, principal, role, scope)
}

func (w *world) holdsIn(tenantID, principal, role, scope string) (graphsim.AssignmentRecord, bool) {
	for _, record := range w.sim.Assignments(tenantID) {
		if record.PrincipalID == principal && record.RoleDefinitionID == role && record.DirectoryScopeID == scope {
			return record, true
		}
	}
	return graphsim.AssignmentRecord{}, false
}

func (w *world) mustHold(principal, role, scope string, want bool) {
	w.Helper()
	if _, got := w.holds(principal, role, scope); got != want {
		w.Fatalf("assignment of %s to %s at %s: want %v in the directory, got %v", role, principal, scope, want, got)
	}
}

// eventsOf lists the reasons of the events about an object, oldest first, repeated as often as they were counted.
func (w *world) eventsOf(object client.Object) []string {
	w.Helper()
	var reasons []string
	for _, event := range w.Events(object) {
		count := 1
		if event.Series != nil {
			count = int(event.Series.Count)
		}
		for range count {
			reasons = append(reasons, event.Reason)
		}
	}
	return reasons
}

func (w *world) eventually(reasons ...string) func(object client.Object) {
	return func(object client.Object) {
		w.Helper()
		w.Eventually(func() []string { return w.eventsOf(object) }, stage.Patience, 20*time.Millisecond).Should(gomega.ContainElements(reasons))
	}
}

// assignment begins a RoleAssignment.
type assignment struct{ obj *v1alpha1.RoleAssignment }

func (w *world) makeRoleAssignment(name string) *assignment {
	return &assignment{&v1alpha1.RoleAssignment{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: w.namespace},
		Spec: v1alpha1.RoleAssignmentSpec{
			Principal: v1alpha1.Principal{User: "alice@contoso.com"}, Role: v1alpha1.Role{DisplayName: helpdeskName},
		},
	}}
}

func (a *assignment) Principal(p v1alpha1.Principal) *assignment { a.obj.Spec.Principal = p; return a }
func (a *assignment) Role(r v1alpha1.Role) *assignment           { a.obj.Spec.Role = r; return a }
func (a *assignment) Scope(s v1alpha1.Scope) *assignment         { a.obj.Spec.Scope = s; return a }
func (a *assignment) Spec(set func(*v1alpha1.RoleAssignmentSpec)) *assignment {
	set(&a.obj.Spec)
	return a
}
func (a *assignment) Obj() *v1alpha1.RoleAssignment { return a.obj }

func environment(file string) setting {
	return func(o *controllers.Options) { o.Environment = tenant.Environment{TokenFile: file} }
}

// shortDrift has the directory read all the time, but not within a window after a create call, when what is missing may yet
// come. That call is sent within half a window after the ledger was written, so the window cannot be much shorter than a slow
// machine takes for a write.
func shortDrift(o *controllers.Options) {
	o.DriftInterval, o.PropagationWindow = 4*time.Second, 2*time.Second
}

// longWindow leaves a slow machine the time to send every create call at the first try. What is answered does not wait for
// the window to pass.
func longWindow(o *controllers.Options) { o.PropagationWindow = time.Minute }
