// Package telemetry writes logs as one JSON object a line, and ties them to a request by its id.
package telemetry

import (
	"context"
	"io"
	"log/slog"
)

// TimeFormat prints a UTC time as RFC 3339 with milliseconds, such as 2026-01-31T09:30:00.000Z.
const TimeFormat = "2006-01-02T15:04:05.000Z"

type requestIDKey struct{}

// NewLogger returns a logger that writes every record of this level and above.
func NewLogger(output io.Writer, level slog.Level) *slog.Logger {
	lines := slog.NewJSONHandler(output, &slog.HandlerOptions{Level: level, ReplaceAttr: inOurWords})
	return slog.New(requestHandler{lines})
}

// WithRequestID returns a context whose log lines carry the id of a request.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestIDKey{}, id)
}

// RequestID returns the id that WithRequestID put into the context, or the empty string.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// requestHandler puts the request's id in front of a line's own members.
type requestHandler struct {
	slog.Handler
}

func (h requestHandler) Handle(ctx context.Context, record slog.Record) error {
	id := RequestID(ctx)
	if id == "" {
		return h.Handler.Handle(ctx, record)
	}
	line := slog.NewRecord(record.Time, record.Level, record.Message, record.PC)
	line.AddAttrs(slog.String("request_id", id))
	record.Attrs(func(attribute slog.Attr) bool {
		line.AddAttrs(attribute)
		return true
	})
	return h.Handler.Handle(ctx, line)
}

func (h requestHandler) WithAttrs(attributes []slog.Attr) slog.Handler {
	return requestHandler{h.Handler.WithAttrs(attributes)}
}

func (h requestHandler) WithGroup(name string) slog.Handler {
	return requestHandler{h.Handler.WithGroup(name)}
}

func inOurWords(groups []string, attribute slog.Attr) slog.Attr {
	if len(groups) > 0 {
		return attribute
	}
	switch attribute.Key {
	case slog.TimeKey:
		return slog.String(slog.TimeKey, attribute.Value.Time().UTC().Format(TimeFormat))
	case slog.LevelKey:
		level, _ := attribute.Value.Any().(slog.Level)
		return slog.String(slog.LevelKey, levelName(level))
	case slog.MessageKey:
		attribute.Key = "message"
	}
	return attribute
}

func levelName(level slog.Level) string {
	switch {
	case level >= slog.LevelError:
		return "error"
	case level >= slog.LevelWarn:
		return "warning"
	case level >= slog.LevelInfo:
		return "info"
	default:
		return "debug"
	}
}
