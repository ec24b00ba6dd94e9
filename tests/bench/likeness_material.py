"""Readers and strangers for `tests.bench.likeness`, and what is to be said."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voices.enrolment.decode import decode_file
from voices.recording import Recording

Floats = NDArray[np.float32]

SENTENCES: Final = {
    "en": (
        "Dinner is ready, please come to the kitchen.",
        "The washing machine has finished.",
        "Good morning, it is time to get up.",
        "Somebody is at the front door.",
        "Please remember to take your keys and your phone.",
        "The window in the living room is still open.",
        "It will rain this afternoon, so take an umbrella with you.",
        "Your bath is warm now, and the lights are off downstairs.",
    ),
    "de": (
        "Das Essen ist fertig, bitte kommt in die Küche.",
        "Die Waschmaschine ist fertig.",
        "Guten Morgen, es ist Zeit aufzustehen.",
        "Jemand steht vor der Haustür.",
        "Bitte denk an deinen Schlüssel und dein Telefon.",
        "Das Fenster im Wohnzimmer ist noch offen.",
        "Heute Nachmittag wird es regnen, nimm einen Schirm mit.",
        "Dein Bad ist jetzt warm, und unten ist das Licht aus.",
    ),
    "es": (
        "La cena está lista, por favor ven a la cocina.",
        "La lavadora ha terminado.",
        "Buenos días, es hora de levantarse.",
        "Hay alguien en la puerta.",
        "Por favor, recuerda llevar tus llaves y tu teléfono.",
        "La ventana del salón sigue abierta.",
        "Esta tarde va a llover, así que lleva un paraguas.",
        "Tu baño ya está caliente y las luces de abajo están apagadas.",
    ),
}
_MP3: Final = re.compile(r"(?P<name>.+?)(?:_(?P<number>\d+))?_(?P<language>[a-z]{2})\.mp3")
_STRANGER_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Reader:
    """A person: what the voice is fitted to, and other speech of theirs to compare with."""

    name: str
    language: str
    enrolment: tuple[Recording, ...] = field(repr=False)
    others: tuple[Recording, ...] = field(repr=False)


def readers_in(folder: Path) -> list[Reader]:
    """NAME_1_LANG.mp3 is for fitting and _2, _3 for comparing; a single NAME_LANG.mp3 is halved."""
    groups: dict[tuple[str, str], list[Recording]] = {}
    for path in sorted(folder.glob("*.mp3")):
        found = _MP3.fullmatch(path.name)
        if found and path.with_suffix(".txt").is_file() and found["language"] in SENTENCES:
            key = (found["name"], found["language"])
            groups.setdefault(key, []).append(_recording(path, found["language"]))
    return [_reader(*key, recordings) for key, recordings in groups.items()]


def strangers_in(folder: Path) -> dict[str, tuple[Floats, int]]:
    """About a minute of every speaker, one folder each."""
    found = {}
    for speaker in sorted(path for path in folder.iterdir() if path.is_dir()):
        pieces = [decode_file(path) for path in sorted(speaker.glob("*.flac"))]
        if pieces:
            rate = pieces[0].sample_rate
            whole = np.concatenate([each.samples for each in pieces])
            found[speaker.name] = whole[: round(_STRANGER_S * rate)], rate
    return found


def joined(recordings: Sequence[Recording]) -> tuple[Floats, int]:
    """All samples of recordings of one rate, one after the other."""
    samples = np.concatenate([each.samples for each in recordings])
    return samples, recordings[0].sample_rate


def _recording(path: Path, language: str) -> Recording:
    audio = decode_file(path)
    lines = path.with_suffix(".txt").read_text("utf-8").splitlines()
    text = "\n".join(line.rpartition("|")[2] for line in lines if line.strip())
    return Recording(
        samples=audio.samples, sample_rate=audio.sample_rate, transcript=text, language=language
    )


def _reader(name: str, language: str, recordings: list[Recording]) -> Reader:
    if len(recordings) > 1:
        return Reader(name, language, tuple(recordings[:1]), tuple(recordings[1:]))
    return Reader(name, language, *_halves(recordings[0]))


def _halves(recording: Recording) -> tuple[tuple[Recording, ...], tuple[Recording, ...]]:
    from hub_agent.engines.espeak import ESpeak
    from hub_agent.timbre.phrases import split_phrases

    phrases = split_phrases(recording, ESpeak())
    ends = np.cumsum([phrase.duration_s for phrase in phrases])
    middle = int(np.searchsorted(ends, ends[-1] / 2)) + 1
    return tuple(phrases[:middle]), tuple(phrases[middle:])
