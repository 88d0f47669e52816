package web

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/gin-gonic/gin"
)

// Options are what a server has to know.
type Options struct {
	Logger *slog.Logger
	// AllowedOrigins are the origins that CORS lets in, or "*" alone.
	AllowedOrigins []string
{% if cookiecutter.auth == 'jwt' %}
	// TrustedProxies are addresses and networks of proxies, which are believed where they tell the address of a client.
	TrustedProxies []string
{% endif %}
}

// Server is a Gin engine that answers every error with a problem, and knows its routes.
type Server struct {
	engine   *gin.Engine
	logger   *slog.Logger
	routes   map[string]*route
	faults   []error
	document []byte
	stopping atomic.Bool
}

// New returns a server that has no routes yet.
func New(options Options) *Server {
	gin.SetMode(gin.ReleaseMode)
	s := &Server{engine: gin.New(), logger: options.Logger, routes: make(map[string]*route)}
	s.engine.HandleMethodNotAllowed = true
	s.engine.RedirectTrailingSlash = false
	s.engine.Use(s.identify, s.logRequest, s.limitTime, s.answerErrors)
	if len(options.AllowedOrigins) > 0 {
		s.engine.Use(allowOrigins(options.AllowedOrigins))
	}
	s.engine.Use(s.limitLength, refuseEmptySegments)
{% if cookiecutter.auth == 'jwt' %}
	s.engine.Use(s.refuseWithoutRule)
	s.engine.RemoteIPHeaders = []string{"X-Forwarded-For"}
	// Otherwise Gin believes whoever is on a Unix socket.
	s.engine.ForwardedByClientIP = len(options.TrustedProxies) > 0
	if err := s.engine.SetTrustedProxies(options.TrustedProxies); err != nil {
		s.faults = append(s.faults, err)
	}
{% else %}
	s.engine.NoRoute(refuseUnmatched)
	s.engine.NoMethod(refuseUnmatched)
	// Without an error for nil: no client address is read from a header.
	_ = s.engine.SetTrustedProxies(nil)
{% endif %}
	return s
}

{% if cookiecutter.auth == 'jwt' %}
// Engine returns Gin's own engine, for middleware, which is for routes that are registered after it. It does not run for what
// no route gets: an unknown path or method, a body that is too large, and a preflight of CORS. Routes that are registered with
// the engine have no access rule and are never served.
{% else %}
// Engine returns Gin's own engine, for what is not a part of the API and for middleware, which is for routes that are registered
// after it. It does not run for a body that is too large, nor for a preflight of CORS.
{% endif %}
func (s *Server) Engine() *gin.Engine {
	return s.engine
}

// Stop makes every answer from now on ask its client for another connection.
func (s *Server) Stop() {
	s.stopping.Store(true)
}

{% if cookiecutter.auth == 'jwt' %}
// Handler returns what serves the routes, or an error that names those that nobody may rely on: without a rule that says who
// may call them.
{% else %}
// Handler returns what serves the routes, or an error that names those that the document can't describe.
{% endif %}
func (s *Server) Handler() (http.Handler, error) {
{% if cookiecutter.auth == 'jwt' %}
	for _, route := range s.engine.Routes() {
		if _, known := s.routes[route.Method+" "+route.Path]; !known {
			s.faults = append(s.faults, missingRule(route.Method, route.Path))
		}
	}
{% endif %}
	document, err := s.describe()
	if err := errors.Join(append(s.faults, err)...); err != nil {
		return nil, err
	}
	s.document = document
	return s.engine, nil
}

// operation returns what is said of the route of a request, or an empty Op where there is none.
func (s *Server) operation(c *gin.Context) Op {
	if route, known := s.routes[c.Request.Method+" "+c.FullPath()]; known {
		return route.Op
	}
	return Op{}
}

// abort ends a request with an error, which answerErrors makes an answer of.
func abort(c *gin.Context, err error) {
	_ = c.Error(err)
	c.Status(toAnswer(c, err).Status) // For middleware that looks at it after c.Next.
	c.Abort()
}

// template returns a path as OpenAPI and the log write it: /users/{id} for /users/:id.
func template(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if name := strings.TrimLeft(part, ":*"); name != part {
			parts[i] = "{" + name + "}"
		}
	}
	return strings.Join(parts, "/")
}
