package graphapi

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/rolewarden/rolewarden/internal/graphsim/odata"
	"github.com/rolewarden/rolewarden/internal/graphsim/store"
	"github.com/rolewarden/rolewarden/internal/graphsim/wire"
)

// page cuts a page out of all that passed, and returns the link to the next.
func (c *call) page(items []store.Item) ([]store.Item, string, *wire.Error) {
	start, err := c.start(items)
	if err != nil {
		return nil, "", err
	}
	size := c.query.Top
	if size == 0 {
		size = c.api.gate.Settings().PageSize
	}
	items = items[start:]
	if len(items) <= size {
		return items, "", nil
	}
	position := items[size-1].Seq
	if len(c.query.OrderBy) > 0 {
		position = start + size
	}
	return items[:size], c.nextLink(position), nil
}

// start is where the page begins. A page token names the last row before it,
// so that rows that come and go meanwhile move no others; in a sorted list it
// is a count.
func (c *call) start(items []store.Item) (int, *wire.Error) {
	if c.query.SkipToken == "" {
		return 0, nil
	}
	position, ok := c.readToken()
	if !ok {
		// Assumed: the text. Documented is only that the token is opaque.
		return 0, wire.BadRequest("The value of $skiptoken is not one that this request was given; start again from the first page.")
	}
	if len(c.query.OrderBy) > 0 {
		return min(position, len(items)), nil
	}
	for i, item := range items {
		if item.Seq > position {
			return i, nil
		}
	}
	return len(items), nil
}

// nextLink is the same request with a page token, on the host that was asked.
func (c *call) nextLink(position int) string {
	number := strconv.Itoa(position)
	token := base64.RawURLEncoding.EncodeToString([]byte(number + "." + c.seal(number)))
	values, err := odata.ParseValues(c.req.URL.RawQuery)
	if err != nil {
		return ""
	}
	values.Del("$skiptoken")
	query := strings.ReplaceAll(values.Encode(), "%24", "$")
	if query != "" {
		query += "&"
	}
	return "https://" + c.req.Host + c.req.URL.EscapedPath() + "?" + query + "$skiptoken=" + token
}

func (c *call) readToken() (int, bool) {
	raw, err := base64.RawURLEncoding.DecodeString(c.query.SkipToken)
	if err != nil {
		return 0, false
	}
	number, seal, _ := strings.Cut(string(raw), ".")
	position, err := strconv.Atoi(number)
	return position, err == nil && hmac.Equal([]byte(seal), []byte(c.seal(number)))
}

// seal binds a page token to the tenant and the request it was made for.
func (c *call) seal(number string) string {
	values, err := odata.ParseValues(c.req.URL.RawQuery)
	if err != nil {
		return ""
	}
	values.Del("$skiptoken")
	mac := hmac.New(sha256.New, c.api.pageKey[:])
	mac.Write([]byte(number + "\n" + c.tenant.ID + "\n" + c.req.URL.Path + "\n" + values.Encode()))
	return string(mac.Sum(nil)[:12])
}
