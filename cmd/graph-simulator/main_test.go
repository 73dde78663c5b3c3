package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// buffer hands on what is written, so that a test can wait for it.
type buffer struct{ lines chan string }

func (b buffer) Write(p []byte) (int, error) {
	b.lines <- string(p)
	return len(p), nil
}

func TestRun(t *testing.T) {
	dir := t.TempDir()
	ca, url := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "url")
	ctx, cancel := context.WithCancel(t.Context())
	out, ended := buffer{make(chan string, 1)}, make(chan error, 1)
	go func() {
		ended <- run(ctx, []string{"--seed", "../../config/demo/contoso.yaml", "--ca-out", ca, "--url-out", url, "--throttling", "documented"}, out, io.Discard)
	}()
	said := <-out.lines
	for path, want := range map[string]string{ca: "-----BEGIN CERTIFICATE-----", url: "https://127.0.0.1:"} {
		got, err := os.ReadFile(path)
		if err != nil || !strings.HasPrefix(string(got), want) {
			t.Errorf("%s holds %q, %v", path, got, err)
		}
		if path == url && !strings.Contains(said, string(got)) {
			t.Errorf("said %q, without the URL %s", said, got)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("ended with %v", err)
	}
}

func TestRunRefuses(t *testing.T) {
	tests := map[string]struct {
		args []string
		want string
	}{
		"unknown flag":      {[]string{"--nonsense"}, "nonsense"},
		"argument":          {[]string{"x"}, "unexpected argument"},
		"unknown limits":    {[]string{"--throttling", "x"}, "use off or documented"},
		"missing seed":      {[]string{"--seed", "nowhere.yaml"}, "opening the seed"},
		"no seed":           {[]string{"--seed", "main.go"}, "main.go"},
		"beyond loopback":   {[]string{"--seed", "../../config/demo/contoso.yaml", "--listen", "0.0.0.0:0"}, "not on loopback"},
		"negative latency":  {[]string{"--seed", "../../config/demo/contoso.yaml", "--latency", "-1s"}, "must not be negative"},
		"file that is none": {[]string{"--seed", "../../config/demo/contoso.yaml", "--ca-out", "nowhere/ca.pem"}, "nowhere"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			err := run(t.Context(), tc.args, &bytes.Buffer{}, io.Discard)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("err = %v, want %q", err, tc.want)
			}
		})
	}
}
