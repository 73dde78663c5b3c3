package login

import (
	"fmt"
	"time"

	"github.com/rolewarden/rolewarden/internal/graphsim/wire"
)

// refusal is an error of the token service. Codes and texts are documented:
// Microsoft identity platform, reference-error-codes, and the samples in
// v2-oauth2-client-creds-grant-flow. Which HTTP status goes with which is
// assumed where the samples do not show it.
type refusal struct {
	status int
	kind   string
	code   int
	text   string
}

func refuse(status int, kind string, code int, text string) *refusal {
	return &refusal{status, kind, code, text}
}

// response is the refusal as it is sent.
func (r *refusal) response(t wire.Trace) wire.Response {
	at := t.Time.UTC().Format("2006-01-02 15:04:05Z")
	correlation := t.ClientRequestID
	if correlation == "" {
		correlation = t.RequestID
	}
	description := fmt.Sprintf("AADSTS%d: %s Trace ID: %s Correlation ID: %s Timestamp: %s", r.code, r.text, t.RequestID, correlation, at)
	if r.code == 0 {
		description = r.text
	}
	return wire.JSON(r.status, map[string]any{
		"error": r.kind, "error_description": description, "error_codes": []int{r.code},
		"timestamp": at, "trace_id": t.RequestID, "correlation_id": correlation,
		"error_uri": fmt.Sprintf("https://login.microsoftonline.com/error?code=%d", r.code),
	})
}

// expiresIn is a lifetime as token answers print it: one second short.
func expiresIn(lifetime time.Duration) int { return max(1, int(lifetime/time.Second)-1) }
