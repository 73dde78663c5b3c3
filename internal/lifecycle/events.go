package lifecycle

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Reasons of events that are not reasons of conditions.
const (
	eventGranted      = "Granted"
	eventAdopted      = "Adopted"
	eventRevoked      = "Revoked"
	eventHandedOver   = "HandedOver"
	eventOrphaned     = "Orphaned"
	eventDrift        = "DriftFound"
	eventLedgerMended = "LedgerMended"
	eventLost         = "FinalizerRemoved"
	eventVanished     = "Vanished"
	eventStillHeld    = "StillHeld"
	eventUpdated      = "Updated"
	eventRequested    = "Requested"
)

// Actions of events.
const (
	actionGrant     = "Grant"
	actionRevoke    = "Revoke"
	actionReconcile = "Reconcile"
)

func (r *Reconciler[T, L]) warn(about runtime.Object, reason, action, note string, args ...any) {
	r.Events.Eventf(about, nil, corev1.EventTypeWarning, reason, action, note, args...)
}

// warnTenant records on the Tenant what befell an object that no longer is.
func (r *Reconciler[T, L]) warnTenant(tenant client.Object, name client.ObjectKey, reason, action, note string, args ...any) {
	gone := r.Kind.New()
	gone.SetNamespace(name.Namespace)
	gone.SetName(name.Name)
	r.Events.Eventf(tenant, gone, corev1.EventTypeWarning, reason, action, r.Name+" "+name.String()+" "+note, args...)
}

// announce records what became of a grant that the object let go: on the Tenant when the object's namespace is being
// deleted, since such a namespace accepts no events.
func (p *pass[T, L]) announce(ctx context.Context, ledger L, reason, note string, args ...any) {
	if !p.deleting() || !p.namespaceEnds(ctx) {
		p.Events.Eventf(p.obj, nil, corev1.EventTypeNormal, reason, actionRevoke, note, args...)
		return
	}
	if external, err := p.Kind.Reconnect(ctx, ledger); err == nil {
		// Events that differ in their note only are counted as one: the related object tells them apart.
		p.Events.Eventf(external.Tenant(), p.obj, corev1.EventTypeNormal, reason, actionRevoke, p.Name+" "+p.name.String()+": "+note, args...)
	}
}

// gained records that the object came by a grant.
func (p *pass[T, L]) gained(reason, note string, ledger L) {
	p.told = true
	p.Events.Eventf(p.obj, nil, corev1.EventTypeNormal, reason, actionGrant, note, p.inWords(ledger))
}

// inWords is a grant in the user's own words, where the spec still says them, and by its IDs.
func (p *pass[T, L]) inWords(ledger L) string {
	if grant := p.obj.GetGrant(); p.pinned() && *grant == ledger {
		return p.Kind.Identity(p.obj).String() + " (" + ledger.String() + ")"
	}
	return ledger.String()
}

func (p *pass[T, L]) namespaceEnds(ctx context.Context) bool {
	namespace := &metav1.PartialObjectMetadata{}
	namespace.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Namespace"))
	err := p.Live.Get(ctx, client.ObjectKey{Name: p.name.Namespace}, namespace)
	return err == nil && !namespace.GetDeletionTimestamp().IsZero()
}
