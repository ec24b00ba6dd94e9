"""The golden model and the golden voice, ready to speak, and people fitted to it."""

import shutil
from functools import cache
from pathlib import Path

from hub_agent.engines.gpt_sovits import GptSovitsEngine
from hub_agent.gpt_sovits.checkpoint.kind import Kind
from hub_agent.gpt_sovits.decoder import Decoder
from hub_agent.gpt_sovits.speaking import Manner, Synthesiser
from hub_agent.gpt_sovits.voice_data import VoiceData
from hub_agent.models.store import ModelStore, pack_store
from hub_agent.paths import models_folder
from hub_agent.settings.gpt_sovits import GptSovitsSettings
from tests.fakes.golden import arrays, golden_file
from tests.fakes.gpt_sovits_packs import golden_pack
from tests.fakes.person import recordings
from tests.fakes.sovits import golden_networks, golden_style
from tests.fakes.t2s_folders import opened
from voices.payload import Payload


def golden_synthesiser(manner: Manner, *, s1: Path | None = None) -> Synthesiser:
    """The networks of the golden v2 checkpoints, or the tokens of another one."""
    t2s = opened(s1 or golden_file("s1_tiny.ckpt"))
    return Synthesiser(t2s, Decoder(golden_networks(Kind.S2_V2)), manner)


def golden_voice() -> VoiceData:
    """The golden reference."""
    text = arrays("t2s")
    return VoiceData(
        phones=text["ref_phones"], prompt=text["prompt_tokens"], style=golden_style(Kind.S2_V2)
    )


def install_golden_pack(data_dir: Path) -> ModelStore:
    """The golden pack as the only one of a data folder."""
    pack, store = golden_pack(), pack_store(models_folder(data_dir))
    folder = models_folder(data_dir) / "packs" / pack.manifest.name
    shutil.copytree(pack.folder, folder)
    return store


def golden_engine(**settings: object) -> GptSovitsEngine:
    """An engine with the golden pack, not loaded."""
    pack = golden_pack()
    whole = {"model": pack.manifest.name, "threads": 1, **settings}
    return GptSovitsEngine(ModelStore(pack.folder.parent), GptSovitsSettings.model_validate(whole))


def voice_data() -> Payload:
    """Of the person who needs no recordings, a copy of its own: whoever uses it may wipe it."""
    fitted = _fitted()
    return Payload(dict(fitted.meta), {name: a.copy() for name, a in fitted.arrays.items()})


@cache
def _fitted() -> Payload:
    return golden_engine().prepare(recordings(), lambda _share: None)
