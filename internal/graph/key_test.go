package graph

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	someID  = "ace08ec9-aa11-4ada-9145-addf0398233e"
	otherID = "729827e3-9c14-49f7-bb1b-9608f156bbb8"
)

func TestCanonicalID(t *testing.T) {
	cases := map[string]struct {
		id, want string
	}{
		"lower":         {someID, someID},
		"upper":         {strings.ToUpper(someID), someID},
		"braces":        {"{" + someID + "}", ""},
		"no dashes":     {strings.ReplaceAll(someID, "-", ""), ""},
		"too short":     {someID[1:], ""},
		"not hex":       {"g" + someID[1:], ""},
		"a line after":  {someID + "\n", ""},
		"a line before": {"\n" + someID, ""},
		"spaces":        {" " + someID, ""},
		"wide digits":   {"ａ" + someID[1:], ""},
		"empty":         {"", ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := CanonicalID(tc.id)
			if got != tc.want || (err == nil) != (tc.want != "") {
				t.Errorf("got %q, %v, want %q", got, err, tc.want)
			}
			if IsID(tc.id) != (tc.want != "") {
				t.Errorf("IsID is %v", IsID(tc.id))
			}
		})
	}
}

func TestCanonicalScope(t *testing.T) {
	cases := map[string]struct {
		scope, want string
	}{
		"tenant":              {"/", "/"},
		"object":              {"/" + strings.ToUpper(someID), "/" + someID},
		"unit":                {"/administrativeUnits/" + strings.ToUpper(someID), "/administrativeUnits/" + someID},
		"unit, other case":    {"/AdministrativeUnits/" + someID, "/administrativeUnits/" + someID},
		"built as unit":       {AdministrativeUnitScope(someID), "/administrativeUnits/" + someID},
		"built as object":     {ObjectScope(someID), "/" + someID},
		"empty":               {"", ""},
		"no slash":            {someID, ""},
		"unit without slash":  {"administrativeUnits/" + someID, ""},
		"two slashes":         {"//" + someID, ""},
		"slash after":         {"/" + someID + "/", ""},
		"unit without ID":     {"/administrativeUnits/", ""},
		"unit by name":        {"/administrativeUnits/Berlin", ""},
		"the classic mistake": {"/directory/administrativeUnits/" + someID, ""},
		"attribute set":       {"/attributeSets/Engineering", ""},
		"a line after":        {"/\n", ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := CanonicalScope(tc.scope)
			if got != tc.want || (err == nil) != (tc.want != "") {
				t.Errorf("got %q, %v, want %q", got, err, tc.want)
			}
		})
	}
}

func TestCanonicalKey(t *testing.T) {
	good := AssignmentKey{PrincipalID: strings.ToUpper(someID), RoleDefinitionID: strings.ToUpper(otherID), DirectoryScopeID: "/"}
	got, err := good.Canonical()
	want := AssignmentKey{PrincipalID: someID, RoleDefinitionID: otherID, DirectoryScopeID: "/"}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("key (-want +got):\n%s%v", diff, err)
	}
	cases := map[string]struct {
		key  AssignmentKey
		want string
	}{
		"principal": {AssignmentKey{"x", otherID, "/"}, "principal: "},
		"role":      {AssignmentKey{someID, "x", "/"}, "role definition: "},
		"scope":     {AssignmentKey{someID, otherID, ""}, "scope: "},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := tc.key.Canonical()
			if got != (AssignmentKey{}) || err == nil || !strings.HasPrefix(err.Error(), tc.want) {
				t.Errorf("got %v, %v, want an error about the %s", got, err, tc.want)
			}
		})
	}
}
