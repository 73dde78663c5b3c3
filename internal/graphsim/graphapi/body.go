package graphapi

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"mime"
	"net/http"

	"github.com/rolewarden/rolewarden/internal/graphsim/wire"
)

// maxBody is the most that is read of a body, unpacked.
const maxBody = 4 << 20

// readBody reads the body where the action takes one. Bodies may be gzipped
// and chunked; they must be JSON.
func (c *call) readBody() {
	if c.req.Body == nil || !c.action.body {
		return
	}
	media, _, err := mime.ParseMediaType(c.req.Header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		c.unreadable = badRequest("Entity only allows writes with a JSON Content-Type header.")
		return
	}
	if c.body, err = unpack(c.req); err != nil {
		c.unreadable = unreadable()
	}
}

func unpack(r *http.Request) ([]byte, error) {
	var in io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		zipped, err := gzip.NewReader(r.Body)
		if err != nil {
			return nil, err
		}
		in = zipped
	}
	return io.ReadAll(io.LimitReader(in, maxBody))
}

// badRequest is a refusal by Graph's front rather than by the directory, which
// calls it by another code.
func badRequest(message string) *wire.Error {
	return &wire.Error{Status: http.StatusBadRequest, Code: "BadRequest", Message: message}
}

func unreadable() *wire.Error {
	return badRequest("Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.")
}

// decode reads the body, which must be an object and nothing else, into v.
func (c *call) decode(v any) *wire.Error {
	if string(bytes.TrimSpace(c.body)) == "null" || json.Unmarshal(c.body, v) != nil {
		return unreadable()
	}
	return nil
}
