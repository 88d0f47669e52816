package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"time"

	"{{ cookiecutter.__module }}/internal/settings"
)

// A service that answers later is as good as none.
const checkTimeout = 5 * time.Second

// checkHealth asks the service with the same settings on this machine whether it is ready. It is for container images, which
// hold no other program that could.
func checkHealth(ctx context.Context, transport http.RoundTripper, loaded settings.Settings, output io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	host, port := reachable(loaded.Host), strconv.Itoa(loaded.Port)
	readyz := url.URL{Scheme: "http", Host: net.JoinHostPort(host, port), Path: "/readyz"}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, readyz.String(), http.NoBody)
	if err != nil {
		return err
	}
	client := http.Client{Transport: transport}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("not ready: no answer from %s on port %s", host, port)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready: %s", reason(response))
	}
	_, err = fmt.Fprintln(output, "ready")
	return err
}

// reachable returns an address by which this machine reaches a service that listens on the host.
func reachable(host string) string {
	switch address, _ := netip.ParseAddr(host); {
	case !address.IsUnspecified():
		return host
	case address.Is4():
		return "127.0.0.1"
	default:
		return "::1"
	}
}

func reason(response *http.Response) string {
	var problem struct {
		Detail string `json:"detail"`
	}
	if err := json.NewDecoder(response.Body).Decode(&problem); err != nil || problem.Detail == "" {
		return fmt.Sprintf("the answer has status %d", response.StatusCode)
	}
	return problem.Detail
}
