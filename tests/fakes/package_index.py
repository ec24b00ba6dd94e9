"""A package index on this machine that can fail in every way a real one does."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

PROJECT_PAGE: Final = "/simple/resemblyzer/"
FILES: Final = "/files/"


@dataclass
class Answer:
    """One response: what `respond` does by default, changed for a fault."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    hang_up_after: int | None = None
    """Bytes of the body after which the connection is cut."""
    stall_after: int | None = None
    """Bytes of the body after which nothing more comes until the index is closed."""


@dataclass
class Request:
    """What a client asked."""

    path: str
    headers: dict[str, str]


Fault = Callable[[Request, Answer], Answer]
"""Changes the answer to one request for the file."""


class PackageIndex:
    """Serves one project with one file; `faults` are used up, one for each request of it."""

    def __init__(self, filename: str, content: bytes) -> None:
        self.filename = filename
        self.content = content
        self.etag: str | None = f'"{sha256(content).hexdigest()[:16]}"'
        self.page: Answer | None = None
        self.ranges = True
        self.faults: list[Fault] = []
        self.requests: list[Request] = []
        self.url = ""
        self.closing = threading.Event()

    @property
    def index_url(self) -> str:
        """What to set as `PIP_INDEX_URL`."""
        return f"{self.url}/simple/"

    @property
    def file_requests(self) -> list[Request]:
        """Requests for the file, in order."""
        return [each for each in self.requests if each.path.startswith(FILES)]

    def respond(self, request: Request) -> Answer:
        self.requests.append(request)
        if request.path == PROJECT_PAGE:
            return self.page or self.html()
        if request.path != FILES + self.filename:
            return Answer(status=404)
        answer = self._file(request)
        return self.faults.pop(0)(request, answer) if self.faults else answer

    def html(self, link: str | None = None) -> Answer:
        """A page with one link."""
        link = link or f"../..{FILES}{self.filename}#sha256={sha256(self.content).hexdigest()}"
        body = f'<!DOCTYPE html><a href="{link}">{self.filename}</a>'.encode()
        return Answer(headers={"Content-Type": "text/html"}, body=body)

    def _file(self, request: Request) -> Answer:
        headers = {"Content-Type": "application/octet-stream"}
        if self.etag is not None:
            headers["ETag"] = self.etag
        start = self._asked_from(request)
        if start is None:
            return Answer(headers=headers, body=self.content)
        last = len(self.content) - 1
        headers["Content-Range"] = f"bytes {start}-{last}/{len(self.content)}"
        return Answer(status=206, headers=headers, body=self.content[start:])

    def _asked_from(self, request: Request) -> int | None:
        wanted = request.headers.get("range")
        if wanted is None or not self.ranges or request.headers.get("if-range") != self.etag:
            return None
        return int(wanted.removeprefix("bytes=").removesuffix("-"))


@contextmanager
def serving(index: PackageIndex) -> Iterator[PackageIndex]:
    """Serve `index` on a port of loopback until the block is left."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(index))
    server.daemon_threads = True
    index.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), name="index")
    thread.start()
    try:
        yield index
    finally:
        index.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(index: PackageIndex) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.close_connection = True
            headers = {name.lower(): value for name, value in self.headers.items()}
            self._send(index.respond(Request(self.path, headers)))

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
                index.closing.wait()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - inherited
            pass

    return Handler
