package claim

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graph"
)

// What was granted to an object that is in the recycle bin is shown nowhere, so its absence is believed; a restore can bring it back
// when nobody is left who would take it away. That is told.

// recycled adds what a restore of the principal of a grant brings. Microsoft's page on recovery has the roles of a user kept (Microsoft
// Entra docs, recover-from-deletions), its announcement those of a group (MC1183299), and neither says which: so it may be.
func (d Directory) recycled(ctx context.Context, grant v1alpha1.AssignmentGrant, held *Held) error {
	deleted, err := d.Client.DeletedObject(ctx, string(grant.PrincipalID))
	if err != nil || deleted == nil {
		return err
	}
	held.Text = join(held.Text, restoring(*deleted, "may bring this role back", "the assignment"))
	held.Roles = append(held.Roles, v1alpha1.HeldRole{
		RoleDefinitionID: grant.RoleDefinitionID, DirectoryScopeID: grant.DirectoryScopeID,
		Through: "the recycle bin: the principal can be restored" + until(*deleted),
	})
	return nil
}

// RestoresEligibility says that a restore of its principal may bring an eligibility back. It is documented nowhere whether it does.
func (d Directory) RestoresEligibility(ctx context.Context, grant v1alpha1.AssignmentGrant) (string, error) {
	deleted, _, err := d.deleted(ctx, grant.PrincipalID)
	if len(deleted) == 0 {
		return "", err
	}
	return restoring(deleted[0], "may bring this eligibility back", "the eligibility"), err
}

// RestoresMembership says that a restore of the group or the member brings a membership back, for users and groups as documented
// (Microsoft Graph docs, user-delete; MC1183299). It does not where one of the two is gone for good.
func (d Directory) RestoresMembership(ctx context.Context, grant v1alpha1.MembershipGrant) (string, error) {
	deleted, complete, err := d.deleted(ctx, grant.GroupID, grant.MemberID)
	if err == nil && !complete {
		return "", nil
	}
	text := ""
	for _, object := range deleted {
		effect := "brings this membership back"
		if len(deleted) > 1 || !complete || object.Kind == "servicePrincipal" {
			effect = "may bring this membership back"
		}
		text = join(text, restoring(object, effect, "the member"))
	}
	return text, err
}

// deleted returns which of some objects are in the recycle bin, and whether those are all that the directory does not know.
func (d Directory) deleted(ctx context.Context, ids ...v1alpha1.ObjectID) (found []graph.DeletedObject, complete bool, err error) {
	all := make([]string, len(ids))
	for i, id := range ids {
		all[i] = string(id)
	}
	missing, err := d.Client.Missing(ctx, all...)
	for _, id := range missing {
		object, errOne := d.Client.DeletedObject(ctx, id)
		err = errors.Join(err, errOne)
		if object != nil {
			found = append(found, *object)
		}
	}
	return found, len(found) == len(missing), err
}

// restoring says what a restore of an object does, and how to keep it from that.
func restoring(o graph.DeletedObject, effect, what string) string {
	kind := o.Kind
	if kind == "servicePrincipal" {
		kind = "service principal"
	}
	name := o.DisplayName
	if name == "" {
		name = o.ID
	}
	return fmt.Sprintf("The %s %s is in the directory's recycle bin%s, and restoring it %s: delete it permanently there, or remove %s after a restore",
		kind, name, until(o), effect, what)
}

// until says how long an object can be restored, if that is known.
func until(o graph.DeletedObject) string {
	if o.Deleted.IsZero() {
		return ""
	}
	return " until " + o.Deleted.Add(graph.RecycleTime).Format(time.RFC3339)
}
