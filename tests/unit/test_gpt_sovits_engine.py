"""The engine that speaks with a GPT-SoVITS model on this machine."""

import shutil
import threading
from dataclasses import replace
from importlib.metadata import entry_points
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import ValidationError

from hub_agent.cli.checkup import Status
from hub_agent.cli.checkup_computing import check_computing
from hub_agent.cli.checkup_speech import check_engine
from hub_agent.engines.engine import FamilyEngine, Prosody
from hub_agent.engines.gpt_sovits import GptSovitsEngine, gpt_sovits
from hub_agent.engines.home import EngineHome
from hub_agent.errors import EngineError, HubAgentError, NotFoundError, UnavailableError
from hub_agent.gpt_sovits.checkpoint.kind import Kind
from hub_agent.gpt_sovits.pack_maker import make_pack
from hub_agent.gpt_sovits.precision import Precision
from hub_agent.gpt_sovits.providers import Provider
from hub_agent.gpt_sovits.sessions import providers
from hub_agent.gpt_sovits.voice_data import ModelId, VoiceData
from hub_agent.models.store import ModelStore
from hub_agent.settings.engines import EngineSettings
from hub_agent.settings.gpt_sovits import GptSovitsSettings
from hub_agent.settings.models import CoreSettings, SpeechSettings
from hub_agent.text.segment import Boundary, Segment
from tests.fakes.gpt_sovits_packs import golden_request
from tests.fakes.gpt_sovits_voice import (
    ending_pack,
    engine_of,
    golden_voice,
    install_pack,
    voice_data,
)
from tests.fakes.person import recordings
from tests.fakes.random_checkpoints import tiny_s2, write_s2
from tests.soak import gpt_sovits_cycles
from voices.payload import Payload
from voices.voice import Voice, VoiceId

Samples = NDArray[np.float32]

GRANDMA = Voice(id=VoiceId("grandma"), name="Grandma", languages=("en-us",), engine="gpt_sovits")
RATE = 32_000
GOLDEN_SPEAKER_SIZE = 2560
"""Of the golden network's output."""
AWAY = next((each for each in Provider if each not in providers()), None)


def segment(text: str, language: str = "en-us", boundary: Boundary = Boundary.SENTENCE) -> Segment:
    return Segment(text=text, index=0, language=language, boundary=boundary)


def said(engine: GptSovitsEngine, text: str, language: str = "en-us") -> Samples:
    pieces: list[Samples] = []

    def take(samples: Samples) -> bool:
        pieces.append(samples)
        return True

    voice = engine.personal_voice(voice_data(), GRANDMA)
    voice.speak(segment(text, language), Prosody(), take)
    return np.concatenate(pieces) if pieces else np.zeros(0, np.float32)


@pytest.fixture(scope="module")
def engine() -> GptSovitsEngine:
    return engine_of(ending_pack())


def test_it_is_found_by_its_name(tmp_path: Path) -> None:
    (point,) = (
        each for each in entry_points(group="hub_agent.engines") if each.name == "gpt_sovits"
    )
    made = point.load()(EngineHome(settings=EngineSettings(), data_dir=tmp_path))
    assert isinstance(made, FamilyEngine)
    assert made.name == point.name
    assert not made.voices()


def test_a_person_speaks_and_each_time_the_same(engine: GptSovitsEngine) -> None:
    first, again = said(engine, "Dinner is ready."), said(engine, "Dinner is ready.")
    assert np.array_equal(first, again)
    assert 0.4 * RATE < first.size < 4 * RATE
    assert 0.01 < float(np.sqrt(np.mean(first**2))) < 0.5
    assert np.abs(first).max() <= 1


def test_it_speaks_the_same_after_its_memory_was_given_back(engine: GptSovitsEngine) -> None:
    before = said(engine, "Come in!")
    engine.unload()
    assert np.array_equal(said(engine, "Come in!"), before)


def test_a_text_is_read_in_its_own_language(engine: GptSovitsEngine) -> None:
    pytest.importorskip("pypinyin")
    chinese = said(engine, "晚饭好了。", "zh")
    assert chinese.size > 0.4 * RATE
    assert not np.array_equal(chinese, said(engine, "Dinner is ready."))


def test_a_language_that_the_model_cannot_speak_is_refused(engine: GptSovitsEngine) -> None:
    with pytest.raises(HubAgentError) as caught:
        said(engine, "Das Essen ist fertig.", "de")
    assert caught.value.reason == "language_not_read"


def test_recordings_in_a_language_that_the_model_cannot_speak_are_refused(
    engine: GptSovitsEngine,
) -> None:
    steps: list[float] = []
    german = [replace(one, language="de") for one in recordings()]
    with pytest.raises(HubAgentError) as caught:
        engine.prepare(german, steps.append)
    assert caught.value.reason == "language_not_read"
    assert not steps


def test_a_pro_voice_hears_who_speaks_and_speaks_by_small_integers(tmp_path: Path) -> None:
    kind = Kind.S2_V2_PRO
    config = replace(tiny_s2(kind), speaker_size=GOLDEN_SPEAKER_SIZE)
    store = ModelStore(tmp_path / "packs")
    checkpoint = write_s2(tmp_path / "pro.pth", kind, config)
    make_pack(golden_request(s2=checkpoint, precision=Precision.INT8), store)
    engine = GptSovitsEngine(store, GptSovitsSettings(threads=1))
    steps: list[float] = []
    data = engine.prepare(recordings()[:2], steps.append)
    assert steps == sorted(steps)
    assert steps[-1] == 1
    assert data.arrays["ge"].shape == (1, config.gin_channels, 1)
    pieces: list[int] = []

    def take(samples: Samples) -> bool:
        pieces.append(samples.size)
        return not any(pieces)

    engine.personal_voice(data, GRANDMA).speak(segment("Dinner is ready."), Prosody(), take)
    assert sum(pieces)


def test_a_text_without_words_is_silent(engine: GptSovitsEngine) -> None:
    assert not said(engine, "…").size


def test_whoever_waits_for_another_voice_may_give_up(engine: GptSovitsEngine) -> None:
    voice = engine.personal_voice(voice_data(), GRANDMA)
    began, may_end = threading.Event(), threading.Event()

    def holding(_samples: Samples) -> bool:
        began.set()
        return not may_end.wait(5)

    first = threading.Thread(target=voice.speak, args=(segment("Hello."), Prosody(), holding))
    first.start()
    assert began.wait(5)
    polls: list[int] = []

    def giving_up(samples: Samples) -> bool:
        polls.append(samples.size)
        return False

    voice.speak(segment("Hello."), Prosody(), giving_up)
    assert polls == [0]
    may_end.set()
    first.join(5)
    assert not first.is_alive()
    assert said(engine, "Hello.").size


def test_voice_data_are_for_one_model_and_wiped_with_what_they_came_from() -> None:
    model = ModelId("one", "ab")
    sealed = golden_voice().sealed(model)
    payload = Payload(sealed.meta, {name: array.copy() for name, array in sealed.arrays.items()})
    opened = VoiceData.opened(payload, model)
    assert np.array_equal(opened.prompt, golden_voice().prompt)
    for other in (ModelId("other", "ab"), ModelId("one", "cd")):
        with pytest.raises(EngineError) as caught:
            VoiceData.opened(payload, other)
        assert caught.value.reason == "fitted_to_another_model"
        assert caught.value.hint == "hub-agent voices fit ID --engine gpt_sovits"
    payload.wipe()
    assert not any(
        array.any()
        for array in (opened.prompt, opened.phones, opened.style.ge, opened.style.ge_mrte)
    )


def test_the_data_of_another_model_do_not_speak(engine: GptSovitsEngine) -> None:
    other = golden_voice().sealed(ModelId("another-model", "00"))
    with pytest.raises(EngineError) as caught:
        engine.personal_voice(other, GRANDMA)
    assert caught.value.reason == "fitted_to_another_model"
    with pytest.raises(EngineError) as caught:
        engine.personal_voice(Payload({}), GRANDMA)
    assert caught.value.reason == "fitted_to_another_model"


def test_without_a_model_it_says_how_to_get_one(tmp_path: Path) -> None:
    engine = gpt_sovits(EngineHome(settings=EngineSettings(), data_dir=tmp_path))
    with pytest.raises(NotFoundError) as caught:
        engine.load()
    assert caught.value.reason == "no_model"
    assert "add-gpt-sovits" in (caught.value.hint or "")


def test_of_several_models_one_must_be_chosen(tmp_path: Path) -> None:
    pack = ending_pack()
    for name in ("one", "two"):
        shutil.copytree(pack.folder, tmp_path / name)
        renamed = pack.manifest.model_copy(update={"name": name})
        (tmp_path / name / "manifest.json").write_bytes(renamed.to_bytes())
    store = ModelStore(tmp_path)
    with pytest.raises(HubAgentError) as caught:
        GptSovitsEngine(store, GptSovitsSettings()).load()
    assert caught.value.reason == "model_not_chosen"
    GptSovitsEngine(store, GptSovitsSettings(model="two")).load()


@pytest.mark.skipif(AWAY is None, reason="this onnxruntime can use everything")
def test_a_provider_that_is_not_there_is_an_error_and_no_reason_to_take_another() -> None:
    with pytest.raises(UnavailableError) as caught:
        engine_of(ending_pack(), provider=AWAY).load()
    assert caught.value.reason == "provider_unavailable"
    core = CoreSettings.model_validate({"engines": {"gpt_sovits": {"provider": AWAY}}})
    assert check_computing(core).status is Status.FAIL
    usual = check_computing(CoreSettings())
    assert usual.status is Status.OK
    assert Provider.CPU in usual.what


def test_as_the_only_engine_it_is_checked_without_a_voice(tmp_path: Path) -> None:
    install_pack(tmp_path)
    core = CoreSettings(speech=SpeechSettings(engine="gpt_sovits"))
    check = check_engine(core, tmp_path)
    assert (check.status, check.what) == (Status.OK, "gpt_sovits speaks in family voices only")


def test_speaking_cancelling_and_reloading_leave_an_engine_that_works() -> None:
    course = gpt_sovits_cycles.run(8)
    assert course.outcomes.total() >= 8
    assert course.threads[-1] == course.threads[0]


def test_settings_out_of_range_are_refused() -> None:
    for wrong in ({"provider": "abacus"}, {"threads": 0}, {"top_k": 0}, {"seed": -1}):
        with pytest.raises(ValidationError):
            GptSovitsSettings.model_validate(wrong)
