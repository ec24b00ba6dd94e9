"""What every section of the settings has in common, for the core and for integrations."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints
from pydantic_core import PydanticCustomError

PROBLEM_TYPE = "hub_agent_settings"


class Section(BaseModel):
    """Frozen, unknown keys are errors, and errors never show a value."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        hide_input_in_errors=True,
        use_attribute_docstrings=False,
    )


@dataclass(frozen=True, slots=True)
class Expected:
    """Metadata for `Annotated`: what a value looks like, in words a householder understands."""

    words: str


def wrong(
    message: str, *, suggestion: str | None = None, choices: Iterable[str] = ()
) -> PydanticCustomError:
    """The error that a validator raises; neither text may hold the value.

    `choices` are the words that would have been right: the nearest becomes "did you mean …?".
    """
    return PydanticCustomError(
        PROBLEM_TYPE,
        "{message}",
        {"message": message, "suggestion": suggestion, "choices": tuple(choices)},
    )


def _not_blank(value: object) -> object:
    if isinstance(value, str) and not (value.strip() and value.isprintable()):
        raise wrong("is not a path", suggestion="a path without control characters")
    return value


def _expand_home(path: Path) -> Path:
    try:
        return path.expanduser()
    except RuntimeError:
        raise wrong("names a home folder that is not there", suggestion="a full path") from None


UserPath = Annotated[Path, BeforeValidator(_not_blank), AfterValidator(_expand_home)]
"""A path in which a leading `~` means the home folder."""
Name = Annotated[str, StringConstraints(min_length=1, max_length=255)]
