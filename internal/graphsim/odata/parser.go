package odata

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// depth is how far filters may nest, so that no filter can exhaust the stack.
const depth = 100

type parser struct {
	source string
	tokens []token
	depth  int
	// variable is the name of a lambda's element while inside it.
	variable string
}

// ParseFilter reads a $filter.
func ParseFilter(s string) (Expr, error) {
	tokens, err := lex(s)
	if err != nil {
		return nil, err
	}
	p := &parser{source: s, tokens: tokens}
	e, err := p.or()
	if err == nil && p.peek().kind != end {
		err = p.unexpected()
	}
	return e, err
}

func (p *parser) peek() token { return p.tokens[0] }

func (p *parser) next() token {
	t := p.tokens[0]
	if t.kind != end {
		p.tokens = p.tokens[1:]
	}
	return t
}

func (p *parser) unexpected() error {
	return fmt.Errorf("syntax error at position %d in '%s'", p.peek().at, p.source)
}

func (p *parser) isWord(w string) bool {
	return p.peek().kind == word && strings.EqualFold(p.peek().text, w)
}

func (p *parser) isSymbol(s string) bool { return p.peek().kind == symbol && p.peek().text == s }

func (p *parser) expect(s string) error {
	if !p.isSymbol(s) {
		return p.unexpected()
	}
	p.next()
	return nil
}

func (p *parser) or() (Expr, error) {
	return p.chain("or", p.and, func(l, r Expr) Expr { return Or{l, r} })
}

func (p *parser) and() (Expr, error) {
	return p.chain("and", p.unary, func(l, r Expr) Expr { return And{l, r} })
}

// chain reads operands that are joined by one operator.
func (p *parser) chain(operator string, operand func() (Expr, error), join func(l, r Expr) Expr) (Expr, error) {
	left, err := operand()
	for err == nil && p.isWord(operator) {
		p.next()
		var right Expr
		right, err = operand()
		left = join(left, right)
	}
	return left, err
}

func (p *parser) unary() (Expr, error) {
	p.depth++
	defer func() { p.depth-- }()
	switch {
	case p.depth > depth:
		return nil, fmt.Errorf("the filter nests too deeply")
	case p.isWord("not"):
		p.next()
		of, err := p.unary()
		return Not{of}, err
	case p.isSymbol("("):
		p.next()
		e, err := p.or()
		if err != nil {
			return nil, err
		}
		return e, p.expect(")")
	}
	return p.test()
}

// test reads one comparison, function or lambda.
func (p *parser) test() (Expr, error) {
	if p.peek().kind != word {
		return nil, p.unexpected()
	}
	name := p.next().text
	if p.isSymbol("(") {
		return p.function(name)
	}
	property, err := p.property(name)
	if err != nil {
		return nil, err
	}
	op := strings.ToLower(p.peek().text)
	switch {
	case p.peek().kind != word || op == "and" || op == "or":
		return Test{Use{Property: property}}, nil
	case op == "in":
		p.next()
		values, err := p.list()
		return Test{Use{Property: property, Op: op, Values: values}}, err
	case slices.Contains([]string{"eq", "ne", "gt", "ge", "lt", "le"}, op):
		p.next()
		value, err := p.literal()
		return Test{Use{Property: property, Op: op, Values: []any{value}}}, err
	}
	return nil, p.unexpected()
}

func (p *parser) property(name string) (string, error) {
	if p.variable != "" && name == p.variable {
		return "", nil
	}
	if !isName(name) {
		return "", fmt.Errorf("syntax error: '%s' is not the name of a property in '%s'", name, p.source)
	}
	return name, nil
}

func isName(s string) bool {
	for i, c := range s {
		letter := c == '_' || c == '/' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

// function reads startswith(property,'x') and its like, and property/any(x:…).
func (p *parser) function(name string) (Expr, error) {
	p.next()
	op := strings.ToLower(name)
	if strings.HasSuffix(op, anyOf) && isName(name[:len(name)-len(anyOf)]) {
		return p.lambda(name[:len(name)-len(anyOf)])
	}
	if !slices.Contains([]string{"startswith", "endswith", "contains"}, op) {
		return nil, fmt.Errorf("an unknown function with name '%s' was found", name)
	}
	if p.peek().kind != word {
		return nil, p.unexpected()
	}
	property, err := p.property(p.next().text)
	if err != nil {
		return nil, err
	}
	if err := p.expect(","); err != nil {
		return nil, err
	}
	value, err := p.literal()
	if err != nil {
		return nil, err
	}
	return Test{Use{Property: property, Op: op, Values: []any{value}}}, p.expect(")")
}

// anyOf follows the collection that a lambda is about, in whatever case.
const anyOf = "/any"

func (p *parser) lambda(property string) (Expr, error) {
	if p.peek().kind != word || p.variable != "" {
		return nil, p.unexpected()
	}
	p.variable = p.next().text
	defer func() { p.variable = "" }()
	if err := p.expect(":"); err != nil {
		return nil, err
	}
	inner, err := p.or()
	if err != nil {
		return nil, err
	}
	return Any{property, inner}, p.expect(")")
}

func (p *parser) list() ([]any, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	var out []any
	for {
		value, err := p.literal()
		if err != nil {
			return nil, err
		}
		out = append(out, value)
		if !p.isSymbol(",") {
			return out, p.expect(")")
		}
		p.next()
	}
}

func (p *parser) literal() (any, error) {
	t := p.peek()
	if t.kind == text {
		p.next()
		return t.text, nil
	}
	value, ok := bare(t)
	if !ok {
		return nil, p.unexpected()
	}
	p.next()
	return value, nil
}

// GUID is a literal of that type, which a string property is not compared with.
type GUID string

func bare(t token) (any, bool) {
	if t.kind != word {
		return nil, false
	}
	switch t.text {
	case "true":
		return true, true
	case "false":
		return false, true
	case "null":
		return nil, true
	}
	if at, err := time.Parse(time.RFC3339Nano, t.text); err == nil {
		return at, true
	}
	if n, err := strconv.ParseFloat(t.text, 64); err == nil && startsNumber(t.text[0]) {
		return n, true
	}
	ok, err := regexp.MatchString(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`, t.text)
	return GUID(t.text), ok && err == nil
}
