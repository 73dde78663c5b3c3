package main

import "time"

// The scenes that are about what is held otherwise than by a plain assignment to a user.

func bounded() scene {
	return scene{"(g) A role for one minute. The directory itself ends it, and Rolewarden does not grant it again.", []beat{
		show("alice-for-a-minute.yaml"),
		kubectlRun("apply", "-f", "alice-for-a-minute.yaml"),
		kubectlRun("wait", ready, "roleassignment/alice-for-a-minute", "--timeout=60s"),
		holds("alice@contoso.com", "Groups Administrator at /, granted by Rolewarden"),
		prints([]string{"end"}, "get", "roleassignment", "alice-for-a-minute", "-o", `jsonpath={.status.period}{"\n"}`),
		say("We come back to her when the minute is over."),
	}}
}

func eligible() scene {
	return scene{"(h) Frank may activate a role when he needs it, for a month. When kubectl delete returns, he may no longer.", []beat{
		show("frank-eligible.yaml"),
		kubectlRun("apply", "-f", "frank-eligible.yaml"),
		kubectlRun("wait", ready, "roleeligibility/frank", "--timeout=60s"),
		kubectlRun("get", "roleeligibilities"),
		may("frank@contoso.com", "User Administrator at /"),
		holds("frank@contoso.com"),
		kubectlRun("delete", "roleeligibility", "frank"),
		may("frank@contoso.com"),
		gone("roleeligibility/frank"),
		events("roleeligibility/frank", "Granted", "Revoked"),
	}}
}

func member() scene {
	return scene{"(i) Roles held through a group: take the member out, and the role goes with it. What stands on a group goes first.", []beat{
		kubectlRun("apply", "-f", "oncall.yaml"),
		kubectlRun("wait", ready, "group/oncall", "roleassignment/oncall", "--timeout=60s"),
		known("oncall", "On Call"),
		holds("On Call", "Helpdesk Administrator at /, granted by Rolewarden"),
		kubectlRun("apply", "-f", "erin-oncall.yaml"),
		kubectlRun("wait", ready, "groupmembership/erin-oncall", "--timeout=60s"),
		members("On Call", "erin@contoso.com"),
		prints([]string{"Helpdesk Administrator"}, "get", "groupmembership", "erin-oncall"),
		say("Erin is no longer on call:"),
		kubectlRun("delete", "groupmembership", "erin-oncall"),
		members("On Call"),
		holds("On Call", "Helpdesk Administrator at /, granted by Rolewarden"),
		say("The group goes once nothing of ours stands on it any more:"),
		kubectlRun("delete", "group.entra.rolewarden.dev", "oncall", "--wait=false"),
		kubectlRun("wait", "--for="+reasonPath+"=StillAssigned", "group.entra.rolewarden.dev/oncall", "--timeout=60s"),
		prints([]string{"RoleAssignment default/oncall still stands on it"}, "get", "group.entra.rolewarden.dev", "oncall", "-o", messagePath),
		kubectlRun("delete", "roleassignment", "oncall"),
		holds("On Call"),
		kubectlRun("wait", "--for=delete", "group.entra.rolewarden.dev/oncall", "--timeout=60s"),
		absent("On Call"),
	}}
}

func expired() scene {
	return scene{"(g) Alice again. Her minute is over.", []beat{
		within(2*time.Minute, "wait", "--for="+reasonPath+"=Expired", "roleassignment/alice-for-a-minute", "--timeout=110s"),
		holds("alice@contoso.com"),
		kubectlRun("get", "roleassignment", "alice-for-a-minute"),
		kubectlRun("delete", "roleassignment", "alice-for-a-minute"),
		holds("alice@contoso.com"),
	}}
}
