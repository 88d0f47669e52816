{% set open = '/auth/register' if cookiecutter.auth == 'jwt' else '/users' %}
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
{% if cookiecutter.database != 'memory' %}
	"regexp"
{% endif %}
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

{% if cookiecutter.database != 'memory' %}
	"{{ cookiecutter.__module }}/internal/db/dbtest"
{% endif %}
	"{{ cookiecutter.__module }}/internal/telemetry"
)

const (
	beTheServer = "TEST_BE_THE_SERVER"
	patience    = 30 * time.Second
)

// TestMain lets a test start this very program, as the server, in a process of its own.
func TestMain(m *testing.M) {
	if os.Getenv(beTheServer) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// process is a server that runs, or has ended once wait returns.
type process struct {
	*exec.Cmd
	stdout, stderr bytes.Buffer
	address        string
}

// start runs the server in an environment of these variables, such as "PORT=8000", alone.
func start(t *testing.T, arguments, variables []string) *process {
	t.Helper()
	return startCommand(t, exec.CommandContext(t.Context(), os.Args[0], arguments...), variables)
}

func startCommand(t *testing.T, command *exec.Cmd, variables []string) *process {
	t.Helper()
	p := &process{Cmd: command}
	p.Dir = t.TempDir()
	p.Env = append([]string{beTheServer + "=1"}, variables...)
	p.Stdout, p.Stderr = &p.stdout, &p.stderr
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	return p
}

// wait returns the exit status.
func (p *process) wait(t *testing.T) int {
	t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- p.Wait() }()
	select {
	case err := <-ended:
		if _, failed := errors.AsType[*exec.ExitError](err); err != nil && !failed {
			t.Fatal(err)
		}
	case <-time.After(patience):
		_ = p.Process.Kill()
		t.Fatal("the server does not end")
	}
	return p.ProcessState.ExitCode()
}

// serving starts a server on a free port and waits until it is ready.
func serving(t *testing.T, variables ...string) *process {
	t.Helper()
	port := freePort(t)
	p := start(t, nil, append([]string{"PORT=" + port{% if cookiecutter.database != 'memory' %}, "DATABASE_URL=" + dbtest.URL(t){% endif %}}, variables...))
	p.address = net.JoinHostPort("127.0.0.1", port)
	eventually(t, func() bool {
		response, err := http.Get("http://" + p.address + "/readyz")
		if err != nil {
			return false
		}
		_ = response.Body.Close()
		return response.StatusCode == http.StatusOK
	})
	return p
}

func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
}

// eventually waits until a condition holds, with a deadline.
func eventually(t *testing.T, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("it did not come true in time")
		}
	}
}

func TestASignalEndsTheServerCleanly(t *testing.T) {
	for _, signal := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		p := serving(t)
		if err := p.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		if status := p.wait(t); status != 0 || p.stderr.Len() > 0 {
			t.Errorf("%s: got status %d and %s", signal, status, p.stderr.String())
		}
		for line := range strings.Lines(p.stdout.String()) {
			var members map[string]any
			if err := json.Unmarshal([]byte(line), &members); err != nil || members["time"] == nil || members["message"] == nil {
				t.Errorf("got the line %s", line)
			}
		}
	}
}

func TestARequestUnderWayIsFinished(t *testing.T) {
	p := serving(t)
	const body = `{"name":"Ada","email":"ada@example.com"{% if cookiecutter.auth == 'jwt' %},"password":"correct horse battery"{% endif %}}`
	connection, err := net.Dial("tcp", p.address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close() }()
	_, _ = fmt.Fprintf(connection, "POST {{ open }} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"+
		"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n", len(body))
	answers := bufio.NewReader(connection)
	// The server asks for the body once the request is in the handler's hands.
	if line, err := answers.ReadString('\n'); !strings.Contains(line, "100 Continue") {
		t.Fatalf("got %q and %v", line, err)
	}
	if _, err := answers.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { return p.refuses() })
	if _, err := io.WriteString(connection, body); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(answers, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if status := p.wait(t); status != 0 || response.StatusCode != http.StatusCreated {
		t.Errorf("got status %d and the answer %d: %s", status, response.StatusCode, p.stderr.String())
	}
}

func TestARequestThatIsOnItsWayIsAnswered(t *testing.T) {
	for name, asked := range map[string]int{"on a new connection": 0, "on one that was kept": 1} {
		t.Run(name, func(t *testing.T) {
			// Not at the first attempt on a machine that is slower than a kept connection is patient.
			eventually(t, func() bool { return answersTheLastRequest(t, asked) })
		})
	}
}

// answersTheLastRequest sends a request as the server shuts down, on a connection on which it has asked before so often.
func answersTheLastRequest(t *testing.T, asked int) bool {
	t.Helper()
	p := serving(t)
	connection := dial(t, p.address)
	answers := bufio.NewReader(connection)
	for range asked {
		if response, err := ask(connection, answers); err != nil || response.Close {
			t.Fatalf("got %v and %v", response, err)
		}
	}
	// The server that answers on the later connection has accepted the earlier one.
	later := dial(t, p.address)
	if _, err := ask(later, bufio.NewReader(later)); err != nil {
		t.Fatal(err)
	}
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { return p.refuses() })
	response, err := ask(connection, answers)
	if status := p.wait(t); status != 0 {
		t.Errorf("got status %d and %s", status, p.stderr.String())
	}
	return err == nil && response.StatusCode == http.StatusOK && response.Close
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	connection, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	return connection
}

// ask sends a request that touches nothing, and reads the answer.
func ask(connection net.Conn, answers *bufio.Reader) (*http.Response, error) {
	if _, err := io.WriteString(connection, "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"); err != nil {
		return nil, err
	}
	response, err := http.ReadResponse(answers, nil)
	if err != nil {
		return nil, err
	}
	_, _ = io.Copy(io.Discard, response.Body)
	return response, response.Body.Close()
}

// refuses tells whether the server takes no more connections.
func (p *process) refuses() bool {
	connection, err := net.Dial("tcp", p.address)
	if err == nil {
		_ = connection.Close()
	}
	return err != nil
}

func TestARequestThatTakesTooLongIsCutOff(t *testing.T) {
	t.Parallel()
	p := serving(t, "SHUTDOWN_TIMEOUT=1")
	connection, err := net.Dial("tcp", p.address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close() }()
	_, _ = io.WriteString(connection, "POST {{ open }} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"+
		"Content-Length: 9\r\nExpect: 100-continue\r\n\r\n")
	if line, err := bufio.NewReader(connection).ReadString('\n'); !strings.Contains(line, "100 Continue") {
		t.Fatalf("got %q and %v", line, err)
	}
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if status := p.wait(t); status != 0 || !strings.Contains(p.stdout.String(), "requests were cut off") {
		t.Errorf("got status %d and %s", status, p.stdout.String())
	}
}

func TestLinesOfTheDefaultLoggerAreThoseOfTheService(t *testing.T) {
	t.Chdir(t.TempDir())
	before := slog.Default()
	t.Cleanup(func() { slog.SetDefault(before) })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var output bytes.Buffer
	_ = run(ctx, nil, func(name string) string { return map[string]string{"PORT": freePort(t)}[name] }, &output)
	slog.InfoContext(telemetry.WithRequestID(ctx, "abc"), "a line of one's own")
	if logged := output.String(); !strings.Contains(logged, `"message":"a line of one's own","request_id":"abc"`) {
		t.Errorf("got %s", logged)
	}
}

func TestABadStartIsOneLine(t *testing.T) {
	occupied, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = occupied.Close() }()
	_, port, _ := net.SplitHostPort(occupied.Addr().String())
	for _, test := range []struct {
		name, want           string
		arguments, variables []string
	}{
		{"a bad setting", "PORT must be an integer from 1 to 65535\n", nil, []string{"PORT=x"}},
		{"a port in use", "listen tcp 127.0.0.1:" + port + ": bind: address already in use\n", nil, []string{"PORT=" + port}},
		{"an unknown command", usage + "\n", []string{"swim"}, nil},
		{"no directory of secrets", "SECRETS_DIR must be a directory whose files can be read\n", nil, []string{"SECRETS_DIR=absent"}},
{% if cookiecutter.database != 'memory' %}
		{"no database in production", "DATABASE_URL is required when APP_ENV is production\n", nil, []string{"APP_ENV=production"}},
{% endif %}
	} {
		t.Run(test.name, func(t *testing.T) {
			p := start(t, test.arguments, test.variables)
			if status := p.wait(t); status != 1 || p.stderr.String() != test.want {
				t.Errorf("got status %d and %q, want %q", status, p.stderr.String(), test.want)
			}
		})
	}
}
{% if cookiecutter.database in ('postgresql', 'mysql') %}

func TestADatabaseThatCannotBeReachedStopsTheStart(t *testing.T) {
	url := "{{ cookiecutter.database }}://user:secret@127.0.0.1:" + freePort(t) + "/users"
	p := start(t, nil, []string{"DATABASE_URL=" + url})
	status := p.wait(t)
	line := p.stderr.String()
	if status != 1 || !strings.HasPrefix(line, "the database is not available: ") || strings.Count(line, "\n") != 1 ||
		strings.Contains(line, "secret") {
		t.Errorf("got status %d and %q", status, line)
	}
}
{% endif %}
{% if cookiecutter.database != 'memory' %}

func TestTheMigrateCommandTellsTheVersion(t *testing.T) {
	variables := []string{"DATABASE_URL=" + dbtest.URL(t)}
	for _, step := range []struct {
		command  string
		isNewest bool
	}{
		{"migrate status", false}, {"migrate", true}, {"migrate down", false}, {"migrate up", true},
	} {
		p := start(t, strings.Fields(step.command), variables)
		status := p.wait(t)
		lines := regexp.MustCompile(`(service|own): version (\d+), newest (\d+)\n`).FindAllStringSubmatch(p.stdout.String(), -1)
		if status != 0 || len(lines) != 2 {
			t.Fatalf("%s: got status %d and %q%s", step.command, status, p.stdout.String(), p.stderr.String())
		}
		if isNewest := lines[0][2] == lines[0][3] && lines[1][2] == lines[1][3]; isNewest != step.isNewest {
			t.Errorf("%s: got %q", step.command, p.stdout.String())
		}
	}
}
{% endif %}
