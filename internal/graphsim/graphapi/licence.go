package graphapi

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/rolewarden/rolewarden/internal/graphsim/store"
	"github.com/rolewarden/rolewarden/internal/graphsim/wire"
)

// plans are the service plans of the licences that a tenant can have, as its
// organization shows them. Documented: Microsoft Entra docs,
// licensing-service-plan-reference.
func plans() map[string]string {
	return map[string]string{
		"P1":         "41781fb2-bc02-4b7c-bd55-b576c07bb09d",
		"P2":         "eec0eb4f-6444-4f95-aba0-50c24d67f998",
		"Governance": "e866a266-3cff-43a3-acca-0c90a7e00c8b",
	}
}

// assignedPlans are licences as an organization shows them.
func assignedPlans(licences []string) ([]any, error) {
	out := []any{}
	for _, name := range licences {
		id, ok := plans()[name]
		if !ok {
			return nil, fmt.Errorf("there is no licence %q; there are %s", name, strings.Join(slices.Sorted(maps.Keys(plans())), ", "))
		}
		out = append(out, map[string]any{"servicePlanId": id, "service": "AADPremiumService", "capabilityStatus": "Enabled", "assignedDateTime": nil})
	}
	return out, nil
}

// Licences are the names of the licences that a tenant has.
func (a *API) Licences(t *store.Tenant) []string {
	organization, _ := t.Now().GetIn("organization", t.ID)
	assigned, _ := organization.Props["assignedPlans"].([]any)
	out := []string{}
	for _, name := range slices.Sorted(maps.Keys(plans())) {
		if slices.ContainsFunc(assigned, func(p any) bool { plan, _ := p.(map[string]any); return plan["servicePlanId"] == plans()[name] }) {
			out = append(out, name)
		}
	}
	return out
}

// SetLicences gives a tenant these licences and takes away all others.
func (a *API) SetLicences(t *store.Tenant, licences []string, by store.Provenance) error {
	assigned, err := assignedPlans(licences)
	if err != nil {
		return err
	}
	organization, _ := t.Now().GetIn("organization", t.ID)
	t.Put("organization", t.ID, merged(organization.Props, store.Props{"assignedPlans": assigned}), by)
	return nil
}

// checkLicence refuses what takes a licence that the tenant does not have: what
// is granted through Privileged Identity Management stands all the same.
// Documented: Microsoft Entra docs, licensing-fundamentals; the text is from
// reports of live tenants. Assumed: that nothing is taken away at once.
func (c *call) checkLicence() *wire.Error {
	if c.target.set == nil || !c.target.set.Licensed {
		return nil
	}
	if have := c.api.Licences(c.tenant); slices.Contains(have, "P2") || slices.Contains(have, "Governance") {
		return nil
	}
	return &wire.Error{Status: http.StatusBadRequest, Code: "AadPremiumLicenseRequired",
		Message: "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license."}
}

// missingScope is a 403 whose message is JSON in a string, as only the schedules
// of Privileged Identity Management answer it. The text is from reports of live
// tenants.
func missingScope(scopes []string) *wire.Error {
	return &wire.Error{Status: http.StatusForbidden, Code: "UnknownError",
		Message: `{"errorCode":"PermissionScopeNotGranted","message":"Authorization failed due to missing permission scope ` +
			strings.Join(scopes, ",") + `.","instanceAnnotations":[]}`}
}
