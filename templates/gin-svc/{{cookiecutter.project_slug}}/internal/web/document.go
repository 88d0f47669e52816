package web

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/swaggest/jsonschema-go"
	"github.com/swaggest/openapi-go"
	"github.com/swaggest/openapi-go/openapi31"
	"github.com/swaggest/swgui"
	"github.com/swaggest/swgui/v5emb"

	"{{ cookiecutter.__module }}/internal/db"
)

const (
	jsonType = "application/json"
	// withoutNUL is what the reader of bodies asks of every text.
	withoutNUL = `^[^\x00]*$`
)

// docsFiles are the files that the page which shows the API loads. They are named one by one because any other path below
// /docs is a 404 like every other.
var docsFiles = []string{
	"/docs/swagger-ui.css",
	"/docs/swagger-ui-bundle.js",
	"/docs/swagger-ui-standalone-preset.js",
	"/docs/favicon-16x16.png",
	"/docs/favicon-32x32.png",
}

// ServeDocument adds the routes of the API document, which is made from the routes and their types, and of a page that shows
// it without a call to another host.
func (s *Server) ServeDocument() {
	docs := v5emb.NewHandlerWithConfig(swgui.Config{
		Title: {{ cookiecutter.__project_name_literal }}, SwaggerJSON: "/openapi.json", BasePath: "/docs",
	})
	router := s.Router("", "Operations")
	router.GET("/openapi.json", {% if cookiecutter.auth == 'jwt' %}Anyone, {% endif %}func(c *gin.Context) error {
		c.Data(http.StatusOK, jsonType, s.document)
		return nil
	}, Op{Summary: "Get this document", Answer: map[string]any{}})
	router.GET("/docs", {% if cookiecutter.auth == 'jwt' %}Anyone, {% endif %}Plain(gin.WrapH(docs)), Op{Summary: "Read this document", Answer: ""})
	for _, file := range docsFiles {
		router.GET(file, {% if cookiecutter.auth == 'jwt' %}Anyone, {% endif %}Plain(gin.WrapH(docs)), Op{Hidden: true})
	}
}

// describer makes the OpenAPI document.
type describer struct {
	*openapi31.Reflector
	// inputs are the types that bodies are made of. Of those only what a tag says is required.
	inputs map[reflect.Type]bool
	// packages are those that have a type of a name.
	packages map[string]map[string]bool
}

func (s *Server) describe() ([]byte, error) {
	d := &describer{
		Reflector: openapi31.NewReflector(), inputs: make(map[reflect.Type]bool), packages: make(map[string]map[string]bool),
	}
	types := make(map[reflect.Type]bool)
	for _, route := range s.routes {
		d.walk(reflect.TypeOf(route.Body), d.inputs)
		d.walk(reflect.TypeOf(route.Answer), types)
	}
	maps.Copy(types, d.inputs)
	for of := range types {
		name, in := nameOf(of)
		if d.packages[name] == nil {
			d.packages[name] = make(map[string]bool)
		}
		d.packages[name][in] = true
	}
	spec := d.SpecEns()
	spec.Info.WithTitle({{ cookiecutter.__project_name_literal }}).WithDescription({{ cookiecutter.__description_literal }}).WithVersion("1.0.0")
	d.AddTypeMapping(db.Time{}, time.Time{})
	d.AddTypeMapping(Cursor(0), "")
	d.DefaultOptions = append(d.DefaultOptions,
		jsonschema.InterceptSchema(describeType),
		jsonschema.InterceptProp(d.describeField),
		jsonschema.InterceptNullability(func(params jsonschema.InterceptNullabilityParams) {
			if params.Type.Kind() != reflect.Pointer && params.RefDef == nil {
				params.Schema.RemoveType(jsonschema.Null)
			}
		}),
		jsonschema.InterceptDefName(func(of reflect.Type, _ string) string { return d.schemaName(of) }),
	)
{% if cookiecutter.auth == 'jwt' %}
	spec.SetHTTPBearerTokenSecurity("accessToken", "JWT", "The access token of a login.")
{% endif %}
	for _, key := range slices.Sorted(maps.Keys(s.routes)) {
		route := s.routes[key]
		if route.Hidden || route.method == http.MethodHead {
			continue
		}
		if err := d.describeRoute(route); err != nil {
			return nil, fmt.Errorf("describe %s %s: %w", route.method, route.path, err)
		}
	}
	return spec.MarshalJSON()
}

func (d *describer) describeRoute(route *route) (err error) {
	defer func() {
		// The library panics for some types. The error names the route.
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("%v", panicked)
		}
	}()
	operation, err := d.NewOperationContext(route.method, template(route.path))
	if err != nil {
		return err
	}
	operation.SetTags(route.tag)
	operation.SetSummary(route.Summary)
	parameters := pathParameters(route)
	if parameters != nil {
		operation.AddReqStructure(parameters)
	}
	if route.Query != nil {
		operation.AddReqStructure(route.Query)
	}
	switch {
	case route.Versioned && route.method == http.MethodGet:
		operation.AddReqStructure(struct {
			IfNoneMatch string `header:"If-None-Match"`
		}{})
	case route.Versioned:
		operation.AddReqStructure(struct {
			IfMatch string `header:"If-Match"`
		}{})
	}
	if route.Body != nil {
		of := elem(reflect.TypeOf(route.Body))
		if !slices.Contains([]reflect.Kind{reflect.Struct, reflect.Slice, reflect.Map}, of.Kind()) {
			return fmt.Errorf("a %s is no Body: it is a struct, a list or a map", of)
		}
		operation.AddReqStructure(reflect.Zero(of).Interface())
	}
	describeAnswers(operation, route, parameters != nil)
	if err := d.AddOperation(operation); err != nil {
		return err
	}
	item := d.Spec.Paths.MapOfPathItemValues[template(route.path)]
	described, err := item.Operation(route.method)
	if err != nil {
		return err
	}
	// Otherwise the library says that other parameters are refused.
	described.MapOfAnything = nil
	if route.Body == nil {
		return nil
	}
	if described.RequestBody == nil {
		return fmt.Errorf("a %s has no Body", route.method)
	}
	body := described.RequestBody.RequestBody.WithRequired(true)
	if route.method == http.MethodPatch {
		// The library would take a media type that it does not know for text.
		body.Content[mergePatchTypes[0]] = body.Content[jsonType]
	}
	return nil
}

// walk adds to the structures that were found those that a type is made of, and describes each Optional as what it holds.
func (d *describer) walk(of reflect.Type, found map[reflect.Type]bool) {
	if of == nil || found[of] {
		return
	}
	switch of.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		d.walk(of.Elem(), found)
	case reflect.Struct:
		found[of] = true
		for _, field := range reflect.VisibleFields(of) {
			value := valueType(field.Type)
			switch {
			case value == reflect.TypeFor[*db.Time]() && value != field.Type:
				d.AddTypeMapping(reflect.Zero(field.Type).Interface(), new(time.Time))
			case value != field.Type:
				d.AddTypeMapping(reflect.Zero(field.Type).Interface(), reflect.Zero(value).Interface())
			}
			if field.IsExported() {
				d.walk(value, found)
			}
		}
	}
}

// pathParameters makes a structure of the parameters in a path, or nil where there are none. Each is a positive integer unless
// the Op says otherwise; the rest of a path, as of /files/*path, is text.
func pathParameters(route *route) any {
	said := make(map[string]reflect.StructField)
	if route.Path != nil {
		for _, field := range reflect.VisibleFields(elem(reflect.TypeOf(route.Path))) {
			said[field.Tag.Get("uri")] = field
		}
	}
	var fields []reflect.StructField
	for part := range strings.SplitSeq(route.path, "/") {
		name := strings.TrimLeft(part, ":*")
		if name == part {
			continue
		}
		field := reflect.StructField{Type: reflect.TypeFor[int64](), Tag: `minimum:"1"`}
		if own, ok := said[name]; ok {
			field.Type, field.Tag = own.Type, own.Tag
		} else if part[0] == '*' {
			field.Type, field.Tag = reflect.TypeFor[string](), ""
		}
		field.Name = "P" + strconv.Itoa(len(fields))
		field.Tag += reflect.StructTag(` path:"` + name + `"`)
		fields = append(fields, field)
	}
	if fields == nil {
		return nil
	}
	return reflect.Zero(reflect.StructOf(fields)).Interface()
}

// describeAnswers adds the answer of success and those of failures, most of which follow from what the route takes.
func describeAnswers(operation openapi.OperationContext, route *route, hasParameters bool) {
	status := max(route.Status, http.StatusOK)
	answer, mediaType := route.Answer, route.MediaType
	inBytes := func(*openapi.ContentUnit) {}
	switch answer.(type) {
	case string:
		mediaType = cmp.Or(mediaType, "text/html")
	case []byte:
		answer, mediaType = nil, cmp.Or(mediaType, "application/octet-stream")
		inBytes = func(unit *openapi.ContentUnit) { unit.Format = "binary" }
	}
	operation.AddRespStructure(answer, openapi.WithHTTPStatus(status), openapi.WithContentType(mediaType), inBytes)
	fails := append([]int{http.StatusRequestEntityTooLarge, http.StatusInternalServerError}, route.Fails...)
	takesInput := hasParameters || route.Query != nil || route.Body != nil
	if takesInput {
		fails = append(fails, http.StatusBadRequest, http.StatusServiceUnavailable)
	}
	if route.Body != nil {
		fails = append(fails, http.StatusUnsupportedMediaType)
	}
	if hasParameters {
		fails = append(fails, http.StatusNotFound)
	}
	switch {
	case route.Versioned && route.method == http.MethodGet:
		fails = append(fails, http.StatusNotModified)
	case route.Versioned:
		fails = append(fails, http.StatusPreconditionFailed)
	}
{% if cookiecutter.auth == 'jwt' %}
	if route.access.Check != nil {
		operation.AddSecurity("accessToken")
		fails = append(fails, http.StatusUnauthorized, http.StatusServiceUnavailable)
	}
	if route.access.Forbids {
		fails = append(fails, http.StatusForbidden)
	}
{% endif %}
	slices.Sort(fails)
	for _, fail := range slices.Compact(fails) {
		if fail == http.StatusNotModified {
			operation.AddRespStructure(nil, openapi.WithHTTPStatus(fail))
			continue
		}
		operation.AddRespStructure(Problem{}, openapi.WithHTTPStatus(fail), openapi.WithContentType("application/problem+json"))
	}
}
