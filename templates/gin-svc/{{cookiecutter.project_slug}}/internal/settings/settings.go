{% set needs_production = cookiecutter.database != 'memory' or cookiecutter.auth == 'jwt' %}
// Package settings reads the settings of the service, which come from environment variables and files of secrets alone.
package settings

import (
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
	variables, err := env.GetFieldParams(&loaded)
	if err != nil {
		return Settings{}, err
	}
	values := make(map[string]string)
	for _, variable := range variables {
		value, err := lookup(variable.Key)
		if err != nil {
			return Settings{}, err
		}
		if value != "" {
			values[variable.Key] = value
		}
	}
	if err := env.ParseWithOptions(&loaded, env.Options{Environment: values}); err != nil {
		return Settings{}, inOneLine(err)
	}
	if err := newValidator().Struct(loaded); err != nil {
		return Settings{}, inOneLine(err)
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

// inOneLine names the variable of the first error, and the rule that it breaks. The libraries' own words show the value.
func inOneLine(err error) error {
	name := ""
	if parsed, ok := errors.AsType[env.ParseError](err); ok {
		name = parsed.Name
	}
	if broken, ok := errors.AsType[validator.ValidationErrors](err); ok {
		// One of a list has its place behind the name.
		name, _, _ = strings.Cut(broken[0].StructField(), "[")
	}
	field, found := reflect.TypeFor[Settings]().FieldByName(name)
	if !found {
		return err
	}
	return fmt.Errorf("%s %s", field.Tag.Get("env"), field.Tag.Get("rule"))
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
