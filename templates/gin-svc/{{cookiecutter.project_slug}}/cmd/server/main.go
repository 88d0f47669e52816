{% if cookiecutter.__sessions == 'sql' %}
// Command server runs the service, moves its database to another version of the schema, or makes an admin.
{% else %}
// Command server runs the service{% if cookiecutter.database != 'memory' %}, or moves its database to another version of the schema{% endif %}.
{% endif %}
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"{{ cookiecutter.project_slug }}/internal/httpapi"
	"{{ cookiecutter.project_slug }}/internal/settings"
	"{{ cookiecutter.project_slug }}/internal/store"
	"{{ cookiecutter.project_slug }}/internal/telemetry"
	"{{ cookiecutter.project_slug }}/internal/users"
)

{% if cookiecutter.database == 'memory' %}
const usage = "usage: server [serve | healthcheck]"

{% elif cookiecutter.auth == 'jwt' %}
const usage = "usage: server [serve | healthcheck | migrate [up | down | status] | create-admin EMAIL]"

{% else %}
const usage = "usage: server [serve | healthcheck | migrate [up | down | status]]"

{% endif %}
// The longest that a client may take. A call of the API itself takes at most 4 s; an idle connection stays longer than
// proxies keep theirs, so that it is they who close it.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 15 * time.Second
	writeTimeout      = 30 * time.Second
	idleTimeout       = 75 * time.Second
	maxHeaderBytes    = 16 << 10
)

// lastRequest is how long a connection stays open for one more request when the service shuts down. A client that has sent
// none by then is hardly about to.
const lastRequest = 250 * time.Millisecond

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal asks to end, a second one ends at once.
	context.AfterFunc(ctx, stop)
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, strings.Join(strings.Fields(err.Error()), " "))
		os.Exit(1)
	}
}

// run does what the arguments say, until that is done or the context ends.
func run(ctx context.Context, arguments []string, getenv func(string) string, output io.Writer) error {
	lookup, err := settings.WithSecrets(getenv)
	if err != nil {
		return err
	}
	loaded, err := settings.Load(lookup)
	if err != nil {
		return err
	}
{% if cookiecutter.__sessions == 'sql' %}
	if len(arguments) == 2 && arguments[0] == "create-admin" {
		return createAdmin(ctx, loaded, arguments[1], lookup, output)
	}
{% endif %}
	switch command := strings.Join(arguments, " "); command {
	case "", "serve":
		return serve(ctx, loaded, telemetry.NewLogger(output, loaded.LogLevel))
	case "healthcheck":
		return checkHealth(ctx, loaded, output)
{% if cookiecutter.database != 'memory' %}
	case "migrate", "migrate up":
		return migrate(ctx, loaded, store.Up, output)
	case "migrate down":
		return migrate(ctx, loaded, store.Down, output)
	case "migrate status":
		return migrate(ctx, loaded, store.Stay, output)
{% endif %}
	default:
		return errors.New(usage)
	}
}
{% if cookiecutter.database == 'memory' %}

func serve(ctx context.Context, loaded settings.Settings, logger *slog.Logger) {% if cookiecutter.__uses_redis %}(err error){% else %}error{% endif %} {
{% if cookiecutter.auth == 'jwt' %}
	hasher := newHasher()
	service := users.NewService(store.NewMemory(), hasher)
	if err := makeAdmin(ctx, loaded, service); err != nil {
		return err
	}
{% if cookiecutter.__uses_redis %}
	auth, disconnect, err := newAuth(loaded, service, hasher, store.NewMemorySessions(), logger)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, disconnect()) }()
{% else %}
	auth, err := newAuth(loaded, service, hasher, store.NewMemorySessions(), logger)
	if err != nil {
		return err
	}
{% endif %}
	api := httpapi.New(service, auth, logger, loaded.CORSAllowedOrigins)
	return listen(ctx, loaded, api, logger)
{% else %}
	service := users.NewService(store.NewMemory())
	api := httpapi.New(service, logger, loaded.CORSAllowedOrigins)
	return listen(ctx, loaded, api, logger)
{% endif %}
}
{% else %}

func migrate(ctx context.Context, loaded settings.Settings, move store.Move, output io.Writer) error {
	version, newest, err := store.Migrate(ctx, loaded.DatabaseURL, move)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(output, "version %d, newest %d\n", version, newest)
	return err
}

func serve(ctx context.Context, loaded settings.Settings, logger *slog.Logger) (err error) {
	version, _, err := store.Migrate(ctx, loaded.DatabaseURL, store.Up)
	if err != nil {
		return err
	}
	logger.Info("the database is up to date", "version", version)
	database, err := store.Open(loaded.DatabaseURL, loaded.DatabasePoolSize)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, database.Close()) }()
{% if cookiecutter.auth == 'jwt' %}
	hasher := newHasher()
	service := users.NewService(database, hasher)
{% if cookiecutter.__uses_redis %}
	auth, disconnect, err := newAuth(loaded, service, hasher, database, logger)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, disconnect()) }()
{% else %}
	auth, err := newAuth(loaded, service, hasher, database, logger)
	if err != nil {
		return err
	}
{% endif %}
	api := httpapi.New(service, database, auth, logger, loaded.CORSAllowedOrigins)
{% else %}
	api := httpapi.New(users.NewService(database), database, logger, loaded.CORSAllowedOrigins)
{% endif %}
	return listen(ctx, loaded, api, logger)
}
{% endif %}

// listen answers requests until the context ends, and then those that are under way.
func listen(ctx context.Context, loaded settings.Settings, api *httpapi.API, logger *slog.Logger) error {
	listener, err := openListener(ctx, loaded)
	if err != nil {
		return err
	}
	var connections sync.WaitGroup
	server := &http.Server{
		Handler:                      api,
		ReadHeaderTimeout:            readHeaderTimeout,
		ReadTimeout:                  readTimeout,
		WriteTimeout:                 writeTimeout,
		IdleTimeout:                  idleTimeout,
		MaxHeaderBytes:               maxHeaderBytes,
		ErrorLog:                     slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
		DisableGeneralOptionsHandler: true,
		ConnState: func(_ net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew:
				connections.Add(1)
			case http.StateClosed:
				connections.Done()
			}
		},
	}
	logger.Info("listening", "address", listener.Addr().String())
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	logger.Info("shutting down")
	api.BeginShutdown()
	_ = listener.Close()
	<-failed
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), loaded.ShutdownTimeout)
	defer cancel()
	if err := drain(grace, server, &connections); err != nil {
		logger.Warn("requests were cut off", "error", err.Error())
		return server.Close()
	}
	logger.Info("stopped")
	return nil
}

// drain waits until every connection has ended. Unlike Shutdown of the server, which drops what it reads from then on, it
// answers a request that is on its way: on a connection that was accepted last, or one that its client goes on using.
func drain(ctx context.Context, server *http.Server, connections *sync.WaitGroup) error {
	drained := make(chan struct{})
	go func() {
		connections.Wait()
		close(drained)
	}()
	select {
	case <-drained:
	case <-time.After(lastRequest):
	}
	server.SetKeepAlivesEnabled(false)
	select {
	case <-drained:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
