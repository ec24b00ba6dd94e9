"""Pages of a package index: links to files, as HTML (PEP 503) or JSON (PEP 691)."""

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any, Final
from urllib.parse import unquote, urljoin, urlsplit

JSON_TYPE: Final = "application/vnd.pypi.simple.v1+json"
ACCEPT: Final = f"{JSON_TYPE}, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
_SHA256: Final = "sha256"


@dataclass(frozen=True, slots=True)
class Link:
    """One file on a page; `sha256` is what the page says of it."""

    filename: str
    target: str
    sha256: str | None


def normalised(project: str) -> str:
    """A project's name as indexes spell it."""
    return re.sub(r"[-_.]+", "-", project).lower()


def links_in(text: str, *, is_json: bool) -> list[Link]:
    """All files a page links to; of a page that is something else, none."""
    return _of_json(text) if is_json else _of_html(text)


def find_link(links: list[Link], filename: str) -> Link | None:
    """The link to a file, however an index writes its project's name."""
    wanted = _comparable(filename)
    return next((link for link in links if _comparable(link.filename) == wanted), None)


def _comparable(filename: str) -> str:
    return filename.lower().replace("_", "-")


def _of_json(text: str) -> list[Link]:
    try:
        page = json.loads(text)
    except (ValueError, RecursionError):
        return []
    files = page.get("files") if isinstance(page, dict) else None
    return [link for file in files if (link := _json_link(file))] if isinstance(files, list) else []


def _json_link(file: Any) -> Link | None:
    if not isinstance(file, dict):
        return None
    filename, target, hashes = file.get("filename"), file.get("url"), file.get("hashes")
    if not isinstance(filename, str) or not isinstance(target, str):
        return None
    sha256 = hashes.get(_SHA256) if isinstance(hashes, dict) else None
    return Link(filename, target, sha256 if isinstance(sha256, str) else None)


def _of_html(text: str) -> list[Link]:
    page = _Page()
    # Of some broken declarations Python's parser says so with an assertion of its own.
    with suppress(AssertionError):
        page.feed(text)
        page.close()
    targets = (urljoin(page.base, target) for target in page.targets)
    return [_html_link(target) for target in targets]


def _html_link(target: str) -> Link:
    parts = urlsplit(target)
    kind, _, value = parts.fragment.partition("=")
    return Link(
        filename=unquote(parts.path.rpartition("/")[2]),
        target=target,
        sha256=value if kind == _SHA256 else None,
    )


class _Page(HTMLParser):
    """Collects what `<a href>` and `<base href>` say."""

    def __init__(self) -> None:
        super().__init__()
        self.base = ""
        self.targets: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        href = dict(attrs).get("href")
        if href is None:
            return
        if tag == "a" and _is_usable(href):
            self.targets.append(href)
        elif tag == "base" and not self.base and _is_usable(href):
            self.base = href


def _is_usable(href: str) -> bool:
    try:
        urlsplit(href)
    except ValueError:
        return False
    return True
