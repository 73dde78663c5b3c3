package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// options are the settings of the command line.
type options struct {
	kills   int
	leaders int
	pauses  int
	terms   int
	soak    time.Duration
	seed    uint64
	only    string
	manager string
	keep    bool
}

func main() {
	o := parseOptions()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	err := run(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "kills:", err)
		os.Exit(1)
	}
}

func parseOptions() options {
	var o options
	flag.IntVar(&o.kills, "kills", 200, "How often the manager is ended at a call that is held, of which:")
	flag.IntVar(&o.leaders, "leaders", 6, "how often it is a leader whose lease then has to run out,")
	flag.IntVar(&o.terms, "terms", 10, "how often it is asked to end by SIGTERM.")
	flag.IntVar(&o.pauses, "pauses", 4, "How often a leader is stopped past its lease while another one takes over, and then goes on.")
	flag.DurationVar(&o.soak, "soak", 0, "Do everything at random instead, for so long.")
	flag.Uint64Var(&o.seed, "seed", 0, "Repeats the choices of an earlier run; 0 takes another each time.")
	flag.StringVar(&o.only, "only", "", "Strike only where this says: a flow, or the whole token of a trial.")
	flag.StringVar(&o.manager, "manager", "", "The program to run. Left empty, cmd/manager is built.")
	flag.BoolVar(&o.keep, "keep", false, "Keep what the managers logged.")
	flag.Parse()
	if o.seed == 0 {
		o.seed = rand.Uint64N(1_000_000) //nolint:gosec // it need not be hard to guess
	}
	return o
}

// run plays what the options ask for and ends all that was started, whatever happens.
func run(ctx context.Context, o options) (err error) {
	s, err := newStage(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	h, err := newHouse(ctx, s, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	if o.soak > 0 {
		return h.soak(ctx)
	}
	return h.kills(ctx)
}
