{% set hasher = ', security.NewHasher(1)' if cookiecutter.auth == 'jwt' else '' %}
package httpapi_test

import (
	"errors"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

{% if cookiecutter.auth == 'jwt' %}
	"{{ cookiecutter.project_slug }}/internal/security"
{% endif %}
	"{{ cookiecutter.project_slug }}/internal/store/storetest"
	"{{ cookiecutter.project_slug }}/internal/users"
)

func TestAProblemHasTheMembersOfTheContract(t *testing.T) {
	s := start(t)
	got := s.do(t, "GET", "/users/9?secret=1", "", "X-Request-ID: abc")
	got.want(t, http.StatusNotFound)
	want := `{"type":"about:blank","title":"Not Found","status":404,"detail":"User 9 does not exist.",` +
		`"instance":"/users/9","request_id":"abc"}`
	if got.body != want {
		t.Errorf("got %s, want %s", got.body, want)
	}
}

func TestAnUnknownPathIsNotFound(t *testing.T) {
	s := start(t)
	for _, path := range []string{"/", "/nothing", "/users/", "/users/1/", "//users", "/users//profile", "/docs/", "/docs/x", "/Users"} {
		for _, method := range []string{"GET", "DELETE", "OPTIONS"} {
			s.do(t, method, path, "").wantProblem(t, http.StatusNotFound, "There is nothing at this path.")
		}
	}
}

func TestAnUnknownMethodIsToldTheKnownOnes(t *testing.T) {
	s := start(t)
	for path, allow := range map[string]string{
		"/users":           "GET, HEAD, POST",
		"/users/x":         "DELETE, GET, HEAD, PATCH, PUT",
		"/users/1/profile": "GET, HEAD, PUT",
		"/healthz":         "GET, HEAD",
		"/openapi.json":    "GET, HEAD",
	} {
		got := s.do(t, "OPTIONS", path, "")
		got.wantProblem(t, http.StatusMethodNotAllowed, "OPTIONS is not allowed here.")
		got.wantHeader(t, "Allow", allow)
	}
}

func TestABodyHasToBeJSON(t *testing.T) {
	s := start(t)
	s.create(t, "ada")
	const onlyJSON = "The body must be application/json."
	for _, contentType := range []string{"", "text/plain", "application/jsonx", "application/merge-patch+json", "; application/json"} {
		s.do(t, "POST", "/users", "{", "Content-Type: "+contentType).wantProblem(t, http.StatusUnsupportedMediaType, onlyJSON)
	}
	s.do(t, "PATCH", "/users/1", "{", "Content-Type: text/plain").wantProblem(t, http.StatusUnsupportedMediaType,
		"The body must be application/merge-patch+json or application/json.")
	s.do(t, "POST", "/users", "{", "Content-Type:  Application/JSON ; charset=x").wantProblem(t, http.StatusBadRequest,
		"The body must be one JSON object in UTF-8 without repeated keys, lone surrogates or NUL, nested at most 32 deep.")
}

func TestABodyHasAtMostOneMebibyte(t *testing.T) {
	s := start(t)
	const tooLarge = "The body is larger than 1048576 bytes."
	largest := `{"bio":"` + strings.Repeat("a", 1<<20-10) + `"}`
	s.create(t, "ada")
	s.do(t, "PUT", "/users/1/profile", largest).wantProblem(t, http.StatusBadRequest, "The request is not valid.")
	s.do(t, "PUT", "/users/1/profile", largest+" ").wantProblem(t, http.StatusRequestEntityTooLarge, tooLarge)
	got := s.do(t, "DELETE", "/nothing", largest+" ")
	got.wantProblem(t, http.StatusRequestEntityTooLarge, tooLarge)
	if got.object(t)["title"] != "Content Too Large" {
		t.Errorf("got %s", got.body)
	}
	request, err := http.NewRequestWithContext(t.Context(), "POST", s.URL+"/users", io.MultiReader(strings.NewReader(largest+" ")))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
{% if cookiecutter.auth == 'jwt' %}
	request.Header.Set("Authorization", "Bearer any")
{% endif %}
	response, err := s.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusRequestEntityTooLarge || request.ContentLength > 0 {
		t.Errorf("a chunked body got %d", response.StatusCode)
	}
}

func TestHeadAnswersLikeGetWithoutTheBody(t *testing.T) {
	s := start(t)
	s.create(t, "ada")
	s.do(t, "PUT", "/users/1/profile", "{}").want(t, http.StatusOK)
	for _, path := range []string{
		"/users", "/users/1", "/users/1/profile", "/users/x", "/users/9", "/nothing", "/healthz", "/readyz", "/openapi.json", "/docs",
	} {
		get := s.do(t, "GET", path, "", "X-Request-ID: abc")
		head := s.do(t, "HEAD", path, "", "X-Request-ID: abc")
		head.want(t, get.status)
		for _, name := range []string{"Content-Type", "Content-Length", "ETag", "Cache-Control", "X-Content-Type-Options"} {
			head.wantHeader(t, name, get.header.Get(name))
		}
		if head.body != "" || get.body == "" {
			t.Errorf("%s: got %q for HEAD and %q for GET", path, head.body, get.body)
		}
	}
}

func TestEveryAnswerHasTheCommonHeaders(t *testing.T) {
	s := start(t)
	for _, path := range []string{"/healthz", "/nothing", "/users/x", "/docs", "/docs/swagger-ui.css"} {
		got := s.do(t, "GET", path, "")
		got.wantHeader(t, "X-Content-Type-Options", "nosniff")
		got.wantHeader(t, "Cache-Control", "no-store")
		got.wantHeader(t, "Server", "")
		got.wantHeader(t, "Access-Control-Allow-Origin", "")
	}
}

func TestAValidRequestIDIsTakenOver(t *testing.T) {
	s := start(t)
	longest := strings.Repeat("a", 128)
	for _, id := range []string{"x", "A-Za_z.0-9", longest} {
		s.do(t, "GET", "/healthz", "", "X-Request-ID: "+id).wantHeader(t, "X-Request-ID", id)
	}
	fresh := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	for _, id := range []string{"", "a b", "é", longest + "a"} {
		if got := s.do(t, "GET", "/healthz", "", "X-Request-ID: "+id).header.Get("X-Request-ID"); !fresh.MatchString(got) {
			t.Errorf("%q: got %s", id, got)
		}
	}
}

func TestCORSLetsTheAllowedOriginsIn(t *testing.T) {
	opened := storetest.Open(t)
	s := serve(t, users.NewService(opened{{ hasher }}), {% if cookiecutter.database != 'memory' %}opened, {% endif %}"https://a.example", "https://b.example")
	got := s.do(t, "GET", "/healthz", "", "Origin: https://b.example")
	got.wantHeader(t, "Access-Control-Allow-Origin", "https://b.example")
	got.wantHeader(t, "Vary", "Origin")
	got.wantHeader(t, "Access-Control-Expose-Headers", "ETag, Link, Location, Retry-After, X-Request-ID")
	got.wantHeader(t, "Access-Control-Allow-Credentials", "")

	preflight := s.do(t, "OPTIONS", "/users", "", "Origin: https://a.example", "Access-Control-Request-Method: POST")
	preflight.want(t, http.StatusNoContent)
	preflight.wantHeader(t, "Access-Control-Allow-Methods", "DELETE, GET, HEAD, PATCH, POST, PUT")
	preflight.wantHeader(t, "Access-Control-Allow-Headers", "Authorization, Content-Type, If-Match, If-None-Match, X-Request-ID")
	preflight.wantHeader(t, "Access-Control-Max-Age", "600")
	preflight.wantHeader(t, "Allow", "")

	for _, origin := range []string{"https://c.example", "null", "https://a.example:443", "HTTPS://A.EXAMPLE"} {
		refused := s.do(t, "OPTIONS", "/users", "", "Origin: "+origin, "Access-Control-Request-Method: POST")
		refused.want(t, http.StatusMethodNotAllowed)
		refused.wantHeader(t, "Access-Control-Allow-Origin", "")
		refused.wantHeader(t, "Vary", "")
	}
	twice := s.do(t, "GET", "/healthz", "", "Origin: https://a.example", "Origin: https://a.example")
	twice.wantHeader(t, "Access-Control-Allow-Origin", "")
}

func TestCORSCanLetEveryOriginIn(t *testing.T) {
	opened := storetest.Open(t)
	s := serve(t, users.NewService(opened{{ hasher }}), {% if cookiecutter.database != 'memory' %}opened, {% endif %}"*")
	got := s.do(t, "GET", "/nothing", "", "Origin: https://a.example")
	got.wantHeader(t, "Access-Control-Allow-Origin", "*")
	got.wantHeader(t, "Vary", "")
	s.do(t, "OPTIONS", "/nothing", "", "Origin: null", "Access-Control-Request-Method: GET").want(t, http.StatusNoContent)
	s.do(t, "OPTIONS", "/users", "", "Origin: null").want(t, http.StatusMethodNotAllowed)
}

func TestTheServiceTellsHowItIs(t *testing.T) {
	s := start(t)
	for _, path := range []string{"/healthz", "/readyz"} {
		if got := s.do(t, "GET", path, ""); got.status != http.StatusOK || got.body != `{"status":"ok"}` {
			t.Errorf("%s: got %d %s", path, got.status, got.body)
		}
	}
	s.api.BeginShutdown()
	s.do(t, "GET", "/readyz", "").wantProblem(t, http.StatusServiceUnavailable, "The service is shutting down.")
	s.do(t, "GET", "/healthz", "").want(t, http.StatusOK)
}

func TestTheContractIsServed(t *testing.T) {
	s := start(t)
	document := s.do(t, "GET", "/openapi.json", "")
	document.want(t, http.StatusOK)
	document.wantHeader(t, "Content-Type", "application/json")
	if document.object(t)["openapi"] == nil || strings.Contains(document.body, "\n") {
		t.Errorf("got %s", document.body)
	}
}

func TestTheDocsLoadNothingFromElsewhere(t *testing.T) {
	s := start(t)
	page := s.do(t, "GET", "/docs", "")
	page.want(t, http.StatusOK)
	page.wantHeader(t, "Content-Type", "text/html; charset=utf-8")
	for _, link := range regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllStringSubmatch(page.body, -1) {
		s.do(t, "GET", link[1], "").want(t, http.StatusOK)
	}
	if !strings.Contains(page.body, `validatorUrl: null`) || !strings.Contains(page.body, `"/openapi.json"`) {
		t.Errorf("got %s", page.body)
	}
}

func TestAnUnexpectedErrorIsLoggedAndNotShown(t *testing.T) {
	s := serve(t, brokenUsers{err: errors.New("the secret")}{% if cookiecutter.database != 'memory' %}, nil{% endif %})
	for path, inStack := range map[string]string{"/users/1": "goroutine", "/users": "listUsers"} {
		got := s.do(t, "GET", path+"?q=private", "", "X-Request-ID: "+inStack)
		got.wantProblem(t, http.StatusInternalServerError, "Something went wrong; the request_id finds it in the log.")
		if strings.Contains(got.body, "secret") {
			t.Errorf("got %s", got.body)
		}
		line := regexp.MustCompile(`"level":"error","message":"unexpected error","request_id":"` + inStack + `","error":"the secret\\n.*` + inStack)
		if !line.MatchString(s.log.String()) {
			t.Errorf("got %s, want a line with a stack", s.log)
		}
	}
	if logged := s.log.String(); strings.Count(logged, "\n") != 4 || strings.Contains(logged, "private") {
		t.Errorf("got %s", logged)
	}
}

func TestEachRequestIsALineInTheLog(t *testing.T) {
	s := start(t)
	s.do(t, "GET", "/users/9?email=private", "", "X-Request-ID: abc")
	s.do(t, "POST", "/nothing", "private", "X-Request-ID: def")
	s.do(t, "GET", "/users//profile", "", "X-Request-ID: ghi")
	s.Close()
	want := regexp.MustCompile(`^\{"time":` + moment + `,"level":"info","message":"request","request_id":"abc","method":"GET",` +
		`"route":"/users/\{id\}","status":404,"duration_ms":[0-9.]+\}
\{"time":` + moment + `,"level":"info","message":"request","request_id":"def","method":"POST",` +
		`"route":"unmatched","status":404,"duration_ms":[0-9.]+\}
\{"time":` + moment + `,"level":"info","message":"request","request_id":"ghi","method":"GET",` +
		`"route":"unmatched","status":404,"duration_ms":[0-9.]+\}
$`)
	if !want.MatchString(s.log.String()) {
		t.Errorf("got %s", s.log)
	}
}
