package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/rolewarden/rolewarden/internal/graphsim"
)

// directory asks the simulator for its true state, which no client of Graph sees, and acts as a person in the portal.
type directory struct {
	url    string
	client *http.Client
	tenant graphsim.SeedTenant
	// app is what Rolewarden signs in as.
	app graphsim.SeedApp
	// names are what people call an object, a role or a scope, by ID.
	names map[string]string
	// before is what stood before the story began.
	before []graphsim.AssignmentRecord
}

// bookmark is a place in the records of the directory.
type bookmark struct{ call, commit int64 }

// openDirectory takes the first tenant of the seed, and the first application that can sign in there.
func openDirectory(seed *graphsim.Seed, urlFile, caFile string) (*directory, error) {
	address, err := os.ReadFile(urlFile)
	if err != nil {
		return nil, fmt.Errorf("reading the simulator's URL: %w", err)
	}
	ca, err := os.ReadFile(caFile)
	if err != nil {
		return nil, fmt.Errorf("reading the simulator's certificate: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(ca) {
		return nil, errors.New("reading the simulator's certificate: it is not PEM")
	}
	if len(seed.Tenants) == 0 || len(seed.Tenants[0].Apps) == 0 || len(seed.Tenants[0].Apps[0].Secrets) == 0 {
		return nil, errors.New("the seed's first tenant has no application with a secret")
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	return &directory{
		url: strings.TrimSpace(string(address)), client: &http.Client{Transport: transport, Timeout: 10 * time.Second},
		tenant: seed.Tenants[0], app: seed.Tenants[0].Apps[0], names: namesOf(seed.BuiltInRoles, &seed.Tenants[0]),
	}, nil
}

// namesOf lists what the objects, roles and scopes of a tenant are called.
func namesOf(builtIn []graphsim.SeedRole, tenant *graphsim.SeedTenant) map[string]string {
	names := map[string]string{}
	for _, role := range slices.Concat(builtIn, tenant.CustomRoles) {
		names[role.ID] = role.DisplayName
	}
	for collection, objects := range tenant.Objects {
		for _, object := range objects {
			id := fmt.Sprint(object["id"])
			names[id] = fmt.Sprint(object["displayName"])
			if upn, ok := object["userPrincipalName"].(string); ok {
				names[id] = upn
			}
			if collection == "administrativeUnits" {
				names["/administrativeUnits/"+id] = "administrative unit " + names[id]
			}
		}
	}
	return names
}

func (d *directory) name(id string) string {
	if name, ok := d.names[id]; ok {
		return name
	}
	return id
}

// ask makes a call of the control interface.
func (d *directory) ask(ctx context.Context, method, path string, answer any) error {
	request, err := http.NewRequestWithContext(ctx, method, d.url+"/_sim/"+path, nil)
	if err != nil {
		return fmt.Errorf("asking the simulator: %w", err)
	}
	response, err := d.client.Do(request)
	if err != nil {
		return fmt.Errorf("asking the simulator: %w", err)
	}
	defer func() { _ = response.Body.Close() }() // it was read
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("asking the simulator: %s %s: %w", method, path, err)
	}
	if response.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("asking the simulator: %s %s: %s: %s", method, path, response.Status, bytes.TrimSpace(body))
	}
	if answer == nil {
		return nil
	}
	if err := json.Unmarshal(body, answer); err != nil {
		return fmt.Errorf("asking the simulator: %s %s: %w", method, path, err)
	}
	return nil
}

// assignments are those that truly stand.
func (d *directory) assignments(ctx context.Context) (all []graphsim.AssignmentRecord, err error) {
	err = d.ask(ctx, http.MethodGet, "tenants/"+d.tenant.ID+"/assignments", &all)
	slices.SortFunc(all, func(a, b graphsim.AssignmentRecord) int { return strings.Compare(a.ID, b.ID) })
	return all, err
}

// of are the assignments of the principal of that name.
func (d *directory) of(ctx context.Context, principal string) ([]graphsim.AssignmentRecord, error) {
	all, err := d.assignments(ctx)
	return slices.DeleteFunc(all, func(a graphsim.AssignmentRecord) bool { return d.name(a.PrincipalID) != principal }), err
}

// describe says what an assignment is and who made it.
func (d *directory) describe(a graphsim.AssignmentRecord) string {
	return d.grant(a) + ", " + d.author("granted", a.Provenance)
}

func (d *directory) grant(a graphsim.AssignmentRecord) string {
	return d.name(a.RoleDefinitionID) + " at " + d.name(a.DirectoryScopeID)
}

func (d *directory) author(did string, p graphsim.Provenance) string {
	switch {
	case p.Source == graphsim.SourceSeed:
		return "there from the start"
	case p.Source == graphsim.SourcePortal:
		return did + " in the portal"
	case p.AppID == d.app.AppID:
		return did + " by Rolewarden"
	}
	return did + " by application " + p.AppID
}

// remember notes what stands before the story begins.
func (d *directory) remember(ctx context.Context) (err error) {
	d.before, err = d.assignments(ctx)
	return err
}

// removeInPortal takes a role away as a person in the portal would.
func (d *directory) removeInPortal(ctx context.Context, a graphsim.AssignmentRecord) error {
	return d.ask(ctx, http.MethodDelete, "tenants/"+d.tenant.ID+"/assignments/"+url.PathEscape(a.ID), nil)
}

// calls are those that clients made after the bookmark.
func (d *directory) calls(ctx context.Context, from bookmark) (calls []graphsim.Call, err error) {
	err = d.ask(ctx, http.MethodGet, "calls", &calls)
	return slices.DeleteFunc(calls, func(c graphsim.Call) bool { return c.ID <= from.call }), err
}

// history is every change of an assignment after the bookmark, in order.
func (d *directory) history(ctx context.Context, from bookmark) (commits []graphsim.Commit, err error) {
	err = d.ask(ctx, http.MethodGet, "history", &commits)
	return slices.DeleteFunc(commits, func(c graphsim.Commit) bool {
		return c.Seq <= from.commit || c.TenantID != d.tenant.ID
	}), err
}

// counts are the calls that clients made, by operation.
func (d *directory) counts(ctx context.Context) (counts map[string]int, err error) {
	err = d.ask(ctx, http.MethodGet, "calls/count", &counts)
	return counts, err
}

// bookmark is the end of the records.
func (d *directory) bookmark(ctx context.Context) (b bookmark, err error) {
	calls, err := d.calls(ctx, b)
	if err != nil {
		return b, err
	}
	commits, err := d.history(ctx, b)
	if n := len(calls); n > 0 {
		b.call = calls[n-1].ID
	}
	if n := len(commits); n > 0 {
		b.commit = commits[n-1].Seq
	}
	return b, err
}
