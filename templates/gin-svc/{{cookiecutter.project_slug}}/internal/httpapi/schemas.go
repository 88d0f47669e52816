package httpapi

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"{{ cookiecutter.project_slug }}/internal/telemetry"
	"{{ cookiecutter.project_slug }}/internal/users"
)

const (
	nameRule     = "must be 1 to 100 characters without control characters"
	emailRule    = "must be a valid e-mail address of at most 254 characters"
	ageRule      = "must be an integer from 0 to 150 or null"
	bioRule      = "must be a string of at most 500 characters"
	locationRule = "must be a string of at most 100 characters"
	websiteRule  = "must be empty or an absolute http(s) URL of at most 200 characters"

	maxEmail = 254
	maxAge   = 150
)

var (
	// https://html.spec.whatwg.org/#valid-e-mail-address
	emailPattern = regexp.MustCompile("^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@" +
		`[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$`)
	websitePattern = regexp.MustCompile(`^[Hh][Tt][Tt][Pp][Ss]?://[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?` +
		`(?::[0-9]{1,5})?(?:[/?#][!#-;=?-\[\]_a-z~]*)?$`)
	numberPattern = regexp.MustCompile(`^(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$`)
	pointerEscape = strings.NewReplacer("~", "~0", "/", "~1")
)

// field is a member that a body may have. read takes its value over, or reports that it breaks the rule.
type field struct {
	name     string
	rule     string
	required bool
	read     func(value any) bool
}

// readFields reports every member that is wrong: first the fields in their order, then the members that are no field.
func readFields(body map[string]any, fields []field) error {
	unknown := maps.Clone(body)
	var wrong []fieldError
	for _, field := range fields {
		value, sent := body[field.name]
		delete(unknown, field.name)
		switch {
		case sent && !field.read(value):
			wrong = append(wrong, fieldError{Pointer: "/" + field.name, Message: field.rule})
		case !sent && field.required:
			wrong = append(wrong, fieldError{Pointer: "/" + field.name, Message: "is required"})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(unknown)) {
		wrong = append(wrong, fieldError{Pointer: "/" + pointerEscape.Replace(name), Message: "is not a known field"})
	}
	return invalid(wrong)
}

func into[T any](target *T, parse func(value any) (T, bool)) func(value any) bool {
	return func(value any) (valid bool) {
		*target, valid = parse(value)
		return valid
	}
}

{% if cookiecutter.auth == 'jwt' %}
func readDraft(body map[string]any) (users.Draft, users.NewAccess, error) {
	var draft users.Draft
	var access users.NewAccess
	err := readFields(body, []field{
		{"name", nameRule, true, into(&draft.Name, parseName)},
		{"email", emailRule, true, into(&draft.Email, parseEmail)},
		{"age", ageRule, false, into(&draft.Age, parseAge)},
		newPassword(body, false, &access.Password),
		{"role", roleRule, false, into(&access.Role, parseRole)},
	})
	return draft, access, err
}
{% else %}
func readDraft(body map[string]any) (users.Draft, error) {
	var draft users.Draft
	err := readFields(body, []field{
		{"name", nameRule, true, into(&draft.Name, parseName)},
		{"email", emailRule, true, into(&draft.Email, parseEmail)},
		{"age", ageRule, false, into(&draft.Age, parseAge)},
	})
	return draft, err
}
{% endif %}

// readChanges reads a merge patch (RFC 7396): null removes, which only the age allows.
{% if cookiecutter.auth == 'jwt' %}
func readChanges(body map[string]any) (users.Changes, users.NewAccess, error) {
	var draft users.Draft
	var access users.NewAccess
{% else %}
func readChanges(body map[string]any) (users.Changes, error) {
	var draft users.Draft
{% endif %}
	err := readFields(body, []field{
		{"name", nameRule, false, into(&draft.Name, parseName)},
		{"email", emailRule, false, into(&draft.Email, parseEmail)},
		{"age", ageRule, false, into(&draft.Age, parseAge)},
{% if cookiecutter.auth == 'jwt' %}
		newPassword(body, false, &access.Password),
		{"role", roleRule, false, into(&access.Role, parseRole)},
{% endif %}
	})
	changes := users.Changes{Age: draft.Age}
	if _, sent := body["name"]; sent {
		changes.Name = &draft.Name
	}
	if _, sent := body["email"]; sent {
		changes.Email = &draft.Email
	}
	_, changes.SetsAge = body["age"]
	return changes, {% if cookiecutter.auth == 'jwt' %}access, {% endif %}err
}

func readProfileDraft(body map[string]any) (users.ProfileDraft, error) {
	var draft users.ProfileDraft
	err := readFields(body, []field{
		{"bio", bioRule, false, into(&draft.Bio, textOf(500))},
		{"location", locationRule, false, into(&draft.Location, textOf(100))},
		{"website", websiteRule, false, into(&draft.Website, parseWebsite)},
	})
	return draft, err
}

func parseName(value any) (string, bool) {
	text, _ := value.(string)
	name := strings.TrimSpace(text)
	length := utf8.RuneCountInString(name)
	return name, length >= 1 && length <= 100 && !strings.ContainsFunc(name, unicode.IsControl)
}

func parseEmail(value any) (string, bool) {
	text, _ := value.(string)
	return normaliseEmail(text)
}

// normaliseEmail returns an address as it is stored and compared, and whether it is valid.
func normaliseEmail(text string) (string, bool) {
	address := norm.NFC.String(strings.TrimSpace(text))
	if len(address) > maxEmail || !emailPattern.MatchString(address) {
		return "", false
	}
	return strings.ToLower(address), true
}

// parseAge takes every spelling of a whole number: 30, 30.0 and 3e1 are the same (JSON Schema 2020-12 §4.2.2).
func parseAge(value any) (*int, bool) {
	if value == nil {
		return nil, true
	}
	text, _ := value.(number)
	age, valid := wholeNumber(text)
	return &age, valid && age <= maxAge
}

// wholeNumber returns the value of a number that is whole, not negative and below 1000, and whether it is such a one. It
// looks at the digits alone, so that an exponent of any size costs nothing.
func wholeNumber(text number) (int, bool) {
	parts := numberPattern.FindStringSubmatch(string(text))
	if parts == nil {
		return 0, false
	}
	sign, fraction := parts[1], parts[3]
	digits := strings.TrimLeft(parts[2]+fraction, "0")
	if digits == "" {
		return 0, true
	}
	significant := strings.TrimRight(digits, "0")
	exponent, err := strconv.ParseInt(cmp.Or(parts[4], "0"), 10, 32)
	zeros := int(exponent) + len(digits) - len(significant) - len(fraction)
	if err != nil || sign == "-" || zeros < 0 || len(significant)+zeros > 3 {
		return 0, false
	}
	value, err := strconv.Atoi(significant + strings.Repeat("0", zeros))
	return value, err == nil
}

func textOf(maxLength int) func(value any) (string, bool) {
	return func(value any) (string, bool) {
		text, isText := value.(string)
		return text, isText && utf8.RuneCountInString(text) <= maxLength
	}
}

func parseWebsite(value any) (string, bool) {
	text, isText := value.(string)
	return text, isText && (text == "" || len(text) <= 200 && websitePattern.MatchString(text))
}

type userAnswer struct {
	ID        int64  `json:"id"`
	Name      string `json:"name"`
	Email     string `json:"email"`
	Age       *int   `json:"age"`
{% if cookiecutter.auth == 'jwt' %}
	Role      string `json:"role"`
{% endif %}
	CreatedAt string `json:"created_at"`
	UpdatedAt string `json:"updated_at"`
	Version   int64  `json:"version"`
}

type expandedUserAnswer struct {
	userAnswer
	Profile *profileAnswer `json:"profile"`
}

type profileAnswer struct {
	UserID    int64  `json:"user_id"`
	Bio       string `json:"bio"`
	Location  string `json:"location"`
	Website   string `json:"website"`
	UpdatedAt string `json:"updated_at"`
}

type pageAnswer struct {
	Items      []any   `json:"items"`
	NextCursor *string `json:"next_cursor"`
}

func toUserAnswer(user users.User) userAnswer {
	return userAnswer{
		ID:        user.ID,
		Name:      user.Name,
		Email:     user.Email,
		Age:       user.Age,
{% if cookiecutter.auth == 'jwt' %}
		Role:      string(user.Role),
{% endif %}
		CreatedAt: formatTime(user.CreatedAt),
		UpdatedAt: formatTime(user.UpdatedAt),
		Version:   user.Version,
	}
}

func toExpandedUserAnswer(user users.User, profiles map[int64]users.Profile) expandedUserAnswer {
	answer := expandedUserAnswer{userAnswer: toUserAnswer(user)}
	if profile, found := profiles[user.ID]; found {
		embedded := toProfileAnswer(profile)
		answer.Profile = &embedded
	}
	return answer
}

func toProfileAnswer(profile users.Profile) profileAnswer {
	return profileAnswer{
		UserID:    profile.UserID,
		Bio:       profile.Bio,
		Location:  profile.Location,
		Website:   profile.Website,
		UpdatedAt: formatTime(profile.UpdatedAt),
	}
}

func formatTime(moment time.Time) string {
	return moment.UTC().Format(telemetry.TimeFormat)
}
