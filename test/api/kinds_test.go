package api

import "testing"

const (
	notADuration = "must be a duration such as PT8H (8 hours), PT30M (30 minutes), P30D (30 days) or P1DT12H"
	notUnique    = "must be letters, digits, dots, dashes and underscores, and begin with a letter or a digit"
	notAnAction  = "must be an action such as microsoft.directory/applications/standard/read; a custom role takes no wildcards"
)

func TestRoleEligibilityRules(t *testing.T) {
	checkRules(t, "RoleEligibility", map[string]rule{
		"least":                 {spec: "{" + principal + ", " + role + "}"},
		"a group":               {spec: "{principal: {group: G}, " + role + "}"},
		"a Group":               {spec: "{principal: {groupRef: {name: g}}, " + role + "}"},
		"a service principal":   {spec: "{principal: {servicePrincipal: " + id + "}, " + role + "}", refuse: "a service principal cannot be eligible"},
		"no principal":          {spec: "{" + role + "}", refuse: missing},
		"no role":               {spec: "{" + principal + "}", refuse: missing},
		"at a unit":             {spec: "{" + principal + ", " + role + ", scope: {administrativeUnit: Berlin}}"},
		"from then on":          {spec: "{" + principal + ", " + role + ", schedule: {start: '2030-01-01T00:00:00Z'}}"},
		"for a month":           {spec: "{" + principal + ", " + role + ", schedule: {duration: P30D}}"},
		"for a day and a half":  {spec: "{" + principal + ", " + role + ", schedule: {duration: P1DT12H}}"},
		"duration of nothing":   {spec: "{" + principal + ", " + role + ", schedule: {duration: PT0H}}", refuse: notADuration},
		"duration that ends":    {spec: "{" + principal + ", " + role + ", schedule: {duration: P1DT}}", refuse: notADuration},
		"duration of Go":        {spec: "{" + principal + ", " + role + ", schedule: {duration: 8h0m}}", refuse: notADuration},
		"duration in months":    {spec: "{" + principal + ", " + role + ", schedule: {duration: P1M}}", refuse: notADuration},
		"end that is no time":   {spec: "{" + principal + ", " + role + ", schedule: {end: tomorrow}}", refuse: "date-time"},
		"end before start":      {spec: "{" + principal + ", " + role + ", schedule: {start: '2030-01-02T00:00:00Z', end: '2030-01-01T00:00:00Z'}}", refuse: "start must be before end"},
		"justified":             {spec: "{" + principal + ", " + role + ", justification: because, ticket: {number: A-1}}"},
		"an empty reason":       {spec: "{" + principal + ", " + role + ", justification: ''}", refuse: "should be at least 1 chars long"},
		"unknown mode":          {spec: "{" + principal + ", " + role + ", mode: DryRun}", refuse: notAllowed},
		"adoption and deletion": {spec: "{" + principal + ", " + role + ", adoption: Refuse, deletionPolicy: Orphan, mode: Observe}"},
	})
}

func TestGroupRules(t *testing.T) {
	checkRules(t, "Group", map[string]rule{
		"least":                     {spec: "{displayName: Helpdesk}"},
		"no name":                   {spec: "{}", refuse: missing},
		"name with a line break":    {spec: `{displayName: "a\nb"}`, refuse: notAName},
		"unique name":               {spec: "{displayName: H, uniqueName: helpdesk_1.berlin-x}"},
		"unique name with a slash":  {spec: "{displayName: H, uniqueName: a/b}", refuse: notUnique},
		"unique name with a dash":   {spec: "{displayName: H, uniqueName: -a}", refuse: notUnique},
		"unique name of 121":        {spec: "{displayName: H, uniqueName: " + repeat("u", 121) + "}", refuse: "Too long"},
		"mail nickname":             {spec: "{displayName: H, mailNickname: help.desk}"},
		"mail nickname of an apple": {spec: "{displayName: H, mailNickname: 'a@b'}", refuse: "must be letters, digits, dots, dashes and underscores"},
		"Microsoft 365":             {spec: "{displayName: H, type: Microsoft365}"},
		"unknown type":              {spec: "{displayName: H, type: Distribution}", refuse: notAllowed},
		"not for roles":             {spec: "{displayName: H, roleAssignments: Forbidden}"},
		"empty description":         {spec: "{displayName: H, description: ''}", refuse: "should be at least 1 chars long"},
		"description of 1025":       {spec: "{displayName: H, description: " + repeat("d", 1025) + "}", refuse: "Too long"},
	})
}

func TestGroupChanges(t *testing.T) {
	checkChanges(t, "Group", "{displayName: H}", map[string]change{
		"name":          {field: "displayName", value: "I"},
		"unique name":   {field: "uniqueName", value: "i", refuse: "the unique name is what the directory knows the group by"},
		"type":          {field: "type", value: "Microsoft365", refuse: "the directory cannot change a group's type"},
		"for roles":     {field: "roleAssignments", value: "Forbidden", refuse: "the directory decides at a group's creation whether roles can be assigned to it"},
		"mail nickname": {field: "mailNickname", value: "i"},
	})
}

func TestGroupMembershipRules(t *testing.T) {
	const group, member = "group: {ref: {name: helpdesk}}", "member: {user: alice@contoso.com}"
	checkRules(t, "GroupMembership", map[string]rule{
		"least":               {spec: "{" + group + ", " + member + "}"},
		"group by ID":         {spec: "{group: {id: " + id + "}, " + member + "}"},
		"group by name":       {spec: "{group: {displayName: Helpdesk}, " + member + "}"},
		"two groups":          {spec: "{group: {id: " + id + ", displayName: H}, " + member + "}", refuse: oneOf + "[ref id displayName] must be set"},
		"no group":            {spec: "{" + member + "}", refuse: missing},
		"group ID is a name":  {spec: "{group: {id: helpdesk}, " + member + "}", refuse: notAnID},
		"member by ID":        {spec: "{" + group + ", member: {id: " + id + "}}"},
		"an application":      {spec: "{" + group + ", member: {servicePrincipal: " + id + "}}"},
		"two members":         {spec: "{" + group + ", member: {id: " + id + ", user: a@b.c}}", refuse: oneOf + "[id user servicePrincipal] must be set"},
		"no member":           {spec: "{" + group + "}", refuse: missing},
		"user is an ID":       {spec: "{" + group + ", member: {user: " + id + "}}", refuse: notAUPN},
		"reference to no one": {spec: "{group: {ref: {}}, " + member + "}", refuse: missing},
	})
}

func TestRoleDefinitionRules(t *testing.T) {
	const actions = "allowedResourceActions: [microsoft.directory/applications/standard/read]"
	checkRules(t, "RoleDefinition", map[string]rule{
		"least":              {spec: "{displayName: Reader, " + actions + "}"},
		"disabled":           {spec: "{displayName: Reader, state: Disabled, description: reads, " + actions + "}"},
		"no name":            {spec: "{" + actions + "}", refuse: missing},
		"no actions":         {spec: "{displayName: Reader}", refuse: missing},
		"empty actions":      {spec: "{displayName: Reader, allowedResourceActions: []}", refuse: "should have at least 1 items"},
		"an action twice":    {spec: "{displayName: Reader, allowedResourceActions: [a.b/c, a.b/c]}", refuse: "Duplicate value"},
		"a wildcard":         {spec: "{displayName: Reader, allowedResourceActions: ['microsoft.directory/*']}", refuse: notAnAction},
		"a word":             {spec: "{displayName: Reader, allowedResourceActions: [read]}", refuse: notAnAction},
		"an action too long": {spec: "{displayName: Reader, allowedResourceActions: [a/" + repeat("b", 511) + "]}", refuse: "Too long"},
	})
}
