package graph

import (
	"fmt"
	"strings"
)

// Eq is an OData filter that a property equals a string. The value is quoted, so nothing in it can end the literal
// (OData 4.01, ABNF rule SQUOTE-in-string). A control character is an error: no name in a directory holds one, and
// proxies treat them differently.
func Eq(property, value string) (string, error) {
	for _, r := range value {
		if r < 0x20 || r == 0x7f {
			return "", fmt.Errorf("the value for %s holds the control character %U: remove it", property, r)
		}
	}
	return property + " eq '" + strings.ReplaceAll(value, "'", "''") + "'", nil
}
