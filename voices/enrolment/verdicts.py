"""What the measures mean, in words a householder understands, with what to do about it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from voices.enrolment.quality import Measures
from voices.enrolment.sounds import Sound
from voices.enrolment.speakers import SpeakerSplit

NEEDED_SNR_DB: Final = 15.0
GOOD_SNR_DB: Final = 20.0
NEEDED_SPEECH_S: Final = 30.0
GOOD_SPEECH_S: Final = 60.0
_MOST_CLIPPED: Final = 0.0005
"""Share of samples, 22 in a second at 44.1 kHz: single plosives clip less."""
_CLIPPED_A_LITTLE: Final = 0.0001
_WIDE_HZ: Final = 7000.0
_TELEPHONE_HZ: Final = 4200.0
_RINGING_S: Final = 0.5
_HUM_DB: Final = -30.0
_RUMBLE_DB: Final = -20.0
_QUIET_LUFS: Final = -45.0
_FAST_WORDS: Final = 4.5
_SLOW_WORDS: Final = 1.0


class Severity(StrEnum):
    """How much a verdict weighs."""

    OK = "ok"
    ADVICE = "advice"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One finding: a stable word for machines, a sentence with its number, what to do."""

    reason: str
    severity: Severity
    sentence: str
    advice: str

    def to_json(self) -> dict[str, Any]:
        """The same, plain."""
        return {
            "reason": self.reason,
            "severity": self.severity.value,
            "sentence": self.sentence,
            "advice": self.advice,
        }


@dataclass(frozen=True, slots=True)
class TextFit:
    """Whether what is heard is the text, and the share of the text that was heard (0 to 1)."""

    matches: bool
    share: float


ORDER: Final = (
    "silence",
    "music",
    "not_speech",
    "several_speakers",
    "clipped",
    "too_noisy",
    "too_little_speech",
    "wrong_text",
)
"""Reasons to refuse, the most telling first."""


def worst(verdicts: Iterable[Verdict]) -> Severity:
    """The weight of the heaviest."""
    found = {verdict.severity for verdict in verdicts}
    heavy = (Severity.REFUSED, Severity.ADVICE)
    return next((severity for severity in heavy if severity in found), Severity.OK)


def of_recording(
    measures: Measures, split: SpeakerSplit | None, fit: TextFit | None, *, accept_noisy: bool
) -> tuple[Verdict, ...]:
    """Everything to say about one recording; one that is not speech gets that verdict only."""
    if measures.sound is not Sound.SPEECH:
        return (_NOT_SPEECH[measures.sound],)
    found = (
        *_about_noise(measures, accept_noisy=accept_noisy),
        *_about_clipping(measures),
        *of_speakers(split),
        *_about_text(fit, split),
        *_about_sound(measures),
        *_about_pace(measures),
    )
    return tuple(sorted(found, key=lambda verdict: verdict.severity is not Severity.REFUSED))


def of_length(speech_s: float) -> Iterator[Verdict]:
    """Whether all recordings together hold enough speech."""
    if speech_s < NEEDED_SPEECH_S:
        yield _refused(
            "too_little_speech",
            f"There are {speech_s:.0f} seconds of speech, {NEEDED_SPEECH_S:.0f} are needed.",
            "Read on: a minute is best.",
        )
    elif speech_s < GOOD_SPEECH_S:
        yield _advice(
            "little_speech",
            f"There are {speech_s:.0f} seconds of speech; a minute gives a better likeness.",
            "Read a few more sentences.",
        )


def of_speakers(split: SpeakerSplit | None) -> Iterator[Verdict]:
    """Whether more than one person speaks."""
    if split is not None and split.several:
        yield _refused(
            "several_speakers",
            f"Two people speak: about {split.share:.0%} is another voice.",
            "Record one person alone, with radio and television off.",
        )


def _about_noise(measures: Measures, *, accept_noisy: bool) -> Iterator[Verdict]:
    snr_db = measures.snr_db
    if snr_db < NEEDED_SNR_DB:
        make = _advice if accept_noisy else _refused
        yield make(
            "too_noisy",
            f"The room is too loud: {snr_db:.0f} dB between voice and background, "
            f"{NEEDED_SNR_DB:.0f} needed.",
            "Turn off the fan and the radio, or come closer to the microphone.",
        )
    elif snr_db < GOOD_SNR_DB:
        yield _advice(
            "noisy",
            f"There is noise: {snr_db:.0f} dB between voice and background, "
            f"{GOOD_SNR_DB:.0f} is better.",
            "Close the window, or come closer to the microphone.",
        )


def _about_clipping(measures: Measures) -> Iterator[Verdict]:
    share = measures.clipped_share
    if share >= _MOST_CLIPPED:
        yield _refused(
            "clipped",
            f"The recording is distorted: {share:.2%} of it was too loud for the microphone.",
            "Turn the microphone down or move a hand's breadth away, and record again.",
        )
    elif share >= _CLIPPED_A_LITTLE:
        yield _advice(
            "slightly_clipped",
            f"The loudest moments are distorted ({share:.3%}).",
            "Turn the microphone down a little.",
        )


def _about_text(fit: TextFit | None, split: SpeakerSplit | None) -> Iterator[Verdict]:
    if fit is None or fit.matches:
        return
    if split is not None and split.perhaps_at_once:
        yield _refused(
            "several_speakers",
            f"Somebody speaks at the same time: only {fit.share:.0%} of the text was understood.",
            "Record one person alone, with radio and television off.",
        )
    else:
        yield _refused(
            "wrong_text",
            f"What is read is not the text: {fit.share:.0%} of it was heard.",
            "Read exactly the text that belongs to the recording, from its first word to its last.",
        )


def _about_sound(measures: Measures) -> Iterator[Verdict]:
    if measures.bandwidth_hz < _WIDE_HZ:
        kind = "telephone" if measures.bandwidth_hz < _TELEPHONE_HZ else "narrow_band"
        yield _advice(
            kind,
            f"The sound ends at {measures.bandwidth_hz / 1000:.1f} kHz; a voice goes up to 8.",
            "Use a microphone directly, not a telephone call or a strongly compressed file.",
        )
    if measures.ringing_s is not None and measures.ringing_s > _RINGING_S:
        yield _advice(
            "reverberant",
            f"The room rings for {measures.ringing_s:.1f} seconds.",
            "Choose a room with carpet, curtains or a bed, and come closer to the microphone.",
        )
    if measures.hum_db > _HUM_DB:
        yield _advice(
            "hum",
            f"The mains hum, {_under(measures.hum_db)}.",
            "Unplug the charger of the device that records.",
        )
    if measures.rumble_db > _RUMBLE_DB:
        yield _advice(
            "rumble",
            f"Something rumbles, {_under(measures.rumble_db)}. It is filtered out.",
            "Put the microphone on something soft.",
        )
    if measures.loudness_lufs < _QUIET_LUFS:
        yield _advice(
            "quiet",
            f"The recording is quiet: {measures.loudness_lufs:.0f} LUFS.",
            "Come closer to the microphone or turn it up.",
        )


def _about_pace(measures: Measures) -> Iterator[Verdict]:
    pace = measures.words_per_s
    if pace is not None and pace > _FAST_WORDS:
        text = f"This is read fast: {pace:.1f} words a second."
        yield _advice("fast", text, "Read as one reads to a child.")
    if pace is not None and pace < _SLOW_WORDS:
        text = f"This is read slowly: {pace:.1f} words a second."
        yield _advice("slow", text, "Read in one flow, as one speaks.")


def _under(level_db: float) -> str:
    return f"{abs(level_db):.0f} dB {'below' if level_db < 0 else 'above'} the voice"


def _refused(reason: str, sentence: str, advice: str) -> Verdict:
    return Verdict(reason, Severity.REFUSED, sentence, advice)


def _advice(reason: str, sentence: str, advice: str) -> Verdict:
    return Verdict(reason, Severity.ADVICE, sentence, advice)


_NOT_SPEECH: Final = {
    Sound.SILENCE: _refused(
        "silence",
        "Nothing is heard.",
        "Check that the right microphone is chosen and not muted.",
    ),
    Sound.MUSIC: _refused(
        "music", "This is music, not a voice that speaks.", "Record speech, with music off."
    ),
    Sound.NOT_SPEECH: _refused(
        "not_speech", "Nobody speaks: only noise is heard.", "Record somebody who reads aloud."
    ),
}
