package msgraph

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rolewarden/rolewarden/internal/graph"
)

// maxText bounds what is kept of a text that somebody else wrote.
const maxText = 512

// envelope is the body of an error of Graph, or, with odata.error, of the older Azure AD Graph: Microsoft's guide for
// removing role assignments still prints the latter.
type envelope struct {
	Error  *wireError `json:"error"`
	Legacy *wireError `json:"odata.error"`
}

// wireError is the inner object of both forms.
type wireError struct {
	Code    string `json:"code"`
	Message text   `json:"message"`
}

// text is a string, or an object that holds one as its value. Anything else is empty: a message of an unknown form must
// not hide the code beside it.
type text string

// UnmarshalJSON implements json.Unmarshaler.
func (t *text) UnmarshalJSON(data []byte) error {
	var plain string
	if json.Unmarshal(data, &plain) == nil {
		*t = text(plain)
		return nil
	}
	var localized struct {
		Value string `json:"value"`
	}
	if json.Unmarshal(data, &localized) == nil {
		*t = text(localized.Value)
	}
	return nil
}

// parseError translates an answer that is not a success. It keeps the code and the message, and nothing else of the body.
func parseError(status int, header http.Header, body []byte) *graph.Error {
	failure := &graph.Error{Status: status}
	found := readEnvelope(body)
	failure.Code, failure.Message = redact(found.Code, nil), redact(string(found.Message), nil)
	// The code as it came: one that is only made a known code by cleaning it is not that code.
	failure.Class, failure.Refusal = classify(status, found.Code, failure.Message)
	if status == http.StatusUnauthorized && bearer.MatchString(header.Get("WWW-Authenticate")+" ") {
		failure.Class = graph.Unauthenticated
	}
	if failure.Class == graph.NotFound {
		failure.Resource = resourceOf(failure.Message)
	}
	return failure
}

// readEnvelope returns the error that body holds, empty if it is not an error of Graph. An error without a code is none.
func readEnvelope(body []byte) wireError {
	var e envelope
	if json.Unmarshal(body, &e) != nil {
		return wireError{}
	}
	found := e.Error
	if found == nil {
		found = e.Legacy
	}
	if found == nil || found.Code == "" {
		return wireError{}
	}
	return found.unfold()
}

// unfold returns the error that PIM puts as a JSON text into the message of another one, with the code UnknownError.
func (e wireError) unfold() wireError {
	var inner struct {
		Code    string `json:"errorCode"`
		Message text   `json:"message"`
	}
	if json.Unmarshal([]byte(e.Message), &inner) != nil || inner.Code == "" {
		return e
	}
	return wireError{Code: inner.Code, Message: inner.Message}
}

// missing is how Graph names what a 404 is about.
var missing = regexp.MustCompile(`(?i)\bResource '([^']+)' does not exist\b`)

// resourceOf returns the ID that a message names. An object ID is returned in lower case. Others, such as the ID of an
// assignment, differ by case.
func resourceOf(message string) string {
	found := missing.FindStringSubmatch(message)
	if found == nil {
		return ""
	}
	if id, err := graph.CanonicalID(found[1]); err == nil {
		return id
	}
	return found[1]
}

// jwt looks for tokens. An error text should hold none, but it is not we who write it.
var jwt = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{8,}(\.[A-Za-z0-9_-]*){0,2}`)

// redact returns s in printable form without tokens and without the given secrets.
func redact(s string, secrets []string) string {
	for _, secret := range secrets {
		if secret != "" {
			s = strings.ReplaceAll(s, secret, "[redacted]")
		}
	}
	return printable(jwt.ReplaceAllString(s, "[redacted]"))
}

// printable returns s on one line, without control characters and not too long.
func printable(s string) string {
	if len(s) > 8*maxText {
		s = s[:8*maxText]
	}
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == utf8.RuneError {
			return ' '
		}
		return r
	}, s)
	runes := []rune(strings.Join(strings.Fields(s), " "))
	if len(runes) > maxText {
		return string(runes[:maxText-1]) + "…"
	}
	return string(runes)
}
