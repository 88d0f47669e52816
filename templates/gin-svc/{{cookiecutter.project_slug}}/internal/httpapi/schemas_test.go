package httpapi

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestNamesAreTrimmedAndCounted(t *testing.T) {
	for _, test := range []struct {
		value any
		want  string
		valid bool
	}{
		{" Ada\u2003", "Ada", true},
		{"\u0085\u00a0é\u3000", "é", true},
		{strings.Repeat("🙂", 100), strings.Repeat("🙂", 100), true},
		{strings.Repeat("a", 101), "", false},
		{" \t\n", "", false},
		{"a\u0000b", "", false},
		{"a\u009fb", "", false},
		{"\u001ca", "", false},
		{number("1"), "", false},
		{nil, "", false},
	} {
		got, valid := parseName(test.value)
		if valid != test.valid || valid && got != test.want {
			t.Errorf("%q: got %q, %v", test.value, got, valid)
		}
	}
}

func TestEmailAddressesAreNormalised(t *testing.T) {
	for _, test := range []struct {
		value, want string
		valid       bool
	}{
		{" Ada@Example.COM\n", "ada@example.com", true},
		{"a.!#$%&'*+/=?^_`{|}~-@b", "a.!#$%&'*+/=?^_`{|}~-@b", true},
		{"\u212a@example.com", "k@example.com", true},
		{strings.Repeat("a", 242) + "@example.com", strings.Repeat("a", 242) + "@example.com", true},
		{strings.Repeat("a", 243) + "@example.com", "", false},
		{"a@" + strings.Repeat("b", 64), "", false},
		{"a@-b", "", false},
		{"a@b-.c", "", false},
		{"a@b..c", "", false},
		{"a@@b", "", false},
		{"@b", "", false},
		{"a@", "", false},
		{"é@example.com", "", false},
		{"a@b\nc", "", false},
		{"", "", false},
	} {
		got, valid := normaliseEmail(test.value)
		if got != test.want || valid != test.valid {
			t.Errorf("%q: got %q, %v", test.value, got, valid)
		}
	}
}

func TestAgesAreWholeNumbersHoweverSpelled(t *testing.T) {
	for text, want := range map[number]int{
		"0": 0, "-0": 0, "-0.0e9": 0, "0e999999999999": 0, "30": 30, "30.0": 30, "3e1": 30, "3.0E+1": 30, "300e-1": 30,
		"150": 150, "0.15e3": 150, "1500000e-4": 150,
	} {
		if got, valid := parseAge(text); !valid || *got != want {
			t.Errorf("%s: got %v, %v", text, got, valid)
		}
	}
	for _, value := range []any{
		number("151"), number("-1"), number("30.5"), number("1e3"), number("1e400"), number("1e-1"), number("-1e1"),
		number("1e9223372036854775807"), number("1e-9223372036854775808"), number("99999999999999999999"),
		number("30.000000000000000000001"), "30", true, []any{}, map[string]any{},
	} {
		if got, valid := parseAge(value); valid {
			t.Errorf("%v: got %d", value, *got)
		}
	}
	if got, valid := parseAge(nil); got != nil || !valid {
		t.Errorf("null: got %v, %v", got, valid)
	}
}

func TestWebsitesAreAbsoluteURLs(t *testing.T) {
	for _, valid := range []string{
		"", "http://a", "HTTPS://a.example:8443/b?c=[d]#e", "http://127.0.0.1", "https://a?b", "https://a#b",
		"https://a/" + strings.Repeat("b", 190),
	} {
		if _, ok := parseWebsite(valid); !ok {
			t.Errorf("%s is refused", valid)
		}
	}
	for _, wrong := range []any{
		"a.example", "//a", "ftp://a", "http://", "http://user@a", "http://-a", "http://a:123456", "http://a b",
		"http://a/\"", "http://a/é", "http://a\n", "https://a/" + strings.Repeat("b", 191), nil, number("1"),
	} {
		if _, ok := parseWebsite(wrong); ok {
			t.Errorf("%v is taken", wrong)
		}
	}
}

func TestEveryWrongFieldIsReportedInOrder(t *testing.T) {
	_, {% if cookiecutter.auth == 'jwt' %}_, {% endif %}err := readDraft(map[string]any{"age": "30", "name": "", "ß": nil, "a/b~": nil, "B": nil, "version": nil})
	failure, _ := errors.AsType[*requestError](err)
	want := []fieldError{
		{Pointer: "/name", Message: "must be 1 to 100 characters without control characters"},
		{Pointer: "/email", Message: "is required"},
		{Pointer: "/age", Message: "must be an integer from 0 to 150 or null"},
		{Pointer: "/B", Message: "is not a known field"},
		{Pointer: "/a~1b~0", Message: "is not a known field"},
		{Pointer: "/version", Message: "is not a known field"},
		{Pointer: "/ß", Message: "is not a known field"},
	}
	if failure == nil || !reflect.DeepEqual(failure.fields, want) {
		t.Errorf("got %v", failure)
	}
}

func TestAMergePatchTellsNullFromAbsent(t *testing.T) {
	changes, {% if cookiecutter.auth == 'jwt' %}_, {% endif %}err := readChanges(map[string]any{"age": nil})
	if err != nil || changes.Name != nil || changes.Email != nil || changes.Age != nil || !changes.SetsAge {
		t.Errorf("got %+v and %v", changes, err)
	}
	changes, {% if cookiecutter.auth == 'jwt' %}_, {% endif %}err = readChanges(map[string]any{"name": "Ada"})
	if err != nil || *changes.Name != "Ada" || changes.SetsAge {
		t.Errorf("got %+v and %v", changes, err)
	}
	if _, {% if cookiecutter.auth == 'jwt' %}_, {% endif %}err = readChanges(map[string]any{"name": nil}); err == nil {
		t.Error("a name can be removed")
	}
}
