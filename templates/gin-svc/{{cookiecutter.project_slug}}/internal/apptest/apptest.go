// Package apptest runs the service over a database of its own, for the tests of every feature.
package apptest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime/debug"
	"strings"
	"sync"
	"testing"

{% if cookiecutter.auth == 'jwt' %}
	"{{ cookiecutter.__module }}/internal/auth"
{% endif %}
{% if cookiecutter.database != 'memory' %}
	"{{ cookiecutter.__module }}/internal/db"
	"{{ cookiecutter.__module }}/internal/db/dbtest"
{% endif %}
	"{{ cookiecutter.__module }}/internal/telemetry"
	"{{ cookiecutter.__module }}/internal/users"
	"{{ cookiecutter.__module }}/internal/web"
)
{% if cookiecutter.auth == 'jwt' %}

// Password is that of everybody here.
const Password = "correct horse battery"

// Secret signs the tokens.
const Secret = "a secret that only the tests know"
{% endif %}

// App is the service before it has started. A test may change what is there, and register routes.
type App struct {
{% if cookiecutter.auth == 'jwt' %}
	Origins        []string
	TrustedProxies []string
	// Attempts is how many logins of one address are let through in a minute.
	Attempts    int
	MayRegister bool
	// NoAdmin leaves the database empty.
	NoAdmin bool
	Hasher  *auth.Hasher
	Keys    []auth.JWK
	Stores  auth.Stores
{% else %}
	Origins []string
{% endif %}
{% if cookiecutter.database != 'memory' %}
	// Database is empty and has the newest schema, unless a test puts another one in its place.
	Database *db.Database
{% endif %}

	routes []func(app *App)

	// What follows is there once routes are registered.
{% if cookiecutter.auth == 'jwt' %}
	Router   *web.Router
	Users    *users.Service
	Guard    *auth.Guard
	Sessions *auth.Service
{% else %}
	Router *web.Router
	Users  *users.Service
{% endif %}
}

// Routes lets a test register routes once the parts are there that they need.
func (a *App) Routes(register func(app *App)) {
	a.routes = append(a.routes, register)
}

// Service is a running service, and what it has logged.
type Service struct {
	*httptest.Server
	*App
	Web *web.Server
	Log *Log
{% if cookiecutter.auth == 'jwt' %}
	// Admin is who sends a request that says nothing of it.
	Admin Person
{% endif %}
}
{% if cookiecutter.auth == 'jwt' %}

// Person is a user who has logged in.
type Person struct {
	ID                     int64
	Email, Access, Refresh string
}

// Bearer returns the header by which the person sends a request.
func (p Person) Bearer() string { return "Authorization: Bearer " + p.Access }
{% endif %}

// Start runs the service. A change prepares it.
func Start(t *testing.T, changes ...func(app *App)) *Service {
	t.Helper()
{% if cookiecutter.auth == 'jwt' %}
	app := &App{Attempts: 1000, MayRegister: true, Hasher: auth.NewTestHasher(4)}
{% else %}
	app := &App{}
{% endif %}
{% if cookiecutter.database != 'memory' %}
	app.Database = dbtest.Open(t)
{% endif %}
{% if cookiecutter.database == 'memory' %}
	store := users.NewStore()
{% endif %}
{% if cookiecutter.auth == 'jwt' %}
	for _, change := range changes {
		prepare(t, app, change)
	}
{% if cookiecutter.database == 'memory' %}
	sessions := auth.NewStore(store)
{% else %}
	store := users.NewStore(app.Database)
	sessions := auth.NewStore(app.Database, func() auth.Account { return new(users.User) })
{% endif %}
	if app.Stores.Sessions == nil {
		app.Stores.Sessions = sessions
	}
	if app.Stores.Revocations == nil {
		app.Stores.Revocations, app.Stores.Attempts = sessions, sessions
	}
	app.Users = users.NewService(store, app.Hasher)
	app.Sessions = auth.NewService(app.Stores, app.Hasher, NewTokens(), app.Attempts)
	app.Guard = auth.NewGuard(app.Sessions)
{% else %}
	for _, change := range changes {
		prepare(t, app, change)
	}
{% if cookiecutter.database != 'memory' %}
	store := users.NewStore(app.Database)
{% endif %}
	app.Users = users.NewService(store)
{% endif %}

	s := &Service{App: app, Log: &Log{}}
	s.Web = web.New(web.Options{
		Logger: telemetry.NewLogger(s.Log, slog.LevelInfo), AllowedOrigins: app.Origins,{% if cookiecutter.auth == 'jwt' %} TrustedProxies: app.TrustedProxies,{% endif %}

	})
	app.Router = s.Web.Router("", "")
{% if cookiecutter.auth == 'jwt' %}
	auth.Register(app.Router, app.Guard, app.Keys)
	users.Register(app.Router, app.Guard, app.Users, app.Sessions, app.MayRegister)
{% else %}
	users.Register(app.Router, app.Users)
{% endif %}
	for _, register := range app.routes {
		register(app)
	}
	s.Web.ServeHealth({% if cookiecutter.database != 'memory' %}app.Database.Ping{% endif %})
	s.Web.ServeDocument()
	handler, err := s.Web.Handler()
	if err != nil {
		t.Fatal(err)
	}
	s.Server = httptest.NewServer(handler)
	t.Cleanup(s.Close)
{% if cookiecutter.auth == 'jwt' %}
	if !app.NoAdmin {
		s.Admin = s.Person(t, "root", auth.RoleAdmin)
	}
{% endif %}
	return s
}

// prepare says what to do about a change that needs a part of the service that is not there yet.
func prepare(t *testing.T, app *App, change func(app *App)) {
	t.Helper()
	defer func() {
		if panicked := recover(); panicked != nil {
			t.Fatalf("%v: what registers routes or needs a part of the service belongs into app.Routes\n%s", panicked, debug.Stack())
		}
	}()
	change(app)
}
{% if cookiecutter.auth == 'jwt' %}

// NewTokens returns what signs and verifies access tokens as the service does.
func NewTokens() *auth.Tokens {
	return auth.NewTokens(auth.NewSecretKeys(Secret, nil), "issuer", "audience", "")
}

// Person makes a user with this name and role, who logs in.
func (s *Service) Person(t *testing.T, name string, role auth.Role) Person {
	t.Helper()
	user, err := s.Users.Create(t.Context(), users.Create{
		Name: name, Email: name + "@example.com",
		Password: web.Optional[string]{Sent: true, Value: Password}, Role: web.Optional[auth.Role]{Sent: true, Value: role},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s.Login(t, Person{ID: user.ID, Email: user.Email})
}

// Login begins another session of a person.
func (s *Service) Login(t *testing.T, who Person) Person {
	t.Helper()
	got := s.Do(t, "POST", "/auth/login", fmt.Sprintf(`{"email":%q,"password":%q}`, who.Email, Password))
	got.Want(t, http.StatusOK)
	pair := got.Object(t)
	who.Access, _ = pair["access_token"].(string)
	who.Refresh, _ = pair["refresh_token"].(string)
	return who
}
{% endif %}

// Do sends a request with headers such as "If-Match: *". A body is sent as JSON unless a header says otherwise{% if cookiecutter.auth == 'jwt' %}, and
// the admin sends it unless a header is about Authorization{% endif %}.
func (s *Service) Do(t *testing.T, method, path, body string, headers ...string) Answer {
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
	if _, sent := request.Header["Authorization"]; !sent && !strings.HasPrefix(path, "/auth/") {
		request.Header.Set("Authorization", "Bearer "+s.Admin.Access)
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
	return Answer{response.StatusCode, response.Header, string(read)}
}

// Create makes a user with this name, and returns the path.
func (s *Service) Create(t *testing.T, name string) string {
	t.Helper()
	created := s.Do(t, "POST", "/users", fmt.Sprintf(`{"name":%q,"email":"%s@example.com"}`, name, name))
	created.Want(t, http.StatusCreated)
	return created.Header.Get("Location")
}

// Answer is a response that has been read.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// Want fails the test for another status.
func (a Answer) Want(t *testing.T, status int) {
	t.Helper()
	if a.Status != status {
		t.Fatalf("got %d %s, want %d", a.Status, a.Body, status)
	}
}

// WantProblem fails the test for anything but a problem with this status, with a fault for each of these places, such as
// /email of a body or limit of a query.
func (a Answer) WantProblem(t *testing.T, status int, places ...string) {
	t.Helper()
	a.Want(t, status)
	if got := a.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("got Content-Type %s", got)
	}
	var problem web.Problem
	if err := json.Unmarshal([]byte(a.Body), &problem); err != nil || problem.Status != status {
		t.Errorf("got %s and %v", a.Body, err)
	}
	var got []string
	for _, fault := range problem.Errors {
		got = append(got, fault.Pointer+fault.Parameter)
	}
	if strings.Join(got, " ") != strings.Join(places, " ") {
		t.Errorf("got faults at %v, want %v", got, places)
	}
}

// WantHeader fails the test for another value of a header, several being joined.
func (a Answer) WantHeader(t *testing.T, name, value string) {
	t.Helper()
	if got := strings.Join(a.Header.Values(name), " | "); got != value {
		t.Errorf("got %s %q, want %q", name, got, value)
	}
}

// Object returns the body as an object.
func (a Answer) Object(t *testing.T) map[string]any {
	t.Helper()
	var object map[string]any
	if err := json.Unmarshal([]byte(a.Body), &object); err != nil {
		t.Fatalf("%v in %s", err, a.Body)
	}
	return object
}

// Log is what has been logged. It is safe for concurrent use.
type Log struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

// Write implements io.Writer.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buffer.Write(p)
}

func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buffer.String()
}

// InParallel calls a function many times at once and counts what it returns.
func InParallel(times int, call func(number int) int) map[int]int {
	results := make([]int, times)
	var group sync.WaitGroup
	begin := make(chan struct{})
	for number := range times {
		group.Go(func() {
			<-begin
			results[number] = call(number)
		})
	}
	close(begin)
	group.Wait()
	counts := make(map[int]int)
	for _, result := range results {
		counts[result]++
	}
	return counts
}
