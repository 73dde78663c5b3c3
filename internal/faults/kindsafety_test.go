package faults_test

import (
	"path"
	"strings"
	"time"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
)

// noteWish notes that somebody asks anew for what was turned down.
func (w *world) noteWish(c change) {
	const request = v1alpha1.ReconcileRequestAnnotation
	if len(w.watch.declined) == 0 || c.before == nil {
		return
	}
	if c.before.GetGeneration() != c.after.GetGeneration() || c.before.GetAnnotations()[request] != c.after.GetAnnotations()[request] {
		delete(w.watch.declined, w.asks(c.after))
	}
}

// again tells whether a create call asks for what was turned down before the pass began, or for what has had its time.
func (p *process) again(obj object, key grant) bool {
	if obj == nil {
		return false
	}
	since, declined := p.w.watch.declined[key]
	return !p.w.tampered(obj) && (p.w.over(obj) || (declined && since.Before(p.passAt)))
}

// tampered tells whether somebody wrote into an object's status, which holds when it was asked for.
func (w *world) tampered(obj object) bool {
	return obj == nil || w.watch.hands[idOf(obj)] > 0
}

// checkMembers is S3 of a call that takes somebody out of a group: without $ref it would remove the person.
func (p *process) checkMembers(x *exchange) {
	if strings.Contains(x.req.URL.Path, "/members/") && path.Base(x.req.URL.Path) != "$ref" {
		p.w.violate("S3 NoForeign", "deleted a member of a group, and not the membership")
	}
}

// checkUpdate is S3 and S4 of a call that changes what stands: it does so for an object that holds it, and as that asks now or
// asked when the pass began.
func (p *process) checkUpdate(x *exchange) {
	w := p.w
	obj, seen := w.cluster.objects[p.current], w.cluster.past(p.current, p.passBegan)
	if p.mustNotAct(obj) {
		w.violate("S4 NoUnauthorized", "changed something in spite of mode "+string(obj.GetClaimSpec().Mode))
	}
	for _, a := range w.standings() {
		if a.activated || !x.changes(a) || w.tampered(obj) {
			continue
		}
		switch {
		case !w.named(a.key) && !w.excused(a.key):
			w.violate("S3 NoForeign", "changed "+w.who(a.key)+", which no ledger names")
		case !x.wantedBy(obj) && !x.wantedBy(seen):
			w.violate("S4 NoUnauthorized", "changed "+w.who(a.key)+" in a way that "+p.current+" does not ask for")
		}
	}
}

// changes tells whether the request changes what stands.
func (x *exchange) changes(a standing) bool {
	if strings.Contains(x.req.URL.Path, "Schedule") {
		return x.keyOf(x.asked()) == a.key
	}
	return (a.key.species == group || a.key.species == definition) && a.id == path.Base(x.req.URL.Path)
}

// wantedBy tells whether an object asks for what the request says.
func (x *exchange) wantedBy(obj object) bool {
	if obj == nil || !obj.GetDeletionTimestamp().IsZero() {
		return false
	}
	r := x.asked()
	if parts, ok := roleOf(obj); ok {
		end, _ := time.Parse(time.RFC3339, r.ScheduleInfo.Expiration.EndDateTime)
		return end.UTC().Truncate(time.Second).Equal(endOf(parts))
	}
	a := standing{props: map[string]any{"displayName": r.DisplayName, "isEnabled": true}}
	return a.fits(obj)
}

// expectFallback notes that what is asked for an administrative unit may be granted everywhere.
func (w *world) expectFallback(x *exchange) {
	if w.dir.Settings().UnitFallback > 0 && x.key.scope == "/administrativeUnits/"+munich {
		made := x.key
		made.scope = "/"
		if w.holds(made) == nil { // else this call meets what an earlier one made
			w.watch.wrong[made] = mistake{x.by, x.by.passes, w.clock.Now(), x.key}
		}
	}
}
