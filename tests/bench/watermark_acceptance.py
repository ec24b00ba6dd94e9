"""What the mark has to reach, line by line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tests.bench.finding import Finding
from tests.bench.watermark_quality import Quality
from tests.bench.watermark_survival import Survival


@dataclass(frozen=True, slots=True)
class _Line:
    """At least this share of all clips, for each of the attacks at one length."""

    figure: str
    length_s: float
    least: float
    attacks: tuple[str, ...]


_FOUND: Final = "found_1e6"
_BLINDLY: Final = "named_blindly"
_BY_LIST: Final = "named_by_list"
_WORDS: Final = {
    _FOUND: "found at 1e-6",
    _BLINDLY: "32 bits read",
    _BY_LIST: "named among 10 000",
}
_EASY: Final = (
    *("none", "mp3 64k", "aac 64k", "opus 24k", "resampled 8 kHz", "telephone", "mu-law 8 kHz"),
    *("gain +6 dB", "gain -20 dB", "equaliser", "compressed"),
    *("speed 0.90", "speed 1.10", "tempo 0.90", "tempo 1.10"),
)
_CODECS: Final = ("mp3 64k", "aac 64k", "opus 24k", "opus 16k")
_LINES: Final = (
    _Line(_FOUND, 3, 0.97, _EASY),
    _Line(_FOUND, 3, 0.90, ("pitch -1 semitone", "pitch +1 semitone", "opus 16k")),
    _Line(_FOUND, 6, 0.95, ("small room", "echo")),
    _Line(_FOUND, 6, 0.90, ("recorded near", "white 20 dB")),
    _Line(_BLINDLY, 6, 0.95, _CODECS),
    _Line(_BLINDLY, 10, 0.99, _CODECS),
    _Line(_BY_LIST, 3, 0.99, ("none", "opus 16k", "small room")),
)
ACCEPTANCE: Final = frozenset(attack for line in _LINES for attack in line.attacks)
_LEAST_PESQ_MEAN: Final = 4.4
_LEAST_PESQ_WORST: Final = 4.2
_MOST_RTF: Final = 0.02
_MOST_LOOK_AHEAD_MS: Final = 40.0


def findings(quality: Quality, survival: Sequence[Survival]) -> Iterator[Finding]:
    """Every line that was measured, and whether it is met."""
    yield from _of_quality(quality)
    measured = {(each.attack, each.length_s): each for each in survival}
    for line in _LINES:
        for attack in line.attacks:
            each = measured.get((attack, line.length_s))
            if each is not None:
                share = float(getattr(each, line.figure))
                yield Finding(
                    check=f"{attack}, {line.length_s:g} s: {_WORDS[line.figure]}",
                    passed=share >= line.least,
                    detail=f"{share:.1%}, needed {line.least:.0%}",
                )
    wrong = sum(each.wrong for each in survival)
    yield Finding(check="wrong payloads", passed=wrong == 0, detail=str(wrong))


def _of_quality(quality: Quality) -> Iterator[Finding]:
    scores = (
        ("PESQ-wb, mean", quality.pesq_mean, _LEAST_PESQ_MEAN),
        ("PESQ-wb, worst", quality.pesq_worst, _LEAST_PESQ_WORST),
    )
    for check, score, least in scores:
        if score is not None:
            detail = f"{score:.2f}, needed {least}"
            yield Finding(check=check, passed=score >= least, detail=detail)
    yield Finding(
        check="RTF of marking",
        passed=quality.rtf <= _MOST_RTF,
        detail=f"{quality.rtf:.4f}, at most {_MOST_RTF}",
    )
    yield Finding(
        check="look-ahead",
        passed=quality.look_ahead_ms <= _MOST_LOOK_AHEAD_MS,
        detail=f"{quality.look_ahead_ms:.0f} ms, at most {_MOST_LOOK_AHEAD_MS:.0f} ms",
    )
