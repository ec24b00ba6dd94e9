"""The scripts hold the sounds of their languages, counted by eSpeak NG."""

from collections import Counter
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import pytest

from hub_agent.engines.espeak import ESpeak, EventKind, Pcm16, SpeechEvent
from voices.prompts.script import languages, prompts

FIRST = 12
TIMES = 3
_STRESS = "'%,="
_NOT_SOUNDS = ("_", ";")
"""Pauses and word borders; a mark on the consonant before it."""

_VOICES = {"de": "gmw/de", "en": "gmw/en", "es": "roa/es", "zh": "sit/cmn"}

COMMON = {
    "de": "n @ t r d E l s a I i: f k g m aI v b ts z U e: 3 o: p C O S A: R N u: aU y: y h j x OY",
    "en": "t n s @ I d k l r E z m I2 p D a 0 eI f b 3 v aI i: u: V w a# S oU j i N g O@ @L r- dZ "
    "3: tS h U A@ aU O: A: T aa",
    "es": "e a o s n i t l D k ** p r m u T B j f d R2 w Q x E b tS",
    "zh": "n i N j u @ t S; tS; s. iE i. ts. w p ong Au A o- k X ts.h tS;h ts m y f ai ei a l uo "
    "th iA tsh kh z. iou uei i[ ou u@ s y& ua",
}
"""At least 0.5 % of the sounds in 600 sentences of software translations (20 000 to 34 000 sounds
a language), and those beside them that are rarer there than in talk: h, U, A@, aU, O:, A:, T, aa
in English, h, j, x, OY in German, x, E, b, tS in Spanish, s, y&, ua in Mandarin."""


@dataclass(frozen=True)
class Spoken:
    """A prompt as eSpeak NG says it."""

    sounds: tuple[str, ...]
    duration_s: float


def _spoken(text: str, voice: str) -> Spoken:
    sounds: list[str] = []
    num_samples = 0

    def on_audio(pcm: Pcm16, events: tuple[SpeechEvent, ...]) -> bool:
        nonlocal num_samples
        num_samples += pcm.size
        sounds.extend(
            event.phoneme.lstrip(_STRESS) for event in events if event.kind is EventKind.PHONEME
        )
        return True

    espeak = ESpeak()
    espeak.synthesise(text, on_audio, voice=voice)
    real = tuple(sound for sound in sounds if sound and not sound.startswith(_NOT_SOUNDS))
    return Spoken(real, num_samples / espeak.sample_rate)


@cache
def _script(language: str) -> tuple[Spoken, ...]:
    return tuple(_spoken(prompt.text, _VOICES[language]) for prompt in prompts(language))


def test_every_script_is_measured_here() -> None:
    assert set(_VOICES) == set(COMMON) == set(languages())


@pytest.mark.parametrize("language", languages())
def test_the_first_twelve_prompts_hold_every_common_sound_three_times(language: str) -> None:
    heard = Counter(sound for spoken in _script(language)[:FIRST] for sound in spoken.sounds)

    lacking = {sound: heard[sound] for sound in COMMON[language].split() if heard[sound] < TIMES}
    assert not lacking


@pytest.mark.parametrize(
    ("language", "least"), [("de", 440), ("en", 480), ("es", 260), ("zh", 240)]
)
def test_sounds_meet_each_other_in_many_ways(language: str, least: int) -> None:
    script = _script(language)
    diphones = {pair for spoken in script for pair in pairwise(spoken.sounds)}
    common = set(COMMON[language].split())
    covered = {first for first, _ in diphones} & {second for _, second in diphones}

    print(f"{language}: {len(diphones)} different diphones in {len(script)} prompts")
    assert len(diphones) >= least
    assert not common - covered, "a common sound only ever begins or only ever ends a prompt"


@pytest.mark.parametrize("language", languages())
def test_prompts_take_one_breath_each_and_more_than_a_minute_together(language: str) -> None:
    """eSpeak's pace is brisker than that of a person who reads: 4 to 9 s are 3.7 to 8.5 s."""
    durations = [spoken.duration_s for spoken in _script(language)]

    print(f"{language}: {sum(durations):.0f} s, from {min(durations):.1f} to {max(durations):.1f}")
    assert min(durations) >= 3.7
    assert max(durations) <= 8.5
    assert sum(durations) >= 75.0


@pytest.mark.parametrize("language", languages())
def test_no_prompt_makes_espeak_change_its_language(language: str) -> None:
    """It says `(en)` when it does not know a word, and people would stumble over it too."""
    assert not [sound for spoken in _script(language) for sound in spoken.sounds if "(" in sound]
