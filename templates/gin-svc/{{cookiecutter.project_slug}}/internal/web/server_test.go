{% set anyone = 'web.Anyone, ' if cookiecutter.auth == 'jwt' else '' %}
package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
{% if cookiecutter.auth == 'jwt' %}
	"log/slog"
{% endif %}
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"{{ cookiecutter.__module }}/internal/apptest"
	"{{ cookiecutter.__module }}/internal/db"
{% if cookiecutter.auth == 'jwt' %}
	"{{ cookiecutter.__module }}/internal/telemetry"
{% endif %}
	"{{ cookiecutter.__module }}/internal/web"
)

// note is the body of the routes that these tests add.
type note struct {
	Text  string `json:"text" binding:"required,min=1,max=5"`
	Count *int   `json:"count" binding:"omitempty,min=0"`
	Items []struct {
		Name string `json:"name" binding:"max=3"`
	} `json:"items" binding:"dive"`
}

// startWith runs the service with routes of a test's own.
func startWith(t *testing.T, register func(app *apptest.App)) *apptest.Service {
	t.Helper()
	return apptest.Start(t, func(app *apptest.App) { app.Routes(register) })
}

func startWithNotes(t *testing.T) *apptest.Service {
	t.Helper()
	return startWith(t, func(app *apptest.App) {
		app.Router.POST("/notes", {{ anyone }}func(c *gin.Context) error {
			var body note
			if err := web.Bind(c, &body); err != nil {
				return err
			}
			c.JSON(http.StatusOK, body)
			return nil
		}, web.Op{Body: note{}, Answer: note{}})
	})
}

func TestAProblemSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t)
	got := s.Do(t, "GET", "/nothing?secret=1", "", "X-Request-ID: abc")
	got.WantProblem(t, http.StatusNotFound)
	var problem web.Problem
	if err := json.Unmarshal([]byte(got.Body), &problem); err != nil {
		t.Fatal(err)
	}
	if problem.Type != "about:blank" || problem.Title != "Not Found" || problem.Instance != "/nothing" || problem.RequestID != "abc" {
		t.Errorf("got %s", got.Body)
	}
}

func TestAnUnknownPathIsNotFound(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t)
	for _, path := range []string{"/", "/nothing", "/users/", "/users/1/", "/users//profile", "/docs/", "/docs/x", "/Users"} {
		s.Do(t, "GET", path, "").WantProblem(t, http.StatusNotFound)
	}
}

func TestAnUnknownMethodIsToldTheKnownOnes(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t)
	for path, allow := range map[string][]string{
		"/users":           {"GET", "HEAD", "POST"},
		"/users/x":         {"DELETE", "GET", "HEAD", "PATCH", "PUT"},
		"/users/1/profile": {"GET", "HEAD", "PUT"},
		"/healthz":         {"GET", "HEAD"},
	} {
		got := s.Do(t, "OPTIONS", path, "")
		got.WantProblem(t, http.StatusMethodNotAllowed)
		for _, method := range allow {
			if !strings.Contains(got.Header.Get("Allow"), method) {
				t.Errorf("%s: got Allow %s", path, got.Header.Get("Allow"))
			}
		}
	}
}

func TestABodyHasToBeJSON(t *testing.T) {
	t.Parallel()
	s := startWithNotes(t)
	for _, contentType := range []string{"", "text/plain", "application/jsonx", "application/merge-patch+json"} {
		s.Do(t, "POST", "/notes", "{", "Content-Type: "+contentType).WantProblem(t, http.StatusUnsupportedMediaType)
	}
	s.Do(t, "POST", "/notes", `{"text":"a"}`, "Content-Type: Application/JSON ; charset=x").Want(t, http.StatusOK)
	for _, body := range []string{
		"{", "[]", "null", `{"text":"a"} {}`, `{"text":"a","text":"b"}`, `{"text":"\ud800"}`, "{\"text\":\"\xff\"}", `{"text":"a\u0000"}`,
		strings.Repeat("[", 20000) + strings.Repeat("]", 20000),
	} {
		s.Do(t, "POST", "/notes", body).WantProblem(t, http.StatusBadRequest)
	}
	s.Do(t, "POST", "/notes", `{"text":"\\u0"}`).Want(t, http.StatusOK)
}

func TestEveryFaultOfABodyHasItsPointer(t *testing.T) {
	t.Parallel()
	s := startWithNotes(t)
	for body, places := range map[string]string{
		`{}`:                                       "/text",
		`{"text":null}`:                            "/text",
		`{"text":"a","items":[null]}`:              "/items/0",
		`{"text":"too long","count":-1}`:           "/text /count",
		`{"text":"a","more":1}`:                    "/more",
		`{"text":"a","count":1.5}`:                 "/count",
		`{"text":"a","count":9223372036854775808}`: "/count",
		`{"text":"a","items":[{"name":"ok"},{"name":"long"}]}`: "/items/1/name",
	} {
		s.Do(t, "POST", "/notes", body).WantProblem(t, http.StatusBadRequest, strings.Fields(places)...)
	}
	s.Do(t, "POST", "/notes", `{"text":"a","count":null}`).Want(t, http.StatusOK)
}

func TestAnAnswerListsAtMostTwentyFaults(t *testing.T) {
	t.Parallel()
	s := startWithNotes(t)
	items := strings.TrimSuffix(strings.Repeat(`{"name":"long"},`, 5000), ",")
	got := s.Do(t, "POST", "/notes", `{"text":"a","items":[`+items+"]}")
	got.Want(t, http.StatusBadRequest)
	if faults := got.Object(t)["errors"].([]any); len(faults) != 20 {
		t.Errorf("got %d faults", len(faults))
	}
}

func TestABodyThatIsTooLargeIsRefused(t *testing.T) {
	t.Parallel()
	s := startWithNotes(t)
	large := `{"text":"` + strings.Repeat("a", web.MaxBodyBytes) + `"}`
	s.Do(t, "POST", "/notes", large).WantProblem(t, http.StatusRequestEntityTooLarge)
	s.Do(t, "DELETE", "/nothing", large).WantProblem(t, http.StatusRequestEntityTooLarge)
	request, err := http.NewRequestWithContext(t.Context(), "POST", s.URL+"/notes", io.MultiReader(strings.NewReader(large)))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := s.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusRequestEntityTooLarge || request.ContentLength > 0 {
		t.Errorf("a chunked body got %d", response.StatusCode)
	}
}

// What an owner writes in Gin's own ways gets right answers, too.
func TestGinsOwnWaysWork(t *testing.T) {
	t.Parallel()
	s := startWith(t, func(app *apptest.App) {
		app.Router.POST("/bound", {{ anyone }}web.Plain(func(c *gin.Context) {
			var body note
			if err := c.ShouldBindJSON(&body); err != nil {
				_ = c.Error(err)
				return
			}
			c.JSON(http.StatusOK, body)
		}), web.Op{Body: note{}, Answer: note{}})
		app.Router.GET("/missing", {{ anyone }}web.Plain(func(c *gin.Context) {
			_ = c.Error(fmt.Errorf("read it: %w", &db.NotFoundError{Kind: "note", ID: 7}))
		}), web.Op{Answer: note{}})
		app.Router.GET("/paid", {{ anyone }}web.Plain(func(c *gin.Context) {
			c.AbortWithStatusJSON(http.StatusConflict, gin.H{"detail": "Already paid"})
		}), web.Op{Answer: note{}})
	})
	s.Do(t, "POST", "/bound", `{"text":"a"}`).Want(t, http.StatusOK)
	s.Do(t, "POST", "/bound", `{"text":"too long"}`).WantProblem(t, http.StatusBadRequest, "/text")
	s.Do(t, "POST", "/bound", `{"text":"a","items":[{"name":"long"}]}`).WantProblem(t, http.StatusBadRequest, "/items/0/name")
	for _, body := range []string{`{"text":1}`, `{`, `{"text":"a","more":1}`} {
		s.Do(t, "POST", "/bound", body).Want(t, http.StatusBadRequest)
	}
	s.Do(t, "GET", "/missing", "").WantProblem(t, http.StatusNotFound)
	if got := s.Do(t, "GET", "/paid", ""); got.Status != http.StatusConflict || got.Object(t)["detail"] != "Already paid" {
		t.Errorf("got %d %s", got.Status, got.Body)
	}
}

func TestAConstraintThatNobodyNamesIsAConflict(t *testing.T) {
	t.Parallel()
	s := startWith(t, func(app *apptest.App) {
		app.Router.GET("/twice", {{ anyone }}func(*gin.Context) error {
			return fmt.Errorf("add it: %w", &db.DuplicateError{Constraint: "uq_things_name"})
		}, web.Op{Answer: note{}})
	})
	got := s.Do(t, "GET", "/twice", "")
	got.WantProblem(t, http.StatusConflict)
	if strings.Contains(got.Body, "e-mail") || strings.Contains(got.Body, "uq_") {
		t.Errorf("got %s", got.Body)
	}
}

func TestABodyThatIsNotInTheDocumentIsNotRead(t *testing.T) {
	t.Parallel()
	s := startWith(t, func(app *apptest.App) {
		app.Router.POST("/other", {{ anyone }}func(c *gin.Context) error {
			var body note
			return web.Bind(c, &body)
		}, web.Op{Body: web.Health{}})
	})
	s.Do(t, "POST", "/other", `{"text":"a"}`).Want(t, http.StatusInternalServerError)
	if logged := s.Log.String(); !strings.Contains(logged, "POST /other binds a web_test.note") {
		t.Errorf("got %s", logged)
	}
}

// broken fails in a way that nobody foresaw.
func broken(*gin.Context) error { return errors.New("the secret") }

func TestAnUnexpectedErrorIsLoggedAndNotShown(t *testing.T) {
	t.Parallel()
	s := startWith(t, func(app *apptest.App) {
		app.Router.GET("/broken", {{ anyone }}broken, web.Op{Answer: note{}})
		app.Router.GET("/panics", {{ anyone }}func(*gin.Context) error { panic("the secret") }, web.Op{Answer: note{}})
	})
	for path, named := range map[string]string{"/broken": `"route":"/broken"`, "/panics": "server_test.go:"} {
		got := s.Do(t, "GET", path+"?q=private", "", "X-Request-ID: "+path[1:])
		got.WantProblem(t, http.StatusInternalServerError)
		if strings.Contains(got.Body, "secret") {
			t.Errorf("got %s", got.Body)
		}
		line := regexp.MustCompile(`"level":"error","message":"unexpected error","request_id":"` + path[1:] + `","error":"the secret.*` + named)
		if !line.MatchString(s.Log.String()) || strings.Contains(s.Log.String(), "private") {
			t.Errorf("got %s, want a line that names %s", s.Log, named)
		}
	}
}

func TestAClientThatWentAwayIsNoOutage(t *testing.T) {
	t.Parallel()
	arrived := make(chan struct{})
	s := startWith(t, func(app *apptest.App) {
		app.Router.GET("/slow", {{ anyone }}func(c *gin.Context) error {
			close(arrived)
			<-c.Request.Context().Done()
			return fmt.Errorf("wait: %w", c.Request.Context().Err())
		}, web.Op{Answer: note{}})
	})
	ctx, cancel := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, "GET", s.URL+"/slow", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		<-arrived
		cancel()
	}()
	if _, err := s.Client().Do(request); err == nil {
		t.Fatal("got an answer")
	}
	eventually(t, func() bool { return strings.Contains(s.Log.String(), `"route":"/slow","status":499`) })
	if logged := s.Log.String(); strings.Contains(logged, "warning") || strings.Contains(logged, `"level":"error"`) {
		t.Errorf("got %s", logged)
	}
}

func TestTheDeadlineStartsOnceAndNotWhileABodyIsRead(t *testing.T) {
	t.Parallel()
	readers := map[string]func(c *gin.Context) error{
		"/bound": func(c *gin.Context) error {
			var body note
			return web.Bind(c, &body)
		},
		"/read": func(c *gin.Context) error {
			_, err := io.ReadAll(c.Request.Body)
			return err
		},
	}
	left := make(chan time.Duration, 2)
	s := startWith(t, func(app *apptest.App) {
		for path, read := range readers {
			app.Router.POST(path, {{ anyone }}func(c *gin.Context) error {
				ctx := c.Request.Context()
				until := func() time.Duration {
					deadline, _ := ctx.Deadline()
					return time.Until(deadline)
				}
				time.Sleep(50 * time.Millisecond)
				left <- until()
				err := read(c)
				left <- until()
				return err
			}, web.Op{Body: note{}})
		}
	})
	for path := range readers {
		reader, writer := io.Pipe()
		go func() {
			time.Sleep(200 * time.Millisecond)
			_, _ = io.WriteString(writer, `{"text":"a"}`)
			_ = writer.Close()
		}()
		request, err := http.NewRequestWithContext(t.Context(), "POST", s.URL+path, reader)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		response, err := s.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		before, after := <-left, <-left
		if before > 3960*time.Millisecond || after > before || before-after > 150*time.Millisecond {
			t.Errorf("%s: %s were left before the body and %s after it", path, before, after)
		}
	}
}

type tenantKey struct{}

func TestTheContextOfARequestStaysTheSame(t *testing.T) {
	t.Parallel()
	s := startWith(t, func(app *apptest.App) {
		app.Router.POST("/notes", {{ anyone }}func(c *gin.Context) error {
			c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), tenantKey{}, "acme"))
			before := c.Request.Context()
			var body note
			if err := web.Bind(c, &body); err != nil {
				return err
			}
			c.JSON(http.StatusOK, gin.H{"over": before.Err() != nil, "tenant": c.Request.Context().Value(tenantKey{})})
			return nil
		}, web.Op{Body: note{}})
	})
	if got := s.Do(t, "POST", "/notes", `{"text":"a"}`); got.Body != `{"over":false,"tenant":"acme"}` {
		t.Errorf("got %s", got.Body)
	}
}

func TestHeadAnswersLikeGetWithoutTheBody(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t)
	user := s.Create(t, "ada")
	for _, path := range []string{"/users", user, "/users/x", "/users/99", "/nothing", "/healthz", "/readyz"} {
		get := s.Do(t, "GET", path, "", "X-Request-ID: abc")
		head := s.Do(t, "HEAD", path, "", "X-Request-ID: abc")
		head.Want(t, get.Status)
		for _, name := range []string{"Content-Type", "Content-Length", "ETag", "Cache-Control"} {
			head.WantHeader(t, name, get.Header.Get(name))
		}
		if head.Body != "" || get.Body == "" {
			t.Errorf("%s: got %q for HEAD and %q for GET", path, head.Body, get.Body)
		}
	}
}

func TestEveryAnswerHasTheCommonHeaders(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t)
	for _, path := range []string{"/healthz", "/nothing", "/users/x", "/docs", "/docs/swagger-ui.css"} {
		got := s.Do(t, "GET", path, "")
		got.WantHeader(t, "X-Content-Type-Options", "nosniff")
		got.WantHeader(t, "Cache-Control", "no-store")
		got.WantHeader(t, "Server", "")
		got.WantHeader(t, "Access-Control-Allow-Origin", "")
	}
}

func TestAValidRequestIDIsTakenOver(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t)
	longest := strings.Repeat("a", 128)
	for _, id := range []string{"x", "A-Za_z.0-9", longest} {
		s.Do(t, "GET", "/healthz", "", "X-Request-ID: "+id).WantHeader(t, "X-Request-ID", id)
	}
	fresh := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	for _, id := range []string{"", "a b", "é", longest + "a"} {
		if got := s.Do(t, "GET", "/healthz", "", "X-Request-ID: "+id).Header.Get("X-Request-ID"); !fresh.MatchString(got) {
			t.Errorf("%q: got %s", id, got)
		}
	}
}

func TestCORSLetsTheAllowedOriginsIn(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, func(app *apptest.App) { app.Origins = []string{"https://a.example", "https://b.example"} })
	got := s.Do(t, "GET", "/nothing", "", "Origin: https://b.example")
	got.WantHeader(t, "Access-Control-Allow-Origin", "https://b.example")
	got.WantHeader(t, "Vary", "Origin")
	got.WantHeader(t, "Access-Control-Allow-Credentials", "")
	if exposed := got.Header.Get("Access-Control-Expose-Headers"); !strings.Contains(strings.ToLower(exposed), "etag") {
		t.Errorf("got %s", exposed)
	}
	preflight := s.Do(t, "OPTIONS", "/users", "", "Origin: https://a.example", "Access-Control-Request-Method: POST")
	preflight.Want(t, http.StatusNoContent)
	preflight.WantHeader(t, "Allow", "")
	for _, origin := range []string{"https://c.example", "null", "https://a.example:443"} {
		refused := s.Do(t, "OPTIONS", "/users", "", "Origin: "+origin, "Access-Control-Request-Method: POST")
		refused.Want(t, http.StatusMethodNotAllowed)
		refused.WantHeader(t, "Access-Control-Allow-Origin", "")
	}
	twice := s.Do(t, "GET", "/healthz", "", "Origin: https://a.example", "Origin: https://a.example")
	twice.WantHeader(t, "Access-Control-Allow-Origin", "")
}

func TestCORSCanLetEveryOriginIn(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, func(app *apptest.App) { app.Origins = []string{"*"} })
	s.Do(t, "GET", "/nothing", "", "Origin: https://a.example").WantHeader(t, "Access-Control-Allow-Origin", "*")
	s.Do(t, "OPTIONS", "/nothing", "", "Origin: null", "Access-Control-Request-Method: GET").Want(t, http.StatusNoContent)
	s.Do(t, "OPTIONS", "/users", "", "Origin: null").Want(t, http.StatusMethodNotAllowed)
}

func TestTheServiceTellsHowItIs(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t)
	for _, path := range []string{"/healthz", "/readyz"} {
		if got := s.Do(t, "GET", path, ""); got.Status != http.StatusOK || got.Body != `{"status":"ok"}` {
			t.Errorf("%s: got %d %s", path, got.Status, got.Body)
		}
	}
	s.Web.Stop()
	s.Do(t, "GET", "/readyz", "").WantProblem(t, http.StatusServiceUnavailable)
	s.Do(t, "GET", "/healthz", "").Want(t, http.StatusOK)
}

func TestTheDocumentHasEveryRoute(t *testing.T) {
	t.Parallel()
	s := startWithNotes(t)
	paths := s.Do(t, "GET", "/openapi.json", "").Object(t)["paths"].(map[string]any)
	for _, route := range s.Web.Engine().Routes() {
		if route.Method == http.MethodHead || strings.HasPrefix(route.Path, "/docs/") {
			continue
		}
		path := regexp.MustCompile(`:(\w+)`).ReplaceAllString(route.Path, "{$1}")
		operations, _ := paths[path].(map[string]any)
		if operations[strings.ToLower(route.Method)] == nil {
			t.Errorf("%s %s is missing", route.Method, path)
		}
	}
	body := fmt.Sprint(paths["/notes"])
	if !strings.Contains(body, "#/components/schemas/note") && !strings.Contains(body, "#/components/schemas/Note") {
		t.Errorf("got %s", body)
	}
}

func TestTheDocsLoadNothingFromElsewhere(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t)
	page := s.Do(t, "GET", "/docs", "")
	page.Want(t, http.StatusOK)
	page.WantHeader(t, "Content-Type", "text/html")
	for _, link := range regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllStringSubmatch(page.Body, -1) {
		s.Do(t, "GET", link[1], "").Want(t, http.StatusOK)
	}
	if !strings.Contains(page.Body, `validatorUrl: null`) || !strings.Contains(page.Body, `"/openapi.json"`) {
		t.Errorf("got %s", page.Body)
	}
}

func TestEachRequestIsALineInTheLog(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t)
	s.Do(t, "GET", "/users/99?email=private", "", "X-Request-ID: abc")
	s.Do(t, "POST", "/nothing", "private", "X-Request-ID: def")
	s.Close()
	for _, line := range []string{
		`"level":"info","message":"request","request_id":"abc","method":"GET","route":"/users/\{id\}","status":404,"duration_ms":[0-9.]+\}`,
		`"level":"info","message":"request","request_id":"def","method":"POST","route":"unmatched","status":404,"duration_ms":[0-9.]+\}`,
	} {
		if !regexp.MustCompile(line).MatchString(s.Log.String()) || strings.Contains(s.Log.String(), "private") {
			t.Errorf("got %s, want %s", s.Log, line)
		}
	}
}
{% if cookiecutter.auth == 'jwt' %}

func TestARouteWithoutARuleDoesNotStart(t *testing.T) {
	newServer := func() *web.Server {
		return web.New(web.Options{Logger: telemetry.NewLogger(io.Discard, slog.LevelError)})
	}
	forgotten := newServer()
	forgotten.Router("/orders", "Orders").GET("/:id", web.Access{}, broken, web.Op{Answer: note{}})
	unchecked := newServer()
	unchecked.Router("/orders", "Orders").GET("/:id", web.Access{Name: "nothing"}, broken, web.Op{Answer: note{}})
	plain := newServer()
	plain.Engine().GET("/orders/:id", func(*gin.Context) {})
	for name, server := range map[string]*web.Server{
		"with an empty rule": forgotten, "with a rule that checks nothing": unchecked, "past the router": plain,
	} {
		_, err := server.Handler()
		if err == nil || !strings.HasPrefix(err.Error(), "GET /orders/:id has no access rule: register it by router.GET(path, rule, ") ||
			strings.Contains(err.Error(), "HEAD") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestFilesWithoutARuleAreToldHow(t *testing.T) {
	server := web.New(web.Options{Logger: telemetry.NewLogger(io.Discard, slog.LevelError)})
	server.Engine().Static("/files", t.TempDir())
	_, err := server.Handler()
	if err == nil || !strings.Contains(err.Error(), "c.FileFromFS(") || strings.Contains(err.Error(), "router.HEAD") {
		t.Errorf("got %v", err)
	}
}

func TestWhoMayCallIsFoundOutBeforeTheBodyIsRead(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t)
	for _, route := range s.Web.Engine().Routes() {
		if strings.HasPrefix(route.Path, "/auth/") && route.Path != "/auth/me" && route.Path != "/auth/logout" {
			continue
		}
		switch route.Path {
		case "/healthz", "/readyz", "/docs", "/openapi.json", "/.well-known/jwks.json":
			continue
		}
		if strings.HasPrefix(route.Path, "/docs/") {
			continue
		}
		path := strings.ReplaceAll(route.Path, ":id", "99")
		if got := s.Do(t, route.Method, path, "{", "Authorization: "); got.Status != http.StatusUnauthorized {
			t.Errorf("%s %s: got %d %s", route.Method, route.Path, got.Status, got.Body)
		}
	}
}
{% endif %}

func TestAConditionNamesVersions(t *testing.T) {
	t.Parallel()
	for header, holds := range map[string]bool{
		`*`: true, `"2"`: true, `"1", "2"`: true, `"1",,"2",`: true, `W/"2"`: false, `"3"`: false, `2`: false, `"2`: false, ``: false,
		`"1", x`: false, `"1"`: false,
	} {
		context, _ := gin.CreateTestContext(httptest.NewRecorder())
		context.Request = httptest.NewRequest("PUT", "/", http.NoBody)
		context.Request.Header.Set("If-Match", header)
		if err := web.Condition(context).Check("user", 2); (err == nil) != holds {
			t.Errorf("%s: got %v", header, err)
		}
	}
}

func TestACursorIsOneOfTheService(t *testing.T) {
	t.Parallel()
	text, err := web.Cursor(42).MarshalText()
	var cursor web.Cursor
	if invalid := cursor.UnmarshalParam(string(text)); err != nil || invalid != nil || cursor != 42 {
		t.Errorf("got %s, %d, %v and %v", text, cursor, err, invalid)
	}
	for _, bad := range []string{"", "x", "YWZ0ZXI6MA", "YWZ0ZXI6NDI=", "YWZ0ZXI6LTE"} {
		if err := cursor.UnmarshalParam(bad); err == nil {
			t.Errorf("%q is taken for %d", bad, cursor)
		}
	}
}

// eventually waits until a condition holds, with a deadline.
func eventually(t *testing.T, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it did not come true in time")
		}
	}
}
