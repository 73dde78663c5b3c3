package graphsim_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// writes are the calls that take a body, and a body that each of them takes.
func writes() []struct{ method, path, body string } {
	const group = "/v1.0/groups/" + helpdesk
	return []struct{ method, path, body string }{
		{"POST", assignments, `{"principalId":"` + alice + `","roleDefinitionId":"` + globalAdmin + `","directoryScopeId":"/"}`},
		{"POST", assignments, `{"principalId":"` + alice + `","roleDefinitionId":"` + helpdeskAdmin + `","directoryScopeId":"/administrativeUnits/` + berlin + `"}`},
		{"POST", definitions, `{"displayName":"Mine","isEnabled":true,"rolePermissions":[{"allowedResourceActions":["microsoft.directory/users/create"]}]}`},
		{"PATCH", definitions + "/" + customRole, `{"displayName":"Theirs","templateId":"00000000-0000-4000-8000-000000000001"}`},
		{"POST", "/v1.0/users", `{"accountEnabled":true,"displayName":"Eve","mailNickname":"eve","userPrincipalName":"eve@contoso.com","passwordProfile":{"password":"x"}}`},
		{"PATCH", "/v1.0/users/" + alice, `{"displayName":"Alicia","businessPhones":["1"]}`},
		{"POST", "/v1.0/groups", `{"displayName":"G","mailEnabled":false,"mailNickname":"g","securityEnabled":true,"isAssignableToRole":true,"members@odata.bind":["https://graph.microsoft.com/v1.0/users/` + alice + `"]}`},
		{"PATCH", group, `{"displayName":"Desk","owners@odata.bind":["https://graph.microsoft.com/v1.0/users/` + alice + `"]}`},
		{"PATCH", "/v1.0/groups(uniqueName='team')", `{"displayName":"Team","mailEnabled":false,"mailNickname":"team","securityEnabled":true}`},
		{"POST", group + "/members/$ref", `{"@odata.id":"https://graph.microsoft.com/v1.0/directoryObjects/` + bob + `"}`},
		{"POST", "/v1.0/directory/administrativeUnits", `{"displayName":"Rome","isMemberManagementRestricted":true}`},
		{"POST", "/v1.0/applications", `{"displayName":"App","tags":["x"],"web":{"redirectUris":[]}}`},
		{"POST", "/v1.0/servicePrincipals", `{"appId":"00000000-0000-4000-8000-000000000002"}`},
		{"POST", management + "roleEligibilityScheduleRequests", `{"action":"adminAssign","principalId":"` + bob + `","roleDefinitionId":"` + globalAdmin + `","directoryScopeId":"/","justification":"x","scheduleInfo":{"startDateTime":"2026-03-02T00:00:00Z","expiration":{"type":"afterDuration","duration":"P1D"}},"ticketInfo":{"ticketNumber":"1"}}`},
		{"POST", management + "roleEligibilityScheduleRequests", `{"action":"adminRemove","principalId":"` + alice + `","roleDefinitionId":"` + globalAdmin + `","directoryScopeId":"/"}`},
		{"POST", management + "roleAssignmentScheduleRequests", `{"action":"AdminAssign","principalId":"` + alice + `","roleDefinitionId":"` + helpdeskAdmin + `","directoryScopeId":"/administrativeUnits/` + berlin + `"}`},
		{"POST", management + "roleAssignmentScheduleRequests", `{"action":"adminUpdate","principalId":"` + bob + `","roleDefinitionId":"` + helpdeskAdmin + `","directoryScopeId":"/","isValidationOnly":false,"scheduleInfo":{"expiration":{"type":"afterDateTime","endDateTime":"2026-04-01T00:00:00Z"}}}`},
		{"POST", "/v1.0/directoryRoles", `{"roleTemplateId":"` + globalAdmin + `"}`},
		{"POST", "/v1.0/directoryObjects/getByIds", `{"ids":["` + alice + `"],"types":["user"]}`},
		{"POST", "/v1.0/users/" + alice + "/checkMemberGroups", `{"groupIds":["` + helpdesk + `"]}`},
		{"POST", "/v1.0/users/" + alice + "/getMemberGroups", `{"securityEnabledOnly":true}`},
	}
}

// FuzzBodies sends any body to every call that takes one. A success is one of a JSON object, and shows afterwards; after
// anything else all is as before.
func FuzzBodies(f *testing.F) {
	for i, write := range writes() {
		f.Add(byte(i), write.body, "application/json")
		f.Add(byte(i), write.body+"}", "application/json;charset=utf-8")
		f.Add(byte(i), `{"a":1} {"b":2}`, "application/json")
		f.Add(byte(i), "null", "application/json")
	}
	f.Add(byte(2), `{"displayName":"x","isEnabled":true,"rolePermissions":[],"templateId":"`+strings.Repeat("/", 36)+`"}`, "application/json")
	f.Add(byte(4), `{"accountEnabled":true,"displayName":"Eve","mailNickname":"eve","userPrincipalName":"BOB@contoso.com","passwordProfile":{"password":"x"}}`, "application/json")
	f.Add(byte(5), `{"displayName":5,"accountEnabled":"true"}`, "application/json")
	f.Add(byte(10), `{"displayName":["Rome"]}`, "application/json")
	f.Add(byte(2), `{"displayName":"x","isEnabled":true,"rolePermissions":[],"templateId":"`+contoso+`"}`, "application/json")
	f.Fuzz(func(t *testing.T, which byte, body, media string) {
		write, c := writes()[int(which)%len(writes())], newCell(t)
		before := c.contents(t)
		w := c.do(write.method, write.path, body, "Content-Type", media, "Prefer", "create-if-missing")
		if w.Code >= 300 {
			checkRefusal(t, c, before, w)
			return
		}
		var given, got map[string]any
		if err := json.Unmarshal([]byte(body), &given); err != nil || given == nil || !strings.HasPrefix(strings.ToLower(strings.TrimSpace(media)), "application/json") {
			t.Fatalf("%s %s with %q, %q: %d", write.method, write.path, media, body, w.Code)
		}
		reads := strings.Contains(write.path, "MemberGroups") || strings.Contains(write.path, "getByIds")
		if !reads && !strings.Contains(write.path, "$ref") {
			checkTypes(t, given)
		}
		only := given["isValidationOnly"] == true
		if same := maps.Equal(before, c.contents(t)); same != (reads || only) && w.Code == http.StatusCreated {
			t.Errorf("%s %s with %s: %d, shows: %v", write.method, write.path, body, w.Code, !same)
		}
		if w.Code != http.StatusCreated || only {
			return
		}
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		checkCreated(t, c, write.path, given, got)
	})
}

// checkTypes holds that what is text in every object was given as text, or not at all.
func checkTypes(t *testing.T, given map[string]any) {
	t.Helper()
	for _, name := range []string{"displayName", "mailNickname", "userPrincipalName", "principalId", "templateId", "appId"} {
		if _, isText := given[name].(string); !isText && given[name] != nil {
			t.Errorf("%v is taken for a %s", given[name], name)
		}
	}
}

// checkCreated holds that what was created can be read, and holds what was given.
func checkCreated(t *testing.T, c cell, path string, given, got map[string]any) {
	t.Helper()
	id, _ := got["id"].(string)
	path, _, _ = strings.Cut(path, "(")
	if w := c.do(http.MethodGet, path+"/"+url.PathEscape(id), ""); w.Code != http.StatusOK {
		t.Errorf("created %s, which reads %d %s", id, w.Code, w.Body)
	}
	for _, name := range []string{"displayName", "principalId", "roleDefinitionId", "directoryScopeId", "userPrincipalName"} {
		want, isText := given[name].(string)
		if text, _ := got[name].(string); isText && !strings.EqualFold(want, text) {
			t.Errorf("%s is %q, given was %q", name, text, want)
		}
	}
}

// FuzzBatch sends any batch. It is carried out as its requests would be one by one, or not at all.
func FuzzBatch(f *testing.F) {
	list := func(steps string) string { return `{"requests":[` + steps + `]}` }
	for _, write := range writes() {
		step := `{"id":"1","method":"` + write.method + `","url":"` + strings.TrimPrefix(write.path, "/v1.0") + `","headers":{"Content-Type":"application/json"},"body":` + write.body + `}`
		f.Add(list(step + `,{"id":"2","method":"GET","url":"/users","dependsOn":["1"]}`))
	}
	for _, steps := range []string{
		`{"id":"1","method":"POST","url":"/%24batch","headers":{"Content-Type":"application/json"},"body":{"requests":[{"id":"1","method":"GET","url":"/users"}]}}`,
		`{"id":"1","method":"GET","url":"users?$filter=a eq 'x'"}`, `{"id":"1","method":"G T","url":"/users"}`, `{"id":"1","method":"DELETE","url":"/users/` + alice + `","body":null}`,
		`{"id":"1","method":"GET","url":"/users","headers":{"Authorization":"x","a b":"c"}}`, `{"id":"1","method":"GET","url":"//users:80/%zz"}`, `null`,
		`{"id":"1","method":"GET","url":"?x"},{"id":"1","method":"GET","url":"/users"}`, `{"id":"2","method":"GET","url":"/users","dependsOn":["2"]}`,
	} {
		f.Add(list(steps))
	}
	f.Add(list(`{"id":"1","method":"GET","url":"/users"}`) + "]")
	f.Fuzz(func(t *testing.T, body string) {
		c := newCell(t)
		before := c.contents(t)
		w := c.do(http.MethodPost, "/v1.0/$batch", body)
		if w.Code != http.StatusOK {
			checkRefusal(t, c, before, w)
			return
		}
		var in struct{ Requests []batchStep }
		var out struct{ Responses []batchAnswer }
		if err := json.Unmarshal([]byte(body), &in); err != nil || len(in.Requests) == 0 || len(in.Requests) > 20 {
			t.Fatalf("%s is carried out: %v", body, err)
		}
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || len(out.Responses) != len(in.Requests) {
			t.Fatalf("%s is answered %s", body, w.Body)
		}
		checkSteps(t, newCell(t), in.Requests, out.Responses)
	})
}

type batchStep struct {
	ID, Method, URL string
	Headers         map[string]string
	Body            json.RawMessage
	DependsOn       []string
}

type batchAnswer struct {
	ID     string
	Status int
}

// checkSteps carries the requests out one by one, in a tenant that is alike, and compares how they are answered.
func checkSteps(t *testing.T, twin cell, steps []batchStep, answers []batchAnswer) {
	t.Helper()
	failed := map[string]bool{}
	for i, step := range steps {
		_, twice := failed[step.ID]
		plain, err := url.PathUnescape(step.URL)
		if answers[i].ID != step.ID || step.ID == "" || twice || err == nil && strings.Contains(strings.TrimPrefix(plain, "/")+"/", "$batch/") {
			t.Fatalf("step %d, %+v, is answered %+v", i, step, answers[i])
		}
		want := twin.step(step, failed)
		if want != answers[i].Status {
			t.Errorf("step %d, %+v, is answered %+v, alone it is %d", i, step, answers[i], want)
		}
		failed[step.ID] = answers[i].Status >= 400
	}
}

// step is how a request is answered alone.
func (c cell) step(s batchStep, failed map[string]bool) int {
	if slices.ContainsFunc(s.DependsOn, func(id string) bool { return failed[id] }) {
		return http.StatusFailedDependency
	}
	headers := []string{"Content-Type", ""}
	for name, value := range s.Headers {
		if !strings.EqualFold(name, "Authorization") {
			headers = append(headers, name, value)
		}
	}
	body := string(s.Body)
	if body == "null" {
		body = ""
	}
	w := c.do(strings.ToUpper(s.Method), "/v1.0/"+strings.TrimPrefix(s.URL, "/"), body, headers...)
	if w == nil {
		return http.StatusBadRequest
	}
	return w.Code
}
