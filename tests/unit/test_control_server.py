"""Both ends of the control socket, over a real one."""

import asyncio
import os
import socket
import stat
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hub_agent.announcement import (
    Announcement,
    AnnouncementResult,
    Outcome,
)
from hub_agent.control import server as server_module
from hub_agent.control.client import ControlClient
from hub_agent.control.messages import SayRequest
from hub_agent.control.server import MAX_CLIENTS, ControlServer
from hub_agent.errors import AgentBusyError, HubAgentError, RefusedError, UnavailableError
from hub_agent.paths import control_socket
from hub_agent.sinks.sink import Sink
from tests.fakes.agent_port import RATE, ScriptedAgentPort
from voices.family import FamilyVoices
from voices.voice import Voice, VoiceId

VOICE = Voice(id=VoiceId("v"), name="V", languages=("en",), engine="fake")


class TalkingAgent(ScriptedAgentPort):
    """Answers as told; `say_to` writes `blocks` blocks of audio."""

    def __init__(self) -> None:
        super().__init__(answer=Outcome.SPOKEN)
        self.family = FamilyVoices(
            Path("no-vault"),
            Path("no-ledger"),
            anchor=Path("no-anchor"),
            secrets=list,
            wipe_after_s=0,
        )
        self.known_voices = (VOICE,)
        self.breaks: Exception | None = None
        self.blocks = 3
        self.written = 0
        self.ended = asyncio.Event()

    def stop(self, *, rooms: Sequence[str] = (), announcement_id: str | None = None) -> int:
        super().stop(rooms=rooms, announcement_id=announcement_id)
        if "attic" in rooms:
            raise HubAgentError("there is no such room")
        return 1

    def health(self) -> Mapping[str, Any]:
        if self.breaks:
            raise self.breaks
        return {"ready": True}

    async def say_to(
        self,
        announcement: Announcement,
        sink: Sink,
        *,
        origin: str,
        pieces: Iterable[str] | None = None,  # noqa: ARG002 - the contract's parameter
    ) -> AnnouncementResult:
        self.origins.add(origin)
        try:
            await sink.begin(announcement.id)
            for _ in range(self.blocks):
                await sink.write(np.full(RATE // 50, 0.5, np.float32))
                self.written += 1
            await sink.finish()
        finally:
            self.ended.set()
        return AnnouncementResult(id=announcement.id, outcome=Outcome.SPOKEN)


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[tuple[TalkingAgent, ControlClient]]:
    agent = TalkingAgent()
    async with ControlServer(agent, control_socket(folder)):
        yield agent, ControlClient(folder)


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.005)


async def test_announcement_is_queued_and_its_result_comes_back(tmp_path: Path) -> None:
    async with serving(tmp_path) as (agent, client):
        steps: list[Mapping[str, Any]] = []
        result = await client.say(SayRequest(text="hello", rooms=("kitchen",)), steps.append)
    assert result.outcome is Outcome.SPOKEN
    assert [each.text for each in agent.submitted] == ["hello"]
    assert [step["event"] for step in steps] == ["queued"]
    assert not agent.num_listeners


async def test_streamed_announcement_comes_as_audio(tmp_path: Path) -> None:
    async with serving(tmp_path) as (_, client):
        async with client.stream(SayRequest(text="hello", stream=True)) as stream:
            pcm = b"".join([chunk async for chunk in stream.chunks()])
        assert stream.sample_rate == RATE
        assert stream.result().outcome is Outcome.SPOKEN
    samples = np.frombuffer(pcm, "<i2")
    assert samples.size == 3 * RATE // 50
    assert np.all(samples == 16384)


async def test_client_chooses_the_rate_of_a_stream(tmp_path: Path) -> None:
    async with serving(tmp_path) as (_, client):
        request = SayRequest(text="hello", stream=True, sample_rate=48_000)
        async with client.stream(request) as stream:
            assert stream.sample_rate == 48_000


async def test_client_that_reads_nothing_holds_up_only_itself(tmp_path: Path) -> None:
    async with serving(tmp_path) as (agent, client):
        agent.blocks = 100_000
        async with client.stream(SayRequest(text="hello", stream=True)):
            await until(lambda: agent.written > 10)
            before = -1
            while before != agent.written:
                before = agent.written
                await asyncio.sleep(0.1)
            assert agent.written < 2_000
            assert (await client.health())["ready"]
            assert (await client.say(SayRequest(text="x"))).outcome is Outcome.SPOKEN
        await asyncio.wait_for(agent.ended.wait(), 10)


async def test_client_that_leaves_cancels_its_stream(tmp_path: Path) -> None:
    async with serving(tmp_path) as (agent, client):
        agent.blocks = 100_000
        async with client.stream(SayRequest(text="hello", stream=True)) as stream:
            async for _ in stream.chunks():
                break
        await asyncio.wait_for(agent.ended.wait(), 10)


async def test_client_that_leaves_silences_what_it_waits_for(tmp_path: Path) -> None:
    async with serving(tmp_path) as (agent, client):
        agent.answer = None
        request = SayRequest(text="hello")
        async with asyncio.TaskGroup() as group:
            task = group.create_task(client.say(request))
            await until(lambda: agent.submitted)
            task.cancel()
        await until(lambda: agent.stopped == [((), request.id)])
        assert not agent.num_listeners


async def test_stop_health_and_voices_are_answered(tmp_path: Path) -> None:
    async with serving(tmp_path) as (agent, client):
        assert await client.stop(announcement_id="a") == 1
        assert agent.stopped == [((), "a")]
        assert await client.health() == {"ready": True}
        assert await client.voices() == [VOICE]


async def test_errors_of_the_agent_reach_the_client(tmp_path: Path) -> None:
    async with serving(tmp_path) as (_, client):
        with pytest.raises(HubAgentError, match="no such room"):
            await client.stop(rooms=("attic",))


async def test_bug_in_the_agent_reaches_the_client_without_its_words(tmp_path: Path) -> None:
    async with serving(tmp_path) as (agent, client):
        agent.breaks = ZeroDivisionError("private words")
        with pytest.raises(HubAgentError, match="internal error") as caught:
            await client.health()
        assert "private" not in str(caught.value)
        agent.breaks = None
        assert await client.health()


async def test_no_agent_is_unavailable(tmp_path: Path) -> None:
    client = ControlClient(tmp_path)
    assert not await client.running()
    with pytest.raises(UnavailableError, match="no agent"):
        await client.health()


async def test_socket_is_private(tmp_path: Path) -> None:
    async with serving(tmp_path):
        mode = control_socket(tmp_path).stat().st_mode
        assert stat.S_ISSOCK(mode)
        assert mode & 0o777 == 0o600
    assert not control_socket(tmp_path).exists()


async def test_other_users_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "_uid_of", lambda _: os.geteuid() + 1)
    async with serving(tmp_path) as (_, client):
        with pytest.raises(HubAgentError) as caught:
            await client.health()
        assert caught.value.exit_code == RefusedError.exit_code


async def test_socket_of_a_dead_agent_is_replaced(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(control_socket(tmp_path)))
    async with serving(tmp_path) as (_, client):
        assert await client.health()


async def test_socket_of_a_live_agent_is_not_replaced(tmp_path: Path) -> None:
    async with serving(tmp_path) as (_, client):
        with pytest.raises(AgentBusyError):
            async with serving(tmp_path):
                pass
        assert await client.health()


async def test_folder_may_be_deeper_than_a_socket_address(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    deep.mkdir(parents=True)
    async with serving(deep) as (_, client):
        assert await client.health() == {"ready": True}
    assert not control_socket(deep).exists()


async def test_too_many_clients_are_told_so_and_places_become_free(tmp_path: Path) -> None:
    async with serving(tmp_path) as (agent, client):
        agent.answer = None
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(client.say(SayRequest(text="x"))) for _ in range(MAX_CLIENTS)
            ]
            await until(lambda: len(agent.submitted) == MAX_CLIENTS)
            with pytest.raises(HubAgentError) as caught:
                await client.health()
            assert caught.value.reason in ("busy", "unavailable")
            for announcement in agent.submitted:
                agent.finish(announcement.id, Outcome.SPOKEN, origin="cli")
        assert all(task.result().outcome is Outcome.SPOKEN for task in tasks)
        assert await client.health()


@pytest.mark.parametrize("data", [b"nonsense\n", b'{"type": "dance"}\n', b"{" * 200_000])
async def test_nonsense_is_answered_with_an_error(tmp_path: Path, data: bytes) -> None:
    async with serving(tmp_path) as (_, client):
        reader, writer = await asyncio.open_unix_connection(str(control_socket(tmp_path)))
        writer.write(data)
        answer = await reader.read()
        writer.close()
        assert b'"type":"error"' in answer
        assert await client.health()


async def test_server_that_stops_turns_everybody_away(tmp_path: Path) -> None:
    async with asyncio.TaskGroup() as group:
        async with serving(tmp_path) as (agent, client):
            agent.answer = None
            task = group.create_task(_refused(client))
            await until(lambda: agent.submitted)
        await task


async def _refused(client: ControlClient) -> None:
    with pytest.raises(UnavailableError, match="went away"):
        await client.say(SayRequest(text="x"))


async def test_running_agent_is_seen(tmp_path: Path) -> None:
    async with serving(tmp_path) as (_, client):
        assert await client.running()
        assert await client.health()
