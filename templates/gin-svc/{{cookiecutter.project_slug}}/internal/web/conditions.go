package web

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"{{ cookiecutter.__module }}/internal/db"
)

// IfMatch is the condition under which a change happens (RFC 9110 §13.1.1): the zero value stands for none.
type IfMatch struct {
	lines []string
}

// Condition returns the If-Match of a request.
func Condition(c *gin.Context) IfMatch {
	return IfMatch{lines: c.Request.Header.Values("If-Match")}
}

// Check returns a *db.VersionMismatchError where the record is not at a version that the client wants to change.
func (m IfMatch) Check(kind string, version int64) error {
	if len(m.lines) == 0 || matches(m.lines, etag(version), false) {
		return nil
	}
	return &db.VersionMismatchError{Kind: kind}
}

// WriteCreated answers with a record that is new, and with its path below that of all.
func WriteCreated(c *gin.Context, path string, id int64, record any) error {
	c.Header("Location", path+"/"+strconv.FormatInt(id, 10))
	c.JSON(http.StatusCreated, record)
	return nil
}

// WriteVersion answers with a record and its version as ETag, or with 304 where the client has that version already
// (RFC 9110 §13.1.2).
func WriteVersion(c *gin.Context, version int64, record any) error {
	tag := etag(version)
	c.Header("ETag", tag)
	if lines := c.Request.Header.Values("If-None-Match"); len(lines) > 0 && matches(lines, tag, true) {
		c.Status(http.StatusNotModified)
		return nil
	}
	c.JSON(http.StatusOK, record)
	return nil
}

func etag(version int64) string {
	return strconv.Quote(strconv.FormatInt(version, 10))
}

// matches reports whether a list of entity tags (RFC 9110 §8.8.3) names this one: a list that is `*` does. A weak tag counts
// only in a weak comparison.
func matches(lines []string, tag string, weakly bool) bool {
	list := strings.Join(lines, ",")
	if strings.Trim(list, " \t") == "*" {
		return true
	}
	for sent := range strings.SplitSeq(list, ",") {
		sent = strings.Trim(sent, " \t")
		if weakly {
			sent = strings.TrimPrefix(sent, "W/")
		}
		if sent == tag {
			return true
		}
	}
	return false
}
