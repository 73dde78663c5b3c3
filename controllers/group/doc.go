// Package group makes Groups real: groups of a directory, to which roles can be assigned.
package group
