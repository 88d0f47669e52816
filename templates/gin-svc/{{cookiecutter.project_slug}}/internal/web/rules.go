package web

import (
	"regexp"
	"strings"

	"golang.org/x/text/unicode/norm"
)

var (
	// https://html.spec.whatwg.org/#valid-e-mail-address
	emailPattern = regexp.MustCompile("^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@" +
		`[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$`)
	// A host name, no user information, and RFC 3986's characters only.
	websitePattern = regexp.MustCompile(`^(?:[Hh][Tt][Tt][Pp][Ss]?://[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?` +
		`(?::[0-9]{1,5})?(?:[/?#][!#-;=?-\[\]_a-z~]*)?)?$`)
)

// Rules that binding tags may name, beside the validator's own. The first takes the place of one of those.
var (
	_ = Pattern("email", "must be a valid e-mail address", emailPattern)
	_ = Pattern("printable", "must not have control characters", regexp.MustCompile(`^[^\x00-\x1f\x7f-\x9f]*$`))
	_ = Pattern("website", "must be empty or an absolute http(s) URL", websitePattern)
)

// NormalizeEmail returns an address as it is stored and compared. A letter that is not ASCII stays, for the rule to refuse.
func NormalizeEmail(text string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r - 'A' + 'a'
		}
		return r
	}, norm.NFC.String(strings.TrimSpace(text)))
}
