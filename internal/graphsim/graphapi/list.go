package graphapi

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/rolewarden/rolewarden/internal/graphsim/odata"
	"github.com/rolewarden/rolewarden/internal/graphsim/schema"
	"github.com/rolewarden/rolewarden/internal/graphsim/store"
	"github.com/rolewarden/rolewarden/internal/graphsim/wire"
)

// maxPage is the largest page there is. Documented: Microsoft Graph docs,
// user-list and group-list.
const maxPage = 999

// listSet lists a whole set.
func listSet(c *call) (wire.Response, *wire.Error) {
	if c.target.set.Name == "directoryObjects" {
		// Documented: directory objects are got one by one or by getByIds.
		return wire.Response{}, wire.Unsupported("Listing directoryObjects is not supported; use getByIds, or list a set.")
	}
	if c.target.set.Name == transitiveSet {
		return listTransitive(c)
	}
	if c.target.set.Name == deletedSet {
		// Documented: Microsoft Graph docs, directory-deleteditems-list: the type is part of the path.
		return wire.Response{}, wire.Unsupported("Listing deletedItems needs a type: /directory/deletedItems/microsoft.graph.user, for one.")
	}
	if err := c.checkNeeded(c.target.set); err != nil {
		return wire.Response{}, err
	}
	return c.list(c.target.set, c.candidates(c.target.set))
}

// candidates are the rows that can pass the filter, found by an index if one helps.
func (c *call) candidates(set *schema.Set) []store.Item {
	if c.moment.Blind {
		return nil
	}
	view := c.read()
	if p, ok := c.api.projections[set.Name]; ok {
		return p.list(c, view, set)
	}
	for property, value := range odata.Equalities(c.query.Filter) {
		if property == "roleDefinitionId" {
			value = c.roleID(value)
		}
		if view.Indexed(set.Name, property) {
			return view.Find(set.Name, property, value)
		}
	}
	return view.List(set.Name)
}

// list answers with a page of those items that pass the filter.
func (c *call) list(set *schema.Set, items []store.Item) (wire.Response, *wire.Error) {
	shape, err := c.shape(set)
	if err == nil {
		err = c.checkList(set)
	}
	if err != nil {
		return wire.Response{}, err
	}
	items = c.filter(set, items)
	c.order(items)
	body := map[string]any{"@odata.context": c.context(set, false)}
	if c.advanced() {
		body["@odata.count"] = len(items)
	}
	page, next, err := c.page(items)
	if err != nil {
		return wire.Response{}, err
	}
	if next != "" {
		body["@odata.nextLink"] = next
	}
	value := make([]any, len(page))
	for i, item := range page {
		value[i] = c.row(shape, item)
	}
	body["value"] = value
	return wire.JSON(http.StatusOK, body), nil
}

// row is an object in a list of one type, which a cast can narrow to one that
// the caller may not read.
func (c *call) row(s shape, item store.Item) map[string]any {
	if !c.caller.Allows(s.set.Read) {
		return c.limited(item)
	}
	return c.render(s, item)
}

// checkList refuses options that do not go together.
func (c *call) checkList(set *schema.Set) *wire.Error {
	if c.query.Given("$top") && (c.query.Top < 1 || c.query.Top > maxPage) {
		return wire.Unsupported("Invalid page size specified: '" + strconv.Itoa(c.query.Top) + "'. Must be between 1 and 999 inclusive.")
	}
	for _, o := range c.query.OrderBy {
		if p, ok := set.Property(o.Property); !ok || p.Filter < schema.Prefix {
			return wire.Unsupported("Sorting not supported for current query.")
		}
	}
	if len(c.query.OrderBy) > 0 && c.query.Filter != nil && !c.advanced() {
		return wire.Unsupported("Sorting not supported for current query.")
	}
	return c.checkFilter(set)
}

// eventual reports whether the call accepts answers from the index. Documented:
// Microsoft Graph docs, aad-advanced-queries.
func (c *call) eventual() bool {
	return strings.EqualFold(c.req.Header.Get("ConsistencyLevel"), "eventual")
}

// advanced reports whether it asks for a count too. Documented on the same page:
// without the header, $count=true is silently ignored.
func (c *call) advanced() bool { return c.eventual() && c.query.Count }

func (c *call) filter(set *schema.Set, items []store.Item) []store.Item {
	if c.query.Filter == nil {
		return items
	}
	return slices.DeleteFunc(items, func(item store.Item) bool { return !c.query.Filter.Eval(c.lookup(set, item)) })
}

func (c *call) order(items []store.Item) {
	for _, o := range slices.Backward(c.query.OrderBy) {
		slices.SortStableFunc(items, func(a, b store.Item) int {
			order := cmp.Compare(strings.ToLower(a.Props.String(o.Property)), strings.ToLower(b.Props.String(o.Property)))
			if o.Descending {
				return -order
			}
			return order
		})
	}
}
