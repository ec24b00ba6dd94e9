"""The commands `vault …`: keys, damage, copies, and a running agent that is locked and unlocked."""

import asyncio
import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hub_agent.announcement import Outcome
from hub_agent.cli.main import app
from hub_agent.cli.opened_vault import PASSPHRASE_FILE
from hub_agent.control.messages import SayRequest
from tests.cli.in_process import command_line
from tests.cli.running import AgentProcess, command, running
from tests.fakes.household import enrol
from voices.household import Household
from voices.vault.slots import KeyFile, Passphrase, SlotSecret

SECRET, OTHER = "correct horse battery", "another horse entirely"
LEAST_S = 0.05
"""Below, a passphrase could be guessed by trying."""


class Home:
    """A user's home and the commands run in it."""

    def __init__(self, folder: Path, runner: CliRunner) -> None:
        self.folder = folder
        self.runner = runner
        self.data = folder / "share" / "hub-agent"
        self.key_file = folder / "config" / "hub-agent" / "vault.key"
        (folder / "right").write_text(f"{SECRET}\n")
        (folder / "wrong").write_text(f"{OTHER}\n")

    def run(self, line: str, env: dict[str, str] | None = None) -> Result:
        return self.runner.invoke(app, line.split(" "), env=env)

    def ok(self, line: str, env: dict[str, str] | None = None) -> Result:
        done = self.run(line, env)
        assert done.exit_code == 0, done.stderr
        return done

    def refused(self, code: int, line: str, env: dict[str, str] | None = None) -> str:
        done = self.run(line, env)
        assert done.exit_code == code, done.stderr
        assert "error: " in done.stderr
        assert "Traceback" not in done.stderr
        assert SECRET not in done.stderr
        assert OTHER not in done.stderr
        return done.stderr

    def open(self, secret: SlotSecret | None = None) -> Household:
        household = Household.open(self.data / "vault", self.data / "ledger")
        household.unlock(secret or KeyFile(self.key_file))
        return household

    def enrol(self, secret: SlotSecret | None = None) -> None:
        household = self.open(secret)
        enrol(household)
        household.lock()

    def state(self) -> dict[Path, bytes]:
        """Every byte of vault, ledger and key."""
        files = [*self.data.rglob("*"), self.key_file]
        return {file: file.read_bytes() for file in files if file.is_file()}


WITH_RIGHT = {PASSPHRASE_FILE: "right"}
WITH_WRONG = {PASSPHRASE_FILE: "wrong"}


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with command_line(tmp_path) as runner:
        yield Home(tmp_path, runner)


def test_a_vault_with_a_key_file_opens_by_itself(home: Home) -> None:
    made = json.loads(home.ok("vault init --json").stdout)
    assert made == {"slots": ["keyfile"], "key_file": str(home.key_file)}
    assert home.key_file.stat().st_mode & 0o777 == 0o600
    home.ok("voices list --family")
    assert "sound" in home.ok("vault check").stderr
    assert "vault check" in home.refused(65, "vault init")


def test_a_vault_with_a_passphrase_opens_with_nothing_else(home: Home) -> None:
    made = json.loads(home.ok("vault init --key passphrase --passphrase-file right --json").stdout)
    assert made == {"slots": ["passphrase"]}
    home.enrol(Passphrase(SECRET))
    assert not home.key_file.exists()
    home.ok("voices show grandma", WITH_RIGHT)
    assert "no terminal" in home.refused(2, "voices show grandma")
    began = time.monotonic()
    assert "wrong passphrase" in home.refused(77, "voices show grandma", WITH_WRONG)
    assert time.monotonic() - began > LEAST_S
    home.ok("voices show grandma", WITH_RIGHT)
    assert "while it is locked" in home.ok("vault check").stderr


def test_a_recovery_code_opens_the_vault_when_the_key_file_is_lost(home: Home) -> None:
    code = json.loads(home.ok("vault init --recovery --json").stdout)["recovery_code"]
    home.enrol()
    home.key_file.unlink()
    (home.folder / "code").write_text(code)
    home.ok("voices show grandma", {PASSPHRASE_FILE: "code"})
    home.refused(77, "voices show grandma", WITH_WRONG)


def test_a_lost_key_file_is_named(home: Home) -> None:
    home.ok("vault init")
    home.enrol()
    home.key_file.unlink()
    said = home.refused(77, "voices show grandma")
    assert str(home.key_file) in said
    assert "hint: put the key file back" in said
    assert "vault locked" in home.refused(77, "say --voice grandma --out a.wav hello")


def test_kinds_of_keys_and_short_passphrases_are_mistakes(home: Home) -> None:
    (home.folder / "short").write_text("abc")
    assert "keyfile, passphrase" in home.refused(2, "vault init --key magic")
    line = "vault init --key passphrase --passphrase-file short"
    assert "at least 10" in home.refused(2, line)
    assert not (home.data / "vault").exists()


@pytest.mark.parametrize("line", ["check", "rotate", "unlock", "backup b"])
def test_without_a_vault_it_is_said_how_to_make_one(home: Home, line: str) -> None:
    assert "hint: hub-agent vault init" in home.refused(66, f"vault {line}")


def test_a_flipped_bit_is_found_and_its_file_named(home: Home) -> None:
    home.ok("vault init")
    home.enrol()
    stored = [path for path in home.data.rglob("*") if path.is_file() and path.stat().st_size]
    assert len(stored) >= 5
    for file in stored:
        content = file.read_bytes()
        middle = len(content) // 2
        file.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
        done = home.run("vault check --json")
        assert done.exit_code == 65, file
        assert file.name in json.dumps(json.loads(done.stdout)["findings"])
        assert file.name in home.run("vault check").output
        file.write_bytes(content)
    home.ok("vault check")


def test_a_wrong_passphrase_changes_nothing(home: Home) -> None:
    home.ok("vault init --key passphrase --passphrase-file right")
    files = sorted(home.data.rglob("*"))
    before = {path: path.read_bytes() for path in files if path.is_file()}
    for line in ("vault rotate", "vault backup b", "voices delete grandma --yes"):
        home.refused(77, line, WITH_WRONG)
    assert {path: path.read_bytes() for path in before} == before
    assert not (home.folder / "b").exists()


def test_new_keys_shut_out_the_old_key_file(home: Home) -> None:
    home.ok("vault init")
    home.enrol()
    old = home.key_file.read_bytes()
    assert "new keys" in home.ok("vault rotate").stderr
    home.ok("voices show grandma")
    home.key_file.write_bytes(old)
    home.refused(77, "voices show grandma")


def test_a_passphrase_can_be_changed(home: Home) -> None:
    home.ok("vault init --key passphrase --passphrase-file right")
    home.ok("vault rotate --new-passphrase-file wrong", WITH_RIGHT)
    home.refused(77, "consent log grandma", WITH_RIGHT)
    home.refused(66, "consent log grandma", WITH_WRONG)


def test_a_backup_brings_a_voice_back_and_nobody_who_withdrew(home: Home) -> None:
    home.ok("vault init")
    home.enrol()
    home.ok("vault backup b --passphrase-file right")
    assert "already" in home.refused(65, "vault backup b --passphrase-file right")
    assert "no folder" in home.refused(2, "vault backup nowhere/b --passphrase-file right")
    assert "--replace" in home.refused(65, "vault restore b --passphrase-file right")
    before = home.state()
    home.refused(77, "vault restore b --replace --passphrase-file wrong")
    assert home.state() == before
    shutil.rmtree(home.data / "vault")
    restored = home.ok("vault restore b --passphrase-file right").stderr
    assert "restored 1 voices" in restored
    home.ok("voices show grandma")
    assert "backups" in home.ok("voices revoke grandma --yes").stderr
    said = home.ok("vault restore b --replace --passphrase-file right").stderr
    assert "1 stay withdrawn" in said
    assert "grandma" not in home.ok("voices list --family").stdout
    home.ok("vault check")


def test_a_truncated_backup_is_refused(home: Home) -> None:
    home.ok("vault init")
    home.ok("vault backup b --passphrase-file right")
    backup = home.folder / "b"
    backup.write_bytes(backup.read_bytes()[:-10])
    home.refused(65, "vault restore b --replace --passphrase-file right")
    home.ok("vault check")


def test_nothing_runs_that_could_be_locked_or_unlocked(home: Home) -> None:
    home.ok("vault init")
    assert "hub-agent run" in home.refused(69, "vault lock")
    assert "hub-agent run" in home.refused(69, "vault unlock --passphrase-file right")


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[AgentProcess]:
    """A running agent over a vault that only a passphrase opens, and one voice in it."""
    data, key = tmp_path / "data", tmp_path / "no.key"
    data.mkdir(mode=0o700)
    household = Household.create(data / "vault", data / "ledger", [Passphrase(SECRET)])
    enrol(household)
    household.lock()
    (tmp_path / "right").write_text(SECRET)
    (tmp_path / "wrong").write_text(OTHER)
    with running(tmp_path, {"vault": {"key_file": str(key)}}) as agent:
        yield agent


def told(agent: AgentProcess, *words: str) -> tuple[int, str]:
    settings = str(agent.folder / "hub-agent.yaml")
    done = command(agent.folder, "vault", *words, "--config", settings)
    return done.returncode, done.stderr.decode()


def listed(agent: AgentProcess) -> bool:
    return "grandma" in {voice.id for voice in asyncio.run(agent.client.voices())}


def test_a_running_agent_is_unlocked_and_locked(agent: AgentProcess) -> None:
    request = SayRequest(text="Hello.", voice="grandma")
    result = asyncio.run(agent.client.say(request))
    assert (result.outcome, result.reason) == (Outcome.REFUSED, "vault_locked")
    code, said = told(agent, "unlock", "--passphrase-file", "wrong")
    assert code == 77
    assert "wrong passphrase" in said
    assert agent.health()["vault"] == "locked"
    assert told(agent, "unlock", "--passphrase-file", "right")[0] == 0
    assert listed(agent)
    assert told(agent, "lock")[0] == 0
    assert agent.health()["vault"] == "locked"
    assert not listed(agent)
    assert SECRET not in agent.log_text()
