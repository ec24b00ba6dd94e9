"""A headless Chromium that is driven by its DevTools protocol, and what a person does with it."""

import asyncio
import base64
import json
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import aiohttp

from tests.bench.rig.ports import HOST

Box = dict[str, float]
T = TypeVar("T")

_PROGRAM: Final = "chromium"
_FLAGS: Final = (
    "--headless",
    "--no-sandbox",  # it refuses root otherwise
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-prefers-reduced-motion",
    "--hide-scrollbars",
    "--lang=en-GB",
    "--remote-debugging-port=0",
)
_TRIES: Final = 300
_POLL_S: Final = 0.1
_STILL_S: Final = 0.3

_SHOWN: Final = """
(selector, text) => {
    const found = [];
    const search = (root) => {
        for (const element of root.querySelectorAll("*")) {
            if (element.matches(selector)) found.push(element);
            if (element.shadowRoot) search(element.shadowRoot);
        }
    };
    search(document);
    const words = (node) => node.nodeType === Node.TEXT_NODE
        ? node.data
        : [...(node.shadowRoot?.childNodes ?? []), ...node.childNodes].map(words).join("");
    for (const element of found) {
        const box = element.getBoundingClientRect();
        if (box.width && box.height && words(element).includes(text)) return box.toJSON();
    }
    return null;
}
"""
"""Where the first visible element is, in shadow roots too."""


class BrowserError(RuntimeError):
    """Chromium is not there, or a page does not show what it should."""


class Page:
    """One tab."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0

    async def set_size(self, width: int, height: int) -> None:
        """In pixels."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        await self._command("Emulation.setDeviceMetricsOverride", **metrics)

    async def remember(self, items: dict[str, object]) -> None:
        """What every page that is opened from now on finds in its local storage, as JSON."""
        lines = [
            f"localStorage.setItem({json.dumps(key)}, {json.dumps(json.dumps(value))});"
            for key, value in items.items()
        ]
        await self._command("Page.enable")  # without, it is accepted and never run
        await self._command("Page.addScriptToEvaluateOnNewDocument", source="\n".join(lines))

    async def open(self, url: str) -> None:
        """Go there."""
        await self._command("Page.navigate", url=url)

    async def shown(self, selector: str, text: str = "") -> Box:
        """Wait until an element that holds the text is visible, in shadow roots too."""
        return await _until(lambda: self._box(selector, text), f"no {selector} {text!r}")

    async def click(self, selector: str, text: str = "") -> None:
        """Click its middle once it is visible and still."""
        await self.shown(selector, text)
        await self.picture()
        box = await self.shown(selector, text)
        where = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
        for kind in ("mousePressed", "mouseReleased"):
            await self._command(
                "Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **where
            )

    async def picture(self) -> bytes:
        """A PNG of the page once nothing moves any more."""
        return await _until(self._still, "still moving")

    async def _still(self) -> bytes | None:
        before = await self._screenshot()
        await asyncio.sleep(_STILL_S)
        now = await self._screenshot()
        return now if now == before else None

    async def _screenshot(self) -> bytes:
        return base64.b64decode((await self._command("Page.captureScreenshot"))["data"])

    async def _box(self, selector: str, text: str) -> Box | None:
        arguments = f"{json.dumps(selector)}, {json.dumps(text)}"
        answer = await self._command(
            "Runtime.evaluate", expression=f"({_SHOWN})({arguments})", returnByValue=True
        )
        box: Box | None = answer["result"].get("value")
        return box

    async def _command(self, method: str, **parameters: object) -> dict[str, Any]:
        self._number += 1
        await self._socket.send_json({"id": self._number, "method": method, "params": parameters})
        async for message in self._socket:
            answer = message.json()
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise BrowserError(f"{method}: {answer['error']['message']}")
                return dict(answer["result"])
        raise BrowserError(f"{method}: Chromium is gone")


@asynccontextmanager
async def browser() -> AsyncIterator[Page]:
    """Start one that knows nobody, and stop it in the end."""
    with _chromium() as profile:
        port = await _until(lambda: _port(profile), "does not start")
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://{HOST}:{port}/json/list") as answer:
                (tab,) = [tab for tab in await answer.json() if tab["type"] == "page"]
            async with session.ws_connect(tab["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                yield Page(socket)


@contextmanager
def _chromium() -> Iterator[Path]:
    if not shutil.which(_PROGRAM):
        raise BrowserError(f"no {_PROGRAM}: sudo apt-get install {_PROGRAM} fonts-noto-core")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        process = subprocess.Popen(
            [_PROGRAM, *_FLAGS, f"--user-data-dir={folder}", "about:blank"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield Path(folder)
        finally:
            process.kill()
            process.wait()


async def _port(profile: Path) -> int | None:
    """Where it listens, which it writes into its profile."""
    file = profile / "DevToolsActivePort"
    lines = file.read_text().splitlines() if file.exists() else []
    return int(lines[0]) if lines else None


async def _until(look: Callable[[], Awaitable[T | None]], missing: str) -> T:
    """What `look` sees at last; `BrowserError` with what is missing when that is nothing."""
    for _ in range(_TRIES):
        if seen := await look():
            return seen
        await asyncio.sleep(_POLL_S)
    raise BrowserError(f"Chromium: {missing}")
