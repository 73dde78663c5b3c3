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

// listing is one list: what it is for, how a page of it is fetched, and what becomes of the page.
type listing[P page] struct {
	call
	// owned is set when the list belongs to an object that may be missing.
	owned bool
	// fetch is given no link for the first page, and then each page's nextLink, verbatim.
	fetch func(ctx context.Context, link string) (P, error)
	each  func(P) error
}

// list reads every page of a list. Whatever goes wrong on any page goes wrong with the list: a part of a list is not a
// list.
func list[P page](ctx context.Context, c *Client, l listing[P]) error {
	seen := map[string]bool{}
	for link := ""; ; {
		l.answer = aList()
		// Who reads the first page has seen what owns the list.
		l.answer.owned = l.owned && link == ""
		next, err := l.page(ctx, c, link)
		if err != nil || next == "" {
			return err
		}
		if err := c.checkLink(next, seen); err != nil {
			return l.describe(err)
		}
		seen[next], link = true, next
	}
}

// page reads one page and returns the link to the next, if there is one.
func (l listing[P]) page(ctx context.Context, c *Client, link string) (next string, err error) {
	err = c.do(ctx, l.call, func(ctx context.Context) error {
		var none P
		p, err := l.fetch(ctx, link)
		if err != nil {
			return err
		}
		if p == none {
			return malformed("an empty answer to a list")
		}
		next = value(p.GetOdataNextLink())
		return l.each(p)
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
