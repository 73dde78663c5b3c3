package store

import (
	"math"
	"slices"
	"strings"
	"time"
)

// Props are the properties of a row. They are never changed once stored: a
// change stores new ones.
type Props map[string]any

// String returns a property that is a string, or "".
func (p Props) String(name string) string {
	s, _ := p[name].(string)
	return s
}

// Tenant is one directory.
type Tenant struct {
	ID string

	store   *Store
	rows    map[string]*Row
	sets    map[string][]*Row
	layout  Layout
	index   map[indexKey][]*Row
	lastSeq int
}

type indexKey struct{ set, property, value string }

// Row is one object, assignment or link, through all its versions.
type Row struct {
	// ID and Set name the row; Seq is its place among the rows of the tenant.
	ID, Set string
	Seq     int

	versions []version
}

// version is what holds from an instant on; no props: the row is gone.
type version struct {
	at    time.Time
	props Props
	by    Provenance
}

// Put stores props as the row's newest version, creating the row if need be.
func (t *Tenant) Put(set, id string, props Props, by Provenance) {
	row, ok := t.rows[t.key(set, id)]
	if !ok {
		t.lastSeq++
		row = &Row{ID: id, Set: set, Seq: t.lastSeq}
		t.rows[t.key(set, id)] = row
		t.sets[set] = append(t.sets[set], row)
	}
	op := OpUpdate
	if row.props() == nil {
		op = OpCreate
	}
	row.versions = append(row.versions, version{since(by), props, by})
	t.addToIndex(row, props)
	if by.Source != SourceSeed {
		t.store.commit(t, op, row.record(), by)
	}
}

// since is the instant from which a change holds. What was seeded holds before
// any instant that a clock can show, even one that starts at the zero time.
func since(by Provenance) time.Time {
	if by.Source == SourceSeed {
		return time.Time{}.Add(math.MinInt64)
	}
	return by.Time
}

// Drop ends the row. It reports whether there was one.
func (t *Tenant) Drop(set, id string, by Provenance) bool {
	row, ok := t.rows[t.key(set, id)]
	if !ok || row.props() == nil {
		return false
	}
	gone := row.record()
	row.versions = append(row.versions, version{by.Time, nil, by})
	t.store.commit(t, OpDelete, gone, by)
	return true
}

// addToIndex makes the row a candidate for the values of its indexed
// properties. It stays one for values it had before: a look at an earlier
// instant must find it, and every candidate is checked anyway.
func (t *Tenant) addToIndex(row *Row, props Props) {
	for _, property := range t.layout.Indexed[row.Set] {
		k := indexKey{row.Set, property, strings.ToLower(props.String(property))}
		if rows := t.index[k]; len(row.versions) == 1 || !slices.Contains(rows, row) {
			t.index[k] = append(rows, row)
		}
	}
}

// Records lists the rows of a set as they are now.
func (t *Tenant) Records(set string) []Record {
	out := []Record{}
	for _, row := range t.sets[set] {
		if row.props() != nil {
			out = append(out, row.record())
		}
	}
	return out
}

// AssignmentRecords lists the role assignments as they are now.
func (t *Tenant) AssignmentRecords() []AssignmentRecord {
	records := t.Records(Assignments)
	out := make([]AssignmentRecord, len(records))
	for i, r := range records {
		out[i] = r.assignment()
	}
	return out
}

func (r *Row) record() Record {
	v := r.last()
	return Record{ID: r.ID, Set: r.Set, Properties: v.props, Provenance: v.by}
}

func (r Record) assignment() AssignmentRecord {
	return AssignmentRecord{
		ID: r.ID, PrincipalID: r.Properties.String("principalId"), RoleDefinitionID: r.Properties.String("roleDefinitionId"),
		DirectoryScopeID: r.Properties.String("directoryScopeId"), Provenance: r.Provenance,
		AssignmentType: r.Properties.String("assignmentType"), ScheduleID: r.Properties.String("scheduleId"),
	}
}

func (r *Row) last() version { return r.versions[len(r.versions)-1] }

func (r *Row) props() Props {
	if len(r.versions) == 0 {
		return nil
	}
	return r.last().props
}

// key is where the row of an ID is kept: among all rows, or among those of its
// set alone. GUIDs compare without regard to case, as they do in paths; in the
// IDs of assignments case matters.
func (t *Tenant) key(set, id string) string {
	if len(id) == 36 {
		id = strings.ToLower(id)
	}
	if t.layout.Apart[set] {
		return set + "|" + id
	}
	return id
}
