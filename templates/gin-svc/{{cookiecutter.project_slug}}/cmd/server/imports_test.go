package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// below says what each of the packages that no feature owns may import of this service. A feature may import all of these,
// and the features that it is about.
var below = map[string][]string{
	"telemetry": {},
	"settings":  {},
	"db":        {},
	"web":       {"db", "telemetry"},
{% if cookiecutter.auth == 'jwt' %}
	"auth":      {"db", "web"},
{% endif %}
}

func TestPackagesImportOnlyWhatIsBelowThem(t *testing.T) {
	const prefix = "{{ cookiecutter.__module }}/internal/"
	err := filepath.WalkDir("../../internal", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		relative, err := filepath.Rel("../../internal", filepath.Dir(path))
		allowed, generic := below[relative]
		if err != nil || !generic {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, imported := range file.Imports {
			name, err := strconv.Unquote(imported.Path.Value)
			if err != nil {
				return err
			}
			if own, ok := strings.CutPrefix(name, prefix); ok && !slices.Contains(allowed, own) {
				t.Errorf("%s imports %s", path, own)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
