package faults_test

import (
	"errors"
	"slices"
)

// op is what a call is for.
type op string

// The calls to Kubernetes, and those to the directory. Events are not among them: they are sent in the background, and
// nothing waits for them.
const (
	opCacheGet  op = "cache-get"
	opCacheList op = "cache-list"
	opLiveGet   op = "live-get"
	opLiveList  op = "live-list"
	opNamespace op = "namespace"
	opPatch     op = "patch"
	opStatus    op = "status"

	opDiscovery op = "discovery"
	opToken     op = "token"
	opLookup    op = "lookup"
	opRead      op = "read"
	opPage      op = "page" // a further page of a read
	opCreate    op = "create"
	opUpdate    op = "update"
	opDelete    op = "delete"
)

// fault is what goes wrong with a call.
type fault string

// The faults of the process.
const (
	none         fault = ""
	crash        fault = "crash"        // it ends before the call
	crashAfter   fault = "crashafter"   // it ends when the call is carried out and not answered
	crashes      fault = "crashes"      // so it does a hundred times in a row, at each next call of this kind
	crashesAfter fault = "crashesafter" // the same, each time after the call is carried out
	terminated   fault = "term"         // SIGTERM: the call is carried out, its answer is not waited for
	sleep        fault = "sleep"        // suspended before the call, for ten minutes in which another process takes over
	sleepAfter   fault = "sleepafter"   // suspended between the call and its answer
)

// The faults of Kubernetes.
const (
	stale       fault = "stale"    // the cache misses the last change for five seconds
	older       fault = "older"    // the cache misses the last three
	apiError    fault = "apierr"   // 500, not carried out
	apiLost     fault = "apilost"  // carried out, timed out
	apiConflict fault = "conflict" // somebody else writes just before
	apiStorm    fault = "storm"    // somebody else writes just before each write of the next ten seconds
	apiDenied   fault = "apideny"  // the controller's RBAC is gone for this call
	apiBusy     fault = "apibusy"  // 429 for a minute
	apiAway     fault = "apiaway"  // the API server is away for an hour, which ends the process
)

// The faults of the directory and of what is on the way to it.
const (
	dropped     fault = "drop"    // the connection breaks, nothing is carried out
	lost        fault = "lost"    // carried out, the connection breaks
	late        fault = "late"    // the connection breaks, carried out 70 seconds later
	gateway     fault = "504"     // carried out, answered by a gateway that has waited long enough
	rejected    fault = "401"     // the token, or the credential, is not accepted
	forbidden   fault = "403"     // Graph's own
	throttled   fault = "429"     // with Retry-After
	hushed      fault = "429bare" // without
	failed      fault = "500"     // Graph's own
	unavailable fault = "503"     // with Retry-After
	strange     fault = "400"     // with a code nobody has seen, and a text that repeats what was sent
	foreign     fault = "404"     // not Graph's
	html        fault = "html"    // 200, from something in between
	empty       fault = "empty"   // 200 without a body
	truncated   fault = "cut"     // carried out, half the answer arrives
	paused      fault = "pause"   // answered after ten seconds
	lagging     fault = "lag"     // answered by a replica that is 40 seconds behind
	flapping    fault = "flap"    // for a minute each second answer is such a replica's
	blind       fault = "blind"   // 404 of a replica that has never heard of it
	wrong       fault = "wrong"   // another scope than asked is granted
	hollow      fault = "hollow"  // an empty page comes first
	looping     fault = "loop"    // for ten seconds each page leads to itself
	expired     fault = "expired" // the page token is no longer good
)

var (
	errDead = errors.New("the process has ended")
	errAway = errors.New("the API server is not itself")
)

// kind is a fault and the calls it can befall.
type kind struct {
	fault fault
	ops   []op
	// solo faults take long, and are tried neither with a second fault nor with a hand.
	solo bool
}

// kinds are all faults.
func kinds() []kind {
	reads := []op{opRead, opPage}
	lists := []op{opLookup, opRead, opPage}
	writes := []op{opCreate, opUpdate, opDelete}
	graph := slices.Concat(lists, writes)
	wire := append([]op{opDiscovery, opToken}, graph...)
	patches := []op{opPatch, opStatus}
	api := append([]op{opLiveGet, opLiveList, opNamespace}, patches...)
	cache := []op{opCacheGet, opCacheList}
	return []kind{
		{crash, slices.Concat(cache, api, wire), false},
		{crashAfter, slices.Concat(patches, writes), false},
		{crashes, slices.Concat([]op{opLiveGet}, patches, writes), true},
		{crashesAfter, slices.Concat(patches, writes), true},
		{terminated, slices.Concat(patches, wire), false},
		{sleep, slices.Concat(cache, api, wire), false},
		{sleepAfter, slices.Concat(cache, api, wire), false},
		{stale, cache, false}, {older, cache, false},
		{apiError, api, false}, {apiLost, patches, false}, {apiConflict, patches, false}, {apiStorm, patches, false},
		{apiDenied, api, false}, {apiBusy, api, false}, {apiAway, api, false},
		{dropped, wire, false}, {lost, writes, false}, {late, writes, false}, {gateway, writes, false},
		{rejected, wire, false}, {forbidden, wire, false}, {throttled, wire, false}, {hushed, wire, false}, {failed, wire, false},
		{unavailable, wire, false}, {strange, wire, false}, {foreign, wire, false}, {html, wire, false}, {empty, wire, false},
		{truncated, wire, false}, {paused, graph, false},
		{lagging, append([]op{opDelete}, lists...), false}, {flapping, append([]op{opDelete}, reads...), false},
		{blind, []op{opDelete}, false}, {wrong, []op{opCreate}, false},
		{hollow, lists, false}, {looping, lists, false}, {expired, []op{opPage}, false},
	}
}

// faultsOf lists what can go wrong with a call.
func faultsOf(o op) []fault {
	var of []fault
	for _, k := range kinds() {
		if slices.Contains(k.ops, o) {
			of = append(of, k.fault)
		}
	}
	return of
}

// solo tells whether a fault is tried alone.
func solo(f fault) bool {
	return slices.ContainsFunc(kinds(), func(k kind) bool { return k.fault == f && k.solo })
}
