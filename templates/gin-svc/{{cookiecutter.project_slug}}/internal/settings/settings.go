// Package settings reads the settings of the service, which come from environment variables and files of secrets alone.
package settings

import (
{% if cookiecutter.database != 'memory' %}
	"errors"
{% endif %}
	"fmt"
	"log/slog"
	"net/netip"
{% if cookiecutter.database in ('postgresql', 'mysql') %}
	"net/url"
{% endif %}
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Settings is what the service is told by its environment.
type Settings struct {
	Host     string
	Port     int
	LogLevel slog.Level
{% if cookiecutter.database != 'memory' %}
	// DatabaseURL holds a password: it is never to be logged.
	DatabaseURL      string
	DatabasePoolSize int
{% endif %}
	// CORSAllowedOrigins holds origins, or "*" alone.
	CORSAllowedOrigins []string
	ShutdownTimeout    time.Duration
{% if cookiecutter.auth == 'jwt' %}
	Auth
{% endif %}
}

var (
	environments = []string{"development", "test", "production"}
	logLevels    = map[string]slog.Level{
		"debug": slog.LevelDebug, "info": slog.LevelInfo, "warning": slog.LevelWarn, "error": slog.LevelError,
	}
	digits   = regexp.MustCompile(`^[0-9]+$`)
	hostName = regexp.MustCompile(`^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$`)
	origin   = regexp.MustCompile(`^https?://(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?$`)
)

// Load reads the settings. A variable that is empty counts as unset. The error is one line that names the first variable
// that is missing or bad, and shows no value.
func Load(lookup Lookup) (Settings, error) {
	e := environment{lookup: lookup}
{% if cookiecutter.database == 'memory' and cookiecutter.auth == 'none' %}
	e.text("APP_ENV", "development", "must be development, test or production", func(value string) bool {
		return slices.Contains(environments, value)
	})
{% else %}
	appEnv := e.text("APP_ENV", "development", "must be development, test or production", func(value string) bool {
		return slices.Contains(environments, value)
	})
{% endif %}
	loaded := Settings{
		Host: e.text("HOST", "127.0.0.1", "must be an address or host name to listen on", isHost),
		Port: e.integer("PORT", "8000", 65535),
		LogLevel: logLevels[e.text("LOG_LEVEL", "info", "must be debug, info, warning or error", func(value string) bool {
			_, known := logLevels[value]
			return known
		})],
{% if cookiecutter.database == 'sqlite' %}
		DatabaseURL: e.text("DATABASE_URL", "sqlite:///users.db",
			"must be sqlite:///relative/path or sqlite:////absolute/path", isDatabaseURL),
{% elif cookiecutter.database != 'memory' %}
		DatabaseURL: e.text("DATABASE_URL", "sqlite:///users.db",
			"must be {{ cookiecutter.database }}://user:password@host:port/name or sqlite:///path", isDatabaseURL),
{% endif %}
{% if cookiecutter.database != 'memory' %}
		DatabasePoolSize: e.integer("DATABASE_POOL_SIZE", "10", 200),
{% endif %}
		CORSAllowedOrigins: list(e.text("CORS_ALLOWED_ORIGINS", "",
			"must be * or origins such as https://app.example.com, separated by commas", areOrigins)),
		ShutdownTimeout: time.Duration(e.integer("SHUTDOWN_TIMEOUT", "20", 300)) * time.Second,
{% if cookiecutter.auth == 'jwt' %}
		Auth:            e.auth(),
{% endif %}
	}
{% if cookiecutter.database != 'memory' %}
	if appEnv == "production" && e.get("DATABASE_URL") == "" && e.err == nil {
		e.err = errors.New("DATABASE_URL is required when APP_ENV is production")
	}
{% endif %}
{% if cookiecutter.auth == 'jwt' %}
	if e.err == nil && appEnv == "production" {
		e.err = loaded.Auth.missing()
	}
{% endif %}
	return loaded, e.err
}

// environment keeps the first error, so that the settings can be read in one expression.
type environment struct {
	lookup Lookup
	err    error
}

func (e *environment) get(name string) string {
	value, err := e.lookup(name)
	if e.err == nil {
		e.err = err
	}
	return value
}

// text returns the value of a variable, or the default, which need not be valid.
func (e *environment) text(name, byDefault, rule string, valid func(string) bool) string {
	value := e.get(name)
	if value == "" {
		return byDefault
	}
	if e.err == nil && !valid(value) {
		e.err = fmt.Errorf("%s %s", name, rule)
	}
	return value
}

func (e *environment) integer(name, byDefault string, highest int) int {
	rule := fmt.Sprintf("must be an integer from 1 to %d", highest)
	value, _ := strconv.Atoi(e.text(name, byDefault, rule, func(value string) bool {
		number, err := strconv.Atoi(value)
		return digits.MatchString(value) && err == nil && number >= 1 && number <= highest
	}))
	return value
}

func isHost(value string) bool {
	_, err := netip.ParseAddr(value)
	return err == nil || hostName.MatchString(value)
}

func list(value string) []string {
	if value == "" {
		return nil
	}
	items := strings.Split(value, ",")
	for i, item := range items {
		items[i] = strings.TrimSpace(item)
	}
	return items
}

func areOrigins(value string) bool {
	return value == "*" || !slices.ContainsFunc(list(value), func(item string) bool { return !origin.MatchString(item) })
}
{% if cookiecutter.database == 'sqlite' %}

var sqliteURL = regexp.MustCompile(`^sqlite:///[^?#]+$`)

func isDatabaseURL(value string) bool {
	return sqliteURL.MatchString(value) && !strings.HasPrefix(value, "sqlite:///:memory:")
}
{% elif cookiecutter.database != 'memory' %}

var sqliteURL = regexp.MustCompile(`^sqlite:///[^?#]+$`)

func isDatabaseURL(value string) bool {
	if strings.HasPrefix(value, "sqlite:") {
		return sqliteURL.MatchString(value) && !strings.HasPrefix(value, "sqlite:///:memory:")
	}
	parsed, err := url.Parse(value)
	if err != nil || parsed.Scheme != "{{ cookiecutter.database }}" || parsed.Hostname() == "" {
		return false
	}
	port, err := strconv.Atoi(parsed.Port())
	hasPort := err == nil && port >= 1 && port <= 65535
	name := strings.TrimPrefix(parsed.Path, "/")
	return (hasPort || parsed.Port() == "") && name != "" && !strings.Contains(name, "/") &&
		parsed.RawQuery == "" && parsed.Fragment == ""
}
{% endif %}
