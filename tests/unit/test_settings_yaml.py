"""The YAML reader: plainer and stricter than YAML 1.1, and nothing in it grows."""

import os
from pathlib import Path

import pytest

from hub_agent.settings.load import load_settings
from hub_agent.settings.models import CoreSettings
from hub_agent.settings.positions import Positions
from hub_agent.settings.problems import InvalidSettingsError, Problem
from hub_agent.settings.scalars import resolve
from hub_agent.settings.yaml_file import MAX_FILE_BYTES
from hub_agent.settings.yaml_source import MAX_NODES
from tests.fakes.settings_plugins import FakePlugins


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "hub-agent.yaml"


def problems(file: Path, data: bytes | str) -> list[tuple[int | None, int | None, str, str]]:
    file.write_bytes(data.encode() if isinstance(data, str) else data)
    with pytest.raises(InvalidSettingsError) as caught:
        load_settings(file, env={}, plugins=FakePlugins())
    return [_row(problem) for problem in caught.value.problems]


def _row(problem: Problem) -> tuple[int | None, int | None, str, str]:
    return problem.place.line, problem.place.column, problem.key, problem.message


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("true", True),
        ("False", False),
        ("on", "on"),
        ("NO", "NO"),
        ("y", "y"),
        ("0", 0),
        ("-12", -12),
        ("+7", 7),
        ("0x1F", 31),
        ("0o17", 15),
        ("017", "017"),
        ("1_000", "1_000"),
        ("22:00", "22:00"),
        ("1.5", 1.5),
        ("-.5", -0.5),
        ("2.", 2.0),
        ("1e3", 1000.0),
        (".inf", float("inf")),
        ("-.INF", float("-inf")),
        ("2026-11-21", "2026-11-21"),
        ("1.2.3", "1.2.3"),
        ("٣", "٣"),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_plain_words_mean_what_they_look_like(text: str, value: object) -> None:
    assert resolve(text) == value
    assert type(resolve(text)) is type(value)


def test_a_duplicate_key_is_reported_with_both_places(file: Path) -> None:
    file.write_text("log:\n  level: info\n  format: json\n  level: error\nlog: {}\n")
    with pytest.raises(InvalidSettingsError) as caught:
        load_settings(file, env={})
    inner, outer = caught.value.problems
    assert _row(inner) == (4, 3, "log.level", "is given twice")
    assert inner.suggestion == f"first at {file}:2:3"
    assert _row(outer) == (5, 1, "log", "is given twice")
    assert outer.suggestion == f"first at {file}:1:1"


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("log:\n\tport: 1\n", 2, 1, "a tab where only spaces may indent"),
        ("log:\n  port: 1\n   host: x\n", 3, 8, "a colon where no key can be"),
        ("log:\n  port: 1\n host: x\n", 3, 2, "a line that is indented unlike its neighbours"),
        ("log:\n  port\n  host: x\n", 3, 7, "a colon where no key can be"),
        ("log: [1, 2\n", 1, 11, "a list in [ ] that is never closed, or lacks a comma"),
        ("log: {a: 1\n", 1, 11, "a section in { } that is never closed, or lacks a comma"),
        ("log: 'a\n", 1, 8, "a quotation mark that is never closed"),
        ("log: @x\n", 1, 6, "text that begins with a character YAML keeps for itself"),
        ('log: "\\q"\n', 1, 7, "a backslash in double quotes that means nothing"),
        ("log: }\n", 1, 6, "a bracket or comma without a value before it"),
        ("- a\nb: 1\n", 2, 1, "a key between the items of a list"),
        ("log: |x\n", 1, 7, "something after '|' or '>'"),
        ("%YAML 3.1\n---\n{}\n", 1, 1, "a YAML version that is not 1.1 or 1.2"),
        ("- a\n- b\n", 1, 1, "the file holds no section"),
        ("hello\n", 1, 1, "the file holds no section"),
    ],
)
def test_bad_syntax_is_explained_in_plain_words(
    file: Path, text: str, line: int, column: int, message: str
) -> None:
    assert problems(file, text) == [(line, column, "", message)]


@pytest.mark.parametrize(
    ("text", "line", "column", "key", "message"),
    [
        ("log: {host: !x y}", 1, 13, "log.host", "begins with '!', which is a YAML tag"),
        ("log: !!python/name:os.system {}", 1, 6, "log", "begins with '!', which is a YAML tag"),
        ("log: {host: &x }", 1, 13, "log.host", "begins with '&', which names an anchor"),
        (
            "log: {host: *x }",
            1,
            13,
            "log.host",
            "begins with '*', which repeats an anchor set before",
        ),
        ("log: &x [*x]", 1, 10, "log[0]", "begins with '*', which repeats an anchor set before"),
        ("log: {}\n---\nlog: {}", 2, 1, "", "a second document begins here"),
        ("[a]: 1", 1, 1, "", "has a key that is not a word"),
        ("<<: 3\nlog: {}", 1, 1, "", "merges something without keys"),
    ],
)
def test_what_yaml_can_but_settings_need_not_is_refused(
    file: Path, text: str, line: int, column: int, key: str, message: str
) -> None:
    assert (line, column, key, message) in problems(file, text)


def test_anchors_and_merge_keys_save_typing(file: Path) -> None:
    file.write_text(
        "rooms:\n"
        "  a: &loud\n    volume: 90\n    sinks: &out [{type: null}]\n"
        "  b:\n    <<: *loud\n    volume: 10\n"
        "  c:\n    <<: [{volume: 1}, *loud]\n"
        "  d:\n    sinks: *out\n"
    )
    rooms = load_settings(file, env={}).core.rooms
    assert [rooms[name].volume for name in "abcd"] == [90, 10, 1, 100]
    assert rooms["a"].sinks == rooms["b"].sinks == rooms["c"].sinks == rooms["d"].sinks


def test_two_merge_keys_in_one_section_are_a_duplicate(file: Path) -> None:
    assert problems(file, "a: &a {}\nlog:\n  <<: *a\n  <<: *a\n")[0][:2] == (1, 1)
    assert (4, 3, "log.?", "is given twice") in problems(
        file, "queue: &a {}\nlog:\n  <<: *a\n  <<: *a\n"
    )


def test_an_alias_bomb_is_refused_before_it_grows(file: Path) -> None:
    lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x,x]"]
    lines += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    found = problems(file, "\n".join(lines))
    assert [message for *_, message in found] == ["too many values"]


def test_too_many_values_are_refused(file: Path) -> None:
    found = problems(file, "a: [" + "x," * MAX_NODES + "]")
    assert [message for *_, message in found] == ["too many values"]


@pytest.mark.parametrize("depth", [21, 100_000])
def test_deep_nesting_is_refused(file: Path, depth: int) -> None:
    found = problems(file, "a: " + "[" * depth)
    assert [message for *_, message in found] == ["nesting is too deep"]


def test_aliases_cannot_get_around_the_depth_limit(file: Path) -> None:
    lines = ["a0: &a0 [[[x]]]"]
    lines += [f"a{n}: &a{n} [[[*a{n - 1}]]]" for n in range(1, 8)]
    found = problems(file, "\n".join(lines))
    assert [message for *_, message in found] == ["nesting is too deep"]


@pytest.mark.parametrize(
    ("data", "line", "column", "message"),
    [
        (b"log: {}\nlog: \xff\n", 2, 6, "the file is not UTF-8 here"),
        (b"# \xc3\xa4\xc3\xa4 \xe2\x82", 1, 6, "the file is not UTF-8 here"),
        (b"\xff\xfew\x00", 1, 1, "the file is UTF-16"),
        (b"log: {}\r\nl\x00g: 1\r\n", 2, 2, "the control character U+0000"),
        (b"log: a\x1bb", 1, 7, "the control character U+001B"),
        ("log: a\ufeffb".encode(), 1, 7, "the control character U+FEFF"),
        (b"", None, None, "is empty"),
        (b" \n\n", None, None, "is empty"),
        (b"#" * (MAX_FILE_BYTES + 1), None, None, "is too large"),
    ],
)
def test_bytes_that_are_no_settings_are_refused(
    file: Path, data: bytes, line: int | None, column: int | None, message: str
) -> None:
    assert problems(file, data) == [(line, column, "", message)]


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbfqueue:\r\n  size: 5\r\n")
    assert load_settings(file, env={}).core.queue.size == 5
    assert problems(file, b"\xef\xbb\xbflog:\r\n  prt: 5\r\n")[0][:2] == (2, 3)


def test_columns_count_characters_and_lines_count_as_editors_do(file: Path) -> None:
    assert problems(file, "log: {'ü😀': 1, b: 2}")[1][:2] == (1, 16)
    assert problems(file, "# a\rlog: {x: 1}")[0][:2] == (2, 7)


@pytest.mark.parametrize("character", ["\x85", "\u2028", "\u2029"])
def test_no_character_ends_a_comment_that_editors_show_going_on(file: Path, character: str) -> None:
    found = problems(file, f"# a{character}log: {{port: 1}}")
    assert found == [(1, 4, "", f"the control character U+{ord(character):04X}")]


def test_a_place_past_the_end_becomes_the_end_of_the_last_line() -> None:
    positions = Positions("ab\ncd\n\n", "f", rank=1)
    assert [str(positions.place(at)) for at in (0, 4, 5, 99, -1)] == [
        "f:1:1",
        "f:2:2",
        "f:2:3",
        "f:2:3",
        "f:1:1",
    ]


def test_a_folder_or_a_missing_file_is_named(tmp_path: Path) -> None:
    for path, message in ((tmp_path, "is a folder"), (tmp_path / "x", "is not there")):
        with pytest.raises(InvalidSettingsError) as caught:
            load_settings(path, env={})
        assert str(caught.value.problems[0].place) == str(path)
        assert caught.value.problems[0].message == message


def test_a_path_that_cannot_be_one_is_refused() -> None:
    for path in ("a\0b", "x" * 5000):
        with pytest.raises(InvalidSettingsError):
            load_settings(Path(path), env={})


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_file_that_may_not_be_read_says_so(file: Path) -> None:
    file.write_text("log: {}")
    file.chmod(0)
    child = os.fork()
    if child == 0:
        os._exit(_exit_code_without_rights(file))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def _exit_code_without_rights(file: Path) -> int:
    for parent in file.parents[:3]:
        parent.chmod(0o755)
    os.setuid(65534)
    try:
        load_settings(file, env={})
    except InvalidSettingsError as error:
        return 0 if error.problems[0].message == "may not be read by this user" else 1
    return 2


def test_a_device_or_pipe_without_content_means_defaults() -> None:
    assert load_settings(Path("/dev/null"), env={}).core == CoreSettings()
