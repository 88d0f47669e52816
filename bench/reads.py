"""What an authenticated read by id costs, against a release in the same run (`make bench-reads`).

Two projects of each template, one of this tree and one of the release, stand on the same PostgreSQL server. They are loaded
in turn, so that a busy machine slows both, and the CPU time of each whole process tree is divided by its requests.
"""

import argparse
import io
import os
import re
import statistics
import subprocess
import tarfile
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.support import engines, machine, servers, services
from tools import ROOT, release, templates

CONNECTIONS = 8
SECONDS = 4
ANSWERS = {"database": "postgresql", "auth": "jwt", "project_slug": services.SLUG}
COMPLETED = re.compile(r"^ *(\d+) requests in ", re.MULTILINE)
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Subject:
    """A service under load, and the user whom it is asked for."""

    service: services.Service
    process: int
    path: str
    authorization: str

    def microseconds(self) -> float:
        """Return the CPU time of one read in microseconds."""
        before = cpu_seconds(self.process)
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}", "-H", self.authorization, self.service.url + self.path]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        if "Non-2xx" in told or "Socket errors" in told:
            raise SystemExit(told)
        (requests,) = COMPLETED.findall(told)
        return (cpu_seconds(self.process) - before) / int(requests) * 1e6


def cpu_seconds(process: int) -> float:
    """Return the CPU time of a process and of all below it that live."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    own = (int(fields[11]) + int(fields[12])) / TICKS
    return own + sum(cpu_seconds(child) for child in machine.children(process))


def tree_of(revision: str, directory: Path) -> Path:
    """Write the tree of a revision into a directory."""
    archive = subprocess.run(["git", "archive", revision], cwd=ROOT, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(directory, filter="data")
    return directory


def start(stack: ExitStack, template: str, tree: Path, home: Path) -> Subject:
    project = services.Project(engines.with_copier(tree, home, {"template": template, **ANSWERS}))
    project.install()
    settings = {**services.WITH_LOGINS, "LOG_LEVEL": "info"}
    settings["DATABASE_URL"] = stack.enter_context(servers.fresh_database("postgresql"))
    service = services.Service(machine.free_port(), home.with_suffix(".log"))
    process = services.start(
        project.command, project.directory, services.environment(PORT=str(service.port), **settings), service.log
    )
    stack.callback(services.stop, process)
    services.wait_until_ready(service, process)
    project.create_admin(settings)
    headers = service.log_in(services.ADMIN_EMAIL, services.ADMIN_PASSWORD)
    someone = service.ask("POST", "/users", {"name": "Ada", "email": "ada@example.com", "age": 36}, headers).json
    return Subject(service, process.pid, f"/users/{someone['id']}", f"Authorization: {headers['Authorization']}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("templates", nargs="*", default=templates.services())
    parser.add_argument("--against", help="the commit to compare with; the last release unless told otherwise")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    last = release.every()[-1]
    against = options.against or last.commit_in(ROOT)
    print(f"| CPU of an authenticated read by id | this tree | {options.against or last.version} | ratio |")
    print("| --- | --- | --- | --- |")
    for template in options.templates:
        with tempfile.TemporaryDirectory() as directory, servers.of_a_run(), ExitStack() as stack:
            home = Path(directory)
            now = start(stack, template, engines.copy_of_tree(home / "tree"), home / "now")
            then = start(stack, template, tree_of(against, home / "against"), home / "then")
            pairs = [(now.microseconds(), then.microseconds()) for _ in range(options.rounds)]
        ratio = statistics.median(new / old for new, old in pairs)
        medians = [f"{statistics.median(values):.0f} µs" for values in zip(*pairs, strict=True)]
        print(f"| `{template}` | {medians[0]} | {medians[1]} | {ratio:.2f} |", flush=True)


if __name__ == "__main__":
    main()
