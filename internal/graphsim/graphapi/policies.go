package graphapi

import (
	"net/http"
	"strings"

	"github.com/rolewarden/rolewarden/internal/graphsim/odata"
	"github.com/rolewarden/rolewarden/internal/graphsim/pim"
	"github.com/rolewarden/rolewarden/internal/graphsim/schema"
	"github.com/rolewarden/rolewarden/internal/graphsim/store"
	"github.com/rolewarden/rolewarden/internal/graphsim/wire"
)

// policyID is the ID of a role's policy. Documented: its form, with a GUID of
// the policy's own at the end. Assumed: that the role's will do.
func (c *call) policyID(roleID string) string { return "DirectoryRole_" + c.tenant.ID + "_" + roleID }

func rolePolicy(c *call, _ store.View, role store.Item) (string, store.Props) {
	return c.policyID(role.ID), store.Props{
		"scopeId": "/", "scopeType": "DirectoryRole", "displayName": "DirectoryRole", "description": "DirectoryRole", "isOrganizationDefault": false,
		"rules": policyRules(c.api.pim.Policy(c.tenant, role.ID)),
	}
}

func rolePolicyAssignment(c *call, _ store.View, role store.Item) (string, store.Props) {
	return c.policyID(role.ID) + "_" + role.ID, store.Props{
		"policyId": c.policyID(role.ID), "scopeId": "/", "scopeType": "DirectoryRole", "roleDefinitionId": role.ID,
	}
}

// policyRules are a policy as Graph shows it. Documented: Microsoft Graph docs,
// the samples of unifiedrolemanagementpolicy-list-rules. Assumed: that the
// approval which an administrator waits for here has a rule of its own.
func policyRules(p pim.Policy) []any {
	var out []any
	for _, of := range []struct {
		level string
		rules pim.Rules
	}{{"Eligibility", p.Eligibility}, {"Assignment", p.Assignment}} {
		longest := of.rules.MaximumDuration
		if longest == "" {
			longest = "P365D"
		}
		out = append(out,
			policyRule("Expiration", of.level, map[string]any{"isExpirationRequired": of.rules.ExpirationRequired, "maximumDuration": longest}),
			policyRule("Enablement", of.level, map[string]any{"enabledRules": enabled(of.rules)}),
			policyRule("Approval", of.level, map[string]any{"setting": map[string]any{"isApprovalRequired": of.rules.Approval, "approvalStages": []any{}}}))
	}
	return out
}

func policyRule(kind, level string, content map[string]any) map[string]any {
	content["@odata.type"] = "#microsoft.graph.unifiedRoleManagementPolicy" + kind + "Rule"
	content["id"] = kind + "_Admin_" + level
	content["target"] = map[string]any{
		"caller": "Admin", "operations": []any{"All"}, "level": level, "inheritableSettings": []any{}, "enforcedSettings": []any{},
	}
	return content
}

func enabled(r pim.Rules) []any {
	out := []any{}
	if r.Justification {
		out = append(out, "Justification")
	}
	if r.Ticketing {
		out = append(out, "Ticketing")
	}
	return out
}

// values are what a navigation leads to where a property holds it.
func values(nav schema.Navigation, item store.Item) []any {
	list, _ := item.Props[nav.Value].([]any)
	return list
}

// listValues lists them.
func (c *call) listValues(item store.Item) (wire.Response, *wire.Error) {
	context := c.context(c.target.set, false) + "('" + item.ID + "')/" + c.target.nav.Name
	return wire.JSON(http.StatusOK, map[string]any{"@odata.context": context, "value": values(c.target.nav, item)}), nil
}

// getValue answers with one of them.
func getValue(c *call) (wire.Response, *wire.Error) {
	item, err := c.find()
	if err != nil {
		return wire.Response{}, err
	}
	for _, v := range values(c.target.nav, item) {
		if one, _ := v.(map[string]any); one["id"] == c.target.member {
			return wire.JSON(http.StatusOK, one), nil
		}
	}
	return wire.Response{}, wire.NotFound(c.target.member)
}

// checkNeeded refuses a list without the filter that it needs. Documented: that
// policies are filtered by scopeId and scopeType. Assumed: the text.
func (c *call) checkNeeded(set *schema.Set) *wire.Error {
	have := odata.Equalities(c.query.Filter)
	for _, name := range set.NeedsFilter {
		if have[name] == "" {
			return wire.BadRequest("A list of " + set.Name + " must be filtered by " + strings.Join(set.NeedsFilter, " and ") + ".")
		}
	}
	return nil
}
