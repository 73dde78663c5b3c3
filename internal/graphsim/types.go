package graphsim

import (
	"io"

	"github.com/rolewarden/rolewarden/internal/graphsim/clock"
	"github.com/rolewarden/rolewarden/internal/graphsim/fault"
	"github.com/rolewarden/rolewarden/internal/graphsim/journal"
	"github.com/rolewarden/rolewarden/internal/graphsim/pim"
	"github.com/rolewarden/rolewarden/internal/graphsim/seed"
	"github.com/rolewarden/rolewarden/internal/graphsim/settings"
	"github.com/rolewarden/rolewarden/internal/graphsim/store"
)

// The types of the simulator's parts that its users meet.
type (
	// Clock is everything the simulator wants to know about time.
	Clock = clock.Clock
	// Seed is what the tenants hold at the start.
	Seed = seed.Seed
	// SeedTenant is one directory of a seed; it and the next are for seeds made in code.
	SeedTenant = seed.Tenant
	// SeedApp is an application that can sign in.
	SeedApp = seed.App
	// SeedRole is a directory role.
	SeedRole = seed.Role
	// SeedAssignment is a role assignment that stands at the start.
	SeedAssignment = seed.Assignment
	// SeedFederatedCredential trusts the tokens of another issuer.
	SeedFederatedCredential = seed.FederatedCredential
	// Settings are the conditions the directory works under.
	Settings = settings.Settings
	// Quotas are how much of what there may be in a tenant.
	Quotas = settings.Quotas
	// Policy is what requests of Privileged Identity Management must keep to.
	Policy = pim.Policy
	// PolicyRules are those for eligibilities, or for active assignments.
	PolicyRules = pim.Rules
	// Envelope says how errors are written.
	Envelope = settings.Envelope
	// Throttling says which limits are enforced.
	Throttling = settings.Throttling
	// Fault is an order to let calls go wrong.
	Fault = fault.Fault
	// Match says which calls a fault is for.
	Match = fault.Match
	// Effect is what happens to them.
	Effect = fault.Effect
	// Call is one call that a client made.
	Call = journal.Call
	// AssignmentRecord is a role assignment as it truly is.
	AssignmentRecord = store.AssignmentRecord
	// Record is a row of any set as it truly is.
	Record = store.Record
	// Provenance says which act made a change.
	Provenance = store.Provenance
	// Commit is one effective change.
	Commit = store.Commit
)

// The values of settings and records, for users of this package.
const (
	EnvelopeV1           = settings.EnvelopeV1
	EnvelopeLegacy       = settings.EnvelopeLegacy
	ThrottlingOff        = settings.ThrottlingOff
	ThrottlingDocumented = settings.ThrottlingDocumented
	ThrottlingCustom     = settings.ThrottlingCustom
	OutageNone           = settings.OutageNone
	OutageUnavailable    = settings.OutageUnavailable
	OutageUnreachable    = settings.OutageUnreachable
	SourceSeed           = store.SourceSeed
	SourcePortal         = store.SourcePortal
	SourceCall           = store.SourceCall
	SourceClock          = store.SourceClock
	DecisionApprove      = pim.Approve
	DecisionDeny         = pim.Deny
	DecisionFail         = pim.Fail
	OpCreate             = store.OpCreate
	OpUpdate             = store.OpUpdate
	OpDelete             = store.OpDelete
)

// LoadSeed reads a seed file. Unknown fields and references that lead nowhere
// are errors that say what to do.
func LoadSeed(r io.Reader) (*Seed, error) { return seed.Load(r) }

// DefaultSettings are the settings of a directory on a good day.
func DefaultSettings() Settings { return settings.Default() }
