"""Stamps: a test that passed is not run again on this machine while its inputs are the same.

A suite takes part with `pytestmark = pytest.mark.stamped("contract", …)`, where it names the files that it uses beside Python
modules. What else a test is given is noted while it runs (`inputs`): each project that it renders, by the bytes that are
rendered. Every stamp also holds the test's code with all of ours that this imports, this repository's dependencies, and the
versions of the programs of this machine. A stamp is a file in build/stamps; `FRESH=1` passes over all of them.

pytest-testmon and its kin follow the lines that ran in this process: they cannot see a service in another process, a
template or a server.
"""

import ast
import hashlib
import json
import os
import platform
import stat
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.support import engines, inputs
from tests.support.inputs import FILES, RENDERED, Input
from tools import ROOT, questions, templates

STAMPS = ROOT / "build/stamps"
CODE = "code"
EXECUTABLE = ", executable"
MACHINE = "machine"
# Given to every test.
ALWAYS = ("pyproject.toml", "uv.lock", "copier.yml", "templates/templates.toml")
# The programs that tests run beside those of uv.lock, and how each tells its version.
PROGRAMS = (
    "go version",
    "git --version",
    "make --version",
    "psql --version",
    "mariadbd --version",
    "redis-server --version",
    "nginx -v",
    "wrk -v",
    "openssl version",
    "systemd-analyze --version",
    "kustomize version",
    "kubectl version --client",
    "docker version",
)
# Variables that reach into what tests run.
VARIABLES = ("POSTGRESQL_URL", "MYSQL_URL", "NGINX_PROGRAM", "GOFLAGS", "GOTOOLCHAIN", "GOPROXY", "UV_PYTHON", "TZ", "LANG")
# Where modules of ours are.
SOURCES = (ROOT, ROOT / "contract/differential/src")
NOT_OURS = engines.CACHES | {".git", ".venv", "build"}


@dataclass(frozen=True)
class Stamp:
    """A test that passed: what it was given, by kind and name, each with its digest, and the figures that it told."""

    test: str
    given: list[tuple[str, str, str]]
    figures: list[tuple[str, Any]]

    @property
    def path(self) -> Path:
        return STAMPS / f"{_digest(self.test.encode())}.json"

    def holds(self) -> bool:
        """Tell whether every input is what it was. One that is not there any more, or cannot be read, is not."""
        try:
            return bool(self.given) and all(digest_of((kind, name)) == digest for kind, name, digest in self.given)
        except Exception:
            return False

    def write(self) -> None:
        STAMPS.mkdir(parents=True, exist_ok=True)
        part = self.path.with_suffix(f".{os.getpid()}")
        part.write_text(json.dumps(asdict(self)), encoding="utf-8")
        part.replace(self.path)


def stored() -> Iterator[Stamp]:
    for path in STAMPS.glob("*.json"):
        try:
            stamp = Stamp(**json.loads(path.read_text(encoding="utf-8")))
            _ = [(kind, name, digest) for kind, name, digest in stamp.given]
        except (ValueError, TypeError):
            path.unlink(missing_ok=True)
        else:
            yield stamp


@cache
def digest_of(given: Input) -> str:
    """Return the digest of an input as it was at the start of this run."""
    kind, name = given
    if kind == RENDERED:
        files = engines.by_plain_jinja(json.loads(name))
        # What plain Jinja leaves out: the modes, and the file of Copier's answers.
        beside = [path for path in files_of(given) if "_copier_conf" in path or snapshot()[path].endswith(EXECUTABLE)]
        texts = [(path.encode(), text) for path, text in sorted(files.items())]
        return _digest(b"\0".join(part for pair in texts for part in pair) + "".join(map(str, beside)).encode())
    if kind in (CODE, FILES):
        return _digest(json.dumps({path: snapshot()[path] for path in files_of(given)}).encode())
    return _digest("\n".join(_versions()).encode())


@cache
def files_of(given: Input) -> list[str]:
    """Return the files of this repository that an input is made of."""
    kind, name = given
    if kind == CODE:
        return sorted(_closure(name))
    if kind == RENDERED:
        name = f"templates/{questions.namespace(json.loads(name))['__template']}"
    return [path for path in snapshot() if path == name or path.startswith(f"{name}/")] if name else []


def has_changed_since(start: float, given: Input) -> bool:
    """Tell whether somebody has written one of its files, even to the same bytes."""
    return any(not (ROOT / path).exists() or (ROOT / path).stat().st_ctime > start for path in files_of(given))


@cache
def snapshot() -> dict[str, str]:
    """Return the digest of every file of this repository, by its path: as it is at the first call."""
    found = {}
    for directory, names, files in os.walk(ROOT):
        names[:] = sorted(set(names) - NOT_OURS)
        for path in (Path(directory, file) for file in sorted(files)):
            if path.is_file():
                mode = EXECUTABLE if path.stat().st_mode & stat.S_IXUSR else ""
                found[path.relative_to(ROOT).as_posix()] = _digest(path.read_bytes()) + mode
    for template in templates.every():
        questions.sources(template)
    return found


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _versions() -> Iterator[str]:
    yield from (sys.version, platform.platform(), f"user {os.geteuid()}")
    yield from (f"{name}={os.environ.get(name)}" for name in VARIABLES)
    environment = {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin"}
    for program in PROGRAMS:
        try:
            told = subprocess.run(program.split(), capture_output=True, text=True, check=False, env=environment)
        except OSError:
            yield f"no {program}"
        else:
            yield told.stdout + told.stderr


def _closure(path: str) -> set[str]:
    """Return a module of ours, every module of ours that it imports, and what those import."""
    found: set[str] = set()
    waiting = {path}
    while waiting:
        found |= waiting
        waiting = {other for module in waiting for other in _imported_by(module)} - found
    return found


@cache
def _imported_by(path: str) -> list[str]:
    names: list[str] = []
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            package = ".".join(Path(path).parts[:-1]) + "." if node.level else ""
            module = (package + (node.module or "")).rstrip(".")
            names += [module, *(f"{module}.{alias.name}" for alias in node.names)]
    return [found for name in names if (found := _module(name))]


def _module(name: str) -> str | None:
    """Return the file of a module of ours; a name may also be of something in a module."""
    for place in (source / name.replace(".", "/") for source in SOURCES):
        for path in (place.with_suffix(".py"), place / "__init__.py"):
            if path.is_file():
                return path.relative_to(ROOT).as_posix()
    return None


class Plugin:
    """Leaves out the tests whose stamps hold, and stamps those that pass."""

    def __init__(self, config: pytest.Config, proved: Iterable[str]) -> None:
        self._config = config
        self._proved = frozenset(proved)
        self._start = time.time()
        self._passed: set[str] = set()
        self._did_not_pass: set[str] = set()
        # A fixture that serves several tests is set up in the first of them.
        self._given_by_fixtures: dict[object, set[Input]] = {}
        self.left_out: list[str] = []

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        stamped = [item for item in items if item.get_closest_marker("stamped")]
        left_out = [item for item in stamped if item.nodeid in self._proved]
        self.left_out = [item.nodeid for item in left_out]
        if left_out:
            self._config.hook.pytest_deselected(items=left_out)
            items[:] = [item for item in items if item not in set(left_out)]
        # Digested before anything runs: whoever edits a file meanwhile gets no stamp for it.
        for item in set(stamped) - set(left_out):
            for given in self._always_given(item):
                digest_of(given)

    def _always_given(self, item: pytest.Item) -> set[Input]:
        marker = item.get_closest_marker("stamped")
        files = (*ALWAYS, *(marker.args if marker else ()))
        for name in files:
            if not files_of((FILES, name)):
                raise pytest.UsageError(f"{item.path.name}: stamped(…) names {name}, and there is no such file")
        code = ("tests/conftest.py", item.path.relative_to(ROOT).as_posix())
        return {(MACHINE, ""), *((FILES, name) for name in files), *((CODE, name) for name in code)}

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Iterator[None]:
        with inputs.noted(self._given_by_fixtures.setdefault(fixturedef, set())):
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        given: set[Input] = set()
        with inputs.noted(given):
            result = yield
        if item.get_closest_marker("stamped") and item.nodeid in self._passed - self._did_not_pass:
            given |= self._always_given(item)
            for fixtures in item._fixtureinfo.name2fixturedefs.values():  # type: ignore[attr-defined]  # told in no other way
                given = given.union(*(self._given_by_fixtures.get(fixture, set()) for fixture in fixtures))
            if any(has_changed_since(self._start, each) for each in given):
                return result
            told = [(kind, name, digest_of((kind, name))) for kind, name in sorted(given)]
            Stamp(item.nodeid, told, list(item.user_properties)).write()
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not report.passed:
            self._did_not_pass.add(report.nodeid)
        elif report.when == "call":
            self._passed.add(report.nodeid)

    # With pytest-xdist the one process that collects nothing decides, so that all workers leave out the same tests.

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput["proved"] = sorted(self._proved)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        self.left_out = getattr(node, "workeroutput", {}).get("left_out", self.left_out)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if hasattr(self._config, "workeroutput"):
            self._config.workeroutput["left_out"] = self.left_out
        elif exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and self.left_out:
            session.exitstatus = pytest.ExitCode.OK


def register(config: pytest.Config) -> None:
    """Let a run leave out what has passed with the same inputs, unless FRESH is set, and stamp what passes."""
    config.addinivalue_line("markers", "stamped(*files): not run again while its inputs, these files among them, are the same")
    snapshot()
    if hasattr(config, "workerinput"):
        proved = config.workerinput["proved"]
    else:
        proved = [] if os.environ.get("FRESH") else [stamp.test for stamp in stored() if stamp.holds()]
    config.pluginmanager.register(Plugin(config, proved), "stamps")


def left_out(config: pytest.Config) -> list[Stamp]:
    """Return the stamps of the tests that this run left out."""
    plugin = config.pluginmanager.get_plugin("stamps")
    assert plugin
    names = set(plugin.left_out)
    return [stamp for stamp in stored() if stamp.test in names]
