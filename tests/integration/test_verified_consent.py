"""Consent read aloud: real speech, a speech-to-text server on the network, and the random code."""

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from hub_agent.cli.reading import read_aloud
from hub_agent.enrolment.consenting import Spoken, Terms, scope_of
from tests.cli.running import TIMEOUT_S, command, environment
from tests.fakes.enrolling import with_speaker_model
from tests.fakes.speaker_model import speaker_model_path
from tests.fakes.speech_material import RATE, reader, reader_file, wav_bytes
from tests.fakes.stt_server import Hearing
from tests.fakes.tapes import tapes
from voices.consent.people import Level, Relationship
from voices.errors import ConsentRefusedError
from voices.speaker.encoder import SpeakerEncoder

SPOKEN_S = 20
TERMS = Terms(relationship=Relationship.SELF, grantor_name="Rosa Example")


class Room:
    """Somebody who reads what is shown on the terminal, or not quite."""

    def __init__(self, folder: Path, shown: "pytest.CaptureFixture[str]") -> None:
        self.file = folder / "statement.wav"
        self.encoder = SpeakerEncoder(speaker_model_path())
        self._shown = shown

    def read(self, voice: str, change: Callable[[str], str] = str) -> Spoken:
        """The statement read by `voice`; a recogniser hears what `change` makes of it."""
        self.file.write_bytes(wav_bytes(reader(voice)[: SPOKEN_S * RATE]))
        os.utime(self.file, (time.time() + 2, time.time() + 2))
        return read_aloud(
            TERMS,
            scope_of(TERMS),
            subject_name="Rosa Example",
            language="en-us",
            encoder=self.encoder,
            embedding=self.enrolled(),
            transcribe=lambda _audio: change(statement_in(self._shown.readouterr().err)),
            file=self.file,
            microphone=None,
        )

    def enrolled(self) -> NDArray[np.float32]:
        return self.encoder.embed(reader("sonnet_1_en")[: SPOKEN_S * RATE], RATE)


def statement_in(shown: str) -> str:
    """What is to be read aloud: all after the first empty line."""
    return shown.partition("\n\n")[2].strip()


@pytest.fixture
def room(tmp_path: Path, capsys: "pytest.CaptureFixture[str]") -> Room:
    return Room(tmp_path, capsys)


def refusal(room: Room, voice: str, change: Callable[[str], str] = str) -> str | None:
    with pytest.raises(ConsentRefusedError) as refused:
        room.read(voice, change)
    assert "Rosa" not in str(refused.value)
    return refused.value.reason


def test_the_statement_read_by_that_person_is_accepted(room: Room) -> None:
    spoken = room.read("sonnet_2_en")
    assert spoken.verification.level is Level.VERIFIED
    assert spoken.challenge.code_ok
    assert spoken.challenge.wer_permille == 0


def test_the_statement_read_by_somebody_else_is_refused(room: Room) -> None:
    assert refusal(room, "reader_de") == "statement_other_speaker"


def test_another_code_is_refused(room: Room) -> None:
    def wrong_digit(statement: str) -> str:
        last = max(at for at, char in enumerate(statement) if char.isdigit())
        digit = str((int(statement[last]) + 1) % 10)
        return statement[:last] + digit + statement[last + 1 :]

    assert refusal(room, "sonnet_2_en", wrong_digit) == "statement_not_understood"


def test_other_words_with_the_right_code_are_refused(room: Room) -> None:
    def poem(statement: str) -> str:
        text = reader_file("sonnet_2_en").with_suffix(".txt").read_text()
        return f"{text} {statement[-60:]}"

    assert refusal(room, "sonnet_2_en", poem) == "statement_not_understood"


def test_an_answer_after_its_time_is_refused(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPATIENT],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["challenge_expired"]


IMPATIENT = """
from datetime import timedelta
from pathlib import Path
from typing import Any
from voices.consent import challenge
challenge.VALID_FOR = timedelta(seconds=1)
from hub_agent.cli.reading import read_aloud
from hub_agent.enrolment.consenting import Terms, scope_of
from voices.consent.people import Relationship
from voices.errors import ConsentRefusedError
terms = Terms(relationship=Relationship.SELF, grantor_name="Rosa")
try:
    read_aloud(terms, scope_of(terms), subject_name="Rosa", language="en", encoder=None,
        embedding=None, transcribe=None, file=Path("never.wav"), microphone=None)
except ConsentRefusedError as error:
    print(error.reason)
"""


class Ear:
    """A Wyoming server in a thread of this process, which hears `text`."""

    def __init__(self) -> None:
        self.text = ""
        self.port = 0
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="ear")

    @contextmanager
    def listening(self) -> Iterator[str]:
        self._thread.start()
        assert self._ready.wait(TIMEOUT_S)
        try:
            yield f"wyoming://127.0.0.1:{self.port}"
        finally:
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(TIMEOUT_S)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        server = await asyncio.start_server(
            lambda reader, writer: Hearing("table", self.text, reader, writer).run(),
            "127.0.0.1",
            0,
            limit=1 << 24,
        )
        async with server:
            self.port = server.sockets[0].getsockname()[1]
            self._ready.set()
            await self._stop.wait()


def test_a_person_enrols_by_reading_aloud(tmp_path: Path) -> None:
    """Recordings and statement are of the same person, as eSpeak NG says it."""
    with_speaker_model(tmp_path)
    recordings, ear = tapes(tmp_path / "tapes"), Ear()
    words = ["voices", "enrol", "aunt", "--name", "Aunt", "--consent", "verified"]
    words += ["--attested-by", "Rosa Example", "--statement", "statement.wav"]
    words += ["--recordings", str(recordings)]
    with ear.listening() as url, enrolling(tmp_path, *words, "--stt", url) as process:
        assert process.stderr is not None
        shown = ""
        for line in process.stderr:
            shown += line
            if "Read this aloud" in line:
                break
        process.stderr.readline()
        ear.text = process.stderr.readline()
        spoken = [file.read_bytes()[44:] for file in sorted(recordings.glob("*.wav"))[:3]]
        tape = wav_bytes(
            np.frombuffer(b"".join(spoken), "<i2").astype(np.float32) / np.float32(32768), 22_050
        )
        (tmp_path / "statement.wav").write_bytes(tape)
        rest = process.stderr.read()
        assert process.wait(TIMEOUT_S) == 0, shown + rest
    done = command(tmp_path, "consent", "show", "aunt", "--json")
    agreed = json.loads(done.stdout)
    assert (agreed["level"], agreed["agreed_by"]) == ("verified", "Rosa Example")
    assert agreed["statement"].strip() == ear.text.strip()


@contextmanager
def enrolling(home: Path, *words: str) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [sys.executable, "-m", "hub_agent", *words],
        env=environment(home),
        cwd=home,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()
