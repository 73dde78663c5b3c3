package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// progressInterval is how often a build that takes minutes says that it is still at work.
const progressInterval = 10 * time.Second

// findRoot asks Go for the module's directory.
func (d *demo) findRoot(ctx context.Context) error {
	out, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	path := strings.TrimSpace(string(out))
	if err != nil || filepath.Base(path) != "go.mod" {
		return errors.Join(errors.New("finding the repository: run this inside it"), err)
	}
	d.root = filepath.Dir(path)
	return nil
}

// build builds the programs that are shown.
func (d *demo) build(ctx context.Context) error {
	d.printer.say("Building bin/manager and bin/graph-simulator. The first time, this takes minutes: the Graph SDK is large.")
	command := exec.CommandContext(ctx, "go", "build", "-v", "-o", "bin/", "./cmd/manager", "./cmd/graph-simulator")
	command.Dir = d.root
	ownGroup(command)
	read, write := io.Pipe()
	command.Stderr = write
	lines := make(chan string)
	go scan(read, lines)
	built := make(chan error, 1)
	go func() {
		built <- command.Run()
		_ = write.Close() // never fails
	}()
	said := d.follow(lines)
	if err := <-built; err != nil {
		return fmt.Errorf("building the programs: %w\n%s", err, said)
	}
	return nil
}

func scan(from io.Reader, into chan<- string) {
	defer close(into)
	scanner := bufio.NewScanner(from)
	for scanner.Scan() {
		into <- scanner.Text()
	}
	_, _ = io.Copy(io.Discard, from) // an overlong line must not hold up the build
}

// follow counts the packages that go build -v names, reports from time to time, and returns whatever else it says.
func (d *demo) follow(lines <-chan string) (said string) {
	ticker := time.NewTicker(progressInterval)
	defer ticker.Stop()
	name := regexp.MustCompile(`^[\w./~-]+$`)
	begin, count := time.Now(), 0
	for {
		select {
		case line, more := <-lines:
			switch {
			case !more:
				return said
			case name.MatchString(line):
				count++
			default:
				said += line + "\n"
			}
		case <-ticker.C:
			d.printer.say(fmt.Sprintf("  %d packages compiled, %.0f s elapsed", count, time.Since(begin).Seconds()))
		}
	}
}
