{% set hasher = ', security.NewHasher(1)' if cookiecutter.auth == 'jwt' else '' %}
package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"{{ cookiecutter.project_slug }}/internal/httpapi"
{% if cookiecutter.auth == 'jwt' %}
	"{{ cookiecutter.project_slug }}/internal/security"
	"{{ cookiecutter.project_slug }}/internal/sessions"
{% endif %}
	"{{ cookiecutter.project_slug }}/internal/store/storetest"
	"{{ cookiecutter.project_slug }}/internal/telemetry"
	"{{ cookiecutter.project_slug }}/internal/users"
)

// service is a running API and what it has logged.
type service struct {
	*httptest.Server
	api *httpapi.API
	log *lockedBuffer
}

type lockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}

// answer is a response that has been read.
type answer struct {
	status int
	header http.Header
	body   string
}

{% if cookiecutter.auth == 'jwt' %}
// start runs the API over an empty store, with every caller an admin.
{% else %}
// start runs the API over an empty store.
{% endif %}
func start(t *testing.T) *service {
	t.Helper()
{% if cookiecutter.database == 'memory' %}
	return serve(t, users.NewService(storetest.Open(t){{ hasher }}))
{% else %}
	opened := storetest.Open(t)
	return serve(t, users.NewService(opened{{ hasher }}), opened)
{% endif %}
}

func serve(t *testing.T, backend httpapi.Users{% if cookiecutter.database != 'memory' %}, database httpapi.Database{% endif %}, origins ...string) *service {
	t.Helper()
{% if cookiecutter.auth == 'jwt' %}
	return serveFor(t, backend{% if cookiecutter.database != 'memory' %}, database{% endif %}, httpapi.Auth{Sessions: anyTokenIsAnAdmins{}}, origins...)
}

func serveFor(t *testing.T, backend httpapi.Users{% if cookiecutter.database != 'memory' %}, database httpapi.Database{% endif %}, auth httpapi.Auth, origins ...string) *service {
	t.Helper()
{% endif %}
	log := &lockedBuffer{}
	api := httpapi.New(backend, {% if cookiecutter.database != 'memory' %}database, {% endif %}{% if cookiecutter.auth == 'jwt' %}auth, {% endif %}telemetry.NewLogger(log, slog.LevelInfo), origins)
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	return &service{Server: server, api: api, log: log}
}

{% if cookiecutter.auth == 'jwt' %}
// do sends a request with headers such as "If-Match: *". A body is sent as JSON unless a header says otherwise, and a
// token that is nobody's unless a header is about Authorization.
{% else %}
// do sends a request with headers such as "If-Match: *". A body is sent as JSON unless a header says otherwise.
{% endif %}
func (s *service) do(t *testing.T, method, path, body string, headers ...string) answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		if name == "Content-Type" {
			request.Header.Del(name)
		}
		request.Header.Add(name, value)
	}
{% if cookiecutter.auth == 'jwt' %}
	if _, sent := request.Header["Authorization"]; !sent {
		request.Header.Set("Authorization", "Bearer any")
	}
{% endif %}
	response, err := s.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	read, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, string(read)}
}

// create stores a user with this name and returns its id.
func (s *service) create(t *testing.T, name string) int64 {
	t.Helper()
	created := s.do(t, "POST", "/users", fmt.Sprintf(`{"name":%q,"email":"%s@example.com"}`, name, name))
	created.want(t, http.StatusCreated)
	return int64(created.object(t)["id"].(float64))
}

func (a answer) want(t *testing.T, status int) {
	t.Helper()
	if a.status != status {
		t.Fatalf("got %d %s, want %d", a.status, a.body, status)
	}
}

func (a answer) wantProblem(t *testing.T, status int, detail string) {
	t.Helper()
	a.want(t, status)
	if got := a.header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("got Content-Type %s", got)
	}
	if got := a.object(t)["detail"]; got != detail {
		t.Errorf("got detail %s, want %s", got, detail)
	}
}

func (a answer) wantHeader(t *testing.T, name, value string) {
	t.Helper()
	if got := strings.Join(a.header.Values(name), " | "); got != value {
		t.Errorf("got %s %q, want %q", name, got, value)
	}
}

func (a answer) object(t *testing.T) map[string]any {
	t.Helper()
	var object map[string]any
	if err := json.Unmarshal([]byte(a.body), &object); err != nil {
		t.Fatalf("%v in %s", err, a.body)
	}
	return object
}

{% if cookiecutter.auth == 'jwt' %}
// anyTokenIsAnAdmins takes every token for that of an admin, whom no store has; its other methods are not called.
type anyTokenIsAnAdmins struct {
	httpapi.Sessions
}

func (anyTokenIsAnAdmins) Authenticate(context.Context, string) (sessions.Caller, error) {
	return sessions.Caller{User: users.User{Access: users.Access{Role: users.RoleAdmin}}}, nil
}

{% endif %}
// brokenUsers fails in every method that it is asked for here; the others are not called.
type brokenUsers struct {
	httpapi.Users
	err error
}

func (b brokenUsers) Get(context.Context, int64) (users.User, error) {
	return users.User{}, b.err
}

func (b brokenUsers) List(context.Context, users.Query) (users.Page, error) {
	panic(b.err)
}
