package faults_test

import (
	"path"
	"strings"
	"time"
)

// again tells whether a create call asks for what was turned down before the pass began, or what has had its time.
func (p *process) again(obj object, key grant) bool {
	if obj == nil {
		return false
	}
	since, declined := p.w.watch.declined[key]
	return p.w.over(obj) || (declined && since.Before(p.passAt) && !p.w.watch.upset.After(since))
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
		if a.activated || !x.changes(a) || w.deceived(obj) || w.deceived(seen) {
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
	if a.key.species == eligibility || a.key.scheduled {
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
