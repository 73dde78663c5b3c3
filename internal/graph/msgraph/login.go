package msgraph

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"

	"github.com/rolewarden/rolewarden/internal/graph"
)

// login carries azidentity's requests. azidentity flattens what goes wrong into a text that holds the whole answer, so
// failures are translated here, where they are still whole, and kept in the record that the request's context holds.
type login struct {
	client  *http.Client
	clock   Clock
	gate    *gate
	secrets []string
}

func newLogin(base http.RoundTripper, o Options) *login {
	return &login{
		client: &http.Client{
			Transport:     base,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		clock:   o.Clock,
		gate:    o.Pauses.gate("login "+o.Cloud.Authority, o.TenantID, o.Clock),
		secrets: o.Credential.secrets(),
	}
}

// loginKey is the context key of the record.
type loginKey struct{}

// loginRecord keeps what came of the last of the requests that one token took: MSAL shrugs off a failed instance discovery.
type loginRecord struct {
	mu    sync.Mutex
	asked bool
	err   *graph.Error
}

// result returns whether the login endpoint was asked at all, and how that failed, if it did.
func (r *loginRecord) result() (asked bool, failure *graph.Error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.asked, r.err
}

// note keeps how a request failed; nil is a success.
func (r *loginRecord) note(failure *graph.Error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked, r.err = true, failure
}

// Do sends one request. It implements azcore's Transporter.
func (l *login) Do(req *http.Request) (*http.Response, error) {
	resp, failure := l.send(req)
	if failure != nil {
		// Whatever went wrong here, nothing has gone to Graph.
		failure.NotSent = true
	}
	if record, ok := req.Context().Value(loginKey{}).(*loginRecord); ok {
		record.note(failure)
	}
	if resp == nil {
		return nil, failure
	}
	return resp, nil
}

// send returns the answer together with the failure that it is, if it is one: MSAL wants to see it too.
func (l *login) send(req *http.Request) (*http.Response, *graph.Error) {
	if err := l.gate.check(); err != nil {
		return nil, &graph.Error{Class: graph.Throttled, RetryAfter: call{}.describe(err).RetryAfter,
			Message: "the login endpoint asked for a pause that is not over yet"}
	}
	resp, err := l.client.Do(req)
	if err != nil {
		return nil, &graph.Error{Class: graph.Transient, Err: stable(err)}
	}
	body, err := readBody(resp, maxErrorBody)
	if err != nil {
		return nil, &graph.Error{Class: graph.Transient, Status: resp.StatusCode, Err: stable(err)}
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, l.judge(resp, body)
}

// judge returns the failure that an answer of the login endpoint is, or nil.
func (l *login) judge(resp *http.Response, body []byte) *graph.Error {
	if resp.StatusCode == http.StatusOK {
		if json.Valid(body) {
			return nil
		}
		return &graph.Error{Class: graph.Transient, Status: resp.StatusCode, Message: "the login endpoint's answer is not JSON"}
	}
	failure := parseLoginError(resp.StatusCode, body, l.secrets)
	failure.RetryAfter = retryAfter(resp.Header.Get("Retry-After"), l.clock.Now())
	if failure.Class == graph.Throttled {
		l.gate.close(failure.RetryAfter)
	}
	return failure
}

// aadsts begins the descriptions of the login endpoint's errors (Microsoft identity platform docs,
// reference-error-codes).
var aadsts = regexp.MustCompile(`^(AADSTS\d+):\s*`)

// parseLoginError reads an error of the token endpoint (RFC 6749, section 5.2). Of the description it keeps the first
// sentence: the rest names the request and the time.
func parseLoginError(status int, body []byte, secrets []string) *graph.Error {
	var answer struct {
		Error       any    `json:"error"`
		Description string `json:"error_description"`
	}
	_ = json.Unmarshal(body, &answer) // What cannot be read has no code, and is judged by its status.
	code, _ := answer.Error.(string)
	failure := &graph.Error{Status: status, Code: redact(code, secrets), Class: classifyLogin(status, code)}
	description := answer.Description
	if found := aadsts.FindStringSubmatch(description); found != nil {
		failure.Code, description = found[1], description[len(found[0]):]
	}
	failure.Message = redact(firstSentence(description), secrets)
	return failure
}

// firstSentence returns s up to the end of its first sentence, or line.
func firstSentence(s string) string {
	s = firstLine(s)
	if i := strings.Index(s, ". "); i >= 0 {
		s = s[:i+1]
	}
	for _, marker := range []string{"Trace ID:", "Correlation ID:", "Timestamp:"} {
		if i := strings.Index(s, marker); i >= 0 {
			s = s[:i]
		}
	}
	return printable(s)
}

// firstLine returns s up to its first line break.
func firstLine(s string) string {
	s = strings.TrimSpace(s)
	if i := strings.IndexAny(s, "\r\n"); i >= 0 {
		s = s[:i]
	}
	return s
}
