"""`python -m tests.bench.likeness`: how much a fitted voice is like the person, and how clear."""

import argparse
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from hub_agent.engines.espeak import ESpeak
from hub_agent.timbre.accents import identifier_for
from hub_agent.timbre.fitting import fit
from hub_agent.timbre.frames import RATE
from hub_agent.timbre.rendition import Manner, rendition
from hub_agent.timbre.voice import TimbreVoice
from tests.bench.likeness_material import (
    SENTENCES,
    Floats,
    Reader,
    joined,
    readers_in,
    strangers_in,
)
from tests.bench.likeness_words import Recogniser
from tests.fakes.speaker_model import speaker_model_path
from tests.fakes.speech_material import SPEECH
from voices.speaker.encoder import SpeakerEncoder

Embeddings = Mapping[str, Floats]


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """Figures of one reader; cosines are to speech the voice was not fitted to.

    `own_cosine` is of the recordings it was fitted to; `first` says in how many of `sentences`
    the reader is nearest of all; `margin` by how much at least. Error rates only in English; the
    person's own is of the text they read, which is harder.
    """

    reader: str
    language: str
    fit_s: float
    data_mb: float
    rtf: float
    first_chunk_ms: float
    espeak_cosine: float
    cosine: float
    own_cosine: float
    first: int
    sentences: int
    margin: float
    espeak_errors: float | None
    errors: float | None
    own_errors: float | None


class _Speaking:
    """Speaks and takes the time."""

    def __init__(self, voice: TimbreVoice, identifier: str) -> None:
        self._voice = voice
        self._identifier = identifier
        self.first_ms: list[float] = []
        self.busy_s = 0.0

    def __call__(self, text: str) -> Floats:
        chunks: list[Floats] = []
        started = time.perf_counter()

        def emit(samples: Floats) -> bool:
            if not chunks:
                self.first_ms.append((time.perf_counter() - started) * 1000)
            chunks.append(samples)
            return True

        before = time.thread_time()
        self._voice.speak(text, identifier=self._identifier, emit=emit)
        self.busy_s += time.thread_time() - before
        return np.concatenate(chunks)


class Bench:
    """Everything that readers are measured with."""

    def __init__(self, encoder: SpeakerEncoder) -> None:
        self._encoder = encoder
        self._espeak = ESpeak()
        self._recogniser = Recogniser()

    def embeddings(self, speech: Mapping[str, tuple[Floats, int]]) -> dict[str, Floats]:
        """Of everybody."""
        return {name: self._encoder.embed(*each) for name, each in speech.items()}

    def measure(self, reader: Reader, others: Embeddings) -> Likeness:
        """Fit and judge one reader; `others` are all who are somebody else."""
        started = time.perf_counter()
        payload = fit(reader.enrolment, self._espeak, lambda _share: None)
        fit_s = time.perf_counter() - started
        identifier = identifier_for(reader.language, self._espeak)
        speaking = _Speaking(TimbreVoice(payload, self._espeak), identifier)
        texts = SENTENCES[reader.language]
        speaking(texts[0])
        speaking.first_ms.clear()
        speaking.busy_s = 0.0
        spoken = [speaking(text) for text in texts]
        plain = [rendition(text, self._espeak, Manner(voice=identifier)).samples for text in texts]
        person = self._encoder.embed(*joined(reader.others))
        margins = [self._margin(each, person, others) for each in spoken]
        errors = self._errors(reader, texts)
        return Likeness(
            reader=reader.name,
            language=reader.language,
            fit_s=fit_s,
            data_mb=sum(array.nbytes for array in payload.arrays.values()) / 1e6,
            rtf=speaking.busy_s / (sum(each.size for each in spoken) / RATE),
            first_chunk_ms=float(np.median(speaking.first_ms)),
            espeak_cosine=self._cosine(plain, person),
            cosine=self._cosine(spoken, person),
            own_cosine=float(self._encoder.embed(*joined(reader.enrolment)) @ person),
            first=sum(margin > 0 for margin in margins),
            sentences=len(texts),
            margin=min(margins),
            espeak_errors=errors(plain),
            errors=errors(spoken),
            own_errors=self._own_errors(reader),
        )

    def _cosine(self, spoken: Sequence[Floats], person: Floats) -> float:
        return float(self._encoder.embed(np.concatenate(spoken), RATE) @ person)

    def _margin(self, samples: Floats, person: Floats, others: Embeddings) -> float:
        heard = self._encoder.embed(samples, RATE)
        return float(heard @ person) - max(float(heard @ other) for other in others.values())

    def _errors(
        self, reader: Reader, texts: Sequence[str]
    ) -> Callable[[Sequence[Floats]], float | None]:
        if reader.language != "en":
            return lambda _spoken: None
        return lambda spoken: self._recogniser.error_rate(texts, spoken, RATE)

    def _own_errors(self, reader: Reader) -> float | None:
        from hub_agent.timbre.phrases import split_phrases

        if reader.language != "en":
            return None
        phrases = split_phrases(reader.others[0], self._espeak, shortest_s=2.5)
        texts = [phrase.transcript for phrase in phrases]
        spoken = [phrase.samples for phrase in phrases]
        return self._recogniser.error_rate(texts, spoken, phrases[0].sample_rate)


def measured(bench: Bench, readers: Sequence[Reader], strangers: Path) -> list[Likeness]:
    """All readers, each among the strangers and the other readers."""
    known = bench.embeddings(strangers_in(strangers))
    persons = bench.embeddings({each.name + each.language: joined(each.others) for each in readers})
    figures = []
    for reader in readers:
        own = reader.name + reader.language
        rest = {name: each for name, each in persons.items() if name != own}
        figures.append(bench.measure(reader, known | rest))
    return figures


def table(figures: Sequence[Likeness]) -> str:
    """One line a reader, for people."""
    head = (
        "reader            fit s    MB    RTF  1st ms  cosine: eSpeak  voice   own  first"
        "  wrong words: eSpeak, voice, own"
    )
    lines = [
        f"{each.reader + ' ' + each.language:<16}{each.fit_s:7.1f}"
        f"{each.data_mb:6.1f}{each.rtf:7.3f}"
        f"{each.first_chunk_ms:8.1f}{each.espeak_cosine:16.2f}{each.cosine:7.2f}"
        f"{each.own_cosine:6.2f}{each.first:5d}/{each.sentences}"
        + "".join(
            f"{_share(value):>9}" for value in (each.espeak_errors, each.errors, each.own_errors)
        )
        for each in figures
    ]
    return "\n".join((head, *lines))


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"


def draw(figures: Sequence[Likeness], path: Path) -> None:
    """Cosines of eSpeak, the fitted voice and the person, reader by reader."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4))
    rows = (
        ("eSpeak NG", "espeak_cosine"),
        ("fitted voice", "cosine"),
        ("the person", "own_cosine"),
    )
    for shift, ((label, name), colour) in enumerate(
        zip(rows, ("#9aa5ab", "#0b6e8f", "#b3541e"), strict=True)
    ):
        places = np.arange(len(figures)) + (shift - 1) * 0.27
        axes.bar(places, [getattr(each, name) for each in figures], 0.25, label=label, color=colour)
    axes.set_xticks(range(len(figures)), [f"{each.reader} ({each.language})" for each in figures])
    axes.set(ylim=(0, 1), ylabel="speaker cosine", title="Likeness to other speech of the person")
    axes.legend(loc="lower right")
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)


def main() -> None:
    """Measure, print, and write what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=Path, default=SPEECH / "readers")
    parser.add_argument("--impostors", type=Path, default=SPEECH / "librispeech_test_other")
    parser.add_argument("--model", type=Path, help="speaker check; none: the tests' own")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--chart", type=Path)
    chosen = parser.parse_args()
    bench = Bench(SpeakerEncoder(chosen.model or speaker_model_path()))
    figures = measured(bench, readers_in(chosen.readers), chosen.impostors)
    print(json.dumps([asdict(each) for each in figures]) if chosen.json else table(figures))
    if chosen.chart:
        draw(figures, chosen.chart)


if __name__ == "__main__":
    main()
