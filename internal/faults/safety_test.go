package faults_test

import (
	"net/http"
	"strings"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
)

// check is S1 and the second half of S2, at this instant.
func (w *world) check() {
	there, all := map[grant]*standing{}, w.standings()
	w.forgetMakers(all)
	for i, a := range all {
		if a.activated {
			continue
		}
		there[a.key] = &all[i]
		if !ours(a) {
			continue
		}
		if w.named(a.key) {
			if len(w.watch.forged) == 0 { // else two processes may put back what each believes
				delete(w.watch.meddled, a.key)
			}
		} else if !w.watch.orphaned[a.key] && !w.excused(a.key) {
			w.violate("S1 NoLeak", "nothing names the grant of "+w.who(a.key))
		}
	}
	for _, name := range w.cluster.ids() {
		obj := w.cluster.objects[name]
		if a := there[w.asks(obj)]; (a != nil && a.fits(obj)) || !saysReady(obj) || !obj.GetDeletionTimestamp().IsZero() || w.deceived(obj) {
			delete(w.watch.missing, name)
			continue
		}
		w.checkMissing(name)
	}
}

func (w *world) checkMissing(name string) {
	now := w.clock.Now()
	since, known := w.watch.missing[name]
	if !known {
		w.watch.missing[name] = now
		return
	}
	// That it is begun anew gives a process no more time.
	if now.Sub(later(since, later(w.watch.faulty, w.watch.upset))) > drift+lagBy+slack {
		w.violate("S2 NoFalseReady", name+" says Ready and the grant is long gone")
	}
}

// checkSend is S3 to S7, S9 and S11, of what is about to be sent.
func (p *process) checkSend(d directory, o op, x *exchange) {
	w, now := p.w, p.w.clock.Now()
	login := o == opToken || o == opDiscovery
	if (login && now.Before(p.loginQuiet[d.id])) || (!login && now.Before(p.graphQuiet[d.id])) {
		w.violate("S11 Rate", string(o)+" was sent before Retry-After")
	}
	if login {
		if !strings.Contains(x.req.URL.Path, d.id) {
			w.violate("S9 TenantIsolation", "logging in to "+x.req.URL.Path+" for "+d.name)
		}
		return
	}
	p.checkBearer(d, x)
	switch o {
	case opCreate:
		p.checkCreate(d, x)
	case opDelete:
		p.checkDelete(x)
		p.checkMembers(x)
	case opUpdate:
		p.checkUpdate(x)
	}
}

// checkBearer is S9: the token is of the directory that the object which is looked at means, or whose grant it holds.
func (p *process) checkBearer(d directory, x *exchange) {
	w := p.w
	_, token, _ := strings.Cut(x.req.Header.Get("Authorization"), " ")
	of, known := w.watch.bearers[token]
	if !known {
		of = tenantOf(token)
		w.watch.bearers[token] = of
		// The very token must be found nowhere, whatever comes before it.
		w.watch.canaries = append(w.watch.canaries, token[strings.LastIndex(token, ".")+1:])
	}
	switch of {
	case d.id:
	case "":
		w.violate("S9 TenantIsolation", "a call carries no token that can be read")
		return
	default:
		w.violate("S9 TenantIsolation", "a call to "+d.name+" carries a token of "+of)
	}
	if obj := w.cluster.objects[p.current]; obj != nil && !p.concerns(obj, d) {
		w.violate("S9 TenantIsolation", "a call for "+p.current+" went to "+d.name)
	}
}

// concerns tells whether an object has to do with a directory: what it asks for is there, or what it held a moment ago.
func (p *process) concerns(obj object, d directory) bool {
	id := d.id
	if p.w.asks(obj).tenant == id || ledgerOf(obj).tenant == id {
		return true
	}
	for key := range p.w.watch.meddled {
		if key.tenant == id {
			return true // a user took the ledger away, which the process remembers
		}
	}
	seen := p.w.cluster.past(p.current, p.passBegan) // it may have been edited since
	return seen != nil && (p.w.asks(seen).tenant == id || ledgerOf(seen).tenant == id)
}

// checkCreate is S4 to S7 of a create call.
func (p *process) checkCreate(d directory, x *exchange) {
	w := p.w
	key := x.keyOf(x.asked())
	w.watch.created[key], w.watch.createdAt, x.key = len(w.trace), w.clock.Now(), key
	obj := w.cluster.objects[p.current]
	switch {
	case p.again(obj, key):
		w.violate("S4 NoUnauthorized", "asked again for "+w.who(key)+", which was turned down or has had its time")
	case w.closing[d.name] && !w.watch.claimed[key]:
		w.violate("S4 NoUnauthorized", "created "+w.who(key)+" in a tenant that is being deleted")
	case p.mustNotAct(obj):
		w.violate("S4 NoUnauthorized", "created "+w.who(key)+" in spite of mode "+string(obj.GetClaimSpec().Mode))
	case w.watch.hands[p.current] > p.passBegan: // somebody took away the one or the other in this very moment
	case obj == nil || !guarded(obj):
		w.violate("S5 FinalizerFirst", "created "+w.who(key)+" without a finalizer")
	case ledgerOf(obj) != key || obj.GetClaimStatus().UnansweredCreateTime == nil:
		w.violate("S6 WriteAhead", "created "+w.who(key)+" without a ledger")
	case w.watch.ahead[obj.GetUID()] != p || w.clock.Now().Sub(obj.GetClaimStatus().UnansweredCreateTime.Time) > window/2:
		w.violate("S7 OneWriter", "created "+w.who(key)+" while another may be doing so")
	}
}

// mustNotAct tells whether an object has asked, since before the pass began, that nothing be done.
func (p *process) mustNotAct(obj object) bool {
	passive := func(obj object) bool {
		if obj == nil || !obj.GetDeletionTimestamp().IsZero() {
			return false
		}
		mode := obj.GetClaimSpec().Mode
		return mode == v1alpha1.ModeObserve || mode == v1alpha1.ModeSuspend
	}
	return passive(obj) && passive(p.w.cluster.past(p.current, p.passBegan))
}

// checkDelete is S3 and S4 of a delete call. One that takes effect late is judged as it is sent: what is granted under the
// same key before it does so cannot be known.
func (p *process) checkDelete(x *exchange) {
	w := p.w
	obj := w.cluster.objects[p.current]
	if p.mustNotAct(obj) {
		w.violate("S4 NoUnauthorized", "deleted in spite of mode "+string(obj.GetClaimSpec().Mode))
	}
	for _, a := range w.standings() {
		if x.removes(a) {
			p.checkRemoval(obj, a)
		}
	}
}

// checkRemoval is S3 of a delete call that finds something.
func (p *process) checkRemoval(obj object, a standing) {
	w, key := p.w, a.key
	if a.activated {
		w.violate("S3 NoForeign", "deleted what "+w.who(key)+" activated")
		return
	}
	_, wrong := w.watch.wrong[key]
	by, forged := w.watch.forged[key]
	if !w.named(key) && !wrong && !w.excused(key) {
		w.violate("S3 NoForeign", "deleted "+w.who(key)+", which no ledger names")
	}
	if forged && by == p && !w.watch.written[key] && !w.deceived(obj) {
		w.violate("S3 NoForeign", "deleted "+w.who(key)+", which a user wrote into a ledger")
	}
	refuses := obj != nil && obj.GetClaimSpec().Adoption == v1alpha1.AdoptionRefuse
	if refuses && !ours(a) && !w.entitled(key) && !forged {
		w.violate("S3 NoForeign", "deleted "+w.who(key)+", which a person granted and adoption: Refuse leaves alone")
	}
	p.checkOthers(key)
	p.checkWish(obj, key)
}

// checkOthers is S3 of what others hold, or stand on.
func (p *process) checkOthers(key grant) {
	w := p.w
	if other := w.leansOn(key, p.current); other != "" {
		w.violate("S3 NoForeign", "deleted "+w.who(key)+", on which "+other+" stands")
	}
	if other := w.holder(key, p.current); other != "" {
		w.violate("S3 NoForeign", "deleted "+w.who(key)+", which "+other+" holds too")
	}
}

// checkWish is S3 of what the object that is looked at has asked for since before the pass began: to keep its grant, or to
// leave it behind.
func (p *process) checkWish(obj object, key grant) {
	w, seen := p.w, p.w.cluster.past(p.current, p.passBegan)
	if obj == nil || seen == nil || obj.GetUID() != seen.GetUID() {
		return
	}
	if w.holdsOn(obj, key) && w.holdsOn(seen, key) && !w.over(obj) {
		w.violate("S3 NoForeign", "deleted "+w.who(key)+", which "+p.current+" itself holds")
	}
	if leavesBehind(obj) && leavesBehind(seen) {
		w.violate("S3 NoForeign", "deleted "+w.who(key)+" in spite of deletionPolicy: Orphan")
	}
}

// checkAnswer notes what the process has been told.
func (p *process) checkAnswer(d directory, o op, x *exchange) {
	w, now := p.w, p.w.clock.Now()
	if x.resp == nil {
		return
	}
	if e := w.watch.entitled[x.key]; o == opCreate && e.by == p && e.pass == p.passes && refusal(x) {
		delete(w.watch.entitled, x.key)
	}
	if x.resp.Header.Get("Retry-After") != "" {
		switch {
		case o != opToken && o != opDiscovery:
			p.graphQuiet[d.id] = now.Add(quiet)
		case x.resp.StatusCode == http.StatusTooManyRequests:
			// A 503 of the login endpoint is no word on how much it can take.
			p.loginQuiet[d.id] = now.Add(quiet)
		}
	}
	if o != opRead && o != opPage {
		return
	}
	for _, key := range x.shown() {
		w.watch.shown[key], w.watch.shownAt[key] = now, len(w.trace)
	}
}

// refusal tells whether an answer says for certain that nothing was made: it is Graph's, with a code that is known.
func refusal(x *exchange) bool {
	status := x.resp.StatusCode
	return status >= 400 && status < 500 && !strings.Contains(string(x.payload()), "NeverSeenBefore") &&
		strings.HasPrefix(x.resp.Header.Get("Content-Type"), "application/json")
}

// entitled tells whether what stands under a key may be ours, whoever the directory says made it.
func (w *world) entitled(key grant) bool {
	_, ok := w.watch.entitled[key]
	return ok
}

// noteWrong notes what was granted instead of what was asked for.
func (w *world) noteWrong(x *exchange) {
	if made, ok := x.made(); ok {
		w.watch.wrong[made] = mistake{by: x.by, pass: x.by.passes, at: w.clock.Now()}
	}
}

// checkChange is the first half of S2, S8 and S10, and that names stay pinned, of a revision.
func (w *world) checkChange(c change) {
	if c.after != nil {
		w.noteWish(c)
		w.checkLedger(c)
		if saysReady(c.after) && (c.before == nil || !saysReady(c.before)) {
			w.checkReady(c.after)
		}
	}
	if c.before != nil && guarded(c.before) && (c.after == nil || !guarded(c.after)) {
		w.checkRelease(c.before, c.after)
	}
	w.tell("etcd", c.id, w.describe(c.after))
}

// checkLedger notes what a ledger names, and who wrote it.
func (w *world) checkLedger(c change) {
	key := ledgerOf(c.after)
	if !holdsLedger(c.after) {
		delete(w.watch.pins, c.after.GetUID())
		return
	}
	w.watch.claimed[key] = true
	if w.writer == nil {
		return
	}
	if c.after.GetClaimStatus().Origin != "" { // whatever became of it before, somebody stands for it now
		delete(w.watch.gone, key)
		delete(w.watch.orphaned, key)
		delete(w.watch.stripped, key)
		delete(w.watch.vanished, key)
	}
	if c.before == nil || ledgerOf(c.before) != key {
		w.watch.written[key] = true
		w.checkAsked(c.after, key)
	}
	w.watch.author[c.after.GetUID()] = w.writer
	if ahead := c.after.GetClaimStatus().UnansweredCreateTime; ahead != nil && (c.before == nil || !ahead.Equal(c.before.GetClaimStatus().UnansweredCreateTime)) {
		w.watch.ahead[c.after.GetUID()], w.watch.createdAt = w.writer, w.clock.Now()
		if !w.entitled(key) {
			w.watch.entitled[key] = mistake{by: w.writer, pass: w.writer.passes, at: w.clock.Now()}
		}
	}
	w.checkPin(c, key)
}

// checkAsked is that a ledger comes to name what the object asks for, or what it named before.
func (w *world) checkAsked(obj object, key grant) {
	_, wrong := w.watch.wrong[key]
	_, forged := w.watch.forged[key]
	if claim := (claim{obj.GetUID(), key}); w.asks(obj) == key || w.watch.had[claim] || wrong || forged {
		w.watch.had[claim] = true
		return
	}
	w.violate("S3 NoForeign", "the ledger of "+idOf(obj)+" names "+w.who(key)+", which it never asked for")
}

// checkPin is that a privilege does not move to somebody else because a name did.
func (w *world) checkPin(c change, key grant) {
	_, wrong := w.watch.wrong[key]
	if _, forged := w.watch.forged[key]; wrong || forged {
		return
	}
	old, pinned := w.watch.pins[c.after.GetUID()]
	spec := identityOf(c.after)
	if pinned && old.spec == spec && old.key.principal != key.principal {
		w.violate("S3 NoForeign", "the grant of "+w.who(old.key)+" moved to "+w.who(key)+" with a name")
	}
	fresh := c.before == nil || ledgerOf(c.before) != key || c.before.GetClaimStatus().ResolvedSpec != c.after.GetClaimStatus().ResolvedSpec
	if fresh && c.after.GetClaimStatus().ResolvedSpec != "" {
		w.watch.pins[c.after.GetUID()] = pin{spec, key}
	}
}

func (w *world) checkReady(obj object) {
	if w.deceived(obj) {
		return
	}
	key := w.asks(obj)
	at, was := w.watch.shown[key]
	if !was || w.clock.Now().Sub(at) > drift || w.watch.shownAt[key] < w.watch.created[key] {
		w.violate("S2 NoFalseReady", idOf(obj)+" says Ready and no read has shown "+w.who(key))
	}
	stands, refuses := w.holds(key), obj.GetClaimSpec().Adoption == v1alpha1.AdoptionRefuse && obj.GetClaimSpec().Mode == v1alpha1.ModeEnforce
	if refuses && stands != nil && !ours(*stands) && !w.entitled(key) {
		w.violate("S2 NoFalseReady", idOf(obj)+" says Ready with "+w.who(key)+", which a person granted and adoption: Refuse leaves alone")
	}
}

// checkRelease is S10, of an object that loses its finalizer.
func (w *world) checkRelease(obj, after object) {
	ledger := ledgerOf(obj)
	switch {
	case w.writer == nil:
		if after == nil && holdsLedger(obj) {
			w.lost(obj, ledger)
		}
	case obj.GetDeletionTimestamp().IsZero():
		w.violate("S10 NoSilentRelease", idOf(obj)+" lost its finalizer and is not being deleted")
	case !holdsLedger(obj):
	case obj.GetClaimSpec().DeletionPolicy == v1alpha1.DeletionPolicyOrphan:
		w.watch.orphaned[ledger] = true
	case w.holder(ledger, idOf(obj)) != "":
	default:
		// What a person granted less than a lag ago no read need have shown.
		if a := w.holds(ledger); a != nil && (ours(*a) || w.clock.Now().Sub(a.made.Time) > lagBy+slack) {
			w.violate("S10 NoSilentRelease", idOf(obj)+" was released while "+w.who(ledger)+" stands")
		}
	}
}

// lost notes what an object held that went without being released: the API server removed it, which it is said of to who
// leads, or a user took its finalizer.
func (w *world) lost(obj object, ledger grant) {
	if obj.GetDeletionTimestamp().IsZero() {
		w.watch.vanished[ledger] = meddling{w.process, w.clock.Now()}
		// In mid-creation it may be taken back all the same.
		w.watch.orphaned[ledger] = obj.GetClaimSpec().DeletionPolicy == v1alpha1.DeletionPolicyOrphan
		return
	}
	w.watch.gone[ledger] = true
	if len(w.away) == 0 { // a directory that is not connected has no Tenant to tell it of
		w.watch.stripped[ledger] = meddling{w.watch.author[obj.GetUID()], w.clock.Now()}
	}
}
