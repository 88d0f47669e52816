package httpapi_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
)

const moment = `"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"`

func TestACreatedUserCanBeRead(t *testing.T) {
	s := start(t)
	created := s.do(t, "POST", "/users", `{"name":"  Zoë <&> \u2028x ","email":" Zoe@Example.com ","age":3e1}`)
	created.want(t, http.StatusCreated)
	created.wantHeader(t, "Location", "/users/1")
	created.wantHeader(t, "Content-Type", "application/json")
	want := regexp.MustCompile(`^\{"id":1,"name":"Zoë <&> ` + "\u2028" + `x","email":"zoe@example\.com","age":30,{% if cookiecutter.auth == 'jwt' %}"role":"user",{% endif %}` +
		`"created_at":` + moment + `,"updated_at":` + moment + `,"version":1\}$`)
	if !want.MatchString(created.body) {
		t.Errorf("got %s", created.body)
	}
	read := s.do(t, "GET", "/users/1", "")
	read.want(t, http.StatusOK)
	read.wantHeader(t, "ETag", `"1"`)
	if read.body != created.body {
		t.Errorf("got %s, want %s", read.body, created.body)
	}
}

func TestAnUnknownUserIsNotFound(t *testing.T) {
	s := start(t)
	for method, body := range map[string]string{"GET": "", "PUT": `{"name":"a","email":"a@b"}`, "PATCH": "{}", "DELETE": ""} {
		s.do(t, method, "/users/9", body, "If-Match: \"1\"").wantProblem(t, http.StatusNotFound, "User 9 does not exist.")
	}
	s.do(t, "GET", "/users/9/profile", "").wantProblem(t, http.StatusNotFound, "User 9 does not exist.")
	s.do(t, "PUT", "/users/9/profile", "{}").wantProblem(t, http.StatusNotFound, "User 9 does not exist.")
}

func TestAnEmailAddressIsUnique(t *testing.T) {
	s := start(t)
	s.create(t, "ada")
	id := s.create(t, "bob")
	const taken = "The e-mail address is already taken."
	s.do(t, "POST", "/users", `{"name":"a","email":"ADA@example.com"}`).wantProblem(t, http.StatusConflict, taken)
	s.do(t, "PATCH", fmt.Sprint("/users/", id), `{"email":"ADA@example.com"}`).wantProblem(t, http.StatusConflict, taken)
	s.do(t, "PUT", fmt.Sprint("/users/", id), `{"name":"b","email":"ada@example.com"}`).wantProblem(t, http.StatusConflict, taken)
	if got := s.do(t, "GET", fmt.Sprint("/users/", id), "").object(t); got["version"] != 1.0 {
		t.Errorf("a refused change changed the user: %v", got)
	}
}

func TestOneOfManySimultaneousCreationsWins(t *testing.T) {
	s := start(t)
	statuses := inParallel(20, func(int) int {
		return s.do(t, "POST", "/users", `{"name":"Ada","email":"ada@example.com"}`).status
	})
	if statuses[http.StatusCreated] != 1 || statuses[http.StatusConflict] != 19 {
		t.Errorf("got %v", statuses)
	}
}

func TestNoSimultaneousChangeIsLost(t *testing.T) {
	s := start(t)
	id := s.create(t, "ada")
	statuses := inParallel(10, func(number int) int {
		body := fmt.Sprintf(`{"name":"Ada %d"}`, number)
		return s.do(t, "PATCH", fmt.Sprint("/users/", id), body).status
	})
	if got := s.do(t, "GET", fmt.Sprint("/users/", id), "").object(t); statuses[http.StatusOK] != 10 || got["version"] != 11.0 {
		t.Errorf("got %v and %v", statuses, got)
	}
}

func TestOneOfManyConditionalChangesWins(t *testing.T) {
	s := start(t)
	id := s.create(t, "ada")
	statuses := inParallel(10, func(number int) int {
		return s.do(t, "PATCH", fmt.Sprint("/users/", id), fmt.Sprintf(`{"age":%d}`, number), `If-Match: "1"`).status
	})
	if statuses[http.StatusOK] != 1 || statuses[http.StatusPreconditionFailed] != 9 {
		t.Errorf("got %v", statuses)
	}
}

func TestPutReplacesEveryField(t *testing.T) {
	s := start(t)
	s.do(t, "POST", "/users", `{"name":"Ada","email":"ada@example.com","age":36}`).want(t, http.StatusCreated)
	replaced := s.do(t, "PUT", "/users/1", `{"name":"Bob","email":"bob@example.com"}`)
	replaced.want(t, http.StatusOK)
	replaced.wantHeader(t, "ETag", "")
	got := replaced.object(t)
	if got["name"] != "Bob" || got["email"] != "bob@example.com" || got["age"] != nil || got["version"] != 2.0 {
		t.Errorf("got %s", replaced.body)
	}
	s.do(t, "PUT", "/users/1", `{"name":"Bob"}`).want(t, http.StatusBadRequest)
}

func TestPatchChangesTheFieldsThatAreSent(t *testing.T) {
	s := start(t)
	s.do(t, "POST", "/users", `{"name":"Ada","email":"ada@example.com","age":36}`).want(t, http.StatusCreated)
	patched := s.do(t, "PATCH", "/users/1", `{"name":"Bob"}`, "Content-Type: application/merge-patch+json; charset=utf-8")
	patched.want(t, http.StatusOK)
	if got := patched.object(t); got["name"] != "Bob" || got["age"] != 36.0 || got["version"] != 2.0 {
		t.Errorf("got %s", patched.body)
	}
	if got := s.do(t, "PATCH", "/users/1", `{"age":null}`).object(t); got["age"] != nil || got["version"] != 3.0 {
		t.Errorf("got %v", got)
	}
}

func TestAChangeThatChangesNothingKeepsTheVersion(t *testing.T) {
	s := start(t)
	created := s.do(t, "POST", "/users", `{"name":"Ada","email":"ada@example.com","age":36}`)
	for _, same := range []answer{
		s.do(t, "PATCH", "/users/1", "{}"),
		s.do(t, "PATCH", "/users/1", `{"name":" Ada ","age":36.0}`),
		s.do(t, "PUT", "/users/1", `{"name":"Ada","email":"ADA@example.com","age":36}`),
	} {
		if same.status != http.StatusOK || same.body != created.body {
			t.Errorf("got %d %s, want %s", same.status, same.body, created.body)
		}
	}
}

func TestIfMatchGuardsEveryChange(t *testing.T) {
	s := start(t)
	s.create(t, "ada")
	const stale = "The user is no longer at that version."
	s.do(t, "PATCH", "/users/1", `{"age":1}`, `If-Match: "1"`).want(t, http.StatusOK)
	s.do(t, "PATCH", "/users/1", `{"age":1}`, `If-Match: "1"`).wantProblem(t, http.StatusPreconditionFailed, stale)
	s.do(t, "PUT", "/users/1", `{"name":"a","email":"a@b"}`, `If-Match: "1"`).wantProblem(t, http.StatusPreconditionFailed, stale)
	s.do(t, "DELETE", "/users/1", "", `If-Match: W/"2"`).wantProblem(t, http.StatusPreconditionFailed, stale)
	s.do(t, "PATCH", "/users/1", `{"age":2}`, `If-Match: *`).want(t, http.StatusOK)
	s.do(t, "DELETE", "/users/1", "", `If-Match: "1", "3"`).want(t, http.StatusNoContent)
}

func TestAKnownVersionIsNotSentAgain(t *testing.T) {
	s := start(t)
	s.create(t, "ada")
	for _, method := range []string{"GET", "HEAD"} {
		unchanged := s.do(t, method, "/users/1", "", `If-None-Match: W/"1"`)
		unchanged.want(t, http.StatusNotModified)
		unchanged.wantHeader(t, "ETag", `"1"`)
		unchanged.wantHeader(t, "Content-Type", "")
		if unchanged.body != "" {
			t.Errorf("got %s", unchanged.body)
		}
	}
	s.do(t, "GET", "/users/1", "", `If-None-Match: "2"`).want(t, http.StatusOK)
	expanded := s.do(t, "GET", "/users/1?expand=profile", "", `If-None-Match: "1"`)
	expanded.want(t, http.StatusOK)
	expanded.wantHeader(t, "ETag", "")
}

func TestADeletedUserTakesItsProfileAlong(t *testing.T) {
	s := start(t)
	s.create(t, "ada")
	s.do(t, "PUT", "/users/1/profile", "{}").want(t, http.StatusOK)
	deleted := s.do(t, "DELETE", "/users/1", "")
	deleted.want(t, http.StatusNoContent)
	deleted.wantHeader(t, "Content-Type", "")
	s.do(t, "GET", "/users/1/profile", "").wantProblem(t, http.StatusNotFound, "User 1 does not exist.")
	if id := s.create(t, "ada"); id != 2 {
		t.Errorf("got id %d, which is in use again", id)
	}
	s.do(t, "GET", "/users/2/profile", "").wantProblem(t, http.StatusNotFound, "User 2 has no profile.")
}

func TestAProfileIsMadeByItsFirstPut(t *testing.T) {
	s := start(t)
	s.create(t, "ada")
	s.do(t, "GET", "/users/1/profile", "").wantProblem(t, http.StatusNotFound, "User 1 has no profile.")
	first := s.do(t, "PUT", "/users/1/profile", `{"bio":" 🙂\n","website":"https://a.example/?b"}`)
	want := regexp.MustCompile(`^\{"user_id":1,"bio":" 🙂\\n","location":"","website":"https://a\.example/\?b","updated_at":` + moment + `\}$`)
	if first.status != http.StatusOK || !want.MatchString(first.body) {
		t.Errorf("got %d %s", first.status, first.body)
	}
	if got := s.do(t, "GET", "/users/1/profile", ""); got.body != first.body {
		t.Errorf("got %s, want %s", got.body, first.body)
	}
	if got := s.do(t, "PUT", "/users/1/profile", `{"location":"Here"}`).object(t); got["bio"] != "" || got["location"] != "Here" {
		t.Errorf("got %v", got)
	}
	if got := s.do(t, "GET", "/users/1", "").object(t); got["version"] != 1.0 {
		t.Errorf("the profile changed the user: %v", got)
	}
}

func TestSimultaneousProfilesDoNotFail(t *testing.T) {
	s := start(t)
	s.create(t, "ada")
	statuses := inParallel(10, func(number int) int {
		return s.do(t, "PUT", "/users/1/profile", fmt.Sprintf(`{"bio":"%d"}`, number)).status
	})
	if statuses[http.StatusOK] != 10 {
		t.Errorf("got %v", statuses)
	}
}

func TestPagesFollowEachOther(t *testing.T) {
	s := start(t)
	for number := range 5 {
		s.create(t, fmt.Sprint("user", number))
	}
	s.do(t, "DELETE", "/users/2", "").want(t, http.StatusNoContent)
	var seen []string
	path := "/users?limit=2"
	for path != "" {
		page := s.do(t, "GET", path, "")
		page.want(t, http.StatusOK)
		for _, item := range page.object(t)["items"].([]any) {
			seen = append(seen, fmt.Sprint(item.(map[string]any)["id"]))
		}
		cursor, more := page.object(t)["next_cursor"].(string)
		path = ""
		if more {
			path = "/users?limit=2&cursor=" + cursor
			page.wantHeader(t, "Link", "<"+path+`>; rel="next"`)
		} else {
			page.wantHeader(t, "Link", "")
		}
	}
	if got := strings.Join(seen, " "); got != "1 3 4 5" {
		t.Errorf("got %s", got)
	}
}

func TestAPageEmbedsProfiles(t *testing.T) {
	s := start(t)
	s.create(t, "ada")
	s.create(t, "bob")
	s.create(t, "eve")
	profile := s.do(t, "PUT", "/users/1/profile", "{}").body
	page := s.do(t, "GET", "/users?expand=profile&foo=1&limit=2", "")
	page.wantHeader(t, "Link", `</users?limit=2&cursor=YWZ0ZXI6Mg&expand=profile>; rel="next"`)
	if !strings.Contains(page.body, `"version":1,"profile":`+profile+"},") || !strings.Contains(page.body, `"version":1,"profile":null}]`) {
		t.Errorf("got %s", page.body)
	}
	one := s.do(t, "GET", "/users/1?expand=profile", "")
	if !strings.HasSuffix(one.body, `"version":1,"profile":`+profile+"}") {
		t.Errorf("got %s", one.body)
	}
}

func TestAListCanBeFilteredByEmail(t *testing.T) {
	s := start(t)
	s.create(t, "ada")
	s.create(t, "bob")
	page := s.do(t, "GET", "/users?email=+BOB%40example.com", "")
	if items := page.object(t)["items"].([]any); len(items) != 1 || items[0].(map[string]any)["id"] != 2.0 {
		t.Errorf("got %s", page.body)
	}
	if got := s.do(t, "GET", "/users?email=eve@example.com", "").body; got != `{"items":[],"next_cursor":null}` {
		t.Errorf("got %s", got)
	}
}

func TestEveryWrongParameterIsReportedInOrder(t *testing.T) {
	s := start(t)
	got := s.do(t, "GET", "/users?expand=x&email=x&cursor=x&limit=1&limit=1", "")
	want := `"errors":[{"parameter":"limit","message":"must be an integer from 1 to 100"},` +
		`{"parameter":"cursor","message":"is not a cursor of this service"},` +
		`{"parameter":"email","message":"must be a valid e-mail address of at most 254 characters"},` +
		`{"parameter":"expand","message":"must be profile"}]}`
	if got.status != http.StatusBadRequest || !strings.HasSuffix(got.body, want) {
		t.Errorf("got %d %s", got.status, got.body)
	}
	got = s.do(t, "GET", "/users/x?expand=", "")
	want = `"errors":[{"parameter":"id","message":"must be a positive integer"},{"parameter":"expand","message":"must be profile"}]}`
	if got.status != http.StatusBadRequest || !strings.HasSuffix(got.body, want) {
		t.Errorf("got %d %s", got.status, got.body)
	}
}

// inParallel calls a function many times at once and counts what it returns.
func inParallel(times int, call func(number int) int) map[int]int {
	results := make([]int, times)
	var group sync.WaitGroup
	begin := make(chan struct{})
	for number := range times {
		group.Go(func() {
			<-begin
			results[number] = call(number)
		})
	}
	close(begin)
	group.Wait()
	counts := make(map[int]int)
	for _, result := range results {
		counts[result]++
	}
	return counts
}
