package testenv_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"testing"

	"github.com/rolewarden/rolewarden/internal/graphsim"
	"github.com/rolewarden/rolewarden/internal/testenv"
)

func TestStartSimulator(t *testing.T) {
	tenant := graphsim.SeedTenant{ID: "6f1ab8a5-4b6e-4bd5-8b6a-7d0f3a0f5c11", DisplayName: "Contoso", Domains: []string{"contoso.com"}}
	seed := &graphsim.Seed{Tenants: []graphsim.SeedTenant{tenant}}
	simulator, err := testenv.StartSimulator(t.Context(), testenv.SimulatorOptions{Options: graphsim.Options{Seed: seed}})
	if err != nil {
		t.Fatal(err)
	}
	discovery := simulator.URL + "/" + tenant.ID + "/v2.0/.well-known/openid-configuration"
	if got := status(t, simulator, discovery); got != http.StatusOK {
		t.Errorf("GET %s = %d, want %d", discovery, got, http.StatusOK)
	}
	if err := simulator.Close(); err != nil {
		t.Errorf("closing: %v", err)
	}
}

func TestStartSimulatorWithTheSeedOfTheDemo(t *testing.T) {
	simulator, err := testenv.StartSimulator(t.Context(), testenv.SimulatorOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(simulator.Tenants()) == 0 {
		t.Error("the seed has no tenants")
	}
	if err := simulator.Close(); err != nil {
		t.Errorf("closing: %v", err)
	}
}

// status asks over TLS that only the simulator's own authority vouches for.
func status(t *testing.T, simulator *testenv.Simulator, url string) int {
	t.Helper()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(simulator.CAPEM) {
		t.Fatal("the simulator's authority is not PEM")
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		t.Error(err)
	}
	return response.StatusCode
}
