package msgraph

import (
	"encoding/json"
	"math/big"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/rolewarden/rolewarden/internal/graph"
)

// canaryToken stands in bodies wherever a fuzzer writes TOKEN: a text that must come out of nowhere.
const canaryToken = "eyJhbGciOiJub25lIn0.eyJzZWNyZXQiOiJjYW5hcnkifQ.canary-signature"

// plant puts the token into a body.
func plant(body string) string { return strings.ReplaceAll(body, "TOKEN", canaryToken) }

// checkText holds that a text which somebody else may have written can be shown: it is short, on one line and no secret.
func checkText(t *testing.T, text string, limit int) {
	t.Helper()
	unfit := func(r rune) bool { return !unicode.IsPrint(r) || r == utf8.RuneError }
	if utf8.RuneCountInString(text) > limit || !utf8.ValidString(text) || strings.IndexFunc(text, unfit) >= 0 {
		t.Errorf("%q is not fit to be shown", text)
	}
	if strings.Contains(text, "eyJzZWNyZXQ") || strings.Contains(text, "canary") {
		t.Errorf("%q holds a token", text)
	}
}

// saysNotFound is what of Graph's codes means an absence with a status, as its documentation has them.
func saysNotFound(status int, body string) bool {
	codes := map[int]string{
		404: `^(request_resourcenotfound|resourcenotfound|directory_objectnotfound|subjectnotfound|rolenotfound)$`,
		400: `^(request_badrequest|roleassignmentdoesnotexist|subjectnotfound|rolenotfound)$`,
	}
	code, found := graphCode(body)
	pattern, known := codes[status]
	return found && known && regexp.MustCompile(pattern).MatchString(strings.ToLower(code))
}

// graphCode reads the code out of Graph's envelope, or out of what PIM folds into its message.
func graphCode(body string) (string, bool) {
	var object map[string]json.RawMessage
	if json.Unmarshal([]byte(body), &object) != nil {
		return "", false
	}
	for _, envelope := range []string{"error", "odata.error"} {
		for name, raw := range object {
			var inner struct{ Code, Message any }
			if !strings.EqualFold(name, envelope) || json.Unmarshal(raw, &inner) != nil || inner == (struct{ Code, Message any }{}) {
				continue
			}
			code, _ := inner.Code.(string)
			message, _ := inner.Message.(string)
			var folded struct{ ErrorCode string }
			if json.Unmarshal([]byte(message), &folded) == nil && folded.ErrorCode != "" {
				code = folded.ErrorCode
			}
			return code, code != ""
		}
	}
	return "", false
}

func errorBodies() []string {
	return []string{
		graphError("Request_ResourceNotFound", "Resource 'x' does not exist"),
		graphError("TOKEN", "Bearer TOKEN is not good enough"),
		graphError("Request_BadRequest", "One or more removed object references do not exist: TOKEN"),
		`{"odata.error":{"code":"Request_BadRequest","message":{"lang":"en","value":"A conflicting object"}}}`,
		`{"error":{"code":"UnknownError","message":"{\"errorCode\":\"PermissionScopeNotGranted\",\"message\":\"m TOKEN\"}"}}`,
		`{"error":{"code":"UnknownError","message":"{\"errorCode\":\"RoleAssignmentDoesNotExist\",\"message\":{}}"}}`,
		`{"error":"x"}`, `<html>`, ``, `{"error":{"code":"a","message":{}}}`, "\xff\xfe", `{"ERROR":{"Code":"ResourceNotFound"}}`,
		`{"error":{"code":"Request_ResourceNotFound\u200b","message":"almost a known code"}}`,
		`{"error":{"code":"","message":"Resource does not exist"}}`, `[]`, `null`, `{"error":{"code":"Request_ResourceNotFound"`,
	}
}

// FuzzParseError holds that no body makes an error that is not fit to be shown, that only an error of Graph's makes an
// absence, and that nothing but an error of Graph's tells that a call had no effect.
func FuzzParseError(f *testing.F) {
	for _, body := range errorBodies() {
		for _, status := range []int{400, 401, 403, 404, 409, 429, 503} {
			f.Add(status, body, "Bearer realm=\"\"")
		}
	}
	f.Fuzz(func(t *testing.T, status int, body, challenge string) {
		body = plant(body)
		e := parseError(status, http.Header{"Www-Authenticate": {challenge}}, []byte(body))
		checkText(t, e.Code, maxText)
		checkText(t, e.Message, maxText)
		checkText(t, e.Resource, maxText)
		checkText(t, e.Error(), 3*maxText)
		if e.Class == graph.NotFound && !saysNotFound(status, body) {
			t.Errorf("status %d with %q is read as an absence", status, body)
		}
		if (status >= 500 || status == 408) && (e.Class != graph.Transient || e.Answered()) {
			t.Errorf("status %d is %v", status, e.Class)
		}
		if _, is := graphCode(body); !is && e.Answered() && status != http.StatusTooManyRequests && status != http.StatusUnauthorized {
			t.Errorf("status %d with %q is believed to be Graph's: %v", status, body, e.Class)
		}
	})
}

// FuzzRetryAfter holds that a pause is what was asked for, rounded up to a second and down to the cap.
func FuzzRetryAfter(f *testing.F) {
	for _, header := range []string{"10", "2.128", "0.9", "-1", "", "NaN", "1e400", "Sun, 01 Mar 2026 12:00:45 GMT", "0x1p-2", "1_0", "600", "600.5", "599.9", "\t3 "} {
		f.Add(header, int64(1), uint32(0))
	}
	now := newClock().Now()
	f.Fuzz(func(t *testing.T, header string, seconds int64, nanos uint32) {
		if got := retryAfter(header, now); !fits(header, got) {
			t.Errorf("%q is %v", header, got)
		}
		// A date has whole seconds; the clock has not.
		clock := now.Add(time.Duration(nanos % 1e9))
		at := now.Add(time.Duration(seconds%1e6) * time.Second)
		want := min(max(0, (at.Sub(clock)+time.Second-1).Truncate(time.Second)), maxRetryAfter)
		for _, layout := range []string{http.TimeFormat, "Monday, 02-Jan-06 15:04:05 GMT", time.ANSIC} {
			if got := retryAfter(at.Format(layout), clock); got != want {
				t.Errorf("%q is %v at %v, want %v", at.Format(layout), got, clock, want)
			}
		}
	})
}

// fits tells whether a pause is right for a header, as far as the header is a plain number.
func fits(header string, got time.Duration) bool {
	header = strings.TrimSpace(header)
	if !regexp.MustCompile(`^[0-9]{1,30}(\.[0-9]{1,30})?$`).MatchString(header) {
		odd := regexp.MustCompile(`^[-+0-9.]|(?i)^(nan|inf)|GMT$|^[A-Za-z]{3,9},? `).MatchString(header)
		return got >= 0 && got <= maxRetryAfter && (odd || got == 0)
	}
	asked, _ := new(big.Rat).SetString(header)
	limit, pause := new(big.Rat).SetInt64(int64(maxRetryAfter/time.Second)), big.NewRat(int64(got), int64(time.Second))
	if asked.Cmp(limit) >= 0 {
		return got == maxRetryAfter
	}
	early, next := asked.Cmp(pause) > 0, new(big.Rat).Add(asked, big.NewRat(1, 1))
	return got%time.Second == 0 && pause.Cmp(next) < 0 && (!early || tiny(asked, pause))
}

// tiny tells whether two numbers are one to a float: nobody asks for less.
func tiny(a, b *big.Rat) bool {
	difference := new(big.Rat).Sub(a, b)
	return difference.Cmp(big.NewRat(1, 1e9)) < 0
}
