package httpapi

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json/jsontext"
)

const maxDepth = 32

var (
	jsonTypes       = []string{"application/json"}
	mergePatchTypes = []string{"application/merge-patch+json", "application/json"}
)

// number is a JSON number as it was written, so that nothing is rounded.
type number string

// readObject returns the members of the JSON object that the body holds: string, number, bool, nil, []any, map[string]any.
func readObject(c *gin.Context, mediaTypes []string) (map[string]any, error) {
	mediaType, _, _ := strings.Cut(c.GetHeader("Content-Type"), ";")
	if !slices.Contains(mediaTypes, strings.ToLower(strings.Trim(mediaType, " \t"))) {
		return nil, &requestError{
			status: http.StatusUnsupportedMediaType,
			detail: "The body must be " + strings.Join(mediaTypes, " or ") + ".",
		}
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, maxBodyBytes))
	if _, isTooLarge := errors.AsType[*http.MaxBytesError](err); isTooLarge {
		return nil, errTooLarge
	}
	if err != nil {
		return nil, errUnreadable
	}
	return decodeObject(body)
}

// decodeObject relies on jsontext to refuse repeated keys, invalid UTF-8 and lone surrogates.
func decodeObject(body []byte) (map[string]any, error) {
	decoder := jsontext.NewDecoder(bytes.NewBuffer(body))
	value, err := decodeValue(decoder)
	object, isObject := value.(map[string]any)
	if err != nil || !isObject {
		return nil, errUnreadable
	}
	if _, err := decoder.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, errUnreadable
	}
	return object, nil
}

func decodeValue(decoder *jsontext.Decoder) (any, error) {
	token, err := decoder.ReadToken()
	if err != nil {
		return nil, err
	}
	if decoder.StackDepth() > maxDepth {
		return nil, errors.New("nested too deep")
	}
	switch token.Kind() {
	case jsontext.KindBeginObject:
		return decodeMembers(decoder)
	case jsontext.KindBeginArray:
		return decodeItems(decoder)
	case jsontext.KindString:
		return decodeString(token)
	case jsontext.KindNumber:
		return number(token.String()), nil
	case jsontext.KindTrue, jsontext.KindFalse:
		return token.Bool(), nil
	default:
		return nil, nil
	}
}

func decodeMembers(decoder *jsontext.Decoder) (any, error) {
	members := make(map[string]any)
	for decoder.PeekKind() != jsontext.KindEndObject {
		token, err := decoder.ReadToken()
		if err != nil {
			return nil, err
		}
		name, err := decodeString(token)
		if err != nil {
			return nil, err
		}
		if members[name], err = decodeValue(decoder); err != nil {
			return nil, err
		}
	}
	_, err := decoder.ReadToken()
	return members, err
}

func decodeItems(decoder *jsontext.Decoder) (any, error) {
	items := []any{}
	for decoder.PeekKind() != jsontext.KindEndArray {
		item, err := decodeValue(decoder)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	_, err := decoder.ReadToken()
	return items, err
}

func decodeString(token jsontext.Token) (string, error) {
	text := token.String()
	if strings.ContainsRune(text, 0) {
		return "", errors.New("a NUL")
	}
	return text, nil
}
