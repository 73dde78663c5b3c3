package faults_test

import (
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	groups "github.com/rolewarden/rolewarden/controllers/group"
	"github.com/rolewarden/rolewarden/controllers/groupmembership"
	"github.com/rolewarden/rolewarden/controllers/roleassignment"
	"github.com/rolewarden/rolewarden/controllers/roledefinition"
	"github.com/rolewarden/rolewarden/controllers/roleeligibility"
	claims "github.com/rolewarden/rolewarden/internal/claim"
	"github.com/rolewarden/rolewarden/internal/lifecycle"
)

// reconciler is a lifecycle.Reconciler of any species.
type reconciler interface {
	reconcile.Reconciler
	Hasten(client.ObjectKey)
	Deletions() handler.EventHandler
}

// controller is what claim.Setup makes of a species.
type controller struct {
	reconciler
	// changed lets through what wakes an object.
	changed predicate.Predicate
	// refs returns the Group and the RoleDefinition that an object refers to; nil where none ever does.
	refs func(object) (group, definition string)
	// awaits are the species whose objects have to go before one of this can.
	awaits [manySpecies]bool
}

// control has a process run the controllers of all species.
func (p *process) control() {
	o := claims.Options{
		Tenants: p.registry, Concurrency: 1, Client: cached{p: p}, Live: live{p: p}, Events: recorder{p}, Clock: p.w.clock,
		PropagationWindow: window, DriftInterval: drift, Jitter: slowest,
	}
	p.controllers = [manySpecies]*controller{
		assignment:  controllerOf(roleassignment.NewKind(p.w.clock), o),
		eligibility: controllerOf(roleeligibility.NewKind(p.w.clock), o),
		group:       controllerOf(groups.NewKind(), o),
		membership:  controllerOf(groupmembership.NewKind(), o),
		definition:  controllerOf(roledefinition.NewKind(), o),
	}
}

func controllerOf[T lifecycle.Object[L], L lifecycle.Ledger](k *claims.Kind[T, L], o claims.Options) *controller {
	c := &controller{reconciler: claims.NewReconciler(k, o), changed: lifecycle.Changed[T]()}
	if k.Refs != nil {
		c.refs = func(obj object) (string, string) {
			own, _ := obj.(T)
			return k.Refs(own)
		}
	}
	for _, dependent := range k.Dependents {
		s, _ := speciesOf(dependent)
		c.awaits[s] = true
	}
	return c
}

// rouse wakes those that a change of another object concerns, as the watches of claim.Setup do: those that refer to it, and
// those being deleted that may have waited until it is gone.
func (p *process) rouse(c change) {
	of, name := parseID(c.id)
	tell := func() {
		if p.ended() != nil {
			return
		}
		for _, id := range p.w.cluster.ids() {
			if obj := p.see(id); obj != nil && p.concerned(obj, of, name, c.after == nil) {
				p.hasten(id)
			}
		}
	}
	switch wait := p.thaw.Sub(p.w.clock.Now()); {
	case !p.w.linked():
	case wait > 0:
		p.w.after(wait, tell)
	default:
		tell()
	}
}

// linked tells whether there are objects that others refer to, or wait for.
func (w *world) linked() bool { return w.cluster.bred[group] || w.cluster.bred[definition] }

// concerned tells whether an object has to do with one of that species and name, which has changed, or gone.
func (p *process) concerned(obj object, of species, name string, gone bool) bool {
	s, _ := speciesOf(obj)
	ours := p.controllers[s]
	if gone && ours.awaits[of] {
		return !obj.GetDeletionTimestamp().IsZero()
	}
	if ours.refs == nil {
		return false
	}
	toGroup, toDefinition := ours.refs(obj)
	return (of == group && toGroup == name) || (of == definition && toDefinition == name)
}

// hasten makes an object due now.
func (p *process) hasten(id string) {
	of, name := parseID(id)
	p.controllers[of].Hasten(client.ObjectKey{Namespace: "team", Name: name})
	p.w.wake(id, p.w.clock.Now())
}
