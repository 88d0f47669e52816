package settings_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"{{ cookiecutter.__module }}/internal/settings"
)

func load(variables map[string]string) (settings.Settings, error) {
	lookup, err := settings.WithSecrets(func(name string) string { return variables[name] })
	if err != nil {
		return settings.Settings{}, err
	}
	return settings.Load(lookup)
}

func TestDefaults(t *testing.T) {
	loaded, err := load(nil)
	if err != nil {
		t.Fatal(err)
	}
	want := settings.Settings{
		AppEnv:   "development",
		Host:     "127.0.0.1",
		Port:     8000,
		LogLevel: settings.Level{Level: slog.LevelInfo},
{% if cookiecutter.database != 'memory' %}

		DatabaseURL:      "sqlite:///users.db",
		DatabasePoolSize: 10,
{% endif %}

		ShutdownSeconds: 20,
{% if cookiecutter.auth == 'jwt' %}

		Auth: defaultAuth,
{% endif %}
	}
	if !reflect.DeepEqual(loaded, want) {
		t.Errorf("got %+v, want %+v", loaded, want)
	}
}

func TestGoodValuesAreTaken(t *testing.T) {
	variables := map[string]string{
		"APP_ENV":   "staging",
		"HOST":      "::1",
		"PORT":      "65535",
		"LOG_LEVEL": "WARNING",
{% if cookiecutter.database == 'sqlite' %}

		"DATABASE_URL":       "sqlite:////var/lib/users.db",
		"DATABASE_POOL_SIZE": "200",
{% elif cookiecutter.database != 'memory' %}

		"DATABASE_URL":       "{{ cookiecutter.database }}://user:p%40ss@db.example.com:1234/users",
		"DATABASE_POOL_SIZE": "200",
{% endif %}

		"CORS_ALLOWED_ORIGINS": "https://a.example, http://localhost:3000",
		"SHUTDOWN_TIMEOUT":     "1",
{% if cookiecutter.auth == 'jwt' %}

		"JWT_SECRET": secret,
{% if cookiecutter.__uses_redis %}
		"REDIS_URL":  redisURL,
{% endif %}
{% endif %}
	}
	loaded, err := load(variables)
	if err != nil {
		t.Fatal(err)
	}
{% if cookiecutter.auth == 'jwt' %}
	auth := defaultAuth
	auth.JWTSecret = secret
{% if cookiecutter.__uses_redis %}
	auth.RedisURL = redisURL
{% endif %}
{% endif %}
	want := settings.Settings{
		AppEnv:   "staging",
		Host:     "::1",
		Port:     65535,
		LogLevel: settings.Level{Level: slog.LevelWarn},
{% if cookiecutter.database != 'memory' %}

		DatabaseURL:      variables["DATABASE_URL"],
		DatabasePoolSize: 200,
{% endif %}

		CORSAllowedOrigins: []string{"https://a.example", "http://localhost:3000"},
		ShutdownSeconds:    1,
{% if cookiecutter.auth == 'jwt' %}

		Auth: auth,
{% endif %}
	}
	if !reflect.DeepEqual(loaded, want) {
		t.Errorf("got %+v, want %+v", loaded, want)
	}
}

func TestABadValueIsNamedAndNotShown(t *testing.T) {
	for _, test := range []struct{ name, value, want string }{
		{"APP_ENV", "a b", "APP_ENV must be a name such as production, of letters, digits, - and _"},
		{"HOST", "local host", "HOST must be an address or host name to listen on"},
		{"PORT", "0", "PORT must be an integer from 1 to 65535"},
		{"PORT", "65536", "PORT must be an integer from 1 to 65535"},
		{"PORT", "x", "PORT must be an integer from 1 to 65535"},
		{"LOG_LEVEL", "loud", "LOG_LEVEL must be debug, info, warning or error"},
{% if cookiecutter.database == 'sqlite' %}
		{"DATABASE_URL", "sqlite:///", "DATABASE_URL must be sqlite:///relative/path or sqlite:////absolute/path"},
		{"DATABASE_URL", "sqlite:///:memory:", "DATABASE_URL must be sqlite:///relative/path or sqlite:////absolute/path"},
		{"DATABASE_URL", "oracle://user:pass@host/x", "DATABASE_URL must be sqlite:///relative/path or sqlite:////absolute/path"},
{% elif cookiecutter.database != 'memory' %}
		{"DATABASE_URL", "sqlite:///", databaseURLRule},
		{"DATABASE_URL", "sqlite:///:memory:", databaseURLRule},
		{"DATABASE_URL", "oracle://user:pass@host/x", databaseURLRule},
		{"DATABASE_URL", "{{ cookiecutter.database }}://user:pass@host:99999/x", databaseURLRule},
		{"DATABASE_URL", "{{ cookiecutter.database }}://user:pass@host", databaseURLRule},
		{"DATABASE_URL", "{{ cookiecutter.database }}://user:p%ss@host/x", databaseURLRule},
{% endif %}
{% if cookiecutter.database != 'memory' %}
		{"DATABASE_POOL_SIZE", "201", "DATABASE_POOL_SIZE must be an integer from 1 to 200"},
{% endif %}
		{"CORS_ALLOWED_ORIGINS", "*,https://a.example", originsRule},
		{"CORS_ALLOWED_ORIGINS", "https://a.example/", originsRule},
		{"SHUTDOWN_TIMEOUT", "1.5", "SHUTDOWN_TIMEOUT must be an integer from 1 to 300"},
	} {
		t.Run(test.name+"="+test.value, func(t *testing.T) {
			_, err := load(map[string]string{test.name: test.value})
			if err == nil || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

{% if cookiecutter.database in ('postgresql', 'mysql') %}
const (
	originsRule     = "CORS_ALLOWED_ORIGINS must be * or origins such as https://app.example.com, separated by commas"
	databaseURLRule = "DATABASE_URL must be {{ cookiecutter.database }}://user:password@host:port/name or sqlite:///path"
)
{% else %}
const originsRule = "CORS_ALLOWED_ORIGINS must be * or origins such as https://app.example.com, separated by commas"
{% endif %}

{% if cookiecutter.database in ('postgresql', 'mysql') %}
func TestDatabaseURLsOfProvidersAreTaken(t *testing.T) {
	for _, databaseURL := range []string{
{% if cookiecutter.database == 'postgresql' %}
		"postgres://user:p%40ss@db.example.com/users",
		"postgresql://db.example.com:5433/users?sslmode=require",
		"postgres://db.example.com/users?sslmode=verify-full&sslrootcert=/etc/ca.pem",
		"postgresql://db.example.com/users?sslmode=require&channel_binding=require&connect_timeout=5&application_name=users",
		"postgresql:///users?host=/var/run/postgresql",
{% else %}
		"mysql://user:p%40ss@db.example.com/users?ssl-mode=REQUIRED",
		"mariadb://db.example.com:3307/users",
		"mysql://db.example.com/users?ssl-mode=VERIFY_IDENTITY&ssl-ca=/etc/ca.pem",
{% endif %}
	} {
		if loaded, err := load(map[string]string{"DATABASE_URL": databaseURL}); err != nil || loaded.DatabaseURL != databaseURL {
			t.Errorf("%s: got %v", databaseURL, err)
		}
	}
}

{% endif %}
func TestAnEmptyValueCountsAsUnset(t *testing.T) {
	loaded, err := load(map[string]string{"PORT": "", "LOG_LEVEL": ""})
	if err != nil || loaded.Port != 8000 || loaded.LogLevel.Level != slog.LevelInfo {
		t.Errorf("got %+v and %v", loaded, err)
	}
}
{% if cookiecutter.database != 'memory' %}

func TestOnlyDevelopmentAndTestsDoWithoutADatabaseURL(t *testing.T) {
	for _, environment := range []string{"production", "Production", "staging", "prod", "my-stage_2"} {
		_, err := load(map[string]string{"APP_ENV": environment})
		if err == nil || err.Error() != "DATABASE_URL is required when APP_ENV is "+strings.ToLower(environment) {
			t.Errorf("got %v", err)
		}
	}
	for _, environment := range []string{"development", "Test"} {
		if _, err := load(map[string]string{"APP_ENV": environment}); err != nil {
			t.Errorf("got %v", err)
		}
	}
}
{% endif %}

func TestAFileStandsForAVariableThatIsUnset(t *testing.T) {
	directory := t.TempDir()
	for name, text := range map[string]string{"PORT": "\t81\n", "LOG_LEVEL": "debug", "SHUTDOWN_TIMEOUT": "", "OTHER": "\xff"} {
		write(t, directory, name, text)
	}
	loaded, err := load(map[string]string{"SECRETS_DIR": directory, "LOG_LEVEL": "error", "PORT": ""})
	if err != nil || loaded.Port != 81 || loaded.LogLevel.Level != slog.LevelError || loaded.ShutdownSeconds != 20 {
		t.Errorf("got %+v and %v", loaded, err)
	}
	write(t, directory, "PORT", "x")
	_, err = load(map[string]string{"SECRETS_DIR": directory})
	if err == nil || err.Error() != "PORT must be an integer from 1 to 65535" {
		t.Errorf("got %v", err)
	}
}

func TestADirectoryOfSecretsThatCannotBeReadIsNamed(t *testing.T) {
	bytes, folder := t.TempDir(), t.TempDir()
	write(t, bytes, "PORT", "\xff")
	if err := os.Mkdir(filepath.Join(folder, "PORT"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, directory := range []string{bytes, folder, filepath.Join(bytes, "PORT"), filepath.Join(bytes, "absent")} {
		_, err := load(map[string]string{"SECRETS_DIR": directory})
		if err == nil || err.Error() != "SECRETS_DIR must be a directory whose files can be read" {
			t.Errorf("%s: got %v", directory, err)
		}
	}
}

func write(t *testing.T, directory, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(directory, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAnErrorIsOneLine(t *testing.T) {
	_, err := load(map[string]string{"PORT": "80\n80"})
	if err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v", err)
	}
}

func TestAVariableOfAGroupIsNamedAndNotShown(t *testing.T) {
	type billing struct {
		Timeout time.Duration `env:"TIMEOUT"`
		Retries int           `env:"RETRIES" validate:"max=5" rule:"must be at most 5"`
	}
	type grouped struct {
		Billing billing `envPrefix:"BILLING_"`
		Timeout int     `env:"TIMEOUT" rule:"must be seconds"`
	}
	for variable, want := range map[string]string{
		"BILLING_TIMEOUT": "BILLING_TIMEOUT is not valid",
		"BILLING_RETRIES": "BILLING_RETRIES must be at most 5",
		"TIMEOUT":         "TIMEOUT must be seconds",
	} {
		err := settings.Read(new(grouped), func(name string) (string, error) {
			return map[string]string{variable: "hunter2"}[name], nil
		})
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	err := settings.Read(new(grouped), func(name string) (string, error) {
		return map[string]string{"BILLING_RETRIES": "99"}[name], nil
	})
	if err == nil || err.Error() != "BILLING_RETRIES must be at most 5" {
		t.Errorf("got %v", err)
	}
}
