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

{% if cookiecutter.auth == 'jwt' and cookiecutter.database == 'memory' %}
	"{{ cookiecutter.__module }}/internal/auth"
{% endif %}
{% if cookiecutter.database != 'memory' %}
	"{{ cookiecutter.__module }}/internal/db"
{% endif %}
	"{{ cookiecutter.__module }}/internal/settings"
	"{{ cookiecutter.__module }}/internal/telemetry"
{% if cookiecutter.auth == 'jwt' %}
	"{{ cookiecutter.__module }}/internal/users"
{% endif %}
	"{{ cookiecutter.__module }}/internal/web"
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
		return serve(ctx, loaded, telemetry.NewLogger(output, loaded.LogLevel.Level))
	case "healthcheck":
		// Not the default transport, which would go by way of HTTP_PROXY.
		return checkHealth(ctx, &http.Transport{}, loaded, output)
{% if cookiecutter.database != 'memory' %}
	case "migrate", "migrate up":
		return migrate(ctx, loaded, db.Up, output)
	case "migrate down":
		return migrate(ctx, loaded, db.Down, output)
	case "migrate status":
		return migrate(ctx, loaded, db.Status, output)
{% endif %}
	default:
		return errors.New(usage)
	}
}
{% if cookiecutter.database != 'memory' %}

func migrate(ctx context.Context, loaded settings.Settings, move db.Move, output io.Writer) error {
	schema, err := db.Migrate(ctx, loaded.DatabaseURL, move)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(output, "service: version %d, newest %d\nown: version %d, newest %d\n",
		schema.Service.Version, schema.Service.Newest, schema.Own.Version, schema.Own.Newest)
	return err
}
{% endif %}

func serve(ctx context.Context, loaded settings.Settings, logger *slog.Logger) error {
	// For slog.InfoContext and the like, wherever they are called.
	slog.SetDefault(logger)
{% if cookiecutter.database != 'memory' %}
	schema, err := db.Migrate(ctx, loaded.DatabaseURL, db.Up)
	if err != nil {
		return err
	}
	logger.Info("the database is up to date", "version", schema.Service.Version, "own", schema.Own.Version)
	database, err := db.Open(loaded.DatabaseURL, loaded.DatabasePoolSize)
	if err != nil {
		return err
	}
	defer closeOrWarn(logger, "the database", database.Close)
{% endif %}
{% if cookiecutter.auth == 'none' %}
	return listen(ctx, loaded, newServer(loaded, logger{% if cookiecutter.database != 'memory' %}, database{% endif %}), logger)
{% else %}
{% if cookiecutter.database == 'memory' %}
	store, hasher := users.NewStore(), newHasher()
	service := users.NewService(store, hasher)
	if err := makeAdmin(ctx, loaded, service); err != nil {
		return err
	}
	sessions := auth.NewStore(store)
{% else %}
	hasher := newHasher()
	service := users.NewService(users.NewStore(database), hasher)
	sessions := newSessionStore(database)
{% endif %}
	made, err := newParts(loaded, logger, hasher, sessions)
	if err != nil {
		return err
	}
{% if cookiecutter.__uses_redis %}
	defer closeOrWarn(logger, "Redis", made.close)
{% endif %}
	made.users = service
{% if cookiecutter.database != 'memory' %}
	made.database = database
{% endif %}
	return listen(ctx, loaded, newServer(loaded, logger, made), logger)
{% endif %}
}

{% if cookiecutter.database != 'memory' or cookiecutter.__uses_redis %}
// closeOrWarn closes what the service has used. A service that ends has not failed because the other side was gone first.
func closeOrWarn(logger *slog.Logger, what string, closeIt func() error) {
	if err := closeIt(); err != nil {
		logger.Warn("not closed cleanly", "what", what, "error", err.Error())
	}
}

{% endif %}
// listen answers requests until the context ends, and then those that are under way.
func listen(ctx context.Context, loaded settings.Settings, routes *web.Server, logger *slog.Logger) error {
	handler, err := routes.Handler()
	if err != nil {
		return err
	}
	listener, err := openListener(ctx, loaded)
	if err != nil {
		return err
	}
	var connections sync.WaitGroup
	server := &http.Server{
		Handler:                      handler,
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
	routes.Stop()
	_ = listener.Close()
	logger.Debug("no more connections", "error", (<-failed).Error())
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), loaded.ShutdownTimeout())
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
