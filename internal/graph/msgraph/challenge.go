package msgraph

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
)

var (
	bearer = regexp.MustCompile(`(?i)^Bearer\s`)
	quoted = regexp.MustCompile(`"([^"]*)"`)
)

// isChallenge tells whether resp is a claims challenge (Microsoft identity platform docs, claims-challenge) that kiota can
// answer: with a new token, once, sending the call again. That is safe for a POST too, since what Graph did not
// authenticate had no effect. The header is read exactly as kiota reads it, because kiota panics on what it does not
// expect and fails on what is not base64. Claims that are no JSON object azidentity would refuse: that is an answer of
// Graph's all the same, after which the token is given up.
func isChallenge(resp *http.Response) bool {
	header := resp.Header.Get("WWW-Authenticate")
	if resp.StatusCode != http.StatusUnauthorized || !bearer.MatchString(header) {
		return false
	}
	for parameter := range strings.SplitSeq(bearer.ReplaceAllString(header, ""), ",") {
		if !strings.HasPrefix(strings.Trim(parameter, " "), "claims") {
			continue
		}
		found := quoted.FindStringSubmatch(parameter)
		if found == nil || found[1] == "" {
			return false
		}
		var claims map[string]any
		text, err := base64.StdEncoding.DecodeString(found[1])
		return err == nil && json.Unmarshal(text, &claims) == nil && claims != nil
	}
	return false
}

// passChallenge returns resp without its body, which kiota would read to the end, however long it is.
func passChallenge(resp *http.Response) *http.Response {
	_ = resp.Body.Close() // Nothing in it is wanted.
	resp.Body, resp.ContentLength = http.NoBody, 0
	return resp
}
