package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// tailLines is how much of the manager's log is shown when something did not come out as told.
const tailLines = 25

// surprise is something that did not come out as told.
type surprise struct{ about, want, got string }

// Error says what was expected and what was seen.
func (s *surprise) Error() string {
	return fmt.Sprintf("%s\n  expected: %s\n  seen:     %s", s.about, indent(s.want), indent(s.got))
}

func indent(text string) string { return strings.ReplaceAll(text, "\n", "\n            ") }

// explain says what went wrong, with the calls of the scene and the end of the manager's log.
func (d *demo) explain(ctx context.Context, err error) {
	p := d.printer
	p.line("", "")
	heading := "The demo failed: "
	if s := (*surprise)(nil); errors.As(err, &s) {
		heading = "That did not come out as told: "
	}
	p.failure(heading + err.Error())
	if d.manager == nil {
		return
	}
	if calls, err := d.recentCalls(ctx); err == nil {
		p.say("What the directory was asked in this scene:\n" + calls)
	}
	p.say("The end of the manager's log:")
	for _, line := range tail(d.manager.log, tailLines) {
		p.say("  " + line)
	}
}

// recentCalls lists the calls of this scene.
func (d *demo) recentCalls(ctx context.Context) (string, error) {
	if d.directory == nil {
		return "", errors.New("there is no directory")
	}
	calls, err := d.directory.calls(ctx, d.from)
	var text strings.Builder
	for _, c := range calls {
		fmt.Fprintf(&text, "  %s %d %s\n", c.Time.Format("15:04:05.000"), c.Status, c.Operation)
	}
	return text.String(), err
}

// tail returns the last lines of a file; of one that cannot be read, why not.
func tail(path string, count int) []string {
	data, err := os.ReadFile(path)
	if err != nil {
		return []string{err.Error()}
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	return lines[max(0, len(lines)-count):]
}

// tidy removes the scratch directory, or says where it is.
func (d *demo) tidy(keep bool) {
	if d.scratch == "" {
		return
	}
	if keep {
		d.printer.say("Logs and manifests are kept in " + d.scratch + "; the logs are in " + filepath.Join(d.scratch, "logs"))
		return
	}
	if err := os.RemoveAll(d.scratch); err != nil {
		d.printer.failure("Removing the scratch directory: " + err.Error())
	}
}
