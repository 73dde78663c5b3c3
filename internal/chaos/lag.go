package chaos

import (
	"encoding/json"
	"net/http"
	"slices"
)

// lag has the replicas that the trial meets be behind from now on, for a while.
func (t *Trial) lag() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.behind = t.world.Clock.Now().Add(t.world.Lag)
}

// lags tells whether a call meets a replica that is behind.
func (t *Trial) lags(o Op) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return (o == OpRead || o == OpDelete) && t.world.Clock.Now().Before(t.behind)
}

// young are the grants that such a replica has not heard of.
func (t *Trial) young() map[Grant]bool {
	since, young := t.world.Clock.Now().Add(-t.world.Lag), map[Grant]bool{}
	for key, a := range t.standing() {
		young[key] = a.Provenance.Time.After(since)
	}
	return young
}

// blindly answers a call as a replica would that is behind.
func (x *exchange) blindly() (*http.Response, error) {
	young := x.trial.young()
	if x.call.Op == OpDelete && young[x.call.Grant] {
		x.trial.tell("replica", "has not heard of it")
		return graphAnswer(http.StatusNotFound, "Request_ResourceNotFound").response(x.req), nil
	}
	if err := x.deliver(); err != nil {
		return nil, err
	}
	if x.call.Op == OpRead && x.status == http.StatusOK {
		x.answer = without(x.answer, func(r row) bool { return young[r.grant(x.tenantID)] })
		x.header = x.header.Clone()
		x.header.Del("Content-Length")
	}
	return x.response(), nil
}

// without leaves rows out of a list. What is no list stays as it is.
func without(answer []byte, hidden func(row) bool) []byte {
	var list map[string]json.RawMessage
	var rows []json.RawMessage
	if json.Unmarshal(answer, &list) != nil || json.Unmarshal(list["value"], &rows) != nil {
		return answer
	}
	rows = slices.DeleteFunc(rows, func(data json.RawMessage) bool {
		var r row
		return json.Unmarshal(data, &r) == nil && hidden(r)
	})
	var err error
	if list["value"], err = json.Marshal(rows); err != nil {
		return answer
	}
	if shorter, err := json.Marshal(list); err == nil {
		return shorter
	}
	return answer
}
