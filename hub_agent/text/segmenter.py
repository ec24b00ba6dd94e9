"""Cuts a stream of raw text into normalised segments for the engine.

Raw text is cut where no rule of the normaliser looks across, then each piece is normalised.
The look-ahead is one word: a segment is handed out as soon as the word after it has begun and
ended, or the text has. The first segment is short, so that the first sound need not wait for a
long sentence; later ones are sentences, or parts of long ones. None lasts much longer than 12 s.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate

from hub_agent.text.normalise import normalise
from hub_agent.text.phrasing import BAD, GOOD, Phrasing
from hub_agent.text.resplit import resplit
from hub_agent.text.segment import Boundary, Segment
from hub_agent.text.tokens import Scanner, Token

LONGEST_SEGMENT = 180
"""Letters, about 12 s of speech; a character of Chinese, Japanese or Korean counts as four."""

SHORTEST_CUT = 45
"""Letters before a comma is a place to cut a long sentence."""

_SLICE = 48  # characters: about one first segment
_TENTHS = 10
_LEEWAY = 2 * _TENTHS
_SHORTEST_CLAUSE = 15  # tenths of a word: two words, or three characters of Chinese
_STRONG = frozenset(
    {Boundary.SENTENCE, Boundary.QUESTION, Boundary.EXCLAMATION, Boundary.PARAGRAPH}
)


@dataclass(slots=True, eq=False)
class _Joint:
    """A token of the piece being gathered, and how it may be cut off from the next."""

    token: Token
    boundary: Boundary | None
    quality: int


class Segmenter:
    """Feed raw text in any cuts; the segments do not depend on the cuts.

    `first_words` is the length aimed at for the first segment when no clause ends before it;
    `longest` bounds every segment, in letters.
    """

    def __init__(
        self, language: str, *, first_words: int = 8, longest: int = LONGEST_SEGMENT
    ) -> None:
        self._language = language
        self._phrasing = Phrasing(language)
        self._scanner = Scanner()
        self._first = max(first_words, 1) * _TENTHS
        self._longest = max(longest, 8)
        self._held: Token | None = None
        self._piece: list[_Joint] = []
        self._weight = 0
        self._words = 0
        self._index = 0

    def feed(self, text: str) -> list[Segment]:
        """The segments that are certain now."""
        return self._take(self._scanner.feed(text))

    def finish(self) -> list[Segment]:
        """The segments that are left. A segmenter is for one text."""
        segments = self._take(self._scanner.finish())
        if self._held is not None:
            segments += self._join(self._held, None)
            self._held = None
        return segments

    def _take(self, tokens: Iterator[Token]) -> list[Segment]:
        segments: list[Segment] = []
        for token in tokens:
            if self._held is not None:
                segments += self._join(self._held, token)
            self._held = token
        return segments

    def _join(self, token: Token, following: Token | None) -> list[Segment]:
        boundary = self._phrasing.joint(token, following)
        quality = self._phrasing.quality(token, following) if following else GOOD
        self._piece.append(_Joint(token, boundary, quality))
        self._weight += token.weight
        self._words += token.words
        if following is None or boundary in _STRONG:
            return self._emit(len(self._piece), boundary or Boundary.SENTENCE)
        segments = self._cut_first() if self._index == 0 else []
        while self._piece and self._weight + following.weight > self._longest:
            segments += self._cut_at(_late_place(self._piece, self._longest))
        return segments

    def _cut_first(self) -> list[Segment]:
        clause = self._piece[-1].boundary is Boundary.CLAUSE
        if clause and _SHORTEST_CLAUSE <= self._words <= self._first + _LEEWAY:
            return self._cut_at(len(self._piece))
        if self._words < self._first + _LEEWAY:
            return []
        place = _early_place(self._piece, self._first)
        return self._cut_at(place) if place else []

    def _cut_at(self, count: int) -> list[Segment]:
        return self._emit(count, self._piece[count - 1].boundary or Boundary.WORD)

    def _emit(self, count: int, boundary: Boundary) -> list[Segment]:
        raw = "".join(joint.token.raw for joint in self._piece[:count])
        self._piece = self._piece[count:]
        self._weight = sum(joint.token.weight for joint in self._piece)
        self._words = sum(joint.token.words for joint in self._piece)
        text = normalise(raw, self._language).replace("\n", " ")
        parts = [part for part in resplit(text, self._longest) if any(map(str.isalnum, part))]
        inner = [self._segment(part, _inner_boundary(part)) for part in parts[:-1]]
        return inner + [self._segment(part, boundary) for part in parts[-1:]]

    def _segment(self, text: str, boundary: Boundary) -> Segment:
        index, self._index = self._index, self._index + 1
        return Segment(text=text, index=index, language=self._language, boundary=boundary)


def segments(text: str | Iterable[str], language: str) -> Iterator[Segment]:
    """The segments of a text or its pieces, worked out one by one as they are asked for."""
    segmenter = Segmenter(language)
    for piece in (text,) if isinstance(text, str) else text:
        for start in range(0, len(piece), _SLICE):
            yield from segmenter.feed(piece[start : start + _SLICE])
    yield from segmenter.finish()


def _early_place(piece: list[_Joint], aim: int) -> int:
    """After how many tokens to cut the first segment; 0 where no place is good enough yet."""
    best, best_rank = 0, (0, 0, 0)
    for count, words in enumerate(accumulate(joint.token.words for joint in piece), start=1):
        joint = piece[count - 1]
        if joint.boundary is None or words < _SHORTEST_CLAUSE:
            continue
        near = aim - _LEEWAY <= words <= aim + _LEEWAY
        rank = (1 + near if joint.quality > BAD else near, joint.quality, -abs(words - aim))
        if rank[0] and rank > best_rank:
            best, best_rank = count, rank
    return best


def _late_place(piece: list[_Joint], longest: int) -> int:
    """After how many tokens to cut a long sentence: at its last clause, else between words."""
    best, best_rank = len(piece), (0, 0)
    for count, weight in enumerate(accumulate(joint.token.weight for joint in piece), start=1):
        joint = piece[count - 1]
        if joint.boundary is Boundary.CLAUSE and weight >= SHORTEST_CUT:
            rank = (4, weight)
        elif joint.boundary is not None:
            rank = (1 + joint.quality if weight >= longest // 2 else 1, weight)
        else:
            continue
        if rank >= best_rank:
            best, best_rank = count, rank
    return best


def _inner_boundary(part: str) -> Boundary:
    return Boundary.CLAUSE if part[-1] in ",;:，；：、" else Boundary.WORD
