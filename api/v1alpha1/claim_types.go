package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

const (
	// RevokeFinalizer keeps an object until what it stands for is proven to be gone from the directory.
	RevokeFinalizer = "entra.rolewarden.dev/revoke"

	// ReconcileRequestAnnotation asks for a reconcile now, with a value that differs from the last one. Names that were
	// pinned to a principal that has gone are looked up again. The value handled is echoed in
	// status.lastHandledReconcileAt.
	ReconcileRequestAnnotation = "entra.rolewarden.dev/requested-at"
)

// ObjectID is the ID of an object in the directory.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=36
// +kubebuilder:validation:XValidation:rule="self.matches('^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$')",message="must be an ID such as ace08ec9-aa11-4ada-9145-addf0398233e; a name belongs into the field for names"
type ObjectID string

// DisplayName is the name of an object in the directory. Names are not unique there, so it must match exactly one.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=256
// +kubebuilder:validation:XValidation:rule="self.matches('^[^\\\\s\\\\p{Cc}]([^\\\\p{Cc}]*[^\\\\s\\\\p{Cc}])?$')",message="must be the exact display name, without line breaks or other control characters and without blanks at either end"
type DisplayName string

// Adoption says what to do when the directory holds already what is asked for.
// +kubebuilder:validation:Enum=Adopt;Refuse
type Adoption string

// Values of Adoption.
const (
	// AdoptionAdopt takes over what is there: from then on deleting the object removes it.
	AdoptionAdopt Adoption = "Adopt"
	// AdoptionRefuse leaves what is there alone and says so.
	AdoptionRefuse Adoption = "Refuse"
)

// DeletionPolicy says what becomes of the privilege when its object is deleted.
// +kubebuilder:validation:Enum=Revoke;Orphan
type DeletionPolicy string

// Values of DeletionPolicy.
const (
	// DeletionPolicyRevoke removes the privilege before the object goes.
	DeletionPolicyRevoke DeletionPolicy = "Revoke"
	// DeletionPolicyOrphan leaves the privilege in the directory, where nothing of the cluster stands for it any more.
	DeletionPolicyOrphan DeletionPolicy = "Orphan"
)

// Mode says how far the controller goes.
// +kubebuilder:validation:Enum=Enforce;Observe;Suspend
type Mode string

// Values of Mode.
const (
	// ModeEnforce makes the directory match.
	ModeEnforce Mode = "Enforce"
	// ModeObserve reports and never writes to the directory while the object lives.
	ModeObserve Mode = "Observe"
	// ModeSuspend does nothing while the object lives.
	ModeSuspend Mode = "Suspend"
)

// Origin says how the object came by what it stands for.
// +kubebuilder:validation:Enum=Created;Adopted
type Origin string

// Values of Origin.
const (
	// OriginCreated means that the controller created it in the directory.
	OriginCreated Origin = "Created"
	// OriginAdopted means that it was in the directory before.
	OriginAdopted Origin = "Adopted"
)

// TenantReference names a Tenant.
type TenantReference struct {
	// name is the name of the Tenant.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name,omitempty"`
}

// ClaimSpec is what every kind that stands for something in a directory has in its spec.
type ClaimSpec struct {
	// tenantRef names the Tenant whose directory is meant. It may be left out where exactly one Tenant exists.
	// +optional
	TenantRef TenantReference `json:"tenantRef,omitzero"`

	// adoption says what to do when the directory holds already what is asked for: Adopt takes it over, so that deleting
	// this object removes it; Refuse leaves it alone and reports AlreadyExists. Adopt is the default.
	// +optional
	// +kubebuilder:default=Adopt
	Adoption Adoption `json:"adoption,omitempty"`

	// deletionPolicy says what becomes of the privilege when this object is deleted: Revoke removes it first; Orphan
	// leaves it in the directory. Revoke is the default.
	// +optional
	// +kubebuilder:default=Revoke
	DeletionPolicy DeletionPolicy `json:"deletionPolicy,omitempty"`

	// mode says how far the controller goes: Enforce makes the directory match; Observe only reports; Suspend does
	// nothing. Deleting the object revokes what it holds in every mode. Enforce is the default.
	// +optional
	// +kubebuilder:default=Enforce
	Mode Mode `json:"mode,omitempty"`
}

// ClaimStatus is what every kind that stands for something in a directory has in its status.
type ClaimStatus struct {
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

	// origin says whether the controller created the grant or adopted one that was there.
	// +optional
	Origin Origin `json:"origin,omitempty"`

	// resolvedSpec is a digest of the fields that the grant was resolved from. While it matches them, names are not
	// looked up again.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	ResolvedSpec string `json:"resolvedSpec,omitempty"`

	// lastCreateTime is when the newest create call for this grant was about to be sent, those left out that were refused.
	// +optional
	LastCreateTime *metav1.MicroTime `json:"lastCreateTime,omitempty"`

	// unansweredCreateTime is when the newest create call was about to be sent of which no answer is known. Until the
	// propagation window has passed since then, it may still take effect.
	// +optional
	UnansweredCreateTime *metav1.MicroTime `json:"unansweredCreateTime,omitempty"`

	// lastHandledReconcileAt is the value of the annotation entra.rolewarden.dev/requested-at that was handled last.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	LastHandledReconcileAt string `json:"lastHandledReconcileAt,omitempty"`
}
