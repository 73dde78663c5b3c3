package msgraph

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// canaries are texts that must not come out anywhere: the secret, the assertion, the signature of every token, and what
// the bodies hold beside code and message.
func canaries() []string {
	return []string{secret, "canary-assertion", "Y2FuYXJ5LXNpZ25hdHVyZQ", "canary-body"}
}

// echoes are other sides that repeat what they were sent, in every form that an answer may take.
func echoes() map[string]http.HandlerFunc {
	echo := func(status int, contentType, format string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			sent := strings.ReplaceAll(r.Header.Get("Authorization")+" "+string(body), `"`, "'")
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(status)
			_, _ = fmt.Fprintf(w, format, sent)
		}
	}
	return map[string]http.HandlerFunc{
		"an error":          echo(400, "application/json", `{"error":{"code":"Request_BadRequest","message":"%[1]s","innerError":{"x":"canary-body"}}}`),
		"an error code":     echo(400, "application/json", `{"error":{"code":"x","message":"","details":"%[1]s canary-body"}}`),
		"a code":            echo(400, "application/json", `{"error":{"code":"%[1]s","message":"x"}}`),
		"an outage":         echo(503, "text/html", `<html>%[1]s canary-body</html>`),
		"HTML":              echo(200, "text/html", `<html>%[1]s canary-body</html>`),
		"JSON of no sense":  echo(200, "application/json", `{"value":[{"id":{"canary-body":"%[1]s"}}]}`),
		"text in an object": echo(201, "application/json", `{"id":["%[1]s canary-body"]}`),
		"truncated JSON":    echo(200, "application/json", `{"value":[{"id":"%[1]s canary-body`),
		"a token error":     echo(400, "application/json", `{"error":"invalid_client","error_description":"AADSTS7000215: Wrong: %[1]s. canary-body","x":"canary-body"}`),
		"a strange token":   echo(200, "application/json", `{"token_type":"Bearer","expires_in":"%[1]s canary-body","access_token":5}`),
		"an opaque token":   echo(200, "application/json", `{"token_type":"Bearer","expires_in":3599,"access_token":"canary-body"}`),
		"no answer":         func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	}
}

func TestNothingSecretComesOut(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.canary-assertion"), 0o600); err != nil {
		t.Fatal(err)
	}
	credentials := map[string]Credential{
		"secret":   ClientSecret{ClientID: app, Secret: secret},
		"workload": WorkloadIdentity{ClientID: app, TokenFile: file},
	}
	for name, credential := range credentials {
		for answer, handler := range echoes() {
			t.Run(name+"/"+answer, func(t *testing.T) {
				s := newServer(t)
				c := s.client(t, func(o *Options) { o.Credential = credential })
				s.onGraph(handler)
				for _, operation := range operations() {
					inspect(t, operation(t.Context(), c))
				}
				s.onToken(handler)
				c = s.client(t, func(o *Options) { o.Credential = credential })
				_, err := c.Identity(t.Context())
				inspect(t, err)
			})
		}
	}
}

// inspect looks at an error in every way in which it may be printed, and at all that it wraps.
func inspect(t *testing.T, err error) {
	t.Helper()
	for ; err != nil; err = errors.Unwrap(err) {
		for _, text := range []string{err.Error(), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", err)} {
			for _, canary := range canaries() {
				if strings.Contains(text, canary) {
					t.Errorf("%q comes out: %s", canary, text)
				}
			}
		}
	}
}

func TestCredentialsDoNotPrint(t *testing.T) {
	for name, credential := range map[string]Credential{
		"secret":      ClientSecret{ClientID: app, Secret: secret},
		"certificate": Certificate{ClientID: app, Data: []byte(secret), Password: secret},
	} {
		for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
			options := Options{Credential: credential}
			if text := fmt.Sprintf(format, credential) + fmt.Sprintf(format, options); strings.Contains(text, secret) {
				t.Errorf("%s with %s prints the secret: %s", name, format, text)
			}
		}
	}
}
