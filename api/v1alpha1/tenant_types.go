package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

const (
	// TenantFinalizer keeps a Tenant while an object still holds a grant in its directory.
	TenantFinalizer = "entra.rolewarden.dev/in-use"
)

// Cloud is a Microsoft cloud.
// +kubebuilder:validation:Enum=Public;USGov;USGovDoD;China;Custom
type Cloud string

// Values of Cloud.
const (
	// CloudPublic is the worldwide cloud.
	CloudPublic Cloud = "Public"
	// CloudUSGov is Microsoft Cloud for US Government L4.
	CloudUSGov Cloud = "USGov"
	// CloudUSGovDoD is Microsoft Cloud for US Government L5 (DoD).
	CloudUSGovDoD Cloud = "USGovDoD"
	// CloudChina is operated by 21Vianet.
	CloudChina Cloud = "China"
	// CloudCustom is at spec.endpoints.
	CloudCustom Cloud = "Custom"
)

// URL is the root of an HTTPS service.
// +kubebuilder:validation:MinLength=9
// +kubebuilder:validation:MaxLength=253
// +kubebuilder:validation:XValidation:rule="isURL(self) && self.matches('^https://[^/?#@\\\\s]+/?$')",message="must be https://host or https://host:port, without a path"
type URL string

// ObjectName is the name of an object in the controller's namespace.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=253
// +kubebuilder:validation:XValidation:rule="!format.dns1123Subdomain().validate(self).hasValue()",message="must be the name of an object in the controller's namespace: lower case letters, digits, '-' and '.'"
type ObjectName string

// DataKey is a key in the data of a Secret or ConfigMap.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=253
// +kubebuilder:validation:XValidation:rule="self.matches('^[-._a-zA-Z0-9]+$')",message="must be a key of the data: letters, digits, '-', '_' and '.'"
type DataKey string

// ConfigMapKeyReference names a key of a ConfigMap in the controller's namespace.
type ConfigMapKeyReference struct {
	// name is the name of the ConfigMap.
	// +required
	Name ObjectName `json:"name,omitempty"`

	// key is the key in its data.
	// +optional
	// +kubebuilder:default="ca.crt"
	Key DataKey `json:"key,omitempty"`
}

// SecretKeyReference names a key of a Secret in the controller's namespace.
type SecretKeyReference struct {
	// name is the name of the Secret.
	// +required
	Name ObjectName `json:"name,omitempty"`

	// key is the key in its data.
	// +optional
	// +kubebuilder:default="clientSecret"
	Key DataKey `json:"key,omitempty"`
}

// SecretReference names a Secret in the controller's namespace.
type SecretReference struct {
	// name is the name of the Secret.
	// +required
	Name ObjectName `json:"name,omitempty"`
}

// Endpoints are the services of a cloud that is not one of the named ones.
type Endpoints struct {
	// login is the authority, such as https://login.example.com.
	// +required
	Login URL `json:"login,omitempty"`

	// graph is the root of Microsoft Graph, without a version, such as https://graph.example.com.
	// +required
	Graph URL `json:"graph,omitempty"`

	// caBundleRef names the PEM certificates of the authorities that both are trusted by. Left out, it is those of the
	// controller's image.
	// +optional
	CABundleRef ConfigMapKeyReference `json:"caBundleRef,omitzero"`
}

// WorkloadIdentity signs in with the controller's own service account token.
type WorkloadIdentity struct {
	// clientID is the appId of the application. Left out, it is what the workload identity webhook put into the
	// controller's environment (AZURE_CLIENT_ID).
	// +optional
	ClientID ObjectID `json:"clientID,omitempty"`
}

// ClientSecret signs in with a secret of the application.
type ClientSecret struct {
	// clientID is the appId of the application.
	// +required
	ClientID ObjectID `json:"clientID,omitempty"`

	// secretRef names the Secret that holds the client secret, under the key clientSecret unless it says otherwise.
	// +required
	SecretRef SecretKeyReference `json:"secretRef,omitzero"`
}

// Certificate signs in with a certificate of the application.
type Certificate struct {
	// clientID is the appId of the application.
	// +required
	ClientID ObjectID `json:"clientID,omitempty"`

	// secretRef names a Secret of type kubernetes.io/tls: the certificate under tls.crt, its private key under tls.key.
	// +required
	SecretRef SecretReference `json:"secretRef,omitzero"`
}

// ManagedIdentity signs in with the identity of the Azure machine that the controller runs on.
type ManagedIdentity struct {
	// clientID is the client ID of a user-assigned identity. Left out, it is the system-assigned one.
	// +optional
	ClientID ObjectID `json:"clientID,omitempty"`
}

// Credential is how the controller signs in to the directory.
// +kubebuilder:validation:ExactlyOneOf=workloadIdentity;clientSecret;certificate;managedIdentity
type Credential struct {
	// workloadIdentity uses the controller's own service account token; no secret is kept.
	// +optional
	WorkloadIdentity *WorkloadIdentity `json:"workloadIdentity,omitempty"`

	// clientSecret uses a secret of the application.
	// +optional
	ClientSecret ClientSecret `json:"clientSecret,omitzero"`

	// certificate uses a certificate of the application.
	// +optional
	Certificate Certificate `json:"certificate,omitzero"`

	// managedIdentity uses the identity of the Azure machine that the controller runs on.
	// +optional
	ManagedIdentity *ManagedIdentity `json:"managedIdentity,omitempty"`
}

// TenantSpec says which directory this is and how the controller signs in to it.
// +kubebuilder:validation:XValidation:rule="(has(self.cloud) && self.cloud == 'Custom') == has(self.endpoints)",message="set endpoints together with cloud: Custom; the named clouds have endpoints of their own"
type TenantSpec struct {
	// tenantID is the ID of the directory. It cannot change: grants in the old directory would be left behind.
	// +required
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="cannot change: grants in the old directory would be left behind; create another Tenant instead"
	TenantID ObjectID `json:"tenantID,omitempty"`

	// cloud is the Microsoft cloud of the directory: Public, USGov, USGovDoD or China, or Custom for other endpoints.
	// +optional
	// +kubebuilder:default=Public
	Cloud Cloud `json:"cloud,omitempty"`

	// endpoints are the services of a Custom cloud.
	// +optional
	Endpoints Endpoints `json:"endpoints,omitzero"`

	// credential is how the controller signs in. Secrets are read from the controller's own namespace only.
	// +required
	Credential Credential `json:"credential,omitzero"`
}

// TenantIdentity is who the controller is in the directory.
type TenantIdentity struct {
	// appID is the appId of the application.
	// +optional
	AppID ObjectID `json:"appID,omitempty"`

	// objectID is the object ID of its service principal.
	// +optional
	ObjectID ObjectID `json:"objectID,omitempty"`
}

// TenantPermissions are application permissions of Microsoft Graph, read from the access token.
type TenantPermissions struct {
	// granted are those that the controller uses and has.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=128
	Granted []string `json:"granted,omitempty"`

	// missing are those that the controller uses and does not have.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=128
	Missing []string `json:"missing,omitempty"`
}

// TenantStatus is what the controller knows of the directory.
// +kubebuilder:validation:MinProperties=1
type TenantStatus struct {
	// conditions are Ready, and Reconciling or Stalled while true.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=8
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// observedGeneration is the generation of the spec that the conditions speak of; -1 before the first look.
	// +optional
	// +kubebuilder:validation:Minimum=-1
	ObservedGeneration *int64 `json:"observedGeneration,omitempty"`

	// identity is who the controller is in the directory.
	// +optional
	Identity *TenantIdentity `json:"identity,omitempty"`

	// permissions are the application permissions that the controller has and lacks.
	// +optional
	Permissions *TenantPermissions `json:"permissions,omitempty"`

	// lastHandledReconcileAt is the value of the annotation entra.rolewarden.dev/requested-at that was handled last.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	LastHandledReconcileAt string `json:"lastHandledReconcileAt,omitempty"`
}

// Tenant is one Microsoft Entra directory, and the controller's way into it. It cannot go while objects hold grants there.
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Cluster,categories=entra
// +kubebuilder:printcolumn:name="Tenant ID",type=string,JSONPath=`.spec.tenantID`
// +kubebuilder:printcolumn:name="Cloud",type=string,JSONPath=`.spec.cloud`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Message",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
// +kubebuilder:printcolumn:name="Missing",type=string,priority=1,JSONPath=`.status.permissions.missing`
// +kubebuilder:selectablefield:JSONPath=`.spec.tenantID`
type Tenant struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard object's metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec is the directory and the way into it.
	// +required
	Spec TenantSpec `json:"spec,omitzero"`

	// status is what the controller knows of it.
	// +optional
	// +kubebuilder:default={"observedGeneration":-1}
	Status TenantStatus `json:"status,omitzero"`
}

// TenantList is a list of Tenants.
// +kubebuilder:object:root=true
type TenantList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Tenant `json:"items"`
}
