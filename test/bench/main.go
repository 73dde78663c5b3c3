package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	n := flag.Int("n", 100, "how many RoleAssignments stand at once")
	samples := flag.Int("samples", 20, "how many are granted and revoked one at a time")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *n, *samples); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1) //nolint:gocritic // there is nothing left to stop
	}
}

// run makes the bench, measures and tears it down.
func run(ctx context.Context, n, samples int) (err error) {
	b, err := newBench(ctx)
	if err != nil {
		return err
	}
	defer func() { err = firstOf(err, b.close()) }()
	if err := b.addUsers(max(n, samples)); err != nil {
		return err
	}
	var t table
	if err := b.oneByOne(ctx, &t, samples); err != nil {
		return err
	}
	if err := b.together(ctx, &t, n); err != nil {
		return err
	}
	return t.print(os.Stdout)
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
