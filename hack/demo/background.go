package main

import (
	"context"
	"errors"
	"time"
)

// background is a kubectl command that goes on while other scenes are told.
type background struct {
	invocation invocation
	cancel     context.CancelFunc
	done       chan struct{}
	out        string
	err        error
}

// begin starts a kubectl command in the background, as a shell's & does. It may take as long as the limit.
func begin(limit time.Duration, args ...string) beat {
	return func(ctx context.Context, d *demo) error {
		if d.background != nil {
			return errors.New("one command in the background is enough for this story")
		}
		ctx, cancel := context.WithCancel(ctx)
		b := &background{invocation: invocation{args: args}, cancel: cancel, done: make(chan struct{})}
		d.background = b
		d.printer.command(b.invocation.String() + " &")
		go func() {
			defer close(b.done)
			b.out, b.err = d.kubectl.run(ctx, limit, b.invocation)
		}()
		return nil
	}
}

// pending makes sure that the command in the background has not returned yet.
func pending() beat {
	return func(_ context.Context, d *demo) error {
		select {
		case <-d.background.done:
			return &surprise{about: d.background.invocation.String(), want: "it has not returned yet", got: d.background.out}
		default:
			return nil
		}
	}
}

// finish waits for the command in the background, as a shell's wait does.
func finish() beat {
	return func(_ context.Context, d *demo) error {
		b := d.background
		d.printer.command("wait")
		<-b.done
		d.printer.output(b.out)
		b.cancel()
		return succeeded(b.invocation, b.out, b.err)
	}
}

// stop ends the command, if it still runs.
func (b *background) stop() {
	if b == nil {
		return
	}
	b.cancel()
	<-b.done
}
