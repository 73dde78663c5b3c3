package testenv_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/onsi/gomega"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rolewarden/rolewarden/internal/testenv"
)

// patience is no expectation about speed: a namespace takes more than five seconds to go, and machines differ.
const patience = time.Minute

// start gives each test of this package the one thing that it is about: a control plane of its own.
func start(t *testing.T) *testenv.Environment {
	t.Helper()
	environment, err := testenv.Start(t.Context(), testenv.Options{Dir: filepath.Join(t.TempDir(), "env")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := environment.Stop(); err != nil {
			t.Errorf("stopping: %v", err)
		}
	})
	return environment
}

func TestEnvironment(t *testing.T) {
	environment := start(t)
	admin := newClient(t, environment)

	t.Run("a deleted namespace goes", func(t *testing.T) { deletedNamespaceGoes(t, admin) })
	t.Run("an orphan is collected", func(t *testing.T) { orphanIsCollected(t, admin) })
	t.Run("users are who they say", func(t *testing.T) { usersAreWhoTheySay(t, environment) })
	t.Run("service accounts get tokens", func(t *testing.T) { serviceAccountsGetTokens(t, environment) })
}

func deletedNamespaceGoes(t *testing.T, admin client.Client) {
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "short-lived"}}
	held := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: namespace.Name, Name: "content"}}
	create(t, admin, namespace, held)
	if err := admin.Delete(t.Context(), namespace); err != nil {
		t.Fatal(err)
	}
	eventuallyGone(t, admin, held)
	eventuallyGone(t, admin, namespace)
}

func orphanIsCollected(t *testing.T, admin client.Client) {
	owner := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: metav1.NamespaceDefault, Name: "owner"}}
	create(t, admin, owner)
	owned := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: metav1.NamespaceDefault, Name: "owned"}}
	owned.OwnerReferences = []metav1.OwnerReference{{APIVersion: "v1", Kind: "ConfigMap", Name: owner.Name, UID: owner.UID}}
	create(t, admin, owned)
	if err := admin.Delete(t.Context(), owner); err != nil {
		t.Fatal(err)
	}
	eventuallyGone(t, admin, owned)
}

func usersAreWhoTheySay(t *testing.T, environment *testenv.Environment) {
	kubeconfig, err := environment.KubeConfig("alice", "auditors")
	if err != nil {
		t.Fatal(err)
	}
	got := whoAmI(t, kubeconfig)
	want := authenticationv1.UserInfo{Username: "alice", Groups: []string{"auditors", "system:authenticated"}}
	if diff := cmp.Diff(want.Username, got.Username); diff != "" {
		t.Errorf("user name (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want.Groups, got.Groups); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
}

func serviceAccountsGetTokens(t *testing.T, environment *testenv.Environment) {
	kubeconfig, err := environment.ServiceAccountKubeConfig(t.Context(), metav1.NamespaceDefault, "default")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := whoAmI(t, kubeconfig).Username, "system:serviceaccount:default:default"; got != want {
		t.Errorf("user name = %q, want %q", got, want)
	}
}

func TestStopEndsWhatStartStarted(t *testing.T) {
	environment, err := testenv.Start(t.Context(), testenv.Options{})
	if err != nil {
		t.Fatal(err)
	}
	admin := newClient(t, environment)
	for range 2 { // a second Stop has nothing to do
		if err := environment.Stop(); err != nil {
			t.Fatalf("stopping: %v", err)
		}
	}
	if err := admin.List(t.Context(), &corev1.NamespaceList{}); err == nil {
		t.Error("the API server still answers")
	}
	if _, err := os.Stat(environment.Dir()); !os.IsNotExist(err) {
		t.Errorf("the temporary directory is still there: %v", err)
	}
}

func newClient(t *testing.T, environment *testenv.Environment) client.Client {
	t.Helper()
	admin, err := client.New(environment.Config(), client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return admin
}

func create(t *testing.T, admin client.Client, objects ...client.Object) {
	t.Helper()
	for _, object := range objects {
		if err := admin.Create(t.Context(), object); err != nil {
			t.Fatal(err)
		}
	}
}

func eventuallyGone(t *testing.T, admin client.Client, object client.Object) {
	t.Helper()
	gomega.NewWithT(t).Eventually(func(ctx context.Context) bool {
		return apierrors.IsNotFound(admin.Get(ctx, client.ObjectKeyFromObject(object), object))
	}).WithContext(t.Context()).WithTimeout(patience).Should(gomega.BeTrue(), "%T %s is still there", object, object.GetName())
}

// whoAmI asks the API server whom it takes the holder of a kubeconfig for.
func whoAmI(t *testing.T, kubeconfig []byte) authenticationv1.UserInfo {
	t.Helper()
	config, err := clientcmd.RESTConfigFromKubeConfig(kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	caller, err := client.New(config, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	review := &authenticationv1.SelfSubjectReview{}
	if err := caller.Create(t.Context(), review); err != nil {
		t.Fatal(err)
	}
	return review.Status.UserInfo
}
