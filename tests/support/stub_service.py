"""A service without logins for the load tests to load, which gives some wrong answers. As a command it also logs an error."""

import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Stub(BaseHTTPRequestHandler):
    """A service without logins that answers as it should, but for what a test plants."""

    protocol_version = "HTTP/1.1"
    reads = 0

    def do_GET(self) -> None:
        if self.path == "/readyz":
            self.answer(200, {"status": "ok"})
        elif self.path.startswith("/users/"):
            # Every third read of one user fails.
            type(self).reads += 1
            self.answer(*((500, {"status": 500}) if self.reads % 3 == 0 else (200, self.user())), ETag='"1"')
        else:
            self.answer(200, {"items": [], "next_cursor": None})

    def do_POST(self) -> None:
        self.answer(201, self.user())

    def do_PUT(self) -> None:
        # Not the shape of a profile.
        self.answer(200, {"user_id": 1})

    def do_PATCH(self) -> None:
        self.answer(200, {**self.user(), "version": 2})

    def do_DELETE(self) -> None:
        self.answer(204)

    def user(self) -> dict[str, object]:
        times = dict.fromkeys(("created_at", "updated_at"), "2026-01-31T09:30:00.000Z")
        return {"id": 1, "name": "Ada", "email": "ada@example.com", "age": 1, **times, "version": 1}

    def answer(self, status: int, document: object = None, **headers: str) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b"" if document is None else json.dumps(document).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving() -> Iterator[str]:
    """Yield the address of the service."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Stub)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def main() -> None:
    """Be what the load tests start in place of the project's own service."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    print(json.dumps({"level": "warning", "message": "nothing"}))
    print(json.dumps({"level": "error", "message": "planted"}), flush=True)
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Stub).serve_forever()


if __name__ == "__main__":
    main()
