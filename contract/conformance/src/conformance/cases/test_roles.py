"""Who may call what: every route as nobody, as another user, as the user itself and as an admin."""

from dataclasses import dataclass
from typing import Any

import pytest

from conformance import demands, values
from conformance.accounts import Account
from conformance.demands import demand, demand_equal, demand_problem, demand_status, demand_unauthorized
from conformance.service import Answer, Service, unique_email

AREA = "roles"

USERS = "README.md, Auth: Users"

pytestmark = [pytest.mark.auth("jwt"), pytest.mark.section(USERS)]

EVERYONE = ("nobody", "another user", "the user", "an admin")
USERS_THEMSELVES = ("the user", "an admin")
ADMINS = ("an admin",)
NOBODY_ELSE = ("another user", "the user", "an admin")


@dataclass(frozen=True)
class Route:
    """A call, with `{}` for the id of a user; the status that it has as it is sent, and who may make it."""

    method: str
    target: str
    status: int
    callers: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.method} {self.target.format('{id}')}"


ROUTES = [
    Route("GET", "/users", 200, ADMINS),
    Route("HEAD", "/users", 200, ADMINS),
    Route("GET", "/users?email=ada@example.com", 200, ADMINS),
    Route("POST", "/users", 201, ADMINS),
    Route("GET", "/users/{}", 200, USERS_THEMSELVES),
    Route("HEAD", "/users/{}", 200, USERS_THEMSELVES),
    Route("GET", "/users/{}?expand=profile", 200, USERS_THEMSELVES),
    Route("PUT", "/users/{}", 200, USERS_THEMSELVES),
    Route("PATCH", "/users/{}", 200, USERS_THEMSELVES),
    Route("DELETE", "/users/{}", 204, ADMINS),
    Route("GET", "/users/{}/profile", 200, USERS_THEMSELVES),
    Route("HEAD", "/users/{}/profile", 200, USERS_THEMSELVES),
    Route("PUT", "/users/{}/profile", 200, USERS_THEMSELVES),
    Route("GET", "/auth/me", 200, NOBODY_ELSE),
    Route("HEAD", "/auth/me", 200, NOBODY_ELSE),
    Route("GET", "/healthz", 200, EVERYONE),
    Route("GET", "/readyz", 200, EVERYONE),
    Route("GET", "/openapi.json", 200, EVERYONE),
    Route("GET", "/docs", 200, EVERYONE),
]
OF_A_USER = [route for route in ROUTES if "{}" in route.target]

every_route = pytest.mark.parametrize("route", ROUTES, ids=[route.name for route in ROUTES])
every_route_of_a_user = pytest.mark.parametrize("route", OF_A_USER, ids=[route.name for route in OF_A_USER])


@pytest.fixture(scope="module")
def owner(service: Service, member: Account) -> Account:
    """The member, with a profile."""
    service.put(f"{member.path}/profile", {"bio": "b"})
    return member


def client_of(caller: str, service: Service, public: Service, owner: Account, stranger: Account) -> Service:
    return {"nobody": public, "another user": stranger.client, "the user": owner.client, "an admin": service}[caller]


def send(client: Service, route: Route, user: dict[str, Any]) -> Answer:
    """Make a call that is valid, and that leaves a user as it is."""
    same = {"name": user["name"], "email": user["email"]}
    bodies: dict[str, Any] = {"POST": {"name": "Ada", "email": unique_email()}, "PUT": same, "PATCH": {"name": user["name"]}}
    data = {"bio": "b"} if route.method == "PUT" and route.target.endswith("profile") else bodies.get(route.method)
    return client.send(route.method, route.target.format(user["id"]), data=data)


def demand_forbidden(answer: Answer, what: str) -> None:
    demand_status(answer, 403, what)
    demand("WWW-Authenticate" not in answer.headers, f"{what}: 403 without WWW-Authenticate", answer)
    if answer.method != "HEAD":
        demand_problem(answer, 403, what)


@every_route
@pytest.mark.parametrize("caller", EVERYONE)
def test_route(service: Service, public: Service, owner: Account, stranger: Account, route: Route, caller: str) -> None:
    user = service.new_user() if route.method == "DELETE" and caller == "an admin" else owner.user
    answer = send(client_of(caller, service, public, owner, stranger), route, user)
    if caller in route.callers:
        demand_status(answer, route.status, f"{caller} may do this")
    elif caller == "nobody":
        demand_unauthorized(answer, demands.NO_TOKEN, "this needs a token")
    else:
        demand_forbidden(answer, f"{caller} may not do this")


@every_route_of_a_user
@pytest.mark.parametrize("number", [2**63 - 1, 1], ids=["that is not there", "1"])
def test_another_record_is_refused_alike(stranger: Account, owner: Account, route: Route, number: int) -> None:
    answer = send(stranger.client, route, owner.user | {"id": number})
    demand_forbidden(answer, "being refused another's record reads 403, whether or not it exists")


@every_route_of_a_user
def test_admin_is_told_what_is_not_there(service: Service, owner: Account, route: Route) -> None:
    answer = send(service, route, owner.user | {"id": 2**63 - 1})
    demand_status(answer, 404, "an admin may do this, and there is no such user")


@pytest.mark.parametrize(
    ("method", "target", "data"),
    [
        ("PUT", "{}", {"name": "Mallory", "email": "mallory@conformance.example"}),
        ("PATCH", "{}", {"name": "Mallory"}),
        ("PATCH", "{}", {"password": "mallory was here"}),
        ("PATCH", "{}", {"role": "admin"}),
        ("DELETE", "{}", None),
        ("PUT", "{}/profile", {"bio": "Mallory was here"}),
    ],
    ids=["PUT", "PATCH", "PATCH of the password", "PATCH of the role", "DELETE", "PUT of the profile"],
)
@pytest.mark.parametrize("caller", ["nobody", "another user"])
def test_refused_call_changes_nothing(
    service: Service, public: Service, stranger: Account, user: dict[str, Any], method: str, target: str, data: Any, caller: str
) -> None:
    path = f"/users/{user['id']}"
    service.put(f"{path}/profile", {"bio": "b"})
    before = service.get(f"{path}?expand=profile")
    client = public if caller == "nobody" else stranger.client
    client.send(method, target.format(path), data=data)
    after = service.get(f"{path}?expand=profile")
    demand_equal((after.status, after.data), (200, before.data), "a call that is refused changes nothing", after)


@pytest.mark.parametrize("caller", ["nobody", "another user"])
def test_refused_creation_makes_no_user(service: Service, public: Service, stranger: Account, caller: str) -> None:
    email = unique_email()
    (public if caller == "nobody" else stranger.client).post("/users", {"name": "Mallory", "email": email})
    answer = service.get(f"/users?email={email}")
    demand_equal(answer["items"], [], "a creation that is refused makes no user", answer)


@pytest.mark.parametrize("form", ["/users/%3{}", "/%75sers/{}", "/users/{}?id=1"], ids=["digit", "letter", "query"])
def test_escaped_path_is_the_users_own(member: Account, form: str) -> None:
    answer = member.client.get(form.format(member.user["id"]))
    demand_equal(answer["id"], member.user["id"], "it is the decoded path that counts", answer)


@pytest.mark.parametrize("form", ["/users/%3{}", "/%75sers/{}"], ids=["digit", "letter"])
def test_escaped_path_is_anothers(member: Account, stranger: Account, form: str) -> None:
    answer = stranger.client.get(form.format(member.user["id"]))
    demand_forbidden(answer, "it is the decoded path that counts")


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        values.case("X-User-ID", {"X-User-ID": "{}"}, ""),
        values.case("X-HTTP-Method-Override", {"X-HTTP-Method-Override": "OPTIONS"}, ""),
        values.case("X-Original-URL", {"X-Original-URL": "/healthz"}, ""),
        values.case("X-Forwarded-For", {"X-Forwarded-For": "127.0.0.1"}, ""),
        values.case("role in the query", {}, "?role=admin"),
        values.case("id in the query", {}, "?id={}"),
    ],
)
def test_nothing_but_the_token_tells_who_calls(member: Account, stranger: Account, headers: dict[str, str], query: str) -> None:
    own = str(stranger.user["id"])
    sent = {name: value.format(own) for name, value in headers.items()}
    answer = stranger.client.get(member.path + query.format(own), sent)
    demand_forbidden(answer, "nothing but the token tells who calls")


def test_two_admins_may_do_the_same(service: Service, logins: None, accounts: Any, member: Account) -> None:
    other = accounts.new(role="admin")
    answer = other.client.get(member.path)
    demand_equal(answer["id"], member.user["id"], "every admin may do this", answer)
