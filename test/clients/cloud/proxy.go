package cloud

import (
	"errors"
	"io"
	"net"
	"net/http"
)

// connect is a proxy's one method for HTTPS: a tunnel, which leads to the
// handler whatever name was asked for. A name that the certificate does not
// bear ends in the client's own refusal to go on.
func (c *Cloud) connect(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect {
		http.Error(w, "this proxy only tunnels", http.StatusMethodNotAllowed)
		return
	}
	server, err := (&net.Dialer{}).DialContext(r.Context(), "tcp", c.listener.Addr().String())
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	client, err := accept(w)
	if err != nil {
		_ = server.Close() // the client has gone
		return
	}
	go tunnel(server, client)
	go tunnel(client, server)
}

// accept takes the connection over and tells the client that the tunnel stands.
func accept(w http.ResponseWriter) (net.Conn, error) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return nil, err
	}
	if _, err := io.WriteString(connection, "HTTP/1.1 200 Connection Established\r\n\r\n"); err != nil {
		return nil, errors.Join(err, connection.Close())
	}
	return connection, nil
}

// tunnel copies until either side ends, and ends both: an answer that the
// simulator lost must be lost for the client too.
func tunnel(to, from net.Conn) {
	defer func() { _, _ = to.Close(), from.Close() }()
	_, _ = io.Copy(to, from)
}
