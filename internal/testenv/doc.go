// Package testenv starts a control plane without a cluster: etcd and kube-apiserver through controller-runtime's envtest,
// and kube-controller-manager beside them, all on loopback with certificates of their own.
//
// The controller manager is what sets this apart from plain envtest. Without it a namespace is never really deleted, nothing
// is garbage-collected and no namespace has its service account, so how a deletion ends could not be tested. It runs as it
// does in a cluster, each of its controllers with a service account of its own, so that admission policies see the users
// they would see there. Deleting a namespace takes at least five seconds: its controller waits that long for other API
// servers to notice.
//
// The binaries come from "make controlplane". The package is for tests and for the demo; of this module it may import
// internal/graphsim, and nothing that is shipped may import it.
package testenv
