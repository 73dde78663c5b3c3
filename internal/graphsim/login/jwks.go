package login

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
)

// jwk is a public key as issuers publish it.
type jwk struct {
	Type  string `json:"kty"`
	ID    string `json:"kid"`
	N     string `json:"n"`
	E     string `json:"e"`
	Curve string `json:"crv"`
	X     string `json:"x"`
	Y     string `json:"y"`
}

// parseJWKS reads an issuer's keys: RSA, and the P-256 curve.
func parseJWKS(document string) (map[string]any, error) {
	if document == "" {
		return nil, nil
	}
	var set struct {
		Keys []jwk `json:"keys"`
	}
	if err := json.Unmarshal([]byte(document), &set); err != nil {
		return nil, err
	}
	keys := map[string]any{}
	for i, k := range set.Keys {
		key, err := k.public()
		if err != nil {
			return nil, fmt.Errorf("key %d: %w", i, err)
		}
		keys[fmt.Sprintf("%d %s", i, k.ID)] = key
	}
	return keys, nil
}

func (k jwk) public() (any, error) {
	number := func(text string) *big.Int { return new(big.Int).SetBytes(decode(text)) }
	switch {
	case k.Type == "RSA":
		return &rsa.PublicKey{N: number(k.N), E: int(number(k.E).Int64())}, nil
	case k.Type == "EC" && k.Curve == "P-256":
		const uncompressed = 4
		return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{uncompressed}, decode(k.X), decode(k.Y)))
	}
	return nil, fmt.Errorf("type %q %q is not supported; use RSA or EC with P-256", k.Type, k.Curve)
}
