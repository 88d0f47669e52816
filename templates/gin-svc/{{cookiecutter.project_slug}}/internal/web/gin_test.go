{% set anyone = 'web.Anyone, ' if cookiecutter.auth == 'jwt' else '' %}
package web_test

import (
	"bufio"
{% if cookiecutter.auth == 'jwt' %}
	"encoding/base64"
{% endif %}
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"{{ cookiecutter.__module }}/internal/apptest"
	"{{ cookiecutter.__module }}/internal/db"
	"{{ cookiecutter.__module }}/internal/web"
)

{% if cookiecutter.auth == 'jwt' %}
func TestARouteThatComesLaterWithoutARuleIsNotServed(t *testing.T) {
	s := apptest.Start(t)
	hello := func(c *gin.Context) { c.String(http.StatusOK, "hello") }
	s.Web.Engine().GET("/late", hello)
	s.Web.Engine().NoRoute(hello)
	s.Web.Router("", "").GET("/forgotten", web.Access{}, web.Plain(hello), web.Op{})
	s.Web.Router("", "").GET("/unchecked", web.Access{Name: "nothing"}, web.Plain(hello), web.Op{})
	for _, path := range []string{"/late", "/forgotten", "/unchecked", "/nothing"} {
		s.Do(t, "GET", path, "").WantProblem(t, http.StatusNotFound)
	}
	if logged := s.Log.String(); !strings.Contains(logged, `"refused a route that has no access rule"`) {
		t.Errorf("got %s", logged)
	}
	s.Do(t, "POST", "/late", "").WantProblem(t, http.StatusMethodNotAllowed)
}

func TestAnAccessRuleMayRefuseInGinsOwnWay(t *testing.T) {
	t.Parallel()
	rules := map[string]gin.HandlerFunc{
		"/basic":  gin.BasicAuth(gin.Accounts{"ada": "password"}),
		"/status": func(c *gin.Context) { c.AbortWithStatus(http.StatusUnauthorized) },
		"/error":  func(c *gin.Context) { _ = c.AbortWithError(http.StatusUnauthorized, errors.New("no")) },
		"/answer": func(c *gin.Context) { c.JSON(http.StatusUnauthorized, gin.H{"message": "no"}) },
	}
	s := startWith(t, func(app *apptest.App) {
		for path, rule := range rules {
			app.Router.GET(path, web.Access{Name: "some", Check: web.Plain(rule)}, web.Plain(func(c *gin.Context) {
				c.String(http.StatusOK, "the secret")
			}), web.Op{})
		}
	})
	for path := range rules {
		got := s.Do(t, "GET", path, "", "Authorization: ")
		if got.Status != http.StatusUnauthorized || strings.Contains(got.Body, "secret") {
			t.Errorf("%s: got %d %s", path, got.Status, got.Body)
		}
	}
	right := "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("ada:password"))
	s.Do(t, "GET", "/basic", "", right).Want(t, http.StatusOK)
}

{% endif %}
// bound answers with the error of Gin's own way of reading a body.
func bound[T any](c *gin.Context) error {
	var body T
	if err := c.ShouldBindJSON(&body); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}

func TestGinsOwnWaysReadNoMoreThanTheLimit(t *testing.T) {
	t.Parallel()
	s := startWith(t, func(app *apptest.App) {
		app.Router.POST("/bound", {{ anyone }}bound[note], web.Op{Body: note{}})
	})
	large := io.MultiReader(strings.NewReader(`{"text":"` + strings.Repeat("a", web.MaxBodyBytes) + `"}`))
	request, err := http.NewRequestWithContext(t.Context(), "POST", s.URL+"/bound", large)
	if err != nil {
		t.Fatal(err)
	}
	response, err := s.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("got %d", response.StatusCode)
	}
}

func TestOnlyWhatTheClientSentIsItsFault(t *testing.T) {
	t.Parallel()
	type moment struct {
		At time.Time `json:"at" form:"at"`
	}
	_, noNumber := strconv.Atoi("y")
	own := map[string]error{
		"/json": json.Unmarshal([]byte("html>"), &moment{}), "/number": noNumber, "/end": io.ErrUnexpectedEOF,
	}
	s := startWith(t, func(app *apptest.App) {
		for path, err := range own {
			app.Router.GET(path, {{ anyone }}func(*gin.Context) error { return err }, web.Op{})
		}
		app.Router.POST("/moments", {{ anyone }}bound[moment], web.Op{Body: moment{}})
		app.Router.GET("/moments", {{ anyone }}func(c *gin.Context) error { return c.ShouldBindQuery(&moment{}) }, web.Op{})
	})
	for path, err := range own {
		s.Do(t, "GET", path, "").WantProblem(t, http.StatusInternalServerError)
		if logged, _ := json.Marshal(err.Error()); err == nil || !strings.Contains(s.Log.String(), strings.Trim(string(logged), `"`)) {
			t.Errorf("%v is not in the log", err)
		}
	}
	s.Do(t, "POST", "/moments", `{"at":"x"}`).WantProblem(t, http.StatusBadRequest, "/at")
	s.Do(t, "POST", "/moments", "").WantProblem(t, http.StatusBadRequest)
	s.Do(t, "GET", "/moments?at=x", "").WantProblem(t, http.StatusBadRequest, "at")
}

func TestAQueryHasFieldsOfEveryKind(t *testing.T) {
	t.Parallel()
	type filter struct {
		Price float64   `form:"price"`
		Count uint8     `form:"count"`
		Tags  []string  `form:"tag" binding:"max=2,dive,max=3"`
		IDs   []int     `form:"id,default=7"`
		Since time.Time `form:"since"`
	}
	var read filter
	s := startWith(t, func(app *apptest.App) {
		app.Router.GET("/filtered", {{ anyone }}func(c *gin.Context) error {
			read = filter{}
			return web.BindQuery(c, &read)
		}, web.Op{Query: filter{}})
	})
	s.Do(t, "GET", "/filtered?price=1.5&count=255&tag=a&tag=b", "").Want(t, http.StatusOK)
	if read.Price != 1.5 || read.Count != 255 || strings.Join(read.Tags, "") != "ab" || len(read.IDs) != 1 || read.IDs[0] != 7 {
		t.Errorf("got %+v", read)
	}
	for query, place := range map[string]string{
		"price=x": "price", "tag=long": "tag", "count=256": "count", "count=-1": "count", "id=1&id=x": "id",
		"tag=a&tag=b&tag=c": "tag", "since=x": "since",
	} {
		s.Do(t, "GET", "/filtered?"+query, "").WantProblem(t, http.StatusBadRequest, place)
	}
}

func TestAStatusWithoutABodyBecomesAProblem(t *testing.T) {
	t.Parallel()
	s := startWith(t, func(app *apptest.App) {
		for path, handler := range map[string]gin.HandlerFunc{
			"/forbidden": func(c *gin.Context) { c.AbortWithStatus(http.StatusForbidden) },
			"/conflict":  func(c *gin.Context) { _ = c.AbortWithError(http.StatusConflict, errors.New("the secret")) },
			"/down":      func(c *gin.Context) { _ = c.AbortWithError(http.StatusBadGateway, errors.New("the cause")) },
			"/empty":     func(c *gin.Context) { c.AbortWithStatus(http.StatusNoContent) },
		} {
			app.Router.GET(path, {{ anyone }}web.Plain(handler), web.Op{})
		}
		wrapped := fmt.Errorf("%w: %w", &web.Error{Status: http.StatusBadGateway, Detail: "No answer."}, errors.New("the other"))
		app.Router.GET("/wrapped", {{ anyone }}func(*gin.Context) error { return wrapped }, web.Op{})
{% if cookiecutter.database != 'memory' %}
		app.Router.GET("/gone", {{ anyone }}func(*gin.Context) error { return db.ErrNotFound }, web.Op{})
{% endif %}
	})
	s.Do(t, "GET", "/forbidden", "").WantProblem(t, http.StatusForbidden)
	if got := s.Do(t, "GET", "/conflict", ""); got.Status != http.StatusConflict || strings.Contains(got.Body, "secret") {
		t.Errorf("got %d %s", got.Status, got.Body)
	}
	s.Do(t, "GET", "/down", "").WantProblem(t, http.StatusBadGateway)
	s.Do(t, "GET", "/wrapped", "").WantProblem(t, http.StatusBadGateway)
	if logged := s.Log.String(); !strings.Contains(logged, "the cause") || !strings.Contains(logged, "the other") {
		t.Errorf("got %s", logged)
	}
	s.Do(t, "GET", "/empty", "").Want(t, http.StatusNoContent)
{% if cookiecutter.database != 'memory' %}
	s.Do(t, "GET", "/gone", "").WantProblem(t, http.StatusNotFound)
{% endif %}
}

func TestAnErrorAfterTheFirstByteIsLoggedAndAStreamCutOff(t *testing.T) {
	t.Parallel()
	late := errors.New("the cause")
	stream := func(c *gin.Context) {
		for range 2 {
			_, _ = c.Writer.WriteString("part")
			c.Writer.Flush()
		}
	}
	s := startWith(t, func(app *apptest.App) {
		for path, handler := range map[string]web.Handler{
			"/stream": func(c *gin.Context) error {
				stream(c)
				return late
			},
			"/panic": func(c *gin.Context) error {
				stream(c)
				panic(late)
			},
			"/whole": func(c *gin.Context) error {
				c.JSON(http.StatusOK, note{Text: "a"})
				return late
			},
		} {
			app.Router.GET(path, {{ anyone }}handler, web.Op{})
		}
	})
	for path, whole := range map[string]bool{"/stream": false, "/panic": false, "/whole": true} {
		request, err := http.NewRequestWithContext(t.Context(), "GET", s.URL+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		response, err := s.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.ReadAll(response.Body)
		_ = response.Body.Close()
		if response.StatusCode != http.StatusOK || (err == nil) != whole {
			t.Errorf("%s: got %d and %v", path, response.StatusCode, err)
		}
		eventually(t, func() bool { return strings.Contains(s.Log.String(), `"route":"`+path+`","status":200`) })
	}
	if logged := s.Log.String(); strings.Count(logged, `"error":"the cause`) != 3 {
		t.Errorf("got %s", logged)
	}
}

func TestMiddlewareSeesTheStatusOfTheAnswer(t *testing.T) {
	t.Parallel()
	server := web.New(web.Options{Logger: slog.New(slog.DiscardHandler)})
	var seen int
	server.Engine().Use(func(c *gin.Context) {
		c.Next()
		seen = c.Writer.Status()
	})
	_, noNumber := strconv.Atoi("x")
	router := server.Router("", "")
	router.GET("/gone", {{ anyone }}func(*gin.Context) error { return web.NotFound("gone") }, web.Op{})
	router.GET("/broken", {{ anyone }}func(*gin.Context) error { return io.ErrUnexpectedEOF }, web.Op{})
	router.GET("/number", {{ anyone }}func(*gin.Context) error { return noNumber }, web.Op{})
	handler, err := server.Handler()
	if err != nil {
		t.Fatal(err)
	}
	for path, status := range map[string]int{"/gone": 404, "/broken": 500, "/number?n=x": 400} {
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, httptest.NewRequest("GET", path, http.NoBody))
		if answer.Code != status || seen != status {
			t.Errorf("%s: got %d, and the middleware %d", path, answer.Code, seen)
		}
	}
}

func TestGinsOtherWaysOfReadingNameWhatIsWrong(t *testing.T) {
	t.Parallel()
	type place struct {
		ID int `uri:"id" binding:"min=5"`
	}
	type sent struct {
		Number int `header:"X-Number" binding:"min=3"`
	}
	s := startWith(t, func(app *apptest.App) {
		app.Router.GET("/places/:id", {{ anyone }}func(c *gin.Context) error { return c.ShouldBindUri(&place{}) }, web.Op{})
		app.Router.GET("/years/:year", {{ anyone }}func(c *gin.Context) error {
			_, err := strconv.Atoi(c.Param("year"))
			return err
		}, web.Op{})
		app.Router.GET("/sent", {{ anyone }}func(c *gin.Context) error { return c.ShouldBindHeader(&sent{}) }, web.Op{})
	})
	for path, place := range map[string]string{"/places/x": "id", "/places/2": "id", "/years/x": "year"} {
		s.Do(t, "GET", path, "").WantProblem(t, http.StatusBadRequest, place)
	}
	for _, value := range []string{"x", "2"} {
		s.Do(t, "GET", "/sent", "", "X-Number: "+value).WantProblem(t, http.StatusBadRequest, "X-Number")
	}
}

func TestAFormThatIsWrongIsTheFaultOfTheClient(t *testing.T) {
	t.Parallel()
	s := startWith(t, func(app *apptest.App) {
		app.Router.POST("/files", {{ anyone }}func(c *gin.Context) error {
			file, err := c.FormFile("file")
			if err != nil {
				return err
			}
			c.JSON(http.StatusOK, file.Size)
			return nil
		}, web.Op{})
	})
	form := func(field, content string) string {
		return "--x\r\nContent-Disposition: form-data; name=\"" + field + "\"; filename=\"a\"\r\n\r\n" + content + "\r\n--x--\r\n"
	}
	const multipart = "Content-Type: multipart/form-data; boundary=x"
	if got := s.Do(t, "POST", "/files", form("file", "1234"), multipart); got.Body != "4" {
		t.Errorf("got %s", got.Body)
	}
	for _, body := range []string{"", form("other", "a"), form("file", "a")[:60], "--x\r\nno header\r\n\r\n--x--\r\n", "--y--"} {
		s.Do(t, "POST", "/files", body, multipart).WantProblem(t, http.StatusBadRequest)
	}
	s.Do(t, "POST", "/files", "{}").WantProblem(t, http.StatusBadRequest)
	large := io.MultiReader(strings.NewReader(form("file", strings.Repeat("a", web.MaxBodyBytes))))
	request, err := http.NewRequestWithContext(t.Context(), "POST", s.URL+"/files", large)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	response, err := s.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("got %d", response.StatusCode)
	}
}

func TestWhatHoldsAnyJSONTakesNull(t *testing.T) {
	t.Parallel()
	type loose struct {
		Map map[string]any  `json:"map"`
		Any any             `json:"any"`
		Raw json.RawMessage `json:"raw"`
	}
	s := startWith(t, func(app *apptest.App) {
		app.Router.POST("/loose", {{ anyone }}bind[loose], web.Op{Body: loose{}})
	})
	const body = `{"map":{"a":null,"b":[null]},"any":null,"raw":null}`
	if got := s.Do(t, "POST", "/loose", body); got.Body != body {
		t.Errorf("got %s", got.Body)
	}
	s.Do(t, "POST", "/loose", `{"map":null}`).WantProblem(t, http.StatusBadRequest, "/map")
}

func TestATimeIsReadToTheMillisecond(t *testing.T) {
	t.Parallel()
	type moment struct {
		At    db.Time  `json:"at" form:"at"`
		Until *db.Time `json:"until" form:"until"`
	}
	var kept moment
	s := startWith(t, func(app *apptest.App) {
		app.Router.POST("/moments", {{ anyone }}func(c *gin.Context) error {
			if err := web.Bind(c, &kept); err != nil {
				return err
			}
			c.JSON(http.StatusOK, kept)
			return nil
		}, web.Op{Body: moment{}})
		app.Router.GET("/moments", {{ anyone }}func(c *gin.Context) error {
			var query moment
			if err := web.BindQuery(c, &query); err != nil {
				return err
			}
			c.JSON(http.StatusOK, query)
			return nil
		}, web.Op{Query: moment{}})
	})
	const sent, read = "2026-01-31T09:30:00.9996%2B01:00", `{"at":"2026-01-31T08:30:00.999Z","until":null}`
	if got := s.Do(t, "GET", "/moments?at="+sent, ""); got.Body != read {
		t.Errorf("got %s", got.Body)
	}
	if got := s.Do(t, "POST", "/moments", `{"at":"`+strings.Replace(sent, "%2B", "+", 1)+`","until":null}`); got.Body != read || kept.At != db.At(kept.At.Time) {
		t.Errorf("got %s and %s", got.Body, kept.At)
	}
	s.Do(t, "GET", "/moments?at=x&until=y", "").WantProblem(t, http.StatusBadRequest, "at", "until")
	s.Do(t, "POST", "/moments", `{"at":"x"}`).WantProblem(t, http.StatusBadRequest, "/at")
	s.Do(t, "POST", "/moments", `{"at":null}`).WantProblem(t, http.StatusBadRequest, "/at")
}

func TestARouteMayHaveLimitsOfItsOwn(t *testing.T) {
	t.Parallel()
	server := web.New(web.Options{Logger: slog.New(slog.DiscardHandler)})
	router := server.Router("", "")
	router.POST("/large", {{ anyone }}bind[[]byte], web.Op{Body: []byte{}, MaxBody: 2 * web.MaxBodyBytes, Timeout: time.Minute})
	router.POST("/small", {{ anyone }}bind[[]byte], web.Op{Body: []byte{}, MaxBody: 4})
	router.GET("/slow", {{ anyone }}func(c *gin.Context) error {
		time.Sleep(300 * time.Millisecond)
		c.JSON(http.StatusOK, c.Request.Context().Err() == nil)
		return nil
	}, web.Op{Timeout: time.Minute})
	router.GET("/short", {{ anyone }}func(c *gin.Context) error {
		<-c.Request.Context().Done()
		return c.Request.Context().Err()
	}, web.Op{Timeout: time.Millisecond})
	handler, err := server.Handler()
	if err != nil {
		t.Fatal(err)
	}
	running := httptest.NewUnstartedServer(handler)
	running.Config.WriteTimeout = 100 * time.Millisecond
	running.Start()
	t.Cleanup(running.Close)
	large := `"` + strings.Repeat("a", web.MaxBodyBytes) + `"`
	for _, test := range []struct {
		method, path, body string
		status             int
	}{
		{"POST", "/large", large, http.StatusOK},
		{"POST", "/small", `"aaaa"`, http.StatusRequestEntityTooLarge},
		{"GET", "/slow", "", http.StatusOK},
		{"GET", "/short", "", http.StatusServiceUnavailable},
	} {
		request, err := http.NewRequestWithContext(t.Context(), test.method, running.URL+test.path, strings.NewReader(test.body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		response, err := running.Client().Do(request)
		if err != nil {
			t.Errorf("%s: %v", test.path, err)
			continue
		}
		_ = response.Body.Close()
		if response.StatusCode != test.status {
			t.Errorf("%s: got %d", test.path, response.StatusCode)
		}
	}
}

func TestABodyThatDoesNotComeInTimeIsToldSo(t *testing.T) {
	t.Parallel()
	server := web.New(web.Options{Logger: slog.New(slog.DiscardHandler)})
	router := server.Router("", "")
	router.POST("/bound", {{ anyone }}bind[[]byte], web.Op{Body: []byte{}})
	router.POST("/read", {{ anyone }}func(c *gin.Context) error {
		_, err := io.ReadAll(c.Request.Body)
		return fmt.Errorf("read it: %w", err)
	}, web.Op{})
	handler, err := server.Handler()
	if err != nil {
		t.Fatal(err)
	}
	running := httptest.NewUnstartedServer(handler)
	running.Config.ReadTimeout = 100 * time.Millisecond
	running.Start()
	t.Cleanup(running.Close)
	for _, path := range []string{"/bound", "/read"} {
		client, err := net.Dial("tcp", running.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = client.Close() })
		fmt.Fprintf(client, "POST %s HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n[", path)
		response, err := http.ReadResponse(bufio.NewReader(client), nil)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != http.StatusRequestTimeout || response.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: got %d %s", path, response.StatusCode, response.Header)
		}
	}
}

func TestAPathMayEndWithASlash(t *testing.T) {
	t.Parallel()
	s := startWith(t, func(app *apptest.App) {
		app.Router.GET("/folder/", {{ anyone }}nothing, web.Op{})
		app.Router.Group("/group", "").GET("/", {{ anyone }}nothing, web.Op{})
	})
	for _, path := range []string{"/folder", "/group"} {
		s.Do(t, "GET", path+"/", "").Want(t, http.StatusNoContent)
		s.Do(t, "GET", path, "").WantProblem(t, http.StatusNotFound)
	}
}

func TestTheRootIsARoute(t *testing.T) {
	t.Parallel()
	s := startWith(t, func(app *apptest.App) { app.Router.GET("/", {{ anyone }}nothing, web.Op{}) })
	s.Do(t, "GET", "/", "").Want(t, http.StatusNoContent)
}

func TestARouterHasMiddlewareOfItsOwn(t *testing.T) {
	t.Parallel()
	s := startWith(t, func(app *apptest.App) {
		own := app.Router.Group("/own", "")
		own.Use(func(c *gin.Context) { c.Header("X-Own", "yes") })
		own.GET("", {{ anyone }}nothing, web.Op{})
		app.Router.GET("/other", {{ anyone }}nothing, web.Op{})
	})
	s.Do(t, "GET", "/own", "").WantHeader(t, "X-Own", "yes")
	s.Do(t, "GET", "/other", "").WantHeader(t, "X-Own", "")
}
