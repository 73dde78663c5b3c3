// Package boundaries breaks every call of a running manager once: the real controllers against a real etcd and API server,
// and the directory simulator over HTTPS.
//
// Each flow of internal/chaos is run undisturbed, and its calls are written down. Then it is run again for every one of
// them and everything that can go wrong there, hundreds of trials side by side. Where the process is to crash, the calls
// of many trials are held, each at its own boundary, and one kill ends them all; a new manager has to put things right.
//
//	go test ./test/boundaries                                        # all of it
//	go test ./test/boundaries -only 'create-delete:2.graph.delete'   # the trials whose token matches
package boundaries
