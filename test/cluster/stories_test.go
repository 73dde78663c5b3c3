package cluster

import (
	"strings"
	"testing"
)

// TestStories plays what needs only a directory, a Tenant and a namespace of its own, all at once under one manager.
func TestStories(t *testing.T) {
	w := running(t)
	for name, play := range stories() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := w.scene(t)
			s.Ready(s.tenant)
			play(s)
		})
	}
}

func stories() map[string]func(*scene) {
	all := map[string]func(*scene){
		"namespace ends":              namespaceEnds,
		"namespace is born again":     namespaceReborn,
		"Secret deleted":              secretDeleted,
		"Secret rotated":              secretRotated,
		"CA deleted":                  caDeleted,
		"Tenant deleted":              tenantDeleted,
		"Tenant deleted, owner":       tenantOwns,
		"Tenant stripped":             tenantStripped,
		"Tenant's finalizer put back": tenantMended,
		"stripped while it holds":     stripped,
		"ledger forged":               ledgerForged,
		"ledger wiped":                ledgerWiped,
		"ID forged":                   idForged,
		"times forged":                timesForged,
		"restored without status":     restoredWithoutStatus,
		"restored from a snapshot":    restoredFromSnapshot,
		"key edited":                  keyEdited,
		"Orphan set in a deletion":    orphanedLate,
		"Orphan taken back too late":  orphanRegretted,
		"pruned and made again":       pruned,
		"deleted and made at once":    replacedAtOnce,
		"vanished":                    vanished,
		"owner deleted, foreground":   ownedForeground,
		"owner deleted, background":   ownedBackground,
		"Suspend in a deletion":       suspendedLate,
		"Observe in a deletion":       observedLate,
		"conflict storm":              storm,
		"too many requests":           tooManyRequests,
	}
	for _, order := range [][]string{
		{"tenant", "namespace", "secret"}, {"tenant", "secret", "namespace"}, {"namespace", "tenant", "secret"},
		{"namespace", "secret", "tenant"}, {"secret", "tenant", "namespace"}, {"secret", "namespace", "tenant"},
	} {
		all["deleted in the order "+strings.Join(order, ", ")] = func(s *scene) { deletedInOrder(s, order) }
	}
	return all
}
