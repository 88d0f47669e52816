package httpapi

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"

	"{{ cookiecutter.project_slug }}/internal/telemetry"
	"{{ cookiecutter.project_slug }}/internal/users"
)

// requestError is an error as a client is told about it.
type requestError struct {
	status int
	detail string
	fields []fieldError
{% if cookiecutter.auth == 'jwt' %}
	// header holds header fields of the answer, by name.
	header map[string]string
{% endif %}
}

func (e *requestError) Error() string {
	return e.detail
}

// fieldError says what is wrong with one member of a body, which Pointer names (RFC 6901), or with one parameter.
type fieldError struct {
	Pointer   string `json:"pointer,omitempty"`
	Parameter string `json:"parameter,omitempty"`
	Message   string `json:"message"`
}

// problem is the body of every answer that tells about an error (RFC 9457).
type problem struct {
	Type      string       `json:"type"`
	Title     string       `json:"title"`
	Status    int          `json:"status"`
	Detail    string       `json:"detail"`
	Instance  string       `json:"instance"`
	RequestID string       `json:"request_id"`
	Errors    []fieldError `json:"errors,omitempty"`
}

var (
	errUnreadable = &requestError{status: http.StatusBadRequest, detail: "The body must be one JSON object in UTF-8 " +
		"without repeated keys, lone surrogates or NUL, nested at most 32 deep."}
	errTooLarge = &requestError{
		status: http.StatusRequestEntityTooLarge,
		detail: fmt.Sprintf("The body is larger than %d bytes.", maxBodyBytes),
	}
	errUnexpected = &requestError{
		status: http.StatusInternalServerError,
		detail: "Something went wrong; the request_id finds it in the log.",
	}
	errShuttingDown = &requestError{status: http.StatusServiceUnavailable, detail: "The service is shutting down."}
)

func invalid(fields []fieldError) error {
	if len(fields) == 0 {
		return nil
	}
	return &requestError{status: http.StatusBadRequest, detail: "The request is not valid.", fields: fields}
}

// toRequestError returns what a client is told about an error: errUnexpected unless it is one of the domain.
func toRequestError(err error) *requestError {
	if answer, ok := errors.AsType[*requestError](err); ok {
		return answer
	}
	if missing, ok := errors.AsType[*users.NotFoundError](err); ok {
		return &requestError{status: http.StatusNotFound, detail: fmt.Sprintf("User %d does not exist.", missing.UserID)}
	}
	if missing, ok := errors.AsType[*users.ProfileNotFoundError](err); ok {
		return &requestError{status: http.StatusNotFound, detail: fmt.Sprintf("User %d has no profile.", missing.UserID)}
	}
{% if cookiecutter.auth == 'jwt' %}
	if answer := toAuthError(err); answer != nil {
		return answer
	}
{% endif %}
	switch {
	case errors.Is(err, users.ErrEmailTaken):
		return &requestError{status: http.StatusConflict, detail: "The e-mail address is already taken."}
	case errors.Is(err, users.ErrVersionMismatch):
		return &requestError{status: http.StatusPreconditionFailed, detail: "The user is no longer at that version."}
{% if cookiecutter.database != 'memory' %}
	case errors.Is(err, users.ErrUnavailable):
		return &requestError{status: http.StatusServiceUnavailable, detail: "The database is not available."}
{% endif %}
	default:
		return errUnexpected
	}
}

func writeProblem(c *gin.Context, answer *requestError) {
{% if cookiecutter.auth == 'jwt' %}
	for name, value := range answer.header {
		c.Header(name, value)
	}
{% endif %}
	writeJSON(c, answer.status, "application/problem+json", problem{
		Type:      "about:blank",
		Title:     title(answer.status),
		Status:    answer.status,
		Detail:    answer.detail,
		Instance:  sentPath(c.Request),
		RequestID: telemetry.RequestID(c.Request.Context()),
		Errors:    answer.fields,
	})
}

// writeJSON answers with a value that is known to have a JSON form.
func writeJSON(c *gin.Context, status int, contentType string, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	writeBody(c, status, contentType, body)
}

// writeBody sets the length as well, which net/http would not do for HEAD and for longer bodies.
func writeBody(c *gin.Context, status int, contentType string, body []byte) {
	header := c.Writer.Header()
	header.Set("Content-Type", contentType)
	header.Set("Content-Length", strconv.Itoa(len(body)))
	c.Writer.WriteHeader(status)
	// An error means that the client has gone.
	_, _ = c.Writer.Write(body)
}

// title returns the name of a status in RFC 9110, where net/http has an older one for 413.
func title(status int) string {
	if status == http.StatusRequestEntityTooLarge {
		return "Content Too Large"
	}
	return http.StatusText(status)
}

// sentPath returns the path of the request target as it was sent, whether in origin form or in absolute form.
func sentPath(r *http.Request) string {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	if _, rest, isAbsolute := strings.Cut(path, "://"); isAbsolute && !strings.HasPrefix(path, "/") {
		_, path, _ = strings.Cut(rest, "/")
		path = "/" + path
	}
	return strings.ToValidUTF8(path, "\uFFFD")
}

func sortedList(list string) string {
	items := strings.Split(list, ", ")
	slices.Sort(items)
	return strings.Join(items, ", ")
}
