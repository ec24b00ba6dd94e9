"""The golden model and the golden voice, ready to speak, and people fitted to it."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from hub_agent.engines.gpt_sovits import GptSovitsEngine
from hub_agent.gpt_sovits.bert_maker import FILES
from hub_agent.gpt_sovits.checkpoint.kind import Kind
from hub_agent.gpt_sovits.decoder import Decoder
from hub_agent.gpt_sovits.pack_maker import make_pack
from hub_agent.gpt_sovits.speaking import Manner, Synthesiser
from hub_agent.gpt_sovits.voice_data import VoiceData
from hub_agent.models.manifest import MANIFEST
from hub_agent.models.store import InstalledPack, ModelStore
from hub_agent.paths import models_folder
from hub_agent.settings.gpt_sovits import GptSovitsSettings
from tests.fakes.ending_checkpoint import write_ending_s1
from tests.fakes.full_size_networks import SMALL_BERT, write_bert
from tests.fakes.golden import arrays, golden_file
from tests.fakes.gpt_sovits_packs import golden_request
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


@cache
def ending_pack() -> InstalledPack:
    """The golden pack but for its tokens, which come to an end; not to be changed."""
    folder = Path(tempfile.mkdtemp(prefix="hub-agent-ending-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    s1 = write_ending_s1(folder / "s1.ckpt")
    return make_pack(golden_request(s1=s1, name="ending"), ModelStore(folder / "packs"))


@cache
def mandarin_packs() -> tuple[InstalledPack, InstalledPack]:
    """One with BERT and one without, else the same; the text matters. Not to be changed."""
    folder = Path(tempfile.mkdtemp(prefix="hub-agent-mandarin-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    s1 = write_ending_s1(folder / "s1.ckpt", listens=True)
    bert = write_bert(folder / "bert", SMALL_BERT)
    pack = make_pack(golden_request(s1=s1, bert=bert, name="mandarin"), ModelStore(folder / "with"))
    files = tuple(file for file in pack.manifest.files if file.path not in FILES)
    without = folder / "without" / "mandarin"
    shutil.copytree(pack.folder, without, ignore=lambda *_: FILES)
    manifest = pack.manifest.model_copy(update={"files": files})
    (without / MANIFEST).write_bytes(manifest.to_bytes())
    return pack, ModelStore(without.parent).open("mandarin")


def install_pack(data_dir: Path) -> None:
    """`ending_pack` as the only one of a data folder."""
    pack = ending_pack()
    shutil.copytree(pack.folder, models_folder(data_dir) / "packs" / pack.manifest.name)


def engine_of(pack: InstalledPack, **settings: object) -> GptSovitsEngine:
    """An engine with a pack, not loaded."""
    whole = {"model": pack.manifest.name, "threads": 1, **settings}
    return GptSovitsEngine(ModelStore(pack.folder.parent), GptSovitsSettings.model_validate(whole))


def voice_data() -> Payload:
    """Of the person who needs no recordings, for `ending_pack`; a copy that may be wiped."""
    fitted = _fitted()
    return Payload(dict(fitted.meta), {name: a.copy() for name, a in fitted.arrays.items()})


@cache
def _fitted() -> Payload:
    return engine_of(ending_pack()).prepare(recordings(), lambda _share: None)
