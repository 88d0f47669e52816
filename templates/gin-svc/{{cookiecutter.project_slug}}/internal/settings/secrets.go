package settings

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// Lookup returns the value of a variable, which is empty where it is unset.
type Lookup func(name string) (string, error)

var errSecretsDir = errors.New("SECRETS_DIR must be a directory whose files can be read")

// WithSecrets looks variables up through getenv, such as os.Getenv, and those that are unset in the directory that
// SECRETS_DIR names, where a file stands for the variable of its name.
func WithSecrets(getenv func(name string) string) (Lookup, error) {
	directory := getenv("SECRETS_DIR")
	if directory == "" {
		return func(name string) (string, error) { return getenv(name), nil }, nil
	}
	if information, err := os.Stat(directory); err != nil || !information.IsDir() {
		return nil, errSecretsDir
	}
	return func(name string) (string, error) {
		if value := getenv(name); value != "" {
			return value, nil
		}
		text, err := os.ReadFile(filepath.Join(directory, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) || !utf8.Valid(text) {
			return "", errSecretsDir
		}
		return strings.TrimSpace(string(text)), nil
	}, nil
}
