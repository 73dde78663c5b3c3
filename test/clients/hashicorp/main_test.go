//go:debug x509usefallbackroots=1

package hashicorp

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/hashicorp/go-azure-sdk/sdk/auth"
	"github.com/hashicorp/go-azure-sdk/sdk/environments"

	"github.com/rolewarden/rolewarden/internal/graphsim"
	"github.com/rolewarden/rolewarden/test/clients/cloud"
)

// What the demo's seed holds.
const (
	contoso       = "5f2c1c6e-9a3b-4d5c-8e7f-0a1b2c3d4e5f"
	rolewarden    = "0d1f9a52-6b3e-4c8d-9f10-7a5e2b4c6d81"
	automation    = "1e20ab63-7c4f-4d9e-a021-8b6f3c5d7e92"
	ownObject     = "3e9d7c15-2f48-4b6a-8c01-d5e6f7a8b9c0"
	alice         = "ace08ec9-aa11-4ada-9145-addf0398233e"
	erin          = "e404c20d-ee55-4e1e-9589-e11147dc6772"
	payroll       = "72d1b059-6d8c-4fae-8045-19cad1e2f304"
	helpdesk      = "4a6ab863-44bb-4474-9bef-4777ad32cdd8"
	everybody     = "6c8cda85-66dd-4696-bd01-6999cf54effa"
	berlin        = "a504e38c-90bf-42d1-b378-4cfd04152637"
	helpdeskAdmin = "729827e3-9c14-49f7-bb1b-9608f156bbb8"
	nobody        = "00000000-0000-4000-8000-00000000dead"
)

// microsoft is the cloud of all tests: clients read their proxy once.
var microsoft *cloud.Cloud

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	var err error
	if microsoft, err = cloud.Start(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = microsoft.Close() }()
	if err := microsoft.Enter(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// account is an application that has signed in.
type account struct {
	t       *testing.T
	control *graphsim.Control
	graph   environments.Api
	login   auth.Authorizer
}

// signIn starts the demo's tenants over and signs in as the azuread provider
// does, in the environment it has built in for the public cloud.
func signIn(t *testing.T, appID, secret string) *account {
	t.Helper()
	s, err := microsoft.Simulate("../../../config/demo/contoso.yaml")
	if err != nil {
		t.Fatal(err)
	}
	public := environments.AzurePublic()
	login, err := auth.NewAuthorizerFromCredentials(deadline(t), auth.Credentials{
		Environment: *public, TenantID: contoso, ClientID: appID, ClientSecret: secret, EnableAuthenticatingUsingClientSecret: true,
	}, public.MicrosoftGraph)
	if err != nil {
		t.Fatal(err)
	}
	return &account{t, s.Control(), public.MicrosoftGraph, login}
}

// deadline is a context as the SDK demands it: it plans its retries by its end.
func deadline(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// asAutomation signs in with every permission there is, asRolewarden as an
// application that holds Global Administrator itself.
func asAutomation(t *testing.T) *account { return signIn(t, automation, "automation-demo-secret") }

func asRolewarden(t *testing.T) *account { return signIn(t, rolewarden, "rolewarden-demo-secret") }

// must is a client of one API, which make returns, with the account's login.
func must[C any](a *account, create func(environments.Api) (C, error), set func(C, auth.Authorizer)) C {
	a.t.Helper()
	client, err := create(a.graph)
	if err != nil {
		a.t.Fatal(err)
	}
	set(client, a.login)
	return client
}
