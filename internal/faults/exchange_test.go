package faults_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"path"
	"strings"
)

// op says what a request is for. What is read of Privileged Identity Management tells of an object itself where there is any;
// where there is none, it is only asked whether there is.
func (x *exchange) op() op {
	p := x.req.URL.Path
	switch {
	case strings.HasSuffix(p, "/token"):
		return opToken
	case !strings.HasPrefix(p, "/v1.0/"):
		return opDiscovery
	case x.req.Method == http.MethodGet && !x.own(), strings.HasSuffix(p, "/getByIds"):
		return opLookup
	case x.req.Method == http.MethodPost:
		return x.posts()
	case x.req.Method == http.MethodPatch:
		return opUpdate
	case x.req.Method == http.MethodDelete:
		return opDelete
	case strings.Contains(x.req.URL.RawQuery, "skiptoken"):
		return opPage
	}
	return opRead
}

// posts tells what is asked for by a POST, which for Privileged Identity Management may be anything.
func (x *exchange) posts() op {
	switch {
	case strings.HasSuffix(x.req.URL.Path, "/cancel"), x.asked().Action == "adminRemove":
		return opDelete
	case x.asked().Action == "adminUpdate":
		return opUpdate
	}
	return opCreate
}

// own tells whether what is read is what the object that is looked at stands for.
func (x *exchange) own() bool {
	p := x.req.URL.Path
	of, _ := parseID(x.by.current)
	switch {
	case strings.Contains(p, "/roleAssignments"):
		return true
	case strings.HasSuffix(p, "Schedules"), strings.HasSuffix(p, "ScheduleRequests"):
		return x.by.w.flow.licensed
	case strings.HasPrefix(p, "/v1.0/groups("):
		return of == group
	case strings.HasSuffix(p, "/members"), strings.HasSuffix(p, "/memberOf"):
		return of == membership
	case strings.Contains(p, "/roleDefinitions/"):
		return of == definition
	}
	return false
}

// row is how Graph writes what is asked for, and what it holds.
type row struct {
	ID               string `json:"id"`
	PrincipalID      string `json:"principalId"`
	RoleDefinitionID string `json:"roleDefinitionId"`
	DirectoryScopeID string `json:"directoryScopeId"`
	UniqueName       string `json:"uniqueName"`
	TemplateID       string `json:"templateId"`
	Link             string `json:"@odata.id"`
	Action           string `json:"action"`
	Status           string `json:"status"`
	DisplayName      string `json:"displayName"`
	AssignmentType   string `json:"assignmentType"`
	ScheduleInfo     struct {
		Expiration struct {
			EndDateTime string `json:"endDateTime"`
		} `json:"expiration"`
	} `json:"scheduleInfo"`
}

// grant is the key of a row that is a plain role assignment.
func (r row) grant(tenantID string) grant {
	return grant{tenant: tenantID, principal: r.PrincipalID, target: r.RoleDefinitionID, scope: r.DirectoryScopeID}
}

// asked is what the request says.
func (x *exchange) asked() row {
	var r row
	if len(x.body) > 0 && json.Unmarshal(x.body, &r) != nil {
		return row{}
	}
	return r
}

// keyOf is what a row stands for that was sent to, or came from, the path of the request.
func (x *exchange) keyOf(r row) grant {
	p := x.req.URL.Path
	key := r.grant(x.with.id)
	switch {
	case strings.Contains(p, "/roleEligibilitySchedule"):
		key.species = eligibility
	case strings.Contains(p, "/members"):
		return grant{species: membership, tenant: x.with.id, target: strings.Split(p, "/")[3], principal: strings.ToLower(path.Base(r.Link + "/" + r.ID))}
	case strings.HasSuffix(p, "/memberOf"):
		return grant{species: membership, tenant: x.with.id, target: r.ID, principal: strings.Split(p, "/")[3]}
	case strings.Contains(p, "/groups"):
		return grant{species: group, tenant: x.with.id, target: r.UniqueName}
	case strings.Contains(p, "/roleDefinitions"):
		return grant{species: definition, tenant: x.with.id, target: r.ID + r.TemplateID}
	}
	return key
}

// shown reads the keys that an answer shows, none if it cannot be read whole.
func (x *exchange) shown() []grant {
	if x.resp == nil || x.resp.StatusCode != http.StatusOK {
		return nil
	}
	var list struct {
		row

		Value []row `json:"value"`
	}
	if json.Unmarshal(x.payload(), &list) != nil {
		return nil
	}
	if list.Value == nil && list.ID != "" {
		list.Value = []row{list.row}
	}
	keys := make([]grant, 0, len(list.Value))
	for _, r := range list.Value {
		if r.AssignmentType != "Activated" && r.Action != "adminRemove" && r.Action != "adminUpdate" {
			keys = append(keys, x.keyOf(r))
		}
	}
	return keys
}

// made is the key that an answer says was made.
func (x *exchange) made() (grant, bool) {
	var r row
	if x.resp.StatusCode != http.StatusCreated || json.Unmarshal(x.payload(), &r) != nil {
		return grant{}, false
	}
	r.TemplateID = ""
	return x.keyOf(r), true
}

// removes are the IDs or the key of what a request removes, if it is there.
func (x *exchange) removes(a standing) bool {
	parts := strings.Split(x.req.URL.Path, "/")
	switch last := parts[len(parts)-1]; {
	case a.key.tenant != x.with.id:
		return false
	case last == "cancel":
		return a.id == parts[len(parts)-2]
	case last == "$ref":
		return a.key.species == membership && a.key.target == parts[3] && a.key.principal == parts[5]
	case x.req.Method == http.MethodPost:
		return x.keyOf(x.asked()) == a.key
	default:
		return a.id == last || (a.key.species == membership && parts[2] == "groups" && len(parts) > 5 && a.key.principal == last)
	}
}

// tenantOf reads whose token it is, nothing if that cannot be read.
func tenantOf(token string) string {
	var claims struct {
		TenantID string `json:"tid"`
	}
	parts := strings.Split(token, ".")
	data, err := base64.RawURLEncoding.DecodeString(parts[min(1, len(parts)-1)])
	if err != nil || json.Unmarshal(data, &claims) != nil {
		return ""
	}
	return claims.TenantID
}
