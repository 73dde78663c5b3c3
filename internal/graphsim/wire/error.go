package wire

import (
	"net/http"
	"strconv"
	"time"

	"github.com/rolewarden/rolewarden/internal/graphsim/settings"
)

// Error is a refusal, before it is put into an envelope.
type Error struct {
	Status        int
	Code, Message string
	Header        map[string]string
}

// Error is what the client reads.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Trace is what every answer says about the call it answers.
type Trace struct {
	RequestID       string
	ClientRequestID string
	Time            time.Time
}

// Envelope puts the error into the body a client expects.
//
// Documented: Microsoft Graph docs, concepts/errors.md; the legacy form is the
// one that Microsoft's guides for removing a role assignment print.
func (e *Error) Envelope(kind settings.Envelope, t Trace) Response {
	body := e.v1(t)
	if kind == settings.EnvelopeLegacy {
		body = e.legacy(t)
	}
	return Response{Status: e.Status, Header: e.Header, Body: body}
}

// stamp is how dates look inside error bodies: no zone.
const stamp = "2006-01-02T15:04:05"

func (e *Error) v1(t Trace) any {
	inner := map[string]any{
		"date": t.Time.UTC().Format(stamp), "request-id": t.RequestID, "client-request-id": t.ClientRequestID,
	}
	if e.Status == http.StatusTooManyRequests {
		// Documented: Microsoft Graph docs, concepts/throttling.md, sample response.
		inner["code"], inner["status"], inner["message"] = "429", "429", "Please retry after"
	}
	return map[string]any{"error": map[string]any{"code": e.Code, "message": e.Message, "innerError": inner}}
}

func (e *Error) legacy(t Trace) any {
	return map[string]any{"odata.error": map[string]any{
		"code":    e.Code,
		"message": map[string]any{"lang": "en", "value": e.Message},
		"date":    t.Time.UTC().Format(stamp), "requestId": t.RequestID,
		"values": nil,
	}}
}

// Errors that are the same wherever they occur. Documented unless said
// otherwise: Microsoft Graph docs, concepts/errors.md and concepts/json-batching.md.

// NotFound says that an object is not there, or what it refers to is not.
func NotFound(id string) *Error {
	return &Error{Status: http.StatusNotFound, Code: "Request_ResourceNotFound",
		Message: "Resource '" + id + "' does not exist or one of its queried reference-property objects are not present."}
}

// BadRequest refuses what was asked for.
func BadRequest(message string) *Error {
	return &Error{Status: http.StatusBadRequest, Code: "Request_BadRequest", Message: message}
}

// Unsupported refuses a query that the directory cannot answer.
func Unsupported(message string) *Error {
	return &Error{Status: http.StatusBadRequest, Code: "Request_UnsupportedQuery", Message: message}
}

// NoSegment says that a path leads nowhere.
func NoSegment(segment string) *Error {
	return &Error{Status: http.StatusBadRequest, Code: "BadRequest",
		Message: "Resource not found for the segment '" + segment + "'."}
}

// Forbidden says that the token lacks a permission.
func Forbidden() *Error {
	return &Error{Status: http.StatusForbidden, Code: "Authorization_RequestDenied",
		Message: "Insufficient privileges to complete the operation."}
}

// MethodNotAllowed names the methods that are.
func MethodNotAllowed(allow string) *Error {
	return &Error{Status: http.StatusMethodNotAllowed, Code: "Request_BadRequest",
		Message: "Specified HTTP method is not allowed for the request target.",
		Header:  map[string]string{"Allow": allow}}
}

// TooManyRequests asks the client to come back later.
func TooManyRequests(after time.Duration) *Error {
	return &Error{Status: http.StatusTooManyRequests, Code: "TooManyRequests", Message: "Please retry again later.",
		Header: map[string]string{"Retry-After": strconv.Itoa(int((after + time.Second - 1) / time.Second))}}
}
