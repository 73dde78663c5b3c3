package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"
)

// patience is how long a program may take to end by itself once it is asked to.
const patience = 15 * time.Second

// process is a program that runs beside the story.
type process struct {
	name   string
	log    string
	end    context.CancelFunc
	pid    int
	exited chan struct{}
	err    error
	// expendable is set when it may end at any time and is then started again.
	expendable atomic.Bool
}

// start runs a program with nothing of our environment, in a process group of its own: a Ctrl-C is
// for the demo, which then ends its programs in order.
func (d *demo) start(ctx context.Context, env []string, program string, args ...string) (*process, error) {
	name := filepath.Base(program)
	log, err := os.OpenFile(filepath.Join(d.scratch, "logs", name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	defer func() { _ = log.Close() }() // the program has its own handle
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	command := exec.CommandContext(life, program, args...)
	command.Dir, command.Stdout, command.Stderr = d.scratch, log, log
	command.Env = append([]string{"HOME=" + d.scratch}, env...)
	ownGroup(command)
	if err := command.Start(); err != nil {
		end()
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	p := &process{name: name, pid: command.Process.Pid, log: log.Name(), end: end, exited: make(chan struct{})}
	go p.watch(life, command, d.fail)
	return p, nil
}

// ownGroup keeps a terminal's signals from a command, and lets it end in order before it is killed.
func ownGroup(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = patience
}

// watch ends the story when the program ends before its time.
func (p *process) watch(life context.Context, command *exec.Cmd, fail context.CancelCauseFunc) {
	p.err = command.Wait()
	if life.Err() == nil && !p.expendable.Load() {
		fail(&surprise{about: p.name, want: "it runs", got: fmt.Sprintf("it ended (%s)", command.ProcessState)})
	}
	close(p.exited)
}

// stop ends the program and waits for it.
func (p *process) stop() {
	if p == nil {
		return
	}
	p.end()
	<-p.exited
}
