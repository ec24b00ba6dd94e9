"""Pictures of recordings: what was heard where, how loud, how clear, and what is wrong.

Names of files and prompts appear in them, texts never do.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voices.enrolment.activity import Activity, find_speech
from voices.enrolment.canvas import (
    AMBER,
    BLUE,
    GREEN,
    GRID,
    INK,
    PALE,
    PANEL,
    RED,
    SOFT,
    Area,
    Canvas,
    Colour,
    heat,
    tick_step,
)
from voices.enrolment.decode import resampled
from voices.enrolment.frames import spectra
from voices.enrolment.inspection import Take
from voices.enrolment.quality import Measures
from voices.enrolment.report import QualityReport, RecordingReport
from voices.enrolment.verdicts import NEEDED_SNR_DB, Severity, Verdict

Samples = NDArray[np.float32]

COLOURS: Final = {Severity.OK: GREEN, Severity.ADVICE: AMBER, Severity.REFUSED: RED}
WORDS: Final = {
    Severity.OK: "good",
    Severity.ADVICE: "usable, could be better",
    Severity.REFUSED: "not usable",
}
_WIDTH: Final = 1280
_LEFT: Final = 92
_RIGHT: Final = _WIDTH - 36
_RATE: Final = 16_000
_TOP_HZ: Final = 8_000
_SPECTRUM_RANGE_DB: Final = 65.0
_LEVEL_RANGE_DB: Final = (-80.0, 0.0)
_LOWEST_DB: Final = -100.0
_ROW: Final = 74
_MOST_ROWS: Final = 100
_NEEDED: Final = f"{NEEDED_SNR_DB:.0f} dB above it: needed"


def recording_picture(take: Take, report: RecordingReport) -> bytes:
    """A PNG of one recording: wave, spectrogram and level over time, numbers and verdicts."""
    samples = resampled(take.recording.samples, take.recording.sample_rate, _RATE)
    activity = find_speech(samples, _RATE)
    lines = _verdict_lines(report.verdicts)
    canvas = Canvas(_WIDTH, 772 + 26 * len(lines))
    _headline(canvas, report.name, report.severity)
    _numbers(canvas, report.measures, 84)
    _wave(canvas, Area(_LEFT, 178, _RIGHT, 328), samples, activity)
    _spectrogram(canvas, Area(_LEFT, 380, _RIGHT, 550), samples)
    _levels(canvas, Area(_LEFT, 604, _RIGHT, 724), samples, report.measures, activity)
    for index, (text, colour) in enumerate(lines):
        canvas.text(
            (_LEFT, 766 + 26 * index), canvas.fitted(text, 16, _RIGHT - _LEFT), size=16, fill=colour
        )
    return canvas.png()


def sheet(takes: Sequence[Take], report: QualityReport) -> bytes:
    """A PNG of all recordings, a row for each, with the judgement about all on top."""
    rows = list(zip(takes, report.recordings, strict=True))[:_MOST_ROWS]
    lines = _verdict_lines(report.overall)
    top = 140 + 26 * len(lines)
    canvas = Canvas(_WIDTH, top + _ROW * len(rows) + 30)
    _headline(canvas, "All recordings", report.severity)
    summary = f"{report.speech_s:.0f} s of speech    {report.snr_db:.0f} dB over the background"
    canvas.text((36, 84), summary, size=18)
    for index, (text, colour) in enumerate(lines):
        canvas.text(
            (36, 118 + 26 * index), canvas.fitted(text, 16, _WIDTH - 72), fill=colour, size=16
        )
    for number, (take, recording) in enumerate(rows):
        _row(canvas, top + _ROW * number, take, recording)
    return canvas.png()


def _row(canvas: Canvas, top: int, take: Take, report: RecordingReport) -> None:
    middle, measures = top + _ROW / 2 - 4, report.measures
    canvas.box(Area(36, top, _RIGHT, top + _ROW - 8), PANEL, outline=GRID, radius=6)
    canvas.dot((58, middle), 7, COLOURS[report.severity])
    canvas.text((78, middle), canvas.fitted(report.name, 15, 200), anchor="lm")
    samples = take.recording.samples
    activity = find_speech(samples, take.recording.sample_rate)
    _shape(canvas, Area(290, top + 8, 640, top + _ROW - 16), samples, activity)
    canvas.text((730, middle), f"{measures.speech_s:.1f} s", anchor="rm")
    canvas.text((820, middle), f"{measures.snr_db:.0f} dB", anchor="rm")
    worst = next(iter(report.verdicts), None)
    text = worst.sentence if worst else "nothing to improve"
    wrapped = canvas.wrapped(text, 14, _RIGHT - 860)[:2]
    colour = COLOURS[worst.severity] if worst else SOFT
    for index, line in enumerate(wrapped):
        y = middle + 18 * (index - (len(wrapped) - 1) / 2)
        canvas.text((844, y), line, size=14, fill=colour, anchor="lm")


def _headline(canvas: Canvas, title: str, severity: Severity) -> None:
    word = WORDS[severity]
    width = canvas.width_of(word, 17) + 32
    canvas.box(Area(int(_RIGHT - width), 26, _RIGHT, 60), COLOURS[severity], radius=17)
    canvas.text((_RIGHT - width / 2, 43), word, size=17, fill=PANEL, anchor="mm")
    canvas.text((36, 43), canvas.fitted(title, 28, _RIGHT - width - 60), size=28, anchor="lm")


def _numbers(canvas: Canvas, measures: Measures, top: int) -> None:
    ringing = "hidden" if measures.ringing_s is None else f"{measures.ringing_s:.1f} s"
    facts = (
        ("speech", f"{measures.speech_s:.1f} s of {measures.duration_s:.1f}"),
        ("voice over background", f"{measures.snr_db:.0f} dB"),
        ("clipped", f"{measures.clipped_share:.2%}"),
        ("loudness", f"{measures.loudness_lufs:.0f} LUFS"),
        ("sound up to", f"{measures.bandwidth_hz / 1000:.1f} kHz"),
        ("room rings", ringing),
    )
    width = (_RIGHT - 36) / len(facts)
    for index, (label, value) in enumerate(facts):
        left = int(36 + index * width)
        canvas.box(Area(left, top, int(left + width - 10), top + 58), PANEL, outline=GRID, radius=6)
        canvas.text((left + 14, top + 9), label, size=13, fill=SOFT)
        canvas.text((left + 14, top + 28), value, size=19)


def _wave(canvas: Canvas, area: Area, samples: Samples, activity: Activity) -> None:
    _frame(canvas, area, "wave", activity.duration_s)
    peak = max(float(np.max(np.abs(samples), initial=0.0)), 1e-4)
    _shape(canvas, area, samples, activity)
    marks = ((1.0, f"{peak:.2g}"), (0.5, "0"), (0.0, f"-{peak:.2g}"))
    for share, text in marks:
        canvas.text((area.left - 8, area.y(share)), text, size=13, fill=SOFT, anchor="rm")
    canvas.text((area.right, area.top - 20), "shaded: speech", size=13, fill=SOFT, anchor="ra")


def _shape(canvas: Canvas, area: Area, samples: Samples, activity: Activity) -> None:
    """The wave's outline, with speech shaded; the highest peak fills the height."""
    duration_s = max(activity.duration_s, 1e-6)
    for span in activity.spans:
        left, right = (int(area.x(at / duration_s)) for at in (span.start_s, span.end_s))
        canvas.box(Area(left, area.top, max(right, left + 1), area.bottom), PALE)
    lows, highs = (
        _columns(samples, area.num_columns, np.min),
        _columns(samples, area.num_columns, np.max),
    )
    peak = max(float(np.max(np.abs(samples), initial=0.0)), 1e-4) * 2.08
    for column, (low, high) in enumerate(zip(lows, highs, strict=True)):
        x = area.left + column
        canvas.line([(x, area.y(0.5 + high / peak)), (x, area.y(0.5 + low / peak))], BLUE)


def _spectrogram(canvas: Canvas, area: Area, samples: Samples) -> None:
    _frame(canvas, area, "spectrum", samples.size / _RATE)
    power = np.concatenate(list(spectra(samples, _RATE)))
    columns = min(area.num_columns, len(power))
    at = np.linspace(0, len(power), columns, endpoint=False).astype(np.intp)
    level = 10 * np.log10(np.maximum.reduceat(power, at, axis=0) + 1e-14)
    top = float(np.quantile(level, 0.999))
    pixels = heat(1.0 + (level.T[::-1] - top) / _SPECTRUM_RANGE_DB)
    canvas.paste(pixels, area)
    for kilohertz in (0, 2, 4, 6, 8):
        y = area.y(kilohertz * 1000 / _TOP_HZ)
        canvas.text((area.left - 8, y), f"{kilohertz} kHz", size=13, fill=SOFT, anchor="rm")


def _levels(
    canvas: Canvas, area: Area, samples: Samples, measures: Measures, activity: Activity
) -> None:
    """Level over time, with the background and what the voice has to reach above it."""
    _frame(canvas, area, "level, of full scale", activity.duration_s)
    low, high = _LEVEL_RANGE_DB
    for decibels in (0, -20, -40, -60, -80):
        y = area.y((decibels - low) / (high - low))
        canvas.line([(area.left, y), (area.right, y)], GRID)
        canvas.text((area.left - 8, y), f"{decibels} dB", size=13, fill=SOFT, anchor="rm")
    power = np.concatenate([block.sum(axis=1) for block in spectra(samples, _RATE)])
    columns = _columns(power, min(area.num_columns // 2, len(power)), np.mean)
    level = np.clip(10 * np.log10(np.maximum(columns, 1e-12)), low, high)
    across = np.linspace(0.0, 1.0, level.size)
    shares = (level - low) / (high - low)
    points = [(area.x(x), area.y(y)) for x, y in zip(across.tolist(), shares.tolist(), strict=True)]
    canvas.line(points, INK, 2)
    noise_db = 10 * np.log10(max(measures.noise_power, 10 ** (_LOWEST_DB / 10)))
    _threshold(canvas, area, noise_db, SOFT)
    _threshold(canvas, area, noise_db + NEEDED_SNR_DB, AMBER)
    right = area.right - canvas.width_of(_NEEDED, 13) - 18
    canvas.text((area.right, area.top - 20), _NEEDED, size=13, fill=AMBER, anchor="ra")
    canvas.text((right, area.top - 20), "background", size=13, fill=SOFT, anchor="ra")


def _threshold(canvas: Canvas, area: Area, level_db: float, colour: Colour) -> None:
    low, high = _LEVEL_RANGE_DB
    y = area.y((min(max(level_db, low), high) - low) / (high - low))
    for x in range(area.left, area.right, 12):
        canvas.line([(x, y), (min(x + 6, area.right), y)], colour, 2)


def _frame(canvas: Canvas, area: Area, title: str, duration_s: float) -> None:
    """Title above, seconds below."""
    canvas.box(area, PANEL, outline=GRID)
    canvas.text((area.left, area.top - 21), title, size=14, fill=INK)
    step = tick_step(duration_s, 12)
    for number in range(int(duration_s / step + 1e-6) + 1):
        x = area.x(number * step / max(duration_s, 1e-6))
        canvas.line([(x, area.bottom), (x, area.bottom + 4)], SOFT)
        text = f"{number * step:g} s" if number == 0 else f"{number * step:g}"
        canvas.text((x, area.bottom + 5), text, size=12, fill=SOFT, anchor="ma")


def _columns(
    values: NDArray[np.floating], count: int, summary: Callable[..., NDArray[np.floating]]
) -> NDArray[np.float64]:
    """One value for every column of a plot."""
    if not values.size:
        return np.zeros(max(count, 1))
    edges = np.linspace(0, values.size, max(count, 1) + 1).astype(np.intp)
    parts = (values[a : max(b, a + 1)] for a, b in pairwise(edges))
    return np.array([float(summary(each)) if each.size else 0.0 for each in parts])


def _verdict_lines(verdicts: tuple[Verdict, ...]) -> list[tuple[str, Colour]]:
    return [(f"{one.sentence} {one.advice}", COLOURS[one.severity]) for one in verdicts]
