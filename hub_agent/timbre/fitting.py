"""Making voice data of what a person said."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from hub_agent.engines.espeak import ESpeak
from hub_agent.errors import EngineError
from hub_agent.timbre.accents import identifier_for
from hub_agent.timbre.alignment import Alignment, align, with_one
from hub_agent.timbre.following import COMPARED, CONTEXT, Follower, Said, keys_of
from hub_agent.timbre.frames import HOP, RATE, Floats, cepstra, hann, log_mel
from hub_agent.timbre.pitch import Pitch, marks_of, pitch_of_person
from hub_agent.timbre.rendition import Manner
from hub_agent.timbre.script import PAUSE
from hub_agent.timbre.sounds import Character, Sounds, payload_of
from voices.payload import Payload
from voices.recording import Recording

Progress = Callable[[float], None]

LEAST_SPEECH_S: Final = 5.0
MOST_SPEECH_S: Final = 150.0
"""What is left of longer recordings: the voice data stays below 8 MB."""

_JOINED: Final = 14
"""Cepstra that must not jump."""

_EDGE: Final = 3
"""Frames at pauses that are heard but not chosen."""

_USUAL_WPM: Final = 160
_SLOWEST, _FASTEST = 0.8, 1.25
_LEVEL: Final = 0.08
"""Of the person's speech, root mean square: about eSpeak's."""

_TONE_DB: Final = (-72.0, -58.0)
_RIDGE, _DOUBT = 30.0, 8.0


@dataclass(frozen=True, slots=True)
class _Part:
    """One recording: alignment, eSpeak's frames as they are said, the person's own."""

    aligned: Alignment
    said: Said
    cepstra: Floats = field(repr=False)
    hertz: Floats = field(repr=False)
    usable: NDArray[np.bool_] = field(repr=False)

    @property
    def frame(self) -> NDArray[np.int64]:
        """The frame of eSpeak NG for each of the person's."""
        return np.minimum(np.maximum(self.aligned.said, 0), len(self.said.place) - 1)


def fit(recordings: Sequence[Recording], espeak: ESpeak, progress: Progress) -> Payload:
    """Voice data from recordings of one person in one language with their texts.

    About 4 s of one core for a minute. Raises `EngineError` when there is too little speech.
    """
    voice = identifier_for(recordings[0].language, espeak) if recordings else ""
    parts: list[_Part] = []
    for number, recording in enumerate(recordings, 1):
        parts.append(_part(align(recording, espeak, Manner(voice=voice))))
        progress(0.9 * number / len(recordings))
    speech = [int(part.usable.sum()) for part in parts]
    if sum(speech) * HOP < LEAST_SPEECH_S * RATE:
        raise EngineError("there is too little speech to make a voice of")
    kept = np.cumsum([0, *speech[:-1]]) * HOP < MOST_SPEECH_S * RATE
    payload = payload_of(_sounds([part for part, keep in zip(parts, kept, strict=True) if keep]))
    progress(1.0)
    return payload


def _part(aligned: Alignment) -> _Part:
    follower = Follower()
    follower.take(aligned.spoken.samples, aligned.spoken.events)
    said = follower.rest()
    if said is None:
        raise EngineError("eSpeak NG has nothing to say for a transcript")
    usable = aligned.said != PAUSE
    usable[:_EDGE] = usable[-_EDGE:] = False
    return _Part(
        aligned=aligned,
        said=said,
        cepstra=cepstra(log_mel(aligned.samples)),
        hertz=pitch_of_person(aligned.samples, aligned.heard.speech).hertz,
        usable=usable,
    )


def _sounds(parts: list[_Part]) -> Sounds:
    mean, deviation = _espeak_statistics(parts)
    names = sorted({name for part in parts for name in part.said.phoneme})
    numbers = {name: number for number, name in enumerate(names)}
    kept = [_dilated(part.usable) for part in parts]
    samples = _levelled(_stitched([_cut(p, k) for p, k in zip(parts, kept, strict=True)]), parts)
    usable = _table(parts, kept, lambda part: part.usable)
    key = _table(parts, kept, lambda part: keys_of(part.said.cepstra, mean, deviation)[part.frame])
    heard = _table(parts, kept, lambda part: part.aligned.heard.features)
    phoneme = _table(parts, kept, lambda part: _numbered(part.said.phoneme, numbers)[part.frame])
    hertz = _table(parts, kept, lambda part: part.hertz)
    mapping, habits = _habits(key[usable], heard[usable], phoneme[usable], len(names))
    return Sounds(
        samples=np.round(samples * 32767).astype(np.int16),
        key=key,
        heard=heard,
        join=_joins(_table(parts, kept, lambda part: part.cepstra), usable),
        hertz=hertz,
        cost=_table(parts, kept, lambda part: part.aligned.cost),
        place=_table(parts, kept, lambda part: part.said.place[part.frame]),
        phoneme=phoneme,
        before=_table(parts, kept, lambda part: _numbered(part.said.before, numbers)[part.frame]),
        after=_table(parts, kept, lambda part: _numbered(part.said.after, numbers)[part.frame]),
        usable=usable.astype(np.uint8),
        marks=marks_of(samples, Pitch(hertz)).astype(np.int32),
        mapping=mapping,
        habits=habits,
        mean=mean,
        deviation=deviation,
        tone=_tone(parts),
        names=tuple(names),
        manner=_character(parts),
    )


def _table(parts: list[_Part], kept: list[NDArray[np.bool_]], of: Callable[..., Any]) -> Any:
    """A column of all parts, the frames that are kept."""
    return np.concatenate([of(part)[keep] for part, keep in zip(parts, kept, strict=True)])


def _dilated(usable: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The usable frames and those at their edges."""
    return np.convolve(usable, np.ones(2 * _EDGE + 1), mode="same") > 0


def _cut(part: _Part, keep: NDArray[np.bool_]) -> Floats:
    """The samples around the centres of the frames kept, HOP for each."""
    padded = np.pad(part.aligned.samples, (HOP // 2, 2 * HOP))
    return padded[: keep.size * HOP].reshape(-1, HOP)[keep].reshape(-1)


def _stitched(pieces: list[Floats]) -> Floats:
    """One after the other, so that frame f is centred at f·HOP."""
    return np.pad(np.concatenate(pieces), (0, HOP))[HOP // 2 :]


def _levelled(samples: Floats, parts: list[_Part]) -> Floats:
    """The whole voice at a common level."""
    return np.asarray(np.clip(samples * np.float32(_gain(parts)), -1, 1), np.float32)


def _gain(parts: list[_Part]) -> float:
    speech = np.concatenate([_cut(part, part.usable) for part in parts])
    return float(_LEVEL / (np.sqrt(np.mean(speech**2)) + 1e-6))


def _espeak_statistics(parts: list[_Part]) -> tuple[Floats, Floats]:
    """Mean and deviation of eSpeak's cepstra, without its pauses."""
    rows = [part.said.cepstra[CONTEXT:-CONTEXT][~part.said.silent] for part in parts]
    speaking = np.concatenate(rows)
    return speaking.mean(0), speaking.std(0) + np.float32(1e-3)


def _numbered(names: Sequence[str], numbers: dict[str, int]) -> NDArray[np.int16]:
    return np.array([numbers.get(name, -1) for name in names], np.int16)


def _joins(spectra: Floats, usable: NDArray[np.bool_]) -> Floats:
    chosen = spectra[:, :_JOINED]
    scaled = (chosen - chosen[usable].mean(0)) / (chosen[usable].std(0) + np.float32(1e-3))
    return np.asarray(scaled, np.float32)


def _habits(
    key: Floats, heard: Floats, phoneme: NDArray[np.int16], count: int
) -> tuple[Floats, Floats]:
    """A ridge regression from eSpeak's sound to the person's; what each phoneme adds to it."""
    theirs = with_one(key[:, COMPARED : 2 * COMPARED] * np.float32(np.sqrt(3)))
    gram = theirs.T @ theirs + np.float32(_RIDGE) * np.eye(theirs.shape[1], dtype=np.float32)
    mapping = np.linalg.solve(gram, theirs.T @ heard)
    sums = np.zeros((count, heard.shape[1]), np.float32)
    np.add.at(sums, phoneme, heard - theirs @ mapping)
    counts = np.bincount(phoneme, minlength=count)[:, None] + np.float32(_DOUBT)
    return mapping.astype(np.float32), (sums / counts).astype(np.float32)


def _tone(parts: list[_Part]) -> Floats:
    """A second of noise with the spectrum of the person's pauses, quiet, without a seam."""
    quiet = [
        _cut(part, (part.aligned.said == PAUSE) & ~part.aligned.heard.speech) for part in parts
    ]
    noise = np.concatenate(quiet)
    size = 2 * HOP
    frames = noise[: noise.size // size * size].reshape(-1, size)
    shape = np.ones(HOP + 1)
    if len(frames):
        shape = np.sqrt(np.median(np.abs(np.fft.rfft(frames * hann(size))) ** 2, axis=0))
    phases = np.random.default_rng(0).uniform(0, 2 * np.pi, RATE // 2 + 1)
    bins = np.linspace(0, HOP, phases.size)
    tone = np.fft.irfft(np.interp(bins, np.arange(HOP + 1), shape) * np.exp(1j * phases), RATE)
    wanted = np.sqrt(np.mean(noise**2)) * _gain(parts) if noise.size else 0.0
    level = 10 ** (np.clip(20 * np.log10(wanted + 1e-9), *_TONE_DB) / 20)
    return np.asarray(tone * level / (np.sqrt(np.mean(tone**2)) + 1e-12), np.float32)


def _character(parts: list[_Part]) -> Character:
    person = Pitch(np.concatenate([part.hertz for part in parts]))
    octaves = np.concatenate([part.said.octaves[~part.said.silent] for part in parts])
    octaves = octaves[octaves > 0]
    speaking = sum(int((part.aligned.said != PAUSE).sum()) for part in parts)
    espeaks = sum(int((~part.said.silent).sum()) for part in parts)
    slower = min(max(speaking / max(espeaks, 1), _SLOWEST), _FASTEST)
    return Character(
        words_per_minute=round(_USUAL_WPM / slower),
        median_hz=person.median_hz(),
        spread=person.spread(),
        espeak_hz=float(np.exp2(np.median(octaves))) if octaves.size else 100.0,
        espeak_spread=float(octaves.std()) if octaves.size else 0.15,
    )
