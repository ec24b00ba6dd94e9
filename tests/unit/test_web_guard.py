"""Who is let in over HTTP, and who is not."""

import asyncio
from pathlib import Path

import pytest

from hub_agent.errors import UnavailableError
from integrations.web.tries import (
    FORGOTTEN_AFTER_S,
    FREE_TRIES,
    LONGEST_WAIT_S,
    MOST_ADDRESSES,
    MOST_WAITING,
    Tries,
)
from tests.fakes.agent_port import HUB_ID, ScriptedAgentPort
from tests.fakes.clock import FakeClock
from tests.fakes.web_rig import Asker, asking, raw

OPEN = ["/healthz", "/readyz", "/api/v1/hello"]
CLOSED = [
    ("GET", "/api/v1/state"),
    ("GET", "/api/v1/voices"),
    ("GET", "/api/v1/rooms"),
    ("PATCH", "/api/v1/preferences"),
    ("POST", "/api/v1/announcements"),
    ("POST", "/api/v1/stop"),
    ("POST", "/api/v1/speech"),
    ("POST", "/api/v1/speech/url"),
    ("GET", "/api/v1/events"),
    ("GET", "/api/v1/diagnostics"),
    ("GET", "/api/v1/nothing"),
    ("GET", "/"),
    ("GET", "/speech"),
    ("DELETE", "/api/v1/state"),
]


@pytest.fixture
def agent(tmp_path: Path) -> ScriptedAgentPort:
    return ScriptedAgentPort(data_dir=tmp_path)


@pytest.fixture
def patient(tmp_path: Path) -> ScriptedAgentPort:
    """Its clock does not wait."""
    return ScriptedAgentPort(data_dir=tmp_path, clock=FakeClock())


async def test_only_some_pages_need_no_token(patient: ScriptedAgentPort) -> None:
    async with asking(patient) as asker:
        for path in OPEN:
            assert (await asker.get(path, token=None)).status == 200
        for method, path in CLOSED:
            for token in (None, "wrong", asker.token[:-1], "Ω"):
                headers = {} if token is None else {"Authorization": f"Bearer {token}"}
                answer = await asker.ask(method, path, token=None, headers=headers)
                assert (answer.status, answer.reason) == (401, "bad_token"), path
                assert answer.headers["WWW-Authenticate"] == "Bearer"
        basic = {"Authorization": f"Basic {asker.token}"}
        assert (await asker.get("/api/v1/state", token=None, headers=basic)).status == 401


async def test_renewed_token_ends_the_old_one(patient: ScriptedAgentPort) -> None:
    async with asking(patient) as asker:
        renewed = await asyncio.to_thread(patient.access.renew)
        assert (await asker.get("/api/v1/nothing")).status == 401
        assert (await asker.get("/api/v1/nothing", token=renewed)).status == 404


async def test_who_comes_from_elsewhere_is_not_even_told_who_this_is(
    agent: ScriptedAgentPort,
) -> None:
    async with asking(agent, networks=["10.0.0.0/8"]) as asker:
        for path in (*OPEN, "/metrics", "/api/v1/state", "/speech/x.wav"):
            answer = await asker.get(path)
            assert (answer.status, answer.reason) == (403, "not_from_here")
            assert HUB_ID.encode() not in answer.body


@pytest.mark.parametrize("path", [*OPEN, "/metrics", "/api/v1/state", "/speech/x.wav"])
async def test_page_that_was_led_here_by_a_foreign_name_is_turned_away(
    agent: ScriptedAgentPort, path: str
) -> None:
    async with asking(agent) as asker:
        answer = await asker.get(path, headers={"Host": "evil.example:80"})
        assert (answer.status, answer.reason) == (421, "wrong_host")
        answer = await asker.get(path, headers={"Origin": "http://evil.example"})
        assert (answer.status, answer.reason) == (403, "foreign_page")


async def test_what_is_refused_is_said_in_json(agent: ScriptedAgentPort) -> None:
    async with asking(agent) as asker:
        assert (await asker.get("/api/v1/nothing")).reason == "no_such_page"
        answer = await asker.ask("DELETE", "/api/v1/hello")
        assert (answer.status, answer.reason) == (405, "wrong_method")
        assert "GET" in answer.headers["Allow"]


async def test_wrong_tokens_wait_longer_each_time_and_the_right_one_never(
    patient: ScriptedAgentPort,
) -> None:
    async with asking(patient) as asker:
        began = patient.clock.monotonic()
        waits = []
        for _ in range(FREE_TRIES + 7):
            before = patient.clock.monotonic()
            await asker.get("/api/v1/nothing", token="wrong")
            waits.append(patient.clock.monotonic() - before)
        assert waits[:FREE_TRIES] == [0.0] * FREE_TRIES
        assert waits[FREE_TRIES:] == sorted(waits[FREE_TRIES:])
        assert waits[-1] == LONGEST_WAIT_S
        before = patient.clock.monotonic()
        assert (await asker.get("/api/v1/nothing")).status == 404
        assert patient.clock.monotonic() == before
        assert before > began


async def test_many_tries_at_once_do_not_pile_up(
    agent: ScriptedAgentPort, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.web.tries.LONGEST_WAIT_S", 0.3)
    async with asking(agent) as asker:
        for _ in range(FREE_TRIES + 1):
            await asker.get("/api/v1/nothing", token="wrong")
        tries = [asker.get("/api/v1/nothing", token="wrong") for _ in range(3 * MOST_WAITING)]
        answers = await asyncio.gather(*tries)
        turned_away = [answer for answer in answers if answer.status == 429]
        assert len(turned_away) == len(tries) - MOST_WAITING
        assert turned_away[0].headers["Retry-After"]


async def test_failures_are_forgotten_after_a_while_and_by_address() -> None:
    clock = FakeClock()
    tries = Tries(clock)
    for _ in range(FREE_TRIES + 1):
        await tries.failed("192.168.1.9")
    waited = clock.monotonic()
    await tries.failed("192.168.1.8")
    assert clock.monotonic() == waited
    clock.advance(FORGOTTEN_AFTER_S + 1)
    waited = clock.monotonic()
    await tries.failed("192.168.1.9")
    assert clock.monotonic() == waited


async def test_addresses_that_are_remembered_are_bounded() -> None:
    tries = Tries(FakeClock())
    for number in range(MOST_ADDRESSES + 50):
        await tries.failed(f"fd00::{number:x}")
    assert len(tries._records) == MOST_ADDRESSES


class Stuck(FakeClock):
    """Whoever sleeps never wakes."""

    async def sleep(self, seconds: float) -> None:  # noqa: ARG002 - for ever
        await asyncio.Event().wait()


async def test_who_waits_is_bounded_over_all_addresses() -> None:
    tries = Tries(Stuck())
    waiting: list[asyncio.Future[None]] = []
    turned_away = 0
    for number in range(20):
        for _ in range(FREE_TRIES):
            await tries.failed(f"10.0.0.{number}")
        failing = (tries.failed(f"10.0.0.{number}") for _ in range(MOST_WAITING))
        waiting.extend(map(asyncio.ensure_future, failing))
    await asyncio.sleep(0)
    for each in waiting:
        if each.done():
            assert isinstance(each.exception(), UnavailableError)
            turned_away += 1
        each.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert turned_away == 20 * MOST_WAITING - 32


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        (b"GET /api/v1/state HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xff\xfe\r\n\r\n", 401),
        (b"GET /api/v1/state HTTP/1.0\r\n\r\n", 421),
        (b"GET /api/v1/state HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400),
        (b"GET /%ff%00 HTTP/1.1\r\nHost: x\r\n\r\n", 401),
        (b"GET http://evil.example/healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421),
        (b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\n\r\n", 400),
        (b"nonsense\r\n\r\n", 400),
    ],
)
async def test_requests_that_no_client_makes_are_refused(
    agent: ScriptedAgentPort, request_line: bytes, status: int
) -> None:
    async with asking(agent) as asker:
        answer = await raw(asker, request_line)
        assert answer.split(b" ")[1] == str(status).encode()
        assert HUB_ID.encode() not in answer
        assert (await asker.get("/healthz")).status == 200


HEALTH = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
SLOW_TO_ASK = b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: "
SLOW_TO_PAIR = (
    b"POST /api/v1/pair HTTP/1.1\r\nHost: x\r\n"
    b"Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{"
)


@pytest.mark.parametrize("sent", [b"", SLOW_TO_ASK, SLOW_TO_PAIR])
async def test_who_connects_and_asks_for_nothing_makes_room(
    agent: ScriptedAgentPort, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr("integrations.web.places.MOST_CONNECTIONS", 3)
    async with asking(agent) as asker:
        idle = [await connected(asker, sent) for _ in range(3)]
        for _ in range(2):
            assert (await raw(asker, HEALTH)).startswith(b"HTTP/1.1 200")
        assert await idle[0][0].read() == b""
        for _, writer in idle:
            writer.close()


async def test_who_is_being_answered_keeps_the_place(
    agent: ScriptedAgentPort, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.web.places.MOST_CONNECTIONS", 3)
    async with asking(agent) as asker:
        events = f"GET /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {asker.token}"
        hearing = [await connected(asker, events.encode() + b"\r\n\r\n") for _ in range(3)]
        for reader, _ in hearing:
            await reader.readuntil(b"event: state")
        assert await raw(asker, HEALTH) == b""
        for _, writer in hearing:
            writer.close()


async def connected(asker: Asker, sent: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(asker.url.rpartition(":")[2]))
    writer.write(sent)
    return reader, writer
