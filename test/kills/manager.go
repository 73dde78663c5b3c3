package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/rolewarden/rolewarden/internal/testenv"
)

// endPatience is how long a manager may take to end once it is asked to: it gives itself 30 s.
const endPatience = 40 * time.Second

// process is a manager that runs, or ran.
type process struct {
	number  int
	metrics string
	log     string
	command *exec.Cmd
	proxy   *proxy
	exited  chan struct{}
	// err is how it ended, once it has.
	err error
}

// launch is what a manager is started with.
type launch struct {
	binary     string
	dir        string
	kubeconfig string
	args       []string
	// copyTo takes all that the manager writes.
	copyTo io.Writer
}

// startProcess starts a manager with nothing of our environment, in a process group of its own: a Ctrl-C is for us, who
// then end it. Where the system can, it ends with us, however we end.
func startProcess(ctx context.Context, number int, l launch) (*process, error) {
	metrics, err := testenv.FreeAddress(ctx)
	if err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(l.dir, fmt.Sprintf("manager-%04d.log", number)))
	if err != nil {
		return nil, fmt.Errorf("starting a manager: %w", err)
	}
	args := append([]string{"--metrics-bind-address=" + metrics, "--health-probe-bind-address=0"}, l.args...)
	command := exec.CommandContext(context.WithoutCancel(ctx), l.binary, args...) //nolint:gosec // it was built for this
	command.Dir, command.Env = l.dir, []string{"KUBECONFIG=" + l.kubeconfig, "POD_NAMESPACE=" + system, "HOME=" + l.dir}
	command.Stdout = io.MultiWriter(log, l.copyTo)
	command.Stderr = command.Stdout
	command.SysProcAttr = attributes()
	p := &process{number: number, metrics: metrics, log: log.Name(), command: command, exited: make(chan struct{})}
	started := make(chan error)
	go p.run(started, log)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("starting a manager: %w", err)
	}
	return p, nil
}

// run starts the process and waits for its end, on one thread: the system ends the process with the thread that started it.
func (p *process) run(started chan<- error, log io.Closer) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(p.exited)
	defer func() { _ = log.Close() }() // whatever it holds, the process is over
	err := p.command.Start()
	started <- err
	if err == nil {
		p.err = p.command.Wait()
	}
}

// lastWords is how much of a manager's log is told when it ends by itself.
const lastWords = 4096

// endedError is a manager that ended although nobody ended it.
type endedError struct {
	number int
	err    error
	log    []byte
}

// Error tells its last words.
func (e *endedError) Error() string {
	return fmt.Sprintf("manager %d ended by itself: %v\n%s", e.number, e.err, e.log[max(0, len(e.log)-lastWords):])
}

// unborn tells that it ended before it looked at anything, as it does when the API server turns it away. A kubelet starts
// another then.
func (e *endedError) unborn() bool {
	exit, ok := errors.AsType[*exec.ExitError](e.err)
	return ok && exit.ExitCode() == 1 && !bytes.Contains(e.log, []byte("Starting workers"))
}

// endedByItself says how a manager ended that nobody ended.
func (p *process) endedByItself() error {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return fmt.Errorf("manager %d ended by itself: %w; its log: %w", p.number, p.err, err)
	}
	return &endedError{p.number, p.err, text}
}

// kill is SIGKILL, and returns when the process has gone.
func (p *process) kill() {
	_ = p.command.Process.Kill() // fails only when it has ended
	<-p.exited
}

// signal sends a signal that the process outlives, at first.
func (p *process) signal(s syscall.Signal) { _ = p.command.Process.Signal(s) }

// end is SIGTERM, and SIGKILL if that has no effect, which is an error.
func (p *process) end(ctx context.Context) error {
	p.signal(syscall.SIGTERM)
	select {
	case <-p.exited:
		return p.err
	case <-ctx.Done():
		p.kill()
		return ctx.Err()
	case <-time.After(endPatience):
		p.kill()
		return fmt.Errorf("manager %d did not end %s after SIGTERM", p.number, endPatience)
	}
}
