"""eSpeak NG through ctypes: the only module that knows its C interface (`speak_lib.h`).

The library keeps its state in globals, so there is one of it in a process and one call at a
time; voice, rate, pitch and range are set before every call.
"""

import ctypes
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hub_agent.errors import EngineError, UnavailableError

Pcm16: TypeAlias = NDArray[np.int16]

DEFAULT_WORDS_PER_MINUTE = 160
_BUFFER_MS = 20
_AUDIO_OUTPUT_SYNCHRONOUS = 2
_INITIALIZE_PHONEME_EVENTS = 0x0001
_INITIALIZE_DONT_EXIT = 0x8000
_CHARS_UTF8 = 1
_IPA = 2
_RATE, _VOLUME, _PITCH, _RANGE = 1, 2, 3, 4
_CONTINUE, _ABORT = 0, 1


class EventKind(IntEnum):
    """Kinds of events in the audio that are of use to us (`espeak_EVENT_TYPE`)."""

    WORD = 1
    SENTENCE = 2
    END = 5
    PHONEME = 7


@dataclass(frozen=True, slots=True)
class SpeechEvent:
    """Something begins at `sample` of the call's audio.

    `text_position` is the 1-based character in the text; `phoneme` is eSpeak's mnemonic, empty
    for other kinds.
    """

    kind: EventKind
    sample: int
    text_position: int
    phoneme: str = ""


OnAudio: TypeAlias = Callable[[Pcm16, tuple[SpeechEvent, ...]], bool]
"""Takes audio that is only valid during the call, and its events; False stops the synthesis."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ESpeakVoice:
    """One entry of eSpeak's voice list; `languages` are (tag, rank), lower ranks fit better."""

    name: str
    identifier: str
    languages: tuple[tuple[str, int], ...]


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position_ms", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    )


class _Voice(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.POINTER(ctypes.c_char)),
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("reserved", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    )


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


class ESpeak:
    """The library. Thread-safe: callers take turns, one synthesis at a time."""

    _lock = threading.RLock()
    _lib: ctypes.CDLL | None = None
    _rate_hz = 0

    @property
    def sample_rate(self) -> int:
        """Of all audio, in Hz."""
        with self._lock:
            self._loaded()
            return ESpeak._rate_hz

    def load(self) -> None:
        """Load library and data; harmless when already loaded."""
        with self._lock:
            self._loaded()

    def unload(self) -> None:
        """Free the data; the next call loads again."""
        with self._lock:
            if ESpeak._lib is not None:
                ESpeak._lib.espeak_Terminate()
                ESpeak._lib = None

    def voices(self) -> list[ESpeakVoice]:
        """All languages that can speak with the installed data.

        Left out are voices of the separate program MBROLA and those without a dictionary, which
        would be silent or speak with the dictionary of the call before.
        """
        with self._lock:
            return [voice for voice in self._list(None) if _has_dictionary(voice)]

    def variants(self) -> list[ESpeakVoice]:
        """All variants: timbres that any language can be spoken in."""
        with self._lock:
            languages = ctypes.create_string_buffer(b"variant")
            spec = _Voice(languages=ctypes.cast(languages, ctypes.POINTER(ctypes.c_char)))
            return list(self._list(ctypes.byref(spec)))

    def synthesise(
        self,
        text: str,
        on_audio: OnAudio,
        *,
        voice: str,
        words_per_minute: int = DEFAULT_WORDS_PER_MINUTE,
        pitch: int = 50,
        pitch_range: int = 50,
        volume: int = 90,
    ) -> None:
        """Speak `text` in `voice` (identifier, `+variant` allowed), chunk by chunk.

        `words_per_minute` 80–450, `pitch` and `pitch_range` 0–99, `volume` 0–200. An exception
        in `on_audio` stops the synthesis and is raised here.
        """
        with self._lock:
            lib = self._loaded()
            if lib.espeak_SetVoiceByName(voice.encode()) != 0:
                raise EngineError("eSpeak NG does not have this voice")
            settings = ((_RATE, words_per_minute), (_VOLUME, volume))
            for parameter, value in (*settings, (_PITCH, pitch), (_RANGE, pitch_range)):
                lib.espeak_SetParameter(parameter, value, 0)
            self._run(lib, text, on_audio)

    def phonemes(self, text: str, *, voice: str) -> list[str]:
        """How `voice` pronounces the first clause of `text`: IPA phonemes, stress marks before."""
        with self._lock:
            lib = self._loaded()
            if lib.espeak_SetVoiceByName(voice.encode()) != 0:
                raise EngineError("eSpeak NG does not have this voice")
            data = text.replace("\0", " ").encode("utf-8", errors="replace")
            position = ctypes.pointer(ctypes.c_char_p(data))
            spoken = lib.espeak_TextToPhonemes(position, _CHARS_UTF8, _IPA | ord("_") << 8)
            return (spoken or b"").decode("utf-8", "replace").replace(" ", "_").split("_")

    def _run(self, lib: ctypes.CDLL, text: str, on_audio: OnAudio) -> None:
        failures: list[BaseException] = []

        def receive(wav: Any, num_samples: int, events: Any) -> int:
            try:
                pcm = np.ctypeslib.as_array(wav, (num_samples,)) if wav and num_samples else _NO_PCM
                return _CONTINUE if on_audio(pcm, tuple(_events(events))) else _ABORT
            except BaseException as error:  # noqa: BLE001 - must not unwind through C frames
                failures.append(error)
                return _ABORT

        callback = _Callback(receive)
        lib.espeak_SetSynthCallback(callback)
        data = text.replace("\0", " ").encode("utf-8", errors="replace") + b"\0"
        status = lib.espeak_Synth(data, len(data), 0, 1, 0, _CHARS_UTF8, None, None)
        if failures:
            raise failures[0]
        if status != 0:
            raise EngineError("eSpeak NG could not synthesise this segment")

    def _list(self, spec: Any) -> Iterator[ESpeakVoice]:
        listing = self._loaded().espeak_ListVoices(spec)
        index = 0
        while listing[index]:
            entry = listing[index].contents
            yield ESpeakVoice(
                name=entry.name.decode("utf-8", "replace"),
                identifier=entry.identifier.decode("utf-8", "replace"),
                languages=tuple(_languages(entry.languages)),
            )
            index += 1

    @staticmethod
    def _loaded() -> ctypes.CDLL:
        if ESpeak._lib is None:
            lib, rate = _open()
            ESpeak._lib, ESpeak._rate_hz = lib, rate
        return ESpeak._lib


_NO_PCM: Pcm16 = np.zeros(0, np.int16)


def _open() -> tuple[ctypes.CDLL, int]:
    try:
        import espeakng_loader

        lib = ctypes.CDLL(espeakng_loader.get_library_path())
        data_path = _data_path()
    except (ImportError, OSError, RuntimeError) as error:
        raise UnavailableError(
            "eSpeak NG cannot be loaded", hint="pip install --force-reinstall espeakng-loader"
        ) from error
    lib.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_Voice))
    lib.espeak_ListVoices.argtypes = [ctypes.c_void_p]
    lib.espeak_Synth.argtypes = [
        ctypes.c_char_p,
        ctypes.c_size_t,
        ctypes.c_uint,
        ctypes.c_int,
        ctypes.c_uint,
        ctypes.c_uint,
        ctypes.c_void_p,
        ctypes.c_void_p,
    ]
    lib.espeak_TextToPhonemes.restype = ctypes.c_char_p
    lib.espeak_TextToPhonemes.argtypes = [
        ctypes.POINTER(ctypes.c_char_p),
        ctypes.c_int,
        ctypes.c_int,
    ]
    options = _INITIALIZE_PHONEME_EVENTS | _INITIALIZE_DONT_EXIT
    rate = lib.espeak_Initialize(_AUDIO_OUTPUT_SYNCHRONOUS, _BUFFER_MS, bytes(data_path), options)
    if rate <= 0:
        raise UnavailableError(
            "eSpeak NG does not find its data",
            hint="pip install --force-reinstall espeakng-loader",
        )
    return lib, int(rate)


def _data_path() -> Path:
    import espeakng_loader

    return Path(espeakng_loader.get_data_path())


def _has_dictionary(voice: ESpeakVoice) -> bool:
    """A voice file names its dictionary, or uses that of its first language."""
    voice_file = _data_path() / "lang" / voice.identifier
    if not voice_file.is_file():
        return False
    name = voice.languages[0][0].partition("-")[0]
    if (_data_path() / f"{name}_dict").exists():
        return True
    words = (line.split() for line in voice_file.read_text("utf-8", "replace").splitlines())
    named = [word[1] for word in words if len(word) > 1 and word[0] == "dictionary"]
    return any((_data_path() / f"{name}_dict").exists() for name in named)


def _events(events: Any) -> Iterator[SpeechEvent]:
    index = 0
    while events and events[index].type != 0:
        event = events[index]
        if event.type in _KINDS:
            kind = EventKind(event.type)
            phoneme = event.id.decode("utf-8", "replace") if kind is EventKind.PHONEME else ""
            yield SpeechEvent(kind, event.sample, event.text_position, phoneme)
        index += 1


_KINDS = frozenset(int(kind) for kind in EventKind)


def _languages(raw: Any) -> Iterator[tuple[str, int]]:
    """Pairs of a rank byte and a NUL-terminated tag, ended by a zero rank."""
    index = 0
    while (rank := raw[index][0]) != 0:
        index += 1
        tag = bytearray()
        while raw[index] != b"\0":
            tag += raw[index]
            index += 1
        yield tag.decode("ascii", "replace").lower(), rank
        index += 1
