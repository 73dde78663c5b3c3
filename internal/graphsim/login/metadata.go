package login

import (
	"net/http"

	"github.com/rolewarden/rolewarden/internal/graphsim/gate"
	"github.com/rolewarden/rolewarden/internal/graphsim/wire"
)

// metadata is the document by which tools find a cloud's endpoints: the
// simulator is all of them. Documented: Azure Stack Hub docs, azure-stack-
// endpoints; the names are those that HashiCorp's go-azure-sdk reads.
func (e *Endpoint) metadata(req request, _ gate.Moment) wire.Response {
	return wire.JSON(http.StatusOK, map[string]any{
		"name": "Simulated",
		"authentication": map[string]any{
			"loginEndpoint": req.base, "audiences": []string{"https://management.core.windows.net/", "https://management.azure.com/"},
			"tenant": "common", "identityProvider": "AAD",
		},
		"graph": req.base, "graphAudience": req.base, "microsoftGraphResourceId": req.base,
		"resourceManager": req.base, "portal": req.base,
		"suffixes": map[string]any{"storage": "core.windows.net", "keyVaultDns": "vault.azure.net"},
	})
}
