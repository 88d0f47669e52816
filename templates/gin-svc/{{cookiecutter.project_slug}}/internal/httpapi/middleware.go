package httpapi

import (
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"runtime/debug"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"{{ cookiecutter.project_slug }}/internal/telemetry"
)

const (
	maxBodyBytes    = 1 << 20
	requestIDHeader = "X-Request-ID"
	unmatched       = "unmatched"
)

var requestID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,128}$`)

// identify gives the request its id, and every answer the headers that all of them have.
func (a *API) identify(c *gin.Context) {
	id := acceptRequestID(c.Request.Header.Values(requestIDHeader))
	c.Request = c.Request.WithContext(telemetry.WithRequestID(c.Request.Context(), id))
	header := c.Writer.Header()
	header.Set(requestIDHeader, id)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")
	if a.shuttingDown.Load() {
		header.Set("Connection", "close")
	}
	a.cors.addHeaders(c.Request, header)
}

func acceptRequestID(sent []string) string {
	if len(sent) == 1 && requestID.MatchString(sent[0]) {
		return sent[0]
	}
	return uuid.NewString()
}

func (a *API) logRequest(c *gin.Context) {
	started := time.Now()
	c.Next()
	template, matched := a.templates[c.FullPath()]
	if !matched {
		template = unmatched
	}
	a.logger.LogAttrs(c.Request.Context(), slog.LevelInfo, "request",
		slog.String("method", c.Request.Method),
		slog.String("route", template),
		slog.Int("status", c.Writer.Status()),
		slog.Float64("duration_ms", float64(time.Since(started).Microseconds())/1000),
	)
}

// recoverPanic turns a panic into a 500, except for the one by which a handler asks net/http to drop the connection.
func (a *API) recoverPanic(c *gin.Context) {
	defer func() {
		switch panicked := recover(); panicked {
		case nil:
		case http.ErrAbortHandler:
			panic(panicked)
		default:
			a.logError(c, fmt.Sprint(panicked))
			c.Abort()
			if !c.Writer.Written() {
				writeProblem(c, errUnexpected)
			}
		}
	}()
	c.Next()
}

// logError logs an unexpected error with the stack that it is noticed on.
func (a *API) logError(c *gin.Context, message string) {
	stack := slog.String("error", message+"\n"+string(debug.Stack()))
	a.logger.LogAttrs(c.Request.Context(), slog.LevelError, "unexpected error", stack)
}

func (a *API) limitDeclaredLength(c *gin.Context) {
	if c.Request.ContentLength > maxBodyBytes {
		answerBeforeRoute(c)
		writeProblem(c, errTooLarge)
	}
}

func (a *API) answerPreflight(c *gin.Context) {
	if a.cors.isPreflight(c.Request) {
		answerBeforeRoute(c)
		addPreflightHeaders(c.Writer.Header())
		c.Status(http.StatusNoContent)
	}
}

// answerBeforeRoute stops what Gin has prepared: where it found no route for the method, a header with the path's methods.
func answerBeforeRoute(c *gin.Context) {
	c.Abort()
	c.Writer.Header().Del("Allow")
}
