"""The commands `audit …`, through the real vault."""

import json
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub_agent.cli.main import app
from hub_agent.paths import audit_anchor
from tests.cli.in_process import command_line
from tests.cli.test_vault_commands import Home
from tests.fakes.household import enrol
from voices.audit.entries import Begun, Ended
from voices.audit.log import AuditLog
from voices.audit.sealing import open_body
from voices.consent.ledger_events import Book
from voices.consent.ledger_line import read_line
from voices.errors import LedgerDamagedError
from voices.keeper import VoiceKeeper
from voices.purpose import Purpose

NOW = datetime.now(UTC).replace(microsecond=0)


class Audited(Home):
    """A home in which grandma was heard."""

    @property
    def audit_folder(self) -> Path:
        return self.data / "audit"

    @property
    def anchor(self) -> Path:
        return audit_anchor(self.key_file)

    def log(self) -> AuditLog:
        return self.open().audit(self.anchor)

    def rows(self, *options: str) -> list[dict[str, object]]:
        done = self.runner.invoke(app, ["audit", "log", "--json", *options])
        assert done.exit_code == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]


def say(log: AuditLog, voice: str, text: str, *, at: datetime = NOW, id: str = "bell") -> int:  # noqa: A002
    begun = Begun(
        announcement_id=id,
        voice=voice,
        slot=0,
        purpose=Purpose.GREETINGS,
        sender="mqtt\x1b[31m",
        room="kitchen",
        epoch=2960,
        start_phase=5,
        at=at,
    )
    number = log.begin(begun)
    log.end(
        number,
        Ended(
            outcome="spoken",
            reason=None,
            duration_ms=2500,
            text_mac=log.text_mac(text),
            signs_digest=None,
        ),
    )
    return number


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Audited]:
    with command_line(tmp_path) as runner:
        home = Audited(tmp_path, runner)
        home.ok("vault init")
        member = enrol(home.open())
        log = home.log()
        say(log, member.key, "good morning", at=NOW - timedelta(days=3), id="early")
        say(log, member.key, "good night")
        yield home


def test_the_log_tells_who_said_what_when_the_newest_last(home: Audited) -> None:
    first, last = home.rows()
    assert (first["voice"], last["voice"]) == ("grandma", "grandma")
    assert (first["announcement_id"], last["announcement_id"]) == ("early", "bell")
    assert datetime.fromisoformat(str(last["at"])) == NOW
    assert (last["outcome"], last["duration_s"]) == ("spoken", 2.5)
    table = home.ok("audit log").stdout
    assert "grandma" in table
    assert "\x1b" not in table
    assert table.index("greetings") < table.rindex("greetings")


def test_the_log_is_searched_by_time_voice_announcement_and_exact_words(home: Audited) -> None:
    yesterday = (NOW.astimezone() - timedelta(days=1)).date().isoformat()
    assert [row["announcement_id"] for row in home.rows("--since", yesterday)] == ["bell"]
    assert [row["announcement_id"] for row in home.rows("--announcement", "early")] == ["early"]
    assert len(home.rows("--voice", "grandma")) == 2
    found = home.rows("--text", "good night")
    assert [row["announcement_id"] for row in found] == ["bell"]
    assert home.rows("--text", "good") == []
    assert "no such family voice" in home.refused(66, "audit log --voice grandpa")
    home.refused(2, "audit log --since 0001-01-01")
    home.refused(2, "audit log --text \udcff")


def test_a_voice_that_was_withdrawn_shows_by_its_key_alone(home: Audited) -> None:
    keeper = VoiceKeeper(home.open())
    key = keeper.member("grandma").key
    home.ok("voices revoke grandma --yes")
    assert {row["voice"] for row in home.rows()} == {key}
    assert len(home.rows("--voice", key)) == 2


def test_a_sound_log_verifies_and_tells_its_head(home: Audited) -> None:
    done = home.ok("audit verify")
    head = done.stdout.strip()
    assert re.fullmatch(r"\d+:[0-9a-f]{64}", head)
    assert "is what was written" in done.stderr
    say(home.log(), "ab" * 16, "more")
    home.ok(f"audit verify --head {head}")
    assert json.loads(home.ok("audit verify --json").stdout)["findings"] == []
    assert "SEQ:HASH" in home.refused(2, "audit verify --head 7")


def test_a_changed_byte_is_named_with_file_and_line(home: Audited) -> None:
    path = home.audit_folder / "ledger-0001.jsonl"
    path.write_bytes(path.read_bytes().replace(b"speech.ended", b"speech.begun", 1))
    done = home.run("audit verify")
    assert done.exit_code == 1
    assert "ledger-0001.jsonl, line 3: " in done.stdout
    assert "not what was written" in done.stderr
    (row,) = json.loads(home.run("audit verify --json").stdout)["findings"]
    assert (row["file"], row["line"], row["reason"]) == ("ledger-0001.jsonl", 3, "signature")
    assert home.run("vault check").exit_code == 65


def test_an_older_copy_is_told_with_or_without_the_key(home: Audited) -> None:
    shutil.copytree(home.audit_folder, home.folder / "older")
    say(home.log(), "ab" * 16, "more")
    shutil.rmtree(home.audit_folder)
    (home.folder / "older").rename(home.audit_folder)
    done = home.run("audit verify")
    assert done.exit_code == 1
    assert "older than what was last written" in done.stdout
    assert "hub-agent audit accept" in done.stderr
    home.key_file.rename(home.folder / "vault.key")
    assert "older than what was last written" in home.run("audit verify").stdout


def test_an_accepted_rollback_is_told_ever_after_and_the_voice_speaks_again(
    home: Audited,
) -> None:
    shutil.rmtree(home.audit_folder)
    with pytest.raises(LedgerDamagedError, match="older"):
        say(home.log(), "ab" * 16, "more")
    assert "signed line" in home.ok("audit accept").stderr
    say(home.log(), "ab" * 16, "more")
    assert "accepted that older lines up to 5 were lost (line 2)" in home.ok("audit verify").stderr
    assert json.loads(home.ok("audit verify --json").stdout)["accepted"] == [2]
    assert "nothing is missing" in home.ok("audit accept").stderr


def test_nothing_is_accepted_while_the_vault_is_locked(home: Audited) -> None:
    shutil.rmtree(home.audit_folder)
    home.key_file.rename(home.folder / "vault.key")
    home.refused(77, "audit accept")
    assert not list(home.audit_folder.glob("*"))


def test_damage_is_not_accepted_but_put_aside(home: Audited) -> None:
    path = home.audit_folder / "ledger-0001.jsonl"
    path.write_bytes(path.read_bytes().replace(b"speech.ended", b"speech.begun", 1))
    home.refused(65, "audit accept")
    aside = f"mv {home.audit_folder} {home.audit_folder}.old && hub-agent audit accept"
    assert aside in home.run("audit verify").stderr


def test_a_restored_backup_accepts_that_its_audit_log_is_older(home: Audited) -> None:
    (home.folder / "words").write_text("four words of nonsense")
    words = f"--passphrase-file {home.folder / 'words'}"
    backup = home.folder / "home.backup"
    home.ok(f"vault backup {backup} {words}")
    say(home.log(), "ab" * 16, "after the backup")
    for name in ("vault", "ledger", "audit"):
        shutil.rmtree(home.data / name)
    assert "ends with the backup" in home.ok(f"vault restore {backup} {words}").stderr
    say(home.log(), "ab" * 16, "goes on")
    assert json.loads(home.ok("audit verify --json").stdout)["accepted"] == [6]


def test_verifying_needs_neither_key_nor_vault(home: Audited) -> None:
    home.key_file.rename(home.folder / "vault.key")
    assert "cannot confirm" in home.ok("audit verify").stderr
    shutil.rmtree(home.data / "vault")
    assert "cannot confirm" in home.ok("audit verify").stderr


def test_where_nothing_was_said_that_is_told(tmp_path: Path) -> None:
    with command_line(tmp_path) as runner:
        home = Home(tmp_path, runner)
        assert "nothing was ever said" in home.ok("audit verify").stderr
        assert "error: " in home.refused(66, "audit log")
        home.ok("vault init")
        assert "nothing" in home.ok("audit log").stderr


def test_an_export_is_private_and_proves_itself(home: Audited) -> None:
    out = home.folder / "audit.jsonl"
    done = home.ok(f"audit export --out {out}")
    assert done.stdout == ""
    assert out.stat().st_mode & 0o777 == 0o600
    header, *rows = map(json.loads, out.read_text().splitlines())
    assert header["format"] == "hub-agent audit export 1"
    assert header["voices"] == {rows[1]["said"]["voice"]: "grandma"}
    public = bytes.fromhex(header["public_key"])
    before = "0" * 64
    for row in rows:
        line = read_line(row["line"].encode())
        assert line.is_signed_by(public, Book.AUDIT)
        assert line.prev == before
        before = line.event.hash
        if "key" in row:
            opened = open_body(bytes.fromhex(row["key"]), line.event.type, line.event.body)
            assert opened == row["said"]
    assert header["head"] == f"{len(rows)}:{before}"
    assert "file exists" in home.refused(2, f"audit export --out {out}")


def test_the_doctor_looks_at_the_audit_log(home: Audited) -> None:
    checks = json.loads(home.run("doctor --json").stdout)["checks"]
    (audit,) = [check for check in checks if check["check"] == "audit"]
    assert audit["status"] == "ok"
    home.anchor.write_text("{}")
    checks = json.loads(home.run("doctor --json").stdout)["checks"]
    (audit,) = [check for check in checks if check["check"] == "audit"]
    assert (audit["status"], audit["mend"]) == ("fail", "hub-agent audit verify")
