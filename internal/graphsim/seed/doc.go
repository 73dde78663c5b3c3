// Package seed reads what the simulated tenants hold at the start.
//
// It knows the form of the file and that its references lead somewhere; which
// properties an object may have is decided by the schema it is given to.
// It imports the standard library and sigs.k8s.io/yaml.
package seed
