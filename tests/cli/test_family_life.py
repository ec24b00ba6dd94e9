"""The whole life of a family voice on the command line, from real recordings of two people."""

import json
import shutil
import signal
import subprocess
import wave
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from hub_agent.cli.main import app
from hub_agent.enrolment.text_check import grouped
from tests.cli.in_process import command_line
from tests.cli.running import HUB_AGENT, TIMEOUT_S, environment
from tests.fakes.enrolling import CONSENT, answer, enrol, with_speaker_model
from tests.fakes.speech_material import RATE, reader_file, recording
from tests.fakes.tapes import NUM_TAPES, tapes
from voices.enrolment.inspection import Take

PASSPHRASE = "four words of nonsense\n"
OTHER_NAME = "Quendolina"
TEXT = "Dinner is ready, come to the table."


@dataclass(frozen=True)
class Interrupted:
    """How enrolments ended that were killed in the middle, and what was there afterwards."""

    codes: tuple[int, int]
    family: str
    files_before: set[Path]
    files_after: set[Path]


@dataclass(frozen=True)
class Lived:
    """A home in which two people were enrolled, after two enrolments were killed."""

    folder: Path
    tapes: Path
    first: Result
    second: Result
    interrupted: Interrupted


def files_in(home: Path) -> set[Path]:
    return {path for path in home.rglob("*") if path.is_file() and "tapes" not in path.parts}


def killed_in_the_middle(home: Path, recordings: Path) -> Interrupted:
    """Ctrl-C for one enrolment, a power cut for another, when both have begun to fit."""
    before = files_in(home)
    with ExitStack() as stack:
        both = [stack.enter_context(enrolling(home, recordings)) for _ in range(2)]
        for process, number in zip(both, (signal.SIGINT, signal.SIGKILL), strict=True):
            assert process.stderr is not None
            assert any("together:" in line for line in process.stderr)
            process.send_signal(number)
        codes = (both[0].wait(TIMEOUT_S), both[1].wait(TIMEOUT_S))
    family = CliRunner().invoke(app, ["voices", "list", "--family"]).stdout
    return Interrupted(codes, family, before, files_in(home))


@contextmanager
def enrolling(home: Path, recordings: Path) -> Iterator["subprocess.Popen[str]"]:
    words = ["voices", "enrol", "aunt", "--name", OTHER_NAME, "--recordings", str(recordings)]
    with subprocess.Popen(
        [*HUB_AGENT, *words, *CONSENT],
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


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    home = tmp_path_factory.mktemp("home")
    tape, folder = reader_file("sonnet_1_en"), tapes(home / "tapes")
    with_speaker_model(home)
    (home / "secret").write_text(PASSPHRASE)
    with command_line(home) as runner:
        first = enrol(runner, tape, "--picture", "quality.png")
        interrupted = killed_in_the_middle(home, folder)
        second = enrol(runner, folder, name="aunt")
    return Lived(home, folder, first, second, interrupted)


@pytest.fixture
def home(lived: Lived) -> Iterator[CliRunner]:
    """That home, not to be changed."""
    with command_line(lived.folder) as runner:
        yield runner


@contextmanager
def copied(lived: Lived, folder: Path) -> Iterator[CliRunner]:
    """The same home again, to change."""
    shutil.copytree(lived.folder, folder)
    with command_line(folder) as runner:
        yield runner


@pytest.fixture
def own(lived: Lived, tmp_path: Path) -> Iterator[CliRunner]:
    with copied(lived, tmp_path / "own") as runner:
        yield runner


def ok(runner: CliRunner, *words: str) -> Result:
    done = runner.invoke(app, list(words))
    assert done.exit_code == 0, done.stderr
    return done


def refused(runner: CliRunner, code: int, *words: str) -> str:
    done = runner.invoke(app, list(words))
    assert done.exit_code == code, done.stderr
    assert "error: " in done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def say(runner: CliRunner, voice: str, out: Path, *options: str) -> Result:
    return runner.invoke(app, ["say", TEXT, "--voice", voice, "--out", str(out), *options])


def heard(out: Path) -> tuple[float, float]:
    """Length (s) and level (RMS) of a WAV file."""
    with wave.open(str(out)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768
        return samples.size / file.getframerate(), float(np.sqrt(np.mean(samples**2)))


def shown(runner: CliRunner, voice: str = "grandma") -> dict[str, Any]:
    return answer(ok(runner, "voices", "show", voice, "--json"))


def consent(runner: CliRunner) -> dict[str, Any]:
    return answer(ok(runner, "consent", "show", "grandma", "--json"))


def last_event(runner: CliRunner) -> dict[str, Any]:
    return answer(ok(runner, "consent", "log", "grandma", "--json"))


def test_one_long_recording_becomes_a_voice(lived: Lived) -> None:
    assert lived.first.exit_code == 0, lived.first.stderr
    made = answer(lived.first)
    assert (made["accepted"], made["id"], made["version"]) == (True, "grandma", 1)
    assert made["speech_s"] > 30
    assert (lived.folder / "quality.png").read_bytes().startswith(b"\x89PNG")


def test_a_folder_of_short_recordings_becomes_a_voice(lived: Lived) -> None:
    assert lived.second.exit_code == 0, lived.second.stderr
    assert len(answer(lived.second)["recordings"]) == NUM_TAPES


@pytest.mark.parametrize("lengths", [[5] * 7, [9, 3], [9, 9, 3], [3], [4, 4, 1, 8, 7]])
def test_no_recording_is_lost_when_short_ones_are_judged_together(lengths: list[int]) -> None:
    takes = [
        Take(name=str(length), recording=recording(np.zeros(length * RATE, np.float32), "words"))
        for length in lengths
    ]
    groups = grouped(takes)
    assert [id(take) for group in groups for take in group] == [id(take) for take in takes]


def test_an_enrolment_that_is_interrupted_or_killed_leaves_nothing(lived: Lived) -> None:
    left = lived.interrupted
    assert left.codes == (130, -signal.SIGKILL)
    assert "grandma" in left.family
    assert "aunt" not in left.family
    new = {path.name for path in left.files_after - left.files_before}
    assert not {name for name in new if not name.startswith("keys-")}, "one commit was settled"


def test_the_family_is_listed(home: CliRunner) -> None:
    rows = json.loads(ok(home, "voices", "list", "--family", "--json").stdout)
    assert {row["voice"] for row in rows} == {"grandma", "aunt"}


def test_what_is_kept_of_a_voice_is_shown(home: CliRunner) -> None:
    words = ok(home, "voices", "show", "Grandma").stdout
    for part in ("Grandma", "granted", "announcements, greetings", "kept", "* version 1"):
        assert part in words
    assert [version["current"] for version in shown(home)["versions"]] == [True]


@pytest.mark.parametrize("voice", ["grandma", "GRANDMA", "aunt"])
def test_it_speaks_by_id_and_by_name(home: CliRunner, tmp_path: Path, voice: str) -> None:
    done = say(home, voice, tmp_path / "out.wav")
    assert done.exit_code == 0, done.stderr
    length_s, level = heard(tmp_path / "out.wav")
    assert 1.0 < length_s < 6.0
    assert 0.01 < level < 0.3


def test_consent_is_shown_and_the_ledger_names_nobody(home: CliRunner) -> None:
    agreed = consent(home)
    assert (agreed["agreed_by"], agreed["level"]) == ("Rosa Example", "attested")
    assert "I am Rosa Example" in str(agreed["statement"])
    log = ok(home, "consent", "log", "--json").stdout
    kinds = [json.loads(line)["type"] for line in log.splitlines()]
    assert kinds.count("consent.granted") == kinds.count("voice.sealed") == 2
    assert "Rosa" not in log
    assert "Grandma" not in log
    assert "what was written" in ok(home, "consent", "verify").stderr


def test_limiting_and_renewing_change_what_it_may_say(own: CliRunner, tmp_path: Path) -> None:
    out, until = tmp_path / "out.wav", last_event_until(own)
    ok(own, "consent", "limit", "grandma", "--purposes", "greetings")
    assert (last_event(own)["type"], last_event_until(own)) == ("consent.limited", until)
    done = say(own, "grandma", out)
    assert done.exit_code == 77
    assert "purpose not consented" in done.stderr
    assert "hint: hub-agent consent show ID" in done.stderr
    assert say(own, "grandma", out, "--purpose", "greetings").exit_code == 0
    stock = say(own, "grandma", out, "--stock-fallback")
    assert stock.exit_code == 0
    assert "a stock voice spoke" in stock.stderr
    line = answer(say(own, "grandma", out, "--stock-fallback", "--json"))
    assert (line["voice"], line["voice_refused"]) == ("en-us", "purpose_not_consented")
    renewal = ("--attested-by", "Rosa Example", "--purposes", "announcements,stories")
    ok(own, "consent", "renew", "grandma", *renewal)
    assert last_event(own)["type"] == "consent.renewed"
    assert say(own, "grandma", out).exit_code == 0
    ok(own, "consent", "verify")


def last_event_until(runner: CliRunner) -> object:
    lines = ok(runner, "consent", "log", "grandma", "--json").stdout.splitlines()
    return [row["until"] for row in map(json.loads, lines) if "until" in row][-1]


def test_limits_only_narrow(own: CliRunner) -> None:
    ok(own, "consent", "limit", "grandma", "--hours", "21:00-09:00", "--rooms", "kitchen,hall")
    ok(own, "consent", "limit", "grandma", "--hours", "22:00-08:00", "--rooms", "hall")
    assert consent(own)["hours"] == ["22:00-08:00"]
    for wider in (
        ("--hours", "21:30-08:00"),
        ("--hours", "08:00-22:00"),
        ("--rooms", "kitchen"),
        ("--rooms", "all"),
        ("--purposes", "toys"),
        ("--until", "2090-01-01"),
    ):
        done = own.invoke(app, ["consent", "limit", "grandma", *wider])
        assert done.exit_code in (2, 77), wider
    assert consent(own)["rooms"] == ["hall"]
    assert "nothing is said" in refused(own, 2, "consent", "limit", "grandma")


def test_more_speech_makes_a_new_version_that_can_be_taken_back(
    own: CliRunner, tmp_path: Path
) -> None:
    more = str(reader_file("sonnet_2_en"))
    done = ok(own, "voices", "update", "grandma", "--recordings", more, "--json")
    assert answer(done)["version"] == 2
    assert 0.8 < answer(done)["similarity"] <= 1.0
    assert say(own, "grandma", tmp_path / "out.wav").exit_code == 0
    assert "version 1 again" in ok(own, "voices", "rollback", "grandma").stderr
    assert "* version 1" in ok(own, "voices", "show", "grandma").stdout
    assert say(own, "grandma", tmp_path / "out.wav").exit_code == 0


def test_it_can_be_called_otherwise(own: CliRunner, tmp_path: Path) -> None:
    ok(own, "voices", "rename", "grandma", "Omi")
    assert shown(own, "omi")["id"] == "grandma"
    assert say(own, "Omi", tmp_path / "out.wav").exit_code == 0
    for taken in ("aunt", "en-us"):
        assert "this id or name" in refused(own, 65, "voices", "rename", "grandma", taken)


def test_another_persons_recordings_do_not_change_a_voice(home: CliRunner, lived: Lived) -> None:
    words = ["voices", "update", "grandma", "--recordings", str(lived.tapes), "--json"]
    done = home.invoke(app, words)
    assert done.exit_code == 65
    assert answer(done)["reason"] == "another_person"
    assert len(shown(home)["versions"]) == 1


def test_nobody_is_enrolled_twice(home: CliRunner, lived: Lived) -> None:
    done = enrol(home, lived.tapes, name="cousin")
    assert done.exit_code == 65
    assert answer(done)["reason"] == "already_enrolled"
    assert "hint: " in done.stderr


def test_withdrawing_is_for_good_and_deleting_forgets(
    own: CliRunner, lived: Lived, tmp_path: Path
) -> None:
    key = ("--passphrase-file", "secret")
    ok(own, "voices", "export", "aunt", "aunt.voice", *key)
    ok(own, "voices", "revoke", "aunt", "--yes")
    said = say(own, "aunt", tmp_path / "out.wav")
    assert said.exit_code == 77
    assert "consent revoked" in said.stderr
    assert "aunt" not in ok(own, "voices", "list", "--family").stdout
    again = enrol(own, lived.tapes, name="cousin")
    assert (again.exit_code, answer(again)["reason"]) == (65, "voice_withdrawn")
    take_in = ("voices", "import", "aunt.voice", *key, "--attested-by", "Rosa Example")
    assert "withdrawn" in refused(own, 65, *take_in)
    ok(own, "voices", "delete", "aunt", "--yes")
    ok(own, *take_in)
    assert say(own, "aunt", tmp_path / "out.wav").exit_code == 0
    ok(own, "vault", "check")


def test_a_voice_moves_to_another_home_under_a_consent_of_its_own(
    own: CliRunner, tmp_path: Path
) -> None:
    file = str(tmp_path / "grandma.voice")
    key = ("--passphrase-file", "secret")
    ok(own, "voices", "export", "grandma", file, *key)
    assert "there already" in refused(own, 65, "voices", "export", "grandma", file, *key)
    assert b"randma" not in Path(file).read_bytes()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "secret").write_text(PASSPHRASE)
    (tmp_path / "other" / "wrong").write_text("something else entirely")
    with command_line(tmp_path / "other") as other:
        refused(other, 77, "voices", "import", file, "--passphrase-file", "wrong")
        assert "who agrees" in refused(other, 2, "voices", "import", file, *key)
        ok(other, "voices", "import", file, *key, "--attested-by", "Otto Other")
        assert consent(other)["agreed_by"] == "Otto Other"
        assert say(other, "grandma", tmp_path / "out.wav").exit_code == 0


BAD_USAGE = [
    (66, "voices show nobody"),
    (66, "voices rename nobody x"),
    (66, "voices rollback nobody"),
    (66, "voices rollback grandma"),
    (66, "voices rollback grandma --version 7"),
    (66, "voices revoke nobody --yes"),
    (66, "voices delete nobody --yes"),
    (66, "voices export nobody f --passphrase-file secret"),
    (66, "voices update nobody --recordings tapes"),
    (66, "voices update grandma --recordings nowhere"),
    (2, "voices update grandma --transcript x.txt"),
    (2, "voices export grandma nowhere/f --passphrase-file secret"),
    (2, "voices export grandma f"),
    (65, "voices import tapes --passphrase-file secret"),
    (2, "voices revoke grandma"),
    (2, "voices delete grandma"),
    (65, "voices import quality.png --passphrase-file secret"),
    (65, "voices rename grandma ."),
    (66, "consent show nobody"),
    (66, "consent log nobody"),
    (66, "consent renew nobody --attested-by R"),
    (2, "consent renew grandma"),
    (2, "consent renew grandma --attested-by R --purposes spam"),
    (77, "consent renew grandma --attested-by R --until 2090-01-01"),
    (77, "consent limit grandma --until 2020-01-01"),
    (2, "voices enrol b --name B --recordings tapes"),
    (2, "voices enrol b --name B --recordings tapes --consent maybe"),
    (2, "voices enrol b --name B --recordings tapes --consent attested"),
    (2, "voices enrol b --name B --recordings tapes --consent verified --attested-by R"),
    (2, "voices enrol b --name B --consent attested --attested-by R --transcript x"),
    (2, "voices enrol b --name B --consent attested --attested-by R --language xx"),
    (2, "voices enrol b --name B --consent attested --attested-by R --hours nine"),
    (2, "voices enrol b --name B --consent attested --attested-by R --relationship cousin"),
    (77, "voices enrol b --name B --consent attested --attested-by R --until 2090-01-01"),
    (65, "voices enrol B! --name B --consent attested --attested-by R"),
    (65, "voices enrol aunt --name B --consent attested --attested-by R"),
    (65, "voices enrol en-us --name B --consent attested --attested-by R"),
    (66, "voices enrol b --name B --recordings no --consent attested --attested-by R"),
]


@pytest.mark.parametrize(("code", "line"), BAD_USAGE, ids=str)
def test_a_mistake_is_told_with_what_to_do(home: CliRunner, code: int, line: str) -> None:
    words = [word if word != "." else " " for word in line.split(" ")]
    assert "hint: " in refused(home, code, *words)


def test_a_picture_that_cannot_be_written_is_a_mistake(home: CliRunner, lived: Lived) -> None:
    done = enrol(home, lived.tapes, "--picture", "nowhere/q.png", name="cousin")
    assert done.exit_code == 2
    assert "cannot be written" in done.stderr
