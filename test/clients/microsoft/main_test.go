//go:debug x509usefallbackroots=1

package microsoft

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	abstractions "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoft/kiota-abstractions-go/serialization"
	kjson "github.com/microsoft/kiota-serialization-json-go"
	ktext "github.com/microsoft/kiota-serialization-text-go"
	core "github.com/microsoftgraph/msgraph-sdk-go-core"
	auth "github.com/microsoftgraph/msgraph-sdk-go-core/authentication"
	"github.com/microsoftgraph/msgraph-sdk-go/models/odataerrors"

	"github.com/rolewarden/rolewarden/internal/graphsim"
	"github.com/rolewarden/rolewarden/test/clients/cloud"
)

// What the demo's seed holds.
const (
	contoso          = "5f2c1c6e-9a3b-4d5c-8e7f-0a1b2c3d4e5f"
	automation       = "1e20ab63-7c4f-4d9e-a021-8b6f3c5d7e92"
	automationSecret = "automation-demo-secret"
	alice            = "ace08ec9-aa11-4ada-9145-addf0398233e"
	bob              = "b1d19fda-bb22-4beb-a256-beef14a9344f"
	erin             = "e404c20d-ee55-4e1e-9589-e11147dc6772"
	helpdesk         = "4a6ab863-44bb-4474-9bef-4777ad32cdd8"
	everybody        = "6c8cda85-66dd-4696-bd01-6999cf54effa"
	berlin           = "a504e38c-90bf-42d1-b378-4cfd04152637"
	helpdeskAdmin    = "729827e3-9c14-49f7-bb1b-9608f156bbb8"
	nobody           = "00000000-0000-4000-8000-00000000dead"
)

// public is the cloud of all tests: clients read their proxy once.
var public *cloud.Cloud

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	// What the SDK's client registers when it is made.
	abstractions.RegisterDefaultSerializer(func() serialization.SerializationWriterFactory { return kjson.NewJsonSerializationWriterFactory() })
	abstractions.RegisterDefaultDeserializer(func() serialization.ParseNodeFactory { return kjson.NewJsonParseNodeFactory() })
	abstractions.RegisterDefaultDeserializer(func() serialization.ParseNodeFactory { return ktext.NewTextParseNodeFactory() })
	var err error
	if public, err = cloud.Start(context.Background()); err == nil {
		err = public.Enter()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = public.Close() }()
	return m.Run()
}

// client is what msgraph-sdk-go's NewGraphServiceClientWithCredentials builds
// from a credential and nothing else, less the request builders for all of
// Graph, which take twenty minutes to compile.
type client struct {
	*core.GraphRequestAdapterBase
	control *graphsim.Control
}

func connect(t *testing.T) client {
	t.Helper()
	control := simulate(t)
	credential, err := azidentity.NewClientSecretCredential(contoso, automation, automationSecret, nil)
	if err != nil {
		t.Fatal(err)
	}
	return client{adapt(t, credential), control}
}

// simulate starts the demo's tenants over.
func simulate(t *testing.T) *graphsim.Control {
	t.Helper()
	s, err := public.Simulate("../../../config/demo/contoso.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return s.Control()
}

func adapt(t *testing.T, credential azcore.TokenCredential) *core.GraphRequestAdapterBase {
	t.Helper()
	provider, err := auth.NewAzureIdentityAuthenticationProvider(credential)
	if err != nil {
		t.Fatal(err)
	}
	adapter, err := core.NewGraphRequestAdapterBase(provider, core.GraphClientOptions{GraphServiceLibraryVersion: "1.89.0"})
	if err != nil {
		t.Fatal(err)
	}
	adapter.SetBaseUrl("https://graph.microsoft.com/v1.0")
	return adapter
}

// at are the path parameters of a request builder.
func (c client) at() map[string]string { return map[string]string{"baseurl": c.GetBaseUrl()} }

// refused fails the test unless the SDK read the refusal as what it is.
func refused(t *testing.T, err error, status int, code, message string) {
	t.Helper()
	failure, ok := errors.AsType[*odataerrors.ODataError](err)
	if !ok {
		t.Errorf("%v is not an ODataError", err)
		return
	}
	inner := failure.GetErrorEscaped()
	if failure.GetStatusCode() != status || *inner.GetCode() != code || *inner.GetMessage() != message {
		t.Errorf("%d %s %q, want %d %s %q", failure.GetStatusCode(), *inner.GetCode(), *inner.GetMessage(), status, code, message)
	}
	if inner.GetInnerError().GetRequestId() == nil || inner.GetInnerError().GetDate() == nil {
		t.Error("the inner error has no ID of the request, or no date")
	}
}

func value[T any](v T) *T { return &v }
