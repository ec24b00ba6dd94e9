"""The settings of a GPT-SoVITS server, and engines that are made with them."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from hub_agent.engines.care import EngineCare
from hub_agent.engines.home import EngineHome
from hub_agent.errors import HubAgentError, SettingsError
from hub_agent.settings.engines import (
    EngineSettings,
    GptSovitsServerSettings,
    ServerVoiceSettings,
)
from hub_agent.settings.load import load_settings
from hub_agent.settings.plain import MASK, show
from tests.fakes.clock import FakeClock
from tests.fakes.engine import FakeEngine, registry_of

VOICE = {"reference": "/voices/grandma.wav"}


def loaded(tmp_path: Path, text: str, env: dict[str, str] | None = None) -> EngineSettings:
    file = tmp_path / "hub-agent.yaml"
    file.write_text(text, "utf-8")
    return load_settings(file, env=env or {}).core.engines


def home(**server: Any) -> EngineHome:
    section = GptSovitsServerSettings.model_validate(server)
    return EngineHome(settings=EngineSettings(gpt_sovits_server=section), data_dir=Path())


@pytest.mark.parametrize("model", [GptSovitsServerSettings, ServerVoiceSettings, EngineSettings])
def test_every_field_has_a_title_and_a_description(model: type[BaseModel]) -> None:
    for name, field in model.model_fields.items():
        assert field.title, name
        assert field.description, name


def test_whoever_sets_an_address_is_told_that_text_and_voice_go_there() -> None:
    told = GptSovitsServerSettings.model_fields["url"].description or ""
    assert "What is said goes there" in told


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("http://192.168.1.20:9880", "http://192.168.1.20:9880"),
        ("https://gpu.home/tts-server/", "https://gpu.home/tts-server"),
        ("http://[fd00::2]:9880/", "http://[fd00::2]:9880"),
    ],
)
def test_addresses_are_hosts_ports_and_paths(url: str, taken: str) -> None:
    assert GptSovitsServerSettings(url=url).url == taken


@pytest.mark.parametrize(
    "url",
    [
        "192.168.1.20:9880",
        "ftp://gpu",
        "http://",
        "http://gpu:port",
        "http://gpu:0",
        "http://gpu:70000",
        "http://[fd00",
        "http://gpu /",
        "http://gpu\r\nX: y",
        "http://user:s3cret@gpu",
        "http://gpu/?token=s3cret",
    ],
)
def test_anything_else_is_refused_without_being_shown(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        loaded(tmp_path, "", {"HUB_AGENT__ENGINES__GPT_SOVITS_SERVER__URL": url})
    assert "s3cret" not in str(caught.value)


def test_weights_are_named_for_every_voice_or_for_none() -> None:
    with pytest.raises(ValidationError, match="some voices only"):
        home(voices={"grandma": {**VOICE, "gpt_weights": "/g.ckpt"}, "mother": VOICE})
    home(voices={"grandma": VOICE, "mother": VOICE})


def test_a_voice_without_a_reference_is_nobodys(tmp_path: Path) -> None:
    text = "engines: {gpt_sovits_server: {voices: {grandma: {text: hello}}}}"
    with pytest.raises(SettingsError, match="reference"):
        loaded(tmp_path, text)


def test_the_token_is_never_shown(tmp_path: Path) -> None:
    file = tmp_path / "hub-agent.yaml"
    file.write_text("engines: {gpt_sovits_server: {token: s3cret}}", "utf-8")
    shown = show(load_settings(file, env={}))
    assert MASK in shown
    assert "s3cret" not in shown


def test_an_engine_is_made_anew_when_its_own_settings_change() -> None:
    fake = FakeEngine()
    engines = registry_of(fake)
    engines.move(home(url="http://one:9880"))
    server, embedded = engines.get("gpt_sovits_server"), engines.get("embedded")
    engines.move(home(url="http://one:9880"))
    assert engines.get("gpt_sovits_server") is server
    engines.move(home(url="http://two:9880"))
    assert engines.get("gpt_sovits_server") is not server
    assert engines.get("embedded") is embedded
    assert engines.get("fake") is fake
    engines.move(home())
    with pytest.raises(HubAgentError, match="set up"):
        engines.get("gpt_sovits_server")


async def test_an_engine_that_is_no_longer_set_up_is_no_trouble_when_idle() -> None:
    fake, clock = FakeEngine(), FakeClock()
    engines = registry_of(fake)
    engines.move(home(url="http://one:9880"))
    engines.get("gpt_sovits_server")
    care = EngineCare(engines, clock)
    for name in ("fake", "gpt_sovits_server"):
        care.used(name)
    engines.move(home())
    clock.advance(100)
    for _ in range(2):
        await care.unload_idle(60)
    assert fake.unloads == 1


def test_a_token_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    engines = registry_of()
    engines.move(home(url="http://one:9880", token_file=tmp_path / "none"))
    with pytest.raises(SettingsError, match="none"):
        engines.get("gpt_sovits_server")
