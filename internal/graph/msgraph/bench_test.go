package msgraph

import (
	"net/http"
	"testing"
)

// BenchmarkFind is what the layers of a call cost, without a network.
func BenchmarkFind(b *testing.B) {
	c := cannedClient(b)
	for b.Loop() {
		if _, err := c.FindRoleAssignment(b.Context(), aKey()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkConnect is a new client with its first login and call.
func BenchmarkConnect(b *testing.B) {
	for b.Loop() {
		if _, err := cannedClient(b).FindRoleAssignment(b.Context(), aKey()); err != nil {
			b.Fatal(err)
		}
	}
}

func cannedClient(tb testing.TB) *Client {
	tb.Helper()
	c, l, _ := loop(tb)
	l.answer = func(*http.Request) *http.Response {
		l.calls = nil
		return jsonOf(http.StatusOK, `{"value":[`+rowJSON("a-1", aKey())+`]}`)
	}
	return c
}
