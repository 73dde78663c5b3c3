package store

import (
	"slices"
	"strings"
	"time"
)

// View is a tenant as it was at an instant.
type View struct {
	tenant *Tenant
	at     time.Time
	latest bool
}

// Item is a row in a view.
type Item struct {
	*Row
	Props Props
}

// Now is the tenant as it truly is.
func (t *Tenant) Now() View { return View{tenant: t, latest: true} }

// At is the tenant as it was at an instant: what a replica shows that is
// behind. What was there from the start is in every view.
func (t *Tenant) At(at time.Time) View { return View{tenant: t, at: at} }

// Get returns the row with this ID, of whatever set that is not apart.
func (v View) Get(id string) (Item, bool) { return v.item(v.tenant.rows[v.tenant.key("", id)]) }

// GetIn returns the row with this ID if it is in the set.
func (v View) GetIn(set, id string) (Item, bool) {
	item, ok := v.item(v.tenant.rows[v.tenant.key(set, id)])
	return item, ok && item.Set == set
}

// Born is the instant from which a row has stood without interruption. What was
// seeded was born before any instant that a clock can show.
func (v View) Born(item Item) time.Time {
	var born time.Time
	for _, version := range slices.Backward(item.versions) {
		if !v.latest && version.at.After(v.at) {
			continue
		}
		if version.props == nil {
			break
		}
		born = version.at
	}
	return born
}

// List returns the rows of a set in the order they first came.
func (v View) List(set string) []Item { return v.items(v.tenant.sets[set]) }

// Find returns the rows of a set that have this value of an indexed property,
// without regard to case.
func (v View) Find(set, property, value string) []Item {
	all := v.items(v.tenant.index[indexKey{set, property, strings.ToLower(value)}])
	out := all[:0]
	for _, item := range all {
		if strings.EqualFold(item.Props.String(property), value) {
			out = append(out, item)
		}
	}
	slices.SortFunc(out, func(a, b Item) int { return a.Seq - b.Seq })
	return out
}

// Indexed reports whether Find can be used.
func (v View) Indexed(set, property string) bool {
	return slices.Contains(v.tenant.layout.Indexed[set], property)
}

func (v View) items(rows []*Row) []Item {
	out := make([]Item, 0, len(rows))
	for _, row := range rows {
		if item, ok := v.item(row); ok {
			out = append(out, item)
		}
	}
	return out
}

func (v View) item(row *Row) (Item, bool) {
	if row == nil {
		return Item{}, false
	}
	for i := len(row.versions) - 1; i >= 0; i-- {
		if v.latest || !row.versions[i].at.After(v.at) {
			props := row.versions[i].props
			return Item{row, props}, props != nil
		}
	}
	return Item{}, false
}
