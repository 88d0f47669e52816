package httpapi

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"{{ cookiecutter.project_slug }}/internal/users"
)

// entityTag is what RFC 9110 §8.8.3 says, and entityTags a list of them, in which empty elements do not count (§5.6.1).
const (
	entityTag  = `(?:W/)?"[^\x00-\x20"\x7f]*"`
	entityTags = `^[ \t,]*` + entityTag + `(?:[ \t]*,[ \t,]*` + entityTag + `)*[ \t,]*$`
)

var (
	tagPattern  = regexp.MustCompile(entityTag)
	tagsPattern = regexp.MustCompile(entityTags)
)

func etag(version int64) string {
	return strconv.Quote(strconv.FormatInt(version, 10))
}

// ifMatch returns the versions at which If-Match lets a change happen. A weak tag matches none (RFC 9110 §13.1.1).
func ifMatch(header http.Header) users.Versions {
	lines := header.Values("If-Match")
	if len(lines) == 0 {
		return nil
	}
	return parseTags(lines, false)
}

// ifNoneMatch reports whether If-None-Match names this version, so that the answer is 304 (RFC 9110 §13.1.2).
func ifNoneMatch(header http.Header, version int64) bool {
	lines := header.Values("If-None-Match")
	return len(lines) > 0 && parseTags(lines, true).Accept(version)
}

// parseTags returns the versions that a list of entity tags names: all for `*`, none for what does not parse.
func parseTags(lines []string, weakly bool) users.Versions {
	list := strings.Trim(strings.Join(lines, ","), " \t")
	if list == "*" {
		return nil
	}
	versions := users.Versions{}
	if !tagsPattern.MatchString(list) {
		return versions
	}
	for _, tag := range tagPattern.FindAllString(list, -1) {
		if weakly {
			tag = strings.TrimPrefix(tag, "W/")
		}
		if version, valid := parseID(strings.Trim(tag, `"`)); valid {
			versions = append(versions, version)
		}
	}
	return versions
}
