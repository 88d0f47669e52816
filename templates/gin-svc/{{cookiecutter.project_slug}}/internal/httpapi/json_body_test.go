package httpapi

import (
	"reflect"
	"strings"
	"testing"
)

func TestABodyIsReadWithoutRounding(t *testing.T) {
	got, err := decodeObject([]byte(" {\"a\": [1, 1.0, 1e400, -0], \"b\": {\"c\": null, \"d\": true}, \"e\": \"\\u00e9\\ud83d\\ude42\"}\n"))
	want := map[string]any{
		"a": []any{number("1"), number("1.0"), number("1e400"), number("-0")},
		"b": map[string]any{"c": nil, "d": true},
		"e": "é🙂",
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v and %v", got, err)
	}
}

func TestABodyIsReadStrictly(t *testing.T) {
	for name, body := range map[string]string{
		"nothing":                    "",
		"white space":                " \n",
		"an array":                   "[]",
		"a string":                   `"a"`,
		"null":                       "null",
		"two objects":                "{}{}",
		"text after the object":      "{} x",
		"an object that is not done": `{"a":1`,
		"a comma at the end":         `{"a":1,}`,
		"a comment":                  "{/**/}",
		"single quotes":              "{'a':1}",
		"NaN":                        `{"a":NaN}`,
		"a leading zero":             `{"a":01}`,
		"a byte order mark":          "\ufeff{}",
		"a raw control character":    "{\"a\":\"\n\"}",
		"a repeated key":             `{"a":1,"a":1}`,
		"a key repeated by escape":   `{"a":1,"\u0061":1}`,
		"a repeated key further in":  `{"a":{"b":1,"b":1}}`,
		"invalid UTF-8":              "{\"a\":\"\xff\"}",
		"a surrogate in UTF-8":       "{\"a\":\"\xed\xa0\x80\"}",
		"a lone high surrogate":      `{"a":"\ud800"}`,
		"a lone low surrogate":       `{"a":"\udc00x"}`,
		"NUL":                        `{"a":"\u0000"}`,
		"NUL in a key":               `{"\u0000":1}`,
		"too many levels":            strings.Repeat(`{"a":`, 33) + "1" + strings.Repeat("}", 33),
		"too many levels of arrays":  `{"a":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + "}",
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := decodeObject([]byte(body)); err != errUnreadable {
				t.Errorf("got %v and %v", got, err)
			}
		})
	}
}

func TestABodyNestsAtMost32Deep(t *testing.T) {
	body := strings.Repeat(`{"a":`, 32) + "1" + strings.Repeat("}", 32)
	if _, err := decodeObject([]byte(body)); err != nil {
		t.Error(err)
	}
}
