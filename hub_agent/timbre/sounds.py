"""Voice data: everything a person's recordings give, ready to be spoken with.

Frames are what eSpeak NG said (to find them by) and what the person made of it (to sound).
"""

from dataclasses import dataclass, field, fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from hub_agent.errors import EngineError
from hub_agent.timbre.frames import Floats
from voices.payload import Payload

FORMAT: Final = 1
_KIND: Final = "timbre"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sounds:
    """One person's sounds; row f of a table is about the frame centred at sample f·HOP.

    `key` is eSpeak's sound, `heard` the person's, both of unit length; `join` is what must not
    jump between frames; `place` says where in its phoneme (0 to 1) a frame is; `usable` frames
    may be chosen, the others are there to be heard at the edges; `marks` are one sample of each
    period; `mapping` and `habits` (a row a phoneme) tell how the person would say a sound.
    """

    samples: NDArray[np.int16] = field(repr=False)
    key: Floats = field(repr=False)
    heard: Floats = field(repr=False)
    join: Floats = field(repr=False)
    hertz: Floats = field(repr=False)
    cost: Floats = field(repr=False)
    place: Floats = field(repr=False)
    phoneme: NDArray[np.int16] = field(repr=False)
    before: NDArray[np.int16] = field(repr=False)
    after: NDArray[np.int16] = field(repr=False)
    usable: NDArray[np.uint8] = field(repr=False)
    marks: NDArray[np.int32] = field(repr=False)
    mapping: Floats = field(repr=False)
    habits: Floats = field(repr=False)
    mean: Floats = field(repr=False)
    deviation: Floats = field(repr=False)
    tone: Floats = field(repr=False)
    names: tuple[str, ...] = field(repr=False)
    manner: "Character"


@dataclass(frozen=True, slots=True, kw_only=True)
class Character:
    """How the person speaks, and how eSpeak NG does: words per minute, pitch, its spread."""

    words_per_minute: int
    median_hz: float
    spread: float
    espeak_hz: float
    espeak_spread: float


_ARRAYS: Final = tuple(each.name for each in fields(Sounds) if each.name not in ("names", "manner"))
_HALVED: Final = ("key", "heard", "join", "place", "cost")


def payload_of(sounds: Sounds) -> Payload:
    """What is kept of a voice."""
    meta: dict[str, Any] = {"kind": _KIND, "format": FORMAT, "names": list(sounds.names)}
    meta["manner"] = {each.name: getattr(sounds.manner, each.name) for each in fields(Character)}
    arrays = {name: _stored(name, getattr(sounds, name)) for name in _ARRAYS}
    return Payload(meta, arrays)


def sounds_of(payload: Payload) -> Sounds:
    """The voice that is kept. Raises `EngineError` when it is not one of ours."""
    if payload.meta.get("kind") != _KIND or payload.meta.get("format") != FORMAT:
        raise EngineError("this voice data is not for the embedded engine")
    try:
        arrays = {name: _usable(payload.arrays[name]) for name in _ARRAYS}
        manner = Character(**payload.meta["manner"])
        names = tuple(payload.meta["names"])
    except (KeyError, TypeError) as error:
        raise EngineError("this voice data is damaged") from error
    return Sounds(names=names, manner=manner, **arrays)


def _stored(name: str, array: NDArray[Any]) -> NDArray[Any]:
    """Little-endian; half as long where that is enough."""
    if name in _HALVED:
        return array.astype("<f2")
    return np.ascontiguousarray(array, array.dtype.newbyteorder("<"))


def _usable(array: NDArray[Any]) -> NDArray[Any]:
    """In the type that is computed with."""
    if array.dtype.kind == "f":
        return array.astype(np.float32)
    return array.astype(array.dtype.newbyteorder("="))
