package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"regexp"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
	"github.com/rs/cors"

	"{{ cookiecutter.__module }}/internal/telemetry"
)

const (
	requestIDHeader = "X-Request-ID"
	// workTime is for all that a request does, without the time in which its client sends the body.
	workTime = 4 * time.Second
	// clientTime is how long the client of a route with a Timeout of its own may take besides.
	clientTime      = 30 * time.Second
	preflightMaxAge = 10 * time.Minute
)

var requestID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,128}$`)

// identify gives the request its id, and every answer the headers that all of them have.
func (s *Server) identify(c *gin.Context) {
	id := acceptRequestID(c.Request.Header.Values(requestIDHeader))
	c.Request = c.Request.WithContext(telemetry.WithRequestID(c.Request.Context(), id))
	header := c.Writer.Header()
	header.Set(requestIDHeader, id)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")
	if s.stopping.Load() {
		header.Set("Connection", "close")
	}
}

func acceptRequestID(sent []string) string {
	if len(sent) == 1 && requestID.MatchString(sent[0]) {
		return sent[0]
	}
	return uuid.NewString()
}

func (s *Server) logRequest(c *gin.Context) {
	started := time.Now()
	// Deferred, for an answer that is cut off by a panic.
	defer func() {
		route := "unmatched"
		if path := c.FullPath(); path != "" {
			route = template(path)
		}
		s.logger.LogAttrs(c.Request.Context(), slog.LevelInfo, "request",
			slog.String("method", c.Request.Method),
			slog.String("route", route),
			slog.Int("status", c.Writer.Status()),
			slog.Float64("duration_ms", float64(time.Since(started).Microseconds())/1000),
		)
	}()
	c.Next()
}

// answerErrors answers with a problem for the last error of a request, however it came: returned by a Handler, given to
// c.Error, or as a panic, except for the one by which a handler asks net/http to drop the connection. An error that comes after
// the answer has begun is logged.
func (s *Server) answerErrors(c *gin.Context) {
	writer := &lateWriter{ResponseWriter: c.Writer}
	defer func() {
		switch panicked := recover(); panicked {
		case nil:
		case http.ErrAbortHandler:
			panic(panicked)
		default:
			s.logger.ErrorContext(c.Request.Context(), "unexpected error", "error", fmt.Sprint(panicked)+"\n"+string(debug.Stack()))
			c.Abort()
			if !c.Writer.Written() {
				writeProblem(c, errUnexpected)
			}
			writer.cutOff()
		}
	}()
	c.Writer = writer
	c.Next()
	last := c.Errors.Last()
	switch status := c.Writer.Status(); {
	case c.Writer.Written() && last != nil && !clientGone(c):
		s.logger.ErrorContext(c.Request.Context(), "error after the answer had begun",
			"error", last.Err.Error(), "route", template(c.FullPath()))
		writer.cutOff()
	case c.Writer.Written():
	case last != nil:
		s.fail(c, last.Err)
	case status >= http.StatusBadRequest:
		writeProblem(c, fromStatus(status))
	}
}

// lateWriter sends a status only with a body or at the end of the request, so that one without a body, as of
// c.AbortWithStatus, still becomes a problem.
type lateWriter struct {
	gin.ResponseWriter
	// inPieces tells that the answer comes in several writes, as a stream does, and c.JSON does not.
	inPieces bool
}

func (*lateWriter) WriteHeaderNow() {}

func (w *lateWriter) Write(p []byte) (int, error) {
	w.inPieces = w.inPieces || w.Written()
	return w.ResponseWriter.Write(p)
}

func (w *lateWriter) WriteString(text string) (int, error) {
	w.inPieces = w.inPieces || w.Written()
	return w.ResponseWriter.WriteString(text)
}

func (w *lateWriter) Flush() {
	w.inPieces = true
	w.ResponseWriter.Flush()
}

// cutOff ends the connection in the middle of an answer that failed, since the client would take what it got for the whole of
// it. An answer that was written at once is whole, and so is one that tells about an error itself.
func (w *lateWriter) cutOff() {
	if w.inPieces && w.Status() < http.StatusBadRequest {
		panic(http.ErrAbortHandler)
	}
}

func (w *lateWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// limitLength limits every body, whoever reads it: also one whose length is not known before.
func (s *Server) limitLength(c *gin.Context) {
	limit := cmp.Or(s.operation(c).MaxBody, MaxBodyBytes)
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, limit)
	if c.Request.ContentLength > limit {
		c.Writer.Header().Del("Allow") // Gin sets it where it found no route for the method.
		abort(c, errTooLarge(limit))
	}
}

// refuseEmptySegments keeps a path with a slash too many from being another one, since Gin takes an empty segment for a
// parameter.
func refuseEmptySegments(c *gin.Context) {
	if strings.Contains(c.Request.URL.Path, "//") {
		c.Writer.Header().Del("Allow") // Gin sets it where it found no route for the method.
		abort(c, errNoRoute)
	}
}

{% if cookiecutter.auth == 'jwt' %}
// refuseWithoutRule lets nothing answer but routes with an access rule: also not one that was added to Gin's engine after
// Handler had looked for such, nor a NoRoute.
func (s *Server) refuseWithoutRule(c *gin.Context) {
	path := c.FullPath()
	if path == "" {
		refuseUnmatched(c)
		return
	}
	if route, known := s.routes[c.Request.Method+" "+path]; !known || !route.access.isRule() {
		s.logger.ErrorContext(c.Request.Context(), "refused a route that has no access rule", "route", template(path))
		abort(c, errNoRoute)
	}
}

{% endif %}
func refuseUnmatched(c *gin.Context) {
	if c.Writer.Status() == http.StatusMethodNotAllowed {
		abort(c, &Error{Status: http.StatusMethodNotAllowed, Detail: c.Request.Method + " is not allowed here."})
		return
	}
	abort(c, errNoRoute)
}

// limitTime gives the request's context a deadline, once for all that it waits for but its client: while the body is read,
// by whoever reads it, the time stands still.
func (s *Server) limitTime(c *gin.Context) {
	own := s.operation(c).Timeout
	if own > 0 {
		// What does not come over a connection, as in a test, has no deadlines.
		connection := http.NewResponseController(c.Writer)
		_ = connection.SetReadDeadline(time.Now().Add(own + clientTime))
		_ = connection.SetWriteDeadline(time.Now().Add(own + clientTime))
	}
	timeout := cmp.Or(own, workTime)
	ctx, cancel := context.WithCancelCause(c.Request.Context())
	running := &clock{Context: ctx, ends: time.Now().Add(timeout)}
	running.timer = time.AfterFunc(timeout, func() { cancel(context.DeadlineExceeded) })
	defer func() {
		running.timer.Stop()
		cancel(nil)
	}()
	c.Request = c.Request.WithContext(running)
	c.Request.Body = timedBody{c.Request.Body, running}
	c.Next()
}

// clock is a context whose deadline can be put off. Contexts that are made of it end with it all the same.
type clock struct {
	context.Context
	timer *time.Timer
	mu    sync.Mutex
	ends  time.Time
}

// Deadline implements context.Context.
func (k *clock) Deadline() (time.Time, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.ends, true
}

// Err implements context.Context: its cause tells that the time is over from a client that went away.
func (k *clock) Err() error { return context.Cause(k.Context) }

// timedBody is a body whose reader's time stands still while it waits for the client.
type timedBody struct {
	io.ReadCloser
	clock *clock
}

// Read implements io.Reader. It returns errTooSlow where the time that net/http gives the client is over.
func (b timedBody) Read(p []byte) (int, error) {
	began := time.Now()
	if b.clock.timer.Stop() {
		defer func() {
			b.clock.mu.Lock()
			defer b.clock.mu.Unlock()
			b.clock.ends = b.clock.ends.Add(time.Since(began))
			b.clock.timer.Reset(time.Until(b.clock.ends))
		}()
	}
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = errTooSlow
	}
	return n, err
}

// allowOrigins lets pages of these origins read answers. A request from another origin, or one that names several, gets no
// headers of CORS, and its preflight is answered as any other method that the path does not have.
func allowOrigins(origins []string) gin.HandlerFunc {
	policy := cors.New(cors.Options{
		AllowedOrigins: origins,
		AllowedMethods: []string{"DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"},
		// Headers of your own that pages send belong here, and those that they read into the next line.
		AllowedHeaders: []string{"Authorization", "Content-Type", "If-Match", "If-None-Match", "X-Request-ID"},
		ExposedHeaders: []string{"ETag", "Link", "Location", "Retry-After", "X-Request-ID"},
		MaxAge:         int(preflightMaxAge.Seconds()),
	})
	return func(c *gin.Context) {
		if len(c.Request.Header.Values("Origin")) != 1 || !policy.OriginAllowed(c.Request) {
			return
		}
		isPreflight := c.Request.Method == http.MethodOptions && c.GetHeader("Access-Control-Request-Method") != ""
		if isPreflight {
			c.Writer.Header().Del("Allow") // Gin sets it where it found no route for the method.
			c.Abort()
		}
		policy.HandlerFunc(c.Writer, c.Request)
	}
}
