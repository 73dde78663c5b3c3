package odata

import (
	"fmt"
	"strings"
)

// kind is what a token is.
type kind int

const (
	end kind = iota
	word
	text
	symbol
)

type token struct {
	kind kind
	text string
	at   int
}

// lex splits a filter into tokens.
func lex(s string) ([]token, error) {
	var out []token
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == ' ' || c == '\t':
			i++
		case c == '\'':
			value, next, err := quoted(s, i)
			if err != nil {
				return nil, err
			}
			out, i = append(out, token{text, value, i}), next
		case strings.IndexByte("(),:", c) >= 0:
			out, i = append(out, token{symbol, string(c), i}), i+1
		default:
			next := i + strings.IndexAny(s[i:]+" ", " \t'(),")
			if date := strings.IndexByte(s[i:next], ':'); date > 0 && !startsNumber(s[i]) {
				next = i + date // the variable of a lambda, not the time of a date
			}
			if next == i {
				return nil, fmt.Errorf("syntax error at position %d in '%s'", i, s)
			}
			out, i = append(out, token{word, s[i:next], i}), next
		}
	}
	return append(out, token{end, "", len(s)}), nil
}

func startsNumber(c byte) bool { return c >= '0' && c <= '9' || c == '-' }

// quoted reads a string literal, in which a quote is doubled.
func quoted(s string, start int) (value string, next int, err error) {
	var b strings.Builder
	for i := start + 1; i < len(s); i++ {
		if s[i] != '\'' {
			b.WriteByte(s[i])
			continue
		}
		if i+1 < len(s) && s[i+1] == '\'' {
			b.WriteByte('\'')
			i++
			continue
		}
		return b.String(), i + 1, nil
	}
	return "", 0, fmt.Errorf("there is an unterminated string literal at position %d in '%s'", start, s)
}
