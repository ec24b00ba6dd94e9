"""Logs: for people on a terminal, one JSON object a line elsewhere, always on standard error."""

import logging
import os
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO, cast

import structlog

if TYPE_CHECKING:
    from structlog.typing import Processor

    from hub_agent.settings.models import LogSettings

REDACTED: Final = "[redacted]"
PERSONAL_KEYS: Final = frozenset(
    {"text", "name", "password", "embedding", "payload", "token", "secret", "passphrase"}
)
PERSONAL_ENDINGS: Final = tuple(f"_{key}" for key in sorted(PERSONAL_KEYS - {"name"}))


def set_up_logs(
    settings: "LogSettings", *, stream: TextIO | None = None, env: Mapping[str, str] = os.environ
) -> None:
    """Send every log of this process, ours and the libraries', where `settings` say.

    Called again after a reload, it applies to loggers that already exist.
    """
    level = logging.getLevelNamesMapping()[settings.level.upper()]
    out = cast("TextIO", _Unbreakable(stream or sys.stderr))
    final = _final_processors(settings.format, out, env)
    structlog.configure(
        processors=[*_shared_processors(), *final],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    _adopt_standard_logging(out, level, final)


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Any:
    """A net below the rule that personal things are not logged: blanks them by their key."""
    for key, value in event.items():
        event[key] = REDACTED if is_personal(key) else _without_personal(value)
    return event


def trace(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Any:
    """Replace an exception by its type and its way through the code.

    Its message is left out: a library's may quote what was to be said.
    """
    error = _exception(event.pop("exc_info", None))
    if error is not None:
        event["error"] = type(error).__name__
        event["trace"] = " > ".join(
            f"{Path(frame.filename).name}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)
        )
    return event


def _exception(exc_info: object) -> BaseException | None:
    if isinstance(exc_info, tuple):
        exc_info = exc_info[1]
    if isinstance(exc_info, BaseException):
        return exc_info
    return sys.exception() if exc_info else None


def is_personal(key: str) -> bool:
    """Whether a value under that key is nobody's business."""
    lower = key.lower()
    return lower in PERSONAL_KEYS or lower.endswith(PERSONAL_ENDINGS)


def _without_personal(value: object) -> object:
    if isinstance(value, Mapping):
        return {
            key: REDACTED if is_personal(str(key)) else _without_personal(inner)
            for key, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [_without_personal(inner) for inner in value]
    return value


def _shared_processors() -> list["Processor"]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        trace,
        redact,
    ]


def _final_processors(wanted: str, out: TextIO, env: Mapping[str, str]) -> list["Processor"]:
    console = wanted == "console" or (wanted == "auto" and out.isatty())
    if not console:
        return [
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(default=str),
        ]
    renderer = structlog.dev.ConsoleRenderer(colors=out.isatty() and not env.get("NO_COLOR"))
    return [structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False), renderer]


def _adopt_standard_logging(out: TextIO, level: int, final: list["Processor"]) -> None:
    """Warnings of libraries come out in our form; their chatter does not come out at all."""
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *_shared_processors()],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *final],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(level, logging.WARNING), force=True)
    logging.raiseExceptions = False


class _Unbreakable:
    """A stream whose reader may go away: what cannot be written is lost, nothing else."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write or lose it."""
        try:
            return self._stream.write(text)
        except (OSError, ValueError):
            return 0

    def flush(self) -> None:
        """Flush or lose it."""
        try:
            self._stream.flush()
        except (OSError, ValueError):
            return

    def isatty(self) -> bool:
        """Whether a person is likely to read along."""
        return self._stream.isatty()
