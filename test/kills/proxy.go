package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"time"

	certutil "k8s.io/client-go/util/cert"
)

// proxy stands between a manager and what it calls. What passes it is up to its transport.
type proxy struct {
	// url is where it listens, and ca the certificate that its clients have to trust.
	url string
	ca  []byte

	server *http.Server
	done   chan struct{}
}

// startProxy passes calls on to a target until it is closed. keepHost lets the target know it by the proxy's address, so
// that the links in its answers lead through the proxy again.
func startProxy(ctx context.Context, id *identity, transport http.RoundTripper, target string, keepHost bool) (*proxy, error) {
	to, err := url.Parse(target)
	if err != nil {
		return nil, fmt.Errorf("starting a proxy: %w", err)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("starting a proxy: %w", err)
	}
	quiet := slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug) // a client that is killed breaks connections, which is no news here
	p := &proxy{url: "https://" + listener.Addr().String(), ca: id.ca, done: make(chan struct{})}
	p.server = &http.Server{
		Handler: &httputil.ReverseProxy{
			Rewrite: func(r *httputil.ProxyRequest) {
				r.SetURL(to)
				if keepHost {
					r.Out.Host = r.In.Host
				}
			},
			Transport: transport, FlushInterval: -1, // so that a watch is passed on as it comes
			ErrorHandler: breakConnection, ErrorLog: quiet,
		},
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{id.certificate}, MinVersion: tls.VersionTLS12},
		ErrorLog:  quiet, ReadHeaderTimeout: 10 * time.Second,
	}
	go p.serve(listener)
	return p, nil
}

// breakConnection is what a client sees of a call that got no answer: a connection that ends, not an answer of a proxy's own.
func breakConnection(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }

func (p *proxy) serve(listener net.Listener) {
	defer close(p.done)
	_ = p.server.ServeTLS(listener, "", "") // it ends when it is closed
}

// close closes the listener and every connection.
func (p *proxy) close() error {
	if p == nil {
		return nil
	}
	err := p.server.Close()
	<-p.done
	return err
}

// identity is what proxies show their clients. One does for all that listen on loopback: keys take long to make.
type identity struct {
	certificate tls.Certificate
	ca          []byte
}

func newIdentity() (*identity, error) {
	cert, key, err := certutil.GenerateSelfSignedCertKey("127.0.0.1", []net.IP{net.IPv4(127, 0, 0, 1)}, nil)
	if err != nil {
		return nil, fmt.Errorf("making a certificate: %w", err)
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("reading the certificate that was just made: %w", err)
	}
	return &identity{pair, cert}, nil
}
