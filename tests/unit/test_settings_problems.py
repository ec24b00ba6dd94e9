"""Everything that is wrong is said at once: where, what, and what would be right."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from pydantic import BaseModel

from hub_agent.errors import ExitCode
from hub_agent.settings.load import load_settings
from hub_agent.settings.problems import InvalidSettingsError, Problem
from tests.fakes.settings_plugins import FakePlugins, RadioSettings, TalkativeSettings

MARKER = "qzxwvmarker"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "hub-agent.yaml"


def error_of(
    file: Path,
    text: str,
    env: Mapping[str, str] | None = None,
    overrides: Mapping[str, object] | None = None,
    models: Mapping[str, type[BaseModel] | None] | None = None,
) -> InvalidSettingsError:
    file.write_text(text, "utf-8")
    with pytest.raises(InvalidSettingsError) as caught:
        load_settings(file, env=env or {}, overrides=overrides or {}, plugins=FakePlugins(models))
    return caught.value


def only(error: InvalidSettingsError) -> Problem:
    assert len(error.problems) == 1, error
    return error.problems[0]


def where(problem: Problem) -> tuple[int | None, int | None, str]:
    return problem.place.line, problem.place.column, problem.key


def test_every_problem_of_every_source_is_reported_at_once(file: Path) -> None:
    error = error_of(
        file,
        "agent_id: A-B\nspeech:\n  rate: 9\n  raet: 1\nlog: {level: inof}\n",
        {"HUB_AGENT__QUEUE__SIZE": "70000"},
        {"queue.remember_ids": "many"},
    )
    assert [str(problem.place).removeprefix(f"{file}:") for problem in error.problems] == [
        "1:11",
        "3:9",
        "4:3",
        "5:14",
        "HUB_AGENT__QUEUE__SIZE",
        "command line",
    ]
    assert error.exit_code == ExitCode.CONFIG
    assert all(str(problem) in str(error) for problem in error.problems)


@pytest.mark.parametrize(
    ("text", "place", "suggestion"),
    [
        ("spech: {}", (1, 1, "spech"), "did you mean speech?"),
        ("Speech: {}", (1, 1, "Speech"), "did you mean speech?"),
        ("raido: {}", (1, 1, "raido"), "did you mean radio?"),
        ("speech:\n  rat: 2", (2, 3, "speech.rat"), "did you mean rate?"),
        ("radio:\n  hots: x", (2, 3, "radio.hots"), "did you mean host?"),
        ("radio: {tls: {enable: on}}", (1, 15, "radio.tls.enable"), "did you mean enabled?"),
        ("log: {zzz: 2}", (1, 7, "log.zzz"), "known keys: level, format"),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest_known_one(
    file: Path, text: str, place: tuple[int, int, str], suggestion: str
) -> None:
    problem = only(error_of(file, text))
    assert where(problem) == place
    assert problem.message == "is not a known key"
    assert problem.suggestion == suggestion


@pytest.mark.parametrize(
    ("text", "place", "message", "suggestion"),
    [
        ("speech: {rate: 9}", (1, 16, "speech.rate"), "is too large", "number from 0.4 to 3"),
        ("queue: {size: -1}", (1, 15, "queue.size"), "is too small", "whole number from 1 to 1000"),
        ("queue: {size: x}", (1, 15, "queue.size"), "is not a whole number", "1 to 1000"),
        ("queue: {size: true}", (1, 15, "queue.size"), "is not a whole number", "1 to 1000"),
        ("queue: {size: 1.5}", (1, 15, "queue.size"), "is not a whole number", "1 to 1000"),
        (
            "watermark: {stock: 7}",
            (1, 20, "watermark.stock"),
            "is not true or false",
            "true or false",
        ),
        ("log: 7", (1, 6, "log"), "is not a section", "a section with keys below it"),
        ("speech: {rate: .nan}", (1, 16, "speech.rate"), "is not a number", "0.4 to 3"),
        ("speech: {rate: .inf}", (1, 16, "speech.rate"), "is not a number", "0.4 to 3"),
        ("speech: {rate: null}", (1, 16, "speech.rate"), "is not a number", "0.4 to 3"),
        ("speech: {voice: [a]}", (1, 17, "speech.voice"), "is not text", "text"),
        ("speech: {voice: ''}", (1, 17, "speech.voice"), "has too little in it", "text"),
        ("log: {level: warn}", (1, 14, "log.level"), "possible words", "did you mean warning?"),
        ("log: {level: zzz}", (1, 14, "log.level"), "possible words", "one of: debug, info"),
        ("queue: {default_interrupt: rezume}", (1, 28, "queue.default_interrupt"), "", "resume?"),
        ("agent_id: A", (1, 11, "agent_id"), "expected form", "lower-case letters"),
        ("rooms: {}", (1, 1, "rooms"), "has too little in it", "at least 1"),
        ("rooms:\n  k:\n    volume: 1", (2, 3, "rooms.k.sinks"), "is missing", "a list"),
        ("rooms:\n  k: {sinks: []}", (2, 14, "rooms.k.sinks"), "has too little", "at least 1"),
        ("rooms: {A b: {sinks: [{type: null}]}}", (1, 9, 'rooms."A b"'), "form", "lower-case"),
        ("rooms: {all: {sinks: [{type: null}]}}", (1, 9, "rooms.all"), "reserved", "every room"),
        ("data_dir: ''", (1, 11, "data_dir"), "is not a path", "a path"),
        ("default_room: hom", (1, 15, "default_room"), "not among the rooms", "mean home?"),
        ("radio: {station: [1]}", (1, 18, "radio.station"), "", ""),
        ("radio: {mode: AM1}", (1, 15, "radio.mode"), "possible words", "did you mean am?"),
        ("radio: {presets: {x: y}}", (1, 22, "radio.presets.x"), "is not a number", "number"),
        ("radio:\n tls: {insecure: on}", (2, 2, "radio.tls"), "`insecure` needs `enabled`", "a"),
        ("radio: 7", (1, 1, "radio"), "is not a section", "a section"),
    ],
)
def test_a_wrong_value_is_located_and_explained(
    file: Path, text: str, place: tuple[int, int, str], message: str, suggestion: str
) -> None:
    problem = only(error_of(file, text))
    assert where(problem) == place
    assert message in problem.message
    assert suggestion in (problem.suggestion or "")


def sink_problem(file: Path, sink: str) -> Problem:
    return only(error_of(file, f"rooms:\n  k:\n    sinks:\n      - {sink}\n"))


@pytest.mark.parametrize(
    ("sink", "place", "message", "suggestion"),
    [
        ("{type: devise}", (4, 16, ".type"), "possible words", "did you mean device?"),
        ("{device: x}", (4, 9, ".type"), "is missing", "one of: device, wav"),
        ("{type: device, device: []}", (4, 32, ".device"), "is not text", "text"),
        ("{type: device, device: d, port: 1}", (4, 35, ".port"), "not a known key", "known keys"),
        ("{type: wav}", (4, 9, ".folder"), "is missing", "path"),
        ("{type: tcp, host: h, port: 0}", (4, 36, ".port"), "too small", "1 to 65535"),
        ("7", (4, 9, ""), "is not a section", "a section"),
    ],
)
def test_problems_of_sinks_are_located_by_the_kind_of_sink(
    file: Path, sink: str, place: tuple[int, int, str], message: str, suggestion: str
) -> None:
    problem = sink_problem(file, sink)
    line, column, key = place
    assert where(problem) == (line, column, f"rooms.k.sinks[0]{key}")
    assert message in problem.message
    assert suggestion in (problem.suggestion or "")


@pytest.mark.parametrize(
    ("hours", "key", "message"),
    [
        ("{start: 22, end: 7:00}", "start", "is not a time of day"),
        ("{start: 25:00, end: 7:00}", "start", "is not a time of day"),
        ("{start: 22:00Z, end: 7:00}", "start", "is not a time of day"),
        ("{start: 7:00, end: 07:00}", "end", "is the same as start"),
        ("{start: 7:00, end: 8:00, days: [monday]}", "days[0]", "possible words"),
        ("{end: 8:00}", "start", "is missing"),
    ],
)
def test_quiet_hours_must_make_sense(file: Path, hours: str, key: str, message: str) -> None:
    text = f"rooms: {{k: {{sinks: [{{type: null}}], quiet_hours: [{hours}]}}}}"
    problem = only(error_of(file, text))
    assert problem.key == f"rooms.k.quiet_hours[0].{key}"
    assert message in problem.message


def test_a_chime_is_one_of_ours_or_a_wav_file(file: Path) -> None:
    text = "rooms: {{k: {{sinks: [{{type: null}}], chime: {}}}}}"
    problem = only(error_of(file, text.format("bel")))
    assert problem.message == "is no chime"
    assert "did you mean bell?" in (problem.suggestion or "")
    file.write_text(text.format("/srv/Gong.WAV"))
    assert load_settings(file, env={}).core.rooms["k"].chime == "/srv/Gong.WAV"


def test_the_default_room_is_checked_although_a_room_is_wrong(file: Path) -> None:
    error = error_of(file, "default_room: kichen\nrooms: {kitchen: {volume: 1}}")
    assert [problem.key for problem in error.problems] == ["default_room", "rooms.kitchen.sinks"]


def test_secret_and_secret_file_from_one_source_are_a_problem(file: Path) -> None:
    problem = only(error_of(file, f"radio:\n  password_file: /x\n  password: {MARKER}\n"))
    assert where(problem) == (3, 3, "radio.password")
    assert problem.message == "is given beside password_file"


def test_an_integration_that_cannot_be_imported_is_a_problem(file: Path) -> None:
    problem = only(error_of(file, "\nradio: {x: 1}", models={"radio": None}))
    assert where(problem) == (2, 1, "radio")
    assert "cannot be loaded" in problem.message


def test_problems_of_the_environment_name_the_variable(file: Path) -> None:
    env = {
        "HUB_AGENT__SPEECH__RATE": "[1",
        "HUB_AGENT__SPEECH__PITCH": "9",
        "HUB_AGENT__SPEECH__": "x",
        "HUB_AGENT__LOG__FORMAT": "a\x00",
        "HUB_AGENT__ROOMS__K__SINKS__0__TYPE": "null",
        "HUB_AGENT__LOG__LEVEL": "info",
        "HUB_AGENT__log__LEVEL": "info",
    }
    error = error_of(file, "{}", env)
    found = {problem.place.source: problem.message for problem in error.problems}
    assert set(found) == set(env) - {"HUB_AGENT__LOG__LEVEL"}
    assert found["HUB_AGENT__ROOMS__K__SINKS__0__TYPE"] == "is not a list"
    assert found["HUB_AGENT__log__LEVEL"] == "the same key as another variable"


@pytest.mark.parametrize("key", ["", ".", "speech.", "a..b", ".".join("x" * 30)])
def test_a_key_on_the_command_line_must_be_a_dotted_path(file: Path, key: str) -> None:
    problem = only(error_of(file, "{}", overrides={key: 1}))
    assert str(problem.place) == "command line"


SECRET_PLACES = (
    "radio: {{password: {{{0}: 1}}}}",
    "radio: {{password: [{0}]}}",
    "radio: {{password: !{0} x}}",
    "radio: {{password: *{0}}}",
    "radio: {{password: &{0}}}",
    "radio: {{host: a, password:{0}}}",
    "radio:\n  password:{0}\n  host: a\n",
    "radio:\n  password: '{0}\n",
    "radio:\n  password: @{0}\n",
    "radio:\n  password: %{0}\n",
    "radio:\n  password: {0}: x\n",
    "radio:\n  password: |{0}\n",
    'radio:\n  password: "\\{0}"\n',
    "radio: {{password: !x!{0} y}}",
    "radio: {0}",
    "queue: {0}",
    "queue: {{size: {0}}}",
    "log: {{level: {0}}}",
    "rooms: {{k: {{sinks: [{{type: {0}}}]}}}}",
    "default_room: {0}",
    "radio: {{tls: {{enabled: {0}}}}}",
    "radio: {{station: [{0}]}}",
    "{0}",
    "- {0}",
    "%TAG ! tag:{0}\n--- !x y",
    "%YAML 9.9 {0}\n--- x",
    "talkative: {{phrase: {0}}}",
)


@pytest.mark.parametrize("template", SECRET_PLACES)
def test_a_problem_never_tells_what_was_written(file: Path, template: str) -> None:
    models: dict[str, type[BaseModel] | None] = {
        "radio": RadioSettings,
        "talkative": TalkativeSettings,
    }
    error = error_of(file, template.format(MARKER), models=models)
    chain: BaseException | None = error
    while chain is not None:
        assert MARKER not in f"{chain} {chain!r}"
        chain = chain.__cause__ or chain.__context__
    assert MARKER not in repr(error.problems)


def test_the_message_stays_readable_when_nearly_everything_is_wrong(file: Path) -> None:
    error = error_of(file, "\n".join(f"wrong{number}: 1" for number in range(500)))
    assert len(error.problems) == 500
    assert len(str(error).splitlines()) == 102
    assert "and 400 more" in str(error)
