package web

import (
	"path"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/swaggest/jsonschema-go"
)

// describeType lets objects have no other members.
func describeType(params jsonschema.InterceptSchemaParams) (stop bool, err error) {
	of := elem(params.Value.Type())
	if params.Processed && of.Kind() == reflect.Struct && params.Schema.HasType(jsonschema.Object) {
		params.Schema.AdditionalProperties = (&jsonschema.SchemaOrBool{}).WithTypeBoolean(false)
	}
	return false, nil
}

// describeField takes over what binding and form tags say of a field.
func (d *describer) describeField(params jsonschema.InterceptPropParams) error {
	if !params.Processed {
		return nil
	}
	schema, value := params.PropertySchema, valueType(params.Field.Type)
	isOptional := value != params.Field.Type
	if isOptional && value.Kind() == reflect.Pointer {
		schema.AddType(jsonschema.Null)
	}
	if elem(params.Field.Type).Kind() == reflect.Struct && params.Field.Type.Kind() == reflect.Pointer && schema.Ref != nil {
		null := (&jsonschema.Schema{}).WithType(jsonschema.Null.Type())
		reference := (&jsonschema.Schema{}).WithRef(*schema.Ref)
		*schema = *(&jsonschema.Schema{}).WithAnyOf(reference.ToSchemaOrBool(), null.ToSchemaOrBool())
	}
	rules, isInput := params.Field.Tag.Lookup("binding")
	isInput = isInput || d.inputs[elem(params.ParentSchema.ReflectType)]
	tag := params.Field.Tag.Get("json") + params.Field.Tag.Get("form")
	if !isInput && !isOptional && !strings.Contains(tag, "omitempty") && params.Field.Tag.Get("json") != "" {
		params.ParentSchema.Required = append(params.ParentSchema.Required, params.Name)
	}
	if _, byDefault, ok := strings.Cut(tag, "default="); ok {
		if number, err := strconv.Atoi(byDefault); err == nil {
			schema.WithDefault(number)
		} else {
			schema.WithDefault(byDefault)
		}
	}
	for rule := range strings.SplitSeq(rules, ",") {
		name, parameter, _ := strings.Cut(rule, "=")
		switch {
		case name == "required" && schema == params.PropertySchema:
			params.ParentSchema.Required = append(params.ParentSchema.Required, params.Name)
		case name == "dive":
			schema, value = itemsOf(schema, value)
		default:
			describeRule(schema, elem(value).Kind(), name, parameter)
		}
	}
	if isInput && elem(value).Kind() == reflect.String && schema.Pattern == nil && len(schema.Enum) == 0 {
		schema.WithPattern(withoutNUL)
	}
	return nil
}

// itemsOf returns the schema of what a list or a map holds, for the rules that stand behind dive.
func itemsOf(schema *jsonschema.Schema, of reflect.Type) (*jsonschema.Schema, reflect.Type) {
	items := &jsonschema.SchemaOrBool{}
	switch {
	case schema.Items != nil:
		items = schema.Items.SchemaOrBool
	case schema.AdditionalProperties != nil:
		items = schema.AdditionalProperties
	}
	return items.TypeObjectEns(), elem(of).Elem()
}

func describeRule(schema *jsonschema.Schema, kind reflect.Kind, name, parameter string) {
	number, _ := strconv.ParseFloat(parameter, 64)
	switch name {
	case "min", "gte":
		describeLeast(schema, kind, number)
	case "max", "lte":
		describeMost(schema, kind, number)
	case "len":
		describeLeast(schema, kind, number)
		describeMost(schema, kind, number)
	case "oneof":
		for _, value := range oneOf(parameter) {
			if whole, err := strconv.ParseInt(value, 10, 64); err == nil && kind != reflect.String {
				schema.Enum = append(schema.Enum, whole)
			} else {
				schema.Enum = append(schema.Enum, value)
			}
		}
	case "url":
		schema.WithFormat("uri")
	}
	if messages[name] != "" {
		schema.WithDescription(messages[name])
		if pattern, ok := patterns[name]; ok {
			schema.WithPattern(pattern)
		}
	}
}

func describeLeast(schema *jsonschema.Schema, kind reflect.Kind, number float64) {
	switch kind {
	case reflect.String:
		schema.WithMinLength(int64(number))
	case reflect.Slice, reflect.Array:
		schema.WithMinItems(int64(number))
	case reflect.Map:
		schema.WithMinProperties(int64(number))
	default:
		schema.WithMinimum(number)
	}
}

func describeMost(schema *jsonschema.Schema, kind reflect.Kind, number float64) {
	switch kind {
	case reflect.String:
		schema.WithMaxLength(int64(number))
	case reflect.Slice, reflect.Array:
		schema.WithMaxItems(int64(number))
	case reflect.Map:
		schema.WithMaxProperties(int64(number))
	default:
		schema.WithMaximum(number)
	}
}

// firstPackages are those whose schemas keep their names whatever is added.
var firstPackages = []string{"web", "auth", "users"}

// schemaName names a schema as its type is named, User for users.User and UserPage for Page[users.User], and in front of that by
// its package where another type has that name: OrdersCreate for orders.Create, since there is a users.Create.
func (d *describer) schemaName(of reflect.Type) string {
	name, in := nameOf(of)
	if len(d.packages[name]) > 1 && !slices.Contains(firstPackages, in) {
		return strings.ToUpper(in[:1]) + in[1:] + name
	}
	return name
}

// nameOf returns the name of a type and that of its package. In both a Page[users.User] counts by what it is a page of.
func nameOf(of reflect.Type) (name, in string) {
	name, parameter, isGeneric := strings.Cut(of.Name(), "[")
	if !isGeneric {
		return name, path.Base(of.PkgPath())
	}
	in, held, _ := strings.Cut(path.Base(strings.TrimSuffix(parameter, "]")), ".")
	return held + name, in
}
