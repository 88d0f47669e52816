package web

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/gin-gonic/gin/binding"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// MaxBodyBytes is how large the body of a request may be.
const MaxBodyBytes = 1 << 20

var (
	jsonTypes       = []string{"application/json"}
	mergePatchTypes = []string{"application/merge-patch+json", "application/json"}
)

func errTooLarge(limit int64) *Error {
	return &Error{Status: http.StatusRequestEntityTooLarge, Detail: fmt.Sprintf("The body is larger than %d bytes.", limit)}
}

// Optional is a member of a merge patch (RFC 7396), which changes nothing where it was not sent. Null is a value where T is
// a pointer, and a fault elsewhere. Its binding tag begins with omitempty.
type Optional[T any] struct {
	Sent  bool
	Value T
}

// UnmarshalJSONFrom implements json.UnmarshalerFrom.
func (o *Optional[T]) UnmarshalJSONFrom(decoder *jsontext.Decoder) error {
	o.Sent = true
	return json.UnmarshalDecode(decoder, &o.Value)
}

// ValidatorValue implements validator.Valuer.
func (o Optional[T]) ValidatorValue() any {
	if !o.Sent {
		return (*T)(nil)
	}
	return &o.Value
}

// SetTo gives a field the value that was sent, if one was.
func (o Optional[T]) SetTo(field *T) {
	if o.Sent {
		*field = o.Value
	}
}

// Bind reads the body of a request into a struct by c.ShouldBindJSON. It refuses other media types than JSON, of which a PATCH
// may also send a JSON Merge Patch (RFC 7396).
func Bind(c *gin.Context, body any) error {
	if err := checkDocumented(c, body); err != nil {
		return err
	}
	mediaTypes := jsonTypes
	if c.Request.Method == http.MethodPatch {
		mediaTypes = mergePatchTypes
	}
	if !slices.Contains(mediaTypes, strings.ToLower(c.ContentType())) {
		return &Error{
			Status: http.StatusUnsupportedMediaType, Detail: "The body must be " + strings.Join(mediaTypes, " or ") + ".",
		}
	}
	return c.ShouldBindJSON(body)
}

// BindQuery reads the query of a request into a struct by c.ShouldBindQuery, and names each parameter that can't be read.
func BindQuery(c *gin.Context, query any) error {
	err := c.ShouldBindQuery(query)
	if err == nil || toError(err) != errUnexpected {
		return err
	}
	var faults []Fault
	for name, values := range c.Request.URL.Query() {
		alone := reflect.New(reflect.TypeOf(query).Elem()).Interface()
		if binding.MapFormWithTag(alone, map[string][]string{name: values}, "form") != nil {
			faults = append(faults, Fault{Parameter: name, Message: wrongKind})
		}
	}
	slices.SortFunc(faults, func(a, b Fault) int { return strings.Compare(a.Parameter, b.Parameter) })
	return Invalid(faults...)
}

// ID returns the id in the path, such as that of /users/:id.
func ID(c *gin.Context) (int64, error) { return Param(c, "id") }

// Param returns another positive integer in the path, such as "user_id" of /teams/:id/members/:user_id.
func Param(c *gin.Context, name string) (int64, error) {
	id, err := strconv.ParseInt(c.Param(name), 10, 64)
	if err != nil || id < 1 {
		return 0, Invalid(Fault{Parameter: name, Message: "must be a positive integer"})
	}
	return id, nil
}
