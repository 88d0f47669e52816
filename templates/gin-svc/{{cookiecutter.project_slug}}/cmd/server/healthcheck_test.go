package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"{{ cookiecutter.__module }}/internal/settings"
)

// healthcheck runs the command for the service on a port, and returns what it says.
func healthcheck(t *testing.T, host, port string) (status int, stdout, stderr string) {
	t.Helper()
	p := start(t, []string{"healthcheck"}, []string{"HOST=" + host, "PORT=" + port})
	return p.wait(t), p.stdout.String(), p.stderr.String()
}

func portOf(t *testing.T, address string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func TestAServiceThatIsReadyIsHealthy(t *testing.T) {
	port := portOf(t, serving(t).address)
	for _, host := range []string{"127.0.0.1", "0.0.0.0"} {
		if status, stdout, stderr := healthcheck(t, host, port); status != 0 || stdout != "ready\n" || stderr != "" {
			t.Errorf("%s: got status %d, %q and %q", host, status, stdout, stderr)
		}
	}
}

func TestAServiceIsCheckedOnThisMachine(t *testing.T) {
	for host, want := range map[string]string{
		"0.0.0.0": "127.0.0.1", "::": "::1", "192.0.2.1": "192.0.2.1", "localhost": "localhost",
	} {
		if got := reachable(host); got != want {
			t.Errorf("%s: got %s, want %s", host, got, want)
		}
	}
}

func TestTheHealthcheckSaysWhyAServiceIsNotReady(t *testing.T) {
	const stopping = `{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"The service is shutting down."}`
	for body, want := range map[string]string{
		stopping:     "not ready: The service is shutting down.\n",
		"by a proxy": "not ready: the answer has status 503\n",
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodGet || r.URL.Path != "/readyz" {
				t.Errorf("was asked %s %s", r.Method, r.URL)
			}
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = io.WriteString(w, body)
		}))
		t.Cleanup(server.Close)
		status, stdout, stderr := healthcheck(t, "127.0.0.1", portOf(t, server.Listener.Addr().String()))
		if status != 1 || stdout != "" || stderr != want {
			t.Errorf("got status %d, %q and %q, want %q", status, stdout, stderr, want)
		}
	}
}

func TestAServiceThatIsNotThereIsNotReady(t *testing.T) {
	port := freePort(t)
	status, stdout, stderr := healthcheck(t, "127.0.0.1", port)
	if status != 1 || stdout != "" || stderr != "not ready: no answer from 127.0.0.1 on port "+port+"\n" {
		t.Errorf("got status %d, %q and %q", status, stdout, stderr)
	}
}

func TestAServiceThatHangsIsNotReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, service := net.Pipe()
		go func() { _, _ = io.Copy(io.Discard, service) }()
		silent := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return client, nil }}
		started := time.Now()
		err := checkHealth(t.Context(), silent, settings.Settings{Host: "127.0.0.1", Port: 8000}, io.Discard)
		if took := time.Since(started); err == nil || !strings.HasPrefix(err.Error(), "not ready: ") || took != checkTimeout {
			t.Errorf("got %v after %s", err, took)
		}
	})
}
