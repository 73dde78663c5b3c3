package testenv

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
)

// Ports that no kernel gives to whoever asks for any: Linux takes those from 32768, others from 49152.
const (
	lowestPort  = 20000
	highestPort = 32767
	portTries   = 100
)

// FreeAddress returns an address on loopback for a process that has to be told one. Between the look and the process's own
// listening nobody gets its port by chance, as they would one that the kernel chose.
func FreeAddress(ctx context.Context) (string, error) {
	var last error
	for range portTries {
		address := fmt.Sprintf("127.0.0.1:%d", lowestPort+rand.IntN(highestPort-lowestPort))
		listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
		if err == nil {
			return address, listener.Close()
		}
		last = err
	}
	return "", fmt.Errorf("looking for a free port: %w", last)
}
