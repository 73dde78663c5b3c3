package install

import (
	"bytes"
	"crypto/tls"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	_ "github.com/rolewarden/rolewarden/controllers" // so that a change of the program makes the test's cached result stale
	"github.com/rolewarden/rolewarden/internal/testenv"
)

// manager is the shipped program, running as its own service account with the arguments of its Deployment.
type manager struct {
	*testing.T
	metrics string
	stop    func()
	mu      sync.Mutex
	log     bytes.Buffer
}

// Write takes the program's log.
func (m *manager) Write(p []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.log.Write(p)
}

func (m *manager) logged() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.log.String()
}

// startManager builds the manager and starts it against the recorder.
func startManager(t *testing.T, deployment *appsv1.Deployment, r *recorder) *manager {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "manager")
	if output, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "../../cmd/manager").CombinedOutput(); err != nil {
		t.Fatalf("building the manager: %v\n%s", err, output)
	}
	m := &manager{T: t, metrics: freeAddress(t)}
	args := append([]string{"--metrics-bind-address=" + m.metrics, "--health-probe-bind-address=127.0.0.1:0", "--propagation-window=5s"},
		deployment.Spec.Template.Spec.Containers[0].Args...)
	command := exec.Command(binary, args...) //nolint:noctx // it ends in order, to give its lease back
	command.Env = []string{"KUBECONFIG=" + accountConfig(t, r), "POD_NAMESPACE=" + deployment.Namespace}
	command.Stdout, command.Stderr = m, m
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	m.stop = sync.OnceFunc(func() {
		_ = command.Process.Signal(syscall.SIGTERM) // fails only when it has ended, which Wait tells
		if err := command.Wait(); err != nil {
			t.Errorf("the manager ended with %v", err)
		}
	})
	t.Cleanup(m.stop)
	return m
}

// accountConfig writes a kubeconfig of the manager's service account that goes through the recorder.
func accountConfig(t *testing.T, r *recorder) string {
	t.Helper()
	data, err := plane.ServiceAccountKubeConfig(t.Context(), system, account)
	if err != nil {
		t.Fatal(err)
	}
	config, err := clientcmd.Load(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, cluster := range config.Clusters {
		cluster.Server, cluster.CertificateAuthorityData = r.URL, r.ca()
	}
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		t.Fatal(err)
	}
	return path
}

func freeAddress(t *testing.T) string {
	t.Helper()
	address, err := testenv.FreeAddress(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// scrape asks for the metrics with a service account's token.
func (m *manager) scrape(token string) (int, string) {
	m.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} //nolint:gosec // a certificate of its own making
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(m.Context(), http.MethodGet, "https://"+m.metrics+"/metrics", nil)
	if err != nil {
		m.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := transport.RoundTrip(request)
	if err != nil {
		return 0, err.Error() // not listening yet
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		m.Fatal(err)
	}
	return response.StatusCode, string(body)
}

func shipped(t *testing.T) *appsv1.Deployment {
	t.Helper()
	var deployment appsv1.Deployment
	if err := kube.Get(t.Context(), client.ObjectKey{Namespace: system, Name: account}, &deployment); err != nil {
		t.Fatal(err)
	}
	if names := deployment.Spec.Template.Spec.Containers[0].Env; len(names) != 1 || names[0].Name != "POD_NAMESPACE" {
		t.Fatalf("want the environment that startManager gives, got %v", names)
	}
	return &deployment
}
