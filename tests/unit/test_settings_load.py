"""Sources of settings and which of them wins."""

from collections.abc import Mapping
from datetime import time
from pathlib import Path

import pytest

from hub_agent.errors import SettingsError
from hub_agent.settings.load import load_settings
from hub_agent.settings.models import CoreSettings
from hub_agent.settings.settings import Settings
from hub_agent.settings.sinks import NullSinkSettings
from tests.fakes.settings_plugins import FakePlugins, RadioSettings, TalkativeSettings


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "hub-agent.yaml"


def load(file: Path, text: str, env: Mapping[str, str] | None = None, **over: object) -> Settings:
    file.write_text(text, "utf-8")
    overrides = {key.replace("__", "."): value for key, value in over.items()}
    return load_settings(file, env=env or {}, overrides=overrides, plugins=FakePlugins())


def from_env(env: Mapping[str, str], **over: object) -> Settings:
    overrides = {key.replace("__", "."): value for key, value in over.items()}
    return load_settings(env=env, overrides=overrides, plugins=FakePlugins())


def radio(settings: Settings) -> RadioSettings:
    section = settings.integrations["radio"]
    assert isinstance(section, RadioSettings)
    return section


def test_without_any_source_everything_has_its_default() -> None:
    settings = from_env({})
    assert settings == Settings(core=CoreSettings(), integrations={}, path=None)


def test_environment_wins_over_file_and_command_line_over_both(file: Path) -> None:
    env = {"HUB_AGENT__SPEECH__RATE": "1.5", "HUB_AGENT__SPEECH__PITCH": "1.25"}
    settings = load(file, "speech: {rate: 2, pitch: 2, gain_db: -3}", env, speech__rate=0.5)
    speech = settings.core.speech
    assert (speech.rate, speech.pitch, speech.gain_db) == (0.5, 1.25, -3)


def test_the_result_knows_its_file(file: Path) -> None:
    assert load(file, "queue: {size: 1}").path == file


def test_lists_are_replaced_not_joined(file: Path) -> None:
    env = {"HUB_AGENT__ROOMS__K__SINKS": "[{type: 'null'}]"}
    settings = load(file, "rooms: {k: {volume: 7, sinks: [{type: device}, {type: device}]}}", env)
    room = settings.core.rooms["k"]
    assert room.sinks == (NullSinkSettings(type="null"),)
    assert room.volume == 7


@pytest.mark.parametrize("text", ["no", "on", "off", "yes", "true", "007", "1e3", "22:00", "0x1f"])
def test_a_text_field_takes_any_word_as_it_was_written(file: Path, text: str) -> None:
    assert load(file, f"speech:\n  voice: {text}\n").core.speech.voice == text
    assert from_env({"HUB_AGENT__SPEECH__VOICE": text}).core.speech.voice == text


def test_times_of_day_need_no_quotes(file: Path) -> None:
    text = "rooms: {k: {sinks: [{type: null}], quiet_hours: [{start: 22:00, end: 7:30:15}]}}"
    hours = load(file, text).core.rooms["k"].quiet_hours[0]
    assert (hours.start, hours.end) == (time(22, 0), time(7, 30, 15))


def test_underscores_in_numbers_are_read_as_people_mean_them(file: Path) -> None:
    assert load(file, "queue: {remember_ids: 1_000}").core.queue.remember_ids == 1000


def test_leading_zeros_do_not_make_a_number_octal(file: Path) -> None:
    assert load(file, "queue: {size: 0100}").core.queue.size == 100


def test_null_means_nothing_where_that_is_allowed(file: Path) -> None:
    env = {"HUB_AGENT__SPEECH__VOICE": "null"}
    assert load(file, "speech: {voice: x}", env).core.speech.voice is None


def test_a_section_left_empty_has_its_defaults(file: Path) -> None:
    settings = load(file, "speech:\nrooms:\nradio:\n")
    assert settings.core == CoreSettings()
    assert radio(settings) == RadioSettings()


def test_an_empty_variable_counts_as_not_set(file: Path) -> None:
    env = {"HUB_AGENT__SPEECH__VOICE": "", "HUB_AGENT__QUEUE__SIZE": ""}
    core = load(file, "speech: {voice: x}\nqueue: {size: 7}", env).core
    assert (core.speech.voice, core.queue.size) == ("x", 7)


def test_an_override_of_none_counts_as_not_given(file: Path) -> None:
    assert load(file, "log: {level: debug}", log__level=None).core.log.level == "debug"


def test_overrides_take_python_values_and_written_ones() -> None:
    core = from_env(
        {}, queue__size="5", log={"level": "debug"}, data_dir=Path("/srv"), watermark__stock=False
    ).core
    assert (core.queue.size, core.log.level, core.watermark.stock) == (5, "debug", False)
    assert core.data_dir == Path("/srv")


def test_a_leading_tilde_is_the_home_folder(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    assert load(file, "data_dir: ~/hub").core.data_dir == Path("/home/somebody/hub")


@pytest.mark.parametrize(
    "secret", ["12345", "a: b # c", "*x", "&x", "!x", "@", "{x}", '"quoted"', "null", " x ", "%"]
)
def test_a_secret_in_the_environment_is_taken_exactly_as_it_is(secret: str) -> None:
    settings = from_env({"HUB_AGENT__RADIO__PASSWORD": secret})
    password = radio(settings).password
    assert password is not None
    assert password.get_secret_value() == secret


def test_a_secret_of_digits_needs_no_quotes_in_the_file(file: Path) -> None:
    password = radio(load(file, "radio: {password: 0012}")).password
    assert password is not None
    assert password.get_secret_value() == "0012"


def test_quotes_around_a_text_variable_are_not_part_of_it() -> None:
    assert from_env({"HUB_AGENT__SPEECH__VOICE": '"anna"'}).core.speech.voice == "anna"


def test_a_secret_of_a_later_source_replaces_the_secrets_file(file: Path) -> None:
    env = {"HUB_AGENT__RADIO__PASSWORD": "x"}
    section = radio(load(file, "radio: {password_file: /run/secret}", env))
    assert section.password is not None
    assert section.password_file is None


def test_a_secrets_file_of_a_later_source_replaces_the_secret(file: Path) -> None:
    env = {"HUB_AGENT__RADIO__PASSWORD_FILE": "/run/secret"}
    section = radio(load(file, "radio: {password: x}", env))
    assert section.password is None
    assert section.password_file == Path("/run/secret")


def test_only_integrations_that_have_a_section_are_loaded(file: Path) -> None:
    plugins = FakePlugins({"radio": RadioSettings, "other": TalkativeSettings})
    file.write_text("radio: {enabled: on}")
    settings = load_settings(file, env={}, plugins=plugins)
    assert plugins.loaded == ["radio"]
    assert set(settings.integrations) == {"radio"}
    assert radio(settings).enabled


@pytest.mark.parametrize("source", ["file", "variable", "override"])
def test_an_integrations_section_may_come_from_any_source(file: Path, source: str) -> None:
    settings = load(
        file,
        "radio: {host: there}" if source == "file" else "{}",
        {"HUB_AGENT__RADIO__HOST": "there"} if source == "variable" else {},
        **({"radio__host": "there"} if source == "override" else {}),
    )
    assert radio(settings).host == "there"


def test_the_usual_places_are_tried_in_order(tmp_path: Path) -> None:
    chosen, users = tmp_path / "mine.yaml", tmp_path / "xdg" / "hub-agent" / "hub-agent.yaml"
    users.parent.mkdir(parents=True)
    chosen.write_text("queue: {size: 1}")
    users.write_text("queue: {size: 2}")
    env = {"HUB_AGENT_CONFIG": str(chosen), "XDG_CONFIG_HOME": str(tmp_path / "xdg")}
    assert from_env(env).core.queue.size == 1
    del env["HUB_AGENT_CONFIG"]
    assert from_env(env).core.queue.size == 2
    assert from_env({"XDG_CONFIG_HOME": str(tmp_path)}).path is None


def test_the_home_folder_stands_in_for_an_unset_xdg_variable(tmp_path: Path) -> None:
    usual = tmp_path / ".config" / "hub-agent" / "hub-agent.yaml"
    usual.parent.mkdir(parents=True)
    usual.write_text("queue: {size: 3}")
    assert from_env({"HOME": str(tmp_path)}).path == usual


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    missing = tmp_path / "missing.yaml"
    with pytest.raises(SettingsError, match=r"missing\.yaml: is not there"):
        from_env({"HUB_AGENT_CONFIG": str(missing)})


def test_loading_starts_from_a_file_that_only_has_comments(file: Path) -> None:
    assert load(file, "# nothing yet\n").core == CoreSettings()
