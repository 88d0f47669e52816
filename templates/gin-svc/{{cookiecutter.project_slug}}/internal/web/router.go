package web

import (
{% if cookiecutter.auth == 'none' %}
	"context"
{% endif %}
	"fmt"
	"net/http"
	"reflect"
{% if cookiecutter.auth == 'jwt' %}
	"strings"
{% endif %}
	"time"

	"github.com/gin-gonic/gin"
)

// Keys of a gin.Context, of types that nobody else has.
type (
	operationKey struct{}
{% if cookiecutter.auth == 'jwt' %}
	loadedKey    struct{}
{% endif %}
)

// Handler answers a request, or returns the error that a problem is made of.
type Handler func(c *gin.Context) error

// Plain makes a Handler of Gin's own kind.
func Plain(handler gin.HandlerFunc) Handler {
	return func(c *gin.Context) error {
		handler(c)
		return nil
	}
}
{% if cookiecutter.auth == 'jwt' %}

// Access is the rule that says who may call a route. Every route has one.
type Access struct {
	// Name says it in words.
	Name string
	// Check returns an error for those who may not call the route, or answers them by itself, as c.AbortWithStatus does.
	Check Handler
	// Forbids tells that the rule refuses some of those who are logged in.
	Forbids bool

	// open is for Anyone, which has nothing to check.
	open bool
}

// Anyone lets everybody in and asks for no token.
var Anyone = Access{Name: "anyone", open: true}

// isRule reports whether the Access says who may call a route: without a name or a Check it does not, and the route does not
// start.
func (a Access) isRule() bool { return a.Name != "" && (a.Check != nil || a.open) }
{% endif %}

// Op is what the API document says of a route. Path, Query, Body and Answer are zero values of their types.
type Op struct {
	Summary string
	// Path has the parameters of the path that are no positive integers, as c.ShouldBindUri reads them.
	Path   any
	Query  any
	Body   any
	Answer any
	// MediaType is that of an Answer that is a string or a []byte, text/html or application/octet-stream where it is empty.
	MediaType string
	// Status is that of success, 200 where it is zero.
	Status int
	// Versioned tells that the record has a version, which GET sends as ETag and changes depend on by If-Match.
	Versioned bool
	// Fails are the statuses of failures that belong to this route: others follow from its parameters and its body.
	Fails []int
	// Hidden keeps a route out of the document.
	Hidden bool
	// MaxBody is how many bytes a body may have, MaxBodyBytes where it is zero.
	MaxBody int64
	// Timeout is how long the work of a request may take, 4 seconds where it is zero.
	Timeout time.Duration
}

type route struct {
	Op
	method, path, tag string
{% if cookiecutter.auth == 'jwt' %}
	access            Access
{% endif %}
}

// Router registers the routes of a feature, as Gin's groups do.
type Router struct {
	server *Server
	group  *gin.RouterGroup
	tag    string
}

// Router returns what registers routes whose paths begin with a prefix. The document shows them under a tag.
func (s *Server) Router(prefix, tag string) *Router {
	return &Router{server: s, group: s.engine.Group(prefix), tag: tag}
}

// Group returns a router for longer paths.
func (r *Router) Group(prefix, tag string) *Router {
	return &Router{server: r.server, group: r.group.Group(prefix), tag: tag}
}

// Use adds Gin's middleware to the routes that are registered with this router from now on.{% if cookiecutter.auth == 'jwt' %} It runs before their access rules.{% endif %}

func (r *Router) Use(middleware ...gin.HandlerFunc) {
	r.group.Use(middleware...)
}
{% set access = 'access Access, ' if cookiecutter.auth == 'jwt' else '' %}
{% set pass = 'access, ' if cookiecutter.auth == 'jwt' else '' %}

// GET registers a route, and HEAD with it.
func (r *Router) GET(path string, {{ access }}handler Handler, op Op) {
	r.handle(http.MethodGet, path, {{ pass }}handler, op)
	r.handle(http.MethodHead, path, {{ pass }}handler, op)
}

// POST registers a route.
func (r *Router) POST(path string, {{ access }}handler Handler, op Op) {
	r.handle(http.MethodPost, path, {{ pass }}handler, op)
}

// PUT registers a route.
func (r *Router) PUT(path string, {{ access }}handler Handler, op Op) {
	r.handle(http.MethodPut, path, {{ pass }}handler, op)
}

// PATCH registers a route, whose body may be a merge patch.
func (r *Router) PATCH(path string, {{ access }}handler Handler, op Op) {
	r.handle(http.MethodPatch, path, {{ pass }}handler, op)
}

// DELETE registers a route.
func (r *Router) DELETE(path string, {{ access }}handler Handler, op Op) {
	r.handle(http.MethodDelete, path, {{ pass }}handler, op)
}

func (r *Router) handle(method, relative string, {{ access }}handler Handler, op Op) {
	registered := &route{
		Op:     op,
		method: method,
		path:   r.group.Group(relative).BasePath(), // Gin's own way of joining, which keeps a slash at the end.
		tag:    r.tag,
{% if cookiecutter.auth == 'jwt' %}
		access: access,
{% endif %}
	}
	r.server.routes[method+" "+registered.path] = registered
{% if cookiecutter.auth == 'jwt' %}
	if !access.isRule() && method != http.MethodHead {
		r.server.faults = append(r.server.faults, missingRule(method, registered.path))
	}
{% endif %}
	r.group.Handle(method, relative, func(c *gin.Context) {
		if op.Body != nil {
			c.Set(operationKey{}, op)
		}
{% if cookiecutter.auth == 'jwt' %}
		if access.Check != nil {
			if err := access.Check(c); err != nil {
				abort(c, err)
			}
			// A rule may also refuse in Gin's own way, and return nothing.
			if c.IsAborted() || c.Writer.Written() {
				return
			}
		}
{% endif %}
		if err := handler(c); err != nil {
			abort(c, err)
		}
	})
}

// checkDocumented keeps the document true: a route reads the body that it says it reads.
func checkDocumented(c *gin.Context, body any) error {
	operation, _ := c.Get(operationKey{})
	op, ok := operation.(Op)
	if bound := reflect.TypeOf(body).Elem(); !ok || elem(reflect.TypeOf(op.Body)) != bound {
		return fmt.Errorf("%s %s binds a %s that its web.Op does not have as Body", c.Request.Method, c.FullPath(), bound)
	}
	return nil
}
{% if cookiecutter.auth == 'jwt' %}

// missingRule says what to type for a route that nobody has said who may call.
func missingRule(method, path string) error {
	by, files := method, ""
	if method == http.MethodHead {
		by = http.MethodGet // Which adds HEAD as well.
	}
	if strings.Contains(path, "*") {
		files = "; files, as of Static, come from web.Plain(func(c *gin.Context) { c.FileFromFS(c.Param(name), gin.Dir(folder, false)) })"
	}
	return fmt.Errorf("%s %s has no access rule: register it by router.%s(path, rule, handler, web.Op{}), where rule is web.Anyone, "+
		"guard.SignedIn(), guard.Requires(auth.RoleAdmin) or auth.OwnerOrAdmin(guard, load), and web.Plain makes a handler of Gin's own%s",
		method, path, by, files)
}

// Keep hands over to the handler what the access rule has loaded.
func Keep(c *gin.Context, record any) {
	c.Set(loadedKey{}, record)
}

// Loaded makes a Handler of one that wants the record that its access rule has loaded, by the id in the path.
func Loaded[T any](handler func(c *gin.Context, record *T) error) Handler {
	return func(c *gin.Context) error {
		record, _ := c.Get(loadedKey{})
		loaded, ok := record.(*T)
		if !ok {
			return fmt.Errorf("the access rule of %s has loaded no %T", c.FullPath(), loaded)
		}
		return handler(c, loaded)
	}
}
{% else %}

// Load makes a Handler of one that wants the record with the id in the path.
func Load[T any](find func(ctx context.Context, id int64) (*T, error), handler func(c *gin.Context, record *T) error) Handler {
	return func(c *gin.Context) error {
		id, err := ID(c)
		if err != nil {
			return err
		}
		record, err := find(c.Request.Context(), id)
		if err != nil {
			return err
		}
		return handler(c, record)
	}
}
{% endif %}
