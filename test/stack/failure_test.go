package stack

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graphsim"
	"github.com/rolewarden/rolewarden/test/internal/stage"
)

// TestSelfRemoval: what the directory refuses to take away keeps the object, which says why; the way out is Orphan. The
// refusal is understood in both envelopes that Microsoft documents.
func TestSelfRemoval(t *testing.T) {
	for name, envelope := range map[string]func(*graphsim.Settings){
		"v1.0":        func(s *graphsim.Settings) { s.Envelope = graphsim.EnvelopeV1 },
		"odata.error": func(s *graphsim.Settings) { s.Envelope = graphsim.EnvelopeLegacy },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.connect()
			settings := w.sim.Settings()
			envelope(&settings)
			w.Must(w.sim.SetSettings(settings))
			obj := w.makeRoleAssignment("self").Principal(v1alpha1.Principal{ID: rolewarden}).Role(v1alpha1.Role{ID: globalAdmin}).Obj()
			w.Create(obj)
			w.Ready(obj)
			w.Delete(obj)
			c := w.Says(obj, v1alpha1.ReasonSelfRemovalRefused)
			if !stage.Has(obj, v1alpha1.ConditionStalled) || !strings.Contains(c.Message, "Removing self from Global Administrator built-in role is not allowed") {
				t.Errorf("want it stalled with the directory's words, got %+v", obj.Status.Conditions)
			}
			w.eventually("SelfRemovalRefused")(obj)
			stage.Change(w.Stage, obj, func(o *v1alpha1.RoleAssignment) { o.Spec.DeletionPolicy = v1alpha1.DeletionPolicyOrphan })
			w.gone(obj)
			w.mustHold(rolewarden, globalAdmin, "/", true)
		})
	}
}

// TestRefusals: what the directory will not do is one stable condition and one event each, without a hot loop, and
// deletion is not held up by it.
func TestRefusals(t *testing.T) {
	w := newWorld(t)
	w.connect()
	tests := map[string]struct {
		make   *assignment
		reason v1alpha1.Reason
		says   string
		stalls bool
	}{
		"plain group": {w.makeRoleAssignment("plain").Principal(v1alpha1.Principal{Group: "All Employees"}),
			v1alpha1.ReasonGroupNotRoleAssignable, "Groups without IsAssignableToRole property set cannot be assigned to roles.", true},
		"role at object": {w.makeRoleAssignment("at-unit").Role(v1alpha1.Role{DisplayName: "Billing Administrator"}).Scope(v1alpha1.Scope{AdministrativeUnit: "Berlin"}),
			v1alpha1.ReasonRoleNotAllowedAtScope, "not supported to be assigned to a single resource scope", true},
		"no such user": {w.makeRoleAssignment("nobody").Principal(v1alpha1.Principal{User: "nobody@contoso.com"}),
			v1alpha1.ReasonPrincipalNotFound, `The directory has no user "nobody@contoso.com"`, false},
		"no such ID": {w.makeRoleAssignment("no-id").Principal(v1alpha1.Principal{ID: "00000000-0000-4000-8000-000000000001"}),
			v1alpha1.ReasonPrincipalNotFound, "The directory has no principal 00000000-0000-4000-8000-000000000001", false},
		"no such role": {w.makeRoleAssignment("no-role").Role(v1alpha1.Role{DisplayName: "Emperor"}),
			v1alpha1.ReasonRoleNotFound, `The directory has no role "Emperor"`, false},
		"no such role ID": {w.makeRoleAssignment("no-role-id").Role(v1alpha1.Role{ID: "00000000-0000-4000-8000-000000000002"}),
			v1alpha1.ReasonRoleNotFound, "00000000-0000-4000-8000-000000000002", false},
		"no such unit": {w.makeRoleAssignment("no-unit").Scope(v1alpha1.Scope{AdministrativeUnit: "Atlantis"}),
			v1alpha1.ReasonScopeNotFound, `The directory has no administrative unit "Atlantis"`, false},
		"no such tenant": {w.makeRoleAssignment("no-tenant").Spec(func(s *v1alpha1.RoleAssignmentSpec) { s.TenantRef.Name = "nowhere" }),
			v1alpha1.ReasonTenantNotFound, `There is no Tenant "nowhere"`, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			obj := test.make.Obj()
			w.Create(obj)
			c := w.Says(obj, test.reason)
			if c.Status != metav1.ConditionFalse || !strings.Contains(c.Message, test.says) {
				t.Errorf("want Ready=False with %q, got %+v", test.says, c)
			}
			if stage.Has(obj, v1alpha1.ConditionStalled) != test.stalls || stage.Has(obj, v1alpha1.ConditionReconciling) == test.stalls {
				t.Errorf("want Stalled=%v and Reconciling the opposite: %+v", test.stalls, obj.Status.Conditions)
			}
			if obj.GetGrant() != nil {
				t.Errorf("want no grant claimed, got %s", obj.Status.Grant)
			}
			w.eventually(string(test.reason))(obj)
			w.gone(obj)
			if got := w.eventsOf(obj); len(got) != 1 {
				t.Errorf("want one event, got %v", got)
			}
		})
	}
	if len(w.sim.History()) != 0 {
		t.Errorf("want nothing written to the directory: %+v", w.sim.History())
	}
}

// TestPutRight: a name that appears later is found, and nothing was lost meanwhile.
func TestPutRight(t *testing.T) {
	w := newWorld(t)
	w.connect()
	obj := w.makeRoleAssignment("late").Principal(v1alpha1.Principal{User: "late@contoso.com"}).Obj()
	w.Create(obj)
	w.Says(obj, v1alpha1.ReasonPrincipalNotFound)
	before := w.sim.CountCalls()["users.list"]
	_, err := w.sim.AddObject(contoso, "users", map[string]any{"displayName": "Late", "userPrincipalName": "late@contoso.com", "mailNickname": "late", "accountEnabled": true})
	w.Must(err)
	stage.Change(w.Stage, obj, func(o *v1alpha1.RoleAssignment) {
		o.Annotations = map[string]string{v1alpha1.ReconcileRequestAnnotation: "now"}
	})
	w.Ready(obj)
	if obj.Status.LastHandledReconcileAt != "now" {
		t.Errorf("want the request echoed, got %q", obj.Status.LastHandledReconcileAt)
	}
	if calls := w.sim.CountCalls()["users.list"]; before > 3 || calls > before+3 {
		t.Errorf("want no hot loop, got %d look-ups before and %d in all", before, calls)
	}
}

func TestAmbiguousName(t *testing.T) {
	w := newWorld(t)
	w.connect()
	for range 2 {
		_, err := w.sim.AddObject(contoso, "groups", map[string]any{"displayName": "Twins", "mailEnabled": false, "mailNickname": "twins", "securityEnabled": true, "isAssignableToRole": true})
		w.Must(err)
	}
	obj := w.makeRoleAssignment("twins").Principal(v1alpha1.Principal{Group: "Twins"}).Obj()
	w.Create(obj)
	c := w.Says(obj, v1alpha1.ReasonNameAmbiguous)
	if !stage.Has(obj, v1alpha1.ConditionStalled) || !strings.Contains(c.Message, "by its ID") {
		t.Errorf("want it stalled with a way out: %+v", c)
	}
}

// TestUnansweredCreate: whatever became of the create call, the object ends Ready, and its deletion leaves nothing, also
// when the create call takes effect only after it was deleted.
func TestUnansweredCreate(t *testing.T) {
	for name, effect := range map[string]graphsim.Effect{
		"lost answer":        {LoseAnswer: true},
		"dropped before":     {DropBefore: true},
		"504 after commit":   {Status: 504, AfterCommit: true},
		"503 before":         {Status: 503},
		"late commit":        {LateCommit: 500 * time.Millisecond},
		"late commit of 504": {LateCommit: 500 * time.Millisecond, Status: 504},
		"HTML with 200":      {Status: 200, Body: text("<html></html>"), ContentType: "text/html"},
		"truncated":          {Status: 201, AfterCommit: true, Body: text(`{"id": "x`), ContentType: "application/json"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.connect()
			_, err := w.sim.AddFault(graphsim.Fault{Match: graphsim.Match{Operation: "roleAssignments.create"}, Count: 1, Effect: effect})
			w.Must(err)
			early, late := w.makeRoleAssignment("early").Obj(), w.makeRoleAssignment("late").Role(v1alpha1.Role{DisplayName: userAdminName}).Obj()
			w.Create(early)
			w.Eventually(func() bool { w.Get(early); return early.GetGrant() != nil }, stage.Patience, time.Millisecond).Should(gomega.BeTrue())
			w.gone(early)
			w.mustHold(aliceID, helpdesk, "/", false)

			_, err = w.sim.AddFault(graphsim.Fault{Match: graphsim.Match{Operation: "roleAssignments.create"}, Count: 1, Effect: effect})
			w.Must(err)
			w.Create(late)
			w.Ready(late)
			w.gone(late)
			w.mustHold(aliceID, userAdmin, "/", false)
			w.neverAgain(aliceID)
		})
	}
}

// neverAgain checks in the directory's history that each grant to a principal was taken away after it was made.
func (w *world) neverAgain(principal string) {
	w.Helper()
	balance := map[string]int{}
	for _, commit := range w.sim.History() {
		if commit.Assignment.PrincipalID == principal {
			balance[commit.Assignment.RoleDefinitionID] += map[string]int{"create": 1, "delete": -1}[commit.Op]
		}
	}
	for role, left := range balance {
		if left != 0 {
			w.Errorf("role %s is left %d times: %+v", role, left, w.sim.History())
		}
	}
}

// TestReplicationLag: reads that are behind, and deletes that a lagging replica answers with 404, delay and never leak.
func TestReplicationLag(t *testing.T) {
	w := newWorld(t)
	w.connect()
	settings := w.sim.Settings()
	settings.Lag, settings.DeleteSeesLag = 500*time.Millisecond, true
	w.Must(w.sim.SetSettings(settings))
	obj := w.makeRoleAssignment("lag").Obj()
	w.Create(obj)
	w.Eventually(func() bool { _, ok := w.holds(aliceID, helpdesk, "/"); return ok }, stage.Patience, time.Millisecond).Should(gomega.BeTrue())
	w.gone(obj)
	w.mustHold(aliceID, helpdesk, "/", false)

	again := w.makeRoleAssignment("again").Obj()
	w.Create(again)
	w.Ready(again)
	w.gone(again)
	w.mustHold(aliceID, helpdesk, "/", false)
}

// TestOutage: while the directory is away nothing that was Ready is called otherwise, and a deletion waits and says so.
func TestOutage(t *testing.T) {
	for name, outage := range map[string]func(*graphsim.Settings){
		"unreachable": func(s *graphsim.Settings) { s.Outage = graphsim.OutageUnreachable },
		"unavailable": func(s *graphsim.Settings) { s.Outage = graphsim.OutageUnavailable },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.connect()
			stays, goes := w.makeRoleAssignment("stays").Obj(), w.makeRoleAssignment("goes").Role(v1alpha1.Role{DisplayName: userAdminName}).Obj()
			w.Create(stays, goes)
			w.Ready(stays)
			w.Ready(goes)
			settings := w.sim.Settings()
			outage(&settings)
			w.Must(w.sim.SetSettings(settings))
			w.Delete(goes)
			w.Says(goes, v1alpha1.ReasonDirectoryUnavailable)
			w.Ready(stays)
			w.Must(w.sim.SetSettings(graphsim.DefaultSettings()))
			w.gone(goes)
			w.mustHold(aliceID, userAdmin, "/", false)
			w.mustHold(aliceID, helpdesk, "/", true)
		})
	}
}

// TestThrottling: nothing is sent before Retry-After has passed.
func TestThrottling(t *testing.T) {
	w := newWorld(t)
	w.connect()
	const asked = 5 * time.Second // long enough to be seen Throttled on a slow machine
	_, err := w.sim.AddFault(graphsim.Fault{Match: graphsim.Match{Operation: "roleAssignments.create"}, Count: 1,
		Effect: graphsim.Effect{Status: 429, Code: "TooManyRequests", Message: "Please retry again later.", RetryAfter: "5"}})
	w.Must(err)
	w.sim.ResetCalls()
	first, second := w.makeRoleAssignment("first").Obj(), w.makeRoleAssignment("second").Role(v1alpha1.Role{DisplayName: userAdminName}).Obj()
	w.Create(first)
	w.Says(first, v1alpha1.ReasonThrottled)
	w.Create(second)
	w.Ready(first)
	w.Ready(second)
	calls := w.sim.Calls()
	at := slices.IndexFunc(calls, func(c graphsim.Call) bool { return c.Status == 429 })
	if at < 0 || at+1 >= len(calls) {
		t.Fatalf("want a throttled call and calls after it: %+v", calls)
	}
	if waited := calls[at+1].Time.Sub(calls[at].Time); waited < asked {
		t.Errorf("want nothing sent within %s, got %s %s after %s", asked, calls[at+1].Method, calls[at+1].Path, waited)
	}
}

// TestMissingPermission: the Tenant names what is missing before the first 403, and the object says it with the 403.
func TestMissingPermission(t *testing.T) {
	w := newWorld(t)
	w.Must(w.sim.SetAppPermissions(contoso, appID, []string{"RoleManagement.Read.Directory", "User.ReadBasic.All"}))
	tenant := w.tenant("contoso", contoso, clientSecret(w, appID, "contoso", secret))
	c := w.Says(tenant, v1alpha1.ReasonPermissionMissing)
	if !strings.Contains(c.Message, "RoleManagement.ReadWrite.Directory") || !slices.Contains(tenant.Status.Permissions.Missing, "RoleManagement.ReadWrite.Directory") ||
		!slices.Contains(tenant.Status.Permissions.Granted, "RoleManagement.Read.Directory") {
		t.Errorf("want the missing permission named: %+v %+v", c, tenant.Status.Permissions)
	}
	obj := w.makeRoleAssignment("denied").Obj()
	w.Create(obj)
	if c := w.Says(obj, v1alpha1.ReasonPermissionDenied); !strings.Contains(c.Message, "RoleManagement.ReadWrite.Directory") || !stage.Has(obj, v1alpha1.ConditionStalled) {
		t.Errorf("want the object to name it too: %+v", c)
	}
	w.Must(w.sim.SetAppPermissions(contoso, appID, []string{"RoleManagement.ReadWrite.Directory", "Directory.Read.All"}))
	stage.Change(w.Stage, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "contoso", Namespace: own}}, func(s *corev1.Secret) {
		rotated, err := w.sim.SecretRotate(contoso, appID)
		w.Must(err)
		s.StringData = map[string]string{"clientSecret": rotated}
	})
	w.Ready(tenant)
	w.Ready(obj)
}

func text(s string) *string { return &s }
