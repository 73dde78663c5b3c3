package graphsim

import (
	"fmt"
	"net/http"
	"time"
)

// pimRoutes are licences and Privileged Identity Management.
func (c *Control) pimRoutes(mux *http.ServeMux) {
	const base = "/_sim/tenants/{tenant}/"
	tenant := func(r *http.Request) string { return r.PathValue("tenant") }
	mux.HandleFunc("GET "+base+"licences", func(w http.ResponseWriter, r *http.Request) { reply(w, c.Licences(tenant(r)), nil) })
	mux.HandleFunc("PUT "+base+"licences", func(w http.ResponseWriter, r *http.Request) {
		var in []string
		answer(w, r, &in, func() (any, error) { return nil, c.SetLicences(tenant(r), in...) })
	})
	mux.HandleFunc("GET "+base+"policy", func(w http.ResponseWriter, r *http.Request) {
		reply(w, c.Policy(tenant(r), r.URL.Query().Get("role")), nil)
	})
	mux.HandleFunc("PUT "+base+"policy", func(w http.ResponseWriter, r *http.Request) {
		var in Policy
		answer(w, r, &in, func() (any, error) { return nil, c.SetPolicy(tenant(r), r.URL.Query().Get("role"), in) })
	})
	mux.HandleFunc("POST "+base+"requests/{collection}", func(w http.ResponseWriter, r *http.Request) {
		var in map[string]any
		answer(w, r, &in, func() (any, error) { return identified(c.SubmitRequest(tenant(r), r.PathValue("collection"), in)) })
	})
	mux.HandleFunc("POST "+base+"requests/{id}/{decision}", func(w http.ResponseWriter, r *http.Request) {
		reply(w, nil, c.DecideRequest(tenant(r), r.PathValue("id"), r.PathValue("decision")))
	})
	mux.HandleFunc("POST "+base+"activations", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			PrincipalID      string `json:"principalID"`
			RoleDefinitionID string `json:"roleDefinitionID"`
			DirectoryScopeID string `json:"directoryScopeID"`
			Duration         string `json:"duration"`
		}
		answer(w, r, &in, func() (any, error) {
			lasts, err := time.ParseDuration(in.Duration)
			if err != nil {
				return nil, fmt.Errorf("duration: %w", err)
			}
			return identified(c.Activate(tenant(r), in.PrincipalID, in.RoleDefinitionID, in.DirectoryScopeID, lasts))
		})
	})
	mux.HandleFunc("DELETE "+base+"activations/{id}", func(w http.ResponseWriter, r *http.Request) {
		reply(w, nil, c.Deactivate(tenant(r), r.PathValue("id")))
	})
}
