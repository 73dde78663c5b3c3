package main

import (
	"context"
	"path/filepath"
	"strings"
)

// invitation says how to use what runs. What is in braces and capitals is filled in.
const invitation = `
Everything runs now. In another terminal:

  export KUBECONFIG={SCRATCH}/kubeconfig PATH={KUBECTL}:$PATH
  export SIM={URL}/_sim TENANT={TENANT_ID} CURL_CA_BUNDLE={SCRATCH}/simulator-ca.crt
  cd {SCRATCH}/manifests

Grant, edit, revoke:
  kubectl apply -f bob.yaml
  kubectl get entra -A
  kubectl get roleassignment bob -o yaml
  kubectl events
  kubectl delete -f alice.yaml
  kubectl explain roleassignment.spec

Ask for a look now, instead of at the next interval:
  kubectl annotate roleassignment alice --overwrite entra.rolewarden.dev/requested-at="$(date)"

Look at the directory's true state, at who made it so, and at the calls:
  curl -s $SIM/tenants/$TENANT/assignments
  curl -s $SIM/history
  curl -s $SIM/calls/count

Remove a role as somebody in the portal would (the ID is in kubectl get roleassignments -o wide):
  curl -s -X DELETE $SIM/tenants/$TENANT/assignments/ID

Break things:
  curl -s -X PATCH $SIM/settings -d '{"latency":"2s"}'
  curl -s -X PATCH $SIM/settings -d '{"lag":"10s"}'
  curl -s -X PATCH $SIM/settings -d '{"outage":"unavailable"}'
  curl -s -X PATCH $SIM/settings -d '{"outage":"","lag":"0s","latency":"0s"}'
  curl -s -X POST $SIM/faults -d '{"match":{"operation":"roleAssignments.create"},"count":1,"effect":{"loseAnswer":true}}'

Kill the manager in the middle of what it does; it is started again, and goes on where it was:
  kill -9 $(cat {SCRATCH}/manager.pid)

Logs: tail -f {SCRATCH}/logs/manager.log
Ctrl-C ends everything.
`

// invite grants an example, says how to go on from there, and waits.
func (d *demo) invite(ctx context.Context) error {
	example := scene{"An example: Alice gets a role.", []beat{
		show("alice.yaml"),
		kubectlRun("apply", "-f", "alice.yaml"),
		kubectlRun("wait", ready, "roleassignment/alice", "--timeout=60s"),
		kubectlRun("get", "roleassignments"),
		holds("alice@contoso.com", "Helpdesk Administrator at /, granted by Rolewarden"),
	}}
	if err := d.play(ctx, example); err != nil {
		return err
	}
	fill := strings.NewReplacer("{SCRATCH}", d.scratch, "{KUBECTL}", filepath.Dir(d.plane.Kubectl()),
		"{URL}", d.directory.url, "{TENANT_ID}", d.directory.tenant.ID)
	d.printer.say(fill.Replace(invitation))
	return d.keepManager(ctx)
}

// keepManager starts the manager again whenever somebody ends it, until the context does.
func (d *demo) keepManager(ctx context.Context) error {
	for {
		d.manager.expendable.Store(true)
		select {
		case <-ctx.Done():
			return nil
		case <-d.manager.exited:
			d.printer.say("The manager has ended. It is started again, as a cluster would do.")
			if err := d.startManager(ctx); err != nil {
				return err
			}
		}
	}
}
