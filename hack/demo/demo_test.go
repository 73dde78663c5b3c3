package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rolewarden/rolewarden/internal/graphsim"
)

const (
	helpdesk = "729827e3-9c14-49f7-bb1b-9608f156bbb8"
	alice    = "ace08ec9-aa11-4ada-9145-addf0398233e"
)

// newTestDemo is a demo with nothing but a directory and a place for manifests, and what it prints.
func newTestDemo(t *testing.T) (*demo, *graphsim.Control, *bytes.Buffer) {
	t.Helper()
	seed, err := loadSeed(filepath.Join("..", "..", "config", "demo", "contoso.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	simulator, err := graphsim.New(graphsim.Options{Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	server, err := graphsim.Serve(t.Context(), simulator, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() }) // nobody waits for its connections
	scratch := t.TempDir()
	url, ca := filepath.Join(scratch, "url"), filepath.Join(scratch, "ca")
	if err := errors.Join(os.WriteFile(url, []byte(server.URL), 0o600), os.WriteFile(ca, server.CAPEM, 0o600),
		os.CopyFS(filepath.Join(scratch, "manifests"), os.DirFS(filepath.Join("..", "..", "config", "demo", "scenes")))); err != nil {
		t.Fatal(err)
	}
	out := &bytes.Buffer{}
	d := &demo{printer: &printer{out: out}, scratch: scratch}
	if d.directory, err = openDirectory(seed, url, ca); err != nil {
		t.Fatal(err)
	}
	if err := d.directory.remember(t.Context()); err != nil {
		t.Fatal(err)
	}
	return d, simulator.Control(), out
}

func TestBeats(t *testing.T) {
	const aliceHelpdesk = "Helpdesk Administrator at /, granted in the portal"
	grant := func(c *graphsim.Control, tenant string) error {
		_, err := c.AddAssignment(tenant, alice, helpdesk, "/")
		return err
	}
	nothing := func(*graphsim.Control, string) error { return nil }
	cases := map[string]struct {
		arrange func(c *graphsim.Control, tenant string) error
		beat    beat
		want    string
		fails   bool
	}{
		"nothing is held": {nothing, holds("alice@contoso.com"), "  directory: alice@contoso.com has no role\n", false},
		"a role is held":  {grant, holds("alice@contoso.com", aliceHelpdesk), "  directory: alice@contoso.com has " + aliceHelpdesk + "\n", false},
		"a role is missing": {
			nothing, holds("alice@contoso.com", aliceHelpdesk), "", true},
		"a role is too many": {grant, holds("alice@contoso.com"), "", true},
		"another hand": {
			grant, holds("alice@contoso.com", "Helpdesk Administrator at /, granted by Rolewarden"), "", true},
		"a role of an administrative unit": {
			nothing, holds("erin@contoso.com", "Helpdesk Administrator at administrative unit Berlin, there from the start"),
			"  directory: erin@contoso.com has Helpdesk Administrator at administrative unit Berlin, there from the start\n", false},
		"a change": {
			grant, changed("granted in the portal: alice@contoso.com, Helpdesk Administrator at /"),
			"  directory: change 1: granted in the portal: alice@contoso.com, Helpdesk Administrator at /\n", false},
		"no change":          {nothing, changed(), "", false},
		"an unforeseen one":  {grant, changed(), "", true},
		"an answer is amiss": {nothing, answered("roleAssignments.delete", 404), "", true},
		"all as before":      {nothing, unchanged(), "  directory: the same 6 assignments as before the story, each with its author\n", false},
		"not as before":      {grant, unchanged(), "", true},
		"removed in the portal": {
			grant, portalRemoves("alice@contoso.com"), "  portal: somebody removes Helpdesk Administrator at / from alice@contoso.com\n", false},
		"a line edited": {
			nothing, edit("carol.yaml", "  name: carol", "  name: carola"), "In carol.yaml:\n-  name: carol\n+  name: carola\n", false},
		"no such line": {nothing, edit("carol.yaml", "  name: bob", "  name: carol"), "", true},
		"a file removed": {
			nothing, remove("team/frank-authentication.yaml"), "$ rm team/frank-authentication.yaml\n", false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			d, control, out := newTestDemo(t)
			if err := c.arrange(control, d.directory.tenant.ID); err != nil {
				t.Fatal(err)
			}
			err := c.beat(t.Context(), d)
			if _, surprised := errors.AsType[*surprise](err); surprised != c.fails || (err != nil) != c.fails {
				t.Fatalf("error %v, want a surprise: %v", err, c.fails)
			}
			if diff := cmp.Diff(c.want, out.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTurnForgetsWhatWasBefore(t *testing.T) {
	d, control, _ := newTestDemo(t)
	if _, err := control.AddAssignment(d.directory.tenant.ID, alice, helpdesk, "/"); err != nil {
		t.Fatal(err)
	}
	for _, b := range []beat{turn(), changed(), portalRemoves("alice@contoso.com"),
		changed("revoked in the portal: alice@contoso.com, Helpdesk Administrator at /")} {
		if err := b(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
}

func TestInvocation(t *testing.T) {
	cases := map[string]struct {
		in   invocation
		want string
	}{
		"plain":     {invocation{args: []string{"get", "entra", "-A"}}, "kubectl get entra -A"},
		"variable":  {invocation{env: []string{"KUBECTL_APPLYSET=true"}, args: []string{"apply"}}, "KUBECTL_APPLYSET=true kubectl apply"},
		"quoted":    {invocation{args: []string{"-p", `{"a":1}`}}, `kubectl -p '{"a":1}'`},
		"has quote": {invocation{args: []string{"it's"}}, `kubectl 'it'\''s'`},
		"empty":     {invocation{args: []string{""}}, "kubectl ''"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := c.in.String(); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestPrinter(t *testing.T) {
	cases := map[string]struct {
		colour bool
		want   string
	}{
		"colour": {true, "\n\x1b[1mT\x1b[0m\nprose\n\x1b[36m$ c\x1b[0m\n\x1b[2ma\x1b[0m\n\x1b[2mb\x1b[0m\n"},
		"plain":  {false, "\nT\nprose\n$ c\na\nb\n"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			p := &printer{out: &out, colour: c.colour}
			p.title("T")
			p.say("prose")
			p.command("c")
			p.output("a  \nb\n")
			if diff := cmp.Diff(c.want, out.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestProgramThatEndsEarlyEndsTheStory(t *testing.T) {
	scratch := t.TempDir()
	if err := os.Mkdir(filepath.Join(scratch, "logs"), 0o700); err != nil {
		t.Fatal(err)
	}
	ctx, fail := context.WithCancelCause(t.Context())
	d := &demo{scratch: scratch, fail: fail}
	p, err := d.start(ctx, nil, "/bin/sh", "-c", "echo last words; exit 3")
	if err != nil {
		t.Fatal(err)
	}
	<-ctx.Done()
	p.stop()
	if _, ok := errors.AsType[*surprise](context.Cause(ctx)); !ok {
		t.Errorf("the story ended with %v", context.Cause(ctx))
	}
	if diff := cmp.Diff([]string{"last words"}, tail(p.log, 1)); diff != "" {
		t.Error(diff)
	}
}

func TestStopEndsAProgram(t *testing.T) {
	scratch := t.TempDir()
	if err := os.Mkdir(filepath.Join(scratch, "logs"), 0o700); err != nil {
		t.Fatal(err)
	}
	ctx, fail := context.WithCancelCause(t.Context())
	d := &demo{scratch: scratch, fail: fail}
	p, err := d.start(ctx, nil, "/bin/sh", "-c", "exec sleep 60")
	if err != nil {
		t.Fatal(err)
	}
	p.stop()
	if ctx.Err() != nil {
		t.Errorf("an orderly end is no surprise, but the story ended with %v", context.Cause(ctx))
	}
}
