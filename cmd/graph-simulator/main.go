// Command graph-simulator serves a simulated Microsoft Graph and its login
// endpoint over HTTPS on loopback.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/rolewarden/rolewarden/internal/graphsim"
)

type flags struct {
	seed, listen, caOut, urlOut string
	throttling                  string
	verbose                     bool
	settings                    graphsim.Settings
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "graph-simulator:", err)
		os.Exit(1)
	}
}

// run serves until the context ends.
func run(ctx context.Context, args []string, out, errOut io.Writer) error {
	f, err := parse(args, errOut)
	if err != nil {
		return err
	}
	simulator, seed, err := build(f, errOut)
	if err != nil {
		return err
	}
	server, err := graphsim.Serve(ctx, simulator, f.listen)
	if err != nil {
		return err
	}
	if err := publish(f, server); err != nil {
		return err
	}
	explain(out, server.URL, f.caOut, seed)
	<-server.Done()
	return nil
}

func parse(args []string, errOut io.Writer) (flags, error) {
	f := flags{settings: graphsim.DefaultSettings()}
	set := flag.NewFlagSet("graph-simulator", flag.ContinueOnError)
	set.SetOutput(errOut)
	set.StringVar(&f.seed, "seed", "config/demo/contoso.yaml", "file that says what the tenants hold at the start")
	set.StringVar(&f.listen, "listen", "127.0.0.1:0", "address on loopback to listen on")
	set.StringVar(&f.caOut, "ca-out", "", "file to write the certificate authority to, as PEM")
	set.StringVar(&f.urlOut, "url-out", "", "file to write the URL to, once it is served")
	set.DurationVar(&f.settings.Latency, "latency", 0, "latency of every call")
	set.DurationVar(&f.settings.Lag, "lag", 0, "how far reads are behind writes")
	set.StringVar(&f.throttling, "throttling", string(graphsim.ThrottlingOff), "limits to enforce: off or documented")
	set.BoolVar(&f.verbose, "v", false, "log every call")
	if err := set.Parse(args); err != nil {
		return f, err
	}
	if set.NArg() > 0 {
		return f, fmt.Errorf("unexpected argument %q", set.Arg(0))
	}
	switch f.throttling {
	case string(graphsim.ThrottlingOff):
	case string(graphsim.ThrottlingDocumented):
		f.settings.Throttling.Mode = graphsim.ThrottlingDocumented
	default:
		return f, fmt.Errorf("--throttling is %q; use off or documented, and /_sim/settings for other limits", f.throttling)
	}
	return f, nil
}

func build(f flags, errOut io.Writer) (*graphsim.Simulator, *graphsim.Seed, error) {
	file, err := os.Open(f.seed)
	if err != nil {
		return nil, nil, fmt.Errorf("opening the seed: %w", err)
	}
	defer func() { _ = file.Close() }() // only read
	seed, err := graphsim.LoadSeed(file)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", f.seed, err)
	}
	options := graphsim.Options{Seed: seed, Settings: &f.settings}
	if f.verbose {
		options.Logger = slog.New(slog.NewTextHandler(errOut, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	simulator, err := graphsim.New(options)
	return simulator, seed, err
}

// publish writes the files that others wait for; the URL last, when all is ready.
func publish(f flags, s *graphsim.Server) error {
	for _, file := range []struct {
		path string
		data []byte
	}{{f.caOut, s.CAPEM}, {f.urlOut, []byte(s.URL)}} {
		if file.path == "" {
			continue
		}
		if err := write(file.path, file.data); err != nil {
			return err
		}
	}
	return nil
}

// write replaces a file whole, so that nobody reads half of it.
func write(path string, data []byte) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), ".graph-simulator-*")
	if err != nil {
		return err
	}
	_, err = temporary.Write(data)
	if closed := temporary.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Chmod(temporary.Name(), 0o644)
	}
	if err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	return err
}

// explain prints how to use what is served.
func explain(out io.Writer, url, ca string, seed *graphsim.Seed) {
	if ca == "" {
		ca = "<give --ca-out>"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Simulated Microsoft Graph at %s (control interface: %s/_sim/)\n\nTenants:\n", url, url)
	for _, t := range seed.Tenants {
		fmt.Fprintf(&b, "  %s  %s\n", t.ID, t.Domains[0])
	}
	if t := seed.Tenants[0]; len(t.Apps) > 0 && len(t.Apps[0].Secrets) > 0 {
		fmt.Fprintf(&b, example, ca, url, t.ID, t.Apps[0].AppID, t.Apps[0].Secrets[0])
	}
	_, _ = io.WriteString(out, b.String()) // nobody reads: nothing to tell
}

const example = `
Try it:
  export CA=%s URL=%s
  TOKEN=$(curl -s --cacert $CA $URL/%s/oauth2/v2.0/token -d grant_type=client_credentials \
    -d client_id=%s -d client_secret=%s -d scope=https://graph.microsoft.com/.default |
    sed 's/.*"access_token":"\([^"]*\)".*/\1/')
  curl -s --cacert $CA -H "Authorization: Bearer $TOKEN" $URL/v1.0/roleManagement/directory/roleAssignments

End it with Ctrl-C.
`
