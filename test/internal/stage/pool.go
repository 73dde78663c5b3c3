package stage

import (
	"context"
	"errors"
	"sync"

	"github.com/rolewarden/rolewarden/internal/testenv"
)

// Pool lends control planes. A manager sees every object of its control plane, so that tests with managers of their own can
// run side by side only on different ones.
type Pool struct {
	places chan struct{}
	mu     sync.Mutex
	idle   []*testenv.Environment
	all    []*testenv.Environment
}

// NewPool returns a pool of so many control planes, none of which is started before it is needed.
func NewPool(size int) *Pool { return &Pool{places: make(chan struct{}, size)} }

// take waits until there is a control plane to be had.
func (p *Pool) take(ctx context.Context) (*testenv.Environment, error) {
	select {
	case p.places <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if plane := p.takeIdle(); plane != nil {
		return plane, nil
	}
	plane, err := testenv.Start(ctx, testenv.Options{})
	if err != nil {
		<-p.places
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all = append(p.all, plane)
	return plane, nil
}

func (p *Pool) takeIdle() *testenv.Environment {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.idle) == 0 {
		return nil
	}
	last := len(p.idle) - 1
	plane := p.idle[last]
	p.idle = p.idle[:last]
	return plane
}

func (p *Pool) giveBack(plane *testenv.Environment) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, plane)
	<-p.places
}

// Stop ends all that were started.
func (p *Pool) Stop() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	for _, plane := range p.all {
		errs = append(errs, plane.Stop())
	}
	return errors.Join(errs...)
}
