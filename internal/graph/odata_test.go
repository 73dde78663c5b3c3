package graph

import (
	"strings"
	"testing"
)

func TestEq(t *testing.T) {
	cases := map[string]struct {
		value, want string
	}{
		"plain":             {"Berlin", "displayName eq 'Berlin'"},
		"empty":             {"", "displayName eq ''"},
		"a quote":           {"O'Brien", "displayName eq 'O''Brien'"},
		"an escape":         {"x' or isBuiltIn eq true or displayName eq '", "displayName eq 'x'' or isBuiltIn eq true or displayName eq '''"},
		"quotes alone":      {"''", "displayName eq ''''''"},
		"marks of a URL":    {"a&b#c?d%27+e", "displayName eq 'a&b#c?d%27+e'"},
		"another script":    {"Ünïcode 東京 🙂", "displayName eq 'Ünïcode 東京 🙂'"},
		"backslash":         {`a\'b`, `displayName eq 'a\''b'`},
		"NUL":               {"a\x00b", ""},
		"a line break":      {"a\nb", ""},
		"delete":            {"a\x7fb", ""},
		"a C1 control":      {"a\u0085b", ""},
		"not UTF-8":         {"a\xffb", ""},
		"half a rune":       {"a\xc3", ""},
		"replacement's own": {"a\ufffdb", "displayName eq 'a\ufffdb'"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := Eq("displayName", tc.value)
			if got != tc.want || (err == nil) != (tc.want != "") {
				t.Errorf("got %q, %v, want %q", got, err, tc.want)
			}
		})
	}
}

// unquote reads an OData string literal, as the grammar has it: a doubled quote is a quote, a single one ends it.
func unquote(s string) (value, rest string, closed bool) {
	s, ok := strings.CutPrefix(s, "'")
	if !ok {
		return "", s, false
	}
	var b strings.Builder
	for {
		before, after, found := strings.Cut(s, "'")
		b.WriteString(before)
		if !found {
			return b.String(), "", false
		}
		if !strings.HasPrefix(after, "'") {
			return b.String(), after, true
		}
		b.WriteByte('\'')
		s = after[1:]
	}
}
