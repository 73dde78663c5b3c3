package graphapi

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/rolewarden/rolewarden/internal/graphsim/gate"
	"github.com/rolewarden/rolewarden/internal/graphsim/journal"
	"github.com/rolewarden/rolewarden/internal/graphsim/login"
	"github.com/rolewarden/rolewarden/internal/graphsim/odata"
	"github.com/rolewarden/rolewarden/internal/graphsim/schema"
	"github.com/rolewarden/rolewarden/internal/graphsim/store"
	"github.com/rolewarden/rolewarden/internal/graphsim/throttle"
	"github.com/rolewarden/rolewarden/internal/graphsim/wire"
)

// The versions of Graph that are served.
const (
	released = "v1.0"
	beta     = "beta"
)

// versionOf is the version that a path asks for: any but beta is read as the
// released one, and refused later if it is neither.
func versionOf(path string) string {
	if first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/"); first == beta {
		return beta
	}
	return released
}

// call is one call on its way to an answer.
type call struct {
	api    *API
	schema *schema.Schema // of the version that was asked
	req    *http.Request
	method string // HEAD is read as GET
	base   string // https://host/v1.0, or beta
	trace  wire.Trace
	entry  *journal.Call
	caller login.Caller

	// What was found out before the call is carried out: the first of these
	// that is not nil is the answer.
	unauthenticated, throttled, misdirected, unreadable *wire.Error

	target target
	action action
	body   []byte
	usage  throttle.Decision

	// query is what is asked for, or why it cannot be read.
	query    odata.Query
	unparsed error

	// actor is who does it where that is not the caller of an application.
	actor *store.Provenance

	// What it is carried out with.
	moment gate.Moment
	tenant *store.Tenant
}

// newCall finds out what is asked, and who asks.
func (a *API) newCall(r *http.Request, clientRequestID string) *call {
	version := versionOf(r.URL.Path)
	c := &call{api: a, schema: a.versions[version], req: r, method: r.Method, base: "https://" + r.Host + "/" + version}
	if c.method == http.MethodHead {
		c.method = http.MethodGet
	}
	c.trace = wire.Trace{RequestID: wire.NewGUID(), ClientRequestID: clientRequestID, Time: a.gate.Clock.Now()}
	if clientRequestID == "" {
		c.trace.ClientRequestID = c.trace.RequestID
	}
	c.entry = a.gate.Journal.Open(journal.Call{Time: c.trace.Time, Method: r.Method, Path: r.URL.Path, ClientRequestID: clientRequestID})
	c.caller, c.unauthenticated = a.authority.Authenticate(r.Header.Get("Authorization"), c.trace.Time)
	a.gate.Journal.Caller(c.entry, c.caller.TenantID, c.caller.AppID, c.caller.ObjectID)
	c.direct()
	a.gate.Journal.Name(c.entry, c.operation())
	c.readBody()
	c.query, c.unparsed = odata.ParseQuery(r.URL.RawQuery)
	c.throttle()
	return c
}

// direct finds the target of the path and what the method does there.
func (c *call) direct() {
	if c.target, c.misdirected = c.resolve(c.req.URL.EscapedPath()); c.misdirected != nil {
		return
	}
	var ok bool
	if c.action, ok = c.target.actions[c.method]; !ok {
		c.misdirected = wire.MethodNotAllowed(c.target.allow())
	}
}

// operation is what the journal calls the call.
func (c *call) operation() string {
	if c.action.name == "" {
		return "unknown"
	}
	return c.action.name
}

// throttle spends what the call costs. Documented: the requests of a batch are
// counted one by one.
func (c *call) throttle() {
	if c.unauthenticated != nil || c.action.unlocked {
		return
	}
	c.usage = c.api.limiter.Take(throttle.Spending{
		AppID: c.caller.AppID, TenantID: c.caller.TenantID, Units: c.cost(), Write: c.action.write,
		Low: strings.EqualFold(c.req.Header.Get("x-ms-throttle-priority"), "low"),
	}, c.trace.Time)
	if !c.usage.Allowed {
		c.throttled = wire.TooManyRequests(c.usage.RetryAfter)
		c.throttled.Header["x-ms-throttle-scope"] = c.usage.Scope
		c.throttled.Header["x-ms-throttle-information"] = c.usage.Information
	}
}

// cost is the price in resource units. Documented: Microsoft Graph docs,
// throttling-limits, identity and access: $select is one less, $expand one
// more, $top below 20 one less, never under one.
func (c *call) cost() int {
	units := max(1, c.action.cost)
	if c.unparsed == nil && c.query.Given("$select") && c.action.costSelected > 0 {
		return c.action.costSelected
	}
	if c.unparsed != nil || c.method != http.MethodGet {
		return units
	}
	if c.query.Given("$select") {
		units--
	}
	if c.query.Given("$expand") {
		units++
	}
	if c.query.Given("$top") && c.query.Top < 20 {
		units--
	}
	return max(1, units)
}

// do carries the call out, inside the store's Run.
func (c *call) do(m gate.Moment) wire.Response {
	c.moment = m
	r, err := c.carryOut()
	if err != nil {
		return c.fail(err)
	}
	return r
}

func (c *call) carryOut() (wire.Response, *wire.Error) {
	for _, err := range []*wire.Error{c.unauthenticated, c.throttled} {
		if err != nil {
			return wire.Response{}, err
		}
	}
	if c.req.Method == http.MethodOptions && c.target.actions != nil {
		return wire.Empty(http.StatusNoContent).With("Allow", c.target.allow()), nil
	}
	tenant, err := c.api.gate.Store.Tenant(c.caller.TenantID)
	if err != nil {
		return wire.Response{}, wire.Forbidden()
	}
	c.tenant = tenant
	if c.misdirected != nil {
		return wire.Response{}, c.misdirected
	}
	if refused := c.authorize(); refused != nil {
		return wire.Response{}, refused
	}
	if refused := c.checkLicence(); refused != nil {
		return wire.Response{}, refused
	}
	if c.unreadable != nil {
		return wire.Response{}, c.unreadable
	}
	if refused := c.readQuery(); refused != nil {
		return wire.Response{}, refused
	}
	return c.action.run(c)
}

// authorize enforces the permissions in the token. Documented: Microsoft Graph
// docs, the permissions table of each operation.
func (c *call) authorize() *wire.Error {
	if c.action.allowed == nil || c.action.allowed(c) {
		return nil
	}
	if c.action.denied != nil {
		return c.action.denied()
	}
	return wire.Forbidden()
}

// readQuery refuses options that the target does not take. Documented: the
// reference page of each operation; assumed: that an unknown option is refused.
func (c *call) readQuery() *wire.Error {
	if c.unparsed != nil {
		return &wire.Error{Status: http.StatusBadRequest, Code: "BadRequest", Message: c.unparsed.Error()}
	}
	for _, option := range c.query.Options() {
		if !slices.Contains(c.action.options, option) {
			return wire.BadRequest("The query option '" + option + "' is not supported for this request.")
		}
	}
	return nil
}

// read is what the call sees: the directory as far behind as replicas are.
func (c *call) read() store.View {
	if c.moment.Lag <= 0 {
		return c.tenant.Now()
	}
	return c.tenant.At(c.moment.At.Add(-c.moment.Lag))
}

// by is the provenance of what the call changes.
func (c *call) by() store.Provenance {
	if c.actor != nil {
		return *c.actor
	}
	return store.Provenance{
		Source: store.SourceCall, CallID: c.entry.ID, ClientRequestID: c.entry.ClientRequestID,
		AppID: c.caller.AppID, ObjectID: c.caller.ObjectID, Time: c.moment.At,
	}
}

func (c *call) fail(err *wire.Error) wire.Response {
	return err.Envelope(c.api.gate.Settings().Envelope, c.trace)
}

// jsonType is the content type of Graph's answers.
const jsonType = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"

// finish adds the headers of every answer. Documented: Microsoft Graph docs,
// concepts/json-batching.md and concepts/throttling.md.
func (c *call) finish(r wire.Response) wire.Response {
	header := map[string]string{
		"request-id": c.trace.RequestID, "client-request-id": c.trace.ClientRequestID,
		"x-ms-ags-diagnostic":       `{"ServerInfo":{"DataCenter":"Simulated","Slice":"E","Ring":"0","ScaleUnit":"000","RoleInstance":"SIM00000000"}}`,
		"Strict-Transport-Security": "max-age=31536000", "Cache-Control": "no-cache", "Vary": "Accept-Encoding",
		"Date": c.trace.Time.UTC().Format(time.RFC1123[:len(time.RFC1123)-3] + "GMT"),
	}
	if r.Body != nil || r.Raw != nil {
		header["Content-Type"] = jsonType
		header["OData-Version"] = "4.0"
	}
	if c.unauthenticated == nil {
		c.usageHeaders(header)
	}
	for name, value := range r.Header {
		header[name] = value
	}
	r.Header = header
	return r
}
