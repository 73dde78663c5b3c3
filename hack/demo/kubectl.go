package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// commandLimit bounds a command that nothing holds up on purpose. It is above the time-outs that kubectl is given, so that
// it is kubectl that says what it waited for.
const commandLimit = 90 * time.Second

// kubectl runs the control plane's own kubectl, with nothing of the user's configuration.
type kubectl struct {
	path string
	env  []string
	dir  string
}

func newKubectl(path, scratch, dir string) *kubectl {
	return &kubectl{path: path, dir: dir, env: []string{
		"HOME=" + scratch, "KUBECONFIG=" + filepath.Join(scratch, "kubeconfig"), "KUBERC=off", "PATH=" + os.Getenv("PATH"),
	}}
}

// invocation is a kubectl command line, with variables before it.
type invocation struct {
	env  []string
	args []string
}

// String is what a user would type.
func (i invocation) String() string {
	words := slices.Concat(i.env, []string{"kubectl"}, i.args)
	for n, word := range words {
		words[n] = quote(word)
	}
	return strings.Join(words, " ")
}

// quote makes a word safe for a shell.
func quote(word string) string {
	if regexp.MustCompile(`^[\w@%+=:,./-]+$`).MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// run runs the command and returns all that it printed, also when it failed.
func (k *kubectl) run(ctx context.Context, limit time.Duration, i invocation) (string, error) {
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	command := exec.CommandContext(limited, k.path, i.args...)
	command.Dir, command.Env = k.dir, slices.Concat(k.env, i.env)
	ownGroup(command)
	var out bytes.Buffer
	command.Stdout, command.Stderr = &out, &out
	err := command.Run()
	if err != nil && ctx.Err() == nil && errors.Is(limited.Err(), context.DeadlineExceeded) {
		err = fmt.Errorf("no end after %s", limit)
	}
	return out.String(), err
}

// kubectlSays prints the command, runs it and prints what it says.
func (d *demo) kubectlSays(ctx context.Context, i invocation) (string, error) {
	d.printer.command(i.String())
	out, err := d.kubectl.run(ctx, commandLimit, i)
	d.printer.output(out)
	return out, err
}

// kubectlDoes is kubectlSays where kubectl must succeed.
func (d *demo) kubectlDoes(ctx context.Context, i invocation) error {
	out, err := d.kubectlSays(ctx, i)
	return succeeded(i, out, err)
}

func succeeded(i invocation, out string, err error) error {
	if err == nil {
		return nil
	}
	return &surprise{about: i.String(), want: "it succeeds", got: fmt.Sprintf("%v: %s", err, strings.TrimSpace(out))}
}
