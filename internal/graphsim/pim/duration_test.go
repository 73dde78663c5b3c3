package pim

import (
	"testing"
	"time"
)

func TestPeriod(t *testing.T) {
	from := time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)
	tests := map[string]struct {
		want string // empty: it is none
	}{
		"PT8H": {"2026-01-31T08:00:00Z"}, "P365D": {"2027-01-31T00:00:00Z"}, "P1Y2M3DT4H5M6S": {"2027-04-03T04:05:06Z"},
		"P2W": {"2026-02-14T00:00:00Z"}, "P0D": {"2026-01-31T00:00:00Z"}, "P1M": {"2026-03-03T00:00:00Z"},
		"": {}, "P": {}, "PT": {}, "P1": {}, "1D": {}, "PD": {}, "P1DT": {}, "P1H": {}, "PT1D": {}, "P1D1Y": {}, "P-1D": {}, "P1D ": {}, "P9999999D": {}, "PT1H1H": {},
	}
	for text, tc := range tests {
		p, ok := parsePeriod(text)
		if ok != (tc.want != "") || ok && instant(p.after(from)) != tc.want {
			t.Errorf("%q: %v until %s, want %q", text, ok, instant(p.after(from)), tc.want)
		}
	}
}

// FuzzWindow holds that any schedule is refused, or is a window that begins no
// earlier than now and ends after it begins, and is read as itself again.
func FuzzWindow(f *testing.F) {
	for _, seed := range [][4]string{
		{"", "", "", ""}, {"2026-03-02T00:00:00Z", "afterDuration", "", "P1D"}, {"2020-01-01T00:00:00Z", "AfterDateTime", "2026-04-01T00:00:00.1234567Z", ""},
		{"x", "noExpiration", "", ""}, {"", "afterDuration", "", "PT0S"}, {"9999-12-31T23:59:59Z", "afterDuration", "", "P999999Y"},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3])
	}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, begins, kind, ends, lasts string) {
		info := map[string]any{"expiration": map[string]any{"type": kind, "endDateTime": ends, "duration": lasts}}
		if begins != "" {
			info["startDateTime"] = begins
		}
		w, err := readWindow(info, now)
		if err != nil {
			return
		}
		if w.start.Before(now) || !w.end.IsZero() && !w.end.After(w.start) {
			t.Errorf("%v is from %s to %s", info, w.start, w.end)
		}
		again, err := readWindow(w.scheduled(), now)
		if w.start.Year() < 9999 && w.end.Year() < 9999 && (err != nil || instant(again.start) != instant(w.start) || instant(again.end) != instant(w.end)) {
			t.Errorf("%v is from %s to %s, and read again from %s to %s: %v", info, w.start, w.end, again.start, again.end, err)
		}
	})
}
