package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
{% if cookiecutter.database != 'memory' %}

	"{{ cookiecutter.__module }}/internal/db/dbtest"
{% endif %}
)

// socket is one that the test holds, as systemd would.
type socket struct {
	path   string
	file   *os.File
	client *http.Client
}

func holdSocket(t *testing.T) *socket {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	file, err := listener.File()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}
	return &socket{path, file, &http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}}
}

// serving hands the socket over to a server, as whose descriptor 3, and waits until that answers.
func (s *socket) serving(t *testing.T, variables ...string) *process {
	t.Helper()
	// The process learns its number before it becomes the server.
	command := exec.CommandContext(t.Context(), "sh", "-c", `LISTEN_PID=$$ exec "$0"`, os.Args[0])
	command.ExtraFiles = []*os.File{s.file}
	variables = append([]string{"LISTEN_FDS=1", "PORT=" + freePort(t){% if cookiecutter.database != 'memory' %}, "DATABASE_URL=" + dbtest.URL(t){% endif %}}, variables...)
	p := startCommand(t, command, variables)
	response, err := s.client.Get("http://service/readyz")
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Fatalf("got %d", response.StatusCode)
	}
	return p
}

func TestARestartRefusesNobody(t *testing.T) {
	held := holdSocket(t)
	first := held.serving(t)
	if err := first.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if status := first.wait(t); status != 0 {
		t.Fatalf("got status %d and %s", status, first.stderr.String())
	}
	waiting, err := net.Dial("unix", held.path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = waiting.Close() }()
	if _, err := io.WriteString(waiting, "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	held.serving(t)
	response, err := http.ReadResponse(bufio.NewReader(waiting), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		t.Errorf("got %d", response.StatusCode)
	}
}

func TestASocketOfAnotherProcessIsNotTaken(t *testing.T) {
	p := serving(t, "LISTEN_FDS=1", "LISTEN_PID=1")
	_ = p.Process.Kill()
	p.wait(t)
}
