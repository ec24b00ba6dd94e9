"""Whatever is written, loading gives settings or one `InvalidSettingsError` that tells no value.

`HUB_AGENT_FUZZ_EXAMPLES` sets how many examples each property tries (many: with `--timeout 0`).
"""

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hub_agent.settings.load import load_settings
from hub_agent.settings.models import CoreSettings
from hub_agent.settings.plain import plain, show
from hub_agent.settings.problems import InvalidSettingsError
from hub_agent.settings.scalars import resolve
from hub_agent.settings.settings import Settings
from hub_agent.settings.suggest import nearest
from hub_agent.settings.yaml_text import to_flow, to_yaml
from tests.fakes.settings_plugins import FakePlugins, RadioSettings, TalkativeSettings

EXAMPLES = int(os.environ.get("HUB_AGENT_FUZZ_EXAMPLES", "150"))
MARKER = "qzxwv$marker"
"""A value that cannot pass for a key: names of keys are shown, values never."""

fuzz = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

KNOWN = [
    *("agent_id", "rooms", "speech", "queue", "web", "log", "radio", "talkative", "phrase"),
    *("voice", "rate", "port", "enabled", "host", "sinks", "type", "volume", "chime", "level"),
    *("quiet_hours", "start", "end", "days", "allow", "password", "password_file", "presets"),
    *("default_room", "data_dir", "ducking", "station", "mode", "tls", "device", "folder", "<<"),
]
TOKENS = [
    *(f"{name}: " for name in KNOWN),
    *("- ", "\n", "\n  ", "\n    ", "\n      ", "\t", ": ", ":", ", ", "[", "]", "{", "}", "? "),
    *("&a ", "*a", "&b ", "*b", "!x ", "!!str ", "!!int ", "|\n", ">-\n", "#", "'", '"', "\\x41"),
    *("---\n", "...\n", "%YAML 1.1\n", "%TAG ! x\n", "<<: *a", "@", "`", "\r", "\ufeff", "\0"),
    *("null", "~", "true", "on", "1", "-1", "1_0", "22:00", ".nan", "1e999", "0x1", MARKER),
    *("device", "wav", "kitchen", "home", "all", "critical", "mon", "embedded", "\x85", "\u2028"),
]

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from([MARKER, f"{MARKER} x", "device", "null", "22:00", "home", "1_0", "true"]),
)
names = st.one_of(st.sampled_from(KNOWN), st.text(max_size=6))
trees = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(names, inner, max_size=5)),
    max_leaves=24,
)
yaml_texts = st.one_of(
    st.lists(st.sampled_from(TOKENS), max_size=30).map("".join),
    trees.map(to_yaml),
    trees.map(to_flow),
    st.text(max_size=60),
)
yaml_bytes = st.one_of(
    st.binary(max_size=80),
    yaml_texts.map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.tuples(yaml_texts, st.binary(max_size=3), st.integers(0, 60)).map(
        lambda parts: (
            parts[0][: parts[2]].encode("utf-8", "surrogatepass")
            + parts[1]
            + parts[0][parts[2] :].encode("utf-8", "surrogatepass")
        )
    ),
)


def outcome(load: Callable[[], Settings]) -> InvalidSettingsError | None:
    """None for settings; anything but `InvalidSettingsError` escapes and fails the test."""
    try:
        result = load()
    except InvalidSettingsError as error:
        check_error(error)
        return error
    assert isinstance(result.core, CoreSettings)
    return None


def check_error(error: InvalidSettingsError) -> None:
    assert error.problems
    assert error.hint
    chain: BaseException | None = error
    while chain is not None:
        assert MARKER not in f"{chain}{chain!r}"
        chain = chain.__cause__ or chain.__context__
    for problem in error.problems:
        assert MARKER not in repr(problem)
        assert str(problem).isprintable(), repr(problem)


def check_places(error: InvalidSettingsError | None, data: bytes) -> None:
    """Every line exists, and every column is in its line or just behind it."""
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    lines = re.split(r"\r\n|\r|\n", text)
    for problem in error.problems if error else ():
        line, column = problem.place.line, problem.place.column
        if line is not None and column is not None:
            assert 1 <= line <= len(lines)
            assert 1 <= column <= len(lines[line - 1]) + 1


def plugins() -> FakePlugins:
    return FakePlugins({"radio": RadioSettings, "talkative": TalkativeSettings, "broken": None})


def load_bytes(data: bytes, env: Mapping[str, str], overrides: Mapping[str, object]) -> Settings:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "hub-agent.yaml"
        file.write_bytes(data)
        return load_settings(file, env=env, overrides=overrides, plugins=plugins())


def fuzz_file(data: bytes) -> None:
    """Any bytes as the settings file."""
    check_places(outcome(lambda: load_bytes(data, {}, {})), data)


@fuzz
@given(yaml_bytes)
@example(b"radio: {host: a, password:qzxwv$marker}")
@example(b"? - a\n: b")
@example(b"radio: 1\nradio: 2\n")
@example(b"rooms: {? x : {sinks: [{type: device, device: {device: 3}}]}}")
def test_any_bytes_are_settings_or_a_settings_error(data: bytes) -> None:
    fuzz_file(data)


paths = st.lists(st.sampled_from([*KNOWN, "", "0", "k"]), min_size=0, max_size=5)
variable_names = paths.map(lambda parts: "HUB_AGENT__" + "__".join(parts).upper())
variable_texts = st.one_of(yaml_texts, st.text(st.characters(exclude_categories=[]), max_size=10))


@fuzz
@given(st.dictionaries(st.one_of(variable_names, st.text(max_size=8)), variable_texts, max_size=4))
def test_any_environment_gives_settings_or_a_settings_error(env: dict[str, str]) -> None:
    named = {name: text for name, text in env.items() if name != "HUB_AGENT_CONFIG"}
    outcome(lambda: load_settings(env=named, plugins=plugins()))


keys = st.one_of(paths.map(".".join), st.text(max_size=8))


@fuzz
@given(st.dictionaries(keys, st.one_of(trees, yaml_texts), max_size=4))
def test_any_overrides_give_settings_or_a_settings_error(overrides: dict[str, Any]) -> None:
    outcome(lambda: load_settings(env={}, overrides=overrides, plugins=plugins()))


@fuzz
@given(yaml_bytes, st.dictionaries(variable_names, yaml_texts, max_size=2))
def test_file_and_environment_together_never_fail_otherwise(
    data: bytes, env: dict[str, str]
) -> None:
    check_places(outcome(lambda: load_bytes(data, env, {"log.level": "debug"})), data)


words = st.text(min_size=1, max_size=20).filter(str.strip)
times = st.times().map(lambda time: time.replace(microsecond=0).isoformat())
rooms = st.dictionaries(
    st.from_regex(r"[a-z0-9][a-z0-9_-]{0,10}", fullmatch=True).filter(lambda name: name != "all"),
    st.fixed_dictionaries(
        {"sinks": st.just([{"type": "null"}])},
        optional={
            "volume": st.integers(0, 100),
            "chime": st.sampled_from(["soft", "bell", "a: b.wav", None]),
            "quiet_hours": st.lists(
                st.fixed_dictionaries({"start": times, "end": times}).filter(
                    lambda span: span["start"] != span["end"]
                ),
                max_size=2,
            ),
        },
    ),
    min_size=1,
    max_size=3,
)
valid = st.fixed_dictionaries(
    {},
    optional={
        "rooms": rooms,
        "speech": st.fixed_dictionaries(
            {}, optional={"voice": words, "rate": st.floats(0.4, 3), "gain_db": st.floats(-40, 20)}
        ),
        "queue": st.fixed_dictionaries({}, optional={"remember_ids": st.integers(1, 1_000_000)}),
        "radio": st.fixed_dictionaries(
            {},
            optional={
                "host": words,
                "password": words,
                "station": st.one_of(st.integers(), words),
                "presets": st.dictionaries(words, st.floats(allow_nan=False, allow_infinity=False)),
            },
        ),
    },
)


@fuzz
@given(valid)
def test_what_is_shown_loads_as_the_same_settings(tree: dict[str, Any]) -> None:
    first = load_settings(env={}, overrides=tree, plugins=plugins())
    again = load_bytes(show(first, with_secrets=True).encode(), {}, {})
    assert (again.core, again.integrations) == (first.core, first.integrations)


@fuzz
@given(valid)
def test_a_flow_variable_means_the_same_as_the_file(tree: dict[str, Any]) -> None:
    env = {f"HUB_AGENT__{name.upper()}": to_flow(section) for name, section in tree.items()}
    from_env = load_settings(env=env, plugins=plugins())
    from_file = load_bytes(to_yaml(tree).encode(), {}, {})
    assert from_env.core == from_file.core
    assert from_env.integrations == from_file.integrations


@fuzz
@given(st.text(max_size=20))
def test_text_is_written_so_that_it_is_read_as_the_same_text(text: str) -> None:
    printable = "".join(character for character in text if character.isprintable())
    env = {"HUB_AGENT__RADIO": to_flow({"presets": {}, "station": f"x{printable}"})}
    section = load_settings(env=env, plugins=plugins()).integrations["radio"]
    assert plain(section)["station"] == f"x{printable}"


@fuzz
@given(st.text(max_size=50))
def test_every_word_resolves_to_something_plain(text: str) -> None:
    assert isinstance(resolve(text), str | int | float | bool | None)


@fuzz
@given(st.text(max_size=80), st.lists(st.text(max_size=10), max_size=5))
def test_a_suggestion_is_always_a_known_word(word: str, known: list[str]) -> None:
    assert nearest(word, known) in (None, *known)
