package graphapi

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/rolewarden/rolewarden/internal/graphsim/wire"
)

// maxBatch is how many requests a batch holds. Documented: Microsoft Graph
// docs, concepts/json-batching.md, as is all else here.
const maxBatch = 20

// batchItem is one request of a batch.
type batchItem struct {
	ID        string            `json:"id"`
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	Body      json.RawMessage   `json:"body"`
	DependsOn []string          `json:"dependsOn"`
}

// serveBatch carries out the requests of a batch, in their order, each through
// the same path as a single one, and throttled by itself.
func serveBatch(c *call) (wire.Response, *wire.Error) {
	items, err := c.readBatch()
	if err != nil {
		return wire.Response{}, err
	}
	statuses := map[string]int{}
	responses := make([]any, 0, len(items))
	for _, item := range items {
		answer := c.serveItem(item, statuses)
		statuses[item.ID] = answer.Status
		responses = append(responses, batched(item.ID, answer))
	}
	return wire.JSON(http.StatusOK, map[string]any{"responses": responses}), nil
}

func (c *call) readBatch() ([]batchItem, *wire.Error) {
	var in struct {
		Requests []batchItem `json:"requests"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if err := checkSteps(len(in.Requests)); err != nil {
		return nil, err
	}
	var seen []string
	for _, item := range in.Requests {
		if err := item.check(seen); err != nil {
			return nil, err
		}
		seen = append(seen, item.ID)
	}
	return in.Requests, nil
}

// checkSteps refuses too many requests, in the words of reports, or none.
func checkSteps(n int) *wire.Error {
	switch {
	case n == 0:
		return badRequest("A batch needs at least one request step.")
	case n > maxBatch:
		return &wire.Error{Status: http.StatusBadRequest, Code: "MaximumValueExceeded",
			Message: "Number of batch request steps exceeds the maximum value of 20."}
	}
	return nil
}

// check refuses an item that makes the whole batch invalid.
func (i batchItem) check(before []string) *wire.Error {
	switch {
	case i.ID == "" || i.Method == "" || i.URL == "":
		return badRequest("Each batch request step needs an id, a method and a url.")
	case slices.Contains(before, i.ID):
		return badRequest("Request Id " + i.ID + " has to be unique in a batch.")
	case !i.relative():
		return badRequest("Invalid url " + i.URL + " in a batch request step: it must be relative.")
	}
	for _, id := range i.DependsOn {
		if !slices.Contains(before, id) {
			return badRequest("Request Id " + id + " in dependsOn does not come before " + i.ID + ".")
		}
	}
	return nil
}

// relative reports whether the path of an item's URL is one below the version, and not that of batches themselves.
func (i batchItem) relative() bool {
	escaped, _, _ := strings.Cut(i.URL, "?")
	path, err := url.PathUnescape(escaped)
	return err != nil || !strings.Contains(path, "$batch") && !strings.Contains(path, "://") // what cannot be read fails alone
}

// serveItem carries out one request, unless one it depends on failed.
func (c *call) serveItem(item batchItem, statuses map[string]int) wire.Response {
	for _, id := range item.DependsOn {
		if statuses[id] >= http.StatusBadRequest {
			failed := &wire.Error{Status: http.StatusFailedDependency, Code: "FailedDependency", Message: "A request that this one depends on failed."}
			return c.finish(c.fail(failed))
		}
	}
	r, err := c.itemRequest(item)
	if err != nil {
		return c.finish(c.fail(badRequest("The url of a batch request step cannot be read.")))
	}
	id := r.Header.Get("client-request-id")
	if id == "" {
		id = c.trace.ClientRequestID
	}
	return c.api.serve(r, id)
}

// itemRequest is an item as a request of its own, with the caller's token.
func (c *call) itemRequest(item batchItem) (*http.Request, error) {
	address, err := url.Parse("/" + versionOf(c.req.URL.Path) + "/" + strings.TrimPrefix(item.URL, "/"))
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(c.req.Context(), strings.ToUpper(item.Method), "https://"+c.req.Host, bytes.NewReader(unquote(item)))
	if err != nil {
		return nil, err
	}
	address.Scheme, address.Host = "https", c.req.Host
	r.URL = address
	for name, value := range item.Headers {
		r.Header.Set(name, value)
	}
	r.Header.Set("Authorization", c.req.Header.Get("Authorization"))
	return r, nil
}

// unquote is the body of an item: JSON as it stands.
func unquote(item batchItem) []byte {
	if string(item.Body) == "null" {
		return nil
	}
	return item.Body
}

// batched is an answer as one of a batch.
func batched(id string, r wire.Response) map[string]any {
	out := map[string]any{"id": id, "status": r.Status, "headers": r.Header}
	switch {
	case r.Body != nil:
		out["body"] = r.Body
	case r.Raw != nil:
		out["body"] = string(r.Raw)
	}
	return out
}
