"""A whole session as processes, and nothing of the family in plain text anywhere afterwards."""

import asyncio
import json
import re
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from hub_agent.announcement import AnnouncementResult, Outcome
from hub_agent.control.messages import SayRequest
from tests.cli.running import AgentProcess, command
from tests.fakes.speaker_model import speaker_models_folder
from tests.fakes.tapes import tapes
from voices.durable import DiskFiles
from voices.household import Household
from voices.keeper import VoiceKeeper
from voices.vault.keyfile import read_key_file
from voices.vault.slots import KeyFile

VOICE, NAME, GRANTOR = "zwiebelfisch", "Zephyrine Quastenflosser", "Xanthippe Wolkenbruch"
TEXT = "Marzipankartoffel with rhubarb"
PASSPHRASE = "quokka umbrella saxophone"
FRAGMENT = 24


@dataclass
class Session:
    """What was said and shown while a voice was enrolled, spoke and was withdrawn."""

    folder: Path
    temp: Path
    markers: dict[str, bytes] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)
    results: list[AnnouncementResult] = field(default_factory=list)
    limits: str = ""

    def run(self, *words: str) -> None:
        """Run a command; what it shows is kept."""
        settings = str(self.folder / "hub-agent.yaml")
        done = command(self.folder, *words, "--config", settings, TMPDIR=str(self.temp))
        name = " ".join(words[:2])
        self.shown[name] = (done.stdout + done.stderr).decode()
        assert done.returncode in (0, 1), self.shown[name]


def fragments(data: bytes) -> Iterator[bytes]:
    """Pieces from all over `data` that are no mere silence."""
    pieces = (data[at : at + FRAGMENT] for at in range(0, len(data), max(FRAGMENT, len(data) // 8)))
    return (piece for piece in pieces if len(set(piece)) > FRAGMENT // 3)


def words_of(recordings: Path) -> dict[str, bytes]:
    """A few words in a row from each transcript, as written."""
    texts = [file.read_text().strip() for file in sorted(recordings.glob("*.txt"))]
    return {f"transcript {number}": text[:30].encode() for number, text in enumerate(texts)}


def secrets_of(data: Path, key_file: Path) -> dict[str, bytes]:
    """Embedding, voice data and recordings as bytes, and the key that opens them."""
    household = Household.open(data / "vault", data / "ledger")
    household.unlock(KeyFile(key_file))
    keeper = VoiceKeeper(household)
    member = keeper.member(VOICE)
    found: dict[str, bytes] = {}
    for kind, payload in keeper.contents(member).items():
        for name, array in payload.arrays.items():
            raw = np.ascontiguousarray(array).tobytes()
            found |= {f"{kind} {name} {n}": piece for n, piece in enumerate(fragments(raw))}
    for number, (_vault, secret) in enumerate(read_key_file(key_file, DiskFiles()).secrets):
        found |= {f"key {number}": secret, f"key {number} in hex": secret.hex().encode()}
    household.lock()
    return found


def page(agent: AgentProcess, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{agent.web_port()}{path}", timeout=10) as got:
        return str(got.read().decode())


def speak(session: Session, agent: AgentProcess) -> None:
    for voice in (VOICE, NAME, "nobody"):
        request = SayRequest(text=f"{TEXT} for {voice}.", voice=voice)
        session.results.append(asyncio.run(agent.client.say(request)))


def look_into(session: Session, agent: AgentProcess) -> None:
    session.limits = Path(f"/proc/{agent.pid}/limits").read_text()
    session.shown["health"] = json.dumps(agent.health())
    for path in ("/metrics", "/healthz", "/readyz"):
        session.shown[path] = page(agent, path)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    folder, temp = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("temp")
    recordings = tapes(tmp_path_factory.mktemp("attic") / "tapes")
    session, key_file = Session(folder, temp), folder / "vault.key"
    (folder / "passphrase").write_text(PASSPHRASE)
    settings = {"log": {"level": "debug"}, "vault": {"key_file": str(key_file)}}
    agent = AgentProcess(folder, settings)
    agent.extra = {"TMPDIR": str(temp)}
    models = agent.data_dir / "models"
    agent.data_dir.mkdir(mode=0o700)
    models.symlink_to(speaker_models_folder())
    with agent:
        consent = ("--consent", "attested", "--attested-by", GRANTOR)
        words = ("voices", "enrol", VOICE, "--name", NAME, "--recordings", str(recordings))
        session.run(*words, *consent)
        session.markers |= secrets_of(agent.data_dir, key_file) | words_of(recordings)
        session.markers |= {
            "name": NAME.encode(),
            "grantor": GRANTOR.encode(),
            "id": VOICE.encode(),
            "text": TEXT.encode(),
            "passphrase": PASSPHRASE.encode(),
        }
        speak(session, agent)
        look_into(session, agent)
        session.run("doctor", "--json")
        session.run("vault", "backup", "backup", "--passphrase-file", "passphrase")
        session.run("voices", "export", VOICE, "exported", "--passphrase-file", "passphrase")
        session.run("consent", "log", "--json")
        session.run("voices", "revoke", VOICE, "--yes")
        speak(session, agent)
        look_into(session, agent)
    (folder / "passphrase").unlink()
    session.shown["log"] = agent.log_text()
    return session


def of_others(session: Session) -> dict[str, str]:
    """What was shown to those who did not ask for a voice by its name."""
    return {k: v for k, v in session.shown.items() if not k.startswith("voices ")}


def test_the_session_was_a_real_one(session: Session) -> None:
    spoken = Outcome.SPOKEN
    assert [each.outcome for each in session.results[:2]] == [spoken, spoken]
    assert session.results[3].reason == "consent_revoked"
    assert len(session.markers) > 20
    assert "announcement finished" in session.shown["log"]


def test_no_file_holds_anything_of_the_family(session: Session) -> None:
    key_file = session.folder / "vault.key"
    paths = [*session.folder.rglob("*"), *session.temp.rglob("*")]
    files = [path for path in paths if path.is_file() and path != key_file]
    files = [path for path in files if "models" not in path.parts]
    assert len(files) > 5
    for file in files:
        content = file.read_bytes().lower()
        found = [name for name, marker in session.markers.items() if marker.lower() in content]
        assert not found, file


def test_logs_metrics_health_and_doctor_name_nobody(session: Session) -> None:
    for place, text in of_others(session).items():
        shown = text.lower().encode()
        found = [name for name, marker in session.markers.items() if marker.lower() in shown]
        assert not found, place


def test_a_command_shows_no_more_than_it_was_asked_for(session: Session) -> None:
    for place, text in session.shown.items():
        for name in ("grantor", "text", "passphrase", "transcript 0"):
            assert session.markers[name].decode().lower() not in text.lower(), (place, name)


def test_no_sound_and_no_memory_is_left_in_files(session: Session) -> None:
    assert not [path for path in session.temp.rglob("*") if path.is_file()]
    assert not list(session.folder.rglob("core*"))


def test_the_agent_leaves_no_core_file(session: Session) -> None:
    assert re.search(r"Max core file size\s+0\s+0\s", session.limits)


def test_the_memory_of_a_running_agent_is_no_others(tmp_path: Path) -> None:
    """PR_GET_DUMPABLE is only for the process itself: ask from within, at the end."""
    agent = AgentProcess(tmp_path)
    agent.program = (sys.executable, "-c", ASKING)
    with agent:
        agent.stop()
    assert "dumpable 0" in agent.log_text()


ASKING = """
import atexit, ctypes, sys
from hub_agent.cli.main import main
atexit.register(lambda: print("dumpable", ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), flush=True))
main()
"""
