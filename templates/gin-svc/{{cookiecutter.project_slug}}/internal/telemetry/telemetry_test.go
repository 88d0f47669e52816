package telemetry_test

import (
	"bytes"
	"log/slog"
	"regexp"
	"strings"
	"testing"

	"{{ cookiecutter.__module }}/internal/telemetry"
)

func TestALineHasTheMembersOfTheContract(t *testing.T) {
	var output bytes.Buffer
	logger := telemetry.NewLogger(&output, slog.LevelDebug)
	ctx := telemetry.WithRequestID(t.Context(), "abc")
	logger.With("member", 1).InfoContext(ctx, "hello <é>")
	line := regexp.MustCompile(`^\{"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","level":"info",` +
		`"message":"hello <é>","member":1,"request_id":"abc"\}` + "\n$")
	if !line.MatchString(output.String()) {
		t.Errorf("got %s", output.String())
	}
}

func TestLevelsAreNamedAsInTheSettings(t *testing.T) {
	var output bytes.Buffer
	logger := telemetry.NewLogger(&output, slog.LevelDebug)
	for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError} {
		logger.Log(t.Context(), level, "hello")
	}
	for i, line := range strings.Split(strings.TrimSpace(output.String()), "\n") {
		if want := []string{"debug", "info", "warning", "error"}[i]; !strings.Contains(line, `"level":"`+want+`"`) {
			t.Errorf("got %s, want level %s", line, want)
		}
	}
}

func TestLinesBelowTheLevelAreLeftOut(t *testing.T) {
	var output bytes.Buffer
	logger := telemetry.NewLogger(&output, slog.LevelWarn)
	logger.Info("hello")
	if output.Len() > 0 {
		t.Errorf("got %s", output.String())
	}
}
