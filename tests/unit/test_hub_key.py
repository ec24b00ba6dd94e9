from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hub_agent.clock import SystemClock
from hub_agent.settings.trust import WatermarkSettings
from hub_agent.voicing.marking import Marking
from voices.watermark.hub_key import HubKeyError, hub_key


def test_the_key_is_made_once_and_is_for_the_user_alone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "mark.key"
    key = hub_key(path)
    assert len(key) == 32
    assert hub_key(path) == key
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["mark.key"]


def test_two_homes_have_two_keys(tmp_path: Path) -> None:
    assert hub_key(tmp_path / "one") != hub_key(tmp_path / "other")


def test_all_who_ask_at_once_get_the_same_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        keys = set(pool.map(lambda _: hub_key(tmp_path / "mark.key"), range(64)))
    assert len(keys) == 1


@pytest.mark.parametrize("content", [b"", b"short", bytes(33)])
def test_a_damaged_key_is_never_used(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "mark.key"
    path.write_bytes(content)
    with pytest.raises(HubKeyError, match=r"mark\.key"):
        hub_key(path)
    assert path.read_bytes() == content


def test_a_folder_in_the_place_of_the_key_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(HubKeyError):
        hub_key(tmp_path)


def test_where_no_key_can_be_kept_stock_voices_speak_unmarked() -> None:
    marking = Marking(Path("/proc/nobody/mark.key"), WatermarkSettings(), SystemClock())

    assert marking.stock_marker(22_050) is None


def test_a_damaged_key_silences_stock_voices(tmp_path: Path) -> None:
    path = tmp_path / "mark.key"
    path.write_bytes(b"short")

    with pytest.raises(HubKeyError):
        Marking(path, WatermarkSettings(), SystemClock()).stock_marker(22_050)
