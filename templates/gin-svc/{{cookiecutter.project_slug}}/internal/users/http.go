package users

import (
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

{% if cookiecutter.auth == 'jwt' %}
	"{{ cookiecutter.__module }}/internal/auth"
{% endif %}
	"{{ cookiecutter.__module }}/internal/web"
)

// ListQuery is the query of the list of users.
type ListQuery struct {
	web.PageQuery
	Email  *string `form:"email" binding:"omitempty,email,max=254"`
	Expand *string `form:"expand" binding:"omitempty,oneof=profile"`
}

// Normalize implements web.Normalizer.
func (q *ListQuery) Normalize() {
	if q.Email != nil {
		*q.Email = web.NormalizeEmail(*q.Email)
	}
}

// GetQuery is the query of a single user.
type GetQuery struct {
	Expand *string `form:"expand" binding:"omitempty,oneof=profile"`
}

// expanded is a user whose profile is shown, or null.
type expanded struct {
	*User
	Profile *Profile `json:"profile"`
}

type handlers struct {
	users *Service
{% if cookiecutter.auth == 'jwt' %}
	auth  *auth.Service
	// mayRegister tells whether people may make themselves users.
	mayRegister bool
{% endif %}
}

{% if cookiecutter.auth == 'jwt' %}
// Register adds the routes of users, and those by which somebody becomes one and reads who one is.
func Register(router *web.Router, guard *auth.Guard, service *Service, sessions *auth.Service, mayRegister bool) {
	h := &handlers{users: service, auth: sessions, mayRegister: mayRegister}
	self := auth.SelfOrAdmin(guard, service.Get)
	admins := guard.Requires(auth.RoleAdmin)

	users := router.Group("/users", "Users")
	users.GET("", admins, h.list, web.Op{Summary: "List users", Query: ListQuery{}, Answer: web.Page[User]{}})
	users.POST("", admins, h.create, web.Op{
		Summary: "Create a user", Body: Create{}, Answer: User{}, Status: http.StatusCreated, Fails: []int{http.StatusConflict},
	})
	users.GET("/:id", self, web.Loaded(h.get), web.Op{
		Summary: "Get a user", Query: GetQuery{}, Answer: User{}, Versioned: true,
	})
	users.PUT("/:id", self, web.Loaded(h.replace), web.Op{
		Summary: "Replace a user", Body: Create{}, Answer: User{}, Versioned: true, Fails: []int{http.StatusConflict},
	})
	users.PATCH("/:id", self, web.Loaded(h.change), web.Op{
		Summary: "Change a user", Body: Patch{}, Answer: User{}, Versioned: true, Fails: []int{http.StatusConflict},
	})
	users.DELETE("/:id", admins, h.delete, web.Op{
		Summary: "Delete a user", Status: http.StatusNoContent, Versioned: true,
	})

	profiles := router.Group("/users/:id/profile", "Profiles")
	profiles.GET("", self, web.Loaded(h.getProfile), web.Op{
		Summary: "Get a profile", Answer: Profile{},
	})
	profiles.PUT("", self, web.Loaded(h.putProfile), web.Op{
		Summary: "Replace a profile", Body: PutProfile{}, Answer: Profile{},
	})

	accounts := router.Group("/auth", "Sessions")
	accounts.POST("/register", web.Anyone, h.register, web.Op{
		Summary: "Register", Body: Registration{}, Answer: User{}, Status: http.StatusCreated,
		Fails: []int{http.StatusForbidden, http.StatusConflict, http.StatusTooManyRequests},
	})
	accounts.GET("/me", guard.SignedIn(), h.me, web.Op{Summary: "Get oneself", Answer: User{}})
}
{% else %}
// Register adds the routes of users.
func Register(router *web.Router, service *Service) {
	h := &handlers{users: service}

	users := router.Group("/users", "Users")
	users.GET("", h.list, web.Op{Summary: "List users", Query: ListQuery{}, Answer: web.Page[User]{}})
	users.POST("", h.create, web.Op{
		Summary: "Create a user", Body: Create{}, Answer: User{}, Status: http.StatusCreated, Fails: []int{http.StatusConflict},
	})
	users.GET("/:id", web.Load(service.Get, h.get), web.Op{
		Summary: "Get a user", Query: GetQuery{}, Answer: User{}, Versioned: true,
	})
	users.PUT("/:id", web.Load(service.Get, h.replace), web.Op{
		Summary: "Replace a user", Body: Create{}, Answer: User{}, Versioned: true, Fails: []int{http.StatusConflict},
	})
	users.PATCH("/:id", web.Load(service.Get, h.change), web.Op{
		Summary: "Change a user", Body: Patch{}, Answer: User{}, Versioned: true, Fails: []int{http.StatusConflict},
	})
	users.DELETE("/:id", h.delete, web.Op{
		Summary: "Delete a user", Status: http.StatusNoContent, Versioned: true,
	})

	profiles := router.Group("/users/:id/profile", "Profiles")
	profiles.GET("", web.Load(service.Get, h.getProfile), web.Op{
		Summary: "Get a profile", Answer: Profile{},
	})
	profiles.PUT("", web.Load(service.Get, h.putProfile), web.Op{
		Summary: "Replace a profile", Body: PutProfile{}, Answer: Profile{},
	})
}
{% endif %}

{% if cookiecutter.auth == 'jwt' %}
var errRole = web.Forbidden("Only an admin may give a role.")

{% endif %}
func (h *handlers) list(c *gin.Context) error {
	var query ListQuery
	if err := web.BindQuery(c, &query); err != nil {
		return err
	}
	page, err := h.users.List(c.Request.Context(), query)
	if err != nil {
		return err
	}
	if query.Expand == nil {
		return web.WritePage(c, page)
	}
	items := make([]expanded, len(page.Items))
	for i := range page.Items {
		items[i] = expanded{User: &page.Items[i], Profile: page.Items[i].Profile}
	}
	return web.WritePage(c, web.Page[expanded]{Items: items, NextCursor: page.NextCursor})
}

func (h *handlers) create(c *gin.Context) error {
	var body Create
	if err := web.Bind(c, &body); err != nil {
		return err
	}
	user, err := h.users.Create(c.Request.Context(), body)
	if err != nil {
		return err
	}
	return web.WriteCreated(c, "/users", user.ID, user)
}

func (h *handlers) get(c *gin.Context, user *User) error {
	var query GetQuery
	if err := web.BindQuery(c, &query); err != nil {
		return err
	}
	if query.Expand == nil {
		return web.WriteVersion(c, user.Version, user)
	}
	profile, err := h.users.Profile(c.Request.Context(), user.ID)
	if err != nil {
		return err
	}
	// Without an ETag: the version says nothing of the profile.
	c.JSON(http.StatusOK, expanded{User: user, Profile: profile})
	return nil
}

func (h *handlers) replace(c *gin.Context, user *User) error {
	var body Create
	if err := web.Bind(c, &body); err != nil {
		return err
	}
{% if cookiecutter.auth == 'jwt' %}
	if body.Role.Sent && !auth.Current(c).IsAdmin() {
		return errRole
	}
{% endif %}
	replaced, err := h.users.Replace(c.Request.Context(), user.ID, body, web.Condition(c))
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, replaced)
	return nil
}

func (h *handlers) change(c *gin.Context, user *User) error {
	var body Patch
	if err := web.Bind(c, &body); err != nil {
		return err
	}
{% if cookiecutter.auth == 'jwt' %}
	if body.Role.Sent && !auth.Current(c).IsAdmin() {
		return errRole
	}
{% endif %}
	changed, err := h.users.Change(c.Request.Context(), user.ID, body, web.Condition(c))
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, changed)
	return nil
}

func (h *handlers) delete(c *gin.Context) error {
	id, err := web.ID(c)
	if err != nil {
		return err
	}
	if err := h.users.Delete(c.Request.Context(), id, web.Condition(c)); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}

func (h *handlers) getProfile(c *gin.Context, user *User) error {
	profile, err := h.users.Profile(c.Request.Context(), user.ID)
	if err != nil {
		return err
	}
	if profile == nil {
		return web.NotFound("User " + strconv.FormatInt(user.ID, 10) + " has no profile.")
	}
	c.JSON(http.StatusOK, profile)
	return nil
}

func (h *handlers) putProfile(c *gin.Context, user *User) error {
	var body PutProfile
	if err := web.Bind(c, &body); err != nil {
		return err
	}
	profile, err := h.users.PutProfile(c.Request.Context(), user.ID, body)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, profile)
	return nil
}
{% if cookiecutter.auth == 'jwt' %}

func (h *handlers) register(c *gin.Context) error {
	if !h.mayRegister {
		return web.Forbidden("Registration is switched off.")
	}
	var body Registration
	if err := web.Bind(c, &body); err != nil {
		return err
	}
	if err := h.auth.CountRegistration(c.Request.Context(), c.ClientIP()); err != nil {
		return err
	}
	user, err := h.users.Create(c.Request.Context(), Create{
		Name: body.Name, Email: body.Email, Password: web.Optional[string]{Sent: true, Value: body.Password},
	})
	if err != nil {
		return err
	}
	return web.WriteCreated(c, "/users", user.ID, user)
}

func (h *handlers) me(c *gin.Context) error {
	c.JSON(http.StatusOK, auth.Current(c).Account)
	return nil
}
{% endif %}
