package install

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/onsi/gomega"
	authorizationv1 "k8s.io/api/authorization/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/testenv"
)

// What the seed of the simulator holds.
const (
	contoso = "5f2c1c6e-9a3b-4d5c-8e7f-0a1b2c3d4e5f"
	appID   = "0d1f9a52-6b3e-4c8d-9f10-7a5e2b4c6d81"
	secret  = "rolewarden-demo-secret"
)

// TestSamples: the samples are accepted, defaults and all, and accepted again.
func TestSamples(t *testing.T) {
	for range 2 {
		output, err := kubectl(t.Context(), "apply", "--server-side", "--dry-run=server", "-k", root+"/config/samples")
		if err != nil {
			t.Fatalf("%v\n%s", err, output)
		}
	}
}

// TestDocumentedManifests: whatever the README shows as a manifest is accepted.
func TestDocumentedManifests(t *testing.T) {
	text, err := os.ReadFile(root + "/README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?ms)^( *)```yaml\n(.*?)^ *```").FindAllStringSubmatch(string(text), -1)
	if len(blocks) < 2 {
		t.Fatalf("want a RoleAssignment and a Tenant, got %d manifests", len(blocks))
	}
	for _, block := range blocks {
		manifest := filepath.Join(t.TempDir(), "manifest.yaml")
		if err := os.WriteFile(manifest, []byte(strings.ReplaceAll("\n"+block[2], "\n"+block[1], "\n")), 0o600); err != nil {
			t.Fatal(err)
		}
		if output, err := kubectl(t.Context(), "apply", "--server-side", "--dry-run=server", "-f", manifest); err != nil {
			t.Errorf("%v\n%s\n%s", err, output, block[2])
		}
	}
}

// TestPodIsAdmitted: the namespace that is shipped admits the pod that is shipped, by the restricted profile.
func TestPodIsAdmitted(t *testing.T) {
	template := shipped(t).Spec.Template
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "probe", Namespace: system, Labels: template.Labels}, Spec: template.Spec}
	if err := kube.Create(t.Context(), pod, client.DryRunAll); err != nil {
		t.Errorf("want the pod admitted: %v", err)
	}
	pod = &corev1.Pod{ObjectMeta: pod.ObjectMeta, Spec: *template.Spec.DeepCopy()}
	pod.ResourceVersion, pod.Spec.SecurityContext = "", nil
	if err := kube.Create(t.Context(), pod, client.DryRunAll); !apierrors.IsForbidden(err) {
		t.Errorf("want one without a security context refused, got %v", err)
	}
}

// rare is what the manager is allowed and a short test need not see, and why.
func rare() map[access]string {
	return map[access]string{
		{"patch", "events.k8s.io", "events", ""}:        "an event that repeats is counted",
		{"patch", "", "events", system}:                 "an event that repeats is counted",
		{"list", "entra.rolewarden.dev", "tenants", ""}: "a watch streams the list where the API server can",
		{"list", "", "secrets", system}:                 "a watch streams the list where the API server can",
		{"list", "", "configmaps", system}:              "a watch streams the list where the API server can",
	}
}

// TestManagerAsItself runs the manager as the service account that is shipped: it works, nothing is denied to it, and
// nothing is allowed to it that it does not use.
func TestManagerAsItself(t *testing.T) {
	g := gomega.NewWithT(t)
	recorder := startRecorder(t)
	t.Cleanup(func() { // so that the next run creates its own
		_ = kube.DeleteAllOf(context.Background(), &coordinationv1.Lease{}, client.InNamespace(system))
	})
	m := startManager(t, shipped(t), recorder)
	liveAndLetGo(t, g)
	g.Eventually(func() int { status, _ := m.scrape(metricsReader(t)); return status }, patience).Should(gomega.Equal(200))
	m.stop()
	used, denied := recorder.seen()
	if len(denied) > 0 || strings.Contains(m.logged(), "forbidden") {
		t.Errorf("want nothing denied, got %v\n%s", denied, m.logged())
	}
	for _, a := range slices.SortedFunc(maps.Keys(allowed(t)), compare) {
		if _, exempt := rare()[a]; !exempt && !uses(used, a) {
			t.Errorf("%s of %s in group %q, namespace %q, is allowed and never used", a.verb, a.resource, a.group, a.namespace)
		}
	}
}

func compare(a, b access) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) }

// uses tells whether what is allowed was asked for. What is allowed everywhere may be asked for in a namespace.
func uses(used map[access]bool, allowed access) bool {
	for a := range used {
		if allowed.namespace == "" {
			a.namespace = ""
		}
		if a == allowed {
			return true
		}
	}
	return false
}

// allowed is what the shipped roles of the manager allow it.
func allowed(t *testing.T) map[access]bool {
	t.Helper()
	var cluster rbacv1.ClusterRole
	if err := kube.Get(t.Context(), client.ObjectKey{Name: "rolewarden-manager"}, &cluster); err != nil {
		t.Fatal(err)
	}
	var role rbacv1.Role
	if err := kube.Get(t.Context(), client.ObjectKey{Namespace: system, Name: "rolewarden-manager"}, &role); err != nil {
		t.Fatal(err)
	}
	all := map[access]bool{}
	for namespace, rules := range map[string][]rbacv1.PolicyRule{"": cluster.Rules, system: role.Rules} {
		for _, rule := range rules {
			for _, group := range rule.APIGroups {
				for _, resource := range rule.Resources {
					for _, verb := range rule.Verbs {
						all[access{verb, group, resource, namespace}] = true
					}
				}
			}
		}
	}
	return all
}

// claimant is an object that stands for something in a directory.
type claimant interface {
	client.Object
	GetClaimStatus() *v1alpha1.ClaimStatus
}

// oneOfEach is an object of each kind that stands for something.
func oneOfEach() []claimant {
	in := func(name string) metav1.ObjectMeta {
		return metav1.ObjectMeta{Name: name, Namespace: metav1.NamespaceDefault}
	}
	helpdesk := v1alpha1.Role{DisplayName: "Helpdesk Administrator"}
	return []claimant{
		&v1alpha1.RoleAssignment{ObjectMeta: in("alice"), Spec: v1alpha1.RoleAssignmentSpec{
			Principal: v1alpha1.Principal{User: "alice@contoso.com"}, Role: helpdesk,
		}},
		&v1alpha1.RoleEligibility{ObjectMeta: in("bob"), Spec: v1alpha1.RoleEligibilitySpec{
			Principal: v1alpha1.Principal{User: "bob@contoso.com"}, Role: helpdesk,
		}},
		&v1alpha1.Group{ObjectMeta: in("oncall"), Spec: v1alpha1.GroupSpec{DisplayName: "On Call"}},
		&v1alpha1.GroupMembership{ObjectMeta: in("carol"), Spec: v1alpha1.GroupMembershipSpec{
			Group:  v1alpha1.MembershipGroup{Ref: v1alpha1.ObjectReference{Name: "oncall"}},
			Member: v1alpha1.Member{User: "carol@contoso.com"},
		}},
		&v1alpha1.RoleDefinition{ObjectMeta: in("reader"), Spec: v1alpha1.RoleDefinitionSpec{
			DisplayName: "Reader", AllowedResourceActions: []v1alpha1.ResourceAction{"microsoft.directory/applications/standard/read"},
		}},
	}
}

// liveAndLetGo takes a Tenant and an object of each kind through their lives.
func liveAndLetGo(t *testing.T, g *gomega.WithT) {
	t.Helper()
	sim, err := testenv.StartSimulator(t.Context(), testenv.SimulatorOptions{})
	g.Expect(err).NotTo(gomega.HaveOccurred())
	t.Cleanup(func() { _ = sim.Close() })
	in := metav1.ObjectMeta{Name: "contoso", Namespace: system}
	tenant := makeTenant(sim)
	objects := []client.Object{
		&corev1.ConfigMap{ObjectMeta: in, Data: map[string]string{"ca.crt": string(sim.CAPEM)}},
		&corev1.Secret{ObjectMeta: in, StringData: map[string]string{"clientSecret": secret}},
		tenant,
	}
	claimants := oneOfEach()
	for _, obj := range claimants {
		objects = append(objects, obj)
	}
	for _, object := range objects {
		g.Expect(kube.Create(t.Context(), object)).To(gomega.Succeed())
		removeAfter(t, object)
	}
	for _, obj := range claimants {
		g.Eventually(func() bool {
			g.Expect(kube.Get(t.Context(), client.ObjectKeyFromObject(obj), obj)).To(gomega.Succeed())
			return meta.IsStatusConditionTrue(obj.GetClaimStatus().Conditions, v1alpha1.ConditionReady)
		}, patience).Should(gomega.BeTrue(), func() string { return fmt.Sprintf("%T: %+v", obj, obj.GetClaimStatus().Conditions) })
	}
	end(t, g, claimants, tenant)
	for _, obj := range claimants {
		g.Eventually(func() []string { return eventsOf(t, g, obj, tenant) }, patience).Should(gomega.ContainElements("Connected", "Granted", "Revoked"))
	}
}

// end deletes objects and then their Tenant.
func end(t *testing.T, g *gomega.WithT, claimants []claimant, tenant *v1alpha1.Tenant) {
	t.Helper()
	gone := func(object client.Object) func() bool {
		return func() bool {
			return apierrors.IsNotFound(kube.Get(t.Context(), client.ObjectKeyFromObject(object), object))
		}
	}
	for _, obj := range claimants {
		g.Expect(kube.Delete(t.Context(), obj)).To(gomega.Succeed())
	}
	for _, obj := range claimants {
		g.Eventually(gone(obj), patience).Should(gomega.BeTrue(), func() string { return fmt.Sprintf("%T: %+v", obj, obj.GetClaimStatus().Conditions) })
	}
	g.Expect(kube.Delete(t.Context(), tenant)).To(gomega.Succeed())
	g.Eventually(gone(tenant), patience).Should(gomega.BeTrue())
}

// removeAfter has the object gone with the test, which may be run again.
func removeAfter(t *testing.T, object client.Object) {
	t.Helper()
	t.Cleanup(func() { _ = kube.Delete(context.Background(), object) }) // it may have gone already
}

func makeTenant(sim *testenv.Simulator) *v1alpha1.Tenant {
	return &v1alpha1.Tenant{
		ObjectMeta: metav1.ObjectMeta{Name: "contoso"},
		Spec: v1alpha1.TenantSpec{
			TenantID: contoso, Cloud: v1alpha1.CloudCustom,
			Endpoints: v1alpha1.Endpoints{
				Login: v1alpha1.URL(sim.URL), Graph: v1alpha1.URL(sim.URL), CABundleRef: v1alpha1.ConfigMapKeyReference{Name: "contoso"},
			},
			Credential: v1alpha1.Credential{ClientSecret: v1alpha1.ClientSecret{
				ClientID: appID, SecretRef: v1alpha1.SecretKeyReference{Name: "contoso"},
			}},
		},
	}
}

func eventsOf(t *testing.T, g *gomega.WithT, objects ...client.Object) []string {
	t.Helper()
	var list corev1.EventList
	g.Expect(kube.List(t.Context(), &list)).To(gomega.Succeed())
	var reasons []string
	for _, event := range list.Items {
		if slices.ContainsFunc(objects, func(o client.Object) bool { return o.GetUID() == event.InvolvedObject.UID }) {
			reasons = append(reasons, event.Reason)
		}
	}
	return reasons
}

// metricsReader returns the token of a service account that may read metrics by the role that is shipped for it.
func metricsReader(t *testing.T) string {
	t.Helper()
	name := "scraper"
	for _, object := range []client.Object{
		&corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: metav1.NamespaceDefault}},
		&rbacv1.ClusterRoleBinding{
			ObjectMeta: metav1.ObjectMeta{Name: name},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "rolewarden-metrics-reader"},
			Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Name: name, Namespace: metav1.NamespaceDefault}},
		},
	} {
		if err := kube.Create(t.Context(), object); err != nil && !apierrors.IsAlreadyExists(err) {
			t.Fatal(err)
		}
	}
	token, err := plane.ServiceAccountToken(t.Context(), metav1.NamespaceDefault, name)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// TestWhoMayDoWhat: what the shipped roles allow to people, and what they do not allow to the manager.
func TestWhoMayDoWhat(t *testing.T) {
	for user, role := range map[string]string{"viewer": "rolewarden-viewer", "assigner": "rolewarden-assigner"} {
		binding := &rbacv1.ClusterRoleBinding{
			ObjectMeta: metav1.ObjectMeta{Name: "test-" + user},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
			Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: user}},
		}
		if err := kube.Create(t.Context(), binding); err != nil {
			t.Fatal(err)
		}
		removeAfter(t, binding)
	}
	const own, manager = "entra.rolewarden.dev", "system:serviceaccount:" + system + ":" + account
	yes := map[string][]access{
		"viewer":   {{"list", own, "roleassignments", "team"}, {"get", own, "tenants", ""}},
		"assigner": {{"create", own, "roleassignments", "team"}, {"delete", own, "roleassignments", "team"}, {"get", own, "tenants", ""}},
		manager:    {{"patch", own, "roleassignments/status", "team"}, {"list", "", "secrets", system}},
	}
	no := map[string][]access{
		"viewer":   {{"create", own, "roleassignments", "team"}, {"patch", own, "tenants", ""}, {"list", "", "secrets", system}},
		"assigner": {{"create", own, "tenants", ""}, {"patch", own, "roleassignments/status", "team"}, {"list", "", "secrets", system}},
		manager: {{"create", own, "roleassignments", "team"}, {"delete", own, "roleassignments", "team"}, {"create", own, "tenants", ""},
			{"list", "", "secrets", ""}, {"get", "", "secrets", "team"}, {"create", "", "secrets", system}, {"create", "", "pods", system},
			{"create", "", "serviceaccounts/token", system}, {"patch", "rbac.authorization.k8s.io", "clusterroles", ""}},
	}
	for user, rows := range yes {
		for _, a := range rows {
			t.Run(fmt.Sprintf("%s may %s %s", user, a.verb, a.resource), func(t *testing.T) {
				// The API server hears of a binding a moment after it was made.
				gomega.NewWithT(t).Eventually(func() bool { return may(t, user, a) }, patience).Should(gomega.BeTrue())
			})
		}
	}
	for user, rows := range no {
		for _, a := range rows {
			t.Run(fmt.Sprintf("%s may not %s %s", user, a.verb, a.resource), func(t *testing.T) {
				if may(t, user, a) {
					t.Error("they may")
				}
			})
		}
	}
}

func may(t *testing.T, user string, a access) bool {
	t.Helper()
	resource, subresource, _ := strings.Cut(a.resource, "/")
	review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
		User: user,
		ResourceAttributes: &authorizationv1.ResourceAttributes{
			Verb: a.verb, Group: a.group, Resource: resource, Subresource: subresource, Namespace: a.namespace,
		},
	}}
	if err := kube.Create(t.Context(), review); err != nil {
		t.Fatal(err)
	}
	return review.Status.Allowed
}
