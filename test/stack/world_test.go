package stack

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/controllers"
	"github.com/rolewarden/rolewarden/controllers/tenant"
	"github.com/rolewarden/rolewarden/internal/graphsim"
	"github.com/rolewarden/rolewarden/internal/testenv"
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

// wait bounds every Eventually: a machine that compiles at the same time is slow.
const wait = 60 * time.Second

// world is a directory, a namespace, and a manager that connects the two.
type world struct {
	*testing.T
	*gomega.WithT
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
	w := &world{T: t, WithT: gomega.NewWithT(t)}
	key, err := signingKey()
	w.must(err)
	w.sim, err = testenv.StartSimulator(t.Context(), testenv.SimulatorOptions{Options: graphsim.Options{SigningKey: key}})
	w.must(err)
	t.Cleanup(func() { _ = w.sim.Close() })
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "team-"}}
	w.must(kube.Create(t.Context(), namespace))
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
	_ = kube.DeleteAllOf(ctx, &v1alpha1.RoleAssignment{}, client.InNamespace(w.namespace))
	w.Eventually(func(g gomega.Gomega) {
		var list v1alpha1.RoleAssignmentList
		g.Expect(kube.List(ctx, &list, client.InNamespace(w.namespace))).To(gomega.Succeed())
		g.Expect(list.Items).To(gomega.BeEmpty())
	}, wait).Should(gomega.Succeed())
	_ = kube.DeleteAllOf(ctx, &v1alpha1.Tenant{})
	w.Eventually(func(g gomega.Gomega) {
		var list v1alpha1.TenantList
		g.Expect(kube.List(ctx, &list)).To(gomega.Succeed())
		g.Expect(list.Items).To(gomega.BeEmpty())
	}, wait).Should(gomega.Succeed())
	w.stop()
	_ = kube.DeleteAllOf(ctx, &corev1.Secret{}, client.InNamespace(own))
	_ = kube.DeleteAllOf(ctx, &corev1.ConfigMap{}, client.InNamespace(own), client.MatchingLabels{"test": "stack"})
}

// startManager starts the controllers as cmd/manager does.
func (w *world) startManager() {
	w.Helper()
	mgr, err := ctrl.NewManager(plane.Config(), ctrl.Options{
		Scheme: scheme(), Metrics: metricsserver.Options{BindAddress: "0"}, HealthProbeBindAddress: "0",
		Controller: config.Controller{SkipNameValidation: ptr.To(true)},
	})
	w.must(err)
	ctx, cancel := context.WithCancel(context.Background())
	w.must(controllers.Setup(ctx, mgr, w.options))
	done := make(chan error, 1)
	go func() { done <- mgr.Start(ctx) }()
	w.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			w.Errorf("manager: %v", err)
		}
	})
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) create(objects ...client.Object) {
	w.Helper()
	for _, object := range objects {
		w.must(kube.Create(w.Context(), object))
	}
}

// connect creates the Tenant contoso with a client secret, and waits until it is ready.
func (w *world) connect() *v1alpha1.Tenant {
	w.Helper()
	t := w.tenant("contoso", contoso, clientSecret(w, appID, "contoso", secret))
	w.ready(t)
	return t
}

// tenant creates a Tenant at the simulator.
func (w *world) tenant(name, id string, credential v1alpha1.Credential) *v1alpha1.Tenant {
	w.Helper()
	ca := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "ca-", Namespace: own, Labels: map[string]string{"test": "stack"}},
		Data:       map[string]string{"ca.crt": string(w.sim.CAPEM)},
	}
	w.create(ca)
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
	w.create(t)
	return t
}

// clientSecret creates a Secret and returns the credential that uses it.
func clientSecret(w *world, clientID, name, value string) v1alpha1.Credential {
	w.Helper()
	w.create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: own}, StringData: map[string]string{"clientSecret": value}})
	return v1alpha1.Credential{ClientSecret: v1alpha1.ClientSecret{
		ClientID: v1alpha1.ObjectID(clientID), SecretRef: v1alpha1.SecretKeyReference{Name: v1alpha1.ObjectName(name)},
	}}
}

// get reads the object afresh and tells whether it is there.
func (w *world) get(object client.Object) bool {
	w.Helper()
	err := kube.Get(w.Context(), client.ObjectKeyFromObject(object), object)
	if apierrors.IsNotFound(err) {
		return false
	}
	w.must(err)
	return true
}

// change applies a change to the object as it is now.
func change[T client.Object](w *world, object T, edit func(T)) {
	w.Helper()
	w.get(object)
	before, _ := object.DeepCopyObject().(client.Object)
	edit(object)
	w.must(kube.Patch(w.Context(), object, client.MergeFrom(before)))
}

func conditionsOf(object client.Object) []metav1.Condition {
	switch o := object.(type) {
	case *v1alpha1.RoleAssignment:
		return o.Status.Conditions
	case *v1alpha1.Tenant:
		return o.Status.Conditions
	}
	return nil
}

// says waits until Ready has that reason at the current generation, and returns it.
func (w *world) says(object client.Object, reason v1alpha1.Reason) metav1.Condition {
	w.Helper()
	var is metav1.Condition
	w.Eventually(func() string {
		w.get(object)
		if ready := meta.FindStatusCondition(conditionsOf(object), v1alpha1.ConditionReady); ready != nil {
			is = *ready
			return fmt.Sprintf("%s@%v", ready.Reason, ready.ObservedGeneration == object.GetGeneration())
		}
		return ""
	}, wait, 20*time.Millisecond).Should(gomega.Equal(string(reason)+"@true"), func() string { return fmt.Sprintf("%+v", conditionsOf(object)) })
	return is
}

func (w *world) ready(object client.Object) {
	w.Helper()
	reason := v1alpha1.ReasonGranted
	if _, ok := object.(*v1alpha1.Tenant); ok {
		reason = v1alpha1.ReasonConnected
	}
	if c := w.says(object, reason); c.Status != metav1.ConditionTrue {
		w.Fatalf("Ready is %s: %s", c.Status, c.Message)
	}
}

func has(object client.Object, condition string) bool {
	return meta.IsStatusConditionTrue(conditionsOf(object), condition)
}

// delete deletes the objects; gone waits until they are.
func (w *world) delete(objects ...client.Object) {
	w.Helper()
	for _, object := range objects {
		w.must(client.IgnoreNotFound(kube.Delete(w.Context(), object)))
	}
}

func (w *world) gone(objects ...client.Object) {
	w.Helper()
	w.delete(objects...)
	for _, object := range objects {
		w.Eventually(func() bool { return w.get(object) }, wait, 10*time.Millisecond).Should(gomega.BeFalse())
	}
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
	namespace := object.GetNamespace()
	if namespace == "" {
		namespace = metav1.NamespaceDefault
	}
	var list corev1.EventList
	w.must(kube.List(w.Context(), &list, client.InNamespace(namespace)))
	var reasons []string
	for _, event := range list.Items {
		if event.InvolvedObject.UID == object.GetUID() {
			count := 1
			if event.Series != nil {
				count = int(event.Series.Count)
			}
			for range count {
				reasons = append(reasons, event.Reason)
			}
		}
	}
	return reasons
}

func (w *world) eventually(reasons ...string) func(object client.Object) {
	return func(object client.Object) {
		w.Helper()
		w.Eventually(func() []string { return w.eventsOf(object) }, wait, 20*time.Millisecond).Should(gomega.ContainElements(reasons))
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

// logSink keeps what the controllers log.
type logSink struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logSink) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logSink) contains(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Contains(l.buf.String(), text)
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
