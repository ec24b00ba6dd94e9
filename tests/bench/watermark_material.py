"""Speech to be marked, the key, the payloads and the marks of `tests.bench.watermark`."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from itertools import cycle, islice, zip_longest
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hub_agent.engines.espeak import ESpeak, SpeechEvent
from tests.bench.likeness_material import SENTENCES
from tests.bench.watermark_attacks import RATE, Samples
from voices.enrolment.decode import decode_file
from voices.watermark.embedder import Marker, Strength
from voices.watermark.features import at_analysis_rate
from voices.watermark.grid import PERIOD_CHIPS
from voices.watermark.issue import UtteranceMark
from voices.watermark.keys import epoch_key
from voices.watermark.payload import Payload32

CLIP_S: Final = 10
NUM_LISTED: Final = 10_000
KEY: Final = epoch_key(bytes(range(32)), 7)
LISTED: Final = {7: [Payload32(1, 2, number) for number in range(NUM_LISTED)]}
_SUFFIXES: Final = (".flac", ".wav", ".mp3", ".m4a", ".ogg")
_VARIANTS: Final = ("", "+m3", "+f2", "+m7", "+f4")


def add_material(parser: ArgumentParser) -> None:
    """The options that choose what is marked."""
    chosen = parser.add_mutually_exclusive_group(required=True)
    chosen.add_argument("--folder", type=Path, help="recordings, a folder for each speaker")
    chosen.add_argument("--engine", action="store_true", help="stock voices instead of a folder")


def material(arguments: Namespace, count: int) -> list[Samples]:
    """At most `count` clips of what was chosen."""
    return synthesised(count) if arguments.engine else recorded(arguments.folder, count)


def source(arguments: Namespace) -> str:
    """The name of what was chosen."""
    return "stock voices" if arguments.engine else str(arguments.folder.name)


def recorded(folder: Path, count: int) -> list[Samples]:
    """Clips of 10 s: all that a speaker says in one, cut, and one speaker after another."""
    speakers = [path for path in sorted(folder.iterdir()) if path.is_dir()]
    rows = zip_longest(*(_clips(each) for each in speakers))
    return list(islice((clip for row in rows for clip in row if clip is not None), count))


def _clips(speaker: Path) -> Iterator[Samples]:
    said = np.zeros(0, np.float32)
    for path in sorted(path for path in speaker.rglob("*") if path.suffix in _SUFFIXES):
        said = np.concatenate((said, decode_file(path).samples))
        while said.size >= CLIP_S * RATE:
            yield said[: CLIP_S * RATE]
            said = said[CLIP_S * RATE :]


def synthesised(count: int) -> list[Samples]:
    """What stock voices say: three languages, five timbres, other sentences in every clip."""
    clips = []
    for index, language in enumerate(islice(cycle(SENTENCES), count)):
        voice = language + _VARIANTS[index // len(SENTENCES) % len(_VARIANTS)]
        sentences = SENTENCES[language]
        first = index % len(sentences)
        text = " ".join(sentences[first:] + sentences[:first])
        clips.append(_spoken(text, voice)[: CLIP_S * RATE])
    return clips


def mark_of(index: int) -> UtteranceMark:
    """The mark of clip `index`: among the listed payloads, anywhere in the period."""
    random = np.random.default_rng(1_000 + index)
    payload = Payload32(1, 2, int(random.integers(NUM_LISTED)))
    return UtteranceMark(payload, 7, int(random.integers(PERIOD_CHIPS)))


def marked(plain: Samples, mark: UtteranceMark, strength: Strength) -> Samples:
    """All of `plain` with the mark."""
    marker = Marker(KEY, mark.payload, RATE, mark.start_phase, strength)
    return np.concatenate([marker.process(plain), marker.finish()])


def cut(samples: Samples, length_s: float, random: np.random.Generator) -> Samples:
    """`length_s` from anywhere in it; all of it where it is a whole clip."""
    size = round(length_s * RATE)
    start = int(random.integers(max(1, samples.size - size)))
    return samples[start : start + size] if length_s < CLIP_S else samples


def _spoken(text: str, voice: str) -> Samples:
    espeak = ESpeak()
    chunks: list[Samples] = []

    def keep(pcm: NDArray[np.int16], _events: tuple[SpeechEvent, ...]) -> bool:
        chunks.append(np.asarray(pcm / 32_768, np.float32))
        return True

    espeak.synthesise(text, keep, voice=voice)
    return at_analysis_rate(np.concatenate(chunks), espeak.sample_rate)
