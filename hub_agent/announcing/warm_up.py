"""The first announcement after the start is as quick as every other."""

from hub_agent.announcement import Announcement
from hub_agent.announcing.delivery import Delivery
from hub_agent.announcing.pipeline import Block, render
from hub_agent.announcing.utterance import utterance_of
from hub_agent.engines.registry import EngineRegistry
from hub_agent.errors import HubAgentError
from hub_agent.settings.models import SpeechSettings
from hub_agent.voicing.marking import Marking
from hub_agent.voicing.speech_source import StockSource
from hub_agent.voicing.voice_choice import stock_choice
from voices.errors import VoicesError

_TEXT = "Ready"


class _Nowhere:
    def emit(self, _: Block) -> bool:
        return True

    def wait_for_room(self) -> bool:
        return True

    def cancelled(self) -> bool:
        return False


def warm_up(
    speech: SpeechSettings, engines: EngineRegistry, marking: Marking, *, sample_rate: int
) -> None:
    """Render a word through the whole pipeline into nowhere; blocks, so call it in a thread.

    A language without a voice is no error here, nor a broken key: each announcement will say so.
    """
    announcement = Announcement(text=_TEXT)
    try:
        choice = stock_choice(announcement, speech, engines.get(speech.engine))
        delivery = Delivery(
            announcement=announcement,
            source=StockSource(choice.engine, choice.voice, marking),
            language=choice.language,
            accepted_at=0.0,
            room="",
        )
        render(utterance_of(delivery, speech, sample_rate=sample_rate), _Nowhere())
    except (HubAgentError, VoicesError):
        return
