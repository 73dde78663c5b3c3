package graph

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Eq is an OData filter that a property equals a string. The value is quoted, so nothing in it can end the literal
// (OData 4.01, ABNF rule SQUOTE-in-string). A control character, or what is not text at all, is an error: no name in a
// directory holds one, and proxies treat them differently.
func Eq(property, value string) (string, error) {
	if !utf8.ValidString(value) {
		return "", fmt.Errorf("the value for %s is not UTF-8: write it as text", property)
	}
	for _, r := range value {
		if unicode.IsControl(r) {
			return "", fmt.Errorf("the value for %s holds the control character %U: remove it", property, r)
		}
	}
	return property + " eq '" + strings.ReplaceAll(value, "'", "''") + "'", nil
}
