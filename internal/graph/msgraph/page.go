package msgraph

import (
	"context"
	"net/url"

	"github.com/rolewarden/rolewarden/internal/graph"
)

// maxPages bounds one list: at Graph's smallest default page of a hundred rows, a hundred thousand of them.
const maxPages = 1000

// page is one answer to a list.
type page interface {
	comparable
	GetOdataNextLink() *string
}

// list reads every page of a list. fetch is given no link for the first page, and then each page's nextLink, verbatim.
// Whatever goes wrong on any page goes wrong with the list: a part of a list is not a list.
func list[P page](ctx context.Context, c *Client, what call, fetch func(ctx context.Context, link string) (P, error), each func(P) error) error {
	what.answer = aList()
	seen := map[string]bool{}
	for link := ""; ; {
		next, err := onePage(ctx, c, what, link, fetch, each)
		if err != nil || next == "" {
			return err
		}
		if err := c.checkLink(next, seen); err != nil {
			return what.describe(err)
		}
		seen[next], link = true, next
	}
}

// onePage reads one page and returns the link to the next, if there is one.
func onePage[P page](ctx context.Context, c *Client, what call, link string, fetch func(context.Context, string) (P, error), each func(P) error) (next string, err error) {
	err = c.do(ctx, what, func(ctx context.Context) error {
		var none P
		p, err := fetch(ctx, link)
		if err != nil {
			return err
		}
		if p == none {
			return malformed("an empty answer to a list")
		}
		if l := p.GetOdataNextLink(); l != nil {
			next = *l
		}
		return each(p)
	})
	return next, err
}

// checkLink refuses a link that leads elsewhere, or to where we have been.
func (c *Client) checkLink(link string, seen map[string]bool) error {
	u, err := url.Parse(link)
	switch {
	case err != nil:
		return malformed("a nextLink that is not a URL")
	case !c.cloud.holds(u):
		return otherHost(u.Host)
	case seen[link]:
		return malformed("the pages of the list go round in a circle")
	case len(seen) >= maxPages:
		return malformed("the list has more pages than are read")
	}
	return nil
}

// malformed is an answer that looks like Graph's and cannot be.
func malformed(message string) *graph.Error {
	return &graph.Error{Class: graph.Unknown, Message: message}
}
