"""What is wrong with settings, and the error that says it all at once."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from hub_agent.errors import SettingsError

KeyPath: TypeAlias = tuple[str | int, ...]

MAX_LISTED = 100
MAX_KEY_CHARS = 64


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value was written. Lines and columns count from 1; a higher `rank` wins."""

    source: str
    line: int | None = None
    column: int | None = None
    rank: int = 0

    def __str__(self) -> str:
        if self.line is None:
            return self.source
        return f"{self.source}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to correct. Holds names of keys, never a value."""

    place: Place
    key: str
    message: str
    suggestion: str | None = None

    def __str__(self) -> str:
        what = f"{self.key} {self.message}" if self.key else self.message
        return f"{self.place}: {what}" + (f" ({self.suggestion})" if self.suggestion else "")

    def as_json(self) -> dict[str, str | int | None]:
        """The same for machines."""
        return {
            "source": self.place.source,
            "line": self.place.line,
            "column": self.place.column,
            "key": self.key or None,
            "message": self.message,
            "suggestion": self.suggestion,
        }


class InvalidSettingsError(SettingsError):
    """All that is wrong in the settings; the message lists the first `MAX_LISTED` problems."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(_listed(problems), hint="correct it, then: hub-agent config check")
        self.problems = tuple(problems)


def _listed(problems: Sequence[Problem]) -> str:
    count = len(problems)
    lines = [f"  {problem}" for problem in problems[:MAX_LISTED]]
    if count > MAX_LISTED:
        lines.append(f"  and {count - MAX_LISTED} more")
    head = "1 problem in the settings" if count == 1 else f"{count} problems in the settings"
    return "\n".join([f"{head}:", *lines])


def dotted(path: KeyPath) -> str:
    """A key path as people write it: `rooms.kitchen.sinks[0].type`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += ("." if text else "") + shown_key(part)
    return text


def shown_key(key: str) -> str:
    """A key as it may be shown: `?` where it looks like a value that slipped into a key's place."""
    if not looks_like_key(key):
        return "?"
    return key if "." not in key and " " not in key else json.dumps(key, ensure_ascii=False)


def looks_like_key(key: str) -> bool:
    """Whether a key is a plain name."""
    plain = key.replace("-", "").replace("_", "").replace(" ", "").replace(".", "")
    return len(key) <= MAX_KEY_CHARS and plain.isalnum()
