"""A picture of files: how loud they are over time, and what this hub said where."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from hub_agent.own_speech.report import NOTHING, changes, odds, place, who
from hub_agent.own_speech.search import Finding, Mark
from voices.enrolment.canvas import (
    AMBER,
    BLUE,
    GREEN,
    GRID,
    INK,
    PANEL,
    RED,
    SOFT,
    Area,
    Canvas,
    Colour,
    tick_step,
)

_WIDTH: Final = 1280
_LEFT: Final = 92
_RIGHT: Final = _WIDTH - 36
_WAVE: Final = 120
_CONFIDENCE: Final = 44
_GAP: Final = 34
_LINE: Final = 24
_TITLE: Final = 74
_MOST_ROWS: Final = 40
_MOST_LINES: Final = 12
_FLOOR: Final = 1e-4
_COLOURS: Final[tuple[Colour, ...]] = (GREEN, BLUE, AMBER, RED, (122, 80, 160), (20, 140, 150))
_PALE: Final = 0.75


@dataclass(frozen=True, slots=True)
class Row:
    """A file and what was found in it."""

    name: str
    finding: Finding


def picture(rows: Sequence[Row]) -> bytes:
    """A PNG with a time line for each file; one colour for each announcement in it."""
    shown = rows[:_MOST_ROWS]
    canvas = Canvas(_WIDTH, sum(map(_height, shown)) + 20)
    top = 10
    for row in shown:
        _draw(canvas, top, row)
        top += _height(row)
    return canvas.png()


def _height(row: Row) -> int:
    lines = min(len(row.finding.marks), _MOST_LINES)
    return _TITLE + _WAVE + _CONFIDENCE + 2 * _GAP + _LINE * lines


def _draw(canvas: Canvas, top: int, row: Row) -> None:
    found = row.finding
    canvas.text((36, top + 22), canvas.fitted(row.name, 24, _RIGHT - 36), size=24, anchor="lm")
    canvas.text((36, top + 52), _verdict(found), size=16, fill=SOFT, anchor="lm")
    colours = _colours(found.marks)
    wave = Area(_LEFT, top + _TITLE, _RIGHT, top + _TITLE + _WAVE)
    sure = Area(_LEFT, wave.bottom + _GAP, _RIGHT, wave.bottom + _GAP + _CONFIDENCE)
    _wave(canvas, wave, found, colours)
    _confidence(canvas, sure, found, colours)
    for index, (mark, colour) in enumerate(zip(found.marks[:_MOST_LINES], colours, strict=False)):
        _line(canvas, sure.bottom + 18 + _LINE * index, mark, colour)


def _line(canvas: Canvas, y: int, mark: Mark, colour: Colour) -> None:
    canvas.dot((_LEFT + 7, y), 6, colour)
    said = f"{who(mark.speech)}, {place(mark)}, certain to {mark.confidence:.0%}"
    plain = said.replace("–", "-")  # the font has no dash
    fitted = canvas.fitted(plain, 16, _RIGHT - _LEFT - 24)
    canvas.text((_LEFT + 24, y), fitted, size=16, anchor="lm")


def _verdict(found: Finding) -> str:
    if not found.detected:
        return NOTHING
    chance = f"chance of a false alarm below {odds(found.p_value)}"
    return f"made by this hub{changes(found.stretch)}; {chance}"


def _colours(marks: Sequence[Mark]) -> list[Colour]:
    """The same for parts of the same announcement."""
    speeches = list(dict.fromkeys(mark.speech for mark in marks))
    return [_COLOURS[speeches.index(mark.speech) % len(_COLOURS)] for mark in marks]


def _wave(canvas: Canvas, area: Area, found: Finding, colours: Sequence[Colour]) -> None:
    canvas.box(area, PANEL, outline=GRID)
    for mark, colour in zip(found.marks, colours, strict=True):
        canvas.box(_stretch_of(area, mark, found.duration_s), _pale(colour))
    peaks = found.outline.peaks()
    if peaks.size:
        edges = np.linspace(0, peaks.size, area.num_columns, endpoint=False).astype(np.intp)
        columns = np.maximum.reduceat(peaks, edges)
        highest = max(float(columns.max()), _FLOOR) * 2.1
        for column, peak in enumerate((columns / highest).tolist()):
            x = area.left + column
            canvas.line([(x, area.y(0.5 + peak)), (x, area.y(0.5 - peak))], INK)
    _seconds(canvas, area, found.duration_s)


def _confidence(canvas: Canvas, area: Area, found: Finding, colours: Sequence[Colour]) -> None:
    canvas.box(area, PANEL, outline=GRID)
    for share, text in ((1.0, "certain"), (0.0, "not")):
        canvas.text((area.left - 8, area.y(share)), text, size=13, fill=SOFT, anchor="rm")
    for mark, colour in zip(found.marks, colours, strict=True):
        bar = _stretch_of(area, mark, found.duration_s)
        top = min(round(area.y(mark.confidence)), area.bottom - 1)
        canvas.box(Area(bar.left, top, bar.right, area.bottom), colour)


def _stretch_of(area: Area, mark: Mark, duration_s: float) -> Area:
    left, right = (
        round(area.x(min(1.0, at / max(duration_s, 1e-6)))) for at in (mark.start_s, mark.end_s)
    )
    return Area(left, area.top, max(right, left + 1), area.bottom)


def _seconds(canvas: Canvas, area: Area, duration_s: float) -> None:
    step = tick_step(duration_s, 12)
    for number in range(int(duration_s / step + 1e-6) + 1):
        x = area.x(number * step / max(duration_s, 1e-6))
        canvas.line([(x, area.bottom), (x, area.bottom + 4)], SOFT)
        text = f"{number * step:g} s" if number == 0 else f"{number * step:g}"
        canvas.text((x, area.bottom + 5), text, size=12, fill=SOFT, anchor="ma")


def _pale(colour: Colour) -> Colour:
    red, green, blue = (round(255 - (255 - each) * (1 - _PALE)) for each in colour)
    return red, green, blue
