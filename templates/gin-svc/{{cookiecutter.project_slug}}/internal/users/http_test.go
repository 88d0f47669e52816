package users_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
{% if cookiecutter.database != 'memory' %}
	"strconv"
{% endif %}
	"strings"
	"testing"
{% if cookiecutter.database != 'memory' %}
	"time"
{% endif %}

	"{{ cookiecutter.__module }}/internal/apptest"
{% if cookiecutter.database != 'memory' %}
	"{{ cookiecutter.__module }}/internal/db"
	"{{ cookiecutter.__module }}/internal/db/dbtest"
	"{{ cookiecutter.__module }}/internal/users"
{% endif %}
)

var moment = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`)

// startWithUser runs the service with a user whose name is ada, and returns her path.
func startWithUser(t *testing.T) (s *apptest.Service, path string) {
	t.Helper()
	s = apptest.Start(t)
	return s, s.Create(t, "ada")
}

func TestACreatedUserCanBeRead(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t)
	created := s.Do(t, "POST", "/users", `{"name":"  Zoë <&> \u2028x ","email":" Zoe@Example.com ","age":30}`)
	created.Want(t, http.StatusCreated)
	got := created.Object(t)
	if got["name"] != "Zoë <&> \u2028x" || got["email"] != "zoe@example.com" || got["age"] != 30.0 || got["version"] != 1.0 {
		t.Errorf("got %s", created.Body)
	}
	for _, name := range []string{"created_at", "updated_at"} {
		if text, _ := got[name].(string); !moment.MatchString(text) {
			t.Errorf("got %s %v", name, got[name])
		}
	}
	read := s.Do(t, "GET", created.Header.Get("Location"), "")
	read.Want(t, http.StatusOK)
	read.WantHeader(t, "ETag", `"1"`)
	if read.Body != created.Body {
		t.Errorf("got %s, want %s", read.Body, created.Body)
	}
}

func TestAnUnknownUserIsNotFound(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t)
	for method, body := range map[string]string{"GET": "", "PUT": `{"name":"a","email":"a@b"}`, "PATCH": "{}", "DELETE": ""} {
		s.Do(t, method, "/users/99", body, `If-Match: "1"`).WantProblem(t, http.StatusNotFound)
	}
	s.Do(t, "GET", "/users/99/profile", "").WantProblem(t, http.StatusNotFound)
	s.Do(t, "PUT", "/users/99/profile", "{}").WantProblem(t, http.StatusNotFound)
}

func TestAnIDIsAPositiveInteger(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t)
	for _, id := range []string{"x", "0", "-1", "1.0", "9223372036854775808"} {
		s.Do(t, "GET", "/users/"+id, "").WantProblem(t, http.StatusBadRequest, "id")
	}
}

func TestAnEmailAddressIsUnique(t *testing.T) {
	t.Parallel()
	s, _ := startWithUser(t)
	bob := s.Create(t, "bob")
	for _, taken := range []apptest.Answer{
		s.Do(t, "POST", "/users", `{"name":"a","email":"ADA@example.com"}`),
		s.Do(t, "PATCH", bob, `{"email":"ADA@example.com"}`),
		s.Do(t, "PUT", bob, `{"name":"b","email":"ada@example.com"}`),
	} {
		taken.WantProblem(t, http.StatusConflict)
		if detail, _ := taken.Object(t)["detail"].(string); !strings.Contains(detail, "e-mail") {
			t.Errorf("got %s", taken.Body)
		}
	}
	if got := s.Do(t, "GET", bob, "").Object(t); got["version"] != 1.0 {
		t.Errorf("a refused change changed the user: %v", got)
	}
}

func TestOneOfManySimultaneousCreationsWins(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t)
	statuses := apptest.InParallel(20, func(int) int {
		return s.Do(t, "POST", "/users", `{"name":"Ada","email":"ada@example.com"}`).Status
	})
	if statuses[http.StatusCreated] != 1 || statuses[http.StatusConflict] != 19 {
		t.Errorf("got %v", statuses)
	}
}

func TestNoSimultaneousChangeIsLost(t *testing.T) {
	t.Parallel()
	s, path := startWithUser(t)
	statuses := apptest.InParallel(10, func(number int) int {
		return s.Do(t, "PATCH", path, fmt.Sprintf(`{"name":"Ada %d"}`, number)).Status
	})
	if got := s.Do(t, "GET", path, "").Object(t); statuses[http.StatusOK] != 10 || got["version"] != 11.0 {
		t.Errorf("got %v and %v", statuses, got)
	}
}

func TestOneOfManyConditionalChangesWins(t *testing.T) {
	t.Parallel()
	s, path := startWithUser(t)
	statuses := apptest.InParallel(10, func(number int) int {
		return s.Do(t, "PATCH", path, fmt.Sprintf(`{"age":%d}`, number), `If-Match: "1"`).Status
	})
	if statuses[http.StatusOK] != 1 || statuses[http.StatusPreconditionFailed] != 9 {
		t.Errorf("got %v", statuses)
	}
}

func TestPutReplacesEveryField(t *testing.T) {
	t.Parallel()
	s, path := startWithUser(t)
	s.Do(t, "PATCH", path, `{"age":36}`).Want(t, http.StatusOK)
	replaced := s.Do(t, "PUT", path, `{"name":"Bob","email":"bob@example.com"}`)
	replaced.Want(t, http.StatusOK)
	got := replaced.Object(t)
	if got["name"] != "Bob" || got["email"] != "bob@example.com" || got["age"] != nil || got["version"] != 3.0 {
		t.Errorf("got %s", replaced.Body)
	}
	s.Do(t, "PUT", path, `{"name":"Bob"}`).WantProblem(t, http.StatusBadRequest, "/email")
}

func TestPatchChangesTheFieldsThatAreSent(t *testing.T) {
	t.Parallel()
	s, path := startWithUser(t)
	patched := s.Do(t, "PATCH", path, `{"name":"Bob","age":36}`, "Content-Type: application/merge-patch+json; charset=utf-8")
	patched.Want(t, http.StatusOK)
	if got := patched.Object(t); got["name"] != "Bob" || got["email"] != "ada@example.com" || got["age"] != 36.0 {
		t.Errorf("got %s", patched.Body)
	}
	if got := s.Do(t, "PATCH", path, `{"age":null}`).Object(t); got["age"] != nil || got["version"] != 3.0 {
		t.Errorf("got %v", got)
	}
}

func TestAChangeThatChangesNothingKeepsTheVersion(t *testing.T) {
	t.Parallel()
	s, path := startWithUser(t)
	before := s.Do(t, "GET", path, "").Body
	for _, same := range []apptest.Answer{
		s.Do(t, "PATCH", path, "{}"),
		s.Do(t, "PATCH", path, `{"name":" ada ","age":null}`),
		s.Do(t, "PUT", path, `{"name":"ada","email":"ADA@example.com"}`),
	} {
		if same.Status != http.StatusOK || same.Body != before {
			t.Errorf("got %d %s, want %s", same.Status, same.Body, before)
		}
	}
}

func TestIfMatchGuardsEveryChange(t *testing.T) {
	t.Parallel()
	s, path := startWithUser(t)
	s.Do(t, "PATCH", path, `{"age":1}`, `If-Match: "1"`).Want(t, http.StatusOK)
	s.Do(t, "PATCH", path, `{"age":1}`, `If-Match: "1"`).WantProblem(t, http.StatusPreconditionFailed)
	s.Do(t, "PUT", path, `{"name":"a","email":"a@b"}`, `If-Match: "1"`).WantProblem(t, http.StatusPreconditionFailed)
	s.Do(t, "DELETE", path, "", `If-Match: W/"2"`).WantProblem(t, http.StatusPreconditionFailed)
	s.Do(t, "PATCH", path, `{"age":2}`, `If-Match: *`).Want(t, http.StatusOK)
	s.Do(t, "DELETE", path, "", `If-Match: "1", "3"`).Want(t, http.StatusNoContent)
}

func TestAKnownVersionIsNotSentAgain(t *testing.T) {
	t.Parallel()
	s, path := startWithUser(t)
	for _, method := range []string{"GET", "HEAD"} {
		unchanged := s.Do(t, method, path, "", `If-None-Match: W/"1"`)
		unchanged.Want(t, http.StatusNotModified)
		unchanged.WantHeader(t, "ETag", `"1"`)
		if unchanged.Body != "" {
			t.Errorf("got %s", unchanged.Body)
		}
	}
	s.Do(t, "GET", path, "", `If-None-Match: "2"`).Want(t, http.StatusOK)
	expanded := s.Do(t, "GET", path+"?expand=profile", "", `If-None-Match: "1"`)
	expanded.Want(t, http.StatusOK)
	expanded.WantHeader(t, "ETag", "")
}

func TestADeletedUserTakesTheProfileAlong(t *testing.T) {
	t.Parallel()
	s, path := startWithUser(t)
	s.Do(t, "PUT", path+"/profile", "{}").Want(t, http.StatusOK)
	s.Do(t, "DELETE", path, "").Want(t, http.StatusNoContent)
	s.Do(t, "GET", path+"/profile", "").WantProblem(t, http.StatusNotFound)
	again := s.Create(t, "ada")
	if again == path {
		t.Errorf("%s is in use again", path)
	}
	s.Do(t, "GET", again+"/profile", "").WantProblem(t, http.StatusNotFound)
}

func TestAProfileIsMadeByItsFirstPut(t *testing.T) {
	t.Parallel()
	s, path := startWithUser(t)
	s.Do(t, "GET", path+"/profile", "").WantProblem(t, http.StatusNotFound)
	first := s.Do(t, "PUT", path+"/profile", `{"bio":" 🙂\n","website":"https://a.example/?b"}`)
	first.Want(t, http.StatusOK)
	got := first.Object(t)
	if got["bio"] != " 🙂\n" || got["location"] != "" || got["website"] != "https://a.example/?b" {
		t.Errorf("got %s", first.Body)
	}
	same := s.Do(t, "PUT", path+"/profile", `{"bio":" 🙂\n","website":"https://a.example/?b"}`)
	if read := s.Do(t, "GET", path+"/profile", ""); read.Body != first.Body || same.Body != first.Body {
		t.Errorf("got %s and %s, want %s", read.Body, same.Body, first.Body)
	}
	if got := s.Do(t, "PUT", path+"/profile", `{"location":"Here"}`).Object(t); got["bio"] != "" || got["location"] != "Here" {
		t.Errorf("got %v", got)
	}
	if got := s.Do(t, "GET", path, "").Object(t); got["version"] != 1.0 {
		t.Errorf("the profile changed the user: %v", got)
	}
}

func TestSimultaneousProfilesDoNotFail(t *testing.T) {
	t.Parallel()
	s, path := startWithUser(t)
	statuses := apptest.InParallel(10, func(number int) int {
		return s.Do(t, "PUT", path+"/profile", fmt.Sprintf(`{"bio":"%d"}`, number)).Status
	})
	if statuses[http.StatusOK] != 10 {
		t.Errorf("got %v", statuses)
	}
}

func TestPagesFollowEachOther(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t)
	for number := range 5 {
		s.Create(t, fmt.Sprint("user", number))
	}
	s.Do(t, "DELETE", s.Create(t, "gone"), "").Want(t, http.StatusNoContent)
	var seen []float64
	for path := "/users?limit=2"; path != ""; {
		page := s.Do(t, "GET", path, "")
		page.Want(t, http.StatusOK)
		for _, item := range page.Object(t)["items"].([]any) {
			seen = append(seen, item.(map[string]any)["id"].(float64))
		}
		link := page.Header.Get("Link")
		path, _, _ = strings.Cut(strings.TrimPrefix(link, "<"), ">")
		if cursor, more := page.Object(t)["next_cursor"].(string); more != strings.Contains(link, "cursor="+cursor) || more == (link == "") {
			t.Errorf("got the cursor %q and Link %q", cursor, link)
		}
	}
	if !slices.IsSorted(seen) || len(seen) != {{ 6 if cookiecutter.auth == 'jwt' else 5 }} {
		t.Errorf("got %v", seen)
	}
}

func TestAPageEmbedsProfiles(t *testing.T) {
	t.Parallel()
	s, path := startWithUser(t)
	s.Create(t, "bob")
	profile := s.Do(t, "PUT", path+"/profile", "{}").Body
	page := s.Do(t, "GET", "/users?expand=profile&unknown=1", "")
	if !strings.Contains(page.Body, `"profile":`+profile) || !strings.Contains(page.Body, `"profile":null`) {
		t.Errorf("got %s", page.Body)
	}
	if one := s.Do(t, "GET", path+"?expand=profile", ""); !strings.Contains(one.Body, `"profile":`+profile) {
		t.Errorf("got %s", one.Body)
	}
	if plain := s.Do(t, "GET", "/users", ""); strings.Contains(plain.Body, "profile") {
		t.Errorf("got %s", plain.Body)
	}
}
{% if cookiecutter.database != 'memory' %}

func TestProfilesTakeOneMoreQuery(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t)
	for number := range 5 {
		s.Do(t, "PUT", s.Create(t, fmt.Sprint("user", number))+"/profile", "{}").Want(t, http.StatusOK)
	}
	queries := dbtest.CountQueries(t, s.Database)
	count := func(path string) int64 {
		before := queries.Load()
		s.Do(t, "GET", path, "").Want(t, http.StatusOK)
		return queries.Load() - before
	}
	if plain, expanded := count("/users"), count("/users?expand=profile"); expanded != plain+1 {
		t.Errorf("got %d queries, and %d with profiles", plain, expanded)
	}
}

func TestAProfileKeepsTheTimeThatWasTold(t *testing.T) {
	t.Parallel()
	s, path := startWithUser(t)
	id, err := strconv.ParseInt(path[strings.LastIndex(path, "/")+1:], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	store := users.NewStore(s.Database)
	for minutes := range 2 {
		told := users.Profile{UserID: id, UpdatedAt: db.At(time.Date(2026, 1, 31, 9, minutes, 0, 0, time.UTC))}
		told.Bio = told.UpdatedAt.String()
		if _, err := store.PutProfile(t.Context(), told); err != nil {
			t.Fatal(err)
		}
		if read, err := store.Profile(t.Context(), id); err != nil || *read != told {
			t.Errorf("got %v and %v, want %v", read, err, told)
		}
	}
}
{% endif %}

func TestAListCanBeFilteredByEmail(t *testing.T) {
	t.Parallel()
	s, _ := startWithUser(t)
	s.Create(t, "bob")
	page := s.Do(t, "GET", "/users?email=+BOB%40example.com", "")
	if items := page.Object(t)["items"].([]any); len(items) != 1 || items[0].(map[string]any)["name"] != "bob" {
		t.Errorf("got %s", page.Body)
	}
	if got := s.Do(t, "GET", "/users?email=eve@example.com", "").Body; got != `{"items":[],"next_cursor":null}` {
		t.Errorf("got %s", got)
	}
}

func TestEveryWrongParameterIsReported(t *testing.T) {
	t.Parallel()
	s, path := startWithUser(t)
	s.Do(t, "GET", "/users?expand=x&email=x&limit=0", "").WantProblem(t, http.StatusBadRequest, "limit", "email", "expand")
	s.Do(t, "GET", "/users?expand=x&cursor=x&limit=x", "").WantProblem(t, http.StatusBadRequest, "cursor", "limit")
	for _, limit := range []string{"0", "101", "x", "1.0", "99999999999999999999"} {
		s.Do(t, "GET", "/users?limit="+limit, "").WantProblem(t, http.StatusBadRequest, "limit")
	}
	s.Do(t, "GET", path+"?expand=x", "").WantProblem(t, http.StatusBadRequest, "expand")
}

func TestEveryWrongFieldIsReported(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t)
	for body, places := range map[string][]string{
		`{}`:                                                          {"/name", "/email"},
		`{"name":null,"email":"a@b"}`:                                 {"/name"},
		`{"name":"a","email":"a@b","age":"x"}`:                        {"/age"},
		`{"name":"a","email":"a@b","id":1}`:                           {"/id"},
		`{"name":" ","email":"a","age":151}`:                          {"/name", "/email", "/age"},
		`{"name":"a\u0007","email":"a@b@c","age":-1}`:                 {"/name", "/email", "/age"},
		`{"name":"` + strings.Repeat("é", 101) + `","email":"a@b"}`:   {"/name"},
		`{"name":"a","email":"` + strings.Repeat("a", 251) + `@b.c"}`: {"/email"},
		`{"name":"a","email":"a@b","age":0.5}`:                        {"/age"},
		`{"name":"a","email":"a@b","a/b~c":1}`:                        {"/a~1b~0c"},
	} {
		s.Do(t, "POST", "/users", body).WantProblem(t, http.StatusBadRequest, places...)
	}
	s.Do(t, "POST", "/users", `{"name":"`+strings.Repeat("é", 100)+`","email":"a@b","age":0}`).Want(t, http.StatusCreated)
}
