"""`manifest.json`: what a pack says of itself, and of every file in it."""

import json
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    ValidationError,
    model_validator,
)

from hub_agent.errors import ModelFileError
from hub_agent.models.safe_path import SafePaths
from hub_agent.models.tree import PUBLISHER
from voices.durable import DiskFiles

MANIFEST: Final = "manifest.json"
FORMAT: Final = 1
FILES_KIND: Final = "files"
"""Weights as they were published; no engine runs them until a pack is made of them."""
RESERVED_NAMES: Final = frozenset({"speaker-check"})
MAX_MANIFEST_BYTES: Final = 1 << 20
MAX_FILES: Final = 2000
_MAX_FILE_BYTES: Final = 1 << 40


def _require_printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("the text holds a character that cannot be printed")
    return text


def _require_finite(figures: dict[str, JsonValue]) -> dict[str, JsonValue]:
    json.dumps(figures, allow_nan=False)
    return figures


def _require_free(name: str) -> str:
    if name in RESERVED_NAMES:
        raise ValueError("the name belongs to a model of the hub itself")
    return name


Name = Annotated[
    str, Field(pattern=r"\A[a-z0-9][a-z0-9._-]{0,99}\z"), AfterValidator(_require_free)
]
Word = Annotated[str, Field(pattern=r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,49}\z")]
Language = Annotated[str, Field(pattern=r"\A[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}\z")]
Line = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_require_printable)]

Figures = Annotated[dict[str, JsonValue], AfterValidator(_require_finite)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class PackFile(_Strict):
    """One file of a pack; `path` is relative to the pack's folder, with slashes."""

    path: str
    size: Annotated[int, Field(ge=0, le=_MAX_FILE_BYTES)]
    sha256: Annotated[str, Field(pattern=r"\A[0-9a-f]{64}\z")]


class Manifest(_Strict):
    """A pack: for an `engine` that speaks with it, or `files` as somebody published them."""

    format: Literal[1] = FORMAT
    name: Name
    engine: Word | None = None
    kind: Word
    sample_rate: Annotated[int, Field(ge=8000, le=192_000)] | None = None
    licence: Line
    languages: Annotated[tuple[Language, ...], Field(max_length=200)] = ()
    figures: Figures = Field(default_factory=dict)
    """What the engine has to know besides: dimensions, settings, measured figures."""
    source: Line | None = None
    files: Annotated[tuple[PackFile, ...], Field(min_length=1, max_length=MAX_FILES)]

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(file.size for file in self.files)

    def to_bytes(self) -> bytes:
        """As it is written to disk."""
        return json.dumps(self.model_dump(mode="json"), indent=2, ensure_ascii=False).encode()

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        paths = SafePaths()
        for path in (MANIFEST, *(file.path for file in self.files)):
            paths.add(path)
        is_raw = self.kind == FILES_KIND
        if is_raw != (self.engine is None) or is_raw != (self.sample_rate is None):
            raise ValueError("a pack has an engine and a sample rate, published files have neither")
        return self


def parse_manifest(data: bytes) -> Manifest:
    """The manifest that `data` is; a `ModelFileError` says what is wrong with it."""
    if len(data) > MAX_MANIFEST_BYTES:
        raise _unusable("it is too big")
    try:
        content = json.loads(data, object_pairs_hook=_without_repeats)
    except (ValueError, RecursionError) as error:
        raise _unusable("it is no JSON, or names a key twice") from error
    if isinstance(content, dict) and _is_newer(content.get("format")):
        raise ModelFileError(
            "the pack is made for a newer version of the hub agent",
            hint="pip install --upgrade hub-agent",
            reason="newer_format",
        )
    try:
        return Manifest.model_validate_json(data)
    except ValidationError as error:
        raise _unusable(_first_problem(error)) from error


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the pack in `folder`."""
    try:
        data = DiskFiles().read(folder / MANIFEST, MAX_MANIFEST_BYTES)
    except OSError as error:
        why = (error.strerror or "it is no plain file, or too big").lower()
        raise _unusable(f"it cannot be read: {why}") from error
    return parse_manifest(data)


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("repeated key")
    return content


def _is_newer(number: object) -> bool:
    return isinstance(number, int) and number > FORMAT


def _first_problem(error: ValidationError) -> str:
    """Where and what, without the value; keys come from outside, so they are cut to be shown."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    shown = "".join(char for char in where if char.isprintable())[:80]
    return f"{shown}: {first['msg']}" if shown else first["msg"]


def _unusable(why: str) -> ModelFileError:
    return ModelFileError(
        f"{MANIFEST} of the pack cannot be used: {why}",
        hint=PUBLISHER,
        reason="bad_manifest",
    )
