package httpapi

import (
	"encoding/base64"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"{{ cookiecutter.project_slug }}/internal/users"
)

const defaultLimit = 20

var (
	idDigits    = regexp.MustCompile(`^[1-9][0-9]{0,18}$`)
	limitDigits = regexp.MustCompile(`^(?:[1-9][0-9]?|100)$`)

	errID     = fieldError{Parameter: "id", Message: "must be a positive integer"}
	errLimit  = fieldError{Parameter: "limit", Message: "must be an integer from 1 to 100"}
	errCursor = fieldError{Parameter: "cursor", Message: "is not a cursor of this service"}
	errEmail  = fieldError{Parameter: "email", Message: emailRule}
	errExpand = fieldError{Parameter: "expand", Message: "must be profile"}
)

// listParameters are the parameters of GET /users. sent holds those that came, normalised, since the next page repeats them.
type listParameters struct {
	query  users.Query
	expand bool
	sent   map[string]string
}

// nextLink returns the Link header that leads to the page with this cursor (RFC 8288).
func (p listParameters) nextLink(cursor string) string {
	p.sent["cursor"] = cursor
	var parts []string
	for _, name := range []string{"limit", "cursor", "email", "expand"} {
		if value, sent := p.sent[name]; sent {
			parts = append(parts, name+"="+url.QueryEscape(value))
		}
	}
	return "</users?" + strings.Join(parts, "&") + `>; rel="next"`
}

func readListParameters(c *gin.Context) (listParameters, error) {
	given := parseQuery(c.Request.URL.RawQuery)
	parameters := listParameters{query: users.Query{Limit: defaultLimit}, sent: make(map[string]string)}
	var wrong []fieldError
	read := func(message fieldError, parse func(value string) bool) {
		values := given[message.Parameter]
		if len(values) > 1 || len(values) == 1 && !parse(values[0]) {
			wrong = append(wrong, message)
		}
	}
	read(errLimit, func(value string) bool {
		parameters.query.Limit, _ = strconv.Atoi(value)
		parameters.sent["limit"] = value
		return limitDigits.MatchString(value)
	})
	read(errCursor, func(value string) (valid bool) {
		parameters.query.After, valid = decodeCursor(value)
		return valid
	})
	read(errEmail, func(value string) (valid bool) {
		parameters.query.Email, valid = normaliseEmail(value)
		parameters.sent["email"] = parameters.query.Email
		return valid
	})
	read(errExpand, func(value string) bool {
		parameters.expand = value == "profile"
		parameters.sent["expand"] = value
		return parameters.expand
	})
	return parameters, invalid(wrong)
}

{% if cookiecutter.auth == 'jwt' %}
// readID returns the id in the path, or errForbidden where the caller may not do this to that user.
{% else %}
// readID returns the id in the path.
{% endif %}
func readID(c *gin.Context) (int64, error) {
	id, valid := parseID(c.Param("id"))
	if !valid {
		return 0, invalid([]fieldError{errID})
	}
{% if cookiecutter.auth == 'jwt' %}
	return id, checkOwner(c, id)
{% else %}
	return id, nil
{% endif %}
}

{% if cookiecutter.auth == 'jwt' %}
// readUserParameters returns the id in the path, and whether the profile is asked for. It fails as readID does.
{% else %}
// readUserParameters returns the id in the path, and whether the profile is asked for.
{% endif %}
func readUserParameters(c *gin.Context) (id int64, expand bool, err error) {
	var wrong []fieldError
	id, valid := parseID(c.Param("id"))
	if !valid {
		wrong = append(wrong, errID)
	}
	values := parseQuery(c.Request.URL.RawQuery)["expand"]
	expand = len(values) == 1 && values[0] == "profile"
	if len(values) > 0 && !expand {
		wrong = append(wrong, errExpand)
	}
{% if cookiecutter.auth == 'jwt' %}
	if len(wrong) > 0 {
		return 0, false, invalid(wrong)
	}
	return id, expand, checkOwner(c, id)
{% else %}
	return id, expand, invalid(wrong)
{% endif %}
}

func parseID(text string) (int64, bool) {
	id, err := strconv.ParseInt(text, 10, 64)
	return id, err == nil && idDigits.MatchString(text)
}

func encodeCursor(after int64) string {
	return base64.RawURLEncoding.EncodeToString([]byte("after:" + strconv.FormatInt(after, 10)))
}

// decodeCursor takes only what encodeCursor makes: of several spellings that decode alike, one.
func decodeCursor(cursor string) (int64, bool) {
	plain, err := base64.RawURLEncoding.DecodeString(cursor)
	text, isCursor := strings.CutPrefix(string(plain), "after:")
	id, isID := parseID(text)
	return id, err == nil && isCursor && isID && encodeCursor(id) == cursor
}

// parseQuery keeps what url.ParseQuery drops: a malformed percent-sequence stands for itself, and so does a semicolon.
func parseQuery(raw string) map[string][]string {
	parameters := make(map[string][]string)
	for pair := range strings.SplitSeq(raw, "&") {
		if pair != "" {
			name, value, _ := strings.Cut(strings.ReplaceAll(pair, "+", " "), "=")
			name = unescape(name)
			parameters[name] = append(parameters[name], unescape(value))
		}
	}
	return parameters
}

func unescape(text string) string {
	var plain strings.Builder
	for {
		before, after, found := strings.Cut(text, "%")
		plain.WriteString(before)
		if !found {
			return plain.String()
		}
		if len(after) >= 2 {
			if octet, err := strconv.ParseUint(after[:2], 16, 8); err == nil {
				plain.WriteByte(byte(octet))
				text = after[2:]
				continue
			}
		}
		plain.WriteByte('%')
		text = after
	}
}
