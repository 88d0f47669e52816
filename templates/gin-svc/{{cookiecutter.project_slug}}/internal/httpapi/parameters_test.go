package httpapi

import (
	"encoding/base64"
	"reflect"
	"testing"
)

func TestCursorsComeBackAsTheyWentOut(t *testing.T) {
	for _, id := range []int64{1, 42, 1<<63 - 1} {
		if got, valid := decodeCursor(encodeCursor(id)); got != id || !valid {
			t.Errorf("%d: got %d, %v", id, got, valid)
		}
	}
}

func TestForeignCursorsAreRefused(t *testing.T) {
	foreign := []string{"", "x", "YWZ0ZXI6MQ==", "YWZ0ZXI6MR", "YWZ0ZXI6\nMQ", "YWZ0ZXI6MQ "}
	for _, plain := range []string{"after:", "after:0", "after:01", "after:-1", "after:9223372036854775808", "before:1", "1"} {
		foreign = append(foreign, base64.RawURLEncoding.EncodeToString([]byte(plain)))
	}
	for _, cursor := range foreign {
		if id, valid := decodeCursor(cursor); valid {
			t.Errorf("%q: got %d", cursor, id)
		}
	}
}

func TestAQueryIsReadAsItWasSent(t *testing.T) {
	for query, want := range map[string]map[string][]string{
		"":                   {},
		"a=1&&b=2&":          {"a": {"1"}, "b": {"2"}},
		"a=1&a=2":            {"a": {"1", "2"}},
		"a&b=":               {"a": {""}, "b": {""}},
		"a=b=c":              {"a": {"b=c"}},
		"a=1;b=2":            {"a": {"1;b=2"}},
		"a=b+c%2B%20%C3%A9":  {"a": {"b c+ é"}},
		"%61=1":              {"a": {"1"}},
		"a=%&b=%4&c=%zz%%31": {"a": {"%"}, "b": {"%4"}, "c": {"%zz%1"}},
		"a=%+1":              {"a": {"% 1"}},
	} {
		if got := parseQuery(query); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %q, want %q", query, got, want)
		}
	}
}

func TestAnIDIsAPositiveIntegerOf64Bits(t *testing.T) {
	for _, text := range []string{"", "0", "01", "+1", "-1", "1.0", "1e3", " 1", "1\n", "٣", "9223372036854775808", "0x1", "1_0"} {
		if id, valid := parseID(text); valid {
			t.Errorf("%q: got %d", text, id)
		}
	}
	if id, valid := parseID("9223372036854775807"); id != 1<<63-1 || !valid {
		t.Errorf("got %d, %v", id, valid)
	}
}
