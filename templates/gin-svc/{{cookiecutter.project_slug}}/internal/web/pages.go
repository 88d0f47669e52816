package web

import (
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
)

// PageQuery is the part of a query that every list has.
type PageQuery struct {
	Limit  int    `form:"limit,default=20" binding:"min=1,max=100"`
	Cursor Cursor `form:"cursor" minLength:"10" maxLength:"34"`
}

// Cursor is a place in a list that is ordered by id: the id after which a page begins. Clients get it as opaque text.
type Cursor int64

// MarshalText implements encoding.TextMarshaler.
func (c Cursor) MarshalText() ([]byte, error) {
	return base64.RawURLEncoding.AppendEncode(nil, []byte("after:"+strconv.FormatInt(int64(c), 10))), nil
}

// UnmarshalParam implements binding.BindUnmarshaler.
func (c *Cursor) UnmarshalParam(text string) error {
	plain, err := base64.RawURLEncoding.DecodeString(text)
	digits, isCursor := strings.CutPrefix(string(plain), "after:")
	id, invalid := strconv.ParseInt(digits, 10, 64)
	if err != nil || !isCursor || invalid != nil || id < 1 {
		return errors.New("is not a cursor of this service")
	}
	*c = Cursor(id)
	return nil
}

// Page is a part of a list by ascending id.
type Page[T any] struct {
	Items      []T     `json:"items"`
	NextCursor *Cursor `json:"next_cursor"`
}

// NewPage returns a page of the records that were found, of which there is one more than the limit where more follow.
func NewPage[T any](found []T, limit int, id func(record T) int64) Page[T] {
	if len(found) <= limit {
		return Page[T]{Items: append([]T{}, found...)}
	}
	next := Cursor(id(found[limit-1]))
	return Page[T]{Items: found[:limit], NextCursor: &next}
}

// WritePage answers with a page, and leads to the next one in a Link header (RFC 8288) with the same query.
func WritePage[T any](c *gin.Context, page Page[T]) error {
	if page.NextCursor != nil {
		cursor, err := page.NextCursor.MarshalText()
		if err != nil {
			return err
		}
		query := c.Request.URL.Query()
		query.Set("cursor", string(cursor))
		c.Header("Link", "<"+c.Request.URL.EscapedPath()+"?"+query.Encode()+`>; rel="next"`)
	}
	c.JSON(http.StatusOK, page)
	return nil
}
