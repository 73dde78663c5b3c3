package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
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
	patience  = 60 * time.Second // a machine that compiles at the same time is slow
)

// plane and address are where the manager runs and has its metrics. It is started once, as a process starts it once: its
// controllers' names are taken from then on.
var (
	plane   *testenv.Environment
	address string
)

func TestMain(m *testing.M) { os.Exit(runTests(m)) }

func runTests(m *testing.M) int {
	ctrl.SetLogger(logr.Discard())
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if err := startPlane(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer plane.Stop() //nolint:errcheck // the tests have been judged by then
	done := make(chan error, 1)
	go func() { done <- runManager(ctx) }()
	code := m.Run()
	cancel()
	if err := <-done; err != nil {
		fmt.Fprintln(os.Stderr, "manager:", err)
		return 1
	}
	return code
}

func startPlane(ctx context.Context) (err error) {
	if address, err = testenv.FreeAddress(ctx); err != nil {
		return err
	}
	if plane, err = testenv.Start(ctx, testenv.Options{}); err != nil {
		return err
	}
	admin, err := client.New(plane.Config(), client.Options{})
	if err != nil {
		return errors.Join(err, plane.Stop())
	}
	for _, object := range accounts() {
		if err := admin.Create(ctx, object); err != nil {
			return errors.Join(err, plane.Stop())
		}
	}
	return nil
}

// runManager runs the manager as the command does.
func runManager(ctx context.Context) error {
	return run(ctx, plane.Config(), flags{
		metricsAddress: address, healthAddress: "0", namespace: namespace, leaderElection: true,
		controllers: controllers.Options{
			Namespace: namespace, PropagationWindow: time.Minute, DriftInterval: time.Minute, Concurrency: 1, Clock: clock.RealClock{},
		},
	})
}

// TestMetricsAreGuarded: metrics are for whom the API server says they are for, and over HTTP/1.1 only.
func TestMetricsAreGuarded(t *testing.T) {
	tests := map[string]struct {
		token string
		want  int
		body  string
	}{
		"nobody":     {"", http.StatusUnauthorized, ""},
		"a stranger": {token(t, "stranger"), http.StatusForbidden, ""},
		// Controllers have metrics from when they start, which is when the lease is had.
		"a metrics reader": {token(t, "reader"), http.StatusOK, "controller_runtime_max_concurrent_reconciles"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			gomega.NewWithT(t).Eventually(func(g gomega.Gomega) {
				status, body := get(t, test.token)
				g.Expect(status).To(gomega.Equal(test.want), body)
				g.Expect(body).To(gomega.ContainSubstring(test.body))
			}, patience).Should(gomega.Succeed())
		})
	}
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

func token(t *testing.T, account string) string {
	t.Helper()
	token, err := plane.ServiceAccountToken(t.Context(), namespace, account)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// get asks for the metrics, offering HTTP/2.
func get(t *testing.T, token string) (status int, body string) {
	t.Helper()
	transport := &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} //nolint:gosec // a certificate of its own making
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+address+"/metrics", nil)
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
