package login

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"testing"
)

func TestParseJWKS(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	keys, err := parseJWKS(fmt.Sprintf(`{"keys":[{"kty":"EC","crv":"P-256","kid":"k","x":%q,"y":%q}]}`, encode(raw[1:33]), encode(raw[33:])))
	if err != nil {
		t.Fatal(err)
	}
	for _, parsed := range keys {
		if !key.PublicKey.Equal(parsed) {
			t.Errorf("key = %v", parsed)
		}
	}
	if keys, err := parseJWKS(""); keys != nil || err != nil {
		t.Errorf("no document: %v, %v", keys, err)
	}
}

func TestParseJWKSErrors(t *testing.T) {
	for _, document := range []string{"x", `{"keys":[{"kty":"oct"}]}`, `{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]}`} {
		if _, err := parseJWKS(document); err == nil {
			t.Errorf("parseJWKS(%s) accepted", document)
		}
	}
}
