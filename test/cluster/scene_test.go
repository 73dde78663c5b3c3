package cluster

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graphsim"
)

// scene is a test's own part of a world: a directory, the Tenant that connects it, and a namespace of a team.
type scene struct {
	*world
	number    int
	directory string
	tenant    *v1alpha1.Tenant
	secret    *corev1.Secret
	ca        *corev1.ConfigMap
	namespace *corev1.Namespace
}

// scene sets a scene up and, at the end of the test, ends all that is in it.
func (w *world) scene(t *testing.T) *scene {
	t.Helper()
	// A world of the test's own, as what fails is the test that plays in it.
	own := &world{Stage: w.For(t), sim: w.sim, own: w.own, api: w.api, graph: w.graph, options: w.options, stop: w.stop, witness: w.witness}
	number := int(w.used.Add(1)) - 1
	s := &scene{world: own, number: number, directory: directoryID(number)}
	name := fmt.Sprintf("%s-%d", w.own, number)
	s.namespace = &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "team-" + name}}
	s.furnish(w.own, name)
	s.Create(s.namespace, s.tenant)
	t.Cleanup(s.end)
	return s
}

// furnish puts what the Tenant needs into the manager's namespace, and makes the Tenant.
func (s *scene) furnish(namespace, name string) {
	s.Helper()
	in := metav1.ObjectMeta{Name: name, Namespace: namespace}
	s.secret = &corev1.Secret{ObjectMeta: in, StringData: map[string]string{"clientSecret": secret}}
	s.ca = &corev1.ConfigMap{ObjectMeta: in, Data: map[string]string{"ca.crt": string(s.graph.ca())}}
	s.Create(s.secret, s.ca)
	s.tenant = &v1alpha1.Tenant{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: v1alpha1.TenantSpec{
		TenantID: v1alpha1.ObjectID(s.directory), Cloud: v1alpha1.CloudCustom,
		Endpoints: v1alpha1.Endpoints{
			Login: v1alpha1.URL(s.graph.URL), Graph: v1alpha1.URL(s.graph.URL),
			CABundleRef: v1alpha1.ConfigMapKeyReference{Name: v1alpha1.ObjectName(name)},
		},
		Credential: v1alpha1.Credential{ClientSecret: v1alpha1.ClientSecret{
			ClientID: appID, SecretRef: v1alpha1.SecretKeyReference{Name: v1alpha1.ObjectName(name)},
		}},
	}}
}

// end deletes what is left, waits until it has gone, and looks for what should have gone with it.
func (s *scene) end() {
	ctx := noCancel(s)
	_ = s.Kube.DeleteAllOf(ctx, &v1alpha1.RoleAssignment{}, client.InNamespace(s.namespace.Name))
	s.Eventually(func(g gomega.Gomega) {
		var list v1alpha1.RoleAssignmentList
		g.Expect(s.Kube.List(ctx, &list, client.InNamespace(s.namespace.Name))).To(gomega.Succeed())
		g.Expect(list.Items).To(gomega.BeEmpty())
	}, patience, often).Should(gomega.Succeed())
	s.witness.inherit(s)
	_ = s.Kube.Delete(ctx, s.tenant)
	s.Eventually(func() error {
		return s.Kube.Get(ctx, client.ObjectKeyFromObject(s.tenant), &v1alpha1.Tenant{})
	}, patience, often).ShouldNot(gomega.Succeed())
	s.witness.audit(s)
	if s.Failed() {
		s.Logf("history: %s\nlog:\n%s", s.history(), logs.Tail(60))
	}
}

// history is what happened in the scene's directory.
func (s *scene) history() string {
	var text strings.Builder
	for _, c := range s.commits() {
		fmt.Fprintf(&text, "\n%s %s %s by %s", c.Time.Format("05.000"), c.Op, keyOfRecord(s.directory, c.Assignment), c.Provenance.Source)
	}
	return text.String()
}

func (s *scene) commits() (own []graphsim.Commit) {
	for _, c := range s.sim.History() {
		if c.TenantID == s.directory {
			own = append(own, c)
		}
	}
	return own
}

// grant begins a RoleAssignment of the role Helpdesk Administrator.
func (s *scene) grant(name, principal string, edits ...func(*v1alpha1.RoleAssignment)) *v1alpha1.RoleAssignment {
	obj := &v1alpha1.RoleAssignment{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: s.namespace.Name},
		Spec: v1alpha1.RoleAssignmentSpec{
			ClaimSpec: v1alpha1.ClaimSpec{TenantRef: v1alpha1.TenantReference{Name: s.tenant.Name}},
			Principal: v1alpha1.Principal{ID: v1alpha1.ObjectID(principal)}, Role: v1alpha1.Role{ID: helpdesk},
		},
	}
	for _, edit := range edits {
		edit(obj)
	}
	return obj
}

// granted creates a RoleAssignment and waits until it is Ready.
func (s *scene) granted(name, principal string, edits ...func(*v1alpha1.RoleAssignment)) *v1alpha1.RoleAssignment {
	s.Helper()
	obj := s.grant(name, principal, edits...)
	s.Create(obj)
	s.Ready(obj)
	return obj
}

// removals counts how often what a principal was granted was removed; creations, how often it was granted.
func (s *scene) removals(principal string) int  { return s.count("delete", principal) }
func (s *scene) creations(principal string) int { return s.count("create", principal) }

func (s *scene) count(op, principal string) (n int) {
	for _, c := range s.commits() {
		if c.Op == op && c.Assignment.PrincipalID == principal {
			n++
		}
	}
	return n
}

// holds tells whether the directory truly holds the role Helpdesk Administrator for the principal, and who granted it.
func (s *scene) holds(principal string) (source string, held bool) {
	return s.holdsRole(principal, helpdesk)
}

func (s *scene) holdsRole(principal, role string) (source string, held bool) {
	for _, record := range s.sim.Assignments(s.directory) {
		if record.PrincipalID == principal && record.RoleDefinitionID == role {
			return record.Provenance.Source, true
		}
	}
	return "", false
}

func (s *scene) mustHold(principal string, want bool) {
	s.Helper()
	s.mustHoldRole(principal, helpdesk, want)
}

func (s *scene) mustHoldRole(principal, role string, want bool) {
	s.Helper()
	if _, got := s.holdsRole(principal, role); got != want {
		s.Fatalf("role %s for %s: want %v in the directory, got %v; history: %s", role, principal, want, got, s.history())
	}
}

// forge changes an object's status, as somebody may who is allowed to.
func (s *scene) forge(object *v1alpha1.RoleAssignment, edit func(*v1alpha1.RoleAssignmentStatus)) {
	s.Helper()
	s.Get(object)
	before := object.DeepCopy()
	edit(&object.Status)
	s.Must(s.Kube.Status().Patch(s.Context(), object, client.MergeFrom(before)))
}

// strip takes the finalizers off.
func (s *scene) strip(object client.Object) {
	s.Helper()
	err := s.Kube.Patch(s.Context(), object, client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"finalizers":null}}`)))
	s.Must(client.IgnoreNotFound(err))
}

// told waits until there is an event of that reason about the object whose note holds the text.
func (s *scene) told(object client.Object, reason, text string) {
	s.Helper()
	s.Eventually(func() bool {
		return slices.ContainsFunc(s.Events(object), func(e corev1.Event) bool { return e.Reason == reason && strings.Contains(e.Message, text) })
	}, patience, often).Should(gomega.BeTrue(), "no event %s about %s with %q", reason, object.GetName(), text)
}
