{% set needs_production = cookiecutter.database != 'memory' or cookiecutter.auth == 'jwt' %}
// Package settings reads the settings of the service, which come from environment variables and files of secrets alone.
package settings

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
{% if cookiecutter.database in ('postgresql', 'mysql') %}
	"net/url"
{% endif %}
	"reflect"
	"regexp"
{% if cookiecutter.database in ('postgresql', 'mysql') %}
	"slices"
{% endif %}
{% if cookiecutter.database in ('postgresql', 'mysql') or cookiecutter.__uses_redis %}
	"strconv"
{% endif %}
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
	"github.com/go-playground/validator/v10"
)

// Settings is what the service is told by its environment. A rule says what a value has to be, for the line that tells that
// it is not.
type Settings struct {
	AppEnv   string `env:"APP_ENV" envDefault:"development" validate:"environment" rule:"must be a name such as production, of letters, digits, - and _"`
	Host     string `env:"HOST" envDefault:"127.0.0.1" validate:"host" rule:"must be an address or host name to listen on"`
	Port     int    `env:"PORT" envDefault:"8000" validate:"min=1,max=65535" rule:"must be an integer from 1 to 65535"`
	LogLevel Level  `env:"LOG_LEVEL" envDefault:"info" rule:"must be debug, info, warning or error"`
{% if cookiecutter.database == 'sqlite' %}
	// DatabaseURL is empty where it is not set: see URL.
	DatabaseURL      string `env:"DATABASE_URL" validate:"omitempty,database" rule:"must be sqlite:///relative/path or sqlite:////absolute/path"`
	DatabasePoolSize int    `env:"DATABASE_POOL_SIZE" envDefault:"10" validate:"min=1,max=200" rule:"must be an integer from 1 to 200"`
{% elif cookiecutter.database != 'memory' %}
	// DatabaseURL holds a password: it is never to be logged.
	DatabaseURL      string `env:"DATABASE_URL" validate:"omitempty,database" rule:"must be {{ cookiecutter.database }}://user:password@host:port/name or sqlite:///path"`
	DatabasePoolSize int    `env:"DATABASE_POOL_SIZE" envDefault:"10" validate:"min=1,max=200" rule:"must be an integer from 1 to 200"`
{% endif %}
	// CORSAllowedOrigins holds origins, or "*" alone.
	CORSAllowedOrigins Origins `env:"CORS_ALLOWED_ORIGINS" rule:"must be * or origins such as https://app.example.com, separated by commas"`
	ShutdownSeconds    int     `env:"SHUTDOWN_TIMEOUT" envDefault:"20" validate:"min=1,max=300" rule:"must be an integer from 1 to 300"`
{% if cookiecutter.auth == 'jwt' %}
	Auth
{% endif %}
}

// ShutdownTimeout is how long the service waits for requests that are under way when it stops.
func (s Settings) ShutdownTimeout() time.Duration {
	return time.Duration(s.ShutdownSeconds) * time.Second
}

// Level is a level of the log, which may be written in any case.
type Level struct{ slog.Level }

// UnmarshalText implements encoding.TextUnmarshaler.
func (l *Level) UnmarshalText(text []byte) error {
	level, known := map[string]slog.Level{
		"debug": slog.LevelDebug, "info": slog.LevelInfo, "warning": slog.LevelWarn, "warn": slog.LevelWarn, "error": slog.LevelError,
	}[strings.ToLower(string(text))]
	if !known {
		return errors.New("no level")
	}
	l.Level = level
	return nil
}

// Origins are origins of pages (https://fetch.spec.whatwg.org/#origin-header), or "*" alone.
type Origins []string

// UnmarshalText implements encoding.TextUnmarshaler.
func (o *Origins) UnmarshalText(text []byte) error {
	for _, item := range list(string(text)) {
		if !origin.MatchString(item) && string(text) != "*" {
			return errors.New("no origin")
		}
		*o = append(*o, item)
	}
	return nil
}

var (
	environment = regexp.MustCompile(`^[A-Za-z0-9_-]{1,50}$`)
	hostName    = regexp.MustCompile(`^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$`)
	origin      = regexp.MustCompile(`^https?://(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?$`)
{% if cookiecutter.database != 'memory' %}
	sqliteURL   = regexp.MustCompile(`^sqlite:///[^?#]+$`)
{% endif %}
)

// Load reads the settings. A variable that is empty counts as unset. The error is one line that names the first variable
// that is missing or bad, and shows no value.
func Load(lookup Lookup) (Settings, error) {
	var loaded Settings
	if err := read(&loaded, lookup); err != nil {
		return Settings{}, err
	}
{% if needs_production %}
	loaded.AppEnv = strings.ToLower(loaded.AppEnv)
	if missing := loaded.missing(); missing != "" {
		return Settings{}, fmt.Errorf("%s is required when APP_ENV is %s", missing, loaded.AppEnv)
	}
{% endif %}
{% if cookiecutter.database != 'memory' %}
	if loaded.DatabaseURL == "" {
		loaded.DatabaseURL = "sqlite:///users.db"
	}
{% endif %}
	return loaded, nil
}
{% if needs_production %}

// missing returns the first variable that is not set and that a service which others rely on needs: each whose environment
// is not known to be one of a developer's, so that a name that is misspelt is no way round.
func (s Settings) missing() string {
	switch {
	case s.AppEnv == "development" || s.AppEnv == "test":
		return ""
{% if cookiecutter.database != 'memory' %}
	case s.DatabaseURL == "":
		return "DATABASE_URL"
{% endif %}
{% if cookiecutter.__uses_redis %}
	case s.RedisURL == "":
		return "REDIS_URL"
{% endif %}
{% if cookiecutter.auth == 'jwt' %}
	case s.JWTSecret == "" && s.JWTPrivateKey.PrivateKey == nil:
		return "JWT_SECRET"
{% endif %}
	default:
		return ""
	}
}
{% endif %}

// read fills a structure from its variables, and checks the values.
func read[T any](loaded *T, lookup Lookup) error {
	variables := variablesOf(reflect.TypeFor[T](), "", reflect.TypeFor[T]().Name())
	values := make(map[string]string)
	for _, variable := range variables {
		value, err := lookup(variable.name)
		if err != nil {
			return err
		}
		if value != "" {
			values[variable.name] = value
		}
	}
	if err := env.ParseWithOptions(loaded, env.Options{Environment: values}); err != nil {
		if missing, ok := errors.AsType[env.VarIsNotSetError](err); ok {
			return fmt.Errorf("%s is required", missing.Key)
		}
		return unreadable[T](variables, values)
	}
	if err := newValidator().Struct(loaded); err != nil {
		return invalid(variables, err)
	}
	return nil
}

// variable is one that a field of the settings, or of a group in them, is read from.
type variable struct{ name, field, rule string }

// variablesOf lists the variables of a structure. A group is a field that is a structure itself, and may have an envPrefix.
func variablesOf(of reflect.Type, prefix, place string) []variable {
	var found []variable
	for i := range of.NumField() {
		field := of.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("env"), ",")
		switch {
		case name != "":
			found = append(found, variable{prefix + name, place + "." + field.Name, field.Tag.Get("rule")})
		case field.Type.Kind() == reflect.Struct:
			found = append(found, variablesOf(field.Type, prefix+field.Tag.Get("envPrefix"), place+"."+field.Name)...)
		}
	}
	return found
}

// unreadable names the first variable whose value cannot be read. The library's own words name the field and show the value.
func unreadable[T any](variables []variable, values map[string]string) error {
	for _, variable := range variables {
		value, isSet := values[variable.name]
		if !isSet {
			continue
		}
		err := env.ParseWithOptions(new(T), env.Options{Environment: map[string]string{variable.name: value}})
		if _, isBad := errors.AsType[env.ParseError](err); isBad {
			return variable.broken()
		}
	}
	return errors.New("a field of the settings has a type or a tag that cannot be read")
}

// invalid names the variable of the first rule that is broken.
func invalid(variables []variable, err error) error {
	broken, _ := errors.AsType[validator.ValidationErrors](err)
	for _, variable := range variables {
		// One of a list has its place behind the name.
		if field, _, _ := strings.Cut(broken[0].StructNamespace(), "["); field == variable.field {
			return variable.broken()
		}
	}
	return fmt.Errorf("%s is not valid", broken[0].StructNamespace())
}

func (v variable) broken() error {
	return fmt.Errorf("%s %s", v.name, cmp.Or(v.rule, "is not valid"))
}

func newValidator() *validator.Validate {
	validate := validator.New()
	for name, valid := range map[string]func(value string) bool{
		"environment": environment.MatchString,
		"host":        isHost,
{% if cookiecutter.database != 'memory' %}
		"database":    isDatabaseURL,
{% endif %}
{% if cookiecutter.auth == 'jwt' %}
		"secret":      isSecret,
		"ascii":       printable.MatchString,
{% endif %}
{% if cookiecutter.__uses_redis %}
		"redis":       isRedisURL,
{% endif %}
	} {
		err := validate.RegisterValidation(name, func(level validator.FieldLevel) bool { return valid(level.Field().String()) })
		if err != nil {
			panic(err)
		}
	}
	return validate
}

func isHost(value string) bool {
	_, err := netip.ParseAddr(value)
	return err == nil || hostName.MatchString(value)
}

func list(value string) []string {
	items := strings.Split(value, ",")
	for i, item := range items {
		items[i] = strings.TrimSpace(item)
	}
	return items
}
{% if cookiecutter.database == 'sqlite' %}

func isDatabaseURL(value string) bool {
	return sqliteURL.MatchString(value) && !strings.HasPrefix(value, "sqlite:///:memory:")
}
{% elif cookiecutter.database != 'memory' %}

// schemes are how providers begin their URLs.
var schemes = []string{ {{- '"postgres", "postgresql"' if cookiecutter.database == 'postgresql' else '"mysql", "mariadb"' -}} }

// isDatabaseURL leaves parameters such as {{ 'sslmode' if cookiecutter.database == 'postgresql' else 'ssl-mode' }} to package db, which knows them.
func isDatabaseURL(value string) bool {
	if strings.HasPrefix(value, "sqlite:") {
		return sqliteURL.MatchString(value) && !strings.HasPrefix(value, "sqlite:///:memory:")
	}
	parsed, err := url.Parse(value)
{% if cookiecutter.database == 'postgresql' %}
	// ?host=/var/run/postgresql names the folder of a socket.
	if err != nil || !slices.Contains(schemes, parsed.Scheme) || parsed.Hostname() == "" && !parsed.Query().Has("host") {
{% else %}
	if err != nil || !slices.Contains(schemes, parsed.Scheme) || parsed.Hostname() == "" {
{% endif %}
		return false
	}
	name := strings.TrimPrefix(parsed.Path, "/")
	return isPort(parsed.Port()) && name != "" && !strings.Contains(name, "/") && parsed.Fragment == ""
}
{% endif %}
{% if cookiecutter.database in ('postgresql', 'mysql') or cookiecutter.__uses_redis %}

func isPort(text string) bool {
	port, err := strconv.ParseUint(text, 10, 16)
	return text == "" || err == nil && port > 0
}
{% endif %}
