package msgraph

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/rolewarden/rolewarden/internal/graph"
)

// Clock tells the time. Retry-After and the age of tokens are measured with it.
type Clock interface {
	Now() time.Time
}

// Options say which directory to speak to, as whom, and over what.
type Options struct {
	// TenantID is the ID of the directory. A token of any other directory is never sent.
	TenantID string
	// Cloud says where login and Graph are: Public(), USGov(), USGovDoD(), China() or Endpoints(…).
	Cloud Cloud
	// Credential is one of WorkloadIdentity, ClientSecret, Certificate and ManagedIdentity.
	Credential Credential

	// Transport carries login and Graph alike. Left nil it is a clone of http.DefaultTransport.
	Transport http.RoundTripper
	// CABundle holds certificates in PEM, trusted besides those of the system. It needs Transport to be nil.
	CABundle []byte

	// Pauses are those that were asked of the clients before this one, too. Left nil there were none.
	Pauses *Pauses
	// Clock is required.
	Clock Clock
	// UserAgent is sent with every call. Left empty it is "rolewarden".
	UserAgent string
}

// check returns what is wrong with the options, in words that say what to do.
func (o Options) check() error {
	switch {
	case !graph.IsID(o.TenantID):
		return fmt.Errorf("tenant ID %q is not an ID: write the directory (tenant) ID, 8-4-4-4-12 hexadecimal digits", o.TenantID)
	case o.Credential == nil:
		return errors.New("no credential: give one of workload identity, client secret, certificate and managed identity")
	case o.Clock == nil:
		return errors.New("no clock: set Options.Clock")
	case o.Transport != nil && len(o.CABundle) > 0:
		return errors.New("a CA bundle has no effect on a given transport: set one of Transport and CABundle")
	}
	return o.Cloud.check()
}

// transport returns what carries every request.
func (o Options) transport() (http.RoundTripper, error) {
	if o.Transport != nil {
		return o.Transport, nil
	}
	transport, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return nil, errors.New("http.DefaultTransport was replaced: set Options.Transport")
	}
	transport = transport.Clone()
	if len(o.CABundle) == 0 {
		return transport, nil
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM(o.CABundle) {
		return nil, errors.New("the CA bundle holds no certificate: give one or more CERTIFICATE blocks in PEM")
	}
	transport.TLSClientConfig = tlsConfig(roots)
	return transport, nil
}
