package msgraph

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/url"
	"strings"
)

// Cloud is where a directory is reached: its login authority and its Microsoft Graph.
type Cloud struct {
	// Authority and Graph are of the form https://host or https://host:port.
	Authority string
	Graph     string

	// private means that Microsoft's instance discovery does not know the authority and must not be asked about it.
	private bool
}

// Public is the worldwide cloud, GCC included (Microsoft Graph docs, deployments).
func Public() Cloud {
	return Cloud{Authority: "https://login.microsoftonline.com", Graph: "https://graph.microsoft.com"}
}

// USGov is the cloud of the US Government at level L4 (GCC High).
func USGov() Cloud {
	return Cloud{Authority: "https://login.microsoftonline.us", Graph: "https://graph.microsoft.us"}
}

// USGovDoD is the cloud of the US Department of Defense, level L5.
func USGovDoD() Cloud {
	return Cloud{Authority: "https://login.microsoftonline.us", Graph: "https://dod-graph.microsoft.us"}
}

// China is the cloud operated by 21Vianet.
func China() Cloud {
	return Cloud{Authority: "https://login.chinacloudapi.cn", Graph: "https://microsoftgraph.chinacloudapi.cn"}
}

// Endpoints is a cloud that Microsoft's instance discovery does not list: a private one, or a simulator.
func Endpoints(authority, graphRoot string) Cloud {
	return Cloud{
		Authority: strings.TrimSuffix(authority, "/"),
		Graph:     strings.TrimSuffix(graphRoot, "/"),
		private:   true,
	}
}

func (c Cloud) check() error {
	for _, e := range []struct{ name, value string }{{"login authority", c.Authority}, {"Graph endpoint", c.Graph}} {
		u, err := url.Parse(e.value)
		if err != nil || u.Scheme != "https" || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
			return fmt.Errorf("%s %q is not usable: write https://host or https://host:port", e.name, e.value)
		}
	}
	return nil
}

// scope asks for every application permission that was granted, in the form of the client credentials flow.
func (c Cloud) scope() string { return c.Graph + "/.default" }

// baseURL is the root of the API version that is spoken.
func (c Cloud) baseURL() string { return c.Graph + "/v1.0" }

// holds tells whether u is at this cloud's Graph: the only place where a token may go.
func (c Cloud) holds(u *url.URL) bool {
	return u.Scheme == "https" && strings.EqualFold(u.Scheme+"://"+u.Host, c.Graph)
}

// host is the Graph host without its port, in the form in which kiota compares hosts.
func (c Cloud) host() string { return hostname(c.Graph) }

func hostname(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

func tlsConfig(roots *x509.CertPool) *tls.Config {
	return &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
}
