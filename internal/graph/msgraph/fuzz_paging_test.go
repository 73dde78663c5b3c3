package msgraph

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rolewarden/rolewarden/internal/graph"
)

// book is a list in pages. Of each, a byte says how many rows it has and how it goes on.
type book struct {
	script []byte
	// link is what a page of the last kind links to.
	link string

	// rows are those of the pages that were read; broken is set when one of them cannot be believed, and open when the last
	// of them says that there is more.
	rows         []string
	broken, open bool
	read         int
}

// kinds are the ways in which a page goes on: with a link, with none, or not at all.
const (
	kindNext = iota
	kindEnd
	kindCapitals
	kindBack
	kindOtherHost
	kindRelative
	kindPlain
	kindUser
	kindPort
	kindUnavailable
	kindAbsent
	kindHTML
	kindNoValue
	kindNumber
	kindEmptyRow
	kindAny
	kinds
)

// turn returns the page that a request asks for.
func (b *book) turn(r *http.Request) *http.Response {
	n, _ := strconv.Atoi(r.URL.Query().Get("$skiptoken")) // the first page has none
	if b.read++; b.read > len(b.script)+2 {
		return jsonOf(500, "") // check will say so
	}
	kind, rows := kindEnd, 1
	if n < len(b.script) {
		kind, rows = int(b.script[n])%kinds, int(b.script[n])/kinds%4
	}
	var value []string
	for i := range rows {
		id := fmt.Sprintf("00000000-0000-4000-8000-%06d%06d", n, i)
		b.rows, value = append(b.rows, id), append(value, rowOf(id, n))
	}
	return b.bind(kind, n, strings.Join(value, ","))
}

// rowOf is an object, and an assignment too; on the third page and on the sixth the one that is looked for.
func rowOf(id string, n int) string {
	key := aKey()
	if n%3 != 2 {
		key.DirectoryScopeID = graph.ObjectScope(id)
	}
	return rowJSON(id, key)
}

func (b *book) bind(kind, n int, value string) *http.Response {
	links := map[int]string{
		kindNext: fmt.Sprintf("https://graph.test/v1.0/x?$skiptoken=%d", n+1), kindCapitals: fmt.Sprintf("HTTPS://GRAPH.TEST/v1.0/x?%%24skiptoken=%d", n+1),
		kindBack: fmt.Sprintf("https://graph.test/v1.0/x?$skiptoken=%d", max(1, n)), kindOtherHost: "https://graph.test.example.com/v1.0/x?$skiptoken=1",
		kindRelative: "/v1.0/x?$skiptoken=1", kindPlain: "http://graph.test/v1.0/x?$skiptoken=1", kindUser: "https://graph.test@example.com/",
		kindPort: "https://graph.test:8443/v1.0/x", kindAny: b.link,
	}
	link, linked := links[kind]
	b.open = linked && link != ""
	b.broken = b.broken || !linked && kind != kindEnd
	switch kind {
	case kindUnavailable:
		return jsonOf(503, "")
	case kindAbsent:
		return jsonOf(404, graphError("Request_ResourceNotFound", "Resource 'x' does not exist"))
	case kindHTML:
		return jsonOf(200, "<html>", "Content-Type", "text/html")
	case kindNoValue:
		return jsonOf(200, `{"values":[`+value+`]}`)
	case kindNumber:
		return jsonOf(200, `{"value":[`+value+`],"@odata.nextLink":7}`)
	case kindEmptyRow:
		return jsonOf(200, `{"value":[null]}`)
	}
	tail := ""
	if linked {
		text, _ := json.Marshal(link) // a string
		tail = `,"@odata.nextLink":` + string(text)
	}
	return jsonOf(200, `{"value":[`+value+`]`+tail+`}`)
}

// whole tells whether what was read is the list.
func (b *book) whole() bool { return !b.broken && !b.open }

// plain tells whether the script has only pages that a directory sends.
func (b *book) plain() bool {
	for _, page := range b.script {
		switch page % kinds {
		case kindEnd:
			return true
		case kindNext, kindCapitals:
		default:
			return false
		}
	}
	return true
}

// FuzzPaging holds that a list is either all of it or an error, whatever its pages hold and wherever they lead, and that the
// token goes nowhere but to Graph.
func FuzzPaging(f *testing.F) {
	for kind := range byte(kinds) {
		f.Add([]byte{kind + kinds}, "https://graph.test/v1.0/x")
		f.Add([]byte{kindNext + 2*kinds, kindCapitals, kind + 3*kinds}, "https://graph.test\\@example.com")
	}
	f.Add([]byte{kindNext, kindNext, kindNext, kindNext, kindNext, kindNext, kindEnd}, "")
	f.Add([]byte{kindAny, kindEnd}, "https://graph.test/v1.0/x?$skiptoken={x}&a=%zz#f")
	c, l, clock := loop(f)
	f.Fuzz(func(t *testing.T, script []byte, link string) {
		if len(script) > 64 { // pages are bounded elsewhere
			return
		}
		b := &book{script: script, link: link}
		l.begin(clock, b.turn)
		ids, err := c.GroupIDs(t.Context(), "x")
		b.check(t, l, err)
		if err == nil && !slices.Equal(ids, b.rows) || err != nil && ids != nil {
			t.Errorf("%v: got %v, %v, want %v", script, ids, err, b.rows)
		}

		b = &book{script: script, link: link}
		l.begin(clock, b.turn)
		found, err := c.FindRoleAssignment(t.Context(), aKey())
		b.check(t, l, err)
		there := slices.ContainsFunc(l.calls, func(r *http.Request) bool { n, _ := strconv.Atoi(r.URL.Query().Get("$skiptoken")); return n%3 == 2 })
		if err != nil && found != nil || err == nil && found != nil && !there || err == nil && found == nil && b.holds() {
			t.Errorf("%v: got %v, %v", script, found, err)
		}
	})
}

// holds tells whether a row that was read is the one that is looked for.
func (b *book) holds() bool {
	return slices.ContainsFunc(b.rows, func(id string) bool { n, _ := strconv.Atoi(id[24:30]); return n%3 == 2 })
}

// check holds what is so of any list.
func (b *book) check(t *testing.T, l *loopback, err error) {
	t.Helper()
	l.checkHosts(t)
	if b.read > len(b.script)+2 {
		t.Errorf("%v: %d calls", b.script, b.read)
	}
	if err == nil && !b.whole() {
		t.Errorf("%v, link %q: a part of a list is taken for the list", b.script, b.link)
	}
	if err != nil && b.plain() {
		t.Errorf("%v: %v", b.script, err)
	}
	if err != nil {
		checkText(t, failure(t, err).Error(), 3*maxText)
	}
}

// FuzzLists feeds any body with a 200 through every layer. Whatever comes out of it is an error, or what the body says.
func FuzzLists(f *testing.F) {
	for _, body := range []string{
		`{"value":[` + rowJSON("a-1", aKey()) + `]}`,
		`{"value":[{"id":"` + role + `","displayName":"x","isBuiltIn":true}]}`,
		`{"value":[null]}`, `{"value":[{"id":5}],"@odata.nextLink":7}`, `{"value":[{"@odata.type":"#microsoft.graph.user","id":"` + principal + `"}]}`,
		`{"value":[{"id":"` + role + `","rolePermissions":[null,{}],"inheritsPermissionsFrom":{}}]}`,
		`{"value":[],"value":[{"id":"` + role + `"}]}`, `{"value":{}}`, `{"VALUE":[{"id":"` + role + `"}]}`, `{"value":[[]]}`, `{"value":[{"id":"` + role + `"},7]}`,
	} {
		f.Add(body)
	}
	c, l, clock := loop(f)
	f.Fuzz(func(t *testing.T, body string) {
		l.begin(clock, func(*http.Request) *http.Response { return jsonOf(200, body) })
		roles, err := c.RoleDefinitions(t.Context())
		checkRows(t, body, len(roles), err)
		found, err := c.FindRoleAssignment(t.Context(), aKey())
		if _, ok := rowsOf(body); err == nil && !ok || found != nil && (err != nil || found.ID == "" || found.AssignmentKey != aKey()) {
			t.Errorf("%q: assignment %+v, %v", body, found, err)
		}
		ids, err := c.UserIDs(t.Context(), "x")
		checkRows(t, body, len(ids), err)
	})
}

// checkRows holds that as many rows come out as the body has, or an error and none.
func checkRows(t *testing.T, body string, got int, err error) {
	t.Helper()
	if n, ok := rowsOf(body); err == nil && (!ok || n != got) || err != nil && got != 0 {
		t.Errorf("%q: %d rows, %v", body, got, err)
	}
}

// rowsOf counts the rows of a list that has no further page.
func rowsOf(body string) (int, bool) {
	var list map[string]any
	if json.Unmarshal([]byte(body), &list) != nil {
		return 0, false
	}
	rows, ok := list["value"].([]any)
	link, _ := list["@odata.nextLink"].(string)
	return len(rows), ok && link == "" && !slices.Contains(rows, nil)
}
