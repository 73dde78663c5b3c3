package odata

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// row is what the filters of the tables are evaluated on.
func row(property string) any {
	return map[string]any{
		"name": "O'Brien", "upper": "ALICE", "enabled": true, "off": false, "n": 3, "missing": nil, "and": "x", "inner/name": "y",
		"created": "2026-03-01T12:00:00Z", "types": []any{"Unified", "x"}, "id": Exact("abc"), "role": OneOf{"own", "template"},
	}[property]
}

func TestFilter(t *testing.T) {
	tests := map[string]bool{
		"name eq 'O''Brien'":                    true,
		"name eq 'o''brien'":                    true,
		"name eq 'Brien'":                       false,
		"name ne 'x'":                           true,
		"upper eq 'alice'":                      true,
		"id eq 'abc'":                           true,
		"id eq 'ABC'":                           false,
		"role eq 'own'":                         true,
		"role eq 'template'":                    true,
		"role eq 'else'":                        false,
		"role in ('else','template')":           true,
		"enabled":                               true,
		"off":                                   false,
		"enabled eq true and off eq false":      true,
		"enabled eq false or off eq false":      true,
		"not off":                               true,
		"not (enabled eq true and off eq true)": true,
		"not not enabled":                       true,
		"missing eq null":                       true,
		"name eq null":                          false,
		"missing ne 'x'":                        true,
		"n eq 3":                                true,
		"n gt 2 and n lt 4":                     true,
		"n ge 3 and n le 3":                     true,
		"n gt 3":                                false,
		"n eq -3.5":                             false,
		"name in ('a', 'O''Brien')":             true,
		"name in ('a','b')":                     false,
		"startswith(name,'o''b')":               true,
		"startsWith(name, 'x')":                 false,
		"endswith(name,'EN')":                   true,
		"contains(name,'Bri')":                  true,
		"created ge 2026-03-01T12:00:00Z":       true,
		"created gt 2026-03-01T12:00:00Z":       false,
		"created lt 2027-01-01T00:00:00+02:00":  true,
		"missing lt 2027-01-01T00:00:00Z":       false,
		"types/any(t:t eq 'unified')":           true,
		"types/any(c: c eq 'nothing')":          false,
		"types/any(t:startswith(t,'uni'))":      true,
		"name eq 'a' or name eq 'b' and off":    false, // and binds tighter
		"off and off or enabled":                true,
		"off and (off or enabled)":              false,
		"inner/name eq 'y'":                     true,
		"  enabled   eq   true  ":               true,
		"name gt 'n'":                           true,
		"name EQ 'O''Brien'":                    true,
	}
	for filter, want := range tests {
		t.Run(filter, func(t *testing.T) {
			e, err := ParseFilter(filter)
			if err != nil {
				t.Fatal(err)
			}
			if got := e.Eval(row); got != want {
				t.Errorf("Eval() = %v, want %v", got, want)
			}
		})
	}
}

func TestFilterSyntaxErrors(t *testing.T) {
	for _, filter := range []string{
		"", " ", "name eq", "eq 'x'", "name 'x'", "name eq 'x", "name eq 'x' and", "name eq 'x' name", "(name eq 'x'", "name eq 'x')",
		"name in 'x'", "name in ('x'", "name in ()", "length(name) eq 3", "startswith(name)", "startswith('x',name)", "startswith(name,'x'",
		"types/any(t eq 'x')", "types/any(t:t eq 'x'", "types/any(:t eq 'x')", "name like 'x'", "name eq x", "1 eq 1", "not", "name eq 'x';drop",
		strings.Repeat("(", 5000) + "enabled" + strings.Repeat(")", 5000), strings.Repeat("not ", 5000) + "enabled",
	} {
		if e, err := ParseFilter(filter); err == nil {
			t.Errorf("ParseFilter(%q) = %v, want an error", filter, e)
		}
	}
}

func TestWalk(t *testing.T) {
	e, err := ParseFilter("a eq 'x' and not (b ne null or c/any(v:v eq 'y'))")
	if err != nil {
		t.Fatal(err)
	}
	var got []Use
	e.Walk(func(u Use) { got = append(got, u) })
	want := []Use{
		{Property: "a", Op: "eq", Values: []any{"x"}},
		{Op: "or", Negated: true},
		{Property: "b", Op: "ne", Values: []any{nil}, Negated: true},
		{Property: "c", Op: "any", Values: []any{"y"}, Negated: true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("uses (-want +got):\n%s", diff)
	}
}

func TestEqualities(t *testing.T) {
	tests := map[string]map[string]string{
		"a eq 'x' and (b eq 'y' and c ne 'z')": {"a": "x", "b": "y"},
		"a eq 'x' or b eq 'y'":                 {},
		"not (a eq 'x')":                       {},
		"a eq true":                            {},
		"a in ('x')":                           {},
	}
	for filter, want := range tests {
		e, err := ParseFilter(filter)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, Equalities(e)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", filter, diff)
		}
	}
}

func TestParseQuery(t *testing.T) {
	q, err := ParseQuery("$select=id,displayName&$expand=principal($select=id,x),b,c($expand=d($select=e);$select=f)&$orderby=a+desc,b&$top=5&$count=true&$filter=a+eq+%27x%2By%27&$skiptoken=t&$search=s")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Expand{
		{Property: "principal", Select: []string{"id", "x"}}, {Property: "b"},
		{Property: "c", Select: []string{"f"}, Nested: []Expand{{Property: "d", Select: []string{"e"}}}},
	}, q.Expand); diff != "" {
		t.Errorf("expand (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]Order{{"a", true}, {"b", false}}, q.OrderBy); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	if q.FilterText != "a eq 'x+y'" || q.Top != 5 || !q.Count || q.SkipToken != "t" || q.Search != "s" || !q.Given("$top") || q.Given("$skip") {
		t.Errorf("query = %+v", q)
	}
}

func TestParseQueryErrors(t *testing.T) {
	for _, raw := range []string{
		"$top=x", "$top=-1", "$count=yes", "$select=", "$select=a,,b", "$select=a'b", "$expand=a(", "$expand=a($filter=x)", "$expand=a($select=)", "$expand=a($select=b;$select=c)", "$expand=a($expand=b($expand=c($expand=d)))",
		"$orderby=a+b", "$orderby=", "$filter=", "$top=1&$top=2", "top=1", "$apply=x", "$filter=%zz",
	} {
		_, err := ParseQuery(raw)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("ParseQuery(%q): %v, want a SyntaxError", raw, err)
		}
	}
}
