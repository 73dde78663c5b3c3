package odata

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Query are the query options of a call.
type Query struct {
	Filter     Expr
	Select     []string
	Expand     []Expand
	OrderBy    []Order
	Top        int // 0: not given
	Count      bool
	Search     string
	SkipToken  string
	FilterText string

	given []string
}

// Expand is one navigation to expand.
type Expand struct {
	Property string
	Select   []string
	// Nested are the navigations to expand of what this one leads to.
	Nested []Expand
}

// Order is one property to order by.
type Order struct {
	Property   string
	Descending bool
}

// SyntaxError says which option could not be read.
type SyntaxError struct{ Option, Message string }

// Error says what is wrong in one sentence.
func (e *SyntaxError) Error() string { return e.Message }

func syntaxError(option, format string, args ...any) error {
	return &SyntaxError{option, fmt.Sprintf(format, args...)}
}

// ParseQuery reads the query of a URL. An option that Graph does not document
// is an error: a client that sends it expects it to matter.
func ParseQuery(raw string) (Query, error) {
	var q Query
	values, err := ParseValues(raw)
	if err != nil {
		return q, syntaxError("", "the query of the URL cannot be read: %v", err)
	}
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names) // the same complaint for the same query
	for _, name := range names {
		if len(values[name]) > 1 {
			return q, syntaxError(name, "Query option '%s' was specified more than once, but it must be specified at most once.", name)
		}
		if err := q.set(name, values[name][0]); err != nil {
			return q, err
		}
	}
	return q, nil
}

// ParseValues reads the query of a URL as names and values. A semicolon separates
// the options of an expansion, as Graph has it.
func ParseValues(raw string) (url.Values, error) {
	return url.ParseQuery(strings.ReplaceAll(raw, ";", "%3B"))
}

// Given reports whether an option was in the query.
func (q Query) Given(option string) bool { return slices.Contains(q.given, option) }

// Options lists the options that were in the query.
func (q Query) Options() []string { return q.given }

func (q *Query) set(name, value string) (err error) {
	q.given = append(q.given, name)
	switch name {
	case "$filter":
		q.FilterText = value
		if q.Filter, err = ParseFilter(value); err != nil {
			return syntaxError(name, "Invalid filter clause: %v.", err)
		}
	case "$select":
		q.Select, err = names(name, value)
	case "$expand":
		q.Expand, err = parseExpand(value, 0)
	case "$orderby":
		q.OrderBy, err = parseOrder(value)
	case "$top":
		if q.Top, err = strconv.Atoi(value); err != nil || q.Top < 0 {
			return syntaxError(name, "Invalid value '%s' for $top query option found. The $top query option requires a non-negative integer value.", value)
		}
	case "$count":
		if q.Count = value == "true"; !q.Count && value != "false" {
			return syntaxError(name, "Invalid value '%s' for $count query option found. Valid values are 'true' and 'false'.", value)
		}
	case "$search":
		q.Search = value
	case "$skiptoken":
		q.SkipToken = value
	case "$skip":
	default:
		return syntaxError(name, "The query option '%s' is not supported.", name)
	}
	return err
}

func names(option, value string) ([]string, error) {
	var out []string
	for part := range strings.SplitSeq(value, ",") {
		part = strings.TrimSpace(part)
		if part != "*" && !isName(part) {
			return nil, syntaxError(option, "Parsing OData Select and Expand failed: syntax error in '%s' of %s.", value, option)
		}
		out = append(out, part)
	}
	return out, nil
}

// deepest is how far one expansion can be inside another.
const deepest = 2

// parseExpand reads a,b($select=c,d;$expand=e).
func parseExpand(value string, depth int) ([]Expand, error) {
	var out []Expand
	for _, part := range splitOutside(value, ',') {
		name, inner, nested := strings.Cut(strings.TrimSpace(part), "(")
		e := Expand{Property: name}
		if !isName(name) || nested != strings.HasSuffix(part, ")") {
			return nil, syntaxError("$expand", "Parsing OData Select and Expand failed: syntax error in '%s' of $expand.", value)
		}
		if nested {
			if err := e.options(strings.TrimSuffix(inner, ")"), depth); err != nil {
				return nil, err
			}
		}
		out = append(out, e)
	}
	return out, nil
}

// options reads what stands in parentheses behind a navigation.
func (e *Expand) options(text string, depth int) (err error) {
	for _, part := range splitOutside(text, ';') {
		option, list, _ := strings.Cut(part, "=")
		switch {
		case option == "$select" && e.Select == nil:
			e.Select, err = names("$expand", list)
		case option == "$expand" && e.Nested == nil && depth < deepest:
			e.Nested, err = parseExpand(list, depth+1)
		default:
			err = syntaxError("$expand", "The query option '%s' is not supported inside $expand.", option)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// splitOutside splits at those separators that are not inside parentheses.
func splitOutside(s string, at rune) []string {
	var out []string
	level, start := 0, 0
	for i, c := range s {
		switch {
		case c == '(':
			level++
		case c == ')':
			level--
		case c == at && level == 0:
			out, start = append(out, s[start:i]), i+1
		}
	}
	return append(out, s[start:])
}

func parseOrder(value string) ([]Order, error) {
	var out []Order
	for part := range strings.SplitSeq(value, ",") {
		words := strings.Fields(part)
		ok := len(words) == 1 || len(words) == 2 && (words[1] == "asc" || words[1] == "desc")
		if !ok || !isName(words[0]) {
			return nil, syntaxError("$orderby", "Syntax error in '%s' of $orderby.", value)
		}
		out = append(out, Order{words[0], len(words) == 2 && words[1] == "desc"})
	}
	return out, nil
}

// Equalities returns the properties that every row that passes a filter must
// equal, so that an index can be used.
func Equalities(e Expr) map[string]string {
	out := map[string]string{}
	switch e := e.(type) {
	case And:
		for property, value := range Equalities(e.Left) {
			out[property] = value
		}
		for property, value := range Equalities(e.Right) {
			out[property] = value
		}
	case Test:
		if value, ok := first(e.Values).(string); ok && e.Op == "eq" {
			out[e.Property] = value
		}
	}
	return out
}

func first(values []any) any {
	if len(values) == 0 {
		return nil
	}
	return values[0]
}
