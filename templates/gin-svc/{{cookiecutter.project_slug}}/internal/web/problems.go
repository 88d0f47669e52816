// Package web is what the routes of every feature stand on: bodies, queries, pages, conditions, problems and middleware.
package web

import (
	"context"
	"errors"
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"{{ cookiecutter.__module }}/internal/db"
	"{{ cookiecutter.__module }}/internal/telemetry"
)

// statusClientGone is nginx's word for a request whose client has not waited for the answer.
const statusClientGone = 499

// maxFaults is how many of the faults of a request an answer lists.
const maxFaults = 20

// Error is an error that says itself how it is told to the client.
type Error struct {
	Status int
	// Detail is a sentence that says what is wrong.
	Detail string
	// Faults say what is wrong where, in a request that is not valid.
	Faults []Fault
	// Header holds header fields of the answer, by name.
	Header map[string]string
}

func (e *Error) Error() string {
	return e.Detail
}

// Fault says what is wrong with one member of a body, which Pointer names (RFC 6901), or with one parameter.
type Fault struct {
	Pointer   string `json:"pointer,omitempty"`
	Parameter string `json:"parameter,omitempty"`
	Message   string `json:"message"`
}

// Problem is the body of every answer that tells about an error (RFC 9457).
type Problem struct {
	Type      string  `json:"type"`
	Title     string  `json:"title"`
	Status    int     `json:"status"`
	Detail    string  `json:"detail"`
	Instance  string  `json:"instance"`
	RequestID string  `json:"request_id"`
	Errors    []Fault `json:"errors,omitempty"`
}

var (
	errUnexpected = &Error{
		Status: http.StatusInternalServerError, Detail: "Something went wrong; the request_id finds it in the log.",
	}
	errTooLong = &Error{Status: http.StatusServiceUnavailable, Detail: "The request took too long."}
	errTooSlow = &Error{
		Status: http.StatusRequestTimeout, Detail: "The body did not come in time.", Header: map[string]string{"Connection": "close"},
	}
	errNoRoute = &Error{Status: http.StatusNotFound, Detail: "There is nothing at this path."}
)

// Invalid returns the error for a request with these faults.
func Invalid(faults ...Fault) error {
	return &Error{
		Status: http.StatusBadRequest, Detail: "The request is not valid.", Faults: faults[:min(len(faults), maxFaults)],
	}
}

// Forbidden returns the error for what the client may not do.
func Forbidden(detail string) error {
	return &Error{Status: http.StatusForbidden, Detail: detail}
}

// NotFound returns the error for something that is not there.
func NotFound(detail string) error {
	return &Error{Status: http.StatusNotFound, Detail: detail}
}

// toError returns how an error is told to the client. It is errUnexpected for what has no such form: a fault of the service.
func toError(err error) *Error {
	if answer, ok := errors.AsType[*Error](err); ok {
		return answer
	}
	if answer := fromDatabase(err); answer != nil {
		return answer
	}
	return errUnexpected
}

func fromDatabase(err error) *Error {
	if missing, ok := errors.AsType[*db.NotFoundError](err); ok {
		return &Error{Status: http.StatusNotFound, Detail: sentence(missing.Error())}
	}
	if conflict, ok := errors.AsType[*db.ConflictError](err); ok {
		return &Error{Status: http.StatusConflict, Detail: conflict.Detail}
	}
	if _, ok := errors.AsType[*db.DuplicateError](err); ok {
		return &Error{Status: http.StatusConflict, Detail: "There is such a record already."}
	}
	if old, ok := errors.AsType[*db.VersionMismatchError](err); ok {
		return &Error{Status: http.StatusPreconditionFailed, Detail: "The " + old.Kind + " is no longer at that version."}
	}
{% if cookiecutter.database != 'memory' %}
	if errors.Is(err, db.ErrNotFound) {
		return &Error{Status: http.StatusNotFound, Detail: "There is no such record."}
	}
	if _, ok := errors.AsType[*db.ReferenceError](err); ok {
		return &Error{Status: http.StatusConflict, Detail: "Something that this refers to is gone, or others still refer to this."}
	}
	if _, ok := errors.AsType[*db.UnstorableError](err); ok {
		return &Error{Status: http.StatusBadRequest, Detail: "The request holds a value that cannot be stored."}
	}
{% endif %}
{% if cookiecutter.database != 'memory' or cookiecutter.__uses_redis %}
	if down, ok := errors.AsType[*db.UnavailableError](err); ok {
		return &Error{Status: http.StatusServiceUnavailable, Detail: sentence(down.What + " is not available")}
	}
{% endif %}
	return nil
}

// fromRequest returns the error for what one of Gin's own ways found wrong with a request, as c.ShouldBindUri or c.FormFile, or
// strconv with a parameter. It is nil for what the client has not sent.
func fromRequest(c *gin.Context, err error) *Error {
	invalid := &Error{Status: http.StatusBadRequest, Detail: "The request is not valid."}
	if name := parameterOf(c, err); name != "" {
		invalid.Faults = append(invalid.Faults, Fault{Parameter: name, Message: wrongKind})
		return invalid
	}
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return errTooLarge(tooLarge.Limit)
	}
	_, isMalformed := errors.AsType[textproto.ProtocolError](err)
	switch {
	case errors.Is(err, http.ErrMissingFile):
		invalid.Detail = "The form lacks a file."
	case errors.Is(err, http.ErrNotMultipart), errors.Is(err, http.ErrMissingBoundary):
		invalid.Detail = "The body must be multipart/form-data."
	// The errors of mime/multipart have no type.
	case c.ContentType() == gin.MIMEMultipartPOSTForm && (isMalformed || strings.Contains(err.Error(), "multipart: ")):
		invalid.Detail = "The form cannot be read."
	default:
		return nil
	}
	return invalid
}

// parameterOf returns the name of the parameter, header or field of a form whose value an error is about.
func parameterOf(c *gin.Context, err error) string {
	var value string
	if number, ok := errors.AsType[*strconv.NumError](err); ok {
		value = number.Num
	} else if moment, ok := errors.AsType[*time.ParseError](err); ok {
		value = moment.Value
	} else {
		return ""
	}
	for _, parameter := range c.Params {
		if parameter.Value == value {
			return parameter.Key
		}
	}
	for _, sent := range []map[string][]string{c.Request.URL.Query(), c.Request.PostForm, c.Request.Header} {
		for name, values := range sent {
			if slices.Contains(values, value) {
				return name
			}
		}
	}
	return ""
}

// fromStatus returns the error for a status that a handler has set without a word more.
func fromStatus(status int) *Error {
	return &Error{Status: status, Detail: title(status) + "."}
}

// fail answers with the problem that tells the client about an error, and logs what is a fault of the service or below it.
func (s *Server) fail(c *gin.Context, err error) {
	// net/http ends the context of a request also where its body was too slow.
	if clientGone(c) && !errors.Is(err, errTooSlow) {
		c.Status(statusClientGone)
		return
	}
	ctx := c.Request.Context()
	answer := toAnswer(c, err)
	switch {
	case answer == errUnexpected:
		s.logger.ErrorContext(ctx, "unexpected error", "error", err.Error(), "route", template(c.FullPath()))
	case answer.Status == http.StatusServiceUnavailable:
		s.logger.WarnContext(ctx, answer.Detail, "error", err.Error())
	case answer.Status >= http.StatusInternalServerError:
		s.logger.ErrorContext(ctx, answer.Detail, "error", err.Error(), "route", template(c.FullPath()))
	}
	writeProblem(c, answer)
}

// toAnswer returns how an error is told to the client of this request.
func toAnswer(c *gin.Context, err error) *Error {
	answer := toError(err)
	if answer != errUnexpected {
		return answer
	}
	invalid := fromRequest(c, err)
	switch set := c.Writer.Status(); {
	case invalid != nil:
		return invalid
	case errors.Is(context.Cause(c.Request.Context()), context.DeadlineExceeded):
		return errTooLong
	case set >= http.StatusBadRequest && set != http.StatusInternalServerError:
		return fromStatus(set) // By c.AbortWithError.
	default:
		return answer
	}
}

// clientGone reports whether nobody waits for the answer: the context is over, and not by its deadline.
func clientGone(c *gin.Context) bool {
	ctx := c.Request.Context()
	return ctx.Err() != nil && !errors.Is(context.Cause(ctx), context.DeadlineExceeded)
}

func writeProblem(c *gin.Context, answer *Error) {
	for name, value := range answer.Header {
		c.Header(name, value)
	}
	c.Header("Content-Type", "application/problem+json")
	c.JSON(answer.Status, Problem{
		Type:      "about:blank",
		Title:     title(answer.Status),
		Status:    answer.Status,
		Detail:    answer.Detail,
		Instance:  c.Request.URL.EscapedPath(),
		RequestID: telemetry.RequestID(c.Request.Context()),
		Errors:    answer.Faults,
	})
}

// title returns the name of a status in RFC 9110, where net/http has an older one for 413.
func title(status int) string {
	if status == http.StatusRequestEntityTooLarge {
		return "Content Too Large"
	}
	return http.StatusText(status)
}

func sentence(text string) string {
	return strings.ToUpper(text[:1]) + text[1:] + "."
}
