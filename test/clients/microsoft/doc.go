// Package microsoft tries the simulator with Microsoft's own libraries as they
// come out of the box: azidentity with instance discovery, and the Graph SDK
// with every middleware it brings, which the manager's client leaves out.
package microsoft
