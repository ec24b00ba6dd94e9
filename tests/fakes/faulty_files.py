"""A disk on which the power is cut, or that is full, at any chosen step."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from voices.durable import Data, DiskFiles, Files


class PowerCut(BaseException):
    """The power is gone: nothing can catch it by accident, and nothing is written after it."""


class FaultyFiles(DiskFiles):
    """Does real steps on a real disk until step `cut_at`, which is done by half or not at all.

    With `failure` that error is raised once at that step instead, and life goes on. `steps`
    tells what was done. Data that was not flushed when the power goes is torn.
    """

    def __init__(self, cut_at: int | None = None, *, failure: OSError | None = None) -> None:
        self.steps: list[str] = []
        self._cut_at = cut_at
        self._failure = failure
        self._is_dead = False
        self._safe_size = 0
        self._unflushed: dict[Path, int] = {}

    def append(self, path: Path, data: Data) -> None:
        super().append(path, data)
        self._unflushed.pop(path, None)

    def append_soon(self, path: Path, data: Data) -> None:
        self._unflushed.setdefault(path, self.size(path) or 0)
        super().append_soon(path, data)

    def _step(self, what: str, path: Path) -> None:
        if self._is_due(what):
            self._fail(path)

    def _pour(self, fd: int, data: Data) -> None:
        self._safe_size = os.fstat(fd).st_size
        if self._is_due("write"):
            super()._pour(fd, memoryview(data)[: len(data) // 2])
            self._fail(None)
        super()._pour(fd, data)

    def _flush(self, fd: int) -> None:
        if self._is_due("flush"):
            if self._failure is None:
                self._tear(fd)
            self._fail(None)
        super()._flush(fd)

    def _tear(self, fd: int) -> None:
        """Lose half of what was not flushed."""
        size = os.fstat(fd).st_size
        if size > self._safe_size:
            os.ftruncate(fd, (self._safe_size + size) // 2)

    def _is_due(self, what: str) -> bool:
        if self._is_dead:
            raise PowerCut
        self.steps.append(what)
        return len(self.steps) - 1 == self._cut_at

    def _fail(self, path: Path | None) -> None:
        if self._failure is not None:
            raise self._failure
        self._is_dead = True
        for path, safe_size in self._unflushed.items():
            os.truncate(path, (safe_size + path.stat().st_size) // 2)
        raise PowerCut(str(path))


@dataclass(frozen=True, slots=True)
class Cut:
    """What a power cut before or in step `step` left behind; `finished` when none was needed."""

    step: int
    folder: Path
    finished: bool


def every_cut(
    make: Callable[[Path], object], action: Callable[[Path, Files], object], scratch: Path
) -> Iterator[Cut]:
    """Run `action(folder, files)` on a fresh copy of what `make(folder)` made, cut at each step.

    `make` is called once; the folder is at the same place each time. The last cut yielded is
    the one that `finished`.
    """
    start, folder = scratch / "start", scratch / "cut"
    folder.mkdir(parents=True)
    make(folder)
    folder.rename(start)
    for step in range(10_000):
        shutil.copytree(start, folder, symlinks=True)
        finished = _is_uncut(action, folder, step)
        yield Cut(step, folder, finished)
        shutil.rmtree(folder)
        if finished:
            return
    raise AssertionError("the action never finishes")


def every_failure(
    make: Callable[[Path], object],
    action: Callable[[Path, Files], object],
    scratch: Path,
    failure: Callable[[], OSError],
) -> Iterator[tuple[Cut, Exception | None]]:
    """As `every_cut`, but the disk refuses one step with `failure()`; also what came of it."""
    start, folder = scratch / "start", scratch / "cut"
    folder.mkdir(parents=True)
    make(folder)
    folder.rename(start)
    for step in range(10_000):
        shutil.copytree(start, folder, symlinks=True)
        files = FaultyFiles(step, failure=failure())
        raised = _outcome(action, folder, files)
        finished = len(files.steps) <= step
        yield Cut(step, folder, finished), raised
        shutil.rmtree(folder)
        if finished:
            return
    raise AssertionError("the action never finishes")


def _is_uncut(action: Callable[[Path, Files], object], folder: Path, step: int) -> bool:
    try:
        action(folder, FaultyFiles(step))
    except PowerCut:
        return False
    return True


def _outcome(
    action: Callable[[Path, Files], object], folder: Path, files: Files
) -> Exception | None:
    try:
        action(folder, files)
    except Exception as error:  # noqa: BLE001 - whatever came of it is the test's to judge
        return error
    return None
