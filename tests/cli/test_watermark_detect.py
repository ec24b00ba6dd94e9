"""`watermark detect` tells what this hub said: who, when and where in the file."""

import io
import json
import os
import pty
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from hub_agent.cli.main import app
from hub_agent.labels.label import SYNTHETIC, Label
from hub_agent.labels.stamp import stamp
from tests.cli.in_process import command_line
from tests.cli.running import HUB_AGENT, TIMEOUT_S, command, environment, json_line
from tests.fakes.hub_speech import SpeakingHome, as_film, converted, write_wav
from tests.fakes.speech_material import RATE, Samples, reader

KEYS = {
    "file",
    "detected",
    "p_value",
    "level",
    "decoy_p",
    "origin",
    "payload",
    "voice",
    "announcement",
    "at",
    "purpose",
    "epoch",
    "tempo",
    "pitch",
    "duration_s",
    "spans",
    "labels",
}
QUICK = ("--weeks", "3", "--no-other-speeds")
GREEN_SHARE = 0.01
UP, BAR_BEGUN = "\x1b[1A", "\x1b[?25l"


class Heard:
    """A home that has spoken, and commands run in it."""

    def __init__(self, folder: Path, runner: CliRunner) -> None:
        self.folder = folder
        self.runner = runner
        self.home = SpeakingHome(folder)
        self.plain = reader("sonnet_1_en")
        dinner = self.home.say(self.cut(0, 11), "dinner")
        bedtime = self.home.say(self.cut(11, 19), "bedtime")
        stock = self.home.say_stock(self.cut(19, 30))
        write_wav(folder / "dinner.wav", dinner)
        write_wav(folder / "stock.wav", stock)
        write_wav(folder / "both.wav", np.concatenate((self.cut(30, 34), dinner, bedtime)))
        write_wav(folder / "plain.wav", self.cut(30, 38))
        write_wav(folder / "fast.wav", _faster(dinner, 1.06))
        (folder / "notes.wav").write_text("this is no audio, whatever it is called")

    def cut(self, start_s: int, end_s: int) -> Samples:
        return self.plain[start_s * RATE : end_s * RATE]

    def detect(self, *arguments: str) -> Result:
        done = self.runner.invoke(app, ["watermark", "detect", *arguments])
        assert "Traceback" not in done.stderr
        return done

    def row(self, *arguments: str) -> dict[str, Any]:
        done = self.detect(*arguments, "--json")
        assert done.exit_code == 0, done.stderr
        (line,) = done.stdout.splitlines()
        row = json.loads(line)
        assert isinstance(row, dict)
        return row


def _faster(samples: Samples, factor: float) -> Samples:
    places = np.arange(0, samples.size - 1, factor)
    return np.asarray(np.interp(places, np.arange(samples.size), samples), np.float32)


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Heard]:
    folder = tmp_path_factory.mktemp("home")
    with command_line(folder) as runner:
        yield Heard(folder, runner)


def in_format(heard: Heard, name: str, kind: str) -> str:
    source = heard.folder / f"{name}.wav"
    if kind == "wav":
        return str(source)
    target = heard.folder / f"{name}.{kind}"
    return str(as_film(source, target) if kind == "mp4" else converted(source, target))


@pytest.mark.parametrize("kind", ["wav", "mp3", "ogg", "mp4"])
def test_a_family_voice_is_named_with_its_announcement_in(heard: Heard, kind: str) -> None:
    row = heard.row(in_format(heard, "dinner", kind), *QUICK)

    assert row.keys() == KEYS
    assert row["detected"]
    assert row["p_value"] < 1e-12
    assert (row["origin"], row["voice"], row["announcement"]) == ("family", "grandma", "dinner")
    assert row["purpose"] == "announcements"
    assert len(row["payload"]) == 8
    (span,) = row["spans"]
    assert span["start_s"] == pytest.approx(0, abs=0.5)
    assert span["end_s"] == pytest.approx(11, abs=0.5)
    assert span["confidence"] > 0.8
    assert span["payload"] == row["payload"]


@pytest.mark.parametrize("kind", ["wav", "mp3", "ogg", "mp4"])
def test_a_stock_voice_is_known_with_its_minute_in(heard: Heard, kind: str) -> None:
    row = heard.row(in_format(heard, "stock", kind), *QUICK)

    assert row["detected"]
    assert (row["origin"], row["voice"], row["announcement"]) == ("stock", None, None)
    assert row["payload"].startswith("1f")
    assert row["at"] is not None


def test_two_announcements_in_one_file_are_told_apart(heard: Heard) -> None:
    done = heard.detect("both.wav", *QUICK)

    assert done.exit_code == 0
    (line,) = done.stdout.splitlines()
    assert line.startswith("both.wav: made by this hub: grandma, announcement dinner, 20")
    assert "in 0:04–0:15; grandma, announcement bedtime, 20" in line
    assert "in 0:15–0:23; chance of a false alarm below 1 in 10^" in line


def test_audio_that_was_sped_up_is_recognised_and_by_how_much_is_told(heard: Heard) -> None:
    done = command(heard.folder, "watermark", "detect", "fast.wav", "--weeks", "2", "--json")
    row = json_line(done.stdout)

    assert row["announcement"] == "dinner"
    assert row["tempo"] == pytest.approx(1.06, abs=0.004)
    assert row["pitch"] == pytest.approx(1.06, abs=0.004)


def test_a_file_without_the_mark_says_so_and_that_it_proves_nothing(heard: Heard) -> None:
    done = heard.detect("plain.wav", *QUICK)
    row = heard.row("plain.wav", *QUICK)

    assert done.exit_code == 0
    assert done.stdout == "plain.wav: no mark of this hub found, which proves nothing\n"
    assert row.keys() == KEYS
    assert (row["detected"], row["payload"], row["voice"], row["spans"]) == (False, None, None, [])


def test_what_cannot_be_read_is_told_and_the_others_are_searched(heard: Heard) -> None:
    folder = heard.folder / "batch"
    folder.mkdir()
    for name in ("dinner.wav", "notes.wav", "plain.wav"):
        (folder / name).write_bytes((heard.folder / name).read_bytes())
    (folder / "letter.txt").write_text("not looked at")
    done = heard.detect("batch", "missing.mp3", *QUICK, "--json")

    rows = {row["file"]: row for row in map(json.loads, done.stdout.splitlines())}
    assert done.exit_code == 1
    assert rows.keys() == {
        "batch/dinner.wav",
        "batch/notes.wav",
        "batch/plain.wav",
        "missing.mp3",
    }
    assert rows["batch/dinner.wav"]["detected"]
    assert rows["batch/notes.wav"]["error"] == "not_audio"
    assert rows["missing.mp3"]["error"] == "unreadable"


def test_any_name_on_the_disk_gives_one_line_of_json_and_no_escape_codes(heard: Heard) -> None:
    folder = heard.folder / "names"
    folder.mkdir()
    names = [b"two\nlines.wav", b"\x1b[31mred.wav", b"\xff\xfe.wav"]
    for name in names:
        (folder / os.fsdecode(name)).write_bytes(b"")
    (folder / "a folder.wav").mkdir()
    done = heard.detect("names", *QUICK, "--json")
    rows = [json.loads(line) for line in done.stdout_bytes.decode("ascii").splitlines()]
    assert {os.fsencode(row["file"]) for row in rows} == {b"names/" + name for name in names}
    told = heard.detect("names", *QUICK)
    assert "\x1b" not in told.stdout + told.stderr
    assert len(told.stdout.splitlines()) == len(names)


def test_a_link_is_followed_to_its_file(heard: Heard) -> None:
    (heard.folder / "link.wav").symlink_to("dinner.wav")
    (heard.folder / "loop.wav").symlink_to("loop.wav")
    assert heard.row("link.wav", *QUICK)["announcement"] == "dinner"
    assert heard.detect("loop.wav", *QUICK).exit_code == 1


def test_a_name_the_system_refuses_is_told_like_any_file_that_cannot_be_read(
    heard: Heard,
) -> None:
    refused = "a" * 300 + ".wav"
    done = heard.detect(refused, "dinner.wav", *QUICK, "--json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == 1
    assert [row["file"] for row in rows] == [refused, "dinner.wav"]
    assert heard.detect("dinner.wav", "--plot", "a" * 300 + ".png", *QUICK).exit_code == 2


def test_a_picture_takes_the_place_of_no_recording(heard: Heard) -> None:
    before = (heard.folder / "dinner.wav").read_bytes()
    for plot in ("dinner.wav", "missing/found.png", "."):
        done = heard.detect("dinner.wav", *QUICK, "--plot", plot)
        assert (done.exit_code, done.stdout) == (2, "")
    assert (heard.folder / "dinner.wav").read_bytes() == before


def test_with_a_locked_vault_stock_voices_are_found_and_the_exit_code_tells(heard: Heard) -> None:
    key_file = heard.home.key_file
    away = key_file.rename(key_file.with_suffix(".away"))
    try:
        stock = heard.detect("stock.wav", *QUICK, "--json")
        family = heard.detect("dinner.wav", *QUICK, "--json")
        voice = heard.detect("dinner.wav", *QUICK, "--voice", "grandma")
    finally:
        away.rename(key_file)

    assert (stock.exit_code, family.exit_code, voice.exit_code) == (77, 77, 77)
    assert json.loads(stock.stdout)["detected"]
    assert not json.loads(family.stdout)["detected"]
    assert "the vault is locked: only what stock voices said is looked for" in family.stderr
    assert voice.stdout == ""


def test_looking_for_one_voice_leaves_stock_voices_aside(heard: Heard) -> None:
    assert heard.row("dinner.wav", *QUICK, "--voice", "grandma")["voice"] == "grandma"
    assert not heard.row("stock.wav", *QUICK, "--voice", "grandma")["detected"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--voice", "nobody"), 66),
        (("--weeks", "3", "--since", "2026-01-01"), 2),
        (("--since", "1999-01-01"), 2),
        (("--since", "0001-01-01"), 2),
        (("--level", "0.5"), 2),
    ],
)
def test_mistakes_are_told_before_anything_is_read(
    heard: Heard, arguments: tuple[str, ...], code: int
) -> None:
    done = heard.detect("dinner.wav", *arguments)

    assert done.exit_code == code
    assert done.stdout == ""


def test_the_level_is_stated_and_kept(heard: Heard) -> None:
    strict = heard.row("dinner.wav", *QUICK, "--level", "1e-12")

    assert strict["level"] == 1e-12
    assert strict["detected"]


def test_a_mark_fits_better_than_keys_nobody_has(heard: Heard) -> None:
    compared = *QUICK, "--decoys", "9"

    assert heard.row("dinner.wav", *compared)["decoy_p"] == 0.1
    assert "by rank among keys nobody has 1 in 10" in heard.detect("dinner.wav", *compared).stdout
    assert heard.row("plain.wav", *compared)["decoy_p"] is None


def test_what_a_file_says_of_itself_is_shown(heard: Heard) -> None:
    labelled = heard.folder / "labelled.wav"
    labelled.write_bytes((heard.folder / "plain.wav").read_bytes())
    stamp(labelled, Label(synthetic=SYNTHETIC, producer="somebody"))

    assert heard.row("labelled.wav", *QUICK)["labels"][0]["synthetic"] == "1"
    assert "the file says of itself: synthetic 1" in heard.detect("labelled.wav", *QUICK).stdout


def test_the_picture_shows_marked_parts_in_colour_and_only_those(heard: Heard) -> None:
    heard.detect("both.wav", "plain.wav", *QUICK, "--plot", "found.png")
    picture = np.asarray(Image.open(io.BytesIO((heard.folder / "found.png").read_bytes())))
    middle = len(picture) * 3 // 5
    coloured = np.abs(picture.astype(int).max(2) - picture.astype(int).min(2)) > 40

    assert picture.shape[1] == 1280
    assert coloured[:middle].mean() > GREEN_SHARE
    assert not coloured[middle:].any()


def test_on_a_terminal_no_bar_wipes_a_result_away(heard: Heard) -> None:
    name = "[bold]plain.wav"
    (heard.folder / name).write_bytes((heard.folder / "plain.wav").read_bytes())
    master, terminal = pty.openpty()
    arguments = ["watermark", "detect", name, "missing.wav", "--weeks", "1", "--no-other-speeds"]
    with os.fdopen(master, "rb", buffering=0) as shown:
        done = subprocess.run(
            [*HUB_AGENT, *arguments],
            env=environment(heard.folder, TERM="xterm"),
            cwd=heard.folder,
            stdin=subprocess.DEVNULL,
            stdout=terminal,
            stderr=terminal,
            timeout=TIMEOUT_S,
            check=False,
        )
        os.close(terminal)
        text = shown.read(1 << 20).decode()

    assert done.returncode == 1
    _bars, result = text.split(f"{name}: no mark of this hub found, which proves nothing")
    between, last = result.split("missing.wav: cannot be read")
    for after in (between, last):
        assert after.count(UP) <= after.count(BAR_BEGUN)
