"""What one client asks and is answered, until it leaves or breaks the rules."""

import asyncio
from typing import Final

import structlog
from wyoming.error import Error
from wyoming.event import Event

from hub_agent.announcement import Announcement, AnnouncementResult, Outcome
from hub_agent.announcing.outcomes import error_of
from hub_agent.errors import HubAgentError
from hub_agent.integration import AgentPort
from integrations.wyoming.client_sink import WyomingSink
from integrations.wyoming.connection import Connection
from integrations.wyoming.framing import ProtocolError
from integrations.wyoming.info import info
from integrations.wyoming.requests import SpeechRequest, speech_request, text_of
from integrations.wyoming.settings import WyomingSettings
from integrations.wyoming.turns import Turn, Turns

log = structlog.get_logger(__name__)

ORIGIN: Final = "wyoming"
IDLE_S: Final = 60.0
DIALOGUE_S: Final = 300.0
"""How long a text may grow."""
WHOLE_TEXT_S: Final = 0.01
"""A text that is complete by then is spoken as one whole: such a phrase can be said again."""
MOST_WAITING: Final = 8
"""Texts that a client may send ahead."""


class Conversation:
    """Serves one connection."""

    def __init__(
        self, connection: Connection, agent: AgentPort, settings: WyomingSettings, turns: Turns
    ) -> None:
        self.address = connection.address
        self._connection = connection
        self._agent = agent
        self._settings = settings
        self._turns = turns
        self._asked: asyncio.Queue[SpeechRequest] = asyncio.Queue(MOST_WAITING)
        self._unanswered = 0
        self._growing: SpeechRequest | None = None
        self._grown_by = 0.0
        self._patience = asyncio.timeout(None)
        self._heard_at = _now()

    def silent_s(self) -> float:
        """How long it has said nothing although it is its turn to."""
        return 0.0 if self._unanswered and self._growing is None else _now() - self._heard_at

    async def run(self) -> None:
        """Answer until the client leaves; what it does wrong is told to it, then it has to."""
        try:
            await self._serve()
        except ExceptionGroup as group:
            await self._complain(group.exceptions[0])
        finally:
            self._connection.abort()

    async def _serve(self) -> None:
        async with asyncio.TaskGroup() as group:
            speaking = group.create_task(self._speak_all(), name="wyoming.speech")
            async with self._patience:
                await self._listen()
            speaking.cancel()

    async def _listen(self) -> None:
        self._be_patient()
        while (event := await self._connection.receive()) is not None:
            await self._take(event)
            self._be_patient()

    async def _take(self, event: Event) -> None:
        match event.type:
            case "describe":
                await self._describe()
            case "ping":
                await self._pong(event)
            case "synthesize" if self._growing is None:
                request = speech_request(event, dialogue=False)
                request.text.add(text_of(event))
                request.text.end()
                self._ask(request)
            case "synthesize-start":
                self._begin(speech_request(event, dialogue=True))
            case "synthesize-chunk":
                self._dialogue().text.add(text_of(event))
            case "synthesize-stop":
                self._dialogue().text.end()
                self._growing = None
            case _:
                """Not ours, or the whole text again, for servers that know no dialogues."""

    async def _describe(self) -> None:
        voices = self._agent.voices_for(self._settings.purpose, origin=ORIGIN)
        await self._connection.send(info(self._settings.name, voices, self._settings.languages))

    async def _pong(self, event: Event) -> None:
        text = event.data.get("text")
        await self._connection.send(Event(type="pong", data={} if text is None else {"text": text}))

    def _begin(self, request: SpeechRequest) -> None:
        if self._growing is not None:
            raise ProtocolError("a text begins inside another one")
        self._ask(request)
        self._growing = request
        self._grown_by = _now() + DIALOGUE_S

    def _dialogue(self) -> SpeechRequest:
        if self._growing is None:
            raise ProtocolError("a piece of text belongs to none")
        return self._growing

    def _ask(self, request: SpeechRequest) -> None:
        try:
            self._asked.put_nowait(request)
        except asyncio.QueueFull:
            raise ProtocolError("too many texts were sent ahead", reason="too_many") from None
        self._unanswered += 1

    def _be_patient(self) -> None:
        """Who is being spoken to need say nothing; others must, and texts must come to an end."""
        now = self._heard_at = _now()
        if self._patience.expired():
            return
        if self._growing is not None:
            self._patience.reschedule(min(now + IDLE_S, self._grown_by))
        else:
            self._patience.reschedule(None if self._unanswered else now + IDLE_S)

    async def _speak_all(self) -> None:
        while True:
            request = await self._asked.get()
            await self._speak(request)
            self._unanswered -= 1
            self._be_patient()

    async def _speak(self, request: SpeechRequest) -> None:
        await request.text.begun()
        async with self._turns.turn(self.address) as turn:
            result = await self._say(request, turn)
        error = error_of(result)
        if error is not None:
            raise error
        if request.dialogue:
            await self._connection.send(Event(type="synthesize-stopped"))

    async def _say(self, request: SpeechRequest, turn: Turn) -> AnnouncementResult:
        text = request.text
        complete = await _comes_soon(text.complete)
        if not complete:
            turn.pass_on()
        announcement = Announcement(
            text=text.so_far,
            voice=request.voice,
            language=request.language,
            purpose=self._settings.purpose,
        )
        rate = self._agent.sample_rate_of(announcement)
        async with WyomingSink(
            self._connection, rate, on_slow=turn.pass_on, on_cut=text.end
        ) as sink:
            result = await self._agent.say_to(
                announcement, sink, origin=ORIGIN, pieces=None if complete else text
            )
            if result.outcome is Outcome.SPOKEN:
                await sink.end()
            return result

    async def _complain(self, error: Exception) -> None:
        if isinstance(error, TimeoutError):
            error = ProtocolError("nothing was asked in time", reason="idle")
        if not isinstance(error, HubAgentError):
            log.error("wyoming conversation broke", exc_info=error)
            error = HubAgentError("internal error", reason="internal")
        await self._connection.hang_up(Error(text=str(error), code=error.reason).event())


async def _comes_soon(event: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(WHOLE_TEXT_S):
            await event.wait()
    except TimeoutError:
        return False
    return True


def _now() -> float:
    return asyncio.get_running_loop().time()
