"""The token of the network, and who gets it by asking."""

import stat
from pathlib import Path

import pytest

from hub_agent.access import PAIRING_S, Access
from hub_agent.errors import RefusedError
from tests.fakes.clock import FakeClock


def access_in(folder: Path, clock: FakeClock | None = None) -> Access:
    return Access(folder / "web.token", folder / "web.paired", clock or FakeClock())


def test_token_is_made_once_and_is_nobody_elses_to_read(tmp_path: Path) -> None:
    token = access_in(tmp_path).load()
    assert access_in(tmp_path).load() == token
    assert len(token) == 43
    assert stat.S_IMODE((tmp_path / "web.token").stat().st_mode) == 0o600


def test_only_the_token_is_admitted(tmp_path: Path) -> None:
    access = access_in(tmp_path)
    assert not access.admits("")
    token = access.load()
    assert access.admits(token)
    for wrong in ("", token[:-1], token + "x", token.swapcase(), "ä", "\udcff"):
        assert not access.admits(wrong)


def test_renewed_token_replaces_the_old_one(tmp_path: Path) -> None:
    access = access_in(tmp_path)
    old = access.load()
    new = access.renew()
    assert (access.admits(old), access.admits(new)) == (False, True)
    assert access_in(tmp_path).load() == new


@pytest.mark.parametrize(
    "kept", [b"", b"short", b"\xff" * 40, b"has blanks in it, and is long enough"]
)
def test_token_that_is_none_is_replaced(tmp_path: Path, kept: bytes) -> None:
    (tmp_path / "web.token").write_bytes(kept)
    assert len(access_in(tmp_path).load()) == 43


def test_token_is_given_to_the_first_that_asks_and_to_nobody_after(tmp_path: Path) -> None:
    access = access_in(tmp_path)
    token = access.load()
    access.open_pairing()
    assert access.pair() == token
    with pytest.raises(RefusedError) as caught:
        access.pair()
    assert caught.value.reason == "pairing_closed"
    assert "hub-agent pair" in (caught.value.hint or "")


def test_pairing_ends_by_itself(tmp_path: Path) -> None:
    clock = FakeClock()
    access = access_in(tmp_path, clock)
    seen = [access.pairing]
    access.open_pairing()
    for seconds in (PAIRING_S - 1, 2):
        clock.advance(seconds)
        seen.append(access.pairing)
    assert seen == [False, True, False]


def test_who_opens_it_for_longer_wins(tmp_path: Path) -> None:
    clock = FakeClock()
    access = access_in(tmp_path, clock)
    access.open_pairing(900)
    access.open_pairing(300)
    clock.advance(800)
    assert access.pairing


def test_that_there_was_a_pairing_is_remembered(tmp_path: Path) -> None:
    assert not access_in(tmp_path).was_paired()
    access_in(tmp_path).note_pairing()
    assert access_in(tmp_path).was_paired()
