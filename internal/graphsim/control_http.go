package graphsim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// handler serves the control interface as JSON. It asks for no credentials:
// the simulator listens on loopback only.
func (c *Control) handler() http.Handler {
	mux := http.NewServeMux()
	c.directoryRoutes(mux)
	c.pimRoutes(mux)
	c.conditionRoutes(mux)
	c.appRoutes(mux)
	mux.HandleFunc("/_sim/", func(w http.ResponseWriter, r *http.Request) {
		reply(w, nil, notFound{fmt.Errorf("no control operation %s %s; see docs/simulator.md", r.Method, r.URL.Path)})
	})
	return mux
}

// directoryRoutes read and change the tenants.
func (c *Control) directoryRoutes(mux *http.ServeMux) {
	tenant := func(r *http.Request) string { return r.PathValue("tenant") }
	mux.HandleFunc("GET /_sim/tenants", func(w http.ResponseWriter, _ *http.Request) { reply(w, c.Tenants(), nil) })
	mux.HandleFunc("GET /_sim/history", func(w http.ResponseWriter, _ *http.Request) { reply(w, c.History(), nil) })
	mux.HandleFunc("GET /_sim/changes", func(w http.ResponseWriter, r *http.Request) { reply(w, c.Changes(r.URL.Query()["set"]...), nil) })
	mux.HandleFunc("GET /_sim/tenants/{tenant}/records/{set}", func(w http.ResponseWriter, r *http.Request) {
		reply(w, c.Records(tenant(r), r.PathValue("set")), nil)
	})
	mux.HandleFunc("GET /_sim/tenants/{tenant}/assignments", func(w http.ResponseWriter, r *http.Request) {
		reply(w, c.Assignments(tenant(r)), nil)
	})
	mux.HandleFunc("POST /_sim/tenants/{tenant}/assignments", func(w http.ResponseWriter, r *http.Request) {
		var in AssignmentRecord
		answer(w, r, &in, func() (any, error) {
			return identified(c.AddAssignment(tenant(r), in.PrincipalID, in.RoleDefinitionID, in.DirectoryScopeID))
		})
	})
	mux.HandleFunc("DELETE /_sim/tenants/{tenant}/assignments/{id}", func(w http.ResponseWriter, r *http.Request) {
		reply(w, nil, c.RemoveAssignment(tenant(r), r.PathValue("id")))
	})
	mux.HandleFunc("POST /_sim/tenants/{tenant}/objects/{collection}", func(w http.ResponseWriter, r *http.Request) {
		var in map[string]any
		answer(w, r, &in, func() (any, error) { return identified(c.AddObject(tenant(r), r.PathValue("collection"), in)) })
	})
	mux.HandleFunc("PATCH /_sim/tenants/{tenant}/objects/{id}", func(w http.ResponseWriter, r *http.Request) {
		var in map[string]any
		answer(w, r, &in, func() (any, error) { return nil, c.UpdateObject(tenant(r), r.PathValue("id"), in) })
	})
	mux.HandleFunc("DELETE /_sim/tenants/{tenant}/objects/{id}", func(w http.ResponseWriter, r *http.Request) {
		reply(w, nil, c.RemoveObject(tenant(r), r.PathValue("id")))
	})
	const members = "/_sim/tenants/{tenant}/objects/{id}/members/{member}"
	mux.HandleFunc("PUT "+members, func(w http.ResponseWriter, r *http.Request) {
		reply(w, nil, c.AddMember(tenant(r), r.PathValue("id"), r.PathValue("member")))
	})
	mux.HandleFunc("DELETE "+members, func(w http.ResponseWriter, r *http.Request) {
		reply(w, nil, c.RemoveMember(tenant(r), r.PathValue("id"), r.PathValue("member")))
	})
	mux.HandleFunc("POST /_sim/tenants/{tenant}/objects/{id}/restore", func(w http.ResponseWriter, r *http.Request) {
		reply(w, nil, c.RestoreObject(tenant(r), r.PathValue("id")))
	})
}

// conditionRoutes read and change the conditions, the faults and the calls.
func (c *Control) conditionRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /_sim/settings", func(w http.ResponseWriter, _ *http.Request) { reply(w, c.Settings(), nil) })
	mux.HandleFunc("PATCH /_sim/settings", func(w http.ResponseWriter, r *http.Request) {
		in := c.Settings() // what is left out stays
		answer(w, r, &in, func() (any, error) { return in, c.SetSettings(in) })
	})
	mux.HandleFunc("GET /_sim/faults", func(w http.ResponseWriter, _ *http.Request) { reply(w, c.Faults(), nil) })
	mux.HandleFunc("POST /_sim/faults", func(w http.ResponseWriter, r *http.Request) {
		var in Fault
		answer(w, r, &in, func() (any, error) { return identified(c.AddFault(in)) })
	})
	mux.HandleFunc("DELETE /_sim/faults", func(w http.ResponseWriter, _ *http.Request) {
		c.ClearFaults()
		reply(w, nil, nil)
	})
	mux.HandleFunc("GET /_sim/calls", func(w http.ResponseWriter, _ *http.Request) { reply(w, c.Calls(), nil) })
	mux.HandleFunc("GET /_sim/calls/count", func(w http.ResponseWriter, _ *http.Request) { reply(w, c.CountCalls(), nil) })
	mux.HandleFunc("DELETE /_sim/calls", func(w http.ResponseWriter, _ *http.Request) {
		c.ResetCalls()
		reply(w, nil, nil)
	})
	mux.HandleFunc("POST /_sim/advance", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Duration string `json:"duration"`
		}
		answer(w, r, &in, func() (any, error) {
			d, err := time.ParseDuration(in.Duration)
			if err != nil {
				return nil, fmt.Errorf("duration: %w", err)
			}
			return nil, c.Advance(d)
		})
	})
}

// appRoutes change credentials and consent.
func (c *Control) appRoutes(mux *http.ServeMux) {
	const app = "/_sim/tenants/{tenant}/apps/{app}/"
	ids := func(r *http.Request) (string, string) { return r.PathValue("tenant"), r.PathValue("app") }
	mux.HandleFunc("POST "+app+"rotate-secret", func(w http.ResponseWriter, r *http.Request) {
		secret, err := c.SecretRotate(ids(r))
		reply(w, map[string]string{"secret": secret}, err)
	})
	mux.HandleFunc("POST "+app+"token", func(w http.ResponseWriter, r *http.Request) {
		token, err := c.IssueToken(ids(r))
		reply(w, map[string]string{"access_token": token}, err)
	})
	mux.HandleFunc("POST "+app+"disable", func(w http.ResponseWriter, r *http.Request) {
		reply(w, nil, c.DisableApp(ids(r)))
	})
	mux.HandleFunc("PUT "+app+"secret", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Secret string `json:"secret"`
		}
		tenantID, appID := ids(r)
		answer(w, r, &in, func() (any, error) { return nil, c.SetAppSecret(tenantID, appID, in.Secret) })
	})
	mux.HandleFunc("PUT "+app+"permissions", func(w http.ResponseWriter, r *http.Request) {
		var in []string
		tenantID, appID := ids(r)
		answer(w, r, &in, func() (any, error) { return nil, c.SetAppPermissions(tenantID, appID, in) })
	})
}

// notFound makes an error a 404.
type notFound struct{ error }

func identified(id string, err error) (any, error) { return map[string]string{"id": id}, err }

// answer reads a body and replies with what fn makes of it.
func answer(w http.ResponseWriter, r *http.Request, in any, fn func() (any, error)) {
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20))
	dec.DisallowUnknownFields()
	err := dec.Decode(in)
	if err == nil {
		if err = dec.Decode(&struct{}{}); err == nil {
			err = errors.New("there is more than one JSON value")
		}
	}
	if !errors.Is(err, io.EOF) {
		reply(w, nil, fmt.Errorf("reading the body: %w", err))
		return
	}
	out, err := fn()
	reply(w, out, err)
}

// reply writes a result, or an error as {"error": …}.
func reply(w http.ResponseWriter, out any, err error) {
	status := http.StatusOK
	switch {
	case errors.As(err, &notFound{}):
		status, out = http.StatusNotFound, map[string]string{"error": err.Error()}
	case err != nil:
		status, out = http.StatusBadRequest, map[string]string{"error": err.Error()}
	case out == nil:
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(out) // the client went away
}
