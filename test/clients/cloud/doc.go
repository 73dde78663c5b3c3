// Package cloud stands between a client and the directory simulator as
// Microsoft's cloud would: the client asks for login.microsoftonline.com and
// graph.microsoft.com, as it does out of the box, and reaches the simulator. So
// a client needs no setting that its authors did not test it with; all it is
// given are a proxy and a certificate authority, from the environment.
//
// It imports the standard library and the simulator.
package cloud
