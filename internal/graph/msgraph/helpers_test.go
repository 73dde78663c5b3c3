package msgraph

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func typeName(v any) string { return fmt.Sprintf("%T", v) }

// sameJSON compares two JSON texts by what they say. An @odata.type may be there or not.
func sameJSON(t *testing.T, a, b string) bool {
	t.Helper()
	var left, right map[string]any
	if err := json.Unmarshal([]byte(a), &left); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(b), &right); err != nil {
		t.Fatal(err)
	}
	delete(left, "@odata.type")
	return cmp.Equal(left, right)
}
