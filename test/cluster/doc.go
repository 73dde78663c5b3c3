// Package cluster tests what happens to grants when the cluster around them lives its life: namespaces, Secrets, Tenants and
// CRDs are deleted while they are in use, status and finalizers are tampered with, backups are restored, the API server
// goes away, caches are old and two managers think that they lead. It runs the real controllers, with the rights that are
// shipped, against a real API server with its controller manager and the directory simulator, through proxies that hold,
// refuse or answer single requests. A witness follows every revision of every object and the directory beside.
package cluster
