"""What a voice said is kept under its own key, and goes with it."""

import errno
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_agent.engines.engine import Prosody
from hub_agent.text.segment import Boundary, Segment
from hub_agent.voicing.recalling import phrase_of
from tests.fakes.faulty_files import FaultyFiles
from tests.fakes.household import ENGINE, Home, enrol, material, near, renewal, use
from voices.durable import DiskFiles
from voices.errors import ConsentRefusedError, VaultLockedError
from voices.phrase_files import PhraseFiles
from voices.phrases import Phrases
from voices.purpose import Purpose
from voices.vault.crypto import BadSealError, unseal

WORDS, SOUND = b"Dinner is ready.", bytes(range(256)) * 40
PLENTY = 1_000_000


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path)
    yield home
    home.household.lock()


@contextmanager
def phrases_of(home: Home) -> Iterator[Phrases]:
    with home.family().open_phrases(home.member.key, ENGINE, use()) as phrases:
        yield phrases


def folder(home: Home) -> Path:
    return home.root / "data" / "phrases"


def kept(home: Home) -> list[Path]:
    return sorted(path for path in folder(home).rglob("*") if path.is_file())


def keep(home: Home, *words: bytes) -> list[Path]:
    with phrases_of(home) as phrases:
        for each in words or (WORDS,):
            phrases.keep(each, SOUND, max_bytes=PLENTY)
    return kept(home)


def recalled(home: Home, words: bytes = WORDS) -> bytes | None:
    with phrases_of(home) as phrases:
        return phrases.recall(words)


def test_what_was_kept_is_recalled_and_nothing_else(home: Home) -> None:
    keep(home, WORDS, b"Come in!")
    assert recalled(home) == SOUND
    assert recalled(home, WORDS + b" ") is None


def test_its_files_tell_nothing(home: Home) -> None:
    (file,) = keep(home)
    assert home.member.key not in str(file)
    assert len(file.name) == 64
    content = file.read_bytes()
    assert not any(SOUND[at : at + 16] in content for at in range(0, len(SOUND), 16))
    assert file.stat().st_mode & 0o077 == 0
    file.unlink()
    (again,) = keep(home)
    assert again == file
    assert again.read_bytes() != content


def test_whoever_may_not_use_the_voice_gets_no_phrases(home: Home) -> None:
    keep(home)
    voices, toys = home.family(), use(Purpose.TOYS)
    with (
        pytest.raises(ConsentRefusedError) as caught,
        voices.open_phrases(home.member.key, ENGINE, toys),
    ):
        pass
    assert caught.value.reason == "purpose_not_consented"
    voices.lock()
    with pytest.raises(VaultLockedError), voices.open_phrases(home.member.key, ENGINE, use()):
        pass


def test_a_key_is_wiped_when_the_phrases_are_closed(home: Home) -> None:
    with phrases_of(home) as phrases:
        pass
    with pytest.raises(VaultLockedError):
        phrases.recall(WORDS)


@pytest.mark.parametrize("end", ["revoke", "delete"])
def test_with_the_voice_its_phrases_go_and_old_copies_stay_shut(home: Home, end: str) -> None:
    (file,) = keep(home)
    old, copy = file.read_bytes(), home.root / "copy"
    shutil.copytree(folder(home), copy)
    getattr(home.keeper, end)(home.member)
    assert not kept(home)
    shutil.copytree(copy, folder(home), dirs_exist_ok=True)
    again = enrol(home.household, 7, id="again", name="Again")
    assert not kept(home)
    shutil.copytree(copy, folder(home), dirs_exist_ok=True)
    with home.family().open_phrases(again.key, ENGINE, use()) as phrases:
        assert phrases.recall(WORDS) is None
        key = phrases._key.view()
        with pytest.raises(BadSealError):
            unseal(key, old, use="phrase", bound=file.name.encode())
    voices = home.family()
    assert voices.voices()
    shutil.copytree(copy, folder(home), dirs_exist_ok=True)
    voices.tidy_phrases(max_bytes=PLENTY)
    assert not kept(home)


def changed(home: Home, how: str) -> None:
    keeper, member = home.keeper, home.member
    if how == "renew":
        home.member = keeper.renew(member, renewal(home.household, member))
    else:
        like = near(material(1).embedding, 0.9)
        home.member = keeper.update(member, material(2, like=like))


@pytest.mark.parametrize("how", ["update", "renew"])
def test_of_a_voice_that_was_changed_nothing_old_is_heard(home: Home, how: str) -> None:
    (file,) = keep(home)
    content = file.read_bytes()
    changed(home, how)
    assert not kept(home)
    (new,) = keep(home)
    assert new.parent != file.parent
    new.with_name(file.name).write_bytes(content)
    new.write_bytes(content)
    assert recalled(home) is None


def test_rolling_back_removes_what_the_newer_version_said(home: Home) -> None:
    changed(home, "update")
    keep(home)
    home.member = home.keeper.roll_back(home.member)
    assert not kept(home)
    assert recalled(home) is None


def test_what_is_still_being_said_during_a_withdrawal_is_not_kept(home: Home) -> None:
    with phrases_of(home) as phrases:
        home.keeper.revoke(home.member)
        phrases.keep(WORDS, SOUND, max_bytes=PLENTY)
    assert not kept(home)


def test_renaming_changes_nothing(home: Home) -> None:
    keep(home)
    home.keeper.rename(home.member, "Nana")
    assert recalled(home) == SOUND


@pytest.mark.parametrize("damage", ["flipped", "cut", "empty", "another's"])
def test_a_damaged_file_is_not_heard_and_goes(home: Home, damage: str) -> None:
    (file,) = keep(home)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(
        {
            "flipped": bytes(content),
            "cut": file.read_bytes()[:-1],
            "empty": b"",
            "another's": next(p for p in keep(home, b"Other") if p != file).read_bytes(),
        }[damage]
    )
    assert recalled(home) is None
    assert not file.exists()
    keep(home)
    assert recalled(home) == SOUND


def test_sizes_are_told_by_voice(home: Home) -> None:
    other = enrol(home.household, 9, id="bert", name="Bert")
    files = keep(home, b"one", b"two")
    assert home.household.phrases_bytes(home.member) == sum(f.stat().st_size for f in files)
    assert home.household.phrases_bytes(other) == 0


def sizes(files: PhraseFiles) -> int:
    return files.size(["owner"])


def test_the_least_recently_used_go_first_and_the_bound_is_kept(tmp_path: Path) -> None:
    files = PhraseFiles(tmp_path / "phrases", DiskFiles())
    for name in "abcd":
        files.write("owner", name, bytes(100), max_bytes=400)
        os.utime(tmp_path / "phrases" / "owner" / name, ns=(ord(name), ord(name)))
    assert files.read("owner", "a") is not None
    files.write("owner", "e", bytes(150), max_bytes=400)
    assert [name for name in "abcde" if files.read("owner", name) is not None] == ["a", "d", "e"]
    files.write("owner", "f", bytes(401), max_bytes=400)
    assert files.read("owner", "f") is None
    assert sizes(files) == 350
    files.bound(0)
    assert not sizes(files)


@pytest.mark.parametrize("step", range(5))
def test_a_full_disk_keeps_nothing_and_says_nothing(tmp_path: Path, step: int) -> None:
    full = FaultyFiles(step, failure=OSError(errno.ENOSPC, "full"))
    files = PhraseFiles(tmp_path / "phrases", full)
    files.write("owner", "name", b"sound", max_bytes=PLENTY)
    assert files.read("owner", "name") in (None, b"sound")
    files.write("owner", "name", b"sound", max_bytes=PLENTY)
    assert files.read("owner", "name") == b"sound"


def test_several_at_once_disturb_nobody(tmp_path: Path) -> None:
    failures: list[BaseException] = []

    def work() -> None:
        files = PhraseFiles(tmp_path / "phrases", DiskFiles())
        try:
            for number in range(60):
                name = str(number % 7)
                files.write("owner", name, name.encode() * 100, max_bytes=450)
                assert files.read("owner", name) in (None, name.encode() * 100)
                files.keep_only(["owner"] if number % 20 else [])
        except BaseException as failure:  # noqa: BLE001 - told by the main thread
            failures.append(failure)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    files = PhraseFiles(tmp_path / "phrases", DiskFiles())
    files.write("owner", "last", bytes(100), max_bytes=450)
    assert sizes(files) <= 450


TEXTS = st.text(max_size=12)
SEGMENTS = st.builds(
    Segment,
    text=TEXTS,
    index=st.integers(0, 3),
    language=st.sampled_from(["en", "de"]),
    boundary=st.sampled_from(Boundary),
)
PROSODIES = st.builds(
    Prosody, rate=st.sampled_from([0.9, 1.0, 1.1]), pitch=st.sampled_from([1.0, 1.1])
)
ASKED = st.tuples(SEGMENTS, PROSODIES, TEXTS, st.sampled_from([22_050, 32_000]))


@given(one=ASKED, other=ASKED)
def test_phrases_are_one_only_when_all_that_can_be_heard_is(
    one: tuple[Segment, Prosody, str, int], other: tuple[Segment, Prosody, str, int]
) -> None:
    def heard(asked: tuple[Segment, Prosody, str, int]) -> tuple[object, ...]:
        segment, *rest = asked
        return segment.text, segment.language, segment.boundary, *rest

    assert (phrase_of(*one) == phrase_of(*other)) == (heard(one) == heard(other))
