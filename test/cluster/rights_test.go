package cluster

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"
)

// account is the service account of each manager, in its own namespace.
const account = "rolewarden"

// install gives a manager a namespace of that name, a service account, and the rights that are shipped.
func (w *world) install(namespace string) {
	w.Helper()
	cluster, role := shippedRoles(w)
	in := metav1.ObjectMeta{Name: account, Namespace: namespace}
	subjects := []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Name: account, Namespace: namespace}}
	ref := func(kind, name string) rbacv1.RoleRef {
		return rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: kind, Name: name}
	}
	w.Create(
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}},
		&corev1.ServiceAccount{ObjectMeta: in},
		&rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: namespace}, Rules: cluster.Rules},
		&rbacv1.ClusterRoleBinding{ObjectMeta: metav1.ObjectMeta{Name: namespace}, RoleRef: ref("ClusterRole", namespace), Subjects: subjects},
		&rbacv1.Role{ObjectMeta: in, Rules: role.Rules},
		&rbacv1.RoleBinding{ObjectMeta: in, RoleRef: ref("Role", account), Subjects: subjects},
	)
}

// shippedRoles reads config/rbac/role.yaml.
func shippedRoles(w *world) (cluster rbacv1.ClusterRole, role rbacv1.Role) {
	w.Helper()
	data, err := os.ReadFile(filepath.Join(root, "config", "rbac", "role.yaml"))
	w.Must(err)
	documents := bytes.Split(bytes.TrimPrefix(data, []byte("---\n")), []byte("\n---\n"))
	if len(documents) != 2 {
		w.Fatalf("want a ClusterRole and a Role, got %d documents", len(documents))
	}
	w.Must(yaml.UnmarshalStrict(documents[0], &cluster))
	w.Must(yaml.UnmarshalStrict(documents[1], &role))
	return cluster, role
}

// config is the service account's, through the world's proxy.
func (w *world) config(namespace string) *rest.Config {
	w.Helper()
	token, err := w.Plane.ServiceAccountToken(w.Context(), namespace, account)
	w.Must(err)
	return &rest.Config{
		Host: w.api.URL, BearerToken: token, TLSClientConfig: rest.TLSClientConfig{CAData: w.api.ca()}, QPS: 1000, Burst: 2000,
	}
}

// kubeConfig is the same as a file.
func (w *world) kubeConfig(namespace string) string {
	w.Helper()
	c := w.config(namespace)
	text := fmt.Sprintf(`{"apiVersion":"v1","kind":"Config","current-context":"x","contexts":[{"name":"x","context":{"cluster":"x","user":"x"}}],
"clusters":[{"name":"x","cluster":{"server":%q,"certificate-authority-data":%q}}],"users":[{"name":"x","user":{"token":%q}}]}`,
		c.Host, encode(c.CAData), c.BearerToken)
	path := filepath.Join(w.TempDir(), "kubeconfig")
	w.Must(os.WriteFile(path, []byte(text), 0o600))
	return path
}
