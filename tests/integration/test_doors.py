"""Nothing that is said leaves the agent without its mark, whichever door it takes.

Whoever adds a kind of sink, an integration or a page finds these tests failing, and lists it here
together with a way to record what comes out of it.
"""

import ast
import os
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import get_args
from urllib.parse import urlencode

import pytest

from hub_agent.agent import Agent
from hub_agent.announcement import Announcement, Outcome
from hub_agent.audio.stage import Samples
from hub_agent.audio.wav import pcm16_to_float
from hub_agent.control.client import ControlClient
from hub_agent.control.messages import SayRequest
from hub_agent.control.server import ControlServer
from hub_agent.paths import control_socket, mark_key_file
from hub_agent.settings.models import RoomSettings
from hub_agent.settings.settings import Settings
from hub_agent.settings.sinks import (
    DeviceSinkSettings,
    NullSinkSettings,
    PipeSinkSettings,
    SinkSettings,
    TcpSinkSettings,
    WavSinkSettings,
)
from tests.fakes.house import House
from tests.fakes.pulse import SAMPLE_RATE, running_pulse, sounding
from tests.fakes.web_rig import asking
from tests.fakes.wyoming_rig import Caller, classic, dialogue, pcm_of, serving
from voices.enrolment.decode import decode_file
from voices.watermark.detector import Detection, detect
from voices.watermark.hub_key import STOCK_SLOT, hub_key
from voices.watermark.keys import epoch_key, epoch_of

ROOT = Path(__file__).resolve().parents[2]
INSIDE_HOME_ASSISTANT = ROOT / "integrations/home_assistant/custom_components"
"""Another program: it has speech of this one only through its pages."""
TEXT = "The washing machine has finished, and dinner is ready in the kitchen for everybody."
PERSON, STOCK = "grandma", None
FORMATS = ("flac", "mp3", "ogg", "wav")
RATE = 22_050

ROOM_DOORS = {
    DeviceSinkSettings,
    NullSinkSettings,
    PipeSinkSettings,
    TcpSinkSettings,
    WavSinkSettings,
}
SINKS = {
    "ClientSink": "a client of the control socket",
    "DeviceSink": "a room",
    "LeadingSilence": "in front of another sink",
    "NullSink": "nothing leaves it",
    "PipeSink": "a room",
    "SinkGroup": "a room",
    "SpeechFile": "say --out",
    "StreamSink": "say --out -",
    "TcpSink": "a room",
    "SpeechSink": "the pages /api/v1/speech and /speech/{name}",
    "WavFolderSink": "a room",
    "WyomingSink": "a Wyoming client",
}
"""Every class that takes samples, and through which of the doors below it is tried."""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.household.lock()


def heard(house: House, voice: str | None, samples: Samples, rate: int) -> Detection:
    """What the key of this voice, and no other, finds in it."""
    epoch = epoch_of(datetime.now(UTC))
    person = house.said_keys()
    stock = [epoch_key(hub_key(mark_key_file(house.root / "data")), epoch)]
    mine, other = (person, stock) if voice == PERSON else (stock, person)
    assert not detect(samples, rate, other, other_speeds=False).detected
    return detect(samples, rate, mine, other_speeds=False)


def assert_marked(house: House, voice: str | None, samples: Samples, rate: int) -> None:
    found = heard(house, voice, samples, rate)
    assert found.detected, "what came out of this door carries no mark"
    assert found.payload is not None
    assert (found.payload.slot == STOCK_SLOT) == (voice is STOCK)


class Listener:
    """Takes all that comes in, until its source has gone."""

    def __init__(self, read: Callable[[], bytes]) -> None:
        self._pcm = bytearray()
        self._thread = threading.Thread(target=self._listen, args=(read,), daemon=True)
        self._thread.start()

    def samples(self) -> Samples:
        self._thread.join(10)
        return pcm16_to_float(bytes(self._pcm))

    def _listen(self, read: Callable[[], bytes]) -> None:
        while piece := read():
            self._pcm += piece


@contextmanager
def tcp_listener() -> Iterator[tuple[int, Listener]]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        connection: list[socket.socket] = []

        def read() -> bytes:
            if not connection:
                connection.append(server.accept()[0])
            return connection[0].recv(65_536)

        yield server.getsockname()[1], Listener(read)
        for each in connection:
            each.close()


@contextmanager
def pipe_listener(path: Path) -> Iterator[Listener]:
    os.mkfifo(path)
    opened: list[int] = []

    def read() -> bytes:
        if not opened:
            opened.append(os.open(path, os.O_RDONLY))
        return os.read(opened[0], 65_536)

    yield Listener(read)
    for each in opened:
        os.close(each)


@pytest.mark.parametrize("voice", [PERSON, STOCK])
async def test_every_sink_of_a_room_gets_marked_speech(
    house: House, tmp_path: Path, voice: str | None
) -> None:
    pipe, folder = tmp_path / "pipe", tmp_path / "wav"
    with tcp_listener() as (port, tcp), pipe_listener(pipe) as piped:
        sinks = (
            WavSinkSettings(type="wav", folder=folder),
            PipeSinkSettings(type="pipe", path=pipe),
            TcpSinkSettings(type="tcp", host="127.0.0.1", port=port),
            NullSinkSettings(type="null"),
        )
        assert {type(sink) for sink in sinks} | {DeviceSinkSettings} == ROOM_DOORS
        room = RoomSettings(sinks=sinks, sample_rate=RATE)
        core = house.settings.core.model_copy(update={"rooms": {"kitchen": room}})
        async with Agent(Settings(core=core), data_dir=house.root / "data") as agent:
            result = await agent.say(Announcement(text=TEXT, voice=voice), origin="test")
            assert result.outcome is Outcome.SPOKEN
        written = decode_file(next(folder.iterdir()))
        assert_marked(house, voice, written.samples, written.sample_rate)
        for listener in (tcp, piped):
            assert_marked(house, voice, listener.samples(), RATE)


def test_every_kind_of_sink_of_the_settings_is_tried() -> None:
    kinds = get_args(get_args(SinkSettings)[0])
    assert set(kinds) == ROOM_DOORS, "try the new sink above, then list it in ROOM_DOORS"


def command_line(house: House, *arguments: str, env: dict[str, str] | None = None) -> bytes:
    settings = {
        "HUB_AGENT__DATA_DIR": str(house.root / "data"),
        "HUB_AGENT__VAULT__KEY_FILE": str(house.root / "keys" / "vault.key"),
    }
    done = subprocess.run(
        [sys.executable, "-m", "hub_agent", "say", *arguments, TEXT],
        env={**(env or os.environ), **settings},
        cwd=house.root,
        capture_output=True,
        check=True,
        timeout=60,
    )
    return done.stdout


@pytest.mark.audio_device
def test_the_loudspeaker_plays_marked_speech(house: House, tmp_path: Path) -> None:
    with running_pulse(tmp_path) as server, server.recording() as recording:
        command_line(house, "--voice", "grandma", "--sink", "device", env=server.env)
        played = sounding(recording.samples())
    assert_marked(house, PERSON, played, SAMPLE_RATE)


@pytest.mark.parametrize("name", ["say.wav", "say.mp3", "say.flac", "say.ogg", "say.opus"])
def test_files_are_marked(house: House, tmp_path: Path, name: str) -> None:
    command_line(house, "--voice", "grandma", "--out", str(tmp_path / name))
    audio = decode_file(tmp_path / name)
    assert_marked(house, PERSON, audio.samples, audio.sample_rate)


@pytest.mark.parametrize("voice", [PERSON, STOCK])
def test_the_standard_output_is_marked(house: House, voice: str | None) -> None:
    chosen = ("--voice", voice) if voice else ()
    raw = command_line(house, *chosen, "--out", "-", "--sample-rate", str(RATE))
    assert_marked(house, voice, pcm16_to_float(raw), RATE)


@pytest.mark.parametrize("voice", [PERSON, STOCK])
async def test_clients_of_the_control_socket_get_marked_speech(
    house: House, voice: str | None
) -> None:
    data = house.root / "data"
    async with (
        house.agent() as agent,
        ControlServer(agent, control_socket(data)),
    ):
        request = SayRequest(text=TEXT, voice=voice, stream=True)
        async with ControlClient(data).stream(request) as stream:
            pcm = b"".join([piece async for piece in stream.chunks()])
    assert_marked(house, voice, pcm16_to_float(pcm), stream.sample_rate)


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("voice", [PERSON, STOCK])
async def test_wyoming_clients_get_marked_speech(
    house: House, voice: str | None, streamed: bool
) -> None:
    chosen = {"name": voice} if voice else {}
    request = dialogue(TEXT, **chosen) if streamed else [classic(TEXT, **chosen)]
    async with (
        house.agent() as agent,
        serving(agent, watched=False, purpose="announcements") as server,
        Caller(server) as caller,
    ):
        events = await caller.ask(*request)
    assert_marked(house, voice, pcm16_to_float(pcm_of(events)), events[0].data["rate"])


async def growing(text: str) -> AsyncIterator[bytes]:
    for word in text.split():
        yield f"{word} ".encode()


@pytest.mark.parametrize("voice", [PERSON, STOCK])
async def test_speech_over_http_is_marked(house: House, tmp_path: Path, voice: str | None) -> None:
    order = {"purpose": "announcements"} | ({"voice": voice} if voice else {})
    body, kind = order | {"text": TEXT}, {"Content-Type": "text/plain"}
    async with house.agent() as agent, asking(agent) as asker:
        spoken = [await asker.post("/api/v1/speech", {**body, "format": each}) for each in FORMATS]
        url = (await asker.post("/api/v1/speech/url", body)).json["url"]
        spoken.append(await asker.get(url, token=None))
        page = f"/api/v1/speech?{urlencode(order)}"
        spoken.append(await asker.post(page, data=growing(TEXT), headers=kind))
    for number, answer in enumerate(spoken):
        file = tmp_path / f"{number}.{FORMATS[number] if number < len(FORMATS) else 'wav'}"
        file.write_bytes(answer.body)
        audio = decode_file(file)
        assert_marked(house, voice, audio.samples, audio.sample_rate)


@cache
def modules() -> tuple[tuple[str, ast.Module], ...]:
    packages = (ROOT / package for package in ("hub_agent", "integrations", "voices"))
    paths = [path for package in packages for path in sorted(package.rglob("*.py"))]
    paths = [path for path in paths if INSIDE_HOME_ASSISTANT not in path.parents]
    return tuple(
        (str(path.relative_to(ROOT)), ast.parse(path.read_text("utf-8"))) for path in paths
    )


def test_whatever_takes_samples_is_one_of_the_doors() -> None:
    shape = {"begin", "write", "finish", "cut"}
    found: set[str] = set()
    classes: dict[str, ast.ClassDef] = {}
    for _, tree in modules():
        nodes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
        classes |= {node.name: node for node in nodes}
    for name, node in classes.items():
        if shape <= _methods(node, classes) and not _is_abstract(node):
            found.add(name)
    assert found == set(SINKS), "try the new sink through a door, then list it in SINKS"


def _methods(node: ast.ClassDef, classes: dict[str, ast.ClassDef]) -> set[str]:
    own = {each.name for each in node.body if isinstance(each, ast.AsyncFunctionDef)}
    bases = [base.id for base in node.bases if isinstance(base, ast.Name) and base.id in classes]
    return own.union(*(_methods(classes[base], classes) for base in bases))


def _is_abstract(node: ast.ClassDef) -> bool:
    names = {base.id for base in node.bases if isinstance(base, ast.Name)}
    return bool(names & {"Protocol", "ABC"}) or node.name.startswith("_")


GIVES_SPEECH = {
    "speak",
    "speak_as",
    "personal_voice",
    "synthesise",
    "open_voice",
    "open_phrases",
    "recall",
}
MAY_ASK_FOR_SPEECH = {
    "hub_agent/cli/checkup_speech.py": {"speak"},
    "hub_agent/engines/embedded.py": {"speak", "synthesise"},
    "hub_agent/engines/gpt_sovits.py": {"speak", "speak_as"},
    "hub_agent/engines/gpt_sovits_server.py": {"speak_as"},
    "hub_agent/voicing/fallback_source.py": {"speak"},
    "hub_agent/gpt_sovits/made_up_speech.py": {"synthesise"},
    "hub_agent/announcing/pipeline.py": {"speak"},
    "hub_agent/voicing/recalling.py": {"speak", "recall", "personal_voice"},
    "hub_agent/voicing/speech_source.py": {"speak", "open_voice", "open_phrases", "personal_voice"},
    "hub_agent/timbre/rendition.py": {"synthesise"},
    "hub_agent/timbre/voice.py": {"synthesise"},
}
"""The pipeline, which marks, what lies in front of it, and who only measures or tries."""


def test_only_the_pipeline_asks_a_voice_to_speak() -> None:
    found: dict[str, set[str]] = {}
    for name, tree in modules():
        calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
        asked = {call.attr for call in calls if isinstance(call, ast.Attribute)} & GIVES_SPEECH
        if asked and name != "hub_agent/text/normalise.py":  # where numbers are turned to words
            found[name] = asked
    assert found == MAY_ASK_FOR_SPEECH, "speech that does not pass the pipeline is not marked"


PAGES = {
    "/healthz",
    "/readyz",
    "/metrics",
    "/api/v1/hello",
    "/api/v1/pair",
    "/api/v1/state",
    "/api/v1/voices",
    "/api/v1/rooms",
    "/api/v1/preferences",
    "/api/v1/diagnostics",
    "/api/v1/announcements",
    "/api/v1/stop",
    "/api/v1/events",
    "/api/v1/speech/url",
}
"""None of these answers with samples: they submit to the agent, or show how things are."""
SPEAKING_PAGES = {"/api/v1/speech", "/speech/{name}"}
"""What they answer is tried above."""


def test_every_way_in_from_outside_is_known() -> None:
    assert {path.name for path in (ROOT / "integrations").iterdir() if path.is_dir()} - {
        "__pycache__"
    } == {"home_assistant", "mdns", "mqtt", "web", "wyoming"}
    adding = {"add_get", "add_post", "add_put", "add_patch", "add_delete", "add_route"}
    pages = {
        ast.literal_eval(node.args[0])
        for _, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in adding
    }
    assert pages == PAGES | SPEAKING_PAGES
