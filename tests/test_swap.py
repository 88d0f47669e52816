"""A team moves from one framework to another and back on live data, and its clients see nothing of it."""

import itertools
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support import accounts, engines, matrix, services
from tests.support.repositories import commit_all, git

pytestmark = pytest.mark.stamped

PAIRS = list(itertools.permutations(matrix.SERVICES, 2))
STAYING = [
    pytest.param(
        ring,
        database,
        redis,
        id="-".join([*ring, database, *["redis"] * redis]),
        marks=pytest.mark.thorough if number else (),
    )
    for number, (ring, (database, redis)) in enumerate(itertools.product(matrix.RINGS, matrix.STORES_OF_LOGINS))
]
SETTINGS = {"LOG_LEVEL": "warning"}
# Answers name the request, so that whole answers can be compared.
REQUEST_ID = {"X-Request-ID": "swap"}
PROFILES = [
    {"bio": "Schreibt «Romane»\nund\tmehr 🙂", "location": " Zürich\u00a0", "website": "https://example.com/~ada?x=[1]#y"},
    {"bio": "b" * 500, "location": "名" * 100, "website": "http://a/" + "x" * 191},
    {},
]


@dataclass
class Team:
    """What the clients of one service do, whichever framework answers."""

    users: list[int] = field(default_factory=list)
    deleted: list[int] = field(default_factory=list)

    def work(self, service: services.Service, label: str) -> None:
        """Make users and profiles, change some, delete some: the newest one too, whose id must not come back."""
        for number in range(7):
            self._create(
                service,
                {"name": f"{label} {number} é🙂", "email": f"{label}.{number}@Example.com", "age": [None, 0, 150][number % 3]},
            )
        first, second, third, fourth, *_, newest = self.users[-7:]
        for user_id, profile in zip((first, second, third), PROFILES, strict=True):
            self._expect(200, service.ask("PUT", f"/users/{user_id}/profile", profile))
        self._expect(200, service.ask("PATCH", f"/users/{first}", {"age": 41}))
        self._expect(200, service.ask("PATCH", f"/users/{first}", {"age": 41}))
        self._expect(
            200, service.ask("PUT", f"/users/{second}", {"name": "e\u0301", "email": f"{label}.new@x.org"}, {"If-Match": '"1"'})
        )
        self._expect(412, service.ask("PATCH", f"/users/{second}", {"age": 1}, {"If-Match": '"1"'}))
        self._expect(409, service.ask("POST", "/users", {"name": "x", "email": f"{label}.NEW@x.org"}))
        for user_id in (fourth, newest):
            self._expect(204, service.ask("DELETE", f"/users/{user_id}"))
            self.users.remove(user_id)
            self.deleted.append(user_id)

    def go_on(self, service: services.Service) -> None:
        """Change what another framework wrote, on the condition of the version that it told."""
        oldest = self.users[0]
        tag = service.ask("GET", f"/users/{oldest}").headers["etag"]
        changed = service.ask("PATCH", f"/users/{oldest}", {"name": f"after {tag}"}, {"If-Match": tag})
        self._expect(200, changed)
        assert changed.json["version"] == int(tag.strip('"')) + 1
        self._expect(409, service.ask("PATCH", f"/users/{self.users[1]}", {"email": str(changed.json["email"]).upper()}))

    def _create(self, service: services.Service, body: object) -> None:
        made = service.ask("POST", "/users", body)
        self._expect(201, made)
        user_id = int(str(made.json["id"]))
        assert user_id > max([0, *self.users, *self.deleted]), "an id came back"
        self.users.append(user_id)

    def _expect(self, status: int, answer: services.Answer) -> None:
        assert answer.status == status, answer

    def everything(self, service: services.Service) -> dict[str, accounts.Meaning]:
        """Return what every answer that a client can read says."""
        paths = ["/users", "/users?limit=100&expand=profile", *self._pages(service)]
        for user_id in self.users + self.deleted:
            paths += [f"/users/{user_id}", f"/users/{user_id}?expand=profile", f"/users/{user_id}/profile"]
        for user_id in self.users:
            paths.append(f"/users?email={service.ask('GET', f'/users/{user_id}').json['email']}&expand=profile")
        return {path: accounts.meaning(service.ask("GET", path, headers=REQUEST_ID)) for path in paths}

    def _pages(self, service: services.Service) -> Iterator[str]:
        path = "/users?limit=3"
        while path:
            yield path
            link = re.match(r"<([^>]+)>", service.ask("GET", path).headers.get("link", ""))
            next_page = urlsplit(link[1]) if link else None
            # In one order, since that is each framework's own.
            path = f"{next_page.path}?{'&'.join(sorted(next_page.query.split('&')))}" if next_page else ""


@pytest.mark.thorough
@pytest.mark.parametrize("database", matrix.DATABASES)
@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_one_goes_on_where_the_other_stopped(
    one: str, other: str, database: str, projects: services.Projects, tmp_path: Path
) -> None:
    team = Team()
    with services.fresh_store(database, tmp_path) as store:
        with services.running(projects.get(one, database), store | SETTINGS) as service:
            team.work(service, "one")
            before = team.everything(service)
        with services.running(projects.get(other, database), store | SETTINGS) as service:
            assert team.everything(service) == before
            team.go_on(service)
            team.work(service, "other")
            after = team.everything(service)
        with services.running(projects.get(one, database), store | SETTINGS) as service:
            assert team.everything(service) == after
            team.go_on(service)
            team.work(service, "again")


@pytest.mark.parametrize(("ring", "database", "redis"), STAYING)
def test_who_is_logged_in_stays_so_and_who_is_not_stays_out(
    ring: list[str], database: str, redis: bool, projects: services.Projects, tmp_path: Path
) -> None:
    """Each framework goes on with what the one before it left, and the first in the end with what both others made of its own."""
    first, *others = [projects.get(template, database, auth="jwt", redis=redis) for template in ring]
    team = Team()
    with accounts.fresh_store(database, redis, tmp_path) as settings:
        with services.running(first, settings) as service:
            first.create_admin(settings)
            admin = service.log_in(services.ADMIN_EMAIL, services.ADMIN_PASSWORD)
            people = accounts.Accounts(admin, settings)
            team.work(accounts.visit(service, admin), "stage0")
            people.work(service, "stage0")
            told = team.everything(accounts.visit(service, admin)), people.everything(service)
        assert people.secrets_in(service.log) == []
        for stage, project in enumerate([*others, first], start=1):
            with services.running(project, settings) as service:
                assert (team.everything(accounts.visit(service, admin)), people.everything(service)) == told
                team.go_on(accounts.visit(service, admin))
                people.go_on(service)
                people.try_passwords(service)
                people.work(service, f"stage{stage}")
                told = team.everything(accounts.visit(service, admin)), people.everything(service)
            assert people.secrets_in(service.log) == []


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository whose one tag is the working tree."""
    repository = engines.copy_of_tree(tmp_path_factory.mktemp("release") / "polysvc")
    commit_all(repository)
    git(repository, "tag", "v900.0.0")
    return repository


OWNERS_FILES = {
    "docs/decisions.md": "# Decisions\n\nOurs.\n",
    "deploy/service.yaml": "replicas: 3\nport: 8000\n",
    "CHANGELOG.md": "# Changes\n\n- Ours.\n",
}
OWNERS_LINES = {
    "README.md": "\n## Notes of the owner\n\nKept across frameworks.\n",
    ".editorconfig": "\n[*.proto]\nindent_size = 2\n",
}


def copier(*arguments: object, directory: Path) -> None:
    command = [sys.executable, "-m", "copier", *map(str, arguments)]
    result = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.thorough
@pytest.mark.stamped("copier.yml", "hooks", "templates")
@pytest.mark.parametrize(("one", "other"), [("flask-api", "gin-svc"), ("fastapi-svc", "gin-svc"), ("gin-svc", "fastapi-svc")])
def test_copier_update_turns_one_into_the_other(one: str, other: str, release: Path, tmp_path: Path) -> None:
    directory = tmp_path / "service"
    answers = ["--defaults", "--trust", "-d", "run_tests=false"]
    copier("copy", *answers, "--vcs-ref=v900.0.0", "-d", f"template={one}", release, directory, directory=tmp_path)
    commit_all(directory)
    for name, text in OWNERS_FILES.items():
        (directory / name).parent.mkdir(exist_ok=True)
        (directory / name).write_text(text, encoding="utf-8")
    for name, text in OWNERS_LINES.items():
        with (directory / name).open("a", encoding="utf-8") as file:
            file.write(text)
    commit_all(directory)

    team = Team()
    settings = SETTINGS | services.WITH_LOGINS | {"DATABASE_URL": "sqlite:///users.db"}
    project = services.Project(directory)
    project.install()
    with services.running(project, settings) as service:
        project.create_admin(settings)
        admin = service.log_in(services.ADMIN_EMAIL, services.ADMIN_PASSWORD)
        team.work(accounts.visit(service, admin), "one")
        before = team.everything(accounts.visit(service, admin))
    copier("update", *answers, "-d", f"template={other}", directory=directory)

    for name, text in OWNERS_FILES.items():
        assert (directory / name).read_text(encoding="utf-8") == text
    for name, text in OWNERS_LINES.items():
        assert (directory / name).read_text(encoding="utf-8").endswith(text)
    assert "<<<<<<<" not in git(directory, "diff", "HEAD")
    assert list(directory.rglob("*.rej")) == []
    commit_all(directory)
    assert tracked_kinds(directory) == ({".go"} if other == "gin-svc" else {".py"})
    project.install()
    with services.running(project, settings) as service:
        assert team.everything(accounts.visit(service, admin)) == before
        team.go_on(accounts.visit(service, admin))


def tracked_kinds(directory: Path) -> set[str]:
    """Return which of the languages' source files are under version control."""
    return {Path(name).suffix for name in git(directory, "ls-files").splitlines()} & {".go", ".py"}
