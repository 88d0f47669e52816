package main

import (
{% if cookiecutter.__uses_redis %}
	"context"
{% endif %}
	"log/slog"

{% if cookiecutter.auth == 'jwt' %}
	"{{ cookiecutter.__module }}/internal/auth"
{% endif %}
{% if cookiecutter.database != 'memory' %}
	"{{ cookiecutter.__module }}/internal/db"
{% endif %}
	"{{ cookiecutter.__module }}/internal/settings"
	"{{ cookiecutter.__module }}/internal/users"
	"{{ cookiecutter.__module }}/internal/web"
)

{% if cookiecutter.auth == 'jwt' %}
// parts are what the features are made of.
type parts struct {
{% if cookiecutter.database != 'memory' %}
	database *db.Database
{% endif %}
	users    *users.Service
	sessions *auth.Service
	keys     []auth.JWK
{% if cookiecutter.__uses_redis %}
	// redis is nil where the service does without it.
	redis *auth.Redis
{% endif %}
}

{% endif %}
{% if cookiecutter.auth == 'jwt' %}
// newServer registers the routes of every feature.
func newServer(loaded settings.Settings, logger *slog.Logger, made parts) *web.Server {
	server := web.New(web.Options{
		Logger: logger, AllowedOrigins: loaded.CORSAllowedOrigins, TrustedProxies: loaded.TrustedProxies,
	})
	server.ServeHealth({% if cookiecutter.database != 'memory' %}made.database.Ping{% endif %}{% if cookiecutter.__uses_redis %}{% if cookiecutter.database != 'memory' %}, {% endif %}made.pingRedis{% endif %})
	server.ServeDocument()
	router := server.Router("", "")
	guard := auth.NewGuard(made.sessions)
	auth.Register(router, guard, made.keys)
	users.Register(router, guard, made.users, made.sessions, loaded.RegistrationEnabled)
{% elif cookiecutter.database != 'memory' %}
// newServer registers the routes of every feature.
func newServer(loaded settings.Settings, logger *slog.Logger, database *db.Database) *web.Server {
	server := web.New(web.Options{Logger: logger, AllowedOrigins: loaded.CORSAllowedOrigins})
	server.ServeHealth(database.Ping)
	server.ServeDocument()
	router := server.Router("", "")
	users.Register(router, users.NewService(users.NewStore(database)))
{% else %}
// newServer registers the routes of every feature.
func newServer(loaded settings.Settings, logger *slog.Logger) *web.Server {
	server := web.New(web.Options{Logger: logger, AllowedOrigins: loaded.CORSAllowedOrigins})
	server.ServeHealth()
	server.ServeDocument()
	router := server.Router("", "")
	service := users.NewService(users.NewStore())
	users.Register(router, service)
{% endif %}
	return server
}
{% if cookiecutter.__uses_redis %}

func (p parts) pingRedis(ctx context.Context) error {
	if p.redis == nil {
		return nil
	}
	return p.redis.Ping(ctx)
}
{% endif %}
