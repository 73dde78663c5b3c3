package msgraph

import (
	"context"
	"fmt"

	kiota "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoft/kiota-abstractions-go/serialization"

	"github.com/rolewarden/rolewarden/internal/graph"
)

// Requests are built here of kiota's parts, and answered in the SDK's models. The SDK's packages for users and groups are not
// used: they hold 22 MB of generated source for everything that a user or group may own.

// newRequest returns what the SDK's request builders make of the same call. The path is a URI template: whatever is not ours
// in it has gone through pathTo, or is a parameter.
func newRequest(method kiota.HttpMethod, path string) *kiota.RequestInformation {
	request := kiota.NewRequestInformationWithMethodAndUrlTemplateAndPathParameters(
		method, "{+baseurl}"+path+"{?%24filter,%24select,%24top}", map[string]string{})
	request.Headers.TryAdd("Accept", "application/json")
	return request
}

// pathTo puts object IDs into a path. What is not an ID never gets there: in its place, nothing or two dots would name
// another resource.
func pathTo(format string, ids ...string) (string, error) {
	canonical := make([]any, len(ids))
	for i, id := range ids {
		one, err := graph.CanonicalID(id)
		if err != nil {
			return "", badInput(err)
		}
		canonical[i] = one
	}
	return fmt.Sprintf(format, canonical...), nil
}

// fetch sends a request whose answer is one object, or one page.
func fetch[T any](ctx context.Context, c *Client, request *kiota.RequestInformation, create serialization.ParsableFactory) (T, error) {
	var none T
	answer, err := c.adapter.Send(ctx, request, create, nil)
	if err != nil {
		return none, err
	}
	object, ok := answer.(T)
	if !ok {
		return none, malformed("an answer that is not what was asked for")
	}
	return object, nil
}

// get reads the object at a path.
func get[T any](ctx context.Context, c *Client, what call, path string, selected []string, create serialization.ParsableFactory) (T, error) {
	request := newRequest(kiota.GET, path)
	request.QueryParametersAny["%24select"] = selected
	what.answer = anObject()
	return exchange[T](ctx, c, what, request, create)
}

// post creates an object, once, and returns it as the directory answers.
func post[T any](ctx context.Context, c *Client, what call, path string, body serialization.Parsable, create serialization.ParsableFactory) (T, error) {
	request := newRequest(kiota.POST, path)
	what.answer = aCreation()
	if err := c.fill(ctx, request, body); err != nil {
		var none T
		return none, what.describe(err)
	}
	return exchange[T](ctx, c, what, request, create)
}

func exchange[T any](ctx context.Context, c *Client, what call, request *kiota.RequestInformation, create serialization.ParsableFactory) (object T, err error) {
	err = c.do(ctx, what, func(ctx context.Context) error {
		object, err = fetch[T](ctx, c, request, create)
		return err
	})
	return object, err
}

// write sends a request, once, whose success says nothing.
func (c *Client) write(ctx context.Context, what call, method kiota.HttpMethod, path string, body serialization.Parsable) error {
	request := newRequest(method, path)
	what.answer = nothing()
	if err := c.fill(ctx, request, body); err != nil {
		return what.describe(err)
	}
	return c.do(ctx, what, func(ctx context.Context) error { return c.adapter.SendNoContent(ctx, request, nil) })
}

// fill writes the body of a request, if it has one.
func (c *Client) fill(ctx context.Context, request *kiota.RequestInformation, body serialization.Parsable) error {
	if body == nil {
		return nil
	}
	if err := request.SetContentFromParsable(ctx, c.adapter, "application/json", body); err != nil {
		return &graph.Error{Class: graph.Unknown, NotSent: true, Err: stable(err)}
	}
	return nil
}

// collection is a list to be read.
type collection struct {
	path, filter string
	selected     []string
	// top asks for pages of that size; zero for what the directory thinks best.
	top int32
	// owned is set when the list belongs to an object that may be missing.
	owned bool
	// create makes the model of a page.
	create serialization.ParsableFactory
}

// request asks for the page at a link, or for the first one.
func (l collection) request(link string) *kiota.RequestInformation {
	request := newRequest(kiota.GET, l.path)
	if link != "" {
		request.PathParameters["request-raw-url"] = link
	}
	if l.filter != "" {
		request.QueryParametersAny["%24filter"] = l.filter
	}
	if l.top > 0 {
		request.QueryParametersAny["%24top"] = l.top
	}
	request.QueryParametersAny["%24select"] = l.selected
	return request
}

// listOf is a page of rows.
type listOf[R any] interface {
	page
	GetValue() []R
}

// readAll reads a list whole. It returns what read makes of the rows that read wants.
func readAll[P listOf[R], R, T any](ctx context.Context, c *Client, what call, from collection, read func(R) (T, bool, error)) ([]T, error) {
	var all []T
	collect := func(p P) error {
		for _, row := range p.GetValue() {
			if any(row) == nil {
				return malformed("a list with an empty row")
			}
			one, wanted, err := read(row)
			if err != nil {
				return err
			}
			if wanted {
				all = append(all, one)
			}
		}
		return nil
	}
	pages := func(ctx context.Context, link string) (P, error) {
		return fetch[P](ctx, c, from.request(link), from.create)
	}
	if err := list(ctx, c, listing[P]{call: what, owned: from.owned, fetch: pages, each: collect}); err != nil {
		return nil, err
	}
	return all, nil
}

// every makes a reader that wants every row.
func every[R, T any](read func(R) (T, error)) func(R) (T, bool, error) {
	return func(row R) (T, bool, error) {
		one, err := read(row)
		return one, true, err
	}
}
