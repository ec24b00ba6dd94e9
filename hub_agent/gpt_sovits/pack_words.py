"""What people may call a pack, and say of its licence."""

import re
import unicodedata
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from hub_agent.errors import UsageError
from hub_agent.models.manifest import Line, Name

_MAX_NAME: Final = 100


def pack_name(wanted: str | None, checkpoint: Path) -> str:
    """The name that is wanted, or one after the file; a `UsageError` if it cannot be one."""
    name = _from_file(checkpoint) if wanted is None else wanted
    if not _fits(Name, name):
        raise UsageError(
            "this cannot be the name of a model",
            hint="--name with lower-case letters, digits, '.', '_' and '-'",
        )
    return name


def require_licence(text: str) -> str:
    """The text itself; a `UsageError` if no manifest can hold it."""
    if not _fits(Line, text):
        raise UsageError("the licence is one line of text", hint='--licence "CC BY 4.0"')
    return text


def _from_file(checkpoint: Path) -> str:
    """Letters without their accents; other scripts are left out."""
    ascii_only = unicodedata.normalize("NFKD", checkpoint.stem).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9._-]+", "-", ascii_only.lower())[:_MAX_NAME].strip("-._")


def _fits(kind: Any, text: str) -> bool:
    try:
        TypeAdapter(kind).validate_python(text)
    except ValidationError:
        return False
    return True
