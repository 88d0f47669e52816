// Package users holds the users and their profiles: what they are, by which rules they change, and their routes.
package users

import (
	"strings"

{% if cookiecutter.auth == 'jwt' %}
	"{{ cookiecutter.__module }}/internal/auth"
{% endif %}
	"{{ cookiecutter.__module }}/internal/db"
	"{{ cookiecutter.__module }}/internal/web"
)

// User is a user as it is stored and, but for what has no JSON name, as clients see it. Version grows by 1 with each change.
type User struct {
{% if cookiecutter.auth == 'jwt' %}
	ID    int64  `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
	Age   *int   `json:"age"`
	auth.Credentials
{% else %}
	ID        int64    `json:"id"`
	Name      string   `json:"name"`
	Email     string   `json:"email"`
	Age       *int     `json:"age"`
{% endif %}
	CreatedAt db.Time  `json:"created_at"`
	UpdatedAt db.Time  `json:"updated_at"`
	Version   int64    `json:"version"`
	Profile   *Profile `json:"profile,omitempty"`
}
{% if cookiecutter.auth == 'jwt' %}

// AccountID implements auth.Account.
func (u *User) AccountID() int64 { return u.ID }
{% endif %}

{% if cookiecutter.database == 'memory' %}
// Profile is what a user tells about themselves.
type Profile struct {
	UserID    int64   `json:"user_id"`
	Bio       string  `json:"bio"`
	Location  string  `json:"location"`
	Website   string  `json:"website"`
	UpdatedAt db.Time `json:"updated_at"`
{% else %}
// Profile is what a user tells about themselves. GORM would store a later UpdatedAt than the one that is answered.
type Profile struct {
	UserID    int64   `gorm:"primaryKey;autoIncrement:false" json:"user_id"`
	Bio       string  `json:"bio"`
	Location  string  `json:"location"`
	Website   string  `json:"website"`
	UpdatedAt db.Time `gorm:"autoUpdateTime:false" json:"updated_at"`
{% endif %}
}

// Create is the body that makes a user, or replaces one.
type Create struct {
	Name  string `json:"name" binding:"required,min=1,max=100,printable"`
	Email string `json:"email" binding:"required,email,max=254"`
	Age   *int   `json:"age" binding:"omitempty,min=0,max=150"`
{% if cookiecutter.auth == 'jwt' %}
	// Password and Role are optional: an absent one stays as it is.
	Password web.Optional[string]    `json:"password" binding:"omitempty,min=12,max=128,uncommon"`
	Role     web.Optional[auth.Role] `json:"role" binding:"omitempty,oneof=user admin"`
{% endif %}
}

// Normalize implements web.Normalizer.
func (b *Create) Normalize() {
	b.Name = strings.TrimSpace(b.Name)
	b.Email = web.NormalizeEmail(b.Email)
}

func (b *Create) applyTo(user *User) {
	user.Name, user.Email, user.Age = b.Name, b.Email, b.Age
}

// Patch is a merge patch of a user.
type Patch struct {
{% if cookiecutter.auth == 'jwt' %}
	Name     web.Optional[string]    `json:"name" binding:"omitempty,min=1,max=100,printable"`
	Email    web.Optional[string]    `json:"email" binding:"omitempty,email,max=254"`
	Age      web.Optional[*int]      `json:"age" binding:"omitempty,min=0,max=150"`
	Password web.Optional[string]    `json:"password" binding:"omitempty,min=12,max=128,uncommon"`
	Role     web.Optional[auth.Role] `json:"role" binding:"omitempty,oneof=user admin"`
{% else %}
	Name  web.Optional[string] `json:"name" binding:"omitempty,min=1,max=100,printable"`
	Email web.Optional[string] `json:"email" binding:"omitempty,email,max=254"`
	Age   web.Optional[*int]   `json:"age" binding:"omitempty,min=0,max=150"`
{% endif %}
}

// Normalize implements web.Normalizer.
func (b *Patch) Normalize() {
	b.Name.Value = strings.TrimSpace(b.Name.Value)
	b.Email.Value = web.NormalizeEmail(b.Email.Value)
}

func (b *Patch) applyTo(user *User) {
	b.Name.SetTo(&user.Name)
	b.Email.SetTo(&user.Email)
	b.Age.SetTo(&user.Age)
}

// PutProfile is the body that makes a profile, or replaces one.
type PutProfile struct {
	Bio      string `json:"bio" binding:"max=500"`
	Location string `json:"location" binding:"max=100"`
	Website  string `json:"website" binding:"max=200,website"`
}
{% if cookiecutter.auth == 'jwt' %}

// Registration is the body by which somebody becomes a user.
type Registration struct {
	Name     string `json:"name" binding:"required,min=1,max=100,printable"`
	Email    string `json:"email" binding:"required,email,max=254"`
	Password string `json:"password" binding:"required,min=12,max=128,uncommon"`
}

// Normalize implements web.Normalizer.
func (b *Registration) Normalize() {
	b.Name = strings.TrimSpace(b.Name)
	b.Email = web.NormalizeEmail(b.Email)
}
{% endif %}
