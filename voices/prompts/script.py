"""Prompt scripts: those that come with the agent, and one's own.

A script is a text file in UTF-8 with one prompt a line; empty lines and lines that begin with
`#` do not count.
"""

import os
import stat
import unicodedata
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Final

from voices.errors import EnrolmentRefusedError
from voices.prompts.prompt import NoPromptsError, Prompt

MOST_PROMPTS: Final = 200
LONGEST_PROMPT: Final = 300
"""Characters; more cannot be read in one breath, or on one screen."""

_MOST_BYTES: Final = 256 * 1024
_SUFFIX: Final = ".txt"
_SCRIPTS: Final = files("voices.prompts") / "scripts"
_ALSO_CALLED: Final = {"cmn": "zh"}
_FORMAT_HINT: Final = "one sentence a line, as plain text in UTF-8"


def languages() -> tuple[str, ...]:
    """The languages that scripts come with, sorted."""
    names = (entry.name for entry in _SCRIPTS.iterdir())
    return tuple(sorted(name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX)))


def prompts(language: str) -> tuple[Prompt, ...]:
    """The script for a language; a tag with a region, as `en-GB`, finds that of its language."""
    primary = language.strip().casefold().replace("_", "-").partition("-")[0]
    primary = _ALSO_CALLED.get(primary, primary)
    if primary not in languages():
        raise NoPromptsError(
            f"no prompts come with the agent for this language; there are {', '.join(languages())}",
            hint="give a file of your own with one sentence a line",
        )
    return _parsed((_SCRIPTS / f"{primary}{_SUFFIX}").read_text("utf-8"), primary)


def prompts_from_file(path: Path, language: str) -> tuple[Prompt, ...]:
    """One's own script, for any language; EnrolmentRefusedError says what is wrong with it."""
    try:
        text = _content(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _bad("the file of prompts is not text in UTF-8") from error
    return _parsed(text, language)


def _content(path: Path) -> bytes:
    """Of a plain file; O_NONBLOCK: a named pipe must not make us wait for its writer."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise _bad("the file of prompts is not a plain file")
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise _bad("the file of prompts cannot be read") from error
    if len(data) > _MOST_BYTES:
        raise _bad(f"the file of prompts has more than {_MOST_BYTES // 1024} KiB")
    return data


def _parsed(text: str, language: str) -> tuple[Prompt, ...]:
    sentences = list(_sentences(text))
    if not sentences:
        raise _bad("the file of prompts has no sentence in it")
    if len(sentences) > MOST_PROMPTS:
        raise _bad(f"the file of prompts has more than {MOST_PROMPTS} sentences")
    return tuple(
        Prompt(id=f"{language}-{number:02}", text=sentence, language=language)
        for number, sentence in enumerate(sentences, start=1)
    )


def _sentences(text: str) -> Iterator[str]:
    seen: set[str] = set()
    for number, line in enumerate(text.splitlines(), start=1):
        sentence = " ".join(line.split())
        if sentence and not sentence.startswith("#"):
            _check(sentence, number, seen)
            seen.add(sentence)
            yield sentence


def _check(sentence: str, number: int, seen: set[str]) -> None:
    if len(sentence) > LONGEST_PROMPT:
        raise _bad(f"line {number} of the prompts is longer than {LONGEST_PROMPT} characters")
    if any(unicodedata.category(char) in {"Cc", "Co", "Cs"} for char in sentence):
        raise _bad(f"line {number} of the prompts has characters that are not text")
    if not any(char.isalpha() for char in sentence):
        raise _bad(f"line {number} of the prompts has no word in it")
    if sentence in seen:
        raise _bad(f"line {number} of the prompts is there twice")


def _bad(text: str) -> EnrolmentRefusedError:
    return EnrolmentRefusedError(text, hint=_FORMAT_HINT, reason="bad_prompts")
