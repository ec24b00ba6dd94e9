"""Engine `gpt_sovits_server`: a machine of the family's that runs GPT-SoVITS's `api_v2.py`."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from hub_agent.engines.engine import Emit, PersonalVoice, Progress, Prosody
from hub_agent.engines.family_only import FamilyOnly
from hub_agent.engines.home import EngineHome
from hub_agent.engines.remote import api_v2
from hub_agent.engines.remote.breaker import CircuitBreaker
from hub_agent.engines.remote.exchange import POLL_S, Head, Request, exchange
from hub_agent.engines.remote.listener import Listener
from hub_agent.engines.remote.server import Server, server_of
from hub_agent.engines.remote.speech import speech
from hub_agent.errors import EngineError, HubAgentError, NotFoundError, UnavailableError
from hub_agent.settings.engines import (
    GptSovitsServerSettings,
    ServerLanguage,
    ServerVoiceSettings,
)
from hub_agent.text.segment import Segment
from voices.payload import Payload
from voices.recording import Recording
from voices.voice import Voice

FAILURES: Final = 2
REST_S: Final = 60.0
RESTART_S: Final = 10.0
"""No server restarts faster: one that answered since then still has its weights in memory."""


def gpt_sovits_server(home: EngineHome) -> "GptSovitsServerEngine":
    """The entry point. Raises `NotFoundError` without an address, `SettingsError`."""
    settings = home.settings.gpt_sovits_server
    if settings.url is None:
        raise NotFoundError(
            "no GPT-SoVITS server is set up",
            hint="set engines.gpt_sovits_server.url, then hub-agent config check",
            reason="engine_not_set_up",
        )
    return GptSovitsServerEngine(server_of(settings, settings.url), settings)


class GptSovitsServerEngine(FamilyOnly):
    """A GPT-SoVITS server as a `FamilyEngine`.

    Sound begins inside the sentence: a server gives 16 tokens of 40 ms at once, one set to
    `sentences` whole ones. It has one model and one reference in memory, so it is asked one thing
    at a time. After `FAILURES` in a row it is left alone for `REST_S`.
    """

    name = "gpt_sovits_server"
    sample_rate = 32_000
    look_ahead_ms = 640.0

    def __init__(
        self,
        server: Server,
        settings: GptSovitsServerSettings,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._server = server
        self._settings = settings
        self._monotonic = monotonic
        self._breaker = CircuitBreaker(failures=FAILURES, rest_s=REST_S, monotonic=monotonic)
        self._busy = threading.Lock()
        self._loaded: list[Request] = []
        self._answered_at = -RESTART_S

    def load(self) -> None:
        """Raise `UnavailableError` unless the server answers; it warms itself."""
        api_v2.require_well(*self._answer(api_v2.empty_request(self._settings)))

    def unload(self) -> None:
        """Nothing is held here."""

    def prepare(self, recordings: Sequence[Recording], progress: Progress) -> Payload:
        """See `FamilyEngine.prepare`: the recordings themselves lie on the server."""
        if not recordings:
            raise EngineError("there are no recordings", reason="too_few_recordings")
        progress(1.0)
        return Payload({"language": recordings[0].language})

    def personal_voice(self, data: Payload, voice: Voice) -> PersonalVoice:
        """See `FamilyEngine.personal_voice`."""
        return _ServerVoice(self, *self._on_server(data, voice))

    def manner(self, data: Payload, voice: Voice) -> str:
        """See `RepeatableEngine.manner`; other weights in the same place are not noticed."""
        settings = self._settings
        return repr((settings.url, settings.streaming, *self._on_server(data, voice)))

    def _on_server(self, data: Payload, voice: Voice) -> tuple[ServerVoiceSettings, ServerLanguage]:
        """Where the voice lies there, and the language of its reference."""
        settings = self._settings.voices.get(voice.id)
        if settings is None:
            raise EngineError(
                "the settings do not say where this voice lies on the speech server",
                hint="engines.gpt_sovits_server.voices, then hub-agent config check",
                reason="voice_not_on_server",
            )
        return settings, settings.language or api_v2.language_of(data.meta["language"])

    def speak_as(
        self,
        voice: ServerVoiceSettings,
        reference_language: ServerLanguage,
        segment: Segment,
        prosody: Prosody,
        emit: Emit,
    ) -> None:
        """Like `Engine.speak`; raises `UnavailableError` when the server fails."""
        request = api_v2.speech_request(
            segment, prosody, voice, self._settings, reference_language=reference_language
        )
        if not self._breaker.admit():
            raise UnavailableError(
                "the speech server failed and is left alone for a while",
                hint="hub-agent doctor",
                reason="server_resting",
            )
        listener = Listener(emit, self._monotonic)
        report = self._breaker.undecided
        try:
            if self._in_turn(api_v2.weights_requests(voice, self._settings), request, listener):
                report = self._breaker.succeeded
        except UnavailableError:
            report = self._breaker.failed
            raise
        except HubAgentError:  # it is well, but will not do this
            report = self._breaker.succeeded
            raise
        finally:
            report()

    def _in_turn(self, weights: list[Request], request: Request, listener: Listener) -> bool:
        """Whether it was said to its end, and not given up."""
        while not self._busy.acquire(timeout=POLL_S):
            if not listener.waits():
                return False
        try:
            waits = listener.waits()
            return waits and self._load_weights(weights, listener) and self._say(request, listener)
        finally:
            self._busy.release()

    def _load_weights(self, weights: list[Request], listener: Listener) -> bool:
        """Never trust that they are still there: another's would speak as this person."""
        if weights == self._loaded and self._monotonic() - self._answered_at < RESTART_S:
            return True
        self._loaded = []
        for request in weights:
            with exchange(self._server, request) as arrivals:
                for arrived in arrivals:
                    if isinstance(arrived, Head):
                        api_v2.require_ok(arrived)
                    elif not listener.waits():
                        return False
        self._loaded = weights
        return True

    def _say(self, request: Request, listener: Listener) -> bool:
        loaded, self._loaded = self._loaded, []
        with exchange(self._server, request) as arrivals:
            for samples in speech(arrivals, self.sample_rate):
                if not listener.take(samples):
                    return False
        if not listener.heard:
            raise UnavailableError("the speech server gave no sound", reason="no_audio")
        self._loaded, self._answered_at = loaded, self._monotonic()
        return True

    def _answer(self, request: Request) -> tuple[Head, bytes]:
        head, body = Head(0, ""), b""
        with exchange(self._server, request) as arrivals:
            for arrived in arrivals:
                if isinstance(arrived, Head):
                    head = arrived
                else:
                    body += arrived
        return head, body


class _ServerVoice:
    def __init__(
        self,
        engine: GptSovitsServerEngine,
        settings: ServerVoiceSettings,
        reference_language: ServerLanguage,
    ) -> None:
        self._engine = engine
        self._settings = settings
        self._reference_language = reference_language

    def speak(self, segment: Segment, prosody: Prosody, emit: Emit) -> None:
        """See `PersonalVoice.speak`."""
        self._engine.speak_as(self._settings, self._reference_language, segment, prosody, emit)
