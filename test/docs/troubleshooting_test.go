package docs

import (
	"go/ast"
	"strings"
	"testing"
)

// TestEveryReasonIsExplained: whoever reads a reason finds it in the troubleshooting page.
func TestEveryReasonIsExplained(t *testing.T) {
	page := read(t, root+"/docs/troubleshooting.md")
	reasons := reasonsOf(t, root+"/api/v1alpha1/condition_types.go")
	if len(reasons) < 20 {
		t.Fatalf("want the reasons found, got %v", reasons)
	}
	for _, reason := range reasons {
		if !strings.Contains(page, "`"+reason+"`") {
			t.Errorf("docs/troubleshooting.md does not explain %s", reason)
		}
	}
}

// TestEveryEventIsExplained: so does whoever reads an event, in the table of events.
func TestEveryEventIsExplained(t *testing.T) {
	explained := map[string]bool{}
	for _, row := range rows(section(read(t, root+"/docs/troubleshooting.md"), "Events")) {
		for _, event := range quoted(row[0]) {
			explained[event] = true
		}
	}
	events := constants(t, root+"/internal/lifecycle/events.go", func(name string, _ *ast.ValueSpec) bool {
		return strings.HasPrefix(name, "event")
	})
	if len(events) < 10 {
		t.Fatalf("want the events found, got %v", events)
	}
	for _, event := range events {
		if !explained[event] {
			t.Errorf("docs/troubleshooting.md does not explain the event %s", event)
		}
	}
}
