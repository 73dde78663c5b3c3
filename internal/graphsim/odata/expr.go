package odata

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Lookup returns the value of a property; nil is null.
type Lookup func(property string) any

// Expr is a filter.
type Expr interface {
	// Eval says whether a row passes.
	Eval(Lookup) bool
	// Walk calls visit for every use of a property.
	Walk(visit func(Use))
}

// Use is one use of a property in a filter.
type Use struct {
	Property string
	// Op is eq, ne, gt, ge, lt, le, in, startswith, endswith, contains, any, or
	// "" for a property that stands alone as a condition.
	Op string
	// Values are the literals it is compared with: string, float64, bool,
	// time.Time, or nil for null.
	Values []any
	// Negated: inside a not.
	Negated bool
}

// And, Or and Not combine filters.
type (
	// And passes what passes both.
	And struct{ Left, Right Expr }
	// Or passes what passes either.
	Or struct{ Left, Right Expr }
	// Not passes what does not pass.
	Not struct{ Of Expr }
)

// Test compares one property with literals.
type Test struct{ Use }

// Any passes where an element of a collection does: its inner filter uses the
// empty property name for the element itself.
type Any struct {
	Property string
	Inner    Expr
}

// Eval implements Expr.
func (e And) Eval(l Lookup) bool { return e.Left.Eval(l) && e.Right.Eval(l) }

// Eval implements Expr.
func (e Or) Eval(l Lookup) bool { return e.Left.Eval(l) || e.Right.Eval(l) }

// Eval implements Expr.
func (e Not) Eval(l Lookup) bool { return !e.Of.Eval(l) }

// Walk implements Expr.
func (e And) Walk(visit func(Use)) { e.Left.Walk(visit); e.Right.Walk(visit) }

// Walk implements Expr. Or is reported as a use of no property.
func (e Or) Walk(visit func(Use)) {
	visit(Use{Op: "or"})
	e.Left.Walk(visit)
	e.Right.Walk(visit)
}

// Walk implements Expr.
func (e Not) Walk(visit func(Use)) {
	e.Of.Walk(func(u Use) {
		u.Negated = !u.Negated
		visit(u)
	})
}

// Walk implements Expr.
func (e Test) Walk(visit func(Use)) { visit(e.Use) }

// Walk implements Expr.
func (e Any) Walk(visit func(Use)) {
	e.Inner.Walk(func(u Use) { visit(Use{Property: e.Property, Op: "any", Values: u.Values, Negated: u.Negated}) })
}

// Eval implements Expr.
func (e Any) Eval(l Lookup) bool {
	elements, _ := l(e.Property).([]any)
	return slices.ContainsFunc(elements, func(element any) bool {
		return e.Inner.Eval(func(string) any { return element })
	})
}

// Eval implements Expr.
func (e Test) Eval(l Lookup) bool {
	have := l(e.Property)
	switch e.Op {
	case "":
		return have == true
	case "in":
		return slices.ContainsFunc(e.Values, func(v any) bool { return equal(have, v) })
	case "eq":
		return equal(have, e.Values[0])
	case "ne":
		return !equal(have, e.Values[0])
	case "startswith", "endswith", "contains":
		return matches(e.Op, have, e.Values[0])
	}
	return ordered(e.Op, have, e.Values[0])
}

// Exact is a string of which the case matters, as a Lookup returns it.
type Exact string

// equal compares strings without regard to case, as the directory does for
// names, unless they are Exact.
func equal(have, want any) bool {
	if exact, ok := have.(Exact); ok {
		return want == string(exact)
	}
	if several, ok := have.(OneOf); ok {
		return several.is(want)
	}
	h, isString := have.(string)
	switch w := want.(type) {
	case string:
		return isString && strings.EqualFold(h, w)
	case time.Time:
		t, ok := instant(have)
		return ok && t.Equal(w)
	case float64:
		n, ok := number(have)
		return ok && n == w
	}
	return have == want
}

func matches(op string, have, want any) bool {
	h, _ := have.(string)
	w, _ := want.(string)
	h, w = strings.ToLower(h), strings.ToLower(w)
	switch op {
	case "startswith":
		return strings.HasPrefix(h, w)
	case "endswith":
		return strings.HasSuffix(h, w)
	}
	return strings.Contains(h, w)
}

// ordered compares what has an order; null has none.
func ordered(op string, have, want any) bool {
	var c int
	switch w := want.(type) {
	case time.Time:
		t, ok := instant(have)
		if !ok {
			return false
		}
		c = t.Compare(w)
	case float64:
		n, ok := number(have)
		if !ok {
			return false
		}
		c = cmp.Compare(n, w)
	case string:
		h, ok := have.(string)
		if !ok {
			return false
		}
		c = strings.Compare(strings.ToLower(h), strings.ToLower(w))
	default:
		return false
	}
	return (c == 0 && (op == "ge" || op == "le")) || (c > 0 && strings.HasPrefix(op, "g")) || (c < 0 && strings.HasPrefix(op, "l"))
}

func instant(v any) (time.Time, bool) {
	s, _ := v.(string)
	t, err := time.Parse(time.RFC3339Nano, s)
	return t, err == nil
}

func number(v any) (float64, bool) {
	switch n := v.(type) {
	case int:
		return float64(n), true
	case float64:
		return n, true
	}
	return 0, false
}
