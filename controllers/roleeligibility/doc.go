// Package roleeligibility makes RoleEligibilities real: eligible assignments of directory roles, in Privileged Identity Management.
package roleeligibility
