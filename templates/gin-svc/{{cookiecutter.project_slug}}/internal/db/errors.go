{% if cookiecutter.database == 'memory' %}
// Package db keeps records in memory, and says what can go wrong with them.
{% else %}
// Package db opens the database, runs transactions and migrations, and says what can go wrong with them.
{% endif %}
package db

import "fmt"

// NotFoundError says that there is no record of this kind with this id.
type NotFoundError struct {
	Kind string
	ID   int64
}

func (e *NotFoundError) Error() string {
	return fmt.Sprintf("%s %d does not exist", e.Kind, e.ID)
}

// ConflictError says that a change does not fit what is stored. Detail is a sentence for the client.
type ConflictError struct {
	Detail string
}

func (e *ConflictError) Error() string {
	return e.Detail
}

// DuplicateError says that a unique constraint or index does not allow another such record.
type DuplicateError struct {
	Constraint string
}

func (e *DuplicateError) Error() string {
	return "violates " + e.Constraint
}

// VersionMismatchError says that the record is no longer at a version that If-Match names.
type VersionMismatchError struct {
	Kind string
}

func (e *VersionMismatchError) Error() string {
	return "the " + e.Kind + " is at another version"
}
{% if cookiecutter.database != 'memory' %}

// ReferenceError says that a foreign key names a record that does not exist, or that is still named by others.
type ReferenceError struct {
	Err error
}

func (e *ReferenceError) Error() string { return "violates a foreign key" }

func (e *ReferenceError) Unwrap() error { return e.Err }

// UnstorableError says that the database has no place for a value: out of range, too long, or not text.
type UnstorableError struct {
	Err error
}

func (e *UnstorableError) Error() string { return "cannot be stored: " + e.Err.Error() }

func (e *UnstorableError) Unwrap() error { return e.Err }
{% endif %}
{% if cookiecutter.database != 'memory' or cookiecutter.__uses_redis %}

// UnavailableError says that something that the service stands on, such as "the database", does not answer in time.
type UnavailableError struct {
	What string
	Err  error
}

func (e *UnavailableError) Error() string { return e.What + " is not available: " + e.Err.Error() }

func (e *UnavailableError) Unwrap() error { return e.Err }
{% endif %}
