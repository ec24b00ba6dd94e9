"""Real speech from the shared folder, and what can go wrong with recordings of it."""

import io
import wave
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from voices.enrolment.decode import decode_file, resampled
from voices.recording import Recording

Samples = NDArray[np.float32]

SPEECH = Path(__file__).parents[2] / "../shared/speech"
RATE = 16_000


@cache
def speaker(name: str) -> Samples:
    """All utterances of a LibriSpeech speaker, 66 to 104 s at 16 kHz."""
    files = sorted((_folder() / "librispeech_test_other" / name).glob("*.flac"))
    return np.concatenate([decode_file(file).samples for file in files])


def speakers() -> list[str]:
    return sorted(path.name for path in (_folder() / "librispeech_test_other").glob("*/"))


@cache
def reader(name: str) -> Samples:
    """One of the five readers at 16 kHz, 52 to 70 s."""
    audio = decode_file(reader_file(name))
    return resampled(audio.samples, audio.sample_rate, RATE)


def reader_file(name: str) -> Path:
    return _folder() / "readers" / f"{name}.mp3"


def with_noise(speech: Samples, noise: Samples, snr_db: float) -> Samples:
    """Speech and noise with the powers of both as asked, over the whole."""
    speech_power = float(np.mean(speech.astype(np.float64) ** 2))
    noise_power = float(np.mean(noise.astype(np.float64) ** 2))
    gain = np.sqrt(speech_power / noise_power / 10 ** (snr_db / 10))
    return np.asarray(speech + noise * gain, np.float32)


def white(size: int, seed: int = 1) -> Samples:
    return np.random.default_rng(seed).standard_normal(size, np.float32)


def pink(size: int, seed: int = 1) -> Samples:
    """Power falls with frequency, from 60 Hz on: below is no noise of a room."""
    spectrum = np.fft.rfft(white(size, seed))
    hertz = np.fft.rfftfreq(size, 1 / RATE)
    spectrum *= np.where(hertz < 60.0, 0.0, 1 / np.sqrt(np.maximum(hertz, 1.0)))
    return np.asarray(np.fft.irfft(spectrum, size), np.float32)


def babble(size: int, without: str, seed: int = 1) -> Samples:
    """Eight people speaking at once, none of them the one who records."""
    rng = np.random.default_rng(seed)
    names = [name for name in speakers() if name != without][:8]
    voices = [np.roll(speaker(name), int(rng.integers(RATE * 60))) for name in names]
    levelled = [np.resize(voice / np.std(voice), size) for voice in voices]
    return np.asarray(np.sum(levelled, axis=0), np.float32)


def clipped(speech: Samples, share: float) -> Samples:
    """The loudest samples cut off, then turned down."""
    top = float(np.quantile(np.abs(speech), 1 - share))
    return np.clip(speech, -top, top) * np.float32(0.4)


def alternating(one: Samples, other: Samples, turn_s: float, duration_s: float) -> Samples:
    """Two people in turns."""
    turn, rounds = round(turn_s * RATE), round(duration_s / turn_s / 2)
    parts = [voice[at * turn : (at + 1) * turn] for at in range(rounds) for voice in (one, other)]
    return np.concatenate(parts)


def in_a_room(speech: Samples, ringing_s: float, seed: int = 1) -> Samples:
    """As heard from as near as the room is loud."""
    size = round(ringing_s * RATE)
    tail = white(size, seed) * 10 ** (-3 * np.arange(size) / size)
    tail /= np.sqrt(np.sum(tail**2))
    tail[0] = 1.0
    length = speech.size + size
    spectrum = np.fft.rfft(speech, length) * np.fft.rfft(tail, length)
    return np.asarray(np.fft.irfft(spectrum, length)[: speech.size] * 0.3, np.float32)


def music(duration_s: float, *, drums: bool = True, chords: bool = True, seed: int = 1) -> Samples:
    """A small band: plucked chords and a tune over bass drum, snare and cymbals."""
    rng = np.random.default_rng(seed)
    beat_s = 0.6
    whole = np.zeros(round((duration_s + 3) * RATE))
    harmonies = ((220, 262, 330), (175, 220, 262), (131, 165, 196), (196, 247, 294))
    for number in range(int(duration_s / beat_s)):
        at = round(number * beat_s * RATE)
        harmony = harmonies[number // 4 % 4]
        if chords:
            _add(whole, at, 0.25 * _note(float(rng.choice(harmony)) * 2, 0.4))
            for hertz in harmony if number % 2 == 0 else ():
                _add(whole, at, 0.3 * _note(hertz, 1.3))
        if drums:
            _add(whole, at, _bass_drum() if number % 2 == 0 else _snare(rng))
            _add(whole, at + round(beat_s * RATE / 2), 0.2 * np.diff(_snare(rng), prepend=0.0))
    cut = whole[: round(duration_s * RATE)]
    return np.asarray(0.6 * cut / np.max(np.abs(cut)), np.float32)


def wav_bytes(samples: Samples, rate: int = RATE) -> bytes:
    """A WAV file of 16 bits; several channels as rows."""
    channels = np.atleast_2d(samples)
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(channels.T, -1, 1) * 32767).astype("<i2").tobytes())
    return buffer.getvalue()


def recording(samples: Samples, transcript: str = "") -> Recording:
    return Recording(samples=samples, sample_rate=RATE, transcript=transcript, language="en")


def _folder() -> Path:
    if not SPEECH.exists():
        pytest.skip("needs the recordings in ../shared/speech")
    return SPEECH


def _note(hertz: float, length_s: float) -> NDArray[np.float64]:
    t = np.arange(round(length_s * RATE)) / RATE
    partials = (
        np.sin(2 * np.pi * hertz * k * t) * np.exp(-2 * t * k**0.5) / k for k in range(1, 8)
    )
    return np.asarray(sum(partials) * np.minimum(1.0, t / 0.01))


def _bass_drum() -> NDArray[np.float64]:
    t = np.arange(RATE // 4) / RATE
    tone = np.sin(2 * np.pi * (50 * t + 3 * (1 - np.exp(-30 * t))))
    return np.asarray(tone * np.exp(-12 * t) * 0.8)


def _snare(rng: np.random.Generator) -> NDArray[np.float64]:
    t = np.arange(RATE // 4) / RATE
    return rng.standard_normal(t.size) * np.exp(-20 * t) * 0.5


def _add(whole: NDArray[np.float64], at: int, sound: NDArray[np.float64]) -> None:
    whole[at : at + sound.size] += sound
