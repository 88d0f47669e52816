package main

import (
	"context"
	"net"
	"os"
	"strconv"

	"{{ cookiecutter.__module }}/internal/settings"
)

// handedOver is the first descriptor of those that systemd hands over: see sd_listen_fds(3).
const handedOver = 3

// openListener returns the socket that systemd holds for this process, or opens one at the address of the settings. What
// systemd holds takes connections while the service restarts.
func openListener(ctx context.Context, loaded settings.Settings) (net.Listener, error) {
	if os.Getenv("LISTEN_FDS") != "1" || os.Getenv("LISTEN_PID") != strconv.Itoa(os.Getpid()) {
		address := net.JoinHostPort(loaded.Host, strconv.Itoa(loaded.Port))
		return new(net.ListenConfig).Listen(ctx, "tcp", address)
	}
	file := os.NewFile(handedOver, "the socket of systemd")
	defer func() { _ = file.Close() }()
	// The listener has a copy of the descriptor that no child inherits, and leaves a Unix socket at its path.
	return net.FileListener(file)
}
