"""The judgement about recordings: what is refused, why, and in which words."""

import json
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.fakes.speaker_model import speaker_model_path
from tests.fakes.speech_material import (
    RATE,
    Samples,
    alternating,
    clipped,
    music,
    pink,
    reader,
    recording,
    speaker,
    speakers,
    white,
    with_noise,
)
from voices.enrolment.inspection import Take, inspect
from voices.enrolment.picture import recording_picture, sheet
from voices.enrolment.report import QualityReport
from voices.enrolment.speakers import speakers_in
from voices.enrolment.verdicts import ORDER, Severity, TextFit
from voices.speaker.encoder import SpeakerEncoder

SECRET = "Grandmother's secret recipe"


def take(samples: Samples, name: str = "a.wav") -> Take:
    return Take(name, recording(samples, " ".join([SECRET] * 40)))


def minute() -> Samples:
    return np.concatenate((speaker("3080"), speaker("3080")))[: 100 * RATE]


def reason(report: QualityReport) -> str | None:
    refusal = report.refusal()
    return refusal.reason if refusal else None


def people(
    num_each: list[int], *, spread: float = 0.035, apart: float = 0.6
) -> NDArray[np.float32]:
    """Embeddings of pieces as the network makes them: none negative, alike within a person."""
    rng = np.random.default_rng(7)
    common = np.abs(rng.standard_normal(256))
    pieces = []
    for count in num_each:
        voice = (1 - apart) * common + apart * np.abs(rng.standard_normal(256))
        voice = np.maximum(voice - 0.5, 0.0)
        voice /= np.linalg.norm(voice)
        pieces.append(np.maximum(voice + spread * rng.standard_normal((count, 256)), 0.0))
    return np.concatenate(pieces or [np.zeros((0, 256))]).astype(np.float32)


@cache
def encoder() -> SpeakerEncoder:
    return SpeakerEncoder(speaker_model_path())


def test_a_good_minute_is_accepted_without_a_word() -> None:
    report = inspect([take(minute())])
    assert report.accepted
    assert report.refusal() is None
    assert report.severity is Severity.OK
    assert report.speech_s > 60.0


BAD: list[tuple[str, Callable[[], Samples]]] = [
    ("too_little_speech", lambda: speaker("3080")[: 10 * RATE]),
    ("too_noisy", lambda: with_noise(minute(), pink(minute().size), 10.0)),
    ("too_noisy", lambda: with_noise(minute(), white(minute().size), 10.0)),
    ("clipped", lambda: clipped(minute(), 0.01)),
    ("music", lambda: music(60.0)),
    ("silence", lambda: np.zeros(60 * RATE, np.float32)),
    ("not_speech", lambda: 0.1 * white(60 * RATE)),
]


@pytest.mark.parametrize(("expected", "make"), BAD)
def test_what_no_voice_can_be_made_of_is_refused(
    expected: str, make: Callable[[], Samples]
) -> None:
    report = inspect([take(make())])
    refusal = report.refusal()
    assert refusal is not None
    assert refusal.reason == expected
    assert refusal.hint
    assert not report.accepted


def test_noise_can_be_accepted_and_is_still_told() -> None:
    noisy = take(with_noise(minute(), white(minute().size), 10.0))
    report = inspect([noisy], accept_noisy=True)
    assert report.accepted
    assert [verdict.reason for verdict in report.recordings[0].verdicts] == ["too_noisy"]
    assert "10 dB between voice and background, 15 needed" in "\n".join(report.lines())


def test_a_little_noise_and_half_a_minute_are_advised_against() -> None:
    speech = minute()[: 55 * RATE]
    report = inspect([take(with_noise(speech, white(speech.size), 17.5))])
    assert report.accepted
    assert report.recordings[0].verdicts[0].reason == "noisy"
    assert report.overall[0].reason == "little_speech"


def test_a_wrong_text_is_refused_and_a_right_one_is_not() -> None:
    takes = [take(minute(), "right.wav"), take(speaker("3080")[: 20 * RATE], "wrong.wav")]
    report = inspect(
        takes, text_fit=lambda one: TextFit(matches=one.name == "right.wav", share=0.2)
    )
    assert reason(report) == "wrong_text"
    assert "wrong.wav" in str(report.refusal())


def test_one_bad_recording_of_many_is_named() -> None:
    good = [take(minute()[at * RATE : (at + 12) * RATE], f"{at}.wav") for at in range(0, 72, 12)]
    report = inspect([*good, take(clipped(minute()[: 12 * RATE], 0.02), "bad.wav")])
    assert reason(report) == "clipped"
    assert str(report.refusal()).startswith("bad.wav: The recording is distorted")


def test_no_recordings_are_too_little() -> None:
    assert reason(inspect([])) == "too_little_speech"


def test_the_most_telling_reason_comes_first() -> None:
    short_and_clipped = inspect([take(clipped(minute()[: 10 * RATE], 0.02))])
    assert reason(short_and_clipped) == "clipped"
    assert ORDER.index("clipped") < ORDER.index("too_little_speech")


@pytest.mark.parametrize("num_each", [[40, 40], [48, 32], [64, 16]])
def test_two_clusters_of_pieces_are_two_people(num_each: list[int]) -> None:
    assert speakers_in(people(num_each)).several


@pytest.mark.parametrize("num_each", [[80], [8], [1], [], [3, 3], [79, 1]])
def test_one_person_or_too_few_pieces_are_not(num_each: list[int]) -> None:
    assert not speakers_in(people(num_each)).several


def test_two_voices_in_turns_are_refused() -> None:
    names = speakers()
    for one, other in zip(names[:4:2], names[1:4:2], strict=True):
        for samples in (
            alternating(speaker(one), speaker(other), 6.0, 60.0),
            np.concatenate((speaker(one)[: 36 * RATE], speaker(other)[: 24 * RATE])),
        ):
            report = inspect([take(samples)], partials=encoder().partials)
            found = [verdict.reason for verdict in report.recordings[0].verdicts]
            assert "several_speakers" in found, (one, other)


def test_every_single_reader_passes_as_one_person() -> None:
    voices = [speaker(name)[: 40 * RATE] for name in speakers()[:3]]
    voices += [reader(name)[: 40 * RATE] for name in ("reader_de", "reader_es", "sonnet_1_en")]
    for voice in voices:
        _times_s, pieces = encoder().partials(voice, RATE)
        assert not speakers_in(pieces).several


def test_two_people_in_two_recordings_are_refused_together() -> None:
    voices = iter([people([40, 40])[:40], people([40, 40])[40:]])
    report = inspect(
        [take(minute()[: 40 * RATE], "a.wav"), take(minute()[: 40 * RATE], "b.wav")],
        partials=lambda _samples, _rate: (np.zeros(40), next(voices)),
    )
    assert [verdict.reason for verdict in report.overall] == ["several_speakers"]
    assert report.recordings[0].severity is Severity.OK


def test_progress_rises_to_one() -> None:
    seen: list[float] = []
    inspect([take(minute()[: 10 * RATE])] * 3, progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1.0)


def test_reports_never_hold_the_text() -> None:
    takes = [take(speaker("3080")[: 10 * RATE]), take(music(10.0))]
    report = inspect(takes)
    everything = repr(report) + json.dumps(report.to_json()) + "\n".join(report.lines())
    everything += str(report.refusal()) + repr(takes)
    assert SECRET not in everything
    assert json.loads(json.dumps(report.to_json()))["accepted"] is False


@pytest.mark.parametrize("samples", [speaker, None], ids=["speech", "silence"])
def test_pictures_are_png_of_a_readable_size(samples: Callable[[str], Samples] | None) -> None:
    from io import BytesIO

    from PIL import Image

    voice = samples("1688")[: 10 * RATE] if samples else np.zeros(RATE // 2, np.float32)
    one = take(voice)
    report = inspect([one])
    for png in (recording_picture(one, report.recordings[0]), sheet([one], report)):
        image = Image.open(BytesIO(png))
        assert image.format == "PNG"
        assert image.width >= 1200
        assert len(image.getcolors(1 << 20) or []) > 20
