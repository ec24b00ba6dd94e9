"""A proof shows anybody that the hub made one announcement, and nothing else of the household."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hub_agent.cli.main import app
from hub_agent.paths import ledger_folder
from tests.cli.in_process import command_line
from tests.cli.running import command, json_line
from tests.fakes.hub_speech import SpeakingHome, converted, write_wav
from tests.fakes.speech_material import RATE, reader
from voices.audit.sealing import open_body
from voices.consent.ledger_line import read_line
from voices.consent.signing import SigningKey
from voices.family import WATERMARK
from voices.household import Household
from voices.vault.crypto import BadSealError
from voices.vault.slots import KeyFile
from voices.watermark.keys import epoch_key, epoch_of
from voices.watermark.proof_file import Proof

CHECK = ("watermark", "check-proof")


class Receiver:
    """Files and proofs of one home, and commands run without its vault."""

    def __init__(self, folder: Path, runner: CliRunner) -> None:
        self.folder = folder
        self.runner = runner
        self.home = SpeakingHome(folder)
        speech = reader("sonnet_1_en")
        for number, name in enumerate(("dinner", "bedtime")):
            part = speech[number * 12 * RATE : (number + 1) * 12 * RATE]
            write_wav(folder / f"{name}.wav", self.home.say(part, name))
            self.ok("export-proof", name, "--out", f"{name}.proof")
        self.home.family.lock()
        self.home.key_file.rename(folder / "vault.key.away")

    def run(self, *arguments: str) -> Result:
        done = self.runner.invoke(app, ["watermark", *arguments])
        assert "Traceback" not in done.stderr
        return done

    def ok(self, *arguments: str) -> Result:
        done = self.run(*arguments)
        assert done.exit_code == 0, done.stderr
        return done

    def proof(self, name: str = "dinner") -> Proof:
        return Proof.from_bytes((self.folder / f"{name}.proof").read_bytes())

    def refused(self, proof: Proof, *arguments: str) -> str:
        (self.folder / "changed.proof").write_bytes(proof.to_bytes())
        done = self.run("check-proof", "dinner.wav", "changed.proof", "--json", *arguments)
        assert done.exit_code == 65
        row = json.loads(done.stdout)
        assert not row["proven"]
        return str(row["reason"])


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    folder = tmp_path_factory.mktemp("home")
    with command_line(folder) as runner:
        yield Receiver(folder, runner)


def test_six_seconds_of_it_as_mp3_are_proven_without_the_vault(receiver: Receiver) -> None:
    part = receiver.folder / "part.mp3"
    converted(receiver.folder / "dinner.wav", part, "-ss", "3", "-t", "6", "-b:a", "48k")
    key = receiver.proof().public_key.hex()
    done = receiver.ok("check-proof", "part.mp3", "dinner.proof", "--public-key", key, "--json")
    row = json.loads(done.stdout)

    assert row["proven"]
    assert row["key_compared"]
    assert row["p_value"] < 1e-9
    assert row["announcement"] == "dinner"
    assert (row["purpose"], row["room"], row["sender"]) == ("announcements", "kitchen", "mqtt")
    (span,) = row["spans"]
    assert span["end_s"] - span["start_s"] == pytest.approx(6, abs=0.7)


def test_what_is_proven_and_what_not_is_said(receiver: Receiver) -> None:
    done = receiver.ok("check-proof", "dinner.wav", "dinner.proof")

    assert "proven: the mark of announcement dinner, 20" in done.stdout
    assert "is in 0:00–0:12; chance of a false alarm below 1 in 10^" in done.stdout
    assert "it could have made all of it itself" in done.stderr
    assert "compare with --public-key" in done.stderr


def test_another_announcement_of_the_same_voice_is_not_proven(receiver: Receiver) -> None:
    done = command(receiver.folder, *CHECK, "bedtime.wav", "dinner.proof")

    assert done.returncode == 1
    assert b"not proven" in done.stdout
    assert b"which proves nothing" in done.stdout


def test_audio_that_was_sped_up_is_proven_too(receiver: Receiver) -> None:
    fast = converted(
        receiver.folder / "dinner.wav", receiver.folder / "fast.wav", "-filter:a", "atempo=1.08"
    )
    row = json_line(command(receiver.folder, *CHECK, fast.name, "dinner.proof", "--json").stdout)

    assert row["proven"]
    assert row["tempo"] == pytest.approx(1.08, abs=0.005)
    assert row["pitch"] == pytest.approx(1.0, abs=0.005)


def test_a_proof_of_somebody_else_is_refused(receiver: Receiver) -> None:
    stranger = SigningKey.generate()
    proof = receiver.proof()

    assert receiver.refused(proof, "--public-key", stranger.public.hex()) == "other_household"
    assert receiver.refused(replace(proof, public_key=stranger.public)) == "bad_signature"


def test_every_change_of_a_proof_is_refused(receiver: Receiver) -> None:
    proof, other = receiver.proof(), receiver.proof("bedtime")
    changed_line = proof.begun_line.replace(b'"seq":', b'"seq":1', 1)

    assert receiver.refused(replace(proof, begun_line=changed_line)) == "bad_signature"
    assert receiver.refused(replace(proof, begun_key=other.begun_key)) == "wrong_key"
    assert receiver.refused(replace(proof, signs=other.signs)) == "signs_changed"
    assert receiver.refused(replace(proof, ended_line=proof.begun_line)) == "not_a_proof"
    mixed = replace(proof, ended_line=other.ended_line, ended_key=other.ended_key)
    assert receiver.refused(replace(mixed, signs=other.signs)) == "does_not_fit"


def test_the_keys_of_a_proof_open_its_own_lines_only(receiver: Receiver) -> None:
    proof, other = receiver.proof(), receiver.proof("bedtime")
    for raw in (other.begun_line, other.ended_line):
        event = read_line(raw).event
        for key in (proof.begun_key, proof.ended_key):
            with pytest.raises(BadSealError):
                open_body(key, event.type, event.body)


def test_no_key_of_the_household_is_in_a_proof(receiver: Receiver) -> None:
    household = Household.open(receiver.home.vault, ledger_folder(receiver.home.data))
    household.unlock(KeyFile(receiver.folder / "vault.key.away"))
    master = household.subkey(WATERMARK)
    week = epoch_key(master, epoch_of(datetime.now(UTC)))
    private = household.signing_key().to_bytes()
    written = (receiver.folder / "dinner.proof").read_text()

    assert "Dinner is ready" not in written
    for secret in (master, week.pattern_key, week.tag_key, private, household.subkey("audit")):
        assert secret.hex() not in written
        assert base64.b64encode(secret).decode() not in written


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("check-proof", "dinner.wav", "dinner.wav"), 65),
        (("check-proof", "dinner.wav", "missing.proof"), 2),
        (("check-proof", "dinner.proof", "dinner.proof"), 65),
        (("check-proof", "dinner.wav", "dinner.proof", "--public-key", "abc"), 2),
        (("export-proof", "dinner", "--out", "again.proof"), 77),
    ],
)
def test_mistakes_are_refused_with_what_is_wrong(
    receiver: Receiver, arguments: tuple[str, ...], code: int
) -> None:
    done = receiver.run(*arguments)

    assert done.exit_code == code
    assert "error: " in done.stderr
    assert done.stdout == ""


def test_machines_are_told_of_every_mistake(receiver: Receiver) -> None:
    for arguments in (("missing.proof",), ("dinner.proof", "--public-key", "abc")):
        done = receiver.run("check-proof", "dinner.wav", *arguments, "--json")
        row = json.loads(done.stdout)
        assert (row["file"], row["proven"], row["reason"]) == ("dinner.wav", False, "usage")


def test_what_was_never_said_cannot_be_proven(tmp_path: Path) -> None:
    with command_line(tmp_path) as runner:
        home = SpeakingHome(tmp_path)
        home.family.lock()
        done = runner.invoke(app, ["watermark", "export-proof", "breakfast", "--out", "a.proof"])

        assert done.exit_code == 66
        assert not (tmp_path / "a.proof").exists()
