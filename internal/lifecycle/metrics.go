package lifecycle

import (
	"github.com/prometheus/client_golang/prometheus"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
)

// Values of the label result.
const (
	resultGranted    = "granted"
	resultRevoked    = "revoked"
	resultHandedOver = "handed_over"
	resultOrphaned   = "orphaned"
	resultDrift      = "drift_found"
	resultLost       = "finalizer_removed"
)

var results = prometheus.NewCounterVec(prometheus.CounterOpts{
	Name: "rolewarden_grants_total",
	Help: "What became of grants, by kind of object and result. Granted and revoked count effective changes of a directory.",
}, []string{"kind", "result"})

func init() { metrics.Registry.MustRegister(results) }

func count(kind, result string) { results.WithLabelValues(kind, result).Inc() }
