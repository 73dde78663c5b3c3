package msgraph

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
)

const (
	// maxBody bounds a success. A page of a thousand assignments is about 300 KB.
	maxBody = 16 << 20
	// maxErrorBody bounds an error, and every answer of the login endpoint.
	maxErrorBody = 1 << 20
)

// answer is what a success looks like. Anything else, however well it is meant, proves nothing about the directory.
type answer struct {
	status int
	// list means an object with a "value" array.
	list bool
	// owned is set for a list of something that may be missing itself, as a group's members: a 404 is about that.
	owned bool
}

// The successes of the operations (Microsoft Graph docs, the pages of each).
func aList() answer     { return answer{status: http.StatusOK, list: true} }
func anObject() answer  { return answer{status: http.StatusOK} }
func aCreation() answer { return answer{status: http.StatusCreated} }
func nothing() answer   { return answer{status: http.StatusNoContent} }

// check returns why body is not the answer.
func (a answer) check(contentType string, body []byte) error {
	if a.status == http.StatusNoContent {
		return nil
	}
	if media, _, err := mime.ParseMediaType(contentType); err != nil || media != "application/json" {
		return fmt.Errorf("HTTP status %d without JSON: this is not an answer of Microsoft Graph", a.status)
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(body, &object); err != nil || object == nil {
		return fmt.Errorf("HTTP status %d with a body that is not a JSON object, or is cut short", a.status)
	}
	var rows []json.RawMessage
	if a.list && (json.Unmarshal(object["value"], &rows) != nil || rows == nil) {
		return errors.New("the answer to a list holds no list")
	}
	return nil
}

// readBody reads an answer whole and closes it. More than limit is an error, and so is an end that comes too soon.
func readBody(resp *http.Response, limit int64) ([]byte, error) {
	defer func() { _ = resp.Body.Close() }() // It has been read to its end.
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return body, err
	}
	if int64(len(body)) > limit {
		return body[:limit], fmt.Errorf("the answer is longer than %d bytes", limit)
	}
	return body, nil
}
