package odata

import "slices"

// OneOf is a property that goes by several exact values, such as the ID of an
// object that is also known by the ID of its template.
type OneOf []string

func (o OneOf) is(want any) bool {
	s, ok := want.(string)
	return ok && slices.Contains(o, s)
}
