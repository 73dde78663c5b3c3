// Package groupmembership makes GroupMemberships real: members of groups.
package groupmembership
