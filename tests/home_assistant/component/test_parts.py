"""Parts that need no Home Assistant that runs."""

from collections.abc import AsyncGenerator

from custom_components.hub_agent.event_stream import parsed_events
from custom_components.hub_agent.models import HubEvent, Voice
from custom_components.hub_agent.voice_names import family_first, unique_names
from custom_components.hub_agent.wav import with_true_sizes

from tests.home_assistant.component.scripted_hub import GRANDMA, WAV_HEADER


async def lines(*given: bytes) -> AsyncGenerator[bytes]:
    for line in given:
        yield line


async def test_events_are_read_as_the_standard_says() -> None:
    stream = lines(
        *(b": comment\n", b"\n", b"event: state\r\n", b'data: {"a":\r\n', b"data:1}\n", b"\n"),
        *(b"id: 7\n", b'data: {"b": 2}\n', b"\n", b"event: never ended\n"),
    )
    assert [event async for event in parsed_events(stream)] == [
        HubEvent(type="state", data={"a": 1}),
        HubEvent(type="message", data={"b": 2}),
    ]


def test_sizes_are_mended_after_chunks_of_odd_length() -> None:
    extra = b"LIST\x03\0\0\0abc\0"
    file = WAV_HEADER[:-8] + extra + WAV_HEADER[-8:] + b"\1\2\3\4"
    mended = with_true_sizes(file)
    assert mended[4:8] == (len(file) - 8).to_bytes(4, "little")
    assert mended.endswith(extra + b"data\x04\0\0\0\1\2\3\4")
    assert len(mended) == len(file)


def test_what_is_no_wav_stays_as_it_is() -> None:
    for other in (b"", b"RIFF", b"OggS" + bytes(40), b"fLaC" + bytes(8) + b"data" + bytes(9)):
        assert with_true_sizes(other) == other


def test_voices_of_one_name_are_told_apart() -> None:
    twins = [Voice.from_json(GRANDMA), Voice.from_json({**GRANDMA, "id": "0000"})]
    assert unique_names(family_first(twins)) == {
        "0000": "Grandma Rosalind",
        "4f1c": "Grandma Rosalind (4f1c)",
    }


def test_names_are_not_in_representations() -> None:
    assert "Rosalind" not in repr(Voice.from_json(GRANDMA))
