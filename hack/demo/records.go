package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/rolewarden/rolewarden/internal/graphsim"
)

// records are the rows of a set that truly stand.
func (d *directory) records(ctx context.Context, set string) (all []graphsim.Record, err error) {
	err = d.ask(ctx, http.MethodGet, "tenants/"+d.tenant.ID+"/records/"+set, &all)
	return all, err
}

// may looks once at what a principal may truly activate: exactly these roles.
func may(principal string, roles ...string) beat {
	return func(ctx context.Context, d *demo) error {
		all, err := d.directory.records(ctx, "roleEligibilitySchedules")
		if err != nil {
			return err
		}
		var seen []string
		for _, r := range all {
			if d.directory.name(r.Properties.String("principalId")) == principal {
				seen = append(seen, d.directory.name(r.Properties.String("roleDefinitionId"))+" at "+d.directory.name(r.Properties.String("directoryScopeId")))
			}
		}
		return d.compare("may activate", principal, seen, roles)
	}
}

// members looks once at who truly is in a group: exactly these.
func members(group string, names ...string) beat {
	return func(ctx context.Context, d *demo) error {
		all, err := d.directory.records(ctx, "members")
		if err != nil {
			return err
		}
		var seen []string
		for _, r := range all {
			if d.directory.name(r.Properties.String("from")) == group {
				seen = append(seen, d.directory.name(r.Properties.String("to")))
			}
		}
		return d.compare("has the member", group, seen, names)
	}
}

// compare prints what was seen, if it is what was told.
func (d *demo) compare(what, who string, seen, want []string) error {
	slices.Sort(seen)
	if !slices.Equal(seen, want) {
		return &surprise{about: "directory: " + who + " " + what, want: listed(want), got: listed(seen)}
	}
	if len(seen) == 0 {
		d.printer.fact("directory: " + who + " " + what + ": nothing")
	}
	for _, one := range seen {
		d.printer.fact("directory: " + who + " " + what + ": " + one)
	}
	return nil
}

// known gives the group of that display name, which was not in the seed, its name in what follows.
func known(object, displayName string) beat {
	return func(ctx context.Context, d *demo) error {
		group, err := d.directory.group(ctx, displayName)
		if err != nil {
			return err
		}
		if group == nil {
			return &surprise{about: "directory: the group of group/" + object, want: displayName, got: "nothing"}
		}
		d.directory.names[group.ID] = displayName
		d.printer.fact(fmt.Sprintf("directory: there is a group %s, %s", displayName, d.directory.author("made", group.Provenance)))
		return nil
	}
}

// absent makes sure that there is no group of that display name.
func absent(displayName string) beat {
	return func(ctx context.Context, d *demo) error {
		group, err := d.directory.group(ctx, displayName)
		if err == nil && group != nil {
			err = &surprise{about: "directory: groups", want: "none with the name " + displayName, got: group.ID}
		}
		if err == nil {
			d.printer.fact("directory: there is no group " + displayName)
		}
		return err
	}
}

func (d *directory) group(ctx context.Context, displayName string) (*graphsim.Record, error) {
	all, err := d.records(ctx, "groups")
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(all, func(r graphsim.Record) bool { return r.Properties.String("displayName") == displayName }); i >= 0 {
		return &all[i], nil
	}
	return nil, nil
}

// within is a kubectl command that may take longer than others.
func within(limit time.Duration, args ...string) beat {
	i := invocation{args: args}
	return func(ctx context.Context, d *demo) error {
		d.printer.command(i.String())
		out, err := d.kubectl.run(ctx, limit, i)
		d.printer.output(out)
		return succeeded(i, out, err)
	}
}
