"""A package index on this machine that can fail in every way a real one does."""

from hashlib import sha256
from typing import Final

from tests.fakes.faulty_server import Answer, Fault, FaultyServer, Request

PROJECT_PAGE: Final = "/simple/resemblyzer/"
FILES: Final = "/files/"


class PackageIndex(FaultyServer):
    """Serves one project with one file; `faults` are those of the file."""

    def __init__(self, filename: str, content: bytes) -> None:
        super().__init__({FILES + filename: content})
        self.filename = filename
        self.content = content
        self.etag = super().etag_of(FILES + filename)
        self.page: Answer | None = None

    @property
    def faults(self) -> list[Fault]:
        return self.faults_of[FILES + self.filename]

    @faults.setter
    def faults(self, faults: list[Fault]) -> None:
        self.faults_of[FILES + self.filename] = faults

    @property
    def index_url(self) -> str:
        """What to set as `PIP_INDEX_URL`."""
        return f"{self.url}/simple/"

    @property
    def file_requests(self) -> list[Request]:
        """Requests for the file, in order."""
        return [each for each in self.requests if each.path.startswith(FILES)]

    def respond(self, request: Request) -> Answer:
        self.pages[PROJECT_PAGE] = self.page or self.html()
        return super().respond(request)

    def etag_of(self, path: str) -> str | None:
        del path
        return self.etag

    def html(self, link: str | None = None) -> Answer:
        """A page with one link."""
        link = link or f"../..{FILES}{self.filename}#sha256={sha256(self.content).hexdigest()}"
        body = f'<!DOCTYPE html><a href="{link}">{self.filename}</a>'.encode()
        return Answer(headers={"Content-Type": "text/html"}, body=body)
