package graphapi

import (
	"strconv"

	"github.com/rolewarden/rolewarden/internal/graphsim/settings"
	"github.com/rolewarden/rolewarden/internal/graphsim/throttle"
)

// limits turns the setting into numbers. Documented: Microsoft Graph docs,
// throttling-limits: a tenant of fewer than 50 users has 3,500 resource units
// each ten seconds, and every tenant 3,000 writes each 150 seconds.
func limits(t settings.Throttling) throttle.Limits {
	switch t.Mode {
	case settings.ThrottlingDocumented:
		return throttle.Limits{Units: 3500, Writes: 3000}
	case settings.ThrottlingCustom:
		return throttle.Limits{Units: t.ResourceUnits, Writes: t.Writes}
	}
	return throttle.Limits{}
}

// usageHeaders say what the call cost, and how much of the limit is spent once
// that is more than four fifths. Documented: Microsoft Graph docs,
// concepts/throttling.md.
func (c *call) usageHeaders(header map[string]string) {
	header["x-ms-resource-unit"] = strconv.Itoa(c.cost())
	if c.usage.Usage > 0.8 {
		header["x-ms-throttle-limit-percentage"] = strconv.FormatFloat(c.usage.Usage, 'f', 2, 64)
	}
}
