package graphsim_test

import (
	"net/http"
	"slices"
	"testing"
)

// TestNicknames are unique among Microsoft 365 groups, deleted ones left out, and among no others.
func TestNicknames(t *testing.T) {
	const groups = "/v1.0/groups"
	office := map[string]any{"mailEnabled": true, "groupTypes": []string{"Unified"}}
	w := start(t)
	first := w.want(http.StatusCreated, w.do(http.MethodPost, groups, newGroup(office))).string("id")
	w.want(http.StatusCreated, w.do(http.MethodPost, groups, newGroup(nil)))
	w.want(http.StatusCreated, w.do(http.MethodPost, groups, newGroup(nil)))
	again := w.want(http.StatusBadRequest, w.do(http.MethodPost, groups, newGroup(office)))
	if again.message() != "Another object with the same value for property mailNickname already exists." {
		t.Error(again.text)
	}
	other := newGroup(office)
	other["mailNickname"] = "other"
	second := w.want(http.StatusCreated, w.do(http.MethodPost, groups, other)).string("id")
	w.want(http.StatusBadRequest, w.do(http.MethodPatch, groups+"/"+second, map[string]any{"mailNickname": "NEW"}))
	w.want(http.StatusNoContent, w.do(http.MethodPatch, groups+"/"+first, map[string]any{"mailNickname": "New"}))
	w.want(http.StatusNoContent, w.do(http.MethodDelete, groups+"/"+first, nil))
	w.want(http.StatusNoContent, w.do(http.MethodPatch, groups+"/"+second, map[string]any{"mailNickname": "new"}))
	w.want(http.StatusBadRequest, w.do(http.MethodPost, deleted+first+"/restore", nil))
}

// TestNamesAreKept holds that users and groups are not left without a name.
func TestNamesAreKept(t *testing.T) {
	w := start(t)
	for _, path := range []string{"/v1.0/users/" + alice, "/v1.0/groups/" + everybody} {
		for _, none := range []any{nil, ""} {
			w.want(http.StatusBadRequest, w.do(http.MethodPatch, path, map[string]any{"displayName": none}))
		}
		w.want(http.StatusNoContent, w.do(http.MethodPatch, path, map[string]any{"displayName": "Other", "preferredLanguage": nil}))
	}
}

// TestCreateInUnit are the permissions to create a group inside an administrative unit, and the type as the documentation writes it.
func TestCreateInUnit(t *testing.T) {
	const unit = "/v1.0/directory/administrativeUnits/" + berlin + "/members"
	tests := map[string]struct {
		permissions []string
		status      int
	}{
		"create groups, read units": {[]string{"Group.Create", "AdministrativeUnit.Read.All"}, 201},
		"write groups, read units":  {[]string{"Group.ReadWrite.All", "AdministrativeUnit.Read.All"}, 201},
		"write all":                 {[]string{"Directory.ReadWrite.All"}, 201},
		"write groups alone":        {[]string{"Group.ReadWrite.All"}, 403},
		"write units alone":         {[]string{"AdministrativeUnit.ReadWrite.All"}, 403},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			w := start(t)
			if err := w.control.SetAppPermissions(contoso, unconsent, tc.permissions); err != nil {
				t.Fatal(err)
			}
			got := w.as(contoso, unconsent).do(http.MethodPost, unit, newGroup(map[string]any{"@odata.type": "#Microsoft.Graph.Group"}))
			w.want(tc.status, got)
			if in := slices.Contains(w.get(unit).field("id"), got.string("id")); in != (tc.status == http.StatusCreated) || in && got.string("@odata.type") != "#microsoft.graph.group" {
				t.Errorf("in the unit: %v; %s", in, got.text)
			}
		})
	}
}
