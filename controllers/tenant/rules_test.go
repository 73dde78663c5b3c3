package tenant

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graph"
	"github.com/rolewarden/rolewarden/internal/graph/msgraph"
)

func TestCompare(t *testing.T) {
	wanted := []need{
		{vital: true, anyOf: []string{"Role.Read", "Role.Write", "Directory.Read"}},
		{vital: true, anyOf: []string{"Role.Write"}},
		{anyOf: []string{"User.Read", "Directory.Read"}},
	}
	type result struct{ Granted, Missing, Vital []string }
	cases := map[string]struct {
		granted []string
		want    result
	}{
		"nothing":               {nil, result{Missing: []string{"Role.Read", "Role.Write", "User.Read"}, Vital: []string{"Role.Read", "Role.Write"}}},
		"the least of each":     {[]string{"User.Read", "Role.Write", "Role.Read"}, result{Granted: []string{"Role.Read", "Role.Write", "User.Read"}}},
		"one for two":           {[]string{"Role.Write"}, result{Granted: []string{"Role.Write"}, Missing: []string{"User.Read"}}},
		"a stronger one":        {[]string{"Directory.Read", "Role.Write"}, result{Granted: []string{"Directory.Read", "Role.Write"}}},
		"vital and not granted": {[]string{"Directory.Read"}, result{Granted: []string{"Directory.Read"}, Missing: []string{"Role.Write"}, Vital: []string{"Role.Write"}}},
		"what is of no use":     {[]string{"Mail.Send", "Role.Write", "User.Read"}, result{Granted: []string{"Role.Write", "User.Read"}}},
		"another case":          {[]string{"role.write"}, result{Missing: []string{"Role.Read", "Role.Write", "User.Read"}, Vital: []string{"Role.Read", "Role.Write"}}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			permissions, vital := compare(tc.granted, wanted)
			got := result{Granted: permissions.Granted, Missing: permissions.Missing, Vital: vital}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("permissions (-want +got):\n%s", diff)
			}
		})
	}
}

// TestNeeds holds that the permission that grants roles is enough for all that is vital.
func TestNeeds(t *testing.T) {
	permissions, vital := compare([]string{graph.PermissionRoleManagementWrite}, needs())
	if len(vital) > 0 || len(permissions.Missing) == 0 {
		t.Errorf("vital and missing %v, missing %v", vital, permissions.Missing)
	}
	if _, vital := compare([]string{"Directory.ReadWrite.All"}, needs()); len(vital) != 1 {
		t.Errorf("vital and missing %v", vital)
	}
	least := []string{graph.PermissionRoleManagementWrite, "User.ReadBasic.All", "GroupMember.Read.All", "Application.Read.All", "AdministrativeUnit.Read.All"}
	if permissions, _ := compare(least, needs()); len(permissions.Missing) > 0 {
		t.Errorf("with the least that each call is documented to need, %v is missing", permissions.Missing)
	}
}

func TestStateOf(t *testing.T) {
	blocked := &graph.Error{Op: "listing", Class: graph.Denied, Code: "Code"}
	wrapped := func(class graph.Class) error {
		return fmt.Errorf("connecting: %w", &graph.Error{Op: "listing", Class: class, Code: "Code", Permission: "Role.Read"})
	}
	cases := map[string]struct {
		err  error
		want state
	}{
		"a missing secret":  {missingError{"no Secret"}, state{reason: v1alpha1.ReasonCredentialMissing, message: "no Secret", stalled: true}},
		"a rejected secret": {wrapped(graph.Unauthenticated), state{reason: v1alpha1.ReasonCredentialRejected, message: "listing: Code", stalled: true}},
		"a missing consent": {wrapped(graph.Denied), state{reason: v1alpha1.ReasonPermissionMissing, message: "listing: Code: grant Role.Read and consent to it", stalled: true}},
		"a policy":          {blocked, state{reason: v1alpha1.ReasonPermissionMissing, message: "listing: Code", stalled: true}},
		"a 429":             {wrapped(graph.Throttled), state{reason: v1alpha1.ReasonThrottled, message: "The directory asked to be left alone for a while"}},
		"an outage":         {wrapped(graph.Transient), state{reason: v1alpha1.ReasonDirectoryUnavailable, message: "listing: Code"}},
		"an unknown answer": {wrapped(graph.Unknown), state{reason: v1alpha1.ReasonDirectoryUnavailable, message: "listing: Code"}},
		"the API server's":  {errors.New("no API"), state{reason: v1alpha1.ReasonDirectoryUnavailable, message: "no API"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := stateOf(tc.err); got != tc.want {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
		})
	}
}

func TestConnectedState(t *testing.T) {
	cases := map[string]struct {
		missing, vital []string
		want           state
	}{
		"all there": {want: state{ready: true, reason: v1alpha1.ReasonConnected, message: "The directory answers"}},
		"without names": {missing: []string{"Group.Read.All", "User.Read.All"},
			want: state{ready: true, reason: v1alpha1.ReasonConnected, message: "The directory answers; names cannot be looked up without Group.Read.All, User.Read.All"}},
		"without what is vital": {missing: []string{"A", "B"}, vital: []string{"A", "B"},
			want: state{stalled: true, reason: v1alpha1.ReasonPermissionMissing, message: "The application lacks A and B: grant it as an application permission of Microsoft Graph and consent to it. It is looked for again every minute"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := connectedState(v1alpha1.TenantPermissions{Missing: tc.missing}, tc.vital); got != tc.want {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
		})
	}
}

func TestOlder(t *testing.T) {
	first := metav1.NewTime(time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC))
	later := metav1.NewTime(first.Add(time.Second))
	tenant := func(name, uid, id string, at metav1.Time) *v1alpha1.Tenant {
		t := &v1alpha1.Tenant{}
		t.Name, t.UID, t.CreationTimestamp, t.Spec.TenantID = name, types.UID(uid), at, v1alpha1.ObjectID(id)
		return t
	}
	mine := tenant("m", "1", "abc", first)
	cases := map[string]struct {
		other *v1alpha1.Tenant
		want  bool
	}{
		"itself":                 {tenant("m", "1", "abc", first), false},
		"of another directory":   {tenant("a", "2", "xyz", metav1.NewTime(first.Add(-time.Hour))), false},
		"younger":                {tenant("a", "2", "abc", later), false},
		"older":                  {tenant("z", "2", "abc", metav1.NewTime(first.Add(-time.Second))), true},
		"older, in another case": {tenant("z", "2", "ABC", metav1.NewTime(first.Add(-time.Second))), true},
		"as old, first by name":  {tenant("a", "2", "abc", first), true},
		"as old, last by name":   {tenant("z", "2", "abc", first), false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := older(tc.other, mine); got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
			if tc.want && older(mine, tc.other) {
				t.Error("each is older than the other")
			}
		})
	}
}

// TestFingerprint holds that a connection is made anew exactly when something that it is made from has changed.
func TestFingerprint(t *testing.T) {
	spec := func(id string) *v1alpha1.Tenant {
		return &v1alpha1.Tenant{ObjectMeta: metav1.ObjectMeta{UID: "uid"}, Spec: v1alpha1.TenantSpec{TenantID: v1alpha1.ObjectID(id)}}
	}
	anew := spec("t")
	anew.UID = "another"
	secret := func(s string) msgraph.Options {
		return msgraph.Options{Credential: msgraph.ClientSecret{ClientID: "app", Secret: s}}
	}
	certificate := func(data string) msgraph.Options {
		return msgraph.Options{Credential: msgraph.Certificate{ClientID: "app", Data: []byte(data)}}
	}
	bundle := secret("s")
	bundle.CABundle = []byte("pem")
	prints := map[string]string{
		"a secret":                fingerprint(spec("t"), secret("s")),
		"another secret":          fingerprint(spec("t"), secret("s2")),
		"another spec":            fingerprint(spec("t2"), secret("s")),
		"another CA":              fingerprint(spec("t"), bundle),
		"a Tenant created anew":   fingerprint(anew, secret("s")),
		"a certificate":           fingerprint(spec("t"), certificate("one")),
		"a renewed certificate":   fingerprint(spec("t"), certificate("two")),
		"a workload's own tokens": fingerprint(spec("t"), msgraph.Options{Credential: msgraph.WorkloadIdentity{}}),
	}
	seen := map[string]string{}
	for name, text := range prints {
		if other, ok := seen[text]; ok {
			t.Errorf("%s and %s have the same fingerprint", name, other)
		}
		seen[text] = name
	}
	if fingerprint(spec("t"), secret("s")) != prints["a secret"] {
		t.Error("a fingerprint changes by itself")
	}
}

func TestInterval(t *testing.T) {
	cases := map[string]struct {
		state state
		want  time.Duration
	}{
		"ready":   {state{ready: true}, checkInterval},
		"stalled": {state{stalled: true}, failedInterval},
		"neither": {state{}, brokenInterval},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := tc.state.interval(); got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}
