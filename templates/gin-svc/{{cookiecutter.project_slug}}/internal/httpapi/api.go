{% set with_access = ', access users.NewAccess' if cookiecutter.auth == 'jwt' else '' %}
// Package httpapi serves the users over HTTP. It translates between requests, answers and the service's terms, and
// decides nothing.
package httpapi

import (
	"context"
{% if cookiecutter.database != 'memory' or cookiecutter.__uses_redis %}
	"errors"
{% endif %}
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/gin-gonic/gin"

{% if cookiecutter.auth == 'jwt' %}
	"{{ cookiecutter.project_slug }}/internal/policy"
{% if cookiecutter.__uses_redis %}
	"{{ cookiecutter.project_slug }}/internal/sessions"
{% endif %}
{% endif %}
	"{{ cookiecutter.project_slug }}/internal/users"
)

// Users is what the API needs done. Errors are those of package users.
type Users interface {
	Create(ctx context.Context, draft users.Draft{{ with_access }}) (users.User, error)
	Get(ctx context.Context, id int64) (users.User, error)
	List(ctx context.Context, query users.Query) (users.Page, error)
	Replace(ctx context.Context, id int64, draft users.Draft{{ with_access }}, accepted users.Versions) (users.User, error)
	Change(ctx context.Context, id int64, changes users.Changes{{ with_access }}, accepted users.Versions) (users.User, error)
	Delete(ctx context.Context, id int64, accepted users.Versions) error
	Profile(ctx context.Context, userID int64) (users.Profile, error)
	Profiles(ctx context.Context, list []users.User) (map[int64]users.Profile, error)
	PutProfile(ctx context.Context, userID int64, draft users.ProfileDraft) (users.Profile, error)
}
{% if cookiecutter.database != 'memory' %}

// Database is what the API has to know about the database: whether it answers.
type Database interface {
	Ping(ctx context.Context) error
}
{% endif %}

// API is the HTTP API as a handler.
type API struct {
	users        Users
{% if cookiecutter.database != 'memory' %}
	database     Database
{% endif %}
{% if cookiecutter.auth == 'jwt' %}
	auth         Auth
{% endif %}
	logger       *slog.Logger
	cors         corsPolicy
	engine       *gin.Engine
	templates    map[string]string
	shuttingDown atomic.Bool
}

// unroutable is a path that no route has.
const unroutable = "//"

// handler answers a request, or returns the error that a problem is made of.
type handler func(c *gin.Context) error

// New returns the API for these users. allowedOrigins are the origins that CORS lets in, or "*" alone.
func New(service Users, {% if cookiecutter.database != 'memory' %}database Database, {% endif %}{% if cookiecutter.auth == 'jwt' %}auth Auth, {% endif %}logger *slog.Logger, allowedOrigins []string) *API {
	gin.SetMode(gin.ReleaseMode)
	a := &API{
		users:     service,
{% if cookiecutter.database != 'memory' %}
		database:  database,
{% endif %}
{% if cookiecutter.auth == 'jwt' %}
		auth:      auth,
{% endif %}
		logger:    logger,
		cors:      newCORSPolicy(allowedOrigins),
		engine:    gin.New(),
		templates: make(map[string]string),
	}
	a.engine.HandleMethodNotAllowed = true
	a.engine.RedirectTrailingSlash = false
	a.engine.RedirectFixedPath = false
	// Without an error for nil: no proxy is trusted, and no client address is read from a header.
	_ = a.engine.SetTrustedProxies(nil)
	a.engine.Use(a.identify, a.logRequest, a.recoverPanic, a.limitDeclaredLength, a.answerPreflight)
	a.engine.NoRoute(a.handle(noRoute))
	a.engine.NoMethod(a.handle(methodNotAllowed))
	a.route()
	return a
}

// ServeHTTP implements http.Handler.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.Contains(r.URL.Path, "//") {
		// Gin would take an empty segment for a parameter without a value.
		r.URL.Path = unroutable
	}
	a.engine.ServeHTTP(w, r)
}

// BeginShutdown makes /readyz say from now on that no more requests are wanted.
func (a *API) BeginShutdown() {
	a.shuttingDown.Store(true)
}

func (a *API) route() {
	a.on("GET /users", a.listUsers)
	a.on("POST /users", a.createUser)
	a.on("GET /users/{id}", a.getUser)
	a.on("PUT /users/{id}", a.replaceUser)
	a.on("PATCH /users/{id}", a.changeUser)
	a.on("DELETE /users/{id}", a.deleteUser)
	a.on("GET /users/{id}/profile", a.getProfile)
	a.on("PUT /users/{id}/profile", a.putProfile)
{% if cookiecutter.auth == 'jwt' %}
	a.on("POST /auth/register", a.register)
	a.on("POST /auth/login", a.login)
	a.on("POST /auth/refresh", a.refresh)
	a.on("POST /auth/logout", a.logout)
	a.on("GET /auth/me", getMe)
	a.on("GET /.well-known/jwks.json", a.getKeys)
{% endif %}
	a.on("GET /healthz", a.getHealth)
	a.on("GET /readyz", a.getReadiness)
	a.on("GET /openapi.json", getOpenAPI)
	a.on("GET /docs", getDocs)
	for _, path := range docsFiles {
		a.on("GET "+path, getDocsFile)
	}
}

{% if cookiecutter.auth == 'jwt' %}
// on routes a method and a path with parameters in braces, and HEAD wherever it routes GET, for those whom the policy admits.
{% else %}
// on routes a method and a path with parameters in braces, and HEAD wherever it routes GET.
{% endif %}
func (a *API) on(methodAndPath string, answer handler) {
	method, template, _ := strings.Cut(methodAndPath, " ")
	path := strings.NewReplacer("{", ":", "}", "").Replace(template)
	a.templates[path] = template
{% if cookiecutter.auth == 'jwt' %}
	answer = a.admit(policy.Of(methodAndPath), answer)
{% endif %}
	a.engine.Handle(method, path, a.handle(answer))
	if method == http.MethodGet {
		a.engine.Handle(http.MethodHead, path, a.handle(answer))
	}
}

func (a *API) handle(answer handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := answer(c); err != nil {
			a.fail(c, err)
		}
	}
}

func noRoute(*gin.Context) error {
	return &requestError{status: http.StatusNotFound, detail: "There is nothing at this path."}
}

// methodNotAllowed finds the methods of the path in the Allow header that Gin has set.
func methodNotAllowed(c *gin.Context) error {
	header := c.Writer.Header()
	header.Set("Allow", sortedList(header.Get("Allow")))
	return &requestError{status: http.StatusMethodNotAllowed, detail: c.Request.Method + " is not allowed here."}
}

// fail answers with the problem that tells a client about an error.
func (a *API) fail(c *gin.Context, err error) {
	answer := toRequestError(err)
	if answer == errUnexpected {
		a.logError(c, err.Error())
	}
{% if cookiecutter.database != 'memory' %}
	if errors.Is(err, users.ErrUnavailable) && !errors.Is(err, context.Canceled) {
		a.logger.WarnContext(c.Request.Context(), "the database is not available", "error", err.Error())
	}
{% endif %}
{% if cookiecutter.__uses_redis %}
	if errors.Is(err, sessions.ErrRedisUnavailable) && !errors.Is(err, context.Canceled) {
		a.logger.WarnContext(c.Request.Context(), "Redis is not available", "error", err.Error())
	}
{% endif %}
	writeProblem(c, answer)
}
