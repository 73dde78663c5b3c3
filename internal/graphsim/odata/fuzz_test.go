package odata

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// FuzzParseFilter holds that a filter that is read can be written down again and means the same, that it is decided for
// every row, and that an index by what it demands loses no row.
func FuzzParseFilter(f *testing.F) {
	for _, seed := range []string{
		"a eq 'x''y'", "not (a in ('x',null)) and b/any(c:c eq 1)", "startswith(a,'x') or b", "a ge 2026-01-01T00:00:00Z", "((", "'", "a eq 'ü'",
		"role eq 'own' and name eq 'o''brien' and (enabled or off)", "types/any(t:startswith(t,'uni') and not (t eq 'x'))", "n eq -1e3 and n ne -inf",
		"name eq 'x' or enabled", "not (name eq 'x') and enabled", "id eq 62e90394-69f5-4237-9190-012177145e10", "not not (enabled or off) or n in (1,2) and missing eq null",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, filter string) {
		e, err := ParseFilter(filter)
		if err != nil {
			return
		}
		again, err := ParseFilter(written(e))
		if err != nil || !cmp.Equal(e, again) {
			t.Fatalf("%q is read as %s, and that as %v, %v", filter, written(e), again, err)
		}
		if again.Eval(row) != e.Eval(row) {
			t.Errorf("%q is not decided", filter)
		}
		checkEqualities(t, e)
	})
}

// checkEqualities holds that what a filter is said to demand is so of every row that passes it.
func checkEqualities(t *testing.T, e Expr) {
	t.Helper()
	for property, value := range Equalities(e) {
		if e.Eval(row) && !equal(row(property), value) {
			t.Errorf("%s passes a row of which %s is not %q", written(e), property, value)
		}
	}
}

// written writes an expression in full.
func written(e Expr) string {
	switch e := e.(type) {
	case And:
		return "(" + written(e.Left) + " and " + written(e.Right) + ")"
	case Or:
		return "(" + written(e.Left) + " or " + written(e.Right) + ")"
	case Not:
		return "not " + written(e.Of)
	case Any:
		return e.Property + "/any(element:" + written(e.Inner) + ")"
	case Test:
		return writtenTest(e)
	}
	return "?"
}

func writtenTest(e Test) string {
	property := e.Property
	if property == "" {
		property = "element"
	}
	values := make([]string, len(e.Values))
	for i, v := range e.Values {
		values[i] = writtenLiteral(v)
	}
	switch e.Op {
	case "":
		return property
	case "in":
		return property + " in (" + strings.Join(values, ",") + ")"
	case "startswith", "endswith", "contains":
		return e.Op + "(" + property + "," + values[0] + ")"
	}
	return property + " " + e.Op + " " + values[0]
}

func writtenLiteral(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return "'" + strings.ReplaceAll(v, "'", "''") + "'"
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case time.Time:
		return v.Format(time.RFC3339Nano)
	}
	return fmt.Sprint(v)
}

// grower makes an expression of bytes, and writes it as a client might: it knows the grammar, not the parser.
type grower struct {
	from   []byte
	inside bool // a lambda
}

func (g *grower) take(n int) int {
	if len(g.from) == 0 {
		return 0
	}
	b := g.from[0]
	g.from = g.from[1:]
	return int(b) % n
}

func (g *grower) name() string {
	if g.inside {
		return ""
	}
	return []string{"name", "and", "any", "in", "x1/y_z", "true", "a", "OR"}[g.take(8)]
}

func (g *grower) value() any {
	values := []any{"", "'", "O'Brien", " or ", "東京", true, false, nil, 0.5, -12.0, 1e21, "eq 'x')", time.Date(2026, 1, 2, 3, 4, 5, 6e6, time.UTC), GUID("62e90394-69f5-4237-9190-012177145E10")}
	return values[g.take(len(values))]
}

func (g *grower) expr(depth int) Expr {
	kinds := 4
	if depth > 0 {
		kinds = 8
	}
	switch g.take(kinds) {
	case 1:
		return Test{Use{Property: g.name(), Op: []string{"startswith", "endswith", "contains"}[g.take(3)], Values: []any{g.value()}}}
	case 2:
		values := []any{g.value()}
		for range g.take(3) {
			values = append(values, g.value())
		}
		return Test{Use{Property: g.name(), Op: "in", Values: values}}
	case 3:
		if g.inside {
			return Test{}
		}
		return Test{Use{Property: "enabled"}}
	case 4:
		return And{g.expr(depth - 1), g.expr(depth - 1)}
	case 5:
		return Or{g.expr(depth - 1), g.expr(depth - 1)}
	case 6:
		return Not{g.expr(depth - 1)}
	case 7:
		if g.inside {
			return Not{g.expr(depth - 1)}
		}
		g.inside = true
		inner := g.expr(depth - 1)
		g.inside = false
		return Any{"types", inner}
	}
	return Test{Use{Property: g.name(), Op: []string{"eq", "ne", "gt", "ge", "lt", "le"}[g.take(6)], Values: []any{g.value()}}}
}

// FuzzFilterGrammar holds that every filter of the grammar is read as what was written.
func FuzzFilterGrammar(f *testing.F) {
	f.Add([]byte("\x04\x05\x06\x07\x00\x01\x02\x03"))
	f.Add([]byte("\x07\x02\x02\x03\x06\x05\x03\x01"))
	f.Add([]byte{4, 0, 1, 2, 5, 6, 3, 0, 7, 4, 5})
	f.Fuzz(func(t *testing.T, bytes []byte) {
		want := (&grower{from: bytes}).expr(6)
		got, err := ParseFilter(written(want))
		if err != nil || !cmp.Equal(want, got) {
			t.Fatalf("%s is read as %v, %v", written(want), got, err)
		}
		checkEqualities(t, got)
	})
}

// FuzzParseQuery holds that a query is read whole or refused with the option that is at fault.
func FuzzParseQuery(f *testing.F) {
	for _, raw := range []string{
		"$select=id,displayName&$expand=principal($select=id,x),b&$orderby=a+desc,b&$top=5&$count=true&$filter=a+eq+%27x%2By%27&$skiptoken=t&$search=s",
		"%24top=1&$top=2", "$expand=a(b)),c((", "$expand=(", "$orderby=a desc asc", "$select=*", ";", "$top=99999999999999999999", "=&&=",
	} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		q, err := ParseQuery(raw)
		if syntax, ok := errors.AsType[*SyntaxError](err); err != nil && (!ok || syntax.Message == "") {
			t.Fatalf("%q: %v is no SyntaxError", raw, err)
		}
		if err != nil {
			return
		}
		for _, name := range namesIn(q) {
			if name != "*" && !isName(name) || strings.ContainsAny(name, " ()',$") {
				t.Errorf("%q: %q is taken for a name", raw, name)
			}
		}
		if q.Top < 0 || q.Given("$filter") != (q.Filter != nil) || !slices.IsSorted(q.Options()) || len(slices.Compact(q.Options())) != len(q.Options()) {
			t.Errorf("%q is read as %+v", raw, q)
		}
	})
}

// namesIn lists the properties that a query names, but in its filter.
func namesIn(q Query) []string {
	names := slices.Clone(q.Select)
	for _, e := range q.Expand {
		names = append(append(names, e.Property), e.Select...)
	}
	for _, o := range q.OrderBy {
		names = append(names, o.Property)
	}
	return names
}
