// Package roleassignment makes RoleAssignments real: active assignments of directory roles.
package roleassignment
