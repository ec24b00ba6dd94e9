"""One attack on marked clips: found, and named blindly and by the list of what was issued?"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Final

import numpy as np

from tests.bench.watermark_attacks import ATTACKS, RATE, Attack, Samples
from tests.bench.watermark_material import KEY, LISTED, cut, mark_of, marked
from voices.watermark.detector import detect
from voices.watermark.embedder import Strength
from voices.watermark.issue import UtteranceMark

LENGTHS_S: Final = (10, 6, 3, 1)
LEVELS: Final = (1e-4, 1e-6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Survival:
    """One attack at one length, as shares of all clips; of `wrong` payloads there must be none."""

    attack: str
    length_s: float
    found_1e4: float
    found_1e6: float
    named_blindly: float
    named_by_list: float
    wrong: int
    median_log10_p: float
    clips: int


def survival(attack_name: str, clips: Sequence[Samples], strength: Strength) -> list[Survival]:
    """One attack on all clips, at all lengths."""
    attack = next(each for each in ATTACKS if each.name == attack_name)
    rows: dict[float, list[_Heard]] = {length_s: [] for length_s in LENGTHS_S}
    for index, plain in enumerate(clips):
        mark = mark_of(index)
        changed = attacked(attack, marked(plain, mark, strength), index, LENGTHS_S)
        for length_s, piece in changed.items():
            rows[length_s].append(_hear(piece, mark, attack))
    return [_summed(attack.name, length_s, heard) for length_s, heard in rows.items()]


def attacked(
    attack: Attack, samples: Samples, index: int, lengths_s: Sequence[float]
) -> dict[float, Samples]:
    """Clip `index` after the attack, cut to each length: the same noise and places every time."""
    random = np.random.default_rng(zlib.crc32(attack.name.encode()) + index)
    changed = attack.change(samples, random)
    return {length_s: cut(changed, length_s, random) for length_s in lengths_s}


@dataclass(frozen=True, slots=True)
class _Heard:
    p_value: float
    blindly: bool
    by_list: bool
    wrong: bool


def _hear(samples: Samples, mark: UtteranceMark, attack: Attack) -> _Heard:
    """Detected without the list; named without it, and where that fails with it."""
    searching = partial(detect, samples, RATE, [KEY], other_speeds=attack.stretched)
    blind = searching()
    listed = blind if blind.payload == mark.payload else searching(candidates=LISTED)
    named = blind.payload, listed.payload
    wrong = any(payload not in {None, mark.payload} for payload in named)
    return _Heard(blind.p_value, named[0] == mark.payload, named[1] == mark.payload, wrong)


def _summed(attack: str, length_s: float, heard: Sequence[_Heard]) -> Survival:
    ps = np.array([each.p_value for each in heard])
    return Survival(
        attack=attack,
        length_s=length_s,
        found_1e4=float(np.mean(ps <= LEVELS[0])),
        found_1e6=float(np.mean(ps <= LEVELS[1])),
        named_blindly=float(np.mean([each.blindly for each in heard])),
        named_by_list=float(np.mean([each.by_list for each in heard])),
        wrong=sum(each.wrong for each in heard),
        median_log10_p=float(np.log10(median(ps))),
        clips=len(heard),
    )
