// Package roledefinition makes RoleDefinitions real: custom directory roles.
package roledefinition
