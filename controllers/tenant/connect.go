package tenant

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graph/msgraph"
)

// Environment is what the workload identity webhook put into the controller's environment.
type Environment struct {
	// ClientID is AZURE_CLIENT_ID.
	ClientID string
	// TokenFile is AZURE_FEDERATED_TOKEN_FILE.
	TokenFile string
}

// options turns a spec, with what it refers to in the controller's namespace, into the options of a client.
func (r *Reconciler) options(ctx context.Context, spec *v1alpha1.TenantSpec) (msgraph.Options, error) {
	o := msgraph.Options{TenantID: string(spec.TenantID), Clock: r.Clock, Transport: r.Transport, UserAgent: r.UserAgent, Pauses: r.pauses}
	var err error
	if o.Cloud, o.CABundle, err = r.cloud(ctx, spec); err != nil {
		return o, err
	}
	o.Credential, err = r.credential(ctx, &spec.Credential)
	return o, err
}

func (r *Reconciler) cloud(ctx context.Context, spec *v1alpha1.TenantSpec) (msgraph.Cloud, []byte, error) {
	switch spec.Cloud {
	case v1alpha1.CloudUSGov:
		return msgraph.USGov(), nil, nil
	case v1alpha1.CloudUSGovDoD:
		return msgraph.USGovDoD(), nil, nil
	case v1alpha1.CloudChina:
		return msgraph.China(), nil, nil
	case v1alpha1.CloudCustom:
	default:
		return msgraph.Public(), nil, nil
	}
	custom := msgraph.Endpoints(string(spec.Endpoints.Login), string(spec.Endpoints.Graph))
	if spec.Endpoints.CABundleRef.Name == "" {
		return custom, nil, nil
	}
	bundle, err := r.configMapKey(ctx, spec.Endpoints.CABundleRef)
	return custom, bundle, err
}

func (r *Reconciler) credential(ctx context.Context, c *v1alpha1.Credential) (msgraph.Credential, error) {
	switch {
	case c.ClientSecret.ClientID != "":
		secret, err := r.secretKey(ctx, c.ClientSecret.SecretRef.Name, c.ClientSecret.SecretRef.Key)
		return msgraph.ClientSecret{ClientID: string(c.ClientSecret.ClientID), Secret: string(secret)}, err
	case c.Certificate.ClientID != "":
		return r.certificate(ctx, &c.Certificate)
	case c.ManagedIdentity != nil:
		return msgraph.ManagedIdentity{ClientID: string(c.ManagedIdentity.ClientID)}, nil
	}
	return r.workloadIdentity(c.WorkloadIdentity)
}

func (r *Reconciler) certificate(ctx context.Context, c *v1alpha1.Certificate) (msgraph.Credential, error) {
	certificate, err := r.secretKey(ctx, c.SecretRef.Name, corev1.TLSCertKey)
	if err != nil {
		return nil, err
	}
	key, err := r.secretKey(ctx, c.SecretRef.Name, corev1.TLSPrivateKeyKey)
	if err != nil {
		return nil, err
	}
	data := append(append([]byte{}, certificate...), '\n')
	return msgraph.Certificate{ClientID: string(c.ClientID), Data: append(data, key...)}, nil
}

func (r *Reconciler) workloadIdentity(w *v1alpha1.WorkloadIdentity) (msgraph.Credential, error) {
	identity := msgraph.WorkloadIdentity{ClientID: r.Environment.ClientID, TokenFile: r.Environment.TokenFile}
	if w != nil && w.ClientID != "" {
		identity.ClientID = string(w.ClientID)
	}
	if identity.TokenFile == "" {
		return nil, missingError{"The controller has no workload identity token: label its pod azure.workload.identity/use=true, or give the Tenant another credential"}
	}
	if identity.ClientID == "" {
		return nil, missingError{"No client ID for workload identity: set credential.workloadIdentity.clientID"}
	}
	return identity, nil
}

func (r *Reconciler) secretKey(ctx context.Context, name v1alpha1.ObjectName, key v1alpha1.DataKey) ([]byte, error) {
	var secret corev1.Secret
	if err := r.fetch(ctx, "Secret", string(name), &secret); err != nil {
		return nil, err
	}
	return r.valueOf("Secret", string(name), string(key), secret.Data[string(key)])
}

func (r *Reconciler) configMapKey(ctx context.Context, ref v1alpha1.ConfigMapKeyReference) ([]byte, error) {
	var configMap corev1.ConfigMap
	if err := r.fetch(ctx, "ConfigMap", string(ref.Name), &configMap); err != nil {
		return nil, err
	}
	return r.valueOf("ConfigMap", string(ref.Name), string(ref.Key), []byte(configMap.Data[string(ref.Key)]))
}

func (r *Reconciler) fetch(ctx context.Context, kind, name string, into client.Object) error {
	err := r.Client.Get(ctx, client.ObjectKey{Namespace: r.Namespace, Name: name}, into)
	if apierrors.IsNotFound(err) {
		return missingError{fmt.Sprintf("There is no %s %q in namespace %q", kind, name, r.Namespace)}
	}
	return err
}

func (r *Reconciler) valueOf(kind, name, key string, value []byte) ([]byte, error) {
	if len(value) == 0 {
		return nil, missingError{fmt.Sprintf("%s %q in namespace %q has nothing under the key %q", kind, name, r.Namespace, key)}
	}
	return value, nil
}

// fingerprint identifies which Tenant a connection is for and what it is made from, without giving a secret away.
func fingerprint(t *v1alpha1.Tenant, o msgraph.Options) string {
	sum := sha256.New()
	sum.Write([]byte(t.UID))
	// A spec always encodes; the credential's text is its kind and client ID, so its secrets are added as bytes.
	_ = json.NewEncoder(sum).Encode(t.Spec)
	sum.Write(o.CABundle)
	switch c := o.Credential.(type) {
	case msgraph.ClientSecret:
		sum.Write([]byte(c.Secret))
	case msgraph.Certificate:
		sum.Write(c.Data)
	}
	return hex.EncodeToString(sum.Sum(nil))
}
