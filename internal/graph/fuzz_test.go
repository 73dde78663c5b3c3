package graph

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/rolewarden/rolewarden/internal/graphsim/odata"
)

// spelling is how a key is written: which letters are capitals, and what stands before the ID in its scope.
type spelling struct {
	capitals uint64
	scope    byte
}

// write writes a scope in one of its forms.
func (s spelling) write(id string) string {
	switch s.scope % 5 {
	case 0:
		return "/"
	case 1, 2:
		return "/" + s.mix(id)
	}
	return s.mix("/administrativeUnits/" + id)
}

// form tells the forms of scopes apart, whatever their spelling.
func (s spelling) form() int { return int(s.scope%5+1) / 2 }

// mix writes those letters of text as capitals that the bits say.
func (s spelling) mix(text string) string {
	return strings.Map(func(r rune) rune {
		s.capitals = s.capitals<<1 | s.capitals>>63
		if s.capitals&1 == 1 {
			return unicode.ToUpper(r)
		}
		return r
	}, text)
}

// idOf makes an ID of any number, and another of any other. Most hold letters.
func idOf(n uint64) string {
	text := fmt.Sprintf("%016x%016x", n, n*0x9e3779b97f4a7c15)
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
}

func (s spelling) key(principal, role, object uint64) AssignmentKey {
	return AssignmentKey{PrincipalID: s.mix(idOf(principal)), RoleDefinitionID: s.mix(idOf(role)), DirectoryScopeID: s.write(idOf(object))}
}

// FuzzCanonicalKey holds that two keys have one canonical form just if they are the same key, however each is spelled, and
// that the canonical form is its own. The second key differs from the first in the bits given.
func FuzzCanonicalKey(f *testing.F) {
	f.Add(uint64(1), uint64(2), uint64(3), uint64(0), uint64(0), uint64(0), uint64(0), uint64(1<<63-1), byte(3), byte(4))
	f.Add(uint64(1), uint64(2), uint64(3), uint64(3), uint64(3), uint64(0), uint64(0), uint64(0), byte(1), byte(1))
	f.Add(uint64(1), uint64(2), uint64(3), uint64(0), uint64(0), uint64(1), uint64(5), uint64(6), byte(0), byte(0))
	f.Add(uint64(1), uint64(2), uint64(3), uint64(0), uint64(0), uint64(0), uint64(7), uint64(8), byte(2), byte(3))
	f.Fuzz(func(t *testing.T, principal, role, object, otherPrincipal, otherRole, otherObject, capitals, otherCapitals uint64, scope, otherScope byte) {
		one, two := spelling{capitals, scope}, spelling{otherCapitals, otherScope}
		first := one.key(principal, role, object)
		second := two.key(principal^otherPrincipal, role^otherRole, object^otherObject)
		left, err := first.Canonical()
		right, otherErr := second.Canonical()
		if err != nil || otherErr != nil {
			t.Fatalf("refused: %v, %v", err, otherErr)
		}
		same := otherPrincipal|otherRole == 0 && one.form() == two.form() && (otherObject == 0 || one.form() == 0)
		if (left == right) != same {
			t.Errorf("%v and %v become %v and %v", first, second, left, right)
		}
		if again, err := left.Canonical(); err != nil || again != left {
			t.Errorf("%v becomes %v, %v", left, again, err)
		}
	})
}

// FuzzCanonicalText holds of any text that it is refused, or is a scope in other letters: a scope that is accepted and says
// something else would name another grant than it seems to.
func FuzzCanonicalText(f *testing.F) {
	for _, text := range []string{someID, "/", "/" + otherID, "/ADMINISTRATIVEUNITS/" + otherID, "//" + someID, "/\n", "", someID + "\x00", "/administrativeUnitſ/" + someID} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if scope, err := CanonicalScope(text); err == nil {
			again, err := CanonicalScope(scope)
			if err != nil || again != scope || !lettersApart(scope, text) || !isScope(scope) {
				t.Errorf("%q becomes %q, and that %q, %v", text, scope, again, err)
			}
		}
		if id, err := CanonicalID(text); err == nil {
			again, err := CanonicalID(id)
			if err != nil || again != id || !lettersApart(id, text) || !isCanonicalID(id) {
				t.Errorf("%q becomes %q, and that %q, %v", text, id, again, err)
			}
		}
	})
}

// lettersApart tells whether two texts differ in the case of ASCII letters at most.
func lettersApart(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if a[i] != b[i] && (a[i]|0x20 != b[i]|0x20 || a[i]|0x20 < 'a' || a[i]|0x20 > 'z') {
			return false
		}
	}
	return true
}

// isScope is the grammar of scopes, read from their end.
func isScope(s string) bool {
	if s == "/" {
		return true
	}
	cut := max(0, len(s)-36)
	return isCanonicalID(s[cut:]) && (s[:cut] == "/" || s[:cut] == "/administrativeUnits/")
}

func isCanonicalID(s string) bool {
	for i, c := range []byte(s) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (c == '-') || !dash && strings.IndexByte("0123456789abcdef", c) < 0 {
			return false
		}
	}
	return len(s) == 36
}

// FuzzEq holds that two parsers that know nothing of Eq read the value back, after a journey through a URL too, and that
// nothing but text is refused.
func FuzzEq(f *testing.F) {
	for _, value := range []string{"", "'", "''", "a' or 'b", "東京", "\x00", "\xff", "a\tb", "\u0085", "a&$top=1#+%27", "\\'", "x') or (p eq 'y"} {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		filter, err := Eq("p", value)
		if plain := utf8.ValidString(value) && strings.IndexFunc(value, unicode.IsControl) < 0; plain != (err == nil) {
			t.Fatalf("%q is refused: %v", value, err)
		}
		if err != nil {
			return
		}
		literal, ok := strings.CutPrefix(filter, "p eq ")
		if got, rest, closed := unquote(literal); !ok || !closed || got != value || rest != "" {
			t.Errorf("%q reads back as %q, then %q", filter, got, rest)
		}
		query, err := odata.ParseQuery(url.Values{"$filter": {filter}}.Encode())
		test, isTest := query.Filter.(odata.Test)
		if err != nil || !isTest || test.Property != "p" || test.Op != "eq" || len(test.Values) != 1 || test.Values[0] != any(value) {
			t.Errorf("the simulator reads %q as %+v, %v", filter, query.Filter, err)
		}
	})
}
