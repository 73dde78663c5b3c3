package cloud

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"github.com/rolewarden/rolewarden/internal/graphsim"
)

// Cloud serves one handler under all of Microsoft's names, to clients that use
// its proxy and trust its authority.
type Cloud struct {
	// Proxy is the address of an HTTP proxy that connects any name to the handler.
	Proxy string
	// Authority is what vouches for the names.
	Authority *x509.Certificate

	handler  atomic.Pointer[http.Handler]
	listener net.Listener
	service  http.Server
	proxy    http.Server
}

// hosts are the names that the simulator answers to.
func hosts() []string { return []string{"login.microsoftonline.com", "graph.microsoft.com"} }

// Start starts a cloud, in which Serve says who answers.
func Start(ctx context.Context) (*Cloud, error) {
	authority, leaf, err := certificates(hosts())
	if err != nil {
		return nil, fmt.Errorf("making certificates: %w", err)
	}
	c := &Cloud{Authority: authority}
	if c.listener, err = listen(ctx); err != nil {
		return nil, err
	}
	proxy, err := listen(ctx)
	if err != nil {
		return nil, errors.Join(err, c.listener.Close())
	}
	c.Proxy = "http://" + proxy.Addr().String()
	c.service = http.Server{
		Handler: http.HandlerFunc(c.answer), ReadHeaderTimeout: 10 * time.Second,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{leaf}, MinVersion: tls.VersionTLS12},
	}
	c.proxy = http.Server{Handler: http.HandlerFunc(c.connect), ReadHeaderTimeout: 10 * time.Second}
	// Both serve until they are closed, and have nobody to tell of it.
	go func() { _ = c.service.ServeTLS(c.listener, "", "") }()
	go func() { _ = c.proxy.Serve(proxy) }()
	return c, nil
}

func listen(ctx context.Context) (net.Listener, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening on loopback: %w", err)
	}
	return listener, nil
}

// Serve has a handler answer from now on.
func (c *Cloud) Serve(h http.Handler) { c.handler.Store(&h) }

// Close ends the cloud and every connection to it that is not the client's to close.
func (c *Cloud) Close() error { return errors.Join(c.proxy.Close(), c.service.Close()) }

func (c *Cloud) answer(w http.ResponseWriter, r *http.Request) {
	h := c.handler.Load()
	if h == nil {
		http.Error(w, "nobody answers yet", http.StatusServiceUnavailable)
		return
	}
	(*h).ServeHTTP(w, r)
}

// Enter makes the cloud this process's: clients that take their proxy from the
// environment and their authorities from the system find it. It can be done
// once in a process, before the first client looks, and works in a program that
// is built with //go:debug x509usefallbackroots=1.
func (c *Cloud) Enter() error {
	for _, name := range []string{"HTTPS_PROXY", "https_proxy"} {
		if err := os.Setenv(name, c.Proxy); err != nil {
			return fmt.Errorf("setting %s: %w", name, err)
		}
	}
	for _, name := range []string{"NO_PROXY", "no_proxy"} {
		if err := os.Unsetenv(name); err != nil {
			return fmt.Errorf("unsetting %s: %w", name, err)
		}
	}
	trusted := x509.NewCertPool()
	trusted.AddCert(c.Authority)
	x509.SetFallbackRoots(trusted)
	return nil
}

// Simulate has a new simulator of a seed file answer from now on.
func (c *Cloud) Simulate(path string) (*graphsim.Simulator, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening the seed: %w", err)
	}
	defer func() { _ = file.Close() }()
	seed, err := graphsim.LoadSeed(file)
	if err != nil {
		return nil, fmt.Errorf("loading %s: %w", path, err)
	}
	simulator, err := graphsim.New(graphsim.Options{Seed: seed})
	if err != nil {
		return nil, err
	}
	c.Serve(simulator)
	return simulator, nil
}
