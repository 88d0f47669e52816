"""A real nginx with the configuration of a generated project, as a process of its own that needs no rights and no fixed port."""

import itertools
import os
import re
import shutil
import signal
import socket
import socketserver
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support import machine, servers, services

# Cases of the conformance suite that are about the service itself, and what nginx does there.
ITS_OWN_WAY = {
    # It refuses two lines of a header that may come once with 400, and so a list of entity tags in two lines too.
    "in_two_lines",
    "test_two_headers",
    "second_header_does_not_let_in",
    "headers_of_two_users",
    # It reads a chunked body whole before the service sees anything of the request.
    "before_the_size_as_it_is_read",
    # It refuses an escaped NUL before it has looked at the path, and so names none.
    "(test_id_in_another_spelling and NUL)",
    # It takes a line without a colon for a header without a value.
    "(malformed_request_is_refused and colon)",
    # It passes one address on: which of several counts is its own setting.
    "trusted_proxies_are_passed_over",
    # It does not know which origins are allowed.
    "(allowed_origin_is_named and 413)",
    "(headers_are_exposed and 413)",
    "(answer_varies_by_origin and 413)",
}
# Before 1.23 it sees the first line of a header alone, and passes that on.
ITS_OWN_WAY_BEFORE_1_23 = {"request_id_that_comes_twice"}
# What versions before the image's, such as Debian's, do not have: the version that brought it, and the line.
HTTP2_OF_ITS_OWN = (1, 25, 1)
NEWER = [
    ((1, 27, 4), re.compile(r"^ *keepalive_min_timeout .*\n", re.MULTILINE)),
    (HTTP2_OF_ITS_OWN, re.compile(r"^http2 on;\n", re.MULTILINE)),
]
LISTEN = re.compile(r"^listen .*\n", re.MULTILINE)
SECONDS_TO_START = 10


@dataclass(frozen=True)
class Proxy(services.Service):
    """An nginx that answers on a port of this machine; its log and what it prints go to a file."""

    directory: Path
    process: "subprocess.Popen[bytes]"

    def lines(self) -> list[str]:
        return self.log.read_text(encoding="utf-8").splitlines()

    def reload(self) -> None:
        """Read the files anew, as `nginx -s reload` does."""
        self.process.send_signal(signal.SIGHUP)

    def serve(self, upstreams: Sequence[str]) -> None:
        """Pass requests on to these servers from now on."""
        write_upstream(self.directory, upstreams)
        self.reload()


def program() -> str:
    """Return where nginx is. Skip loudly without it, but fail in CI."""
    found = os.environ.get("NGINX_PROGRAM") or shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if not found:
        servers.skip("nginx is not on the PATH: nothing was run behind a real one")
    return found


def version() -> tuple[int, ...]:
    printed = subprocess.run([program(), "-v"], capture_output=True, text=True, check=True).stderr
    found = re.search(r"nginx/(\d+)\.(\d+)\.(\d+)", printed)
    assert found, printed
    return tuple(int(number) for number in found.groups())


@contextmanager
def nginx(
    project: services.Project,
    upstreams: Sequence[str],
    directory: Path,
    *,
    place: str = "container",
    extra: str = "",
    tls_port: int | None = None,
) -> Iterator[Proxy]:
    """Start nginx before servers such as `127.0.0.1:8000` or `unix:/run/service.sock`; stop it at once in the end.

    `place` says whose files it reads: those of the container, or those of a machine within Debian's own nginx.conf. `extra` is
    one more file at the level of `http`. With `tls_port` it speaks TLS there, as localhost.
    """
    port = machine.free_port()
    prefix = configure(project, directory, upstreams, place=place, port=port, tls_port=tls_port)
    if extra:
        (prefix / "conf.d/extra.conf").write_text(extra, encoding="utf-8")
    log = prefix / "log"
    with log.open("ab") as output:
        process = subprocess.Popen(command(prefix), stdout=output, stderr=subprocess.STDOUT, start_new_session=True, cwd=prefix)
    proxy = Proxy(port, log, prefix, process)
    try:
        wait_until_it_listens(proxy)
        yield proxy
    finally:
        process.terminate()
        process.wait(SECONDS_TO_START)


def command(prefix: Path, *arguments: str) -> list[str]:
    """Return the command that runs nginx in the foreground. Started as root, its workers may read what is only for root."""
    files = ["-p", str(prefix), "-c", str(prefix / "nginx.conf"), "-e", str(prefix / "log")]
    return [program(), *files, "-g", "daemon off;" + (" user root;" if os.geteuid() == 0 else ""), *arguments]


def configure(
    project: services.Project, directory: Path, upstreams: Sequence[str], *, place: str, port: int, tls_port: int | None = None
) -> Path:
    """Lay the project's files out as its place does, with paths and ports that anybody may use; return the folder."""
    prefix = directory / f"nginx-{place}-{port}"
    source = project.directory / "deploy/nginx"
    if place == "container":
        shutil.copytree(source / "conf.d", prefix / "conf.d")
        main = (source / "nginx.conf").read_text(encoding="utf-8")
    else:
        (prefix / "conf.d").mkdir(parents=True)
        for path in [*source.glob(f"conf.d/{services.SLUG}.*"), *source.glob("machine/*")]:
            shutil.copy(path, prefix / "conf.d")
        main = DEBIAN
    (prefix / "nginx.conf").write_text(main, encoding="utf-8")
    for path in sorted(path for path in prefix.rglob("*") if path.is_file()):
        text = adapted(path.read_text(encoding="utf-8"), prefix)
        path.write_text(listening(text, port, tls_port) if path.suffix == ".local" else text, encoding="utf-8")
    (prefix / "log").touch()
    (prefix / "tmp").mkdir()
    write_upstream(prefix, upstreams)
    if tls_port:
        make_certificate(prefix / "tls")
    return prefix


def adapted(text: str, prefix: Path) -> str:
    """Put this run's paths into a file, and leave out what this nginx is too old for."""
    log = str(prefix / "log")
    text = re.sub(r"(?<=\s)/tmp(?=/)", str(prefix / "tmp"), text).replace("/etc/nginx/", f"{prefix}/")
    text = re.sub(r"/var/log/nginx/\S+?\.log\b|/dev/stdout|(?<=error_log )stderr", log, text)
    for since, newer in NEWER:
        text = newer.sub("", text) if version() < since else text
    return text


def listening(text: str, port: int, tls_port: int | None) -> str:
    """Put these ports in place of a file's own, and switch TLS on where it has one."""
    lines = [f"listen {port};", f"listen [::]:{port};"]
    if tls_port:
        text = re.sub(r"^# (?=listen|include)", "", text, flags=re.MULTILINE)
        lines.append(f"listen {tls_port} ssl{'' if version() >= HTTP2_OF_ITS_OWN else ' http2'};")
    return "\n".join([*lines, LISTEN.sub("", text)])


def make_certificate(directory: Path) -> None:
    """Make a certificate of localhost and its key, named as the files name theirs."""
    directory.mkdir()
    new = [
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    paths = ["-keyout", str(directory / "privkey.pem"), "-out", str(directory / "fullchain.pem")]
    services.openssl(*new, "-addext", "subjectAltName=DNS:localhost", *paths)


def write_upstream(prefix: Path, upstreams: Sequence[str]) -> None:
    """Put these servers in place of the one that the project's upstream names."""
    (path,) = prefix.glob("conf.d/*upstream.conf")
    servers = "".join(f"    server {upstream};\n" for upstream in upstreams)
    text, count = re.subn(r"(?:^    server .*\n)+", servers, path.read_text(encoding="utf-8"), count=1, flags=re.MULTILINE)
    assert count == 1, text
    path.write_text(text, encoding="utf-8")


def wait_until_it_listens(proxy: Proxy) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and proxy.process.poll() is None:
        try:
            socket.create_connection((machine.HOST, proxy.port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    pytest.fail("nginx does not answer:\n" + "\n".join(proxy.lines()[-20:]))


@dataclass(frozen=True)
class Seen:
    """A request as it came to a `Recorder`: names in lower case, and the number of its connection."""

    method: str
    target: str
    headers: Sequence[tuple[str, str]]
    body: bytes
    connection: int

    def values(self, name: str) -> list[str]:
        return [value for found, value in self.headers if found == name]


class Recorder(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """A server that notes what comes to it, and answers each request with what `answer` returns for it, or not at all."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 1024

    def __init__(self, address: str | None = None) -> None:
        self.seen: list[Seen] = []
        self.connections = itertools.count()
        self.answer: Callable[[Seen], bytes | None] = lambda _: ANSWER
        if address:
            self.address_family = socket.AF_UNIX
        super().__init__(address or (machine.HOST, 0), _Recording)  # type: ignore[arg-type]  # a path is an address too
        self.address = f"unix:{address}" if address else f"{machine.HOST}:{self.server_address[1]}"

    @contextmanager
    def serving(self) -> Iterator["Recorder"]:
        with self:
            thread = threading.Thread(target=self.serve_forever, args=[0.05])
            thread.start()
            try:
                yield self
            finally:
                self.shutdown()
                thread.join()


class _Recording(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        server = self.server
        assert isinstance(server, Recorder)
        connection = next(server.connections)
        with suppress(ConnectionError):
            while line := self.rfile.readline():
                method, target, _ = line.decode("latin-1").split(" ", 2)
                lines = iter(lambda: self.rfile.readline().decode("latin-1").rstrip("\r\n"), "")
                headers = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
                length = int(dict(headers).get("content-length", "0"))
                seen = Seen(method, target, headers, self.rfile.read(length), connection)
                server.seen.append(seen)
                answer = server.answer(seen)
                if answer is None:
                    return
                self.wfile.write(answer)


def answer_with(body: bytes, *headers: str) -> bytes:
    """Return an answer like those of a service, as it goes over the wire."""
    lines = [
        "HTTP/1.1 200 OK",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Cache-Control: no-store",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


ANSWER = answer_with(b"{}")

# What matters of the file that Debian's package installs.
DEBIAN = """\
worker_processes auto;
pid /tmp/nginx.pid;
error_log /var/log/nginx/error.log;
events {
    worker_connections 768;
}
http {
    client_body_temp_path /tmp/client_body;
    proxy_temp_path /tmp/proxy;
    fastcgi_temp_path /tmp/fastcgi;
    uwsgi_temp_path /tmp/uwsgi;
    scgi_temp_path /tmp/scgi;
    sendfile on;
    tcp_nopush on;
    types_hash_max_size 2048;
    default_type application/octet-stream;
    ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3;
    ssl_prefer_server_ciphers on;
    access_log /var/log/nginx/access.log;
    gzip on;
    include /etc/nginx/conf.d/*.conf;
}
"""
