"""The engine `gpt_sovits_server` against a server that behaves as the official one does."""

import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trustme

from hub_agent.audio.stage import Samples
from hub_agent.engines.engine import FamilyEngine, Prosody
from hub_agent.engines.gpt_sovits_server import (
    REST_S,
    RESTART_S,
    GptSovitsServerEngine,
    gpt_sovits_server,
)
from hub_agent.engines.home import EngineHome
from hub_agent.engines.remote.server import Server, is_outside
from hub_agent.errors import (
    EngineError,
    HubAgentError,
    NotFoundError,
    RefusedError,
    UnavailableError,
)
from hub_agent.settings.engines import EngineSettings, GptSovitsServerSettings
from hub_agent.text.segment import Segment
from tests.fakes.clock import FakeClock
from tests.fakes.gpt_sovits_api import BUZZ_HZ, S_PER_CHARACTER, Fault, GptSovitsApi, running_api
from voices.payload import Payload
from voices.recording import Recording
from voices.voice import Voice, VoiceId, VoiceKind

TEXT = "Xylophone lessons begin at seven."
VOICES = {"grandma": {"reference": "/voices/grandma.wav", "text": "Quagga ahoy."}}
QUICK = {"connect_s": 0.5, "first_audio_s": 0.5, "stall_s": 0.3}
DATA = Payload({"language": "en"})


@pytest.fixture
def api() -> Iterator[GptSovitsApi]:
    with running_api(GptSovitsApi()) as api:
        yield api


def voice(name: str = "grandma") -> Voice:
    return Voice(id=VoiceId(name), name="G", languages=("en",), engine="e", kind=VoiceKind.FAMILY)


def made(url: str, **settings: Any) -> GptSovitsServerEngine:
    section = GptSovitsServerSettings.model_validate(
        {"url": url, "voices": VOICES, **QUICK, **settings}
    )
    home = EngineHome(settings=EngineSettings(gpt_sovits_server=section), data_dir=Path())
    return gpt_sovits_server(home)


@dataclass
class Listener:
    """Takes what is emitted, until it has heard enough."""

    enough: int | None = None
    chunks: list[Samples] = field(default_factory=list)

    def take(self, samples: Samples) -> bool:
        self.chunks.extend([samples] if samples.size else [])
        return self.enough is None or len(self.chunks) < self.enough

    @property
    def samples(self) -> Samples:
        return np.concatenate(self.chunks) if self.chunks else np.zeros(0, np.float32)


def spoken(
    engine: GptSovitsServerEngine,
    text: str = TEXT,
    *,
    language: str = "en-us",
    rate: float = 1.0,
    as_voice: str = "grandma",
) -> Samples:
    listener = Listener()
    segment = Segment(text=text, index=0, language=language)
    person = engine.personal_voice(DATA, voice(as_voice))
    person.speak(segment, Prosody(rate=rate), listener.take)
    return listener.samples


def failure(engine: GptSovitsServerEngine, text: str = TEXT, **how: Any) -> HubAgentError:
    with pytest.raises(HubAgentError) as caught:
        spoken(engine, text, **how)
    error = caught.value
    for private in (text, "Xylophone", "Quagga", "grandma"):
        assert private not in f"{error} {error.hint}"
    return error


def test_it_asks_as_the_official_interface_wants_to_be_asked(api: GptSovitsApi) -> None:
    engine = made(api.url)
    engine.load()
    assert isinstance(engine, FamilyEngine)
    speech = spoken(engine, rate=1.25)
    (asked,) = api.asked
    assert asked == {
        "text": TEXT,
        "text_lang": "en",
        "ref_audio_path": "/voices/grandma.wav",
        "aux_ref_audio_paths": [],
        "prompt_text": "Quagga ahoy.",
        "prompt_lang": "en",
        "text_split_method": "cut0",
        "speed_factor": 1.25,
        "fragment_interval": 0.01,
        "seed": asked["seed"],
        "media_type": "wav",
        "streaming_mode": 2,
    }
    assert asked["seed"] >= 0
    assert speech.size / engine.sample_rate == pytest.approx(S_PER_CHARACTER * len(TEXT) / 1.25)


def test_chunks_come_before_the_sentence_is_finished(api: GptSovitsApi) -> None:
    api.chunk_pause_s = 0.15
    arrived: list[float] = []

    def take(samples: Samples) -> bool:
        arrived.extend([time.monotonic()] if samples.size else [])
        return True

    person = made(api.url).personal_voice(DATA, voice())
    person.speak(Segment(text=TEXT, index=0, language="en"), Prosody(), take)
    assert arrived[-1] - arrived[0] > 0.3


@pytest.mark.parametrize("rate", [24_000, 32_000, 48_000])
def test_every_version_of_the_model_is_heard_at_the_same_pitch(
    api: GptSovitsApi, rate: int
) -> None:
    api.sample_rate = rate
    speech = spoken(made(api.url))
    assert speech.size == pytest.approx(32_000 * S_PER_CHARACTER * len(TEXT), abs=2)
    spectrum = np.abs(np.fft.rfft(speech * np.hanning(speech.size)))
    assert np.argmax(spectrum) * 32_000 / speech.size == pytest.approx(BUZZ_HZ, abs=2)


@pytest.mark.parametrize(
    ("tag", "word"),
    [("en-gb", "en"), ("cmn", "zh"), ("zh-Hans", "zh"), ("yue", "yue"), ("zh-HK", "yue")],
)
def test_languages_are_named_in_its_words(api: GptSovitsApi, tag: str, word: str) -> None:
    spoken(made(api.url), language=tag)
    assert api.asked[-1]["text_lang"] == word


def test_a_language_it_does_not_speak_is_not_asked_for(api: GptSovitsApi) -> None:
    assert failure(made(api.url), language="de").reason == "language_not_spoken"
    assert not api.asked


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault.SILENT_THEN_DIES, "server_broke_off"),
        (Fault.DIES_AT_ONCE, "server_broke_off"),
        (Fault.DIES_MIDWAY, "server_broke_off"),
        (Fault.HANGS, "server_slow"),
        (Fault.HANGS_MIDWAY, "server_slow"),
        (Fault.TRICKLES, "server_slow"),
        (Fault.SILENCE, "no_audio"),
        (Fault.ENDLESS, "server_answer"),
        (Fault.HTML, "server_answer"),
        (Fault.NO_WAV, "server_answer"),
        (Fault.STEREO, "server_answer"),
        (Fault.OUT_OF_ORDER, "server_answer"),
        (Fault.REDIRECTS, "server_answer"),
    ],
)
def test_every_fault_has_its_reason_within_the_time(
    api: GptSovitsApi, fault: Fault, reason: str
) -> None:
    api.fault = fault
    begun = time.monotonic()
    assert failure(made(api.url)).reason == reason
    assert time.monotonic() - begun < 2


def test_what_it_refuses_is_no_failure_of_the_server(api: GptSovitsApi) -> None:
    engine = made(api.url, streaming="fastest")
    api.only_sentences = True
    for _ in range(3):
        assert failure(engine).reason == "server_refused"
    api.only_sentences = False
    assert spoken(engine).size


def test_a_server_that_keeps_failing_is_left_alone_and_tried_again_later(
    api: GptSovitsApi,
) -> None:
    clock = FakeClock()
    engine = GptSovitsServerEngine(
        Server(url=api.url, connect_s=0.5), _section(api.url), monotonic=clock.monotonic
    )
    api.fault = Fault.OUT_OF_ORDER
    assert [failure(engine).reason for _ in range(4)] == [
        "server_answer",
        "server_answer",
        "server_resting",
        "server_resting",
    ]
    assert len(api.asked) == 2
    api.fault = None
    clock.advance(REST_S)
    assert spoken(engine).size


def _section(url: str, **more: Any) -> GptSovitsServerSettings:
    return GptSovitsServerSettings.model_validate({"url": url, "voices": VOICES, **QUICK, **more})


def test_nobody_listens_there() -> None:
    assert failure(made("http://127.0.0.1:9")).reason == "server_unreachable"
    with pytest.raises(HubAgentError, match="cannot be reached"):
        made("http://127.0.0.1:9").load()


def test_whoever_stops_listening_ends_the_connection(api: GptSovitsApi) -> None:
    api.chunk_pause_s = 0.05
    person = made(api.url).personal_voice(DATA, voice())
    segment = Segment(text=TEXT * 10, index=0, language="en")
    person.speak(segment, Prosody(), Listener(enough=1).take)
    assert api.hung_up.wait(1)


@pytest.mark.parametrize("waiting", ["for the first sound", "for its turn"])
def test_whoever_waits_can_give_up_at_once(api: GptSovitsApi, waiting: str) -> None:
    api.fault = Fault.HANGS
    engine = made(api.url, first_audio_s=10)
    person = engine.personal_voice(DATA, voice())
    wanted = threading.Event()
    wanted.set()
    asking = [
        threading.Thread(
            target=person.speak,
            args=(
                Segment(text=TEXT, index=0, language="en"),
                Prosody(),
                lambda _samples: wanted.is_set(),
            ),
        )
        for _ in range(1 if waiting == "for the first sound" else 2)
    ]
    for each in asking:
        each.start()
    time.sleep(0.2)
    wanted.clear()
    for each in asking:
        each.join(0.5)
        assert not each.is_alive()
    assert api.hung_up.wait(0.5)
    assert len(api.asked) == 1


def test_sound_begins_in_time_or_not_at_all(api: GptSovitsApi) -> None:
    """Also where many short waits add up, for a turn, for weights, for the first sound."""
    clock = FakeClock()
    server = Server(url=api.url, connect_s=0.5)
    section = _section(api.url, first_audio_s=5)
    engine = GptSovitsServerEngine(server, section, monotonic=clock.monotonic)
    api.fault = Fault.HANGS

    def wait(_samples: Samples) -> bool:
        clock.advance(1)
        return True

    person = engine.personal_voice(DATA, voice())
    begun = time.monotonic()
    with pytest.raises(UnavailableError) as caught:
        person.speak(Segment(text=TEXT, index=0, language="en"), Prosody(), wait)
    assert caught.value.reason == "server_slow"
    assert time.monotonic() - begun < 2


def test_each_person_speaks_with_their_own_weights(api: GptSovitsApi) -> None:
    api.references = frozenset({"/g.wav", "/m.wav"})
    clock = FakeClock()
    persons = {
        name: {"reference": f"/{name[0]}.wav", "gpt_weights": f"{name}.ckpt"}
        for name in ("grandma", "mother")
    }
    section = _section(api.url, voices=persons)
    server = Server(url=api.url, connect_s=0.5)
    engine = GptSovitsServerEngine(server, section, monotonic=clock.monotonic)
    for name in ("grandma", "mother", "mother", "grandma"):
        spoken(engine, as_voice=name)
        assert api.said[-1][:2] == (f"/{name[0]}.wav", f"{name}.ckpt")
    api.gpt_weights = "after a restart"
    clock.advance(RESTART_S)
    spoken(engine, as_voice="grandma")
    assert api.said[-1][1] == "grandma.ckpt"


def test_after_a_failure_weights_are_loaded_anew(api: GptSovitsApi) -> None:
    voices = {"grandma": {**VOICES["grandma"], "sovits_weights": "grandma.pth"}}
    engine = made(api.url, voices=voices)
    spoken(engine)
    api.fault, api.faulty_after = Fault.DIES_AT_ONCE, 0
    failure(engine)
    api.fault, api.sovits_weights = None, "after a crash"
    spoken(engine)
    assert api.said[-1][2] == "grandma.pth"


def test_a_voice_that_the_settings_do_not_have_is_nobody(api: GptSovitsApi) -> None:
    assert failure(made(api.url), as_voice="bert").reason == "voice_not_on_server"
    assert not api.asked


def prepared(engine: GptSovitsServerEngine, language: str) -> Payload:
    recording = Recording(
        samples=np.zeros(16_000, np.float32), sample_rate=16_000, transcript="…", language=language
    )
    return engine.prepare([recording], lambda _share: None)


def test_what_is_kept_of_a_person_is_their_language_alone(api: GptSovitsApi) -> None:
    engine = made(api.url)
    data = prepared(engine, "en-gb")
    assert (dict(data.meta), dict(data.arrays)) == ({"language": "en-gb"}, {})
    person = engine.personal_voice(data, voice())
    segment = Segment(text=TEXT, index=0, language="en")
    person.speak(segment, Prosody(), Listener().take)
    assert api.asked[-1]["prompt_lang"] == "en"
    with pytest.raises(EngineError):
        engine.prepare([], lambda _share: None)


def test_a_person_of_another_language_needs_a_reference_in_one_it_knows(api: GptSovitsApi) -> None:
    data = prepared(made(api.url), "de")
    with pytest.raises(EngineError) as caught:
        made(api.url).personal_voice(data, voice())
    assert caught.value.reason == "language_not_spoken"
    named = {"grandma": {**VOICES["grandma"], "language": "ja"}}
    person = made(api.url, voices=named).personal_voice(data, voice())
    segment = Segment(text=TEXT, index=0, language="en")
    person.speak(segment, Prosody(), Listener().take)
    assert api.asked[-1]["prompt_lang"] == "ja"


def test_a_token_goes_in_its_header(api: GptSovitsApi, tmp_path: Path) -> None:
    api.token = "Bearer s3cret"
    file = tmp_path / "token"
    file.write_text("s3cret\n")
    assert spoken(made(api.url, token_file=file)).size
    error = failure(made(api.url, token="wr0ng"))
    assert isinstance(error, RefusedError)
    assert "wr0ng" not in f"{error} {error.hint}"
    with pytest.raises(RefusedError):
        made(api.url).load()


def test_a_token_that_is_no_header_is_not_told(api: GptSovitsApi) -> None:
    error = failure(made(api.url, token="two\nlines"))
    assert "two" not in f"{error}"


def test_https_needs_an_authority_that_we_trust(tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    with running_api(GptSovitsApi(), context=context) as api:
        assert spoken(made(api.url, ca_file=file)).size
        assert failure(made(api.url)).reason == "server_untrusted"
        assert len(api.asked) == 1


@pytest.mark.parametrize(
    ("address", "outside"),
    [
        ("127.0.0.1", False),
        ("192.168.1.20", False),
        ("10.1.2.3", False),
        ("100.64.1.1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:192.168.1.20", False),
        ("8.8.8.8", True),
        ("::ffff:8.8.8.8", True),
        ("2606:4700::1111", True),
    ],
)
def test_plain_http_goes_to_private_addresses_only(address: str, outside: bool) -> None:
    assert is_outside(address) == outside


@dataclass
class Opened:
    """A connection, as far as it is asked whom it leads to."""

    address: str

    def getpeername(self) -> tuple[str, int]:
        return self.address, 80


def test_only_the_settings_allow_plain_http_outside_the_home() -> None:
    away: Any = Opened("8.8.8.8")
    with pytest.raises(RefusedError):
        Server(url="http://example.org", connect_s=1).require_trusted(away)
    Server(url="https://example.org", connect_s=1).require_trusted(away)
    allowed = Server(url="http://example.org", connect_s=1, plain_http_anywhere=True)
    allowed.require_trusted(away)


def test_a_missing_authority_is_said(api: GptSovitsApi, tmp_path: Path) -> None:
    url = api.url.replace("http:", "https:")
    error = failure(made(url, ca_file=tmp_path / "none.pem"))
    assert error.reason == "server_unreachable"


@pytest.mark.parametrize("answer", [Fault.HTML, None])
def test_another_server_is_recognised(answer: Fault | None) -> None:
    from tests.fakes.faulty_server import Answer, FaultyServer, serving

    server = FaultyServer()
    kind = "application/json" if answer is None else "text/html"
    server.pages["/tts"] = Answer(status=400, body=b"[]", headers={"Content-Type": kind})
    with serving(server) as other, pytest.raises(HubAgentError) as caught:
        made(other.url).load()
    assert caught.value.reason == "server_answer"


def test_without_an_address_there_is_no_engine() -> None:
    home = EngineHome(settings=EngineSettings(), data_dir=Path())
    with pytest.raises(NotFoundError) as caught:
        gpt_sovits_server(home)
    assert caught.value.reason == "engine_not_set_up"


def test_it_has_no_voice_of_its_own(api: GptSovitsApi) -> None:
    engine = made(api.url)
    assert not engine.voices()
    assert engine.voice_for_language("en") is None
    segment = Segment(text=TEXT, index=0, language="en")
    with pytest.raises(EngineError):
        engine.speak(segment, voice(), Prosody(), lambda _samples: True)
