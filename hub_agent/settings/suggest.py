"""“Did you mean …?”."""

import difflib
from collections.abc import Sequence

MAX_COMPARED_CHARS = 64
MAX_SHOWN = 30
SIMILARITY = 0.6


def nearest(word: str, known: Sequence[str]) -> str | None:
    """The known word that a misspelt one probably means; case, `-` and `_` do not matter."""
    by_form = {_form(name): name for name in known}
    close = difflib.get_close_matches(
        _form(word)[:MAX_COMPARED_CHARS], list(by_form), n=1, cutoff=SIMILARITY
    )
    return by_form[close[0]] if close else None


def did_you_mean(word: str, known: Sequence[str], kind: str) -> str | None:
    """A suggestion for a word that is not among the known ones."""
    near = nearest(word, known)
    if near is not None:
        return f"did you mean {near}?"
    return f"{kind}: {listed(known)}" if known else None


def listed(words: Sequence[str]) -> str:
    """Words with commas, cut where nobody would read on."""
    more = len(words) - MAX_SHOWN
    return ", ".join(words[:MAX_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _form(word: str) -> str:
    return word.strip().lower().replace("-", "_").replace(" ", "_")
