package wire

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
)

// Response is an answer that was not sent yet, so that it can be lost.
type Response struct {
	Status int
	Header map[string]string
	// Body is written as JSON; nil is no body.
	Body any
	// Raw is sent in place of Body where it is not nil.
	Raw []byte
}

// JSON is an answer with a body.
func JSON(status int, body any) Response { return Response{Status: status, Body: body} }

// Empty is an answer without a body.
func Empty(status int) Response { return Response{Status: status} }

// With returns the answer with one more header.
func (r Response) With(name, value string) Response {
	header := map[string]string{name: value}
	for k, v := range r.Header {
		if k != name {
			header[k] = v
		}
	}
	r.Header = header
	return r
}

// Bytes is the body as it is sent.
func (r Response) Bytes() ([]byte, error) {
	if r.Raw != nil || r.Body == nil {
		return r.Raw, nil
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false) // Graph does not escape them either
	if err := enc.Encode(r.Body); err != nil {
		return nil, err
	}
	return bytes.TrimRight(buf.Bytes(), "\n"), nil
}

// Send writes the answer. A failure to write is the client's going away.
func (r Response) Send(w http.ResponseWriter, head bool) error {
	body, err := r.Bytes()
	if err != nil {
		return err
	}
	h := w.Header()
	for name, value := range r.Header {
		h.Set(name, value)
		if value == "" {
			h[http.CanonicalHeaderKey(name)] = nil // not sent, and not guessed either
		}
	}
	if r.Status != http.StatusNoContent {
		h.Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(r.Status)
	if head || r.Status == http.StatusNoContent {
		return nil
	}
	_, err = w.Write(body)
	return err
}
