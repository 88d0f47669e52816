package httpapi

import (
	"net/http"
	"testing"
)

func TestConditionsAreComparedAsRFC9110Says(t *testing.T) {
	for _, test := range []struct {
		lines        []string
		strong, weak bool
	}{
		{[]string{`"7"`}, true, true},
		{[]string{`W/"7"`}, false, true},
		{[]string{`"6", "7"`}, true, true},
		{[]string{`"6",W/"8" ,, "7" ,`}, true, true},
		{[]string{`"6"`, `"7"`}, true, true},
		{[]string{`*`}, true, true},
		{[]string{` * `}, true, true},
		{[]string{`"6"`}, false, false},
		{[]string{`"a,b", "7"`}, true, true},
		{[]string{`"07"`}, false, false},
		{[]string{``}, false, false},
		{[]string{`7`}, false, false},
		{[]string{`w/"7"`}, false, false},
		{[]string{`"7" "6"`}, false, false},
		{[]string{`"6", *`}, false, false},
		{[]string{`"7", x`}, false, false},
		{[]string{`"7`}, false, false},
		{[]string{`" 7", "7"`}, false, false},
	} {
		match := http.Header{"If-Match": test.lines}
		if got := ifMatch(match).Accept(7); got != test.strong {
			t.Errorf("If-Match %q: got %v", test.lines, got)
		}
		noneMatch := http.Header{"If-None-Match": test.lines}
		if got := ifNoneMatch(noneMatch, 7); got != test.weak {
			t.Errorf("If-None-Match %q: got %v", test.lines, got)
		}
	}
}

func TestWithoutConditionsEveryVersionIsGood(t *testing.T) {
	if !ifMatch(http.Header{}).Accept(7) || ifNoneMatch(http.Header{}, 7) {
		t.Error("a header that was not sent counts")
	}
}
