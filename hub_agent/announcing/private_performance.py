"""Speaking into a sink that belongs to one caller, beside the rooms."""

from collections.abc import Iterable

from hub_agent.announcement import Outcome
from hub_agent.announcing.delivery import Delivery, Ending
from hub_agent.announcing.performance import Patience, Performance, perform
from hub_agent.announcing.player import DeliveryListener
from hub_agent.announcing.utterance import utterance_of
from hub_agent.clock import Clock
from hub_agent.labels.labelling import Labelling
from hub_agent.settings.models import SpeechSettings
from hub_agent.sinks.sink import Sink

WITH_THE_SINK = Patience(sink_s=None)
WITH_BOTH = Patience(engine_s=None, sink_s=None)


async def perform_privately(
    delivery: Delivery,
    sink: Sink,
    speech: SpeechSettings,
    *,
    listener: DeliveryListener,
    clock: Clock,
    labelling: Labelling,
    pieces: Iterable[str] | None = None,
) -> None:
    """Speak `delivery` into `sink`, which the caller has entered; `listener` gets the ending.

    Text that arrives in `pieces` and a sink that pauses may take as long as they like: nobody
    else waits for them.
    """

    def note_first_audio() -> None:
        delivery.ttfa_s = clock.monotonic() - delivery.accepted_at
        listener.first_audio(delivery)

    utterance = utterance_of(
        delivery, speech, sample_rate=sink.sample_rate, pieces=pieces, labelling=labelling
    )
    performance = Performance(
        utterance,
        sink,
        on_first_audio=note_first_audio,
        patience=WITH_THE_SINK if pieces is None else WITH_BOTH,
    )
    ending = Ending(Outcome.INTERRUPTED, "cancelled")
    listener.started(delivery)
    try:
        ending = await perform(performance)
    finally:
        delivery.audio_s = performance.heard_s
        delivery.synthesis_s = performance.synthesis_s
        listener.ended(delivery, ending)
