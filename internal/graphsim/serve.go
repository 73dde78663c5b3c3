package graphsim

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Server is a simulator that is being served.
type Server struct {
	// URL is where, without a slash at the end: https://127.0.0.1:port.
	URL string
	// CAPEM is the certificate of the authority that vouches for it.
	CAPEM []byte

	http *http.Server
	done chan struct{}
	stop func() bool
}

// Serve serves a simulator over TLS, with a certificate authority made for the
// purpose, until the context ends or the server is closed. The address must be
// on loopback, for the control interface asks nobody who they are.
func Serve(ctx context.Context, s *Simulator, addr string) (*Server, error) {
	if err := checkLoopback(addr); err != nil {
		return nil, err
	}
	certificate, ca, err := issueCertificate()
	if err != nil {
		return nil, fmt.Errorf("making a certificate: %w", err)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w", addr, err)
	}
	server := &Server{
		URL: "https://" + listener.Addr().String(), CAPEM: ca, done: make(chan struct{}),
		http: &http.Server{
			Handler: s, ReadHeaderTimeout: 10 * time.Second,
			ErrorLog:  slog.NewLogLogger(s.gate.Logger.Handler(), slog.LevelDebug),
			TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12},
		},
	}
	go server.run(listener, s.gate.Logger)
	server.stop = context.AfterFunc(ctx, func() { _ = server.http.Close() })
	return server, nil
}

func (s *Server) run(listener net.Listener, logger *slog.Logger) {
	defer close(s.done)
	if err := s.http.ServeTLS(listener, "", ""); !errors.Is(err, http.ErrServerClosed) {
		logger.Error("Serving ended", "error", err)
	}
}

// Close closes the listener and every connection, and waits until both are closed.
func (s *Server) Close() error {
	s.stop()
	err := s.http.Close()
	<-s.done
	return err
}

// Done is closed when the server has ended.
func (s *Server) Done() <-chan struct{} { return s.done }

func checkLoopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("address %q: %w", addr, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("address %q is not on loopback; use 127.0.0.1 or [::1], for anybody who reaches the simulator controls it", addr)
	}
	return nil
}
