// Package chaos breaks a running manager on purpose, at any call that it makes to
// a real Kubernetes API or to the directory simulator, and watches for what must
// never be. It is for tests (test/boundaries) and test programs (test/kills).
//
// A [World] is what all have in common: the API server, read live, the
// simulator, the clock, and the [Witness]. Its users are trials.
//
// A [Trial] is one run of one [Flow]: users do things to objects of their own
// names for principals of their own, and each step waits until the world has
// settled. Hundreds run side by side in one namespace. What a flow needs for
// itself, such as a directory that can be away, it gets as a Tenant of its own.
//
// A [Gate] is the way out of one life of a manager: all its calls to Kubernetes
// pass the transport that [Gate.Kube] wraps, and those to the directory, logins
// included, the one of [Gate.Directory]; in process or behind a reverse proxy. It
// names each call ([Call]), finds out which trial it belongs to and numbers it.
// Lists and watches pass untouched, as do the few calls that no trial owns.
//
// A [Strike] is one fault at one [Boundary] of a trial: the n-th call of a kind
// within a step. [FaultsOf] lists what can go wrong with a kind of call. A crash
// holds the call, before it is sent or once it is carried out, until
// [Gate.Kill] ends that life: from then on nothing gets through, and nothing
// that is held is carried out. So one kill serves many trials. Then a new manager
// is started with a new gate, and the trials go on.
//
//	world := chaos.New(chaos.Options{…})
//	err := world.Start(ctx)                  // watches etcd, connects the shared Tenant
//	gate := world.NewGate()                  // for one life of the manager
//	config.Wrap(gate.Kube)                   // or httputil.ReverseProxy{Transport: gate.Kube(…)}
//	options.Transport = gate.Directory(transport)
//	trial, err := world.Begin(ctx, flow, chaos.Strike{At: boundary, Fault: chaos.Crash})
//	<-trial.Held()                           // or trial.Done()
//	gate.Kill()
//	<-trial.Done(); trial.Err(); world.Violations()
//
// Behind a reverse proxy an error of the transport is a connection that broke: its
// ErrorHandler has to abort with http.ErrAbortHandler.
//
// A trial with its strike is written as a token such as
// create-delete:2.graph.delete.1.lost ([Trial.Token], [ParseToken]): flow, step,
// call, how many-eth of that kind in the step, fault.
//
// The package imports api, internal/graphsim, internal/testenv and
// controller-runtime's client, and nothing of what is on trial.
package chaos
