"""What a Wyoming client hears to what it says, over a real socket."""

import asyncio
import json
from collections.abc import Iterable
from contextlib import suppress

import numpy as np
import pytest
from wyoming.event import Event

from hub_agent.announcement import Announcement, AnnouncementResult, Outcome
from hub_agent.errors import UnavailableError
from hub_agent.exchange import NetworkService
from hub_agent.sinks.sink import Sink
from integrations.wyoming import client_sink, connection, conversation
from integrations.wyoming import integration as server_module
from integrations.wyoming.framing import MAX_LINE_BYTES
from integrations.wyoming.integration import WyomingIntegration
from integrations.wyoming.settings import WyomingSettings
from tests.fakes.agent_port import RATE, ScriptedAgentPort
from tests.fakes.playing import until
from tests.fakes.wyoming_rig import (
    HOST,
    Caller,
    classic,
    dialogue,
    kinds,
    pcm_of,
    raw_client,
    serving,
)
from voices.purpose import Purpose
from voices.voice import Voice, VoiceId

BLOCK = np.full(RATE // 50, 0.5, np.float32)
ENDLESS = 100_000
BIG = 10**9


class SpeakingAgent(ScriptedAgentPort):
    """Reads the text it is given and sends `blocks` blocks for it, or ends as told."""

    def __init__(self) -> None:
        super().__init__()
        self.known_voices = (Voice(id=VoiceId("v"), name="V", languages=("en",), engine="fake"),)
        self.blocks = 3
        self.refused: str | None = None
        self.broken_in_the_middle = False
        self.asked: list[Announcement] = []
        self.in_pieces: list[bool] = []
        self.texts: list[str] = []
        self.speaking = 0

    async def say_to(
        self,
        announcement: Announcement,
        sink: Sink,
        *,
        origin: str,
        pieces: Iterable[str] | None = None,
    ) -> AnnouncementResult:
        assert origin == "wyoming"
        self.asked.append(announcement)
        self.in_pieces.append(pieces is not None)
        if self.refused:
            return self._result(announcement, Outcome.REFUSED, self.refused)
        self.speaking += 1
        try:
            await self._speak(announcement, sink, pieces)
        except UnavailableError as error:
            await sink.cut(BLOCK)
            return self._result(announcement, Outcome.FAILED, error.reason)
        except asyncio.CancelledError:
            await sink.cut(BLOCK)
            raise
        finally:
            self.speaking -= 1
        return self._result(announcement, Outcome.SPOKEN, None)

    async def _speak(
        self, announcement: Announcement, sink: Sink, pieces: Iterable[str] | None
    ) -> None:
        await sink.begin(announcement.id)
        said = announcement.text
        if pieces is not None:
            said = await asyncio.to_thread("".join, pieces)
        self.texts.append(said)
        for _ in range(self.blocks):
            await sink.write(BLOCK)
            if self.broken_in_the_middle:
                raise ZeroDivisionError
        await sink.finish()

    def _result(
        self, announcement: Announcement, outcome: Outcome, reason: str | None
    ) -> AnnouncementResult:
        return AnnouncementResult(id=announcement.id, outcome=outcome, reason=reason)


@pytest.fixture
def agent() -> SpeakingAgent:
    return SpeakingAgent()


async def test_a_classic_request_is_answered_with_its_sound(agent: SpeakingAgent) -> None:
    async with serving(agent) as server, Caller(server) as caller:
        events = await caller.ask(classic("Dinner is ready."))
    assert kinds(events) == ["audio-start", "audio-chunk", "audio-stop"]
    assert events[0].data == {"rate": RATE, "width": 2, "channels": 1}
    assert all(event.data == events[0].data for event in events[1:-1])
    assert len(pcm_of(events)) == 2 * agent.blocks * BLOCK.size
    assert agent.asked[0].purpose is Purpose.ASSISTANT


async def test_chunks_last_twenty_milliseconds(agent: SpeakingAgent) -> None:
    async with serving(agent) as server, Caller(server) as caller:
        events = await caller.ask(classic("Dinner is ready."))
    sizes = {len(event.payload or b"") for event in events if event.type == "audio-chunk"}
    assert sizes == {2 * RATE // 50}


async def test_text_that_comes_at_once_is_spoken_as_one_whole(agent: SpeakingAgent) -> None:
    async with serving(agent) as server, Caller(server) as caller:
        events = await caller.ask(*dialogue("Dinner ", "is ready."))
    assert kinds(events) == ["audio-start", "audio-chunk", "audio-stop", "synthesize-stopped"]
    assert agent.texts == ["Dinner is ready."]
    assert agent.in_pieces == [False]


async def test_text_that_grows_is_spoken_while_it_grows(agent: SpeakingAgent) -> None:
    async with serving(agent) as server, Caller(server) as caller:
        start, first, second, *rest = dialogue("The washing machine ", "has finished.")
        await caller.send(start, first)
        await until(lambda: agent.asked)
        await caller.send(second, *rest)
        events = await caller.receive_until({"synthesize-stopped"})
    assert kinds(events) == ["audio-start", "audio-chunk", "audio-stop", "synthesize-stopped"]
    assert agent.asked[0].text == "The washing machine "
    assert agent.texts == ["The washing machine has finished."]
    assert agent.in_pieces == [True]


async def test_the_language_is_not_guessed_from_a_word(agent: SpeakingAgent) -> None:
    async with serving(agent) as server, Caller(server) as caller:
        start, *rest = dialogue("Ta", "k, ja ", "mówię po polsku", ".")
        await caller.send(start)
        for event in rest[:2]:
            await caller.send(event)
        await caller.send(Event(type="ping"))
        await caller.receive()
        assert agent.asked == []
        await caller.send(*rest[2:])
        await caller.receive_until({"synthesize-stopped"})
    assert agent.texts == ["Tak, ja mówię po polsku."]


async def test_a_connection_takes_one_request_after_the_other(agent: SpeakingAgent) -> None:
    async with serving(agent) as server, Caller(server) as caller:
        await caller.send(classic("One."), *dialogue("Two."), classic("Three."))
        for last in ("audio-stop", "synthesize-stopped", "audio-stop"):
            assert (await caller.receive_until({last, "error"}))[-1].type == last
    assert agent.texts == ["One.", "Two.", "Three."]


async def test_voice_and_language_are_those_asked_for(agent: SpeakingAgent) -> None:
    async with serving(agent) as server, Caller(server) as caller:
        await caller.ask(classic("One.", name="grandma", speaker="any"))
        await caller.ask(*dialogue("Zwei.", language="de_DE"))
        await caller.ask(classic("Three."))
    asked = [(each.voice, each.language) for each in agent.asked]
    assert asked == [("grandma", None), (None, "de-de"), (None, None)]


async def test_voices_and_pings_are_answered_while_speaking(agent: SpeakingAgent) -> None:
    agent.blocks = ENDLESS
    async with serving(agent) as server, Caller(server) as caller:
        await caller.send(classic("One."))
        await caller.receive()
        await caller.send(Event(type="ping", data={"text": "hey"}), Event(type="describe"))
        pong = (await caller.receive_until({"pong"}))[-1]
        described = (await caller.receive_until({"info"}))[-1]
    assert pong.data == {"text": "hey"}
    assert described.data["tts"][0]["voices"][0]["name"] == "v"


async def test_what_is_refused_is_an_error_without_text_before_any_sound(
    agent: SpeakingAgent,
) -> None:
    agent.refused = "purpose_not_consented"
    async with serving(agent) as server, Caller(server) as caller:
        events = await caller.ask(*dialogue("Confidential words.", name="grandma"))
        assert await caller.receive() is None
    assert kinds(events) == ["error"]
    assert events[0].data["code"] == "purpose_not_consented"
    assert "onfidential" not in str(events[0].data)
    assert "grandma" not in str(events[0].data)


async def test_what_breaks_is_an_internal_error_and_the_server_goes_on(
    agent: SpeakingAgent,
) -> None:
    agent.broken_in_the_middle = True
    async with serving(agent, watched=False) as server:  # the log reads the source for its trace
        async with Caller(server) as caller:
            events = await caller.ask(classic("One."))
        agent.broken_in_the_middle = False
        async with Caller(server) as caller:
            assert (await caller.ask(classic("Two.")))[-1].type == "audio-stop"
    assert events[-1].data["code"] == "internal"


async def test_a_client_that_leaves_is_not_spoken_to_any_longer(agent: SpeakingAgent) -> None:
    agent.blocks = ENDLESS
    async with serving(agent) as server:
        async with Caller(server) as caller:
            await caller.send(*dialogue("One."))
            await caller.receive()
            assert agent.speaking == 1
        await until(lambda: agent.speaking == 0)


async def test_a_client_that_leaves_inside_its_text_frees_its_thread(agent: SpeakingAgent) -> None:
    async with serving(agent) as server:
        async with Caller(server) as caller:
            await caller.send(*dialogue("The washing machine is about to ")[:2])
            await until(lambda: agent.speaking)
        await until(lambda: agent.speaking == 0)


async def test_stopping_the_server_ends_every_conversation(agent: SpeakingAgent) -> None:
    agent.blocks = ENDLESS
    async with serving(agent) as server:
        caller = Caller(server)
        await caller.__aenter__()
        await caller.send(classic("One."))
        await caller.receive()
    assert agent.speaking == 0
    await caller.__aexit__()


async def test_who_reads_nothing_is_given_up(
    agent: SpeakingAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "WRITE_S", 0.1)
    monkeypatch.setattr(connection, "LINGER_S", 0.1)
    agent.blocks = ENDLESS
    async with serving(agent) as server, raw_client(server) as client:
        client.send(classic("One."))
        await until(lambda: agent.speaking)
        async with Caller(server) as other:
            await other.send(Event(type="ping"))
            assert await other.receive() is not None
        await until(lambda: agent.speaking == 0)


async def test_who_reads_far_more_slowly_than_sound_is_given_up(
    agent: SpeakingAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_sink, "GRACE_S", 0.05)
    monkeypatch.setattr(client_sink, "SLOWEST", 0.0)
    monkeypatch.setattr(connection, "LINGER_S", 0.1)
    agent.blocks = ENDLESS
    async with serving(agent) as server, raw_client(server) as client:
        client.send(classic("One."))
        await until(lambda: agent.speaking)
        while agent.speaking:
            await client.reader.read(2_000)
            await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (json.dumps({"type": "describe", "data_length": BIG}).encode() + b"\n", "too_long"),
        (json.dumps({"type": "describe", "payload_length": BIG}).encode() + b"\n", "too_long"),
        (b"x" * (MAX_LINE_BYTES + 100), "too_long"),
        (b"GET / HTTP/1.1\r\nHost: hub\r\n\r\n", "bad_event"),
        (bytes(range(256)) * 8, "bad_event"),
        (b'{"type": "synthesize"}\n', "bad_event"),
        (b'{"type": "synthesize", "data": {"text": "\\ud800"}}\n', "bad_event"),
        (b'{"type": "synthesize", "data": {"text": "a", "voice": 7}}\n', "bad_event"),
        (b'{"type": "synthesize", "data": {"text": "a", "voice": {"name": 7}}}\n', "bad_event"),
        (b'{"type": "synthesize-chunk", "data": {"text": "a"}}\n', "bad_event"),
        (b'{"type": "synthesize-stop"}\n', "bad_event"),
        (b'{"type": "synthesize-start"}\n{"type": "synthesize-start"}\n', "bad_event"),
        (
            b'{"type": "synthesize", "data": {"text": "<p/>", "text_format": "ssml"}}\n',
            "unknown_text_format",
        ),
        (
            b'{"type": "synthesize-start"}\n'
            + json.dumps({"type": "synthesize-chunk", "data": {"text": "a" * 4000}}).encode()
            + (
                b"\n"
                + json.dumps({"type": "synthesize-chunk", "data": {"text": "a" * 4000}}).encode()
            )
            * 2
            + b"\n",
            "text_too_long",
        ),
    ],
)
async def test_hostile_input_is_told_so_and_hung_up_on(
    agent: SpeakingAgent, said: bytes, reason: str
) -> None:
    async with serving(agent) as server, raw_client(server) as client:
        client.writer.write(said)
        answer = await client.rest()
    assert f'"code":"{reason}"'.encode() in answer
    assert agent.speaking == 0


async def test_the_longest_text_is_taken_however_it_is_written(agent: SpeakingAgent) -> None:
    text = "ё" * 10_000
    inline = json.dumps({"type": "synthesize", "data": {"text": text}}).encode() + b"\n"
    async with serving(agent) as server, raw_client(server) as client:
        client.writer.write(inline)
        await until(lambda: len(agent.texts) == 1)
        client.send(classic(text))
        await until(lambda: len(agent.texts) == 2)
    assert agent.texts == [text, text]


async def test_too_many_texts_sent_ahead_are_refused(agent: SpeakingAgent) -> None:
    agent.blocks = ENDLESS
    async with serving(agent) as server, raw_client(server) as client:
        for _ in range(conversation.MOST_WAITING + 3):
            client.send(classic("One."))
        assert b'"code":"too_many"' in await client.rest()


async def test_who_says_nothing_is_hung_up_on(
    agent: SpeakingAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "IDLE_S", 0.05)
    async with serving(agent) as server:
        for said in (b"", b'{"type": "desc', b'{"type": "describe", "data_length": 9}\n'):
            async with raw_client(server) as client:
                client.writer.write(said)
                assert b'"code":"idle"' in await client.rest()


async def test_a_text_that_never_ends_is_given_up_even_with_pings(
    agent: SpeakingAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "DIALOGUE_S", 0.2)
    async with serving(agent) as server, Caller(server) as caller:
        await caller.send(*dialogue("The washing machine is about to ")[:2], Event(type="ping"))
        answers = []
        with suppress(OSError):  # where a ping meets the end
            while (answer := await caller.receive()) is not None:
                answers.append(answer)
                await caller.send(Event(type="ping"))
    assert kinds(answers) == ["pong", "error"]
    assert answers[-1].data["code"] == "idle"
    assert agent.speaking == 0


async def test_who_is_spoken_to_need_not_speak(
    agent: SpeakingAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "IDLE_S", 0.05)
    agent.blocks = 40

    class Paced(SpeakingAgent):
        async def _speak(
            self, announcement: Announcement, sink: Sink, pieces: Iterable[str] | None
        ) -> None:
            await asyncio.sleep(0.2)
            await super()._speak(announcement, sink, pieces)

    async with serving(Paced()) as server, Caller(server) as caller:
        assert (await caller.ask(classic("One.")))[-1].type == "audio-stop"


async def test_strangers_are_turned_away(agent: SpeakingAgent) -> None:
    networks = ["192.168.0.0/16"]
    async with serving(agent, networks=networks) as server, raw_client(server) as client:
        assert b'"code":"not_from_here"' in await client.rest()


async def test_silent_clients_make_room_for_new_ones(
    agent: SpeakingAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "MOST_OF_ONE_ADDRESS", 2)
    async with serving(agent) as server, raw_client(server) as silent, Caller(server) as second:
        await second.send(Event(type="ping"))
        await second.receive()
        async with raw_client(server) as third:
            assert b'"code":"busy"' in await third.rest()
        monkeypatch.setattr(server_module, "JUST_CAME_S", 0.0)
        async with Caller(server) as fourth:
            assert (await fourth.ask(classic("One.")))[-1].type == "audio-stop"
            assert await silent.rest() == b""
            await second.send(Event(type="ping"))
            assert await second.receive() is not None


async def test_what_listens_is_on_offer_under_its_port(agent: SpeakingAgent) -> None:
    async with serving(agent) as server:
        assert server.port is not None
        (offer,) = agent.exchange.offered(NetworkService)
        assert offer == NetworkService(type="_wyoming._tcp", port=server.port, host=HOST)


async def test_a_port_of_ones_own_that_is_taken_is_an_error(agent: SpeakingAgent) -> None:
    async with serving(agent) as first:
        taken = WyomingSettings(host=HOST, port=first.port)
        with pytest.raises(UnavailableError) as caught:
            await WyomingIntegration(taken, agent).run()
    assert caught.value.reason == "port_unavailable"
    assert "HUB_AGENT__WYOMING__PORT" in (caught.value.hint or "")


async def test_where_the_usual_port_is_taken_another_one_serves(
    agent: SpeakingAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(agent) as first:
        assert first.port is not None
        async with serving(SpeakingAgent()) as other:
            free = other.port
        monkeypatch.setattr(server_module, "PORTS", (first.port, free))
        async with serving(SpeakingAgent(), port=None) as second:
            assert second.port == free
