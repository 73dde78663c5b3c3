package lifecycle

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// record is what this process knows of an object beyond what the cache shows. Losing it costs reads, and the knowledge
// which ledger is the controller's own; nothing else.
type record[L Ledger] struct {
	uid types.UID
	// version is the resourceVersion of the object as this process left it, and next is when it is due to be looked at
	// if nothing else happens to it.
	version string
	next    time.Time
	// request is the reconcile request that the object carried then.
	request string
	// ledger is the newest that this process has written or found.
	ledger *L
	// own is set when this process wrote the ledger; disputed is since when the API server shows another all the same.
	own      bool
	disputed time.Time
	// found is what a call of this process last found or created under the ledger's key; its ID may be deleted by.
	found *Found[L]
	// verified is when a live read last showed the grant; zero when it has not.
	verified time.Time
	// generation is that of the spec that was verified.
	generation int64
	// revoked is set once a delete call was answered as done and no create call was sent after it.
	revoked bool
	// replaced is when what the object held last made way for what its spec asks for.
	replaced time.Time
}

// memory keeps a record for each object, and finds them by ledger.
type memory[L Ledger] struct {
	mu       sync.Mutex
	records  map[client.ObjectKey]record[L]
	byLedger map[string]sets.Set[client.ObjectKey]
	// hurried are those that were made due since they were last looked at.
	hurried sets.Set[client.ObjectKey]
}

func newMemory[L Ledger]() *memory[L] {
	return &memory[L]{
		records: map[client.ObjectKey]record[L]{}, byLedger: map[string]sets.Set[client.ObjectKey]{}, hurried: sets.New[client.ObjectKey](),
	}
}

// get returns the record of the object of that name and UID, if there is one.
func (m *memory[L]) get(name client.ObjectKey, uid types.UID) (record[L], bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	rec, ok := m.records[name]
	return rec, ok && rec.uid == uid
}

func (m *memory[L]) put(name client.ObjectKey, rec record[L]) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drop(name)
	m.records[name] = rec
	if rec.ledger == nil {
		return
	}
	text := (*rec.ledger).String()
	if m.byLedger[text] == nil {
		m.byLedger[text] = sets.New[client.ObjectKey]()
	}
	m.byLedger[text].Insert(name)
}

// hasten makes the object of that name due now. It is not noted in the record, which a pass that is being made replaces when it ends.
func (m *memory[L]) hasten(name client.ObjectKey) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.hurried.Insert(name)
}

// hastened tells, once, whether the object of that name was made due.
func (m *memory[L]) hastened(name client.ObjectKey) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	due := m.hurried.Has(name)
	m.hurried.Delete(name)
	return due
}

// forget drops the record of that name, unless it is of the object with the UID that is there now, and returns it: that
// of an object that went without being released here.
func (m *memory[L]) forget(name client.ObjectKey, now types.UID) (record[L], bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if now == "" {
		m.hurried.Delete(name)
	}
	rec, ok := m.records[name]
	if !ok || rec.uid == now {
		return record[L]{}, false
	}
	m.drop(name)
	return rec, true
}

// doubt keeps of a record only the ledger: what the directory showed may have changed in a pass that did not conclude.
func (m *memory[L]) doubt(name client.ObjectKey) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if rec, ok := m.records[name]; ok {
		m.records[name] = record[L]{uid: rec.uid, version: rec.version, ledger: rec.ledger, own: rec.own, disputed: rec.disputed}
	}
}

// disown keeps of a record only what tells that the object was there: a write of its ledger may have been made or not.
func (m *memory[L]) disown(name client.ObjectKey) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if rec, ok := m.records[name]; ok {
		m.records[name] = record[L]{uid: rec.uid, version: rec.version, ledger: rec.ledger}
	}
}

// remove drops the record of that name.
func (m *memory[L]) remove(name client.ObjectKey) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drop(name)
}

func (m *memory[L]) drop(name client.ObjectKey) {
	ledger := m.records[name].ledger
	delete(m.records, name)
	if ledger == nil {
		return
	}
	text := (*ledger).String()
	if m.byLedger[text].Delete(name).Len() == 0 {
		delete(m.byLedger, text)
	}
}

// claimants names the objects that hold this ledger as far as this process knows.
func (m *memory[L]) claimants(ledger L) []client.ObjectKey {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.byLedger[ledger.String()].UnsortedList()
}
