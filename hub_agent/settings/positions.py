"""Character offsets as lines and columns, the way editors count them."""

import re
from bisect import bisect_right

from hub_agent.settings.problems import Place

_LINE_END = re.compile(r"\r\n|\r|\n")


class Positions:
    """Turns an offset in one text into a `Place` that exists in it; both count from 1."""

    def __init__(self, text: str, source: str, *, rank: int) -> None:
        self._starts = [0, *(end.end() for end in _LINE_END.finditer(text))]
        self._last = len(text.rstrip("\r\n"))
        self._source = source
        self._rank = rank

    def place(self, offset: int) -> Place:
        """The place of an offset; one past the last character becomes the end of the text."""
        offset = max(0, min(offset, self._last))
        line = bisect_right(self._starts, offset)
        return Place(self._source, line, offset - self._starts[line - 1] + 1, self._rank)
