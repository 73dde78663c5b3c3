package tenant

import (
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
)

// subscriberBuffer is how many changes a subscriber may be behind. One more is not told, and the objects of that tenant
// find out when they are tried again.
const subscriberBuffer = 256

// Registry holds the connections of the Tenants that are connected.
type Registry struct {
	mu          sync.Mutex
	byName      map[string]*Connection
	closing     map[string]bool
	subscribers []chan event.TypedGenericEvent[*v1alpha1.Tenant]
}

// NewRegistry returns a Registry without connections.
func NewRegistry() *Registry {
	return &Registry{byName: map[string]*Connection{}, closing: map[string]bool{}}
}

// Subscribe returns a channel that tells when a Tenant is connected, anew or for the first time, and when one has gone. Of
// the latter only the name is told.
func (r *Registry) Subscribe() <-chan event.TypedGenericEvent[*v1alpha1.Tenant] {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := make(chan event.TypedGenericEvent[*v1alpha1.Tenant], subscriberBuffer)
	r.subscribers = append(r.subscribers, c)
	return c
}

// Connect puts a Tenant's connection in place of the one it had. Whether it is closing is as that very Tenant says: one that
// was created anew under its name is not.
func (r *Registry) Connect(t *v1alpha1.Tenant, c *Connection) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if old := r.byName[t.Name]; old != nil && old != c {
		old.Client.Close()
	}
	r.byName[t.Name], r.closing[t.Name] = c, !t.DeletionTimestamp.IsZero()
	r.tell(t)
}

func (r *Registry) tell(t *v1alpha1.Tenant) {
	for _, s := range r.subscribers {
		select {
		case s <- event.TypedGenericEvent[*v1alpha1.Tenant]{Object: t}:
		default:
		}
	}
}

// Disconnect forgets a Tenant's connection.
func (r *Registry) Disconnect(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.disconnect(name)
}

// Forget disconnects a Tenant that has gone, and tells so: where there were two to choose from, there is one now.
func (r *Registry) Forget(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.disconnect(name)
	r.tell(&v1alpha1.Tenant{ObjectMeta: metav1.ObjectMeta{Name: name}})
}

func (r *Registry) disconnect(name string) {
	if old := r.byName[name]; old != nil {
		old.Client.Close()
	}
	delete(r.byName, name)
	delete(r.closing, name)
}

// Close lets nothing new be granted through a Tenant, since it is being deleted. What stands can still be revoked.
func (r *Registry) Close(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closing[name] = true
}

// Open returns a *ChoiceError when nothing new may be granted through a connection any more. Whoever asks after having
// written down what is about to be granted is either refused, or seen by who lists what still stands in the directory
// after Close.
func (r *Registry) Open(c *Connection) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	current := r.byName[c.name]
	switch {
	case r.closing[c.name]:
		return closingError(c.name)
	case current == nil, current.uid != c.uid, current.TenantID != c.TenantID:
		return notConnectedError(c.name)
	}
	return nil
}

// ByName returns the connection of the Tenant of that name, and whether it is closing; nil when it is not connected.
func (r *Registry) ByName(name string) (c *Connection, closing bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.byName[name], r.closing[name]
}

// ByTenantID returns a connection to that directory, or nil.
func (r *Registry) ByTenantID(id string) *Connection {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.byName {
		if c.TenantID == id {
			return c
		}
	}
	return nil
}
