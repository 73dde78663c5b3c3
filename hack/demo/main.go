package main

import (
	"context"
	"errors"
	"flag"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// storyLimit bounds all scenes together. One of them waits out the propagation window, which is the longest.
const storyLimit = 15 * time.Minute

func main() {
	keep := flag.Bool("keep", false, "Tell no story: leave everything running, say how to use it, and wait for Ctrl-C.")
	flag.Parse()
	// A broken pipe is caught as well: what was started must end even when nobody reads on.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	code := run(ctx, newPrinter(os.Stdout), *keep)
	stop()
	os.Exit(code)
}

// run returns the exit code.
func run(interrupted context.Context, p *printer, keep bool) int {
	ctx, fail := context.WithCancelCause(interrupted)
	defer fail(nil)
	d := &demo{printer: p, fail: fail}
	err := d.perform(ctx, keep)
	if ctx.Err() != nil {
		err = context.Cause(ctx) // what a command says of being ended is not the reason
	}
	ended := interrupted.Err() != nil
	if err != nil && !ended {
		d.explain(context.WithoutCancel(ctx), err)
	}
	p.say("Ending everything.")
	if stopErr := d.stop(); stopErr != nil {
		err = errors.Join(err, stopErr)
		p.failure(stopErr.Error())
	}
	d.tidy(keep || (err != nil && !ended))
	if err == nil || (keep && ended) {
		return 0
	}
	return 1
}

// perform starts everything and tells the story, or waits to be used.
func (d *demo) perform(ctx context.Context, keep bool) error {
	if err := d.setUp(ctx); err != nil {
		return err
	}
	if keep {
		return d.invite(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, storyLimit)
	defer cancel()
	return d.tell(ctx, story())
}
