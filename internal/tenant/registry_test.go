package tenant

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graph/msgraph"
)

const (
	contosoID  = "5f2c1c6e-9a3b-4d5c-8e7f-0a1b2c3d4e5f"
	fabrikamID = "11111111-1111-4111-8111-111111111111"
)

func makeTenant(name, id string) *v1alpha1.Tenant {
	t := &v1alpha1.Tenant{}
	t.Name, t.UID, t.Spec.TenantID = name, types.UID("uid-"+name), v1alpha1.ObjectID(id)
	return t
}

// connect puts a connection into the registry that makes no call.
func connect(t *testing.T, r *Registry, obj *v1alpha1.Tenant) *Connection {
	t.Helper()
	c, err := msgraph.New(msgraph.Options{
		TenantID: string(obj.Spec.TenantID), Cloud: msgraph.Public(), Clock: clock.RealClock{},
		Credential: msgraph.ClientSecret{ClientID: fabrikamID, Secret: "not a secret"},
	})
	if err != nil {
		t.Fatal(err)
	}
	connection := NewConnection(obj, c, "", clock.RealClock{})
	r.Connect(obj, connection)
	return connection
}

func reader(t *testing.T, tenants ...client.Object) client.Reader {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	return fake.NewClientBuilder().WithScheme(scheme).WithObjects(tenants...).Build()
}

func TestChoose(t *testing.T) {
	contoso, fabrikam := makeTenant("contoso", contosoID), makeTenant("fabrikam", fabrikamID)
	type choice struct {
		Tenant        string
		Reason        v1alpha1.Reason
		Final, Exists bool
	}
	cases := map[string]struct {
		tenants   []client.Object
		connected []*v1alpha1.Tenant
		closing   string
		ref       string
		want      choice
	}{
		"the only one":            {[]client.Object{contoso}, []*v1alpha1.Tenant{contoso}, "", "", choice{Tenant: "contoso"}},
		"none":                    {nil, nil, "", "", choice{Reason: v1alpha1.ReasonTenantNotFound}},
		"two and no name":         {[]client.Object{contoso, fabrikam}, []*v1alpha1.Tenant{contoso, fabrikam}, "", "", choice{Reason: v1alpha1.ReasonTenantNotFound, Final: true}},
		"by name":                 {[]client.Object{contoso, fabrikam}, []*v1alpha1.Tenant{contoso, fabrikam}, "", "fabrikam", choice{Tenant: "fabrikam"}},
		"a name that is not":      {[]client.Object{contoso}, []*v1alpha1.Tenant{contoso}, "", "nowhere", choice{Reason: v1alpha1.ReasonTenantNotFound}},
		"not connected":           {[]client.Object{contoso, fabrikam}, []*v1alpha1.Tenant{contoso}, "", "fabrikam", choice{Reason: v1alpha1.ReasonTenantNotReady, Exists: true}},
		"the only, not connected": {[]client.Object{contoso}, nil, "", "", choice{Reason: v1alpha1.ReasonTenantNotReady, Exists: true}},
		"being deleted":           {[]client.Object{contoso}, []*v1alpha1.Tenant{contoso}, "contoso", "contoso", choice{Reason: v1alpha1.ReasonTenantNotReady, Final: true}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			r := NewRegistry()
			for _, obj := range tc.connected {
				connect(t, r, obj)
			}
			if tc.closing != "" {
				r.Close(tc.closing)
			}
			connection, err := r.Choose(t.Context(), reader(t, tc.tenants...), v1alpha1.TenantReference{Name: tc.ref})
			var got choice
			if connection != nil {
				got.Tenant = connection.Object().Name
			}
			if e, ok := errors.AsType[*ChoiceError](err); ok {
				got.Reason, got.Final, got.Exists = e.Reason, e.Final, e.Exists
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("choice (-want +got):\n%s%v", diff, err)
			}
		})
	}
}

func TestChooseWithoutAnAPIServer(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	broken := fake.NewClientBuilder().WithScheme(runtime.NewScheme()).Build()
	if c, err := NewRegistry().Choose(ctx, broken, v1alpha1.TenantReference{}); c != nil || err == nil {
		t.Errorf("got %v, %v", c, err)
	}
}

func TestRegistry(t *testing.T) {
	r := NewRegistry()
	told := r.Subscribe()
	contoso := makeTenant("contoso", contosoID)
	first := connect(t, r, contoso)
	if e := <-told; e.Object.Name != "contoso" {
		t.Errorf("told of %q", e.Object.Name)
	}
	if r.ByTenantID(contosoID) != first || r.ByTenantID(fabrikamID) != nil {
		t.Error("not found by the ID of its directory")
	}
	second := connect(t, r, contoso)
	if got, closing := r.ByName("contoso"); got != second || closing {
		t.Error("the new connection is not in place of the old one")
	}
	if err := r.Open(second); err != nil {
		t.Errorf("a connected Tenant refuses: %v", err)
	}
	r.Close("contoso")
	if err := r.Open(second); err == nil {
		t.Error("something new may be granted through a closing Tenant")
	}
	if got, closing := r.ByName("contoso"); got != second || !closing || r.ByTenantID(contosoID) != second {
		t.Error("a closing Tenant cannot be revoked through")
	}
	r.Disconnect("contoso")
	if got, closing := r.ByName("contoso"); got != nil || closing || r.ByTenantID(contosoID) != nil {
		t.Error("a disconnected Tenant is still there")
	}
	if err := r.Open(second); err == nil {
		t.Error("something new may be granted through a disconnected Tenant")
	}
	r.Disconnect("contoso") // once more is as good
}

// TestCreatedAnew holds that a Tenant is not taken for the one of its name that was being deleted, when the end of that
// one went unnoticed.
func TestCreatedAnew(t *testing.T) {
	r := NewRegistry()
	contoso := makeTenant("contoso", contosoID)
	connect(t, r, contoso)
	r.Close("contoso")
	deleting := contoso.DeepCopy()
	deleting.DeletionTimestamp = &metav1.Time{Time: time.Unix(1, 0)}
	connect(t, r, deleting)
	if _, closing := r.ByName("contoso"); !closing {
		t.Error("a Tenant is no longer closing once it is connected anew")
	}
	again := connect(t, r, contoso)
	if got, closing := r.ByName("contoso"); got != again || closing {
		t.Error("the new Tenant is taken for the old one")
	}
}

// TestForget holds that the end of a Tenant is told, to those who had too many to choose from.
func TestForget(t *testing.T) {
	r := NewRegistry()
	connect(t, r, makeTenant("contoso", contosoID))
	told := r.Subscribe()
	r.Forget("contoso")
	if c, _ := r.ByName("contoso"); c != nil {
		t.Error("a Tenant that has gone is still there")
	}
	if e := <-told; e.Object.Name != "contoso" || e.Object.Spec.TenantID != "" {
		t.Errorf("told of %v", e.Object)
	}
}

// TestSubscriberThatDoesNotListen holds that nobody waits for one.
func TestSubscriberThatDoesNotListen(t *testing.T) {
	r := NewRegistry()
	told := r.Subscribe()
	contoso := makeTenant("contoso", contosoID)
	connection := connect(t, r, contoso)
	for range 2 * subscriberBuffer {
		r.Connect(contoso, connection)
	}
	if len(told) != subscriberBuffer {
		t.Errorf("%d changes wait", len(told))
	}
}

func TestConnectionOfATenant(t *testing.T) {
	c := NewConnection(makeTenant("contoso", "5F2C1C6E-9A3B-4D5C-8E7F-0A1B2C3D4E5F"), nil, "print", clock.RealClock{})
	if c.TenantID != contosoID || c.Fingerprint != "print" {
		t.Errorf("got %q, %q", c.TenantID, c.Fingerprint)
	}
	if o := c.Object(); o.Name != "contoso" || o.UID != "uid-contoso" || o.Kind != "Tenant" {
		t.Errorf("events would be about %v", o)
	}
}
