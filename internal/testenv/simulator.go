package testenv

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/rolewarden/rolewarden/internal/graphsim"
)

// SimulatorOptions say what to simulate and where to listen. The zero value is what a test wants.
type SimulatorOptions struct {
	// Options are passed on. Without a Seed, the one of the demo is loaded.
	graphsim.Options
	// Address is where to listen, on loopback. Left empty, a free port is taken.
	Address string
}

// Simulator is a directory simulator that is being served over HTTPS, with its control interface.
type Simulator struct {
	*graphsim.Server
	*graphsim.Control
}

// StartSimulator serves a directory simulator until its Close. The context bounds the start only.
func StartSimulator(ctx context.Context, options SimulatorOptions) (*Simulator, error) {
	if options.Seed == nil {
		seed, err := demoSeed()
		if err != nil {
			return nil, fmt.Errorf("starting a directory simulator: %w", err)
		}
		options.Seed = seed
	}
	simulator, err := graphsim.New(options.Options)
	if err != nil {
		return nil, fmt.Errorf("starting a directory simulator: %w", err)
	}
	server, err := graphsim.Serve(context.WithoutCancel(ctx), simulator, cmp.Or(options.Address, "127.0.0.1:0"))
	if err != nil {
		return nil, fmt.Errorf("starting a directory simulator: %w", err)
	}
	return &Simulator{Server: server, Control: simulator.Control()}, nil
}

func demoSeed() (*graphsim.Seed, error) {
	root, err := findRoot()
	if err != nil {
		return nil, err
	}
	file, err := os.Open(filepath.Join(root, "config", "demo", "contoso.yaml"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // it was only read
	return graphsim.LoadSeed(file)
}
