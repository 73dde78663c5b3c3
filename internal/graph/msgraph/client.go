package msgraph

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	auth "github.com/microsoft/kiota-authentication-azure-go"
	khttp "github.com/microsoft/kiota-http-go"
	kjson "github.com/microsoft/kiota-serialization-json-go"

	"github.com/rolewarden/rolewarden/internal/graph"
)

// callTimeout bounds one request with its login. Graph itself gives up on a request sooner.
const callTimeout = 90 * time.Second

// defaultUserAgent is what Microsoft sees when Options name none.
const defaultUserAgent = "rolewarden"

// Client speaks to one directory as one application. It is safe for concurrent use.
type Client struct {
	tenantID string
	clock    Clock
	cloud    Cloud

	base    http.RoundTripper
	adapter *khttp.NetHttpRequestAdapter
	tokens  *tokens
	gate    *gate
}

// New returns a client of the directory that the options name. It makes no call.
func New(o Options) (*Client, error) {
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("connecting to Microsoft Graph: %w", err)
	}
	base, err := o.transport()
	if err != nil {
		return nil, fmt.Errorf("connecting to Microsoft Graph: %w", err)
	}
	if o.Pauses == nil {
		o.Pauses = &Pauses{}
	}
	c := &Client{
		tenantID: o.TenantID, clock: o.Clock, cloud: o.Cloud, base: base,
		gate: o.Pauses.gate("graph "+o.Cloud.Graph, o.TenantID, o.Clock),
	}
	if c.tokens, err = newTokens(o, base); err != nil {
		return nil, fmt.Errorf("connecting to Microsoft Graph: %w", err)
	}
	if c.adapter, err = c.newAdapter(o.UserAgent); err != nil {
		return nil, fmt.Errorf("connecting to Microsoft Graph: %w", err)
	}
	return c, nil
}

// newAdapter returns kiota's adapter with everything given explicitly, so that nothing depends on kiota's global
// registries, and tokens go to the cloud's Graph host alone.
func (c *Client) newAdapter(userAgent string) (*khttp.NetHttpRequestAdapter, error) {
	provider, err := auth.NewAzureIdentityAuthenticationProviderWithScopesAndValidHosts(
		c.tokens, []string{c.cloud.scope()}, []string{c.cloud.host()})
	if err != nil {
		return nil, err
	}
	adapter, err := khttp.NewNetHttpRequestAdapterWithParseNodeFactoryAndSerializationWriterFactoryAndHttpClient(
		provider, kjson.NewJsonParseNodeFactory(), kjson.NewJsonSerializationWriterFactory(), c.newHTTPClient(userAgent))
	if err != nil {
		return nil, err
	}
	adapter.SetBaseUrl(c.cloud.baseURL())
	return adapter, nil
}

// newHTTPClient has no timeout of its own: do sets one for each call, and kiota would leak a timer for this one.
func (c *Client) newHTTPClient(userAgent string) *http.Client {
	return &http.Client{
		Transport:     khttp.NewCustomTransportWithParentTransport(c.base, c.middleware(userAgent)...),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Close lets go of idle connections. A call in flight ends as it would.
func (c *Client) Close() {
	type idler interface{ CloseIdleConnections() }
	if t, ok := c.base.(idler); ok {
		t.CloseIdleConnections()
	}
}

// call is what an operation tells the layers below about itself.
type call struct {
	// op is what is being done, for errors.
	op string
	// permission is the least application permission that it needs.
	permission string
	// answer is what a success looks like.
	answer answer
}

// inFlight is a call on its way. kiota may send it a second time, to answer a claims challenge.
type inFlight struct {
	call
	challenged atomic.Bool
}

// callKey is the context key of the call in flight.
type callKey struct{}

// callOf returns the call that ctx belongs to.
func callOf(ctx context.Context) *inFlight {
	if c, ok := ctx.Value(callKey{}).(*inFlight); ok {
		return c
	}
	return &inFlight{}
}

// do runs one request. Whatever goes wrong comes out as a *graph.Error that knows the operation.
func (c *Client) do(ctx context.Context, what call, send func(context.Context) error) error {
	if err := c.gate.check(); err != nil {
		return what.describe(err)
	}
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, callKey{}, &inFlight{call: what}), callTimeout)
	defer cancel()
	err := send(ctx)
	if err == nil {
		return nil
	}
	failure := what.describe(err)
	c.reconsiderToken(failure)
	return failure
}

// describe returns err as a *graph.Error that says what was being done and what that needs.
func (w call) describe(err error) *graph.Error {
	failure, ok := errors.AsType[*graph.Error](err)
	if !ok {
		// kiota's own, such as a property of another type than the SDK knows. Its text may hold parts of the answer.
		unreadable := &stableError{text: "the answer does not have the form of Microsoft Graph's", cause: err}
		return &graph.Error{Op: w.op, Permission: w.permission, Class: graph.Unknown, Err: unreadable}
	}
	described := *failure
	described.Op, described.Permission = w.op, w.permission
	return &described
}

// reconsiderToken forgets a token that Graph has turned down. The permissions that a token carries are those of the moment
// at which it was issued, so without this a consent given since would take effect only when the token expires.
func (c *Client) reconsiderToken(failure *graph.Error) {
	switch {
	case failure.NotSent: // There was no token, or nobody has seen it.
	case failure.Class == graph.Unauthenticated:
		c.tokens.forget(unauthorizedTokenAge)
	case failure.Class == graph.Denied:
		c.tokens.forget(deniedTokenAge)
	}
}
