{% if cookiecutter.database == 'memory' %}
// Package storetest gives each test a store of its own.
package storetest

import (
	"testing"

	"{{ cookiecutter.project_slug }}/internal/store"
)

// Open returns an empty store.
func Open(testing.TB) *store.Memory {
	return store.NewMemory()
}
{% else %}
// Package storetest gives each test a database of its own, which is gone after it.
package storetest

import (
{% if cookiecutter.database != 'sqlite' %}
	"context"
	"crypto/rand"
{% if cookiecutter.database == 'mysql' %}
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
{% else %}
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
{% endif %}
{% else %}
	"path/filepath"
	"testing"
{% endif %}

	"{{ cookiecutter.project_slug }}/internal/store"
)

const poolSize = 10

// Open returns an empty store whose schema is up to date.
func Open(t testing.TB) *store.Store {
	t.Helper()
	databaseURL := URL(t)
	if _, _, err := store.Migrate(t.Context(), databaseURL, store.Up); err != nil {
		t.Fatal(err)
	}
	opened, err := store.Open(databaseURL, poolSize)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = opened.Close() })
	return opened
}

{% if cookiecutter.database == 'sqlite' %}
// URL returns the URL of a database that does not exist yet.
func URL(t testing.TB) string {
	t.Helper()
	return "sqlite:///" + filepath.Join(t.TempDir(), "test.db")
}
{% else %}
// URL returns the URL of a new, empty database: on the server that TEST_DATABASE_URL names, whose user may create
// databases, or else in a file.
func URL(t testing.TB) string {
	t.Helper()
	server := os.Getenv("TEST_DATABASE_URL")
	if !strings.HasPrefix(server, "{{ cookiecutter.database }}:") {
		return "sqlite:///" + filepath.Join(t.TempDir(), "test.db")
	}
	fresh, err := url.Parse(server)
	if err != nil {
		t.Fatal("TEST_DATABASE_URL can't be parsed")
	}
	name := "test_" + strings.ToLower(rand.Text()[:12])
	fresh.Path = "/" + name
	execute(t, server, "CREATE DATABASE "+name)
{% if cookiecutter.database == 'postgresql' %}
	t.Cleanup(func() { execute(t, server, "DROP DATABASE "+name+" WITH (FORCE)") })
{% else %}
	t.Cleanup(func() { execute(t, server, "DROP DATABASE "+name) })
{% endif %}
	return fresh.String()
}
{% if cookiecutter.database == 'postgresql' %}

func execute(t testing.TB, server, statement string) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	connection, err := pgx.Connect(ctx, server)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close(ctx) }()
	if _, err := connection.Exec(ctx, statement); err != nil {
		t.Fatal(err)
	}
}
{% else %}

func execute(t testing.TB, server, statement string) {
	t.Helper()
	parsed, err := url.Parse(server)
	if err != nil {
		t.Fatal("TEST_DATABASE_URL can't be parsed")
	}
	config := mysql.NewConfig()
	config.User = parsed.User.Username()
	config.Passwd, _ = parsed.User.Password()
	config.Net, config.Addr = "tcp", parsed.Host
	connector, err := mysql.NewConnector(config)
	if err != nil {
		t.Fatal(err)
	}
	pool := sql.OpenDB(connector)
	defer func() { _ = pool.Close() }()
	if _, err := pool.ExecContext(context.WithoutCancel(t.Context()), statement); err != nil {
		t.Fatal(err)
	}
}
{% endif %}
{% endif %}
{% endif %}
