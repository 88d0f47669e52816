package web

import (
	"cmp"
	jsonv1 "encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin/binding"
	ginjson "github.com/gin-gonic/gin/codec/json"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/go-playground/validator/v10"
)

const (
	wrongKind = "is of another kind, or out of range"
	// parameterMark begins the validator's names for parameters, and embeddedMark is that for embedded structs.
	parameterMark, embeddedMark = "?", "<embedded>"
)

var errUnreadable = &Error{
	Status: http.StatusBadRequest,
	Detail: "The body must be one JSON value of the right kind in UTF-8, without repeated keys, lone surrogates or NUL.",
}

// messages say what a value has to be, by the rule that it breaks.
var messages = map[string]string{}

// patterns are those of the rules that have one.
var patterns = map[string]string{}

var (
	escapedNUL = regexp.MustCompile(`(?:^|[^\\])(?:\\\\)*\\u0000`)
	oneOfValue = regexp.MustCompile(`'[^']*'|\S+`)
	rawJSON    = reflect.TypeFor[jsonv1.RawMessage]()
	placeSteps = strings.NewReplacer("[", "/", "]", "", embeddedMark+".", "", ".", "/")
)

// Normalizer is a body or a query that brings its values into the form in which they are checked and stored.
type Normalizer interface {
	Normalize()
}

// engine is Gin's own validator. It and Gin's JSON are wrapped, so that c.ShouldBindJSON is as strict as Bind, and returns an
// *Error for what is wrong with a request and for nothing else.
var engine = func() *validator.Validate {
	validate, _ := binding.Validator.Engine().(*validator.Validate)
	binding.Validator = namingValidator{binding.Validator}
	ginjson.API = strictJSON{ginjson.API}
	validate.RegisterTagNameFunc(func(field reflect.StructField) string {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		parameter, _, _ := strings.Cut(field.Tag.Get("form"), ",")
		parameter = cmp.Or(parameter, field.Tag.Get("uri"), field.Tag.Get("header"))
		switch {
		case name == "" && parameter != "":
			return parameterMark + parameter
		case name == "" && field.Anonymous:
			return embeddedMark
		default:
			return name
		}
	})
	return validate
}()

type namingValidator struct{ binding.StructValidator }

// ValidateStruct implements binding.StructValidator.
func (v namingValidator) ValidateStruct(target any) error {
	if list := reflect.Indirect(reflect.ValueOf(target)); list.Kind() == reflect.Slice {
		return v.validateItems(list)
	}
	if normalizer, ok := target.(Normalizer); ok {
		normalizer.Normalize()
	}
	err := v.StructValidator.ValidateStruct(target)
	broken, _ := errors.AsType[validator.ValidationErrors](err)
	if err == nil || broken == nil {
		return err
	}
	faults := make([]Fault, len(broken))
	for i, rule := range broken {
		_, place, _ := strings.Cut(rule.Namespace(), ".")
		faults[i] = Fault{Pointer: "/" + placeSteps.Replace(place), Message: message(rule)}
		if parameter, ok := strings.CutPrefix(rule.Field(), parameterMark); ok {
			parameter, _, _ = strings.Cut(parameter, "[")
			faults[i] = Fault{Parameter: parameter, Message: message(rule)}
		}
	}
	return Invalid(faults...)
}

// validateItems names the faults in a list by their place in it, which Gin's validator does not.
func (v namingValidator) validateItems(list reflect.Value) error {
	var faults []Fault
	for i := range list.Len() {
		err := v.ValidateStruct(list.Index(i).Addr().Interface())
		if err == nil {
			continue
		}
		invalid, ok := errors.AsType[*Error](err)
		if !ok {
			return err
		}
		for _, fault := range invalid.Faults {
			fault.Pointer = "/" + strconv.Itoa(i) + fault.Pointer
			faults = append(faults, fault)
		}
	}
	if faults == nil {
		return nil
	}
	return Invalid(faults...)
}

type strictJSON struct{ ginjson.Core }

// NewDecoder implements Gin's json.Core.
func (strictJSON) NewDecoder(reader io.Reader) ginjson.Decoder { return strictDecoder{reader} }

// strictDecoder refuses what encoding/json lets pass: members that a struct does not have, repeated keys, NUL, text that is not
// UTF-8, and null where there is no pointer.
type strictDecoder struct{ io.Reader }

func (strictDecoder) UseNumber()             {}
func (strictDecoder) DisallowUnknownFields() {}

// Decode implements Gin's json.Decoder.
func (d strictDecoder) Decode(target any) error {
	text, err := io.ReadAll(d)
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return errTooLarge(tooLarge.Limit)
	}
	if errors.Is(err, errTooSlow) {
		return err
	}
	if err != nil || escapedNUL.Match(text) {
		return errUnreadable
	}
	err = json.Unmarshal(text, target, json.RejectUnknownMembers(true), json.WithUnmarshalers(json.UnmarshalFromFunc(refuseNull)))
	if err == nil {
		return nil
	}
	wrong, ok := errors.AsType[*json.SemanticError](err)
	switch {
	case !ok || wrong.JSONPointer == "":
		return errUnreadable
	case errors.Is(wrong, json.ErrUnknownName):
		return Invalid(Fault{Pointer: string(wrong.JSONPointer), Message: "is not a known field"})
	default:
		return Invalid(Fault{Pointer: string(wrong.JSONPointer), Message: wrongKind})
	}
}

// refuseNull lets null be a value of pointers and of what holds any JSON. An Optional asks again for what it holds.
func refuseNull(decoder *jsontext.Decoder, target any) error {
	of := reflect.TypeOf(target).Elem()
	takesNull := slices.Contains([]reflect.Kind{reflect.Pointer, reflect.Interface}, of.Kind()) || of == rawJSON || valueType(of) != of
	if decoder.PeekKind() == jsontext.KindNull && !takesNull {
		return errors.New("must not be null")
	}
	return errors.ErrUnsupported
}

// Rule makes a rule for text that binding tags may name, and says what a value has to be, such as "must be a colour". It is for
// variables of packages: all rules have to be there before the first request.
func Rule(name, message string, valid func(text string) bool) string {
	messages[name] = message
	err := engine.RegisterValidation(name, func(level validator.FieldLevel) bool { return valid(level.Field().String()) })
	if err != nil {
		panic(err)
	}
	return name
}

// Pattern makes a rule of a pattern, which the document shows, too.
func Pattern(name, message string, pattern *regexp.Regexp) string {
	patterns[name] = pattern.String()
	return Rule(name, message, pattern.MatchString)
}

// valueType returns what a field holds: T for an Optional[T].
func valueType(of reflect.Type) reflect.Type {
	if of.Kind() == reflect.Struct && of.Implements(reflect.TypeFor[validator.Valuer]()) {
		value, _ := of.FieldByName("Value")
		return value.Type
	}
	return of
}

func elem(of reflect.Type) reflect.Type {
	if of.Kind() == reflect.Pointer {
		return of.Elem()
	}
	return of
}

// oneOf returns the values of a rule oneof, of which one with spaces stands between quotes.
func oneOf(parameter string) []string {
	values := oneOfValue.FindAllString(parameter, -1)
	for i, value := range values {
		values[i] = strings.Trim(value, "'")
	}
	return values
}

func message(broken validator.FieldError) string {
	if message, own := messages[broken.Tag()]; own {
		return message
	}
	unit := ""
	if broken.Kind() == reflect.String {
		unit = " characters"
	}
	switch broken.Tag() {
	case "required":
		return "is required"
	case "min", "gte":
		return fmt.Sprintf("must be at least %s%s", broken.Param(), unit)
	case "max", "lte":
		return fmt.Sprintf("must be at most %s%s", broken.Param(), unit)
	case "oneof":
		return "must be one of " + strings.Join(oneOf(broken.Param()), ", ")
	default:
		return "breaks the rule " + strings.TrimSuffix(broken.Tag()+"="+broken.Param(), "=")
	}
}
{% if cookiecutter.auth == 'jwt' %}

// CheckValue returns what a value has to be by these rules, written as in a binding tag, or "" where it is that. It is for
// values that come by another way than a request.
func CheckValue(value any, rules string) string {
	if broken, ok := errors.AsType[validator.ValidationErrors](engine.Var(value, rules)); ok {
		return message(broken[0])
	}
	return ""
}
{% endif %}
