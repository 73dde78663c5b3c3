package assignmentid

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
)

// auPrefix begins the scope of an administrative unit.
const auPrefix = "/administrativeUnits/"

// Of returns the ID of the assignment of a role to a principal at a directory
// scope: "/", "/{objectId}" or "/administrativeUnits/{id}".
func Of(roleDefinitionID, principalID, directoryScopeID string) (string, error) {
	scope, suffix := strings.TrimPrefix(directoryScopeID, "/"), "-1"
	if au, ok := strings.CutPrefix(directoryScopeID, auPrefix); ok {
		scope, suffix = au, "-2"
	}
	parts := []string{roleDefinitionID, principalID}
	if scope != "" {
		parts = append(parts, scope)
	}
	var raw []byte
	for _, part := range parts {
		guid, err := littleEndian(part)
		if err != nil {
			return "", fmt.Errorf("computing the ID of an assignment: %w", err)
		}
		raw = append(raw, guid...)
	}
	return base64.RawURLEncoding.EncodeToString(raw) + suffix, nil
}

// littleEndian is the byte order in which .NET writes a GUID: the first three
// fields backwards, the rest as printed.
func littleEndian(guid string) ([]byte, error) {
	b, err := hex.DecodeString(strings.ReplaceAll(guid, "-", ""))
	if err != nil || len(b) != 16 {
		return nil, fmt.Errorf("%q is not a GUID", guid)
	}
	b[0], b[1], b[2], b[3] = b[3], b[2], b[1], b[0]
	b[4], b[5] = b[5], b[4]
	b[6], b[7] = b[7], b[6]
	return b, nil
}
