package msgraph

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/rolewarden/rolewarden/internal/graph"
)

const (
	// unauthorizedTokenAge is how old a token must be for Graph's not accepting it to discard it. It keeps a directory that refuses every
	// token from being asked for one after another.
	unauthorizedTokenAge = 30 * time.Second
	// deniedTokenAge is the same for a missing permission, which a new token seldom cures.
	deniedTokenAge = 5 * time.Minute
)

// tokens is the credential that kiota sees. It translates what azidentity says, and lets no token through that belongs to
// another directory.
type tokens struct {
	tenantID string
	scope    string
	clock    Clock
	own      Credential
	build    func() (azcore.TokenCredential, error)

	mu         sync.Mutex
	credential azcore.TokenCredential
	// current is the token that was handed out last, with what it says, and since is when it was first seen.
	current string
	says    claims
	since   time.Time
}

// newTokens builds the credential once, so that what is wrong with it is found now.
func newTokens(o Options, base http.RoundTripper) (*tokens, error) {
	client := azcore.ClientOptions{
		Cloud:     cloud.Configuration{ActiveDirectoryAuthorityHost: o.Cloud.Authority},
		Transport: newLogin(base, o),
		// The caller decides what is tried again, and when.
		Retry:     policy.RetryOptions{MaxRetries: -1},
		Telemetry: policy.TelemetryOptions{Disabled: true},
	}
	t := &tokens{tenantID: o.TenantID, scope: o.Cloud.scope(), clock: o.Clock, own: o.Credential}
	t.build = func() (azcore.TokenCredential, error) { return o.Credential.build(o.TenantID, client, o.Cloud.private) }
	var err error
	t.credential, err = t.build()
	return t, err
}

// GetToken returns a token of the right directory, or a *graph.Error. Nothing has been sent to Graph then.
func (t *tokens) GetToken(ctx context.Context, options policy.TokenRequestOptions) (azcore.AccessToken, error) {
	token, c, err := t.acquire(ctx, options)
	if err != nil {
		return azcore.AccessToken{}, err
	}
	if t.outlived(token.Token, c) {
		t.forget(0)
		if token, c, err = t.acquire(ctx, options); err != nil {
			return azcore.AccessToken{}, err
		}
	}
	t.remember(token.Token, c)
	return token, t.checkTenant(c)
}

// acquire asks azidentity once and reads what the token says.
func (t *tokens) acquire(ctx context.Context, options policy.TokenRequestOptions) (azcore.AccessToken, claims, error) {
	record := &loginRecord{}
	token, err := t.now().GetToken(context.WithValue(ctx, loginKey{}, record), options)
	if err != nil {
		return azcore.AccessToken{}, claims{}, t.translate(ctx, record, err)
	}
	c, err := t.read(token.Token)
	return token, c, err
}

// read returns what a token says, which costs something where it is a new one.
func (t *tokens) read(token string) (claims, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if token != "" && token == t.current {
		return t.says, nil
	}
	return readClaims(token)
}

// now returns the credential in use.
func (t *tokens) now() azcore.TokenCredential {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.credential
}

// outlived tells whether a cached token has expired by the injected clock, which azidentity's cache does not know. A
// token that is new is believed, whatever the clock says: the clock may be wrong.
func (t *tokens) outlived(token string, c claims) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return token == t.current && c.Expires != 0 && !t.clock.Now().Before(time.Unix(c.Expires, 0)) && t.old(unauthorizedTokenAge)
}

// remember notes when a token was first handed out.
func (t *tokens) remember(token string, c claims) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if token != t.current {
		t.current, t.says, t.since = token, c, t.clock.Now()
	}
}

// old tells whether the token handed out last is at least that old. It needs the lock.
func (t *tokens) old(age time.Duration) bool { return t.clock.Now().Sub(t.since) >= age }

// forget drops azidentity's cache, if the token in it is at least that old, by starting with a new credential.
func (t *tokens) forget(age time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.old(age) {
		return
	}
	if credential, err := t.build(); err == nil {
		t.credential = credential
	}
}

// checkTenant refuses a token of another directory. A managed identity, for one, is asked for without naming a tenant.
func (t *tokens) checkTenant(c claims) error {
	if strings.EqualFold(c.TenantID, t.tenantID) {
		return nil
	}
	return &graph.Error{
		Class: graph.Unauthenticated, NotSent: true,
		Message: "the credential belongs to directory " + printable(c.TenantID) + ", not to " + t.tenantID,
	}
}

// translate says why there is no token. azidentity's own error repeats the answer, whole or in parts, so it is used only
// when there was none.
func (t *tokens) translate(ctx context.Context, record *loginRecord, err error) error {
	asked, failure := record.result()
	if failure != nil {
		return failure
	}
	if ctx.Err() != nil {
		return &graph.Error{Class: graph.Transient, NotSent: true, Err: stable(ctx.Err())}
	}
	reason := t.own.check()
	switch {
	case reason == nil && asked:
		return &graph.Error{Class: graph.Transient, NotSent: true, Message: "the login endpoint's answer cannot be used"}
	case reason == nil:
		reason = err
	}
	return &graph.Error{
		Class: graph.Unauthenticated, NotSent: true,
		Message: "no token: " + redact(firstLine(reason.Error()), t.own.secrets()),
	}
}

// Identity returns who the controller is in the directory, from its token. It calls the login endpoint only when no valid
// token is at hand.
func (c *Client) Identity(ctx context.Context) (graph.Identity, error) {
	var identity graph.Identity
	err := c.do(ctx, call{op: "logging in"}, func(ctx context.Context) error {
		token, err := c.tokens.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{c.tokens.scope}, EnableCAE: true})
		if err != nil {
			return err
		}
		held, err := c.tokens.read(token.Token)
		identity = held.identity()
		return err
	})
	return identity, err
}

// RenewToken makes the next call log in again, so that it sees permissions granted since.
func (c *Client) RenewToken() { c.tokens.forget(unauthorizedTokenAge) }
