"""One voice and the text it says, ready to be rendered."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from hub_agent.announcing.delivery import Delivery
from hub_agent.engines.engine import Prosody
from hub_agent.labels.audible import Notice
from hub_agent.labels.label import Label
from hub_agent.labels.labelling import Labelling
from hub_agent.settings.models import SpeechSettings
from hub_agent.text.segment import Segment
from hub_agent.text.segmenter import segments
from hub_agent.voicing.speech_source import SpeechSource


class Wording:
    """The text of an utterance, which may arrive bit by bit: read it once, then ask for it."""

    def __init__(self, pieces: Iterable[str]) -> None:
        self._pieces = pieces
        self._come: list[str] = []

    def __iter__(self) -> Iterator[str]:
        for piece in self._pieces:
            self._come.append(piece)
            yield piece

    def __str__(self) -> str:
        """All that came until now."""
        return "".join(self._come)


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """What the pipeline renders.

    `segments` is read once, in a worker thread, and may still be growing. `volume` is 0–100 of
    full scale; the first `skip` segments were already heard. `label` is for whoever keeps the
    sound, `notice` for whoever listens.
    """

    id: str
    wording: Wording = field(repr=False)
    segments: Iterable[Segment] = field(repr=False)
    source: SpeechSource
    prosody: Prosody
    volume: int
    gain_db: float
    chime: str | None
    sample_rate: int
    skip: int = 0
    label: Label | None = None
    notice: Notice | None = None
    sameness: bytes | None = field(default=None, repr=False)
    """What determines the samples before they are marked; None where text is still to come."""


def utterance_of(
    delivery: Delivery,
    speech: SpeechSettings,
    *,
    sample_rate: int,
    volume: int = 100,
    chime: str | None = None,
    pieces: Iterable[str] | None = None,
    labelling: Labelling | None = None,
) -> Utterance:
    """The utterance of a delivery; `volume` and `chime` are the room's own.

    `pieces` replaces the announcement's text by one that arrives bit by bit. `labelling` is missing
    only where nobody hears or keeps it.
    """
    announcement = delivery.announcement
    wording = Wording((announcement.text,) if pieces is None else pieces)
    utterance = Utterance(
        id=announcement.id,
        wording=wording,
        segments=segments(wording, delivery.language),
        source=delivery.source,
        prosody=Prosody(rate=speech.rate, pitch=speech.pitch),
        volume=volume if announcement.volume is None else announcement.volume,
        gain_db=speech.gain_db,
        chime=chime if announcement.chime is None else announcement.chime or None,
        sample_rate=sample_rate,
        skip=delivery.skip,
        label=None if labelling is None else labelling.label(delivery),
        notice=None if labelling is None else labelling.notice(delivery),
    )
    if pieces is not None:
        return utterance
    return replace(utterance, sameness=_sameness(utterance, announcement.text, delivery.language))


def _sameness(utterance: Utterance, text: str, language: str) -> bytes:
    """Everything the engine's samples come from; how loud they are changes nothing."""
    source = utterance.source
    said = text, language, source.engine.name, source.voice.id
    return repr(
        (*said, utterance.prosody, utterance.chime, utterance.skip, utterance.notice)
    ).encode()
