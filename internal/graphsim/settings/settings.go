package settings

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Envelope says how errors are written.
type Envelope string

// The envelopes there are.
const (
	// EnvelopeV1 is Microsoft Graph's {"error":{"code","message"}}.
	EnvelopeV1 Envelope = "v1"
	// EnvelopeLegacy is the older {"odata.error":{"code","message":{"lang","value"}}},
	// which some of Microsoft's guides still print.
	EnvelopeLegacy Envelope = "legacy"
)

// Mode says which limits are enforced.
type Mode string

// The throttling modes there are.
const (
	// ThrottlingOff enforces no limit.
	ThrottlingOff Mode = "off"
	// ThrottlingDocumented enforces the limits Microsoft publishes for identity and access.
	ThrottlingDocumented Mode = "documented"
	// ThrottlingCustom enforces the limits given beside it.
	ThrottlingCustom Mode = "custom"
)

// Outage says how the whole service is away.
type Outage string

// The outages there are.
const (
	// OutageNone: the service is there.
	OutageNone Outage = ""
	// OutageUnavailable: every call is answered 503, an HTML page as a gateway would send.
	OutageUnavailable Outage = "unavailable"
	// OutageUnreachable: every connection is closed without an answer.
	OutageUnreachable Outage = "unreachable"
)

// Throttling is a mode and, for the custom mode, its limits. A limit of 0 is none.
type Throttling struct {
	Mode Mode `json:"mode"`
	// ResourceUnits may be spent by one application in one tenant each ten seconds.
	ResourceUnits int `json:"resourceUnits,omitempty"`
	// Writes may be made by one application in one tenant each 150 seconds.
	Writes int `json:"writes,omitempty"`
}

// Quotas are how much of what there may be in a tenant; 0 is no limit.
type Quotas struct {
	// Owners of one group.
	Owners int `json:"owners"`
	// RoleAssignableGroups and CustomRoles of the tenant.
	RoleAssignableGroups int `json:"roleAssignableGroups"`
	CustomRoles          int `json:"customRoles"`
	// CustomAssignments are assignments of custom roles to one principal.
	CustomAssignments int `json:"customAssignments"`
	// ScopedAssignments are assignments of built-in roles to one principal at
	// scopes below the tenant.
	ScopedAssignments int `json:"scopedAssignments"`
}

// Settings are the conditions the simulated directory works under.
type Settings struct {
	// Latency is added to every call.
	Latency time.Duration `json:"-"`
	// Lag is how far reads of Graph are behind writes. Writes see the true
	// state, except that they look up what they refer to with this lag too.
	Lag time.Duration `json:"-"`
	// DeleteSeesLag makes a DELETE or PATCH of a row that is not replicated yet
	// answer 404 and do nothing.
	DeleteSeesLag bool `json:"deleteSeesLag"`
	// PageSize is the most a list answers at once where the client asks for no other.
	PageSize int `json:"pageSize"`
	// Envelope is how errors are written.
	Envelope Envelope `json:"envelope"`
	// Throttling says which limits hold.
	Throttling Throttling `json:"throttling"`
	// Quotas are how much of what there may be.
	Quotas Quotas `json:"quotas"`
	// Outage says whether the whole service is away.
	Outage Outage `json:"outage"`
	// TokenLifetime is how long an access token is good for.
	TokenLifetime time.Duration `json:"-"`
	// RequestRetention is how long requests of Privileged Identity Management
	// are kept once they are done with; 0: for good.
	RequestRetention time.Duration `json:"-"`
	// UnitFallback is for how long after its creation a scope that is an
	// administrative unit falls back to the whole tenant in Privileged Identity
	// Management, as reports have it; 0: never.
	UnitFallback time.Duration `json:"-"`
}

// Default are the settings of a directory on a good day.
func Default() Settings {
	return Settings{
		PageSize: 100, Envelope: EnvelopeV1, TokenLifetime: time.Hour, RequestRetention: 45 * 24 * time.Hour,
		Throttling: Throttling{Mode: ThrottlingOff},
		// Documented: Microsoft Entra docs, directory-service-limits-restrictions.
		Quotas: Quotas{Owners: 100, RoleAssignableGroups: 500, CustomRoles: 100, CustomAssignments: 150, ScopedAssignments: 100},
	}
}

// Validate refuses settings that cannot be carried out.
func (s Settings) Validate() error {
	switch {
	case s.Latency < 0 || s.Lag < 0:
		return errors.New("latency and lag must not be negative")
	case s.RequestRetention < 0 || s.UnitFallback < 0:
		return errors.New("requestRetention and unitFallback must not be negative; 0 is for good, and never")
	case min(s.Quotas.Owners, s.Quotas.RoleAssignableGroups, s.Quotas.CustomRoles, s.Quotas.CustomAssignments, s.Quotas.ScopedAssignments) < 0:
		return errors.New("quotas must not be negative")
	case s.PageSize < 1 || s.PageSize > 999:
		return errors.New("pageSize must be 1 to 999")
	case s.TokenLifetime < time.Second:
		return errors.New("tokenLifetime must be at least 1s")
	case s.Envelope != EnvelopeV1 && s.Envelope != EnvelopeLegacy:
		return fmt.Errorf("envelope %q: use %q or %q", s.Envelope, EnvelopeV1, EnvelopeLegacy)
	case s.Outage != OutageNone && s.Outage != OutageUnavailable && s.Outage != OutageUnreachable:
		return fmt.Errorf("outage %q: use %q, %q or an empty string", s.Outage, OutageUnavailable, OutageUnreachable)
	}
	return s.Throttling.validate()
}

func (t Throttling) validate() error {
	switch t.Mode {
	case ThrottlingOff, ThrottlingDocumented:
		return nil
	case ThrottlingCustom:
		if t.ResourceUnits < 0 || t.Writes < 0 || t.ResourceUnits+t.Writes == 0 {
			return errors.New("custom throttling needs resourceUnits (per 10 s), writes (per 150 s) or both")
		}
		return nil
	}
	return fmt.Errorf("throttling mode %q: use %q, %q or %q", t.Mode, ThrottlingOff, ThrottlingDocumented, ThrottlingCustom)
}

type plain Settings

type durations struct {
	Latency       string `json:"latency"`
	Lag           string `json:"lag"`
	TokenLifetime string `json:"tokenLifetime"`
	Retention     string `json:"requestRetention"`
	UnitFallback  string `json:"unitFallback"`
}

// MarshalJSON writes durations as strings.
func (s Settings) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		plain
		durations
	}{plain(s), durations{
		s.Latency.String(), s.Lag.String(), s.TokenLifetime.String(), s.RequestRetention.String(), s.UnitFallback.String(),
	}})
}

// UnmarshalJSON reads durations from strings; what is left out stays as it is,
// so that a client can change one setting.
func (s *Settings) UnmarshalJSON(data []byte) error {
	in := struct {
		plain
		durations
	}{plain: plain(*s)}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields() // the decoder above does not reach in here
	if err := dec.Decode(&in); err != nil {
		return err
	}
	*s = Settings(in.plain)
	return errors.Join(
		parse(in.durations.Latency, &s.Latency),
		parse(in.durations.Lag, &s.Lag),
		parse(in.durations.TokenLifetime, &s.TokenLifetime),
		parse(in.Retention, &s.RequestRetention),
		parse(in.durations.UnitFallback, &s.UnitFallback))
}

func parse(text string, d *time.Duration) (err error) {
	if text != "" {
		*d, err = time.ParseDuration(text)
	}
	return err
}
