package lifecycle_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/utils/clock"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graph"
)

type grant = v1alpha1.AssignmentGrant

// row is one assignment, from when it was made to when it was removed.
type row struct {
	id          string
	from, until time.Time
	// ours is set when a create call of the controller made it.
	ours bool
}

func (r *row) standsAt(t time.Time) bool {
	return !r.from.After(t) && (r.until.IsZero() || r.until.After(t))
}

// fault is what becomes of one call. Without an error the call is carried out.
type fault struct {
	err error
	// commit has a call that ends in an error take effect all the same, after a while.
	commit bool
	after  time.Duration
	// instead is what a create call makes in place of what was asked.
	instead *grant
}

// late is a create or delete call that takes effect later.
type late struct {
	at  time.Time
	key grant
	id  string // of what is deleted; empty for a create
}

// directory is a small directory in memory: what truly stands, when a read shows it, and what may go wrong.
type directory struct {
	clock clock.PassiveClock
	rows  map[grant][]*row
	// lag is how far behind reads are; a delete by ID goes to a replica that is as far behind.
	lag     time.Duration
	users   map[string]string
	gone    map[string]bool
	faults  map[string][]fault
	pending []late
	calls   map[string]int
	ids     int
	// log is every effective change, in order: "+" or "-", who did it, and the short name of the key.
	log []string
	// changed is called after each.
	changed func(key grant, by string, granted bool)
}

func newDirectory(c clock.PassiveClock) *directory {
	return &directory{
		clock: c, rows: map[grant][]*row{}, faults: map[string][]fault{}, calls: map[string]int{}, gone: map[string]bool{},
		users:   map[string]string{"alice@contoso.com": alice, "bob@contoso.com": bob},
		changed: func(grant, string, bool) {},
	}
}

// fail orders faults for the next calls of that kind.
func (d *directory) fail(op string, faults ...fault) { d.faults[op] = append(d.faults[op], faults...) }

// heal forgets the faults that have not struck.
func (d *directory) heal() { clear(d.faults) }

func (d *directory) next(op string) fault {
	d.calls[op]++
	d.land()
	if len(d.faults[op]) == 0 {
		return fault{}
	}
	f := d.faults[op][0]
	d.faults[op] = d.faults[op][1:]
	return f
}

// land lets what was late take effect.
func (d *directory) land() {
	now := d.clock.Now()
	waiting := d.pending
	d.pending = nil
	for _, l := range waiting {
		switch {
		case l.at.After(now):
			d.pending = append(d.pending, l)
		case l.id != "":
			d.remove(l.id, "late") // too late to be called back
		case d.at(l.key, now) == nil:
			d.add(l.key, "ours")
		}
	}
}

// at returns the row that stood at an instant.
func (d *directory) at(key grant, t time.Time) *row {
	for _, r := range d.rows[key] {
		if r.standsAt(t) {
			return r
		}
	}
	return nil
}

// holds tells what truly stands now.
func (d *directory) holds(key grant) bool {
	d.land()
	return d.at(key, d.clock.Now()) != nil
}

// lastStood tells when the key last stood; zero if it never did.
func (d *directory) lastStood(key grant) time.Time {
	var last time.Time
	for _, r := range d.rows[key] {
		if r.until.IsZero() {
			return d.clock.Now()
		}
		if r.until.After(last) {
			last = r.until
		}
	}
	return last
}

func (d *directory) add(key grant, by string) *row {
	d.ids++
	r := &row{id: fmt.Sprintf("assignment-%d", d.ids), from: d.clock.Now(), ours: by == "ours"}
	d.rows[key] = append(d.rows[key], r)
	d.log = append(d.log, "+"+by+" "+short(key))
	d.changed(key, by, true)
	return r
}

func (d *directory) remove(id, by string) bool {
	now := d.clock.Now()
	for key, rows := range d.rows {
		for _, r := range rows {
			if r.id == id && r.standsAt(now) {
				r.until = now
				d.log = append(d.log, "-"+strings.Replace(by, "late", "ours", 1)+" "+short(key))
				d.changed(key, by, false)
				return true
			}
		}
	}
	return false
}

// portalGrants and portalRevokes act as a person does.
func (d *directory) portalGrants(key grant) { d.add(key, "portal") }

func (d *directory) portalRevokes(key grant) {
	if r := d.at(key, d.clock.Now()); r != nil {
		d.remove(r.id, "portal")
	}
}

// leave takes a principal out of the directory, and its assignments with it.
func (d *directory) leave(principal string) {
	d.gone[principal] = true
	for key := range d.rows {
		if string(key.PrincipalID) == principal {
			d.portalRevokes(key)
		}
	}
}

func (d *directory) read(key grant) (*found, error) {
	if f := d.next("read"); f.err != nil {
		return nil, f.err
	}
	r := d.at(key, d.clock.Now().Add(-d.lag))
	if r == nil {
		return nil, nil
	}
	return &found{ID: r.id, Key: key}, nil
}

func (d *directory) create(key grant) (found, error) {
	f := d.next("create")
	if f.instead != nil {
		key = *f.instead
	}
	if f.err != nil && f.commit {
		d.pending = append(d.pending, late{at: d.clock.Now().Add(f.after), key: key})
		d.land()
	}
	switch {
	case f.err != nil:
		return found{}, f.err
	case d.gone[string(key.PrincipalID)]:
		return found{}, &graph.Error{Op: "creating", Class: graph.NotFound, Resource: string(key.PrincipalID)}
	case d.at(key, d.clock.Now()) != nil:
		return found{}, &graph.Error{Op: "creating", Class: graph.Exists, Message: "A conflicting object"}
	}
	return found{ID: d.add(key, "ours").id, Key: key}, nil
}

func (d *directory) delete(id string) error {
	f := d.next("delete")
	if f.err != nil && f.commit {
		d.pending = append(d.pending, late{at: d.clock.Now().Add(f.after), id: id})
		d.land()
	}
	if f.err != nil {
		return f.err
	}
	if d.known(id, d.clock.Now().Add(-d.lag)) && d.remove(id, "ours") {
		return nil
	}
	return &graph.Error{Op: "deleting", Class: graph.NotFound, Resource: id}
}

// known tells whether a replica that has heard of everything until t knows of the assignment.
func (d *directory) known(id string, t time.Time) bool {
	for _, rows := range d.rows {
		if slices.ContainsFunc(rows, func(r *row) bool { return r.id == id && !r.from.After(t) }) {
			return true
		}
	}
	return false
}

// The errors that calls end in.
func unanswered() error {
	return &graph.Error{Op: "calling", Class: graph.Transient, Err: errors.New("connection reset")}
}

func classed(c graph.Class) error { return &graph.Error{Op: "calling", Class: c, Message: c.String()} }

func refused(r graph.Refusal) error {
	return &graph.Error{Op: "calling", Class: graph.Refused, Refusal: r, Message: string(r)}
}

func throttled(d time.Duration) error {
	return &graph.Error{Op: "calling", Class: graph.Throttled, RetryAfter: d}
}
