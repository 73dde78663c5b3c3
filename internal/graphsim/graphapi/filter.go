package graphapi

import (
	"slices"
	"time"

	"github.com/rolewarden/rolewarden/internal/graphsim/odata"
	"github.com/rolewarden/rolewarden/internal/graphsim/schema"
	"github.com/rolewarden/rolewarden/internal/graphsim/wire"
)

// checkFilter refuses a filter that the directory does not support: nothing
// that a client asks for is ignored. Documented: the $filter support of each
// property on its resource's page; the texts are those Graph is known to send,
// where one is known.
func (c *call) checkFilter(set *schema.Set) (err *wire.Error) {
	if c.query.Filter == nil {
		return nil
	}
	c.query.Filter.Walk(func(u odata.Use) {
		if err == nil {
			err = c.checkUse(set, u)
		}
	})
	return err
}

func (c *call) checkUse(set *schema.Set, u odata.Use) *wire.Error {
	if u.Op == "or" {
		if set.Conjunctions {
			return wire.Unsupported("Filters of " + set.Name + " can be joined by 'and' only.")
		}
		return nil
	}
	p, ok := set.Property(u.Property)
	if !ok {
		return unknownProperty(set, u.Property)
	}
	need, advanced := needs(u)
	if p.Unequal && (u.Op == "eq" || u.Op == "ne") {
		need, advanced = schema.Equal, false
	}
	if p.Filter < need || (p.Kind == schema.Strings) != (u.Op == "any") {
		return wire.Unsupported("Unsupported or invalid query filter clause specified for property '" + u.Property + "' of resource '" + set.Resource() + "'.")
	}
	if !sameType(p.Kind, u.Values) {
		return badRequest("A binary operator with incompatible types was detected in the filter on property '" + u.Property + "'.")
	}
	if advanced && !c.advanced() {
		return notAdvanced(u)
	}
	return nil
}

// notAdvanced refuses an operator of advanced queries in a plain one. The text
// is from reports.
func notAdvanced(u odata.Use) *wire.Error {
	operator := u.Op
	if u.Negated {
		operator = "not"
	}
	return wire.Unsupported("Operator '" + operator + "' is not supported because the required parameters might be missing. " +
		"Try adding $count=true query parameter and ConsistencyLevel:eventual header. Refer to https://aka.ms/graph-docs/advanced-queries for more information")
}

// needs says what a property must support for a use, and whether the use is an
// advanced query. Documented: Microsoft Graph docs, aad-advanced-queries.
func needs(u odata.Use) (need schema.Filters, advanced bool) {
	switch u.Op {
	case "eq", "in", "any", "":
		need = schema.Equal
		if slices.Contains(u.Values, nil) {
			need = schema.Prefix
		}
	case "startswith", "ge", "le", "gt", "lt":
		need = schema.Prefix
	case "ne", "endswith":
		need, advanced = schema.Full, true
	default: // contains is for $search
		need = schema.Full + 1
	}
	if u.Negated {
		need, advanced = max(need, schema.Full), true
	}
	return need, advanced
}

// sameType reports whether all literals are of the property's type.
func sameType(k schema.Kind, values []any) bool {
	for _, v := range values {
		ok := v == nil
		switch v.(type) {
		case string:
			ok = k == schema.String || k == schema.GUID || k == schema.Strings
		case bool:
			ok = k == schema.Bool
		case float64:
			ok = k == schema.Int
		case time.Time:
			ok = k == schema.Date
		}
		if !ok {
			return false
		}
	}
	return len(values) > 0 || k == schema.Bool
}

func unknownProperty(set *schema.Set, name string) *wire.Error {
	return badRequest("Could not find a property named '" + name + "' on type 'microsoft.graph." + set.Type + "'.")
}
