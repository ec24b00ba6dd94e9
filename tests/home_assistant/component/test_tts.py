import asyncio
import io
import wave
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from homeassistant.components.tts import DATA_COMPONENT, TextToSpeechEntity
from homeassistant.components.tts.entity import TTSAudioRequest
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from tests.home_assistant.component.scripted_hub import (
    PCM,
    SECRET_TEXT,
    STOCK,
    WAV_HEADER,
    ScriptedHub,
)
from tests.home_assistant.component.waiting import until

ENGINE = "tts.hub_agent_speech"

pytestmark = pytest.mark.usefixtures("loaded")


@pytest.fixture
def engine(hass: HomeAssistant, loaded: object) -> TextToSpeechEntity:
    found = hass.data[DATA_COMPONENT].get_entity(ENGINE)
    assert found is not None
    return found


def request(pieces: AsyncGenerator[str], **options: Any) -> TTSAudioRequest:
    return TTSAudioRequest(language="en", options=options, message_gen=pieces)


async def told(*pieces: str) -> AsyncGenerator[str]:
    for piece in pieces:
        yield piece


async def test_speech_begins_while_the_text_still_comes(
    engine: TextToSpeechEntity, hub: ScriptedHub
) -> None:
    heard_first = asyncio.Event()

    async def growing() -> AsyncGenerator[str]:
        yield "Good morning. "
        yield ""
        await heard_first.wait()
        yield "It is cold."

    response = await engine.async_stream_tts_audio(request(growing(), preferred_format="wav"))
    assert response.extension == "wav"
    heard = b""
    async for chunk in response.data_gen:
        heard += chunk
        if len(heard) == len(WAV_HEADER) + len(PCM):
            heard_first.set()
    assert heard == WAV_HEADER + 2 * PCM
    assert hub.pieces == ["Good morning. ", "It is cold."]
    assert hub.asked("speech") == [
        ({"purpose": "assistant", "language": "en", "format": "wav"}, None)
    ]


async def test_options_go_to_the_hub(engine: TextToSpeechEntity, hub: ScriptedHub) -> None:
    options = {"voice": "4f1c", "purpose": "stories", "stock_fallback": True, "engine": None}
    response = await engine.async_stream_tts_audio(request(told("Once."), **options))
    assert [chunk async for chunk in response.data_gen]
    ((query, _),) = hub.asked("speech")
    assert query == {
        "voice": "4f1c",
        "purpose": "stories",
        "stock_fallback": "true",
        "language": "en",
        "format": "mp3",
    }


@pytest.mark.parametrize(
    ("preferred", "asked"),
    [
        ({}, {"format": "mp3"}),
        ({"format": "mp3"}, {"format": "mp3"}),
        ({"format": "flac"}, {"format": "flac"}),
        ({"format": "wav", "sample_rate": "16000"}, {"format": "wav", "sample_rate": "16000"}),
        (
            {"format": "flac", "sample_rate": 48000, "sample_channels": 1, "sample_bytes": 2},
            {"format": "flac", "sample_rate": "48000"},
        ),
        ({"format": "wav", "sample_channels": 2}, {"format": "flac"}),
        ({"format": "wav", "sample_bytes": 4}, {"format": "flac"}),
        ({"format": "flac", "sample_rate": 96000}, {"format": "wav"}),
        ({"format": "flac", "bitrate": 128}, {"format": "flac"}),
        ({"format": "wav", "sample_rate": 40_000}, {"format": "wav", "sample_rate": "40000"}),
        ({"format": "wav", "sample_rate": "high"}, {"format": "flac"}),
        ({"format": "mp3", "bitrate": "128k"}, {"format": "wav"}),
        ({"format": "mp3", "sample_rate": 44100}, {"format": "wav"}),
        ({"format": "mp3", "bitrate": 128}, {"format": "wav"}),
        ({"format": "ogg"}, {"format": "wav"}),
    ],
)
async def test_nothing_is_converted_that_the_hub_can_say_itself(
    engine: TextToSpeechEntity,
    hub: ScriptedHub,
    preferred: dict[str, object],
    asked: dict[str, str],
) -> None:
    options = {f"preferred_{key}": value for key, value in preferred.items()}
    response = await engine.async_stream_tts_audio(request(told("Once."), **options))
    assert [chunk async for chunk in response.data_gen]
    assert response.extension == asked["format"]
    ((query, _),) = hub.asked("speech")
    assert query == {"purpose": "assistant", "language": "en", **asked}


async def test_speech_as_a_whole_is_a_file_with_true_sizes(engine: TextToSpeechEntity) -> None:
    wanted = {"preferred_format": "wav"}
    extension, audio = await engine.async_get_tts_audio("Hello.", "en", wanted)
    assert extension == "wav"
    assert audio is not None
    with wave.open(io.BytesIO(audio)) as file:
        assert file.getnframes() == len(PCM) // 2
        assert file.readframes(len(PCM)) == PCM


async def test_a_refusal_is_said_without_the_text(
    engine: TextToSpeechEntity, hub: ScriptedHub, caplog: pytest.LogCaptureFixture
) -> None:
    hub.refusals["speech"] = (403, "no_consent")
    response = await engine.async_stream_tts_audio(request(told(SECRET_TEXT)))
    with pytest.raises(ServiceValidationError) as refused:
        await anext(response.data_gen)
    assert refused.value.translation_placeholders is not None
    assert refused.value.translation_placeholders["reason"] == "no_consent"
    assert SECRET_TEXT not in str(refused.value)
    assert SECRET_TEXT not in caplog.text


async def test_speech_that_breaks_off_is_an_error(
    engine: TextToSpeechEntity, hub: ScriptedHub
) -> None:
    hub.cut_speech = True
    response = await engine.async_stream_tts_audio(request(told("Hello.")))
    with pytest.raises(HomeAssistantError):
        [chunk async for chunk in response.data_gen]


async def test_voices_of_a_language_are_listed_the_family_first(
    engine: TextToSpeechEntity,
) -> None:
    assert engine.supported_languages == ["de", "en", "en-gb", "en-us"]
    assert engine.default_language == "en-us"
    voices = engine.async_get_supported_voices("en") or []
    assert [(voice.voice_id, voice.name) for voice in voices] == [
        ("4f1c", "Grandma Rosalind"),
        ("en", "English"),
    ]
    german = engine.async_get_supported_voices("de") or []
    assert [voice.voice_id for voice in german] == ["de"]


async def test_voices_that_come_and_go_are_followed(
    hass: HomeAssistant, engine: TextToSpeechEntity, hub: ScriptedHub
) -> None:
    hub.voices = [{**STOCK, "id": "fr", "languages": ["fr-be"]}]
    hub.change(family_voices=0, rooms=[])
    await until(lambda: engine.supported_languages == ["fr-be"])
    assert engine.default_language == "fr-be"
    hub.voices = []
    hub.change(engine="none")
    await until(lambda: engine.supported_languages == ["en"])
    assert engine.async_get_supported_voices("en") == []


async def test_a_person_who_is_the_usual_voice_is_in_what_tells_cached_speech_apart(
    engine: TextToSpeechEntity, hub: ScriptedHub
) -> None:
    assert engine.default_options == {}
    hub.change(voice={"id": "4f1c", "name": "Grandma Rosalind"})
    await until(lambda: engine.default_options == {"voice": "4f1c"})
    hub.change(voice={"id": "en", "name": "English"})
    await until(lambda: engine.default_options == {})


async def test_the_engine_has_a_name_without_which_it_could_not_speak(
    engine: TextToSpeechEntity,
) -> None:
    assert engine.name == "Speech"
