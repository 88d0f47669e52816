package db

import (
{% if cookiecutter.database != 'memory' %}
	"database/sql/driver"
	"fmt"
{% endif %}
	"time"
)

// timeFormat prints a UTC time as RFC 3339 with milliseconds, such as 2026-01-31T09:30:00.000Z.
const timeFormat = "2006-01-02T15:04:05.000Z"

// Time is a time in UTC to the millisecond, as every database keeps it and every answer shows it.
type Time struct {
	time.Time
}

// Now returns the time, cut to milliseconds.
func Now() Time {
	return At(time.Now())
}

// At returns a moment as it is stored.
func At(moment time.Time) Time {
	return Time{moment.UTC().Truncate(time.Millisecond)}
}

// MarshalJSON always prints three decimals, where time.Time leaves zeros out.
func (t Time) MarshalJSON() ([]byte, error) {
	return t.UTC().AppendFormat(nil, `"`+timeFormat+`"`), nil
}

// UnmarshalJSON cuts a time to milliseconds, so that an answer to the request that brings it shows what is stored.
func (t *Time) UnmarshalJSON(text []byte) error {
	err := t.Time.UnmarshalJSON(text)
	*t = At(t.Time)
	return err
}

// UnmarshalParam reads a parameter of a query, for Gin.
func (t *Time) UnmarshalParam(text string) error {
	moment, err := time.Parse(time.RFC3339, text)
	*t = At(moment)
	return err
}
{% if cookiecutter.database != 'memory' %}

// Scan implements sql.Scanner.
func (t *Time) Scan(value any) error {
	moment, ok := value.(time.Time)
	if !ok {
		return fmt.Errorf("%T is no time", value)
	}
	t.Time = moment.UTC()
	return nil
}

// Value implements driver.Valuer.
func (t Time) Value() (driver.Value, error) {
	return t.Time, nil
}
{% endif %}
