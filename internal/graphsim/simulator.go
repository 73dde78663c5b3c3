package graphsim

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"

	"github.com/rolewarden/rolewarden/internal/graphsim/clock"
	"github.com/rolewarden/rolewarden/internal/graphsim/fault"
	"github.com/rolewarden/rolewarden/internal/graphsim/gate"
	"github.com/rolewarden/rolewarden/internal/graphsim/graphapi"
	"github.com/rolewarden/rolewarden/internal/graphsim/journal"
	"github.com/rolewarden/rolewarden/internal/graphsim/login"
	"github.com/rolewarden/rolewarden/internal/graphsim/store"
)

// Options says what to simulate.
type Options struct {
	// Seed is what the tenants hold at the start. It is required.
	Seed *Seed
	// Clock is the time; nil: the real time, which Control.Advance can move forward.
	Clock Clock
	// Logger gets a line a call, at debug level; nil: nothing is logged.
	Logger *slog.Logger
	// Settings are the conditions at the start; nil: DefaultSettings.
	Settings *Settings
	// SigningKey signs the tokens; nil: a fresh key, made when first needed.
	// Whoever makes many simulators shares one, for making it takes longest.
	SigningKey *rsa.PrivateKey
}

// Simulator is a login endpoint and a Graph endpoint for the tenants of a seed,
// with a control interface under /_sim/. It is safe for concurrent use.
type Simulator struct {
	gate      *gate.Gate
	authority *login.Authority
	login     *login.Endpoint
	graph     *graphapi.API
	control   func() http.Handler // made when first called
	offset    *clock.Offset
}

// New returns a simulator of the seeded tenants.
func New(o Options) (*Simulator, error) {
	if o.Seed == nil {
		return nil, errors.New("graphsim: Options.Seed is nil; load one with LoadSeed")
	}
	s := &Simulator{gate: &gate.Gate{
		Clock: o.Clock, Store: store.New(), Faults: &fault.Set{}, Journal: &journal.Journal{}, Logger: o.Logger,
	}}
	if o.Clock == nil {
		s.offset = clock.NewOffset(clock.Real{})
		s.gate.Clock = s.offset
	}
	if o.Logger == nil {
		s.gate.Logger = slog.New(slog.DiscardHandler)
	}
	if err := s.build(o); err != nil {
		return nil, fmt.Errorf("graphsim: %w", err)
	}
	return s, nil
}

// build makes the parts that can refuse what they are given.
func (s *Simulator) build(o Options) (err error) {
	if s.authority, err = login.New(o.Seed.Tenants, o.SigningKey); err != nil {
		return err
	}
	if s.graph, err = graphapi.New(s.gate, s.authority, o.Seed); err != nil {
		return err
	}
	s.login = &login.Endpoint{Authority: s.authority, Gate: s.gate, Exists: s.graph.Exists}
	s.control = sync.OnceValue(s.Control().handler)
	start := DefaultSettings()
	if o.Settings != nil {
		start = *o.Settings
	}
	return s.Control().SetSettings(start)
}

// ServeHTTP answers a call to the control interface, the login endpoint or Graph.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasPrefix(r.URL.Path, "/_sim/"), r.URL.Path == "/_sim":
		s.control().ServeHTTP(w, r)
	case s.login.Serves(r.URL.Path):
		s.login.ServeHTTP(w, r)
	default:
		s.graph.ServeHTTP(w, r)
	}
}
