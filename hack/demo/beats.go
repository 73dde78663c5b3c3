package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/rolewarden/rolewarden/internal/graphsim"
)

// beat is one step of a scene. It prints what it does and fails when that does not come out as told.
type beat func(ctx context.Context, d *demo) error

// say prints prose.
func say(text string) beat {
	return func(_ context.Context, d *demo) error {
		d.printer.say(text)
		return nil
	}
}

// kubectlRun runs a kubectl command that must succeed.
func kubectlRun(args ...string) beat {
	return func(ctx context.Context, d *demo) error { return d.kubectlDoes(ctx, invocation{args: args}) }
}

// applySet runs a kubectl command with ApplySets enabled, which kubectl calls alpha.
func applySet(args ...string) beat {
	i := invocation{env: []string{"KUBECTL_APPLYSET=true"}, args: args}
	return func(ctx context.Context, d *demo) error { return d.kubectlDoes(ctx, i) }
}

// prints is a kubectl command whose output must contain each of the texts.
func prints(texts []string, args ...string) beat {
	i := invocation{args: args}
	return func(ctx context.Context, d *demo) error {
		out, err := d.kubectlSays(ctx, i)
		if err := succeeded(i, out, err); err != nil {
			return err
		}
		return contains(i, out, texts)
	}
}

// events prints the events of an object, once those with the reasons are there: they are recorded on the side.
func events(object string, reasons ...string) beat {
	i := invocation{args: []string{"events", "--for", object}}
	return func(ctx context.Context, d *demo) error {
		out := ""
		err := wait.PollUntilContextTimeout(ctx, pollInterval, startLimit, true, func(ctx context.Context) (_ bool, err error) {
			out, err = d.kubectl.run(ctx, commandLimit, i)
			return err == nil && contains(i, out, reasons) == nil, err
		})
		d.printer.command(i.String())
		d.printer.output(out)
		if wait.Interrupted(err) {
			return contains(i, out, reasons)
		}
		return succeeded(i, out, err)
	}
}

// gone asks kubectl for an object that must not be there.
func gone(object string) beat {
	i := invocation{args: []string{"get", object}}
	return func(ctx context.Context, d *demo) error {
		out, err := d.kubectlSays(ctx, i)
		if err == nil {
			return &surprise{about: i.String(), want: "NotFound", got: out}
		}
		return contains(i, out, []string{"NotFound"})
	}
}

// contains looks for texts in what a command printed.
func contains(i invocation, out string, texts []string) error {
	for _, text := range texts {
		if !strings.Contains(out, text) {
			return &surprise{about: i.String(), want: "an output with " + text, got: out}
		}
	}
	return nil
}

// show prints a manifest.
func show(name string) beat {
	return func(_ context.Context, d *demo) error {
		data, err := os.ReadFile(d.manifest(name))
		if err != nil {
			return fmt.Errorf("reading a manifest: %w", err)
		}
		d.printer.command("cat " + name)
		d.printer.output(string(data))
		return nil
	}
}

// edit replaces a line of a manifest and prints the difference.
func edit(name, from, to string) beat {
	return func(_ context.Context, d *demo) error {
		data, err := os.ReadFile(d.manifest(name))
		if err != nil {
			return fmt.Errorf("reading a manifest: %w", err)
		}
		if bytes.Count(data, []byte(from)) != 1 {
			return &surprise{about: name, want: "the line " + from, got: string(data)}
		}
		d.printer.say("In " + name + ":")
		d.printer.output("-" + from + "\n+" + to)
		return os.WriteFile(d.manifest(name), bytes.Replace(data, []byte(from), []byte(to), 1), 0o600)
	}
}

// remove removes a manifest.
func remove(name string) beat {
	return func(_ context.Context, d *demo) error {
		d.printer.command("rm " + name)
		return os.Remove(d.manifest(name))
	}
}

// holds looks once, without patience, at what a principal truly holds: exactly these roles.
func holds(principal string, roles ...string) beat {
	return func(ctx context.Context, d *demo) error {
		records, err := d.directory.of(ctx, principal)
		if err != nil {
			return err
		}
		seen := make([]string, 0, len(records))
		for _, a := range records {
			seen = append(seen, d.directory.describe(a))
		}
		slices.Sort(seen)
		if !slices.Equal(seen, roles) {
			return &surprise{about: "directory: " + principal, want: listed(roles), got: listed(seen)}
		}
		for _, role := range seen {
			d.printer.fact("directory: " + principal + " has " + role)
		}
		if len(seen) == 0 {
			d.printer.fact("directory: " + principal + " has no role")
		}
		return nil
	}
}

func listed(texts []string) string {
	if len(texts) == 0 {
		return "nothing"
	}
	return strings.Join(texts, "\n")
}

// changed compares what happened to assignments since the scene, or its last turn, began.
func changed(want ...string) beat {
	return func(ctx context.Context, d *demo) error {
		commits, err := d.directory.history(ctx, d.from)
		if err != nil {
			return err
		}
		seen := make([]string, 0, len(commits))
		for _, c := range commits {
			seen = append(seen, d.directory.change(c))
		}
		if !slices.Equal(seen, want) {
			return &surprise{about: "directory: its history in this scene", want: listed(want), got: listed(seen)}
		}
		for n, line := range seen {
			d.printer.fact(fmt.Sprintf("directory: change %d: %s", n+1, line))
		}
		return nil
	}
}

// turn lets the next changed speak of what happens from here on.
func turn() beat {
	return func(ctx context.Context, d *demo) (err error) {
		d.from, err = d.directory.bookmark(ctx)
		return err
	}
}

// change says what a commit did.
func (d *directory) change(c graphsim.Commit) string {
	who := d.name(c.Assignment.PrincipalID)
	if c.Op == graphsim.OpCreate {
		return d.author("granted", c.Provenance) + ": " + who + ", " + d.grant(c.Assignment)
	}
	return d.author("revoked", c.Provenance) + ": " + who + ", " + d.grant(c.Assignment)
}

// answered makes sure that a call of that operation was answered so since the scene began.
func answered(operation string, status int) beat {
	return func(ctx context.Context, d *demo) error {
		calls, err := d.directory.calls(ctx, d.from)
		if err != nil {
			return err
		}
		var seen []string
		for _, c := range calls {
			if c.Operation != operation {
				continue
			}
			if c.Status == status {
				d.printer.fact(fmt.Sprintf("directory: answered %d to %s", c.Status, c.Method+" …"+strings.TrimPrefix(c.Path, "/v1.0/roleManagement")))
				return nil
			}
			seen = append(seen, fmt.Sprint(c.Status))
		}
		return &surprise{about: "directory: answers to " + operation, want: fmt.Sprint(status), got: listed(seen)}
	}
}

// portalRemoves lets somebody take all roles from a principal in the portal.
func portalRemoves(principal string) beat {
	return func(ctx context.Context, d *demo) error {
		records, err := d.directory.of(ctx, principal)
		if err != nil {
			return err
		}
		for _, a := range records {
			if err := d.directory.removeInPortal(ctx, a); err != nil {
				return err
			}
			d.printer.fact("portal: somebody removes " + d.directory.grant(a) + " from " + principal)
		}
		return nil
	}
}

// unchanged makes sure that the directory holds what it held before the story: the same assignments, by the same hands.
func unchanged() beat {
	return func(ctx context.Context, d *demo) error {
		now, err := d.directory.assignments(ctx)
		if err != nil {
			return err
		}
		if diff := cmp.Diff(d.directory.before, now); diff != "" {
			return &surprise{about: "directory: all assignments", want: "those from before the story", got: "(-before +now)\n" + diff}
		}
		d.printer.fact(fmt.Sprintf("directory: the same %d assignments as before the story, each with its author", len(now)))
		return nil
	}
}
