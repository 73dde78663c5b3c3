package main

import (
	"net/http"
	"time"
)

// scene is a part of the story.
type scene struct {
	title string
	beats []beat
}

// story is what the demo tells. Each look into the directory is a single one, right after the command before it returned.
func story() []scene {
	return []scene{user(), portal(), bounded(), self(), group(), edited(), pruned(), eligible(), member(), expired(), patient()}
}

const (
	ready = "--for=condition=Ready"
	// reasonPath and messagePath are where an object says why it is as it is.
	reasonPath  = `jsonpath={.status.conditions[?(@.type=="Ready")].reason}`
	messagePath = `jsonpath={.status.conditions[?(@.type=="Ready")].message}{"\n"}`
)

func user() scene {
	return scene{"(a) A user gets a role. When kubectl delete returns, the role is gone.", []beat{
		say("Alice is to help users who have forgotten their password. In Git, that is a file:"),
		show("alice.yaml"),
		holds("alice@contoso.com"),
		kubectlRun("apply", "-f", "alice.yaml"),
		kubectlRun("wait", ready, "roleassignment/alice", "--timeout=60s"),
		kubectlRun("get", "roleassignments"),
		holds("alice@contoso.com", "Helpdesk Administrator at /, granted by Rolewarden"),
		say("Alice moves on. The delete does not return before the privilege has left the directory:"),
		kubectlRun("delete", "roleassignment", "alice"),
		holds("alice@contoso.com"),
		gone("roleassignment/alice"),
		changed("granted by Rolewarden: alice@contoso.com, Helpdesk Administrator at /",
			"revoked by Rolewarden: alice@contoso.com, Helpdesk Administrator at /"),
		events("roleassignment/alice", "Granted", "Revoked"),
	}}
}

func portal() scene {
	return scene{"(b) Somebody was faster, in the portal. The delete succeeds all the same.", []beat{
		kubectlRun("apply", "-f", "bob.yaml"),
		kubectlRun("wait", ready, "roleassignment/bob", "--timeout=60s"),
		holds("bob@contoso.com", "Helpdesk Administrator at /, granted by Rolewarden"),
		portalRemoves("bob@contoso.com"),
		holds("bob@contoso.com"),
		begin(4*time.Minute, "delete", "roleassignment", "bob"),
		kubectlRun("wait", "--for="+reasonPath+"=Revoking", "roleassignment/bob", "--timeout=60s"),
		answered("roleAssignments.delete", http.StatusNotFound),
		prints([]string{"propagation window"}, "get", "roleassignment", "bob", "-o", messagePath),
		pending(),
		say("The grant is only seconds old. A 404 this soon can come from a replica that has not heard of it yet, so the object\n" +
			"stays until that is ruled out. Meanwhile the story goes on; we come back to Bob at the end."),
	}}
}

func self() scene {
	object := "roleassignment/rolewarden"
	return scene{"(c) The directory does not let Rolewarden give up Global Administrator. The object stays and says why.", []beat{
		holds("Rolewarden", "Global Administrator at /, there from the start"),
		kubectlRun("apply", "-f", "rolewarden.yaml"),
		kubectlRun("wait", ready, object, "--timeout=60s"),
		prints([]string{"Adopted"}, "get", object, "-o", `jsonpath={.status.origin}{"\n"}`),
		kubectlRun("delete", object, "--wait=false"),
		kubectlRun("wait", "--for=condition=Stalled", object, "--timeout=60s"),
		answered("roleAssignments.delete", http.StatusBadRequest),
		prints([]string{"SelfRemovalRefused"}, "get", object),
		prints([]string{"Removing self from Global Administrator"}, "get", object, "-o", messagePath),
		holds("Rolewarden", "Global Administrator at /, there from the start"),
		say("The way out is explicit: leave the role in the directory, and let only the object go."),
		kubectlRun("patch", object, "--type=merge", "-p", `{"spec":{"deletionPolicy":"Orphan"}}`),
		kubectlRun("wait", "--for=delete", object, "--timeout=60s"),
		gone(object),
		holds("Rolewarden", "Global Administrator at /, there from the start"),
		changed(),
		events(object, "Adopted", "SelfRemovalRefused", "Orphaned"),
	}}
}

func group() scene {
	return scene{"(d) A role-assignable group administers the users of one office, until it no longer does.", []beat{
		show("helpdesk.yaml"),
		kubectlRun("apply", "-f", "helpdesk.yaml"),
		kubectlRun("wait", ready, "roleassignment/helpdesk", "--timeout=60s"),
		holds("Contoso_Helpdesk_Administrators", "User Administrator at administrative unit Berlin, granted by Rolewarden"),
		kubectlRun("delete", "-f", "helpdesk.yaml"),
		holds("Contoso_Helpdesk_Administrators"),
		gone("roleassignment/helpdesk"),
	}}
}

func edited() scene {
	return scene{"(e) A file is edited. The old role is revoked, then the new one is granted.", []beat{
		kubectlRun("apply", "-f", "carol.yaml"),
		kubectlRun("wait", ready, "roleassignment/carol", "--timeout=60s"),
		holds("carol@contoso.com", "Helpdesk Administrator at /, granted by Rolewarden"),
		say("The directory cannot edit an assignment, so Rolewarden replaces it. Nobody has to delete anything first:"),
		edit("carol.yaml", "    displayName: Helpdesk Administrator", "    displayName: Password Administrator"),
		kubectlRun("apply", "-f", "carol.yaml"),
		kubectlRun("wait", ready, "roleassignment/carol", "--timeout=60s"),
		holds("carol@contoso.com", "Password Administrator at /, granted by Rolewarden"),
		changed("granted by Rolewarden: carol@contoso.com, Helpdesk Administrator at /",
			"revoked by Rolewarden: carol@contoso.com, Helpdesk Administrator at /",
			"granted by Rolewarden: carol@contoso.com, Password Administrator at /"),
		kubectlRun("delete", "-f", "carol.yaml"),
		holds("carol@contoso.com"),
	}}
}

func pruned() scene {
	apply := applySet("apply", "-n", "default", "--prune", "--applyset=team", "-f", "team/")
	return scene{"(f) A directory of files is applied. A file is removed, and with it the role, and nothing else.", []beat{
		apply,
		kubectlRun("wait", ready, "roleassignments", "-l", "applyset.kubernetes.io/part-of", "--timeout=60s"),
		kubectlRun("get", "entra", "-A"),
		holds("carol@contoso.com", "Groups Administrator at /, granted by Rolewarden"),
		holds("frank@contoso.com", "Authentication Administrator at /, granted by Rolewarden"),
		holds("grace@contoso.com", "License Administrator at /, granted by Rolewarden"),
		holds("Payroll", "Directory Readers at /, granted by Rolewarden"),
		turn(),
		remove("team/frank-authentication.yaml"),
		apply,
		kubectlRun("wait", "--for=delete", "roleassignment/frank-authentication", "--timeout=60s"),
		holds("frank@contoso.com"),
		changed("revoked by Rolewarden: frank@contoso.com, Authentication Administrator at /"),
		say("The team is dissolved:"),
		kubectlRun("delete", "-f", "team/"),
		holds("carol@contoso.com"),
		holds("grace@contoso.com"),
		holds("Payroll"),
	}}
}

func patient() scene {
	return scene{"(b) Bob again. The delete returns once the absence of his role is proven.", []beat{
		say("What is left of the propagation window since his grant has to pass:"),
		finish(),
		holds("bob@contoso.com"),
		gone("roleassignment/bob"),
		events("roleassignment/bob", "Granted", "Revoking", "Revoked"),
		unchanged(),
	}}
}
