"""What the answers mean tells no framework from another: the differential fuzzer, between all, and with differences planted."""

import asyncio
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from differential.case import Request, UserId
from differential.cli import fuzz
from differential.figures import Disagreement, Figures, Verdict
from differential.logins import LOGINS_A_MINUTE, TRUSTED_PROXIES
from differential.normalise import COMPARED_IN_FORM, LEFT_TO_THE_SERVER, Memory, Outcome
from differential.oddities import is_odd
from differential.permitted import verdict_on_request
from differential.report import disagreement_text
from differential.run import Admin, Run
from differential.wire import Answer, Peer
from tests.support import differences, machine, matrix, servers, services
from tools import ROOT, questions

pytestmark = pytest.mark.stamped(
    "contract/differential/src", "contract/differential/pyproject.toml", "contract/differential/uv.lock"
)
DIFFERENTIAL = ROOT / "contract/differential"
SEED = 20_261_120
SETTINGS = {"CORS_ALLOWED_ORIGINS": "https://app.example.com,http://localhost:3000", "LOG_LEVEL": "warning"}
WITH_LOGINS = {
    **services.WITH_LOGINS,
    "LOGIN_ATTEMPTS_PER_MINUTE": str(LOGINS_A_MINUTE),
    "TRUSTED_PROXIES": TRUSTED_PROXIES,
}
ADMIN = Admin(services.ADMIN_EMAIL, services.ADMIN_PASSWORD, WITH_LOGINS["JWT_SECRET"])
# How many well-framed and malformed requests each service gets in the whole proof.
REQUESTS = {
    ("sqlite", "jwt"): (10_000, 600),
    ("sqlite", "none"): (10_000, 400),
    ("postgresql", "jwt"): (2_000, 0),
    ("postgresql", "redis"): (2_000, 0),
    ("postgresql", "none"): (1_000, 0),
    ("mysql", "jwt"): (2_000, 0),
    ("mysql", "none"): (1_000, 0),
    ("memory", "jwt"): (2_000, 300),
    ("memory", "none"): (1_000, 100),
}
# What every change has to pass: other requests than those, so that none is sent twice.
QUICK_SEED = SEED + 1
QUICK_REQUESTS = {("sqlite", "jwt"): (1_000, 60), ("sqlite", "none"): (1_000, 40)}
RUNS = [
    *(pytest.param(*stores, QUICK_SEED, *sizes, id="-".join([*stores, "quick"])) for stores, sizes in QUICK_REQUESTS.items()),
    *(pytest.param(*stores, SEED, *sizes, id="-".join(stores), marks=pytest.mark.thorough) for stores, sizes in REQUESTS.items()),
]
PLANT_REQUESTS = 8_000
PLANT_MALFORMED = 500


def compare(peers: list[Peer], seed: int, requests: int, malformed: int, admin: Admin | None) -> tuple[Figures, str]:
    found: list[Disagreement] = []
    figures = asyncio.run(fuzz(peers, seed, requests, malformed, found, admin))
    return figures, "\n\n".join(disagreement_text(one, seed) for one in found[:20])


@pytest.mark.parametrize(("database", "login", "seed", "requests", "malformed"), RUNS)
def test_the_services_agree(
    database: str,
    login: str,
    seed: int,
    requests: int,
    malformed: int,
    projects: services.Projects,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    auth = "none" if login == "none" else "jwt"
    with ExitStack() as stack:
        peers = []
        for template in matrix.SERVICES:
            project = projects.get(template, database, auth=auth, redis=login == "redis")
            directory = tmp_path / template
            directory.mkdir()
            variables = stack.enter_context(services.fresh_store(database, directory)) | SETTINGS
            if login == "redis":
                variables["REDIS_URL"] = stack.enter_context(servers.fresh_redis())
            if auth == "jwt":
                variables |= WITH_LOGINS
            service = stack.enter_context(services.running(project, variables))
            if auth == "jwt":
                project.create_admin(variables)
            peers.append(Peer(template, machine.HOST, service.port))
        figures, disagreements = compare(peers, seed, requests, malformed, ADMIN if auth == "jwt" else None)
    record_property("requests sent to every framework at once", figures.total)
    record_property("disagreements between frameworks", figures.disagreements.total())
    assert not figures.disagreements, disagreements
    assert figures.total == requests + malformed


def test_the_whole_proof_sends_enough_requests() -> None:
    sent = Counter[str]()
    for run in RUNS:
        database, _, seed, requests, _ = cast(tuple[str, str, int, int, int], run.values)
        is_thorough = [mark.name for mark in run.marks] == ["thorough"]
        assert (seed == SEED) == is_thorough, "the quick runs come on top"
        sent[database] += requests if is_thorough else 0
    assert sent["sqlite"] >= 20_000
    assert {database for database, requests in sent.items() if requests} == {*questions.options()["database"]}


BODY = b'{"status":"ok"}'
HEADERS = (("content-length", "15"), ("date", "Sun, 06 Nov 1994 08:49:37 GMT"), ("x-one", "a"), ("x-one", "b"))


def outcome(*headers: tuple[str, str], to_head: bool = False) -> Outcome:
    return Memory().outcome(Answer(200, headers, BODY), b"GET /healthz HTTP/1.1", to_head=to_head)


@pytest.mark.parametrize(
    "header",
    [
        ("strict-transport-security", "max-age=1"),
        ("x-secret", ""),
        ("deprecation", "@1"),
        ("server", "gin/1"),
        ("server", ""),
        ("connection", "upgrade"),
        ("connection", "close, x"),
        ("keep-alive", "timeout=5"),
        ("content-length", "14"),
    ],
    ids=": ".join,
)
def test_a_header_more_is_a_difference_and_shown(header: tuple[str, str]) -> None:
    outcomes = {"one": (outcome(*HEADERS),), "other": (outcome(*HEADERS, header),)}
    assert len({*outcomes.values()}) == 2
    found = Disagreement(1, "GET /healthz", b"", b"", outcomes)
    assert found.kind == ((0, 1), (header[0],))
    assert f"{header[0]}: " in disagreement_text(found, SEED)


def test_the_difference_in_a_long_body_is_shown() -> None:
    bodies = [b"a" * 5_000 + middle + b"z" * 5_000 for middle in (b"one", b"two")]
    outcomes = {body[5_000:5_003].decode(): (Outcome(200, (), body),) for body in bodies}
    shown = disagreement_text(Disagreement(1, "GET /users", b"", b"", outcomes), SEED)
    assert "aonez" in shown
    assert "atwoz" in shown
    assert len(shown) < 3_000


@pytest.mark.parametrize(
    ("header", "others"),
    [
        ("date", ["Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "0", ""]),
    ],
)
def test_another_value_or_none_is_a_difference(header: str, others: list[str]) -> None:
    without = [(name, value) for name, value in HEADERS if name != header]
    changed = [[*without, (header, other)] for other in others]
    assert all(outcome(*headers) != outcome(*HEADERS) for headers in [without, *changed])


def test_what_says_the_same_is_no_difference() -> None:
    later = [(name, "Mon, 07 Nov 1994 00:00:00 GMT" if name == "date" else value) for name, value in HEADERS]
    assert outcome(("server", "gunicorn"), *later, ("connection", "close")) == outcome(*HEADERS)
    assert outcome(*HEADERS, ("connection", "keep-alive")) == outcome(*HEADERS)
    assert outcome(*HEADERS[2:], *HEADERS[:2]) == outcome(*HEADERS)
    assert outcome(*HEADERS[::-1]) != outcome(*HEADERS), "the order of headers of one name"
    assert outcome(("vary", "Origin"), *HEADERS) == outcome(*HEADERS)


def test_a_length_counts_where_it_is_wrong() -> None:
    right = [outcome(("content-length", "15")), outcome(), outcome(("transfer-encoding", "chunked"))]
    assert len({*right}) == 1
    wrong = [outcome(("content-length", value)) for value in ("14", "015", "x")]
    assert len({right[0], *wrong}) == 4
    heads = [outcome(("content-length", value), to_head=True) for value in ("30", "31", "0", "x")]
    assert heads[0] == heads[1]
    assert len({*heads}) == 3


def problem(**members: object) -> Outcome:
    told = {"type": "about:blank", "title": "Bad Request", "status": 400, "detail": "No.", "instance": "/users", **members}
    body = json.dumps(told).encode()
    headers = (("content-type", "application/problem+json"), ("content-length", str(len(body))))
    return Memory().outcome(Answer(400, headers, body), b"", to_head=False)


def test_words_and_order_are_no_difference() -> None:
    errors = [{"pointer": "/name", "message": "is required"}, {"pointer": "/age", "message": "must be a number"}]
    others = [{"message": "no number", "pointer": "/age"}, {"message": "missing", "pointer": "/name"}]
    assert problem(detail="The request is not valid.", errors=errors) == problem(errors=others)


@pytest.mark.parametrize(
    "members", [{"status": 404}, {"title": "Bad"}, {"errors": []}, {"instance": "/"}, {"detail": ""}, {"trace": "x"}], ids=str
)
def test_what_a_problem_says_is_a_difference(members: dict[str, object]) -> None:
    errors = [{"pointer": "/name", "message": "is required"}]
    assert problem(errors=errors) != problem(**{"errors": errors, **members})


JSON_TYPE = (b"Content-Type", b"application/json")
PLAIN = [
    Request("", b"GET", (b"/users",), ((b"limit=5",), (b"x=1",))),
    Request("", b"GET", (b"/users/abc",), (), ((b"If-None-Match", b'"1", W/"2"'),)),
    Request("", b"GET", (b"/users/", UserId(1)), (), ((b"Authorization", b"Bearer <access 1: claims exp=now-60>"),)),
    Request("", b"POST", (b"/users",), (), (JSON_TYPE,), b'{"name":"a","email":"b@c","age":30}'),
    Request("", b"POST", (b"/users",), (), (JSON_TYPE,), b'{"name":"\\u0000"}'),
    Request("", b"POST", (b"/users",), (), (JSON_TYPE,), b'{"name":'),
    Request("", b"POST", (b"/users",), (), ((b"Content-Type", b"text/plain"),), b"x"),
]
ODD = [
    Request("", b"GET", (b"/users/",)),
    Request("", b"GET", (b"/users/01",)),
    Request("", b"GET", (b"//users",)),
    Request("", b"GET", (b"/users/", UserId(1, percent_encoded=True))),
    Request("", b"GET", (b"/users",), ((b"limit=5",), (b"limit=5",))),
    Request("", b"GET", (b"/users",), ((b"limit=05",),)),
    Request("", b"GET", (b"/users/1",), (), ((b"If-None-Match", b"1"),)),
    Request("", b"GET", (b"/users/1",), (), ((b"Authorization", b"Bearer  <access 1>"),)),
    Request("", b"GET", (b"/users/1",), (), ((b"Authorization", b"Bearer <access 1: header x=1>"),)),
    Request("", b"POST", (b"/users",), (), (JSON_TYPE,), b'{"age":36.0}'),
    Request("", b"POST", (b"/users",), (), (JSON_TYPE,), b'{"age":1,"age":2}'),
    Request("", b"POST", (b"/users",), (), (JSON_TYPE,), b'{"Age":1}'),
    Request("", b"POST", (b"/users",), (), ((b"Content-Type", b"application/json;"),), b"{}"),
]


@pytest.mark.parametrize(("requests", "odd"), [(PLAIN, False), (ODD, True)], ids=["plain", "odd"])
def test_what_is_odd(requests: list[Request], odd: bool) -> None:
    assert [request for request in requests if is_odd(request) != odd] == []


@pytest.mark.parametrize(
    ("request_sent", "statuses", "verdict"),
    [
        (PLAIN[3], (400, 409), Verdict.PERMITTED),
        (PLAIN[3], (400, 422), Verdict.DIFFERENT),
        (PLAIN[3], (201, 400), Verdict.DIFFERENT),
        (PLAIN[3], (401, 400), Verdict.DIFFERENT),
        (PLAIN[3], (401, 413), Verdict.PERMITTED),
        (replace(PLAIN[3], has_one_fault=True), (400, 409), Verdict.DIFFERENT),
        (ODD[9], (201, 400), Verdict.PERMITTED),
        (ODD[9], (201, 500), Verdict.DIFFERENT),
        (ODD[0], (308, 404), Verdict.PERMITTED),
        (ODD[9], (201, 0), Verdict.DIFFERENT),
    ],
    ids=str,
)
def test_how_far_answers_may_differ(request_sent: Request, statuses: tuple[int, int], verdict: Verdict) -> None:
    assert verdict_on_request(request_sent, [Outcome(status, (), b"") for status in statuses]) is verdict


def test_the_readme_tells_which_headers_may_differ() -> None:
    table = (DIFFERENTIAL / "README.md").read_text(encoding="utf-8").partition("| header |")[2].partition("\n\n")[0]
    told = re.findall(r"`([A-Z][\w-]+)`", "".join(re.findall(r"^\|([^|]+)\|", table, re.M)))
    assert sorted(name.lower() for name in told) == sorted([*LEFT_TO_THE_SERVER, *COMPARED_IN_FORM])


async def first_disagreement(
    one: services.Service, port: int, requests: int, malformed: int, admin: Admin | None = None
) -> Disagreement | None:
    found: list[Disagreement] = []
    run = Run([Peer("as it is", machine.HOST, one.port), Peer("planted", machine.HOST, port)], SEED, found.append, admin)
    await run.check_empty()
    try:
        for number in range(1, requests + malformed + 1):
            await run.play(number, requests)
            if found:
                break
    finally:
        run.close()
    return found[0] if found else None


def planted(
    project: services.Project, plant: differences.Plant | None, requests: int, malformed: int, admin: Admin | None
) -> Disagreement | None:
    """Return the first disagreement of a service with one that is like it but for the plant."""
    settings = SETTINGS | (WITH_LOGINS if admin else {})
    with (
        services.running(project, settings) as one,
        services.running(project, {**settings, **(plant.settings if plant else {})}) as other,
        differences.proxy(other.port, plant) as port,
    ):
        return asyncio.run(first_disagreement(one, port, requests, malformed, admin))


@pytest.mark.thorough
@pytest.mark.parametrize("plant", differences.PLANTS, ids=lambda plant: plant.difference)
def test_a_planted_difference_is_found(plant: differences.Plant, projects: services.Projects) -> None:
    sizes = (0, PLANT_MALFORMED) if plant.malformed else (PLANT_REQUESTS, 0)
    assert planted(projects.get("gin-svc", "memory"), plant, *sizes, None)


@pytest.mark.thorough
@pytest.mark.parametrize("plant", differences.PLANTS_OF_LOGINS, ids=lambda plant: plant.difference)
def test_a_difference_planted_in_the_logins_is_found(plant: differences.Plant, projects: services.Projects) -> None:
    assert planted(projects.get("gin-svc", "memory", auth="jwt"), plant, PLANT_REQUESTS, 0, ADMIN)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("auth", "plant"),
    [("none", None), ("jwt", None), *(("jwt", plant) for plant in differences.PERMITTED)],
    ids=["none", "jwt", *(plant.difference for plant in differences.PERMITTED)],
)
def test_without_a_difference_none_is_found(auth: str, plant: differences.Plant | None, projects: services.Projects) -> None:
    project = projects.get("gin-svc", "memory", auth=auth)
    found = planted(project, plant, 1_000, 0, ADMIN if auth == "jwt" else None)
    assert found is None, found and disagreement_text(found, SEED)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("auth", "difference", "shown"),
    [
        ("none", "an error at another place", "/agf"),
        ("jwt", "no word of a bad token", "www-authenticate"),
    ],
)
def test_the_command_shows_a_disagreement_and_replays_it(
    auth: str, difference: str, shown: str, projects: services.Projects
) -> None:
    project = projects.get("gin-svc", "memory", auth=auth)
    settings = SETTINGS | (WITH_LOGINS if auth == "jwt" else {})
    plant = next(plant for plant in (*differences.PLANTS, *differences.PLANTS_OF_LOGINS) if plant.difference == difference)
    outputs: list[str] = []
    for arguments in (["--malformed=0"], ["--replay={}"]):
        with (
            services.running(project, settings) as one,
            services.running(project, settings) as other,
            differences.proxy(other.port, plant) as port,
        ):
            case = re.search(r"^--- case (\d+) of seed 9", outputs[0], re.M) if outputs else None
            filled = [argument.format(case and case[1]) for argument in arguments]
            admin = ["--auth=jwt", f"--admin-email={ADMIN.email}"] if auth == "jwt" else []
            run = differential(
                f"sound={one.url}", f"planted=http://{machine.HOST}:{port}", "--seed=9", "--requests=300", *admin, *filled
            )
        assert run.returncode == 1, run.stdout + run.stderr
        outputs.append(run.stdout.replace(f":{one.port}", ":port"))
    whole, replayed = outputs
    assert shown in replayed
    assert replayed.splitlines()[:-1] == whole.partition("\n\n")[0].splitlines()
    assert "300 requests to each of sound, planted" in whole


@pytest.mark.thorough
def test_the_command_refuses_services_that_hold_users(projects: services.Projects) -> None:
    with services.running(projects.get("gin-svc", "memory"), SETTINGS) as service:
        assert service.ask("POST", "/users", {"name": "Ada", "email": "ada@example.com"}).status == 201
        run = differential(service.url, service.url)
        assert service.ask("GET", "/users").json["items"], "it deleted a user that it had not made"
    assert run.returncode == 2
    assert run.stderr.splitlines() == [
        f"differential: {machine.HOST}:{service.port} is not an empty user service: GET /users got 200"
    ]


@pytest.mark.thorough
def test_the_command_wants_to_know_the_admin() -> None:
    run = differential("http://127.0.0.1:1", "http://127.0.0.1:2", "--auth=jwt")
    assert run.returncode == 2
    assert run.stderr.splitlines()[-1] == (
        "differential: error: --auth jwt needs --admin-email, and the variables ADMIN_PASSWORD and JWT_SECRET"
    )


def differential(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [
        sys.executable,
        "-m",
        "uv",
        "run",
        "--quiet",
        "--locked",
        "--project",
        str(DIFFERENTIAL),
        "differential",
        *arguments,
    ]
    secrets = {"ADMIN_PASSWORD": ADMIN.password, "JWT_SECRET": ADMIN.secret}
    return subprocess.run(command, env=services.environment(**secrets), capture_output=True, text=True, check=False)
