package pim

import (
	"encoding/json"
	"fmt"

	"github.com/rolewarden/rolewarden/internal/graphsim/store"
	"github.com/rolewarden/rolewarden/internal/graphsim/wire"
)

// Rules are what an administrator must keep to.
type Rules struct {
	// ExpirationRequired refuses what has no end.
	ExpirationRequired bool `json:"expirationRequired"`
	// MaximumDuration is the longest there may be, such as P365D; empty: any.
	MaximumDuration string `json:"maximumDuration,omitempty"`
	// Justification and Ticketing must be given.
	Justification bool `json:"justification"`
	Ticketing     bool `json:"ticketing"`
	// Approval has every assignment wait until somebody decides. Assumed:
	// Microsoft's portal asks for approval of activations only.
	Approval bool `json:"approval"`
}

// Policy is the rules for a role. The zero value demands nothing.
type Policy struct {
	Eligibility Rules `json:"eligibility"`
	Assignment  Rules `json:"assignment"`
}

// Validate refuses a policy that cannot be applied.
func (p Policy) Validate() error {
	for _, r := range []Rules{p.Eligibility, p.Assignment} {
		if _, ok := parsePeriod(r.MaximumDuration); r.MaximumDuration != "" && !ok {
			return fmt.Errorf("maximumDuration %q: write it as P365D or PT8H", r.MaximumDuration)
		}
	}
	return nil
}

type policyKey struct{ tenantID, roleID string }

// SetPolicy sets the rules for a role; "" is every role that has none of its
// own. Call it inside the store's Run, as everything here.
func (m *Machine) SetPolicy(t *store.Tenant, roleID string, p Policy) error {
	if err := p.Validate(); err != nil {
		return err
	}
	m.policies[policyKey{t.ID, roleID}] = p
	return nil
}

// Policy returns the rules for a role.
func (m *Machine) Policy(t *store.Tenant, roleID string) Policy {
	if own, ok := m.policies[policyKey{t.ID, roleID}]; ok {
		return own
	}
	return m.policies[policyKey{t.ID, ""}]
}

func (m *Machine) rules(t *store.Tenant, k Kind, roleID string) Rules {
	if k.Eligible {
		return m.Policy(t, roleID).Eligibility
	}
	return m.Policy(t, roleID).Assignment
}

// check names the rules that a request breaks, in the order they are reported in.
func (r Rules) check(given store.Props, w window) *wire.Error {
	var failed []string
	lasts, limited := parsePeriod(r.MaximumDuration)
	if r.ExpirationRequired && w.end.IsZero() || limited && w.end.After(lasts.after(w.start)) {
		failed = append(failed, "ExpirationRule")
	}
	if r.Justification && given.String("justification") == "" {
		failed = append(failed, "JustificationRule")
	}
	ticket, _ := given["ticketInfo"].(map[string]any)
	if number, _ := ticket["ticketNumber"].(string); r.Ticketing && number == "" {
		failed = append(failed, "TicketingRule")
	}
	if failed == nil {
		return nil
	}
	list, err := json.Marshal(failed)
	if err != nil {
		return invalid()
	}
	return refusal("RoleAssignmentRequestPolicyValidationFailed", "The following policy rules failed: "+string(list))
}
