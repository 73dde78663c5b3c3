module github.com/rolewarden/rolewarden/test/clients

go 1.26.0

replace github.com/rolewarden/rolewarden => ../..

require (
	github.com/google/go-cmp v0.7.0
	github.com/hashicorp/go-azure-sdk/microsoft-graph v0.20260212.1143955
	github.com/hashicorp/go-azure-sdk/sdk v0.20260212.1143955
	github.com/rolewarden/rolewarden v0.0.0-00010101000000-000000000000
)

require (
	github.com/golang-jwt/jwt/v5 v5.3.1 // indirect
	github.com/hashicorp/go-azure-helpers v0.76.2 // indirect
	github.com/hashicorp/go-cleanhttp v0.5.2 // indirect
	github.com/hashicorp/go-retryablehttp v0.7.7 // indirect
	github.com/hashicorp/go-uuid v1.0.3 // indirect
	github.com/hashicorp/go-version v1.7.0 // indirect
	go.yaml.in/yaml/v2 v2.4.4 // indirect
	golang.org/x/crypto v0.58.0 // indirect
	golang.org/x/oauth2 v0.36.0 // indirect
	golang.org/x/time v0.16.0 // indirect
	sigs.k8s.io/yaml v1.6.0 // indirect
	software.sslmate.com/src/go-pkcs12 v0.4.0 // indirect
)
