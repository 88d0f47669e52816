// Package users says what a user and a profile are and by which rules they change. It knows no HTTP and no SQL.
package users

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Draft holds the values of a user that a client chooses, valid and normalised.
type Draft struct {
	Name  string
	Email string
	Age   *int
}

// Changes holds new values for some of a user's fields, valid and normalised. A nil Name or Email stays as it is, and so
// does the age unless SetsAge.
type Changes struct {
	Name    *string
	Email   *string
	Age     *int
	SetsAge bool
}

// User is a user as it is stored. Version starts at 1 and grows by 1 with each change.
type User struct {
	ID int64
	Draft
{% if cookiecutter.auth == 'jwt' %}
	Access
{% endif %}
	CreatedAt time.Time
	UpdatedAt time.Time
	Version   int64
}

// ProfileDraft holds the values of a profile that a client chooses.
type ProfileDraft struct {
	Bio      string
	Location string
	Website  string
}

// Profile is a profile as it is stored.
type Profile struct {
	UserID int64
	ProfileDraft
	UpdatedAt time.Time
}

// Query selects at most Limit users whose id is greater than After, and only the one with Email unless that is empty.
type Query struct {
	After int64
	Email string
	Limit int
}

// Page holds users by ascending id. Next is the id that the next page follows, or 0 on the last page.
type Page struct {
	Users []User
	Next  int64
}

// Versions lists the versions of a user at which a caller wants a change to happen; nil stands for every version.
type Versions []int64

// Accept reports whether the change may happen at this version.
func (v Versions) Accept(version int64) bool {
	return v == nil || slices.Contains(v, version)
}

var (
	// ErrEmailTaken says that another user has the e-mail address.
	ErrEmailTaken = errors.New("the e-mail address is taken")
	// ErrVersionMismatch says that the user is not at a version that the caller accepts.
	ErrVersionMismatch = errors.New("the user is at another version")
{% if cookiecutter.database != 'memory' %}
	// ErrUnavailable says that the database does not answer, or not in time.
	ErrUnavailable = errors.New("the database is not available")
{% endif %}
)

// NotFoundError says that there is no user with this id.
type NotFoundError struct {
	UserID int64
}

func (e *NotFoundError) Error() string {
	return fmt.Sprintf("no user %d", e.UserID)
}

// ProfileNotFoundError says that this user has no profile.
type ProfileNotFoundError struct {
	UserID int64
}

func (e *ProfileNotFoundError) Error() string {
	return fmt.Sprintf("no profile of user %d", e.UserID)
}

func (d Draft) equal(other Draft) bool {
	sameAge := d.Age == other.Age || d.Age != nil && other.Age != nil && *d.Age == *other.Age
	return sameAge && d.Name == other.Name && d.Email == other.Email
}

func (c Changes) applyTo(draft Draft) Draft {
	if c.Name != nil {
		draft.Name = *c.Name
	}
	if c.Email != nil {
		draft.Email = *c.Email
	}
	if c.SetsAge {
		draft.Age = c.Age
	}
	return draft
}
