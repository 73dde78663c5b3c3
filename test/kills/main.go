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
	// title tells the parts of a run apart.
	title string
	// tally is what the parts count together.
	tally   *tally
	kills   int
	leaders int
	pauses  int
	terms   int
	soak    time.Duration
	rounds  int
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
	flag.IntVar(&o.rounds, "rounds", 8, "Then, how many rounds of 200 life cycles a manager that nothing ends lives for.")
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

// run plays what the options ask for. Leases run out while nothing else happens, so that leaders get a cluster of their own
// beside the one for all others.
func run(ctx context.Context, o options) error {
	if o.manager == "" {
		dir, binary, err := buildManager(ctx)
		defer func() { _ = os.RemoveAll(dir) }() // a directory for temporary files is no place to be careful
		if err != nil {
			return err
		}
		o.manager = binary
	}
	o.tally = &tally{}
	rest, leaders := o.split()
	if leaders.kills == 0 {
		return errors.Join(play(ctx, o), o.tally.shortfall())
	}
	return errors.Join(playBoth(ctx, rest, leaders), o.tally.shortfall())
}

// playBoth plays two parts beside each other. The first that fails ends the other: what that would still find is of no interest.
func playBoth(ctx context.Context, rest, leaders options) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 2)
	for _, part := range []options{rest, leaders} {
		go func() { ended <- play(ctx, part) }()
	}
	first := <-ended
	if first != nil {
		cancel()
	}
	second := <-ended
	if first != nil && errors.Is(second, context.Canceled) {
		second = nil
	}
	return errors.Join(first, second)
}

// split parts what needs leaders from the rest.
func (o options) split() (rest, leaders options) {
	if o.soak > 0 || o.only != "" || o.leaders+o.pauses == 0 || o.kills <= o.leaders+1 {
		return o, options{}
	}
	rest, leaders = o, o
	leaders.title, leaders.kills, leaders.terms = "leaders", o.leaders+1, 0
	rest.title, rest.kills, rest.leaders, rest.pauses = "others", o.kills-leaders.kills, 0, 0
	return rest, leaders
}

// play plays one part and ends all that was started, whatever happens.
func play(ctx context.Context, o options) (err error) {
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
