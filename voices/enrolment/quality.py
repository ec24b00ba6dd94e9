"""What can be measured in one recording."""

from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from voices.enrolment.activity import Activity, find_speech, speech_part
from voices.enrolment.clipping import clipped_share
from voices.enrolment.decode import resampled
from voices.enrolment.filters import filtered, without_rumble
from voices.enrolment.frames import HOP_S, Bands, band_powers
from voices.enrolment.loudness import loudness_lufs
from voices.enrolment.noise import Mixture, decibels_between, separate
from voices.enrolment.progress import Progress, silent
from voices.enrolment.room import ringing_s
from voices.enrolment.sounds import RATE, Sound, sound_of
from voices.enrolment.spectrum import bandwidth_hz, hum_db

Samples = NDArray[np.float32]

_SILENT_LUFS: Final = -120.0
_FIRST_SIGN: Final = "\u3040"
"""Kana, Chinese and Korean begin here."""
_WORDS_PER_SIGN: Final = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """Numbers about one recording.

    `snr_db` is the voice over everything else above 60 Hz; what is below is `rumble_db`, under
    the voice, and goes when the recording is cleaned. `ringing_s` is None where noise hides
    it, `words_per_s` where the text is unknown.
    """

    sound: Sound
    duration_s: float
    speech_s: float
    snr_db: float
    rumble_db: float
    voice_power: float
    noise_power: float
    clipped_share: float
    bandwidth_hz: float
    ringing_s: float | None
    loudness_lufs: float
    peak_db: float
    hum_db: float
    words_per_s: float | None

    def to_json(self) -> dict[str, Any]:
        """All numbers, rounded to what they are worth."""
        return {key: _rounded(value) for key, value in asdict(self).items()}


def measure(
    samples: Samples,
    sample_rate: int,
    activity: Activity | None = None,
    *,
    transcript: str | None = None,
    progress: Progress = silent,
) -> Measures:
    """Listen to a recording; takes about a second for a minute."""
    heard = activity or find_speech(samples, sample_rate)
    level = samples - np.float32(np.mean(samples)) if samples.size else samples
    progress(0.1)
    clear = filtered(level, sample_rate, without_rumble)
    bands = band_powers(clear, sample_rate)
    progress(0.4)
    voice = resampled(clear, sample_rate, RATE)
    sound = sound_of(voice, bands.total, heard.speech_s / max(heard.duration_s, 0.01))
    mixture = separate(_spoken(bands, heard).total)
    rumble = _power(level - clear)
    progress(0.7)
    found = Measures(
        sound=sound,
        duration_s=heard.duration_s,
        speech_s=heard.speech_s,
        snr_db=mixture.snr_db,
        rumble_db=-decibels_between(mixture.voice, rumble),
        voice_power=mixture.voice,
        noise_power=mixture.noise,
        clipped_share=clipped_share(samples),
        bandwidth_hz=bandwidth_hz(clear, sample_rate, heard),
        ringing_s=ringing_s(bands),
        loudness_lufs=max(loudness_lufs(level, sample_rate), _SILENT_LUFS),
        peak_db=_peak_db(samples),
        hum_db=hum_db(resampled(level, sample_rate, RATE), RATE),
        words_per_s=_pace(transcript, heard),
    )
    progress(1.0)
    return found


def pooled(measures: "list[Measures]") -> Mixture:
    """Voice and noise of several recordings, by their seconds of speech."""
    voice = sum(one.voice_power * one.speech_s for one in measures)
    noise = sum(one.noise_power * one.speech_s for one in measures)
    return Mixture(voice, noise)


def _spoken(bands: Bands, activity: Activity) -> Bands:
    """From the first to the last word; all of it when nobody speaks."""
    part = speech_part(activity)
    first, end = round(part.start_s / HOP_S), round(part.end_s / HOP_S)
    return Bands(bands.powers[first:end], bands.centres_hz) if end > first else bands


def _power(samples: Samples) -> float:
    return float(np.mean(samples.astype(np.float64) ** 2)) if samples.size else 0.0


def _peak_db(samples: Samples) -> float:
    peak = float(np.max(np.abs(samples), initial=0.0))
    return float(20 * np.log10(max(peak, 1e-6)))


def _pace(transcript: str | None, activity: Activity) -> float | None:
    if transcript is None or activity.speech_s < 1.0:
        return None
    return _num_words(transcript) / activity.speech_s


def _num_words(text: str) -> float:
    """Words between spaces; scripts without spaces by their signs."""
    signs = sum(letter >= _FIRST_SIGN and letter.isalpha() for letter in text)
    spaced = "".join(" " if letter >= _FIRST_SIGN else letter for letter in text)
    return len(spaced.split()) + signs * _WORDS_PER_SIGN


def _rounded(value: Any) -> Any:
    return float(f"{value:.4g}") if isinstance(value, float) else value
