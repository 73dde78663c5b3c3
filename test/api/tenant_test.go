package api

import (
	"context"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const (
	tenantID   = "tenantID: 7f58dd1c-3e0f-4f1a-9d3c-0f8a4d1d5f10"
	credential = "credential: {workloadIdentity: {clientID: " + id + "}}"
	custom     = tenantID + ", " + credential + ", cloud: Custom"
	fourWays   = oneOf + "[workloadIdentity clientSecret certificate managedIdentity] must be set"
	notAURL    = "must be https://host or https://host:port, without a path"
	notAnOwn   = "must be the name of an object in the controller's namespace: lower case letters, digits, '-' and '.'"
	notAKey    = "must be a key of the data: letters, digits, '-', '_' and '.'"
	noPair     = "set endpoints together with cloud: Custom; the named clouds have endpoints of their own"
)

func TestTenantRules(t *testing.T) {
	checkRules(t, "Tenant", map[string]rule{
		"least":                      {spec: "{" + tenantID + ", credential: {workloadIdentity: {}}}"},
		"no tenant ID":               {spec: "{" + credential + "}", refuse: missing},
		"tenant ID is a domain":      {spec: "{tenantID: contoso.com, " + credential + "}", refuse: notAnID},
		"no credential":              {spec: "{" + tenantID + "}", refuse: missing},
		"empty credential":           {spec: "{" + tenantID + ", credential: {}}", refuse: fourWays},
		"two credentials":            {spec: "{" + tenantID + ", credential: {workloadIdentity: {}, managedIdentity: {}}}", refuse: fourWays},
		"managed identity":           {spec: "{" + tenantID + ", credential: {managedIdentity: {}}}"},
		"managed identity by name":   {spec: "{" + tenantID + ", credential: {managedIdentity: {clientID: mine}}}", refuse: notAnID},
		"workload identity by name":  {spec: "{" + tenantID + ", credential: {workloadIdentity: {clientID: mine}}}", refuse: notAnID},
		"client secret":              {spec: "{" + tenantID + ", credential: {clientSecret: {clientID: " + id + ", secretRef: {name: s}}}}"},
		"client secret, other key":   {spec: "{" + tenantID + ", credential: {clientSecret: {clientID: " + id + ", secretRef: {name: s, key: my_Key.1}}}}"},
		"client secret, bad key":     {spec: "{" + tenantID + ", credential: {clientSecret: {clientID: " + id + ", secretRef: {name: s, key: a/b}}}}", refuse: notAKey},
		"client secret, bad name":    {spec: "{" + tenantID + ", credential: {clientSecret: {clientID: " + id + ", secretRef: {name: other/s}}}}", refuse: notAnOwn},
		"client secret, no secret":   {spec: "{" + tenantID + ", credential: {clientSecret: {clientID: " + id + "}}}", refuse: missing},
		"client secret, no client":   {spec: "{" + tenantID + ", credential: {clientSecret: {secretRef: {name: s}}}}", refuse: missing},
		"client secret, client name": {spec: "{" + tenantID + ", credential: {clientSecret: {clientID: app, secretRef: {name: s}}}}", refuse: notAnID},
		"certificate":                {spec: "{" + tenantID + ", credential: {certificate: {clientID: " + id + ", secretRef: {name: s}}}}"},
		"certificate, bad name":      {spec: "{" + tenantID + ", credential: {certificate: {clientID: " + id + ", secretRef: {name: S}}}}", refuse: notAnOwn},
		"certificate, no client":     {spec: "{" + tenantID + ", credential: {certificate: {secretRef: {name: s}}}}", refuse: missing},

		"every cloud's name":       {spec: "{" + tenantID + ", " + credential + ", cloud: USGovDoD}"},
		"unknown cloud":            {spec: "{" + tenantID + ", " + credential + ", cloud: Germany}", refuse: notAllowed},
		"custom":                   {spec: "{" + custom + ", endpoints: {login: 'https://login.example.com', graph: 'https://graph.example.com:8443/'}}"},
		"custom over IPv6":         {spec: "{" + custom + ", endpoints: {login: 'https://[::1]:1', graph: 'https://[::1]:1'}}"},
		"custom with bundle":       {spec: "{" + custom + ", endpoints: {login: 'https://l.example', graph: 'https://g.example', caBundleRef: {name: ca}}}"},
		"bundle with bad name":     {spec: "{" + custom + ", endpoints: {login: 'https://l.example', graph: 'https://g.example', caBundleRef: {name: C_A}}}", refuse: notAnOwn},
		"bundle with bad key":      {spec: "{" + custom + ", endpoints: {login: 'https://l.example', graph: 'https://g.example', caBundleRef: {name: ca, key: 'a b'}}}", refuse: notAKey},
		"bundle without name":      {spec: "{" + custom + ", endpoints: {login: 'https://l.example', graph: 'https://g.example', caBundleRef: {}}}", refuse: missing},
		"custom without endpoints": {spec: "{" + custom + "}", refuse: noPair},
		"endpoints without custom": {spec: "{" + tenantID + ", " + credential + ", endpoints: {login: 'https://l.example', graph: 'https://g.example'}}", refuse: noPair},
		"endpoints of a cloud":     {spec: "{" + tenantID + ", " + credential + ", cloud: China, endpoints: {login: 'https://l.example', graph: 'https://g.example'}}", refuse: noPair},
		"login without TLS":        {spec: "{" + custom + ", endpoints: {login: 'http://login.example', graph: 'https://g.example'}}", refuse: notAURL},
		"graph with version":       {spec: "{" + custom + ", endpoints: {login: 'https://l.example', graph: 'https://g.example/v1.0'}}", refuse: notAURL},
		"graph with user":          {spec: "{" + custom + ", endpoints: {login: 'https://l.example', graph: 'https://me@g.example'}}", refuse: notAURL},
		"graph with query":         {spec: "{" + custom + ", endpoints: {login: 'https://l.example', graph: 'https://g.example?x=1'}}", refuse: notAURL},
		"no graph":                 {spec: "{" + custom + ", endpoints: {login: 'https://l.example'}}", refuse: missing},
	})
}

func TestTenantIDCannotChange(t *testing.T) {
	obj := object(t, "Tenant", "{"+tenantID+", "+credential+"}")
	if err := server.Create(t.Context(), obj); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Delete(context.Background(), obj) })
	if err := unstructured.SetNestedField(obj.Object, "USGov", "spec", "cloud"); err != nil {
		t.Fatal(err)
	}
	if err := server.Update(t.Context(), obj); err != nil {
		t.Errorf("want the cloud to be editable, got: %v", err)
	}
	if err := unstructured.SetNestedField(obj.Object, id, "spec", "tenantID"); err != nil {
		t.Fatal(err)
	}
	check(t, server.Update(t.Context(), obj), "cannot change: grants in the old directory would be left behind; create another Tenant instead")
}

func repeat(s string, n int) string { return strings.Repeat(s, n) }

func rawSelector(fields string) *metav1.ListOptions {
	return &metav1.ListOptions{FieldSelector: fields}
}
