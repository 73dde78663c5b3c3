package main

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rolewarden/rolewarden/controllers"
	"github.com/rolewarden/rolewarden/internal/testenv"
)

const (
	namespace = "rolewarden-system"
	patience  = 30 * time.Second
)

// TestMetricsAreGuarded: metrics are for whom the API server says they are for, and over HTTP/1.1 only.
func TestMetricsAreGuarded(t *testing.T) {
	ctrl.SetLogger(logr.Discard())
	g := gomega.NewWithT(t)
	env, err := testenv.Start(t.Context(), testenv.Options{})
	g.Expect(err).NotTo(gomega.HaveOccurred())
	t.Cleanup(func() { _ = env.Stop() })
	admin, err := client.New(env.Config(), client.Options{})
	g.Expect(err).NotTo(gomega.HaveOccurred())
	for _, object := range accounts() {
		g.Expect(admin.Create(t.Context(), object)).To(gomega.Succeed())
	}
	url := startManager(t, env)
	tests := map[string]struct {
		token string
		want  int
	}{
		"nobody":           {"", http.StatusUnauthorized},
		"a stranger":       {token(t, env, "stranger"), http.StatusForbidden},
		"a metrics reader": {token(t, env, "reader"), http.StatusOK},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			gomega.NewWithT(t).Eventually(func() int { status, _ := get(t, url, test.token); return status }, patience).Should(gomega.Equal(test.want))
		})
	}
	if _, body := get(t, url, token(t, env, "reader")); !strings.Contains(body, "controller_runtime_max_concurrent_reconciles") {
		t.Errorf("want metrics, got:\n%.300s", body)
	}
}

// startManager starts the manager as the command does, and returns where its metrics are.
func startManager(t *testing.T, env *testenv.Environment) string {
	t.Helper()
	f := flags{
		metricsAddress: freeAddress(t), healthAddress: "0", namespace: namespace, leaderElection: true,
		controllers: controllers.Options{
			Namespace: namespace, PropagationWindow: time.Minute, DriftInterval: time.Minute, Concurrency: 1, Clock: clock.RealClock{},
		},
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- run(ctx, env.Config(), f) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("manager: %v", err)
		}
	})
	return "https://" + f.metricsAddress + "/metrics"
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

func accounts() []client.Object {
	return []client.Object{
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}},
		&corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "stranger", Namespace: namespace}},
		&corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "reader", Namespace: namespace}},
		&rbacv1.ClusterRole{
			ObjectMeta: metav1.ObjectMeta{Name: "metrics-reader"},
			Rules:      []rbacv1.PolicyRule{{NonResourceURLs: []string{"/metrics"}, Verbs: []string{"get"}}},
		},
		&rbacv1.ClusterRoleBinding{
			ObjectMeta: metav1.ObjectMeta{Name: "metrics-reader"},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "metrics-reader"},
			Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Name: "reader", Namespace: namespace}},
		},
	}
}

func token(t *testing.T, env *testenv.Environment, account string) string {
	t.Helper()
	token, err := env.ServiceAccountToken(t.Context(), namespace, account)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// get asks for the metrics, offering HTTP/2.
func get(t *testing.T, url, token string) (status int, body string) {
	t.Helper()
	transport := &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} //nolint:gosec // a certificate of its own making
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return 0, err.Error() // not listening yet
	}
	defer func() { _ = response.Body.Close() }()
	if response.ProtoMajor != 1 {
		t.Errorf("want HTTP/1.1, got %s", response.Proto)
	}
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(data)
}
