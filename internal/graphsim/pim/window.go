package pim

import (
	"strings"
	"time"

	"github.com/rolewarden/rolewarden/internal/graphsim/store"
	"github.com/rolewarden/rolewarden/internal/graphsim/wire"
)

// stamp is how instants are written.
const stamp = "2006-01-02T15:04:05.9999999Z07:00"

func instant(at time.Time) string { return at.UTC().Format(stamp) }

// window is when a role can be activated, or is active.
type window struct {
	start time.Time
	end   time.Time // zero: without end
	// expiration is how its end was asked for.
	expiration map[string]any
}

// openEnded is a window without end.
func openEnded(start time.Time) window {
	return window{start: start, expiration: map[string]any{"type": "noExpiration", "endDateTime": nil, "duration": nil}}
}

// readWindow reads a scheduleInfo. What is left out is now, and without end. A
// start that is past is now. Documented: recurrence is not supported. Assumed:
// that it is refused, as is an end that has passed.
func readWindow(given any, now time.Time) (window, *wire.Error) {
	info, _ := given.(map[string]any)
	if info["recurrence"] != nil || given != nil && info == nil {
		return window{}, invalid()
	}
	w := openEnded(now)
	start, ok := readInstant(info["startDateTime"], now)
	if !ok {
		return w, invalid()
	}
	if start.After(now) {
		w.start = start
	}
	if info["expiration"] == nil {
		return w, nil
	}
	expiration, ok := info["expiration"].(map[string]any)
	if !ok || !w.expire(expiration) {
		return w, invalid()
	}
	return w, nil
}

// readInstant reads an optional instant.
func readInstant(v any, missing time.Time) (time.Time, bool) {
	if v == nil {
		return missing, true
	}
	text, _ := v.(string)
	at, err := time.Parse(time.RFC3339Nano, text)
	return at.UTC(), err == nil
}

// expire reads how the window ends. Seen: that the type's case does not matter.
func (w *window) expire(given map[string]any) bool {
	kind, _ := given["type"].(string)
	switch strings.ToLower(kind) {
	case "", "notspecified", "noexpiration":
		return true
	case "afterdatetime":
		end, ok := readInstant(given["endDateTime"], time.Time{})
		w.end, w.expiration = end, map[string]any{"type": "afterDateTime", "endDateTime": instant(end), "duration": nil}
		return ok && end.After(w.start)
	case "afterduration":
		text, _ := given["duration"].(string)
		lasts, ok := parsePeriod(text)
		w.end, w.expiration = lasts.after(w.start), map[string]any{"type": "afterDuration", "endDateTime": nil, "duration": text}
		return ok && w.end.After(w.start)
	}
	return false
}

// asked is the window as the request shows it.
func (w window) asked() map[string]any {
	return map[string]any{"startDateTime": instant(w.start), "recurrence": nil, "expiration": w.expiration}
}

// scheduled is the window as the schedule shows it. Seen: a duration has become an end.
func (w window) scheduled() map[string]any {
	expiration := map[string]any{"type": "noExpiration", "endDateTime": nil, "duration": nil}
	if !w.end.IsZero() {
		expiration["type"], expiration["endDateTime"] = "afterDateTime", instant(w.end)
	}
	return map[string]any{"startDateTime": instant(w.start), "recurrence": nil, "expiration": expiration}
}

// endOf is the end of a schedule as it is written, or nil.
func endOf(schedule store.Props) any {
	info, _ := schedule["scheduleInfo"].(map[string]any)
	expiration, _ := info["expiration"].(map[string]any)
	return expiration["endDateTime"]
}

// windowOf is the window of a schedule as it is kept.
func windowOf(schedule store.Props) (w window, ok bool) {
	info, _ := schedule["scheduleInfo"].(map[string]any)
	if w.start, ok = readInstant(info["startDateTime"], time.Time{}); !ok || info == nil {
		return w, false
	}
	w.end, ok = readInstant(endOf(schedule), time.Time{})
	return w, ok
}
