"""The user's own settings for package indexes, as pip and uv read them."""

import os
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hub_agent.downloads.address import Address, address_of
from hub_agent.downloads.index_settings import PYPI, IndexSettings, read_index_settings
from hub_agent.errors import SettingsError

SECRET = "hunter2"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".config/pip").mkdir(parents=True)
    return tmp_path


def read(home: Path, **env: str) -> IndexSettings:
    """As a user of this home, on a machine with nothing else configured."""
    own = {"HOME": str(home), "XDG_CONFIG_DIRS": str(home / "machine"), **env}
    return read_index_settings(own, prefix=home / "venv", root=home)


def write(file: Path, *lines: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(lines) + "\n")
    return file


def own_file(home: Path, *lines: str) -> Path:
    return write(home / "own.conf", "[global]", *lines)


def indexes(settings: IndexSettings) -> list[str]:
    return [address.url for address in settings.indexes]


def test_without_settings_it_is_pypi(home: Path) -> None:
    settings = read(home, PIP_CONFIG_FILE=os.devnull)
    assert indexes(settings) == [PYPI]
    assert settings.links == ()


def test_environment_wins_over_files(home: Path) -> None:
    own = str(own_file(home, "index-url = https://file.example/simple"))
    assert indexes(read(home, PIP_CONFIG_FILE=own)) == ["https://file.example/simple"]
    env = {"PIP_CONFIG_FILE": own, "PIP_INDEX_URL": "https://env.example/simple"}
    assert indexes(read(home, **env)) == ["https://env.example/simple"]


def test_files_win_in_the_order_of_pip(home: Path) -> None:
    places = [
        "machine/pip/pip.conf",
        "etc/pip.conf",
        ".pip/pip.conf",
        ".config/pip/pip.conf",
        "venv/pip.conf",
    ]
    for number, place in enumerate(places):
        address = f"https://{number}.example/simple"
        write(home / place, "[global]", f"index_url = {address}")
        assert indexes(read(home)) == [address]


def test_section_of_downloads_wins(home: Path) -> None:
    own = write(
        home / "own.conf",
        "[download]",
        "index-url = https://b.example/",
        "[global]",
        "index-url = https://a.example/",
    )
    assert indexes(read(home, PIP_CONFIG_FILE=str(own))) == ["https://b.example/"]


def test_further_indexes_come_after_the_first(home: Path) -> None:
    own = own_file(home, "extra-index-url =", "    https://a.example/simple", "    file:///opt/b")
    settings = read(home, PIP_CONFIG_FILE=str(own))
    assert indexes(settings) == [PYPI, "https://a.example/simple", "file:///opt/b"]


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({"UV_DEFAULT_INDEX": "https://a.example/"}, ["https://a.example/"]),
        ({"UV_DEFAULT_INDEX": "mine=https://a.example/"}, ["https://a.example/"]),
        ({"UV_INDEX_URL": "https://a.example/"}, ["https://a.example/"]),
        (
            {"UV_INDEX": "b=https://b.example/ https://c.example/?a=1"},
            [
                PYPI,
                "https://b.example/",
                "https://c.example/?a=1",
            ],
        ),
        ({"UV_EXTRA_INDEX_URL": "https://b.example/"}, [PYPI, "https://b.example/"]),
    ],
)
def test_settings_of_uv_count(home: Path, env: dict[str, str], expected: list[str]) -> None:
    assert indexes(read(home, PIP_CONFIG_FILE=os.devnull, **env)) == expected


def test_without_index_only_links_are_left(home: Path) -> None:
    settings = read(home, PIP_NO_INDEX="1", PIP_FIND_LINKS=f"{home} https://a.example/files")
    assert settings.indexes == ()
    assert [link.is_web for link in settings.links] == [False, True]
    assert settings.links[0].path == home


@pytest.mark.parametrize("variable", ["PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_own_certificates_are_used(home: Path, variable: str) -> None:
    settings = read(home, **{variable: "/etc/own.pem"})
    assert settings.authorities == Path("/etc/own.pem")


def test_broken_file_is_named_but_not_quoted(home: Path) -> None:
    own = write(home / "own.conf", f"index-url https://me:{SECRET}@a.example/")
    with pytest.raises(SettingsError) as broken:
        read(home, PIP_CONFIG_FILE=str(own))
    assert "own.conf" in str(broken.value)
    assert SECRET not in str(broken.value)
    assert broken.value.__suppress_context__


@pytest.mark.parametrize("text", ["ftp://a.example/", "https://a.example:port/", "https://[::1"])
def test_address_of_another_kind_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(SettingsError) as refused:
        address_of(text.replace("//", f"//me:{SECRET}@"))
    assert SECRET not in str(refused.value)


def test_credentials_are_kept_apart_and_never_shown(home: Path) -> None:
    url = f"https://me:{SECRET}%21@a.example:8443/{SECRET}/simple"
    settings = read(home, PIP_INDEX_URL=url, PIP_PROXY=f"http://me:{SECRET}@proxy.example")
    (index,) = settings.indexes
    assert index.login is not None
    assert (index.login.user, index.login.password) == ("me", f"{SECRET}!")
    assert "me:" not in index.url
    assert SECRET not in repr(settings)
    assert index.host == "a.example"


def test_credentials_go_along_to_the_same_origin_only() -> None:
    page = address_of("https://me:pw@a.example/simple/project/")
    assert page.joined("../../files/x.whl").login == page.login
    assert page.joined("https://a.example:443/x.whl").login == page.login
    assert page.joined("https://b.example/x.whl").login is None
    assert page.joined("http://a.example/x.whl").login is None
    own = page.joined("https://you:pw2@b.example/x.whl").login
    assert own is not None
    assert own.user == "you"


def test_page_of_a_project_is_below_its_index() -> None:
    for text in ("https://a.example/simple", "https://a.example/simple/"):
        assert address_of(text).below("it").url == "https://a.example/simple/it/"


@example("~0")
@given(st.text(max_size=60))
def test_any_text_is_an_address_or_an_error_of_ours(text: str) -> None:
    try:
        address = address_of(text)
    except SettingsError:
        return
    assert isinstance(address, Address)
    assert address.host
