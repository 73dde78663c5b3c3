package main

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// printer writes the story. On a terminal it uses colour, unless NO_COLOR is set (https://no-color.org).
type printer struct {
	out    io.Writer
	colour bool
}

// The styles of a line, as ANSI escape sequences.
const (
	bold  = "1"
	faint = "2"
	red   = "31"
	green = "32"
	cyan  = "36"
)

func newPrinter(out *os.File) *printer {
	info, err := out.Stat()
	terminal := err == nil && info.Mode()&os.ModeCharDevice != 0
	return &printer{out: out, colour: terminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}

// line writes a line. That nobody reads it any more shows as SIGPIPE.
func (p *printer) line(style, text string) {
	if p.colour && style != "" && text != "" {
		text = "\x1b[" + style + "m" + text + "\x1b[0m"
	}
	_, _ = fmt.Fprintln(p.out, text)
}

func (p *printer) title(text string)   { p.line("", ""); p.line(bold, text) }
func (p *printer) say(text string)     { p.line("", text) }
func (p *printer) command(text string) { p.line(cyan, "$ "+text) }
func (p *printer) fact(text string)    { p.line(green, "  "+text) }
func (p *printer) failure(text string) { p.line(red, text) }

// output writes what a command printed.
func (p *printer) output(text string) {
	for line := range strings.Lines(text) {
		p.line(faint, strings.TrimRight(line, " \n"))
	}
}
