package pim

import (
	"strconv"
	"strings"
	"time"
)

// period is a duration of ISO 8601: a month is as long as the calendar says.
type period struct {
	years, months, days int
	rest                time.Duration
}

// after is the instant a period later.
func (p period) after(start time.Time) time.Time {
	return start.AddDate(p.years, p.months, p.days).Add(p.rest)
}

// longest is how many digits a number of a period has: ten thousand years are enough.
const longest = 6

// parsePeriod reads P1Y2M3DT4H5M6S or P7W; nothing at all is no period.
func parsePeriod(text string) (period, bool) {
	var p period
	date, clock, timed := strings.Cut(strings.TrimPrefix(text, "P"), "T")
	if !strings.HasPrefix(text, "P") || date+clock == "" || timed && clock == "" {
		return p, false
	}
	return p, p.read(date, "YMWD", p.setDate) && p.read(clock, "HMS", p.setClock)
}

// read reads numbers, each followed by one of the units, in their order.
func (*period) read(text, units string, set func(unit byte, n int)) bool {
	for text != "" {
		end := strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' })
		if end < 1 || end > longest {
			return false
		}
		at := strings.IndexByte(units, text[end])
		n, err := strconv.Atoi(text[:end])
		if at < 0 || err != nil {
			return false
		}
		set(text[end], n)
		units, text = units[at+1:], text[end+1:]
	}
	return true
}

func (p *period) setDate(unit byte, n int) {
	switch unit {
	case 'Y':
		p.years = n
	case 'M':
		p.months = n
	case 'W':
		p.days += 7 * n
	case 'D':
		p.days += n
	}
}

func (p *period) setClock(unit byte, n int) {
	units := map[byte]time.Duration{'H': time.Hour, 'M': time.Minute, 'S': time.Second}
	p.rest += time.Duration(n) * units[unit]
}
