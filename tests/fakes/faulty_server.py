"""A web server on this machine that can fail in every way a real one does."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeVar
from urllib.parse import unquote, urlsplit


@dataclass
class Answer:
    """One response: what `respond` does by default, changed for a fault."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    hang_up_after: int | None = None
    """Bytes of the body after which the connection is cut."""
    stall_after: int | None = None
    """Bytes of the body after which nothing more comes until the server is closed."""


@dataclass
class Request:
    """What a client asked."""

    path: str
    headers: dict[str, str]


Fault = Callable[[Request, Answer], Answer]
"""Changes the answer to one request for a file."""


class FaultyServer:
    """Serves `files` by path; `faults` of a path are used up, one for each request of it."""

    def __init__(self, files: Mapping[str, bytes] | None = None) -> None:
        self.files = dict(files or {})
        self.pages: dict[str, Answer] = {}
        """Answers by path, without ranges and faults."""
        self.faults_of: dict[str, list[Fault]] = {}
        self.ranges = True
        self.requests: list[Request] = []
        self.url = ""
        self.closing = threading.Event()

    def requests_for(self, path: str) -> list[Request]:
        """Requests for one path, in order."""
        return [each for each in self.requests if path_of(each) == path]

    def respond(self, request: Request) -> Answer:
        self.requests.append(request)
        path = path_of(request)
        if path in self.pages:
            return self.pages[path]
        if path not in self.files:
            return Answer(status=404)
        answer = self._file(path, request)
        faults = self.faults_of.get(path)
        return faults.pop(0)(request, answer) if faults else answer

    def etag_of(self, path: str) -> str | None:
        """What names the version of a file."""
        return f'"{sha256(self.files[path]).hexdigest()[:16]}"'

    def _file(self, path: str, request: Request) -> Answer:
        content, etag = self.files[path], self.etag_of(path)
        headers = {"Content-Type": "application/octet-stream"}
        if etag is not None:
            headers["ETag"] = etag
        wanted = request.headers.get("range")
        if wanted is None or not self.ranges or request.headers.get("if-range") != etag:
            return Answer(headers=headers, body=content)
        start = int(wanted.removeprefix("bytes=").removesuffix("-"))
        headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        return Answer(status=206, headers=headers, body=content[start:])


def path_of(request: Request) -> str:
    """Without query and percent signs."""
    return unquote(urlsplit(request.path).path)


def with_status(status: int) -> Fault:
    return lambda _request, _answer: Answer(status=status)


def redirected(to: str) -> Fault:
    return lambda _request, _answer: Answer(status=302, headers={"Location": to})


def cut_after(num_bytes: int) -> Fault:
    def cut(_request: Request, answer: Answer) -> Answer:
        answer.hang_up_after = num_bytes
        return answer

    return cut


def stalled_after(num_bytes: int) -> Fault:
    def stall(_request: Request, answer: Answer) -> Answer:
        answer.stall_after = num_bytes
        return answer

    return stall


Served = TypeVar("Served", bound=FaultyServer)


@contextmanager
def serving(server: Served) -> Iterator[Served]:
    """Serve on a port of loopback until the block is left."""
    http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(server))
    http.daemon_threads = True
    server.url = f"http://127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, args=(0.01,), name="server")
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        http.shutdown()
        thread.join()
        http.server_close()


def _handler(server: FaultyServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.close_connection = True
            headers = {name.lower(): value for name, value in self.headers.items()}
            self._send(server.respond(Request(self.path, headers)))

        def _send(self, answer: Answer) -> None:
            self.send_response(answer.status)
            length = {"Content-Length": str(len(answer.body)), "Connection": "close"}
            for name, value in (length | answer.headers).items():
                if value:
                    self.send_header(name, value)
            self.end_headers()
            limits = (answer.hang_up_after, answer.stall_after)
            end = min((each for each in limits if each is not None), default=len(answer.body))
            with suppress(OSError):
                self.wfile.write(answer.body[:end])
                self.wfile.flush()
            if answer.stall_after is not None:
                server.closing.wait()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - inherited
            pass

    return Handler
