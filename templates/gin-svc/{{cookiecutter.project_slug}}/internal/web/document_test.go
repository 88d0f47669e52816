package web_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"{{ cookiecutter.__module }}/internal/apptest"
	"{{ cookiecutter.__module }}/internal/db"
	"{{ cookiecutter.__module }}/internal/web"
)
{% set anyone = 'web.Anyone, ' if cookiecutter.auth == 'jwt' else '' %}

func nothing(c *gin.Context) error {
	c.Status(http.StatusNoContent)
	return nil
}

// described returns a part of the API document as JSON: what stands under these names.
func described(t *testing.T, s *apptest.Service, names ...string) string {
	t.Helper()
	var part any = s.Do(t, "GET", "/openapi.json", "").Object(t)
	for _, name := range names {
		object, _ := part.(map[string]any)
		part = object[name]
	}
	text, err := json.Marshal(part)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestAPathHasParametersOfEveryName(t *testing.T) {
	t.Parallel()
	type file struct {
		Kind string `uri:"kind" binding:"required,max=3"`
	}
	s := startWith(t, func(app *apptest.App) {
		app.Router.GET("/teams/:id/members/:user_id", {{ anyone }}func(c *gin.Context) error {
			id, err := web.Param(c, "user_id")
			c.JSON(http.StatusOK, id)
			return err
		}, web.Op{})
		app.Router.GET("/files/:kind/*path", {{ anyone }}nothing, web.Op{Path: file{}})
	})
	if got := s.Do(t, "GET", "/teams/1/members/7", ""); got.Body != "7" {
		t.Errorf("got %s", got.Body)
	}
	s.Do(t, "GET", "/files/a/b/c", "").Want(t, http.StatusNoContent)
	for path, want := range map[string]string{
		"/teams/{id}/members/{user_id}": `[{"in":"path","name":"id","required":true,"schema":{"format":"int64","minimum":1,"type":"integer"}},` +
			`{"in":"path","name":"user_id","required":true,"schema":{"format":"int64","minimum":1,"type":"integer"}}]`,
		"/files/{kind}/{path}": `[{"in":"path","name":"kind","required":true,"schema":{"maxLength":3,"pattern":"^[^\\x00]*$","type":"string"}},` +
			`{"in":"path","name":"path","required":true,"schema":{"type":"string"}}]`,
	} {
		if got := described(t, s, "paths", path, "get", "parameters"); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

func TestAParameterOfAPathThatIsNoNumberIsNamed(t *testing.T) {
	t.Parallel()
	s := startWith(t, func(app *apptest.App) {
		app.Router.GET("/teams/:id/members/:user_id", {{ anyone }}func(c *gin.Context) error {
			_, err := web.Param(c, "user_id")
			return err
		}, web.Op{})
	})
	for _, path := range []string{"/teams/1/members/x", "/teams/1/members/0"} {
		s.Do(t, "GET", path, "").WantProblem(t, http.StatusBadRequest, "user_id")
	}
}

// bind answers with the body that was read by web.Bind.
func bind[T any](c *gin.Context) error {
	var body T
	if err := web.Bind(c, &body); err != nil {
		return err
	}
	c.JSON(http.StatusOK, body)
	return nil
}

func TestABodyMayBeAListAMapOrAPointer(t *testing.T) {
	t.Parallel()
	s := startWith(t, func(app *apptest.App) {
		app.Router.POST("/list", {{ anyone }}bind[[]note], web.Op{Body: []note{}})
		app.Router.POST("/map", {{ anyone }}bind[map[string]int], web.Op{Body: map[string]int{}})
		app.Router.POST("/pointer", {{ anyone }}bind[note], web.Op{Body: &note{}})
	})
	s.Do(t, "POST", "/list", `[{"text":"a"}]`).Want(t, http.StatusOK)
	s.Do(t, "POST", "/list", `[{"text":"a"},{"text":"too long","count":-1}]`).WantProblem(t, http.StatusBadRequest, "/1/text", "/1/count")
	s.Do(t, "POST", "/list", `{}`).WantProblem(t, http.StatusBadRequest)
	s.Do(t, "POST", "/map", `{"a":1}`).Want(t, http.StatusOK)
	s.Do(t, "POST", "/map", `{"a":"1"}`).WantProblem(t, http.StatusBadRequest, "/a")
	s.Do(t, "POST", "/pointer", `{"text":"a"}`).Want(t, http.StatusOK)
	for path, want := range map[string]string{
		"/list":    `{"items":{"$ref":"#/components/schemas/note"},"type":"array"}`,
		"/map":     `{"additionalProperties":{"type":"integer"},"type":"object"}`,
		"/pointer": `{"$ref":"#/components/schemas/note"}`,
	} {
		got := described(t, s, "paths", path, "post", "requestBody", "content", "application/json", "schema")
		if got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

func TestAnErrorAtTheStartNamesTheRoute(t *testing.T) {
	t.Parallel()
	type odd struct {
		Wait chan int `json:"wait"`
	}
	for name, register := range map[string]func(router *web.Router){
		"GET /a":  func(router *web.Router) { router.GET("/a", {{ anyone }}nothing, web.Op{Body: note{}}) },
		"POST /b": func(router *web.Router) { router.POST("/b", {{ anyone }}nothing, web.Op{Body: 1}) },
		"POST /c": func(router *web.Router) { router.POST("/c", {{ anyone }}nothing, web.Op{Body: odd{}}) },
	} {
		server := web.New(web.Options{Logger: slog.New(slog.DiscardHandler)})
		register(server.Router("", ""))
		if _, err := server.Handler(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestTheDocumentSaysWhatTagsSay(t *testing.T) {
	t.Parallel()
	type tagged struct {
		Free    map[string]any         `json:"free"`
		Level   int                    `json:"level" binding:"oneof=1 2"`
		Labels  []string               `json:"labels" binding:"min=1,max=2,dive,max=3"`
		Price   float64                `json:"price" binding:"required,min=0.5"`
		Share   int                    `json:"share" binding:"gte=1,lte=5"`
		Code    string                 `json:"code" binding:"len=3"`
		Link    string                 `json:"link" binding:"url"`
		State   string                 `json:"state" binding:"oneof='in progress' done"`
		DueAt   web.Optional[*db.Time] `json:"due_at"`
		Details struct {
			Note web.Optional[string] `json:"note" binding:"omitempty,max=5"`
		} `json:"details"`
	}
	s := startWith(t, func(app *apptest.App) {
		app.Router.PATCH("/tagged", {{ anyone }}bind[tagged], web.Op{Body: tagged{}})
	})
	for name, want := range map[string]string{
		"level":  `{"enum":[1,2],"type":"integer"}`,
		"labels": `{"items":{"maxLength":3,"pattern":"^[^\\x00]*$","type":"string"},"maxItems":2,"minItems":1,"type":"array"}`,
		"price":  `{"format":"double","minimum":0.5,"type":"number"}`,
		"share":  `{"maximum":5,"minimum":1,"type":"integer"}`,
		"code":   `{"maxLength":3,"minLength":3,"pattern":"^[^\\x00]*$","type":"string"}`,
		"link":   `{"format":"uri","pattern":"^[^\\x00]*$","type":"string"}`,
		"state":  `{"enum":["in progress","done"],"type":"string"}`,
		"due_at": `{"format":"date-time","type":["string","null"]}`,
	} {
		if got := described(t, s, "components", "schemas", "tagged", "properties", name); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	if got := described(t, s, "components", "schemas", "tagged", "required"); got != `["price"]` {
		t.Errorf("got %s", got)
	}
	if document := described(t, s); !strings.Contains(document, `"note":{"maxLength":5,`) {
		t.Errorf("got %s", document)
	}
}

// User has the name of another type of the service.
type User struct {
	Legs int `json:"legs"`
}

func TestAnotherFeatureDoesNotRenameSchemas(t *testing.T) {
	t.Parallel()
	s := startWith(t, func(app *apptest.App) {
		app.Router.GET("/a", {{ anyone }}nothing, web.Op{Answer: User{}})
		app.Router.GET("/b", {{ anyone }}nothing, web.Op{Answer: web.Page[User]{}})
	})
	for name, property := range map[string]string{"User": "email", "Web_testUser": "legs", "UserPage": "items", "Web_testUserPage": "items"} {
		if got := described(t, s, "components", "schemas", name, "properties", property); got == "null" {
			t.Errorf("%s has no %s", name, property)
		}
	}
}

func TestAnAnswerMayBeOfAnyMediaType(t *testing.T) {
	t.Parallel()
	s := startWith(t, func(app *apptest.App) {
		app.Router.GET("/table", {{ anyone }}nothing, web.Op{Answer: "", MediaType: "text/csv"})
		app.Router.GET("/picture", {{ anyone }}nothing, web.Op{Answer: []byte{}, MediaType: "image/png"})
	})
	for path, want := range map[string]string{
		"/table":   `{"text/csv":{"schema":{"type":"string"}}}`,
		"/picture": `{"image/png":{"schema":{"format":"binary","type":"string"}}}`,
	} {
		if got := described(t, s, "paths", path, "get", "responses", "200", "content"); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
	if document := described(t, s); strings.Contains(document, "x-forbid") {
		t.Errorf("got %s", document)
	}
}
