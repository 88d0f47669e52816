{% set access = ', access' if cookiecutter.auth == 'jwt' else '' %}
{% set context = 'c.Request.Context()' if cookiecutter.database == 'memory' else 'deadline(c)' %}
package httpapi

import (
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"{{ cookiecutter.project_slug }}/internal/users"
)

const jsonType = "application/json"

func (a *API) listUsers(c *gin.Context) error {
	parameters, err := readListParameters(c)
	if err != nil {
		return err
	}
	ctx := {{ context }}
	page, err := a.users.List(ctx, parameters.query)
	if err != nil {
		return err
	}
	var profiles map[int64]users.Profile
	if parameters.expand {
		if profiles, err = a.users.Profiles(ctx, page.Users); err != nil {
			return err
		}
	}
	answer := pageAnswer{Items: make([]any, len(page.Users))}
	for i, user := range page.Users {
		answer.Items[i] = toUserAnswer(user)
		if parameters.expand {
			answer.Items[i] = toExpandedUserAnswer(user, profiles)
		}
	}
	if page.Next != 0 {
		cursor := encodeCursor(page.Next)
		answer.NextCursor = &cursor
		c.Header("Link", parameters.nextLink(cursor))
	}
	writeJSON(c, http.StatusOK, jsonType, answer)
	return nil
}

func (a *API) createUser(c *gin.Context) error {
	body, err := readObject(c, jsonTypes)
	if err != nil {
		return err
	}
	draft{{ access }}, err := readDraft(body)
	if err != nil {
		return err
	}
	user, err := a.users.Create({{ context }}, draft{{ access }})
	if err != nil {
		return err
	}
	c.Header("Location", "/users/"+strconv.FormatInt(user.ID, 10))
	writeJSON(c, http.StatusCreated, jsonType, toUserAnswer(user))
	return nil
}

func (a *API) getUser(c *gin.Context) error {
	id, expand, err := readUserParameters(c)
	if err != nil {
		return err
	}
	ctx := {{ context }}
	user, err := a.users.Get(ctx, id)
	if err != nil {
		return err
	}
	if expand {
		profiles, err := a.users.Profiles(ctx, []users.User{user})
		if err != nil {
			return err
		}
		writeJSON(c, http.StatusOK, jsonType, toExpandedUserAnswer(user, profiles))
		return nil
	}
	c.Header("ETag", etag(user.Version))
	if ifNoneMatch(c.Request.Header, user.Version) {
		c.Status(http.StatusNotModified)
		return nil
	}
	writeJSON(c, http.StatusOK, jsonType, toUserAnswer(user))
	return nil
}

func (a *API) replaceUser(c *gin.Context) error {
	id, err := readID(c)
	if err != nil {
		return err
	}
	body, err := readObject(c, jsonTypes)
	if err != nil {
		return err
	}
{% if cookiecutter.auth == 'jwt' %}
	if err := checkRole(c, body); err != nil {
		return err
	}
{% endif %}
	draft{{ access }}, err := readDraft(body)
	if err != nil {
		return err
	}
	user, err := a.users.Replace({{ context }}, id, draft{{ access }}, ifMatch(c.Request.Header))
	if err != nil {
		return err
	}
	writeJSON(c, http.StatusOK, jsonType, toUserAnswer(user))
	return nil
}

func (a *API) changeUser(c *gin.Context) error {
	id, err := readID(c)
	if err != nil {
		return err
	}
	body, err := readObject(c, mergePatchTypes)
	if err != nil {
		return err
	}
{% if cookiecutter.auth == 'jwt' %}
	if err := checkRole(c, body); err != nil {
		return err
	}
{% endif %}
	changes{{ access }}, err := readChanges(body)
	if err != nil {
		return err
	}
	user, err := a.users.Change({{ context }}, id, changes{{ access }}, ifMatch(c.Request.Header))
	if err != nil {
		return err
	}
	writeJSON(c, http.StatusOK, jsonType, toUserAnswer(user))
	return nil
}

func (a *API) deleteUser(c *gin.Context) error {
	id, err := readID(c)
	if err != nil {
		return err
	}
	if err := a.users.Delete({{ context }}, id, ifMatch(c.Request.Header)); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}

func (a *API) getProfile(c *gin.Context) error {
	id, err := readID(c)
	if err != nil {
		return err
	}
	profile, err := a.users.Profile({{ context }}, id)
	if err != nil {
		return err
	}
	writeJSON(c, http.StatusOK, jsonType, toProfileAnswer(profile))
	return nil
}

func (a *API) putProfile(c *gin.Context) error {
	id, err := readID(c)
	if err != nil {
		return err
	}
	body, err := readObject(c, jsonTypes)
	if err != nil {
		return err
	}
	draft, err := readProfileDraft(body)
	if err != nil {
		return err
	}
	profile, err := a.users.PutProfile({{ context }}, id, draft)
	if err != nil {
		return err
	}
	writeJSON(c, http.StatusOK, jsonType, toProfileAnswer(profile))
	return nil
}
