package web

import (
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
	for _, path := range docsFiles {
		router.GET(path, {% if cookiecutter.auth == 'jwt' %}Anyone, {% endif %}Plain(gin.WrapH(docs)), Op{Hidden: true})
	}
}

// describe makes the OpenAPI document.
func (s *Server) describe() ([]byte, error) {
	reflector := openapi31.NewReflector()
	spec := reflector.SpecEns()
	spec.Info.WithTitle({{ cookiecutter.__project_name_literal }}).WithDescription({{ cookiecutter.__description_literal }}).WithVersion("1.0.0")
	reflector.AddTypeMapping(db.Time{}, time.Time{})
	reflector.AddTypeMapping(Cursor(0), "")
	reflector.DefaultOptions = append(reflector.DefaultOptions,
		jsonschema.InterceptSchema(describeType),
		jsonschema.InterceptProp(describeField),
		jsonschema.InterceptNullability(func(params jsonschema.InterceptNullabilityParams) {
			if params.Type.Kind() != reflect.Pointer && params.RefDef == nil {
				params.Schema.RemoveType(jsonschema.Null)
			}
		}),
		jsonschema.InterceptDefName(func(of reflect.Type, _ string) string { return schemaName(of) }),
	)
{% if cookiecutter.auth == 'jwt' %}
	spec.SetHTTPBearerTokenSecurity("accessToken", "JWT", "The access token of a login.")
{% endif %}
	for _, key := range slices.Sorted(maps.Keys(s.routes)) {
		route := s.routes[key]
		if route.Hidden || route.method == http.MethodHead {
			continue
		}
		if err := describeRoute(reflector, route); err != nil {
			return nil, fmt.Errorf("describe %s %s: %w", route.method, route.path, err)
		}
	}
	return spec.MarshalJSON()
}

func describeRoute(reflector *openapi31.Reflector, route *route) (err error) {
	defer func() {
		// The library panics for some types. The error names the route.
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("%v", panicked)
		}
	}()
	operation, err := reflector.NewOperationContext(route.method, template(route.path))
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
		seeThroughOptionals(reflector, of, make(map[reflect.Type]bool))
		operation.AddReqStructure(reflect.Zero(of).Interface())
	}
	describeAnswers(operation, route, parameters != nil)
	if err := reflector.AddOperation(operation); err != nil {
		return err
	}
	if route.Body == nil {
		return nil
	}
	path := reflector.Spec.Paths.MapOfPathItemValues[template(route.path)]
	described, err := path.Operation(route.method)
	if err != nil {
		return err
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

// seeThroughOptionals describes each Optional in a type as what it holds.
func seeThroughOptionals(reflector *openapi31.Reflector, of reflect.Type, seen map[reflect.Type]bool) {
	switch of.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		seeThroughOptionals(reflector, of.Elem(), seen)
	case reflect.Struct:
		if seen[of] {
			return
		}
		seen[of] = true
		for _, field := range reflect.VisibleFields(of) {
			value := valueType(field.Type)
			if value != field.Type {
				reflector.AddTypeMapping(reflect.Zero(field.Type).Interface(), reflect.Zero(value).Interface())
			}
			if field.IsExported() {
				seeThroughOptionals(reflector, value, seen)
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
	answer := route.Answer
	if _, isPage := answer.(string); isPage {
		operation.AddRespStructure(answer, openapi.WithHTTPStatus(status), openapi.WithContentType("text/html"))
	} else {
		operation.AddRespStructure(answer, openapi.WithHTTPStatus(status))
	}
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
	if route.access.Own {
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

// describeType lets objects have no other members.
func describeType(params jsonschema.InterceptSchemaParams) (stop bool, err error) {
	of := elem(params.Value.Type())
	if params.Processed && of.Kind() == reflect.Struct && params.Schema.HasType(jsonschema.Object) {
		params.Schema.AdditionalProperties = (&jsonschema.SchemaOrBool{}).WithTypeBoolean(false)
	}
	return false, nil
}

// describeField takes over what binding and form tags say of a field.
func describeField(params jsonschema.InterceptPropParams) error {
	rules, isInput := params.Field.Tag.Lookup("binding")
	if !params.Processed {
		return nil
	}
	if value := valueType(params.Field.Type); value != params.Field.Type && value.Kind() == reflect.Pointer {
		params.PropertySchema.AddType(jsonschema.Null)
	}
	if elem(params.Field.Type).Kind() == reflect.Struct && params.Field.Type.Kind() == reflect.Pointer && params.PropertySchema.Ref != nil {
		null := (&jsonschema.Schema{}).WithType(jsonschema.Null.Type())
		reference := (&jsonschema.Schema{}).WithRef(*params.PropertySchema.Ref)
		*params.PropertySchema = *(&jsonschema.Schema{}).WithAnyOf(reference.ToSchemaOrBool(), null.ToSchemaOrBool())
	}
	isOptional := valueType(params.Field.Type) != params.Field.Type
	tag := params.Field.Tag.Get("json") + params.Field.Tag.Get("form")
	if !isInput && !isOptional && !strings.Contains(tag, "omitempty") && params.Field.Tag.Get("json") != "" {
		params.ParentSchema.Required = append(params.ParentSchema.Required, params.Name)
	}
	if _, byDefault, ok := strings.Cut(tag, "default="); ok {
		if number, err := strconv.Atoi(byDefault); err == nil {
			params.PropertySchema.WithDefault(number)
		} else {
			params.PropertySchema.WithDefault(byDefault)
		}
	}
	isText := elem(valueType(params.Field.Type)).Kind() == reflect.String
	for rule := range strings.SplitSeq(rules, ",") {
		name, parameter, _ := strings.Cut(rule, "=")
		describeRule(params, name, parameter, isText)
	}
	if isInput && isText && params.PropertySchema.Pattern == nil && len(params.PropertySchema.Enum) == 0 {
		params.PropertySchema.WithPattern(withoutNUL)
	}
	return nil
}

func describeRule(params jsonschema.InterceptPropParams, name, parameter string, isText bool) {
	schema := params.PropertySchema
	number, _ := strconv.ParseInt(parameter, 10, 64)
	switch {
	case name == "required":
		params.ParentSchema.Required = append(params.ParentSchema.Required, params.Name)
	case name == "min" && isText:
		schema.WithMinLength(number)
	case name == "max" && isText:
		schema.WithMaxLength(number)
	case name == "min":
		schema.WithMinimum(float64(number))
	case name == "max":
		schema.WithMaximum(float64(number))
	case name == "oneof":
		for value := range strings.FieldsSeq(parameter) {
			schema.Enum = append(schema.Enum, value)
		}
	case messages[name] != "":
		schema.WithDescription(messages[name])
		if pattern, ok := patterns[name]; ok {
			schema.WithPattern(pattern)
		}
	}
}

// schemaName names a schema as its type is named: User for users.User, UserPage for Page[users.User].
func schemaName(of reflect.Type) string {
	name, parameter, isGeneric := strings.Cut(of.Name(), "[")
	if !isGeneric {
		return name
	}
	parameter = strings.TrimSuffix(parameter, "]")
	return parameter[strings.LastIndex(parameter, ".")+1:] + name
}
