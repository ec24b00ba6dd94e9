"""Packs say what the official code says, come as a whole, and of sound checkpoints only."""

import multiprocessing
import os
import shutil
import signal
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hub_agent.errors import HubAgentError, ModelFileError, NotFoundError, UsageError
from hub_agent.gpt_sovits import bert_maker
from hub_agent.gpt_sovits.checkpoint.kind import Kind
from hub_agent.gpt_sovits.decoder import Decoder
from hub_agent.gpt_sovits.graphs.sovits import CODES_FILE, STYLE_FILE
from hub_agent.gpt_sovits.pack import HUBERT_FILES, SPEAKER_FILES, GptSovitsPack, PackKind
from hub_agent.gpt_sovits.pack_maker import (
    BERT_FIGURE,
    BERT_SNR_FIGURE,
    COMPARISON_FIGURE,
    UNKNOWN_LICENCE,
    PackRequest,
    make_pack,
)
from hub_agent.gpt_sovits.precision import Precision
from hub_agent.gpt_sovits.reference import ReferenceEncoder
from hub_agent.gpt_sovits.sampler import Sampling
from hub_agent.gpt_sovits.sessions import open_session
from hub_agent.gpt_sovits.t2s import T2S
from hub_agent.models.content import describe_files
from hub_agent.models.manifest import FILES_KIND, MANIFEST, Manifest
from hub_agent.models.store import InstalledPack, ModelStore
from tests.fakes.full_size_networks import SMALL_BERT, write_bert
from tests.fakes.golden import arrays, golden_file, golden_folder
from tests.fakes.gpt_sovits_packs import golden_pack, golden_request, quantised_pack, store_of
from tests.fakes.random_checkpoints import ODD_S1, TINY_S1, tiny_s2, write_s1, write_s2
from tests.fakes.sovits import BOTH, golden_passage, golden_tokens, golden_vits
from tests.fakes.tiny_bert import TINY_BERT
from tests.fakes.torch_files import Call, Name, write_torch_file
from voices.recording import Recording

SPEAKER_SIZE = 2560
"""Of the golden speaker network."""


def run(pack: GptSovitsPack, graph: str, **feeds: NDArray[Any]) -> list[NDArray[Any]]:
    outputs: list[NDArray[Any]] = open_session(pack.folder / graph, num_threads=1).run(None, feeds)
    return outputs


def greedy(pack: InstalledPack) -> list[int]:
    golden = arrays("t2s")
    phones = np.concatenate([golden["ref_phones"], golden["text_phones"]])
    tokens = T2S.open(pack.folder).run(
        phones, None, golden["prompt_tokens"], sampling=Sampling(top_k=1), seed=1, max_tokens=200
    )
    return list(tokens)


@pytest.mark.parametrize("kind", BOTH)
def test_tokens_of_an_exact_pack_are_the_official_ones(kind: Kind) -> None:
    assert greedy(golden_pack(kind)) == arrays("t2s")["greedy_tokens"].tolist()


@pytest.mark.parametrize("kind", BOTH)
def test_the_sound_of_a_pack_is_the_official_one(kind: Kind) -> None:
    decoder = Decoder.open(golden_pack(kind).folder)
    samples = decoder.decode(golden_tokens(kind), golden_passage(kind))
    assert np.abs(samples - golden_vits(kind)["wav"]).max() <= 5e-6


@pytest.mark.parametrize("kind", BOTH)
def test_what_a_pack_enrols_with_gives_the_official_values(kind: Kind) -> None:
    pack, golden = GptSovitsPack.open(golden_pack(kind)), golden_vits(kind)
    feeds = {"spectrum": arrays("reference_audio")["spec"]}
    if pack.speaker:
        feeds["speaker"] = golden["sv_emb"][:1]
        (embedding,) = run(pack, pack.speaker.name, bands=arrays("sv_tiny")["fbank"])
        assert np.abs(embedding[0] - arrays("sv_tiny")["emb"]).max() < 5e-4
    ge, ge_mrte = run(pack, STYLE_FILE, **feeds)
    assert np.abs(ge - golden["ge"]).max() < 1e-5
    assert np.abs(ge_mrte - golden["ge_mrte"]).max() < 1e-5
    (codes,) = run(pack, CODES_FILE, hidden=golden["ssl"].transpose(0, 2, 1))
    assert codes.tolist() == golden["ssl_codes"][0, 0].tolist()
    (hidden,) = run(pack, pack.hubert.name, samples=arrays("hubert_tiny")["wave16k_padded"])
    official = arrays("hubert_tiny")["last_hidden_state"].transpose(0, 2, 1)
    assert np.abs(hidden - official).max() < 5e-5


def test_a_quantised_pack_is_smaller_and_tells_how_near_the_exact_one_it_is() -> None:
    exact = golden_pack()
    pack = quantised_pack()
    assert GptSovitsPack.open(pack).precision is Precision.INT8
    assert pack.manifest.size < exact.manifest.size
    comparison: Any = pack.manifest.figures[COMPARISON_FIGURE]
    assert comparison["num_steps"] == 75
    assert comparison["agreement"] > 0.8
    assert 0 < comparison["divergence"] < 0.05
    assert COMPARISON_FIGURE not in exact.manifest.figures
    tokens = greedy(pack)
    assert len(tokens) >= 11
    assert tokens[:3] == arrays("t2s")["greedy_tokens"][:3].tolist()


def test_the_manifest_tells_what_the_pack_is_made_of() -> None:
    manifest = golden_pack(Kind.S2_V2_PRO_PLUS).manifest
    assert manifest.name == "s2_tiny_v2proplus"
    assert (manifest.engine, manifest.kind, manifest.sample_rate) == (
        "gpt_sovits",
        "v2ProPlus",
        32_000,
    )
    assert manifest.licence == UNKNOWN_LICENCE
    figures: Any = manifest.figures
    s1, s2 = figures["s1"], figures["s2"]
    assert s1["sha256"] == "5e1cedf7ab7feafed91a68d5290ff20a3b006f440bc589ccbacc340f4c590d18"
    assert (s1["num_layers"], s2["gin_channels"]) == (2, 128)


@pytest.mark.parametrize("kind", BOTH)
def test_every_byte_of_a_pack_is_verified(kind: Kind) -> None:
    store_of(golden_pack(kind)).verify(golden_pack(kind).manifest.name)


def test_checkpoints_of_other_depth_and_width_speak_and_enrol(tmp_path: Path) -> None:
    kind = Kind.S2_V2_PRO
    config = replace(tiny_s2(kind), speaker_size=SPEAKER_SIZE, num_text_layers=3)
    store = ModelStore(tmp_path / "packs")
    request = golden_request(
        s1=write_s1(tmp_path / "s1.ckpt", replace(ODD_S1, num_layers=2)),
        s2=write_s2(tmp_path / "Älva (final).pth", kind, config),
    )
    installed = make_pack(request, store)
    assert installed.manifest.name == "alva-final"
    pack = GptSovitsPack.open(store.open("alva-final"))
    assert pack.kind is PackKind.V2_PRO
    encoder = ReferenceEncoder(pack=pack.folder, hubert=pack.hubert, speaker=pack.speaker)
    recording = Recording(
        samples=arrays("reference_audio")["wave32k"],
        sample_rate=32_000,
        transcript="",
        language="en",
    )
    prompt, style = encoder.prompt(recording), encoder.style([recording])
    tokens = list(
        T2S.open(pack.folder).run(
            np.arange(20), None, prompt, sampling=Sampling(), seed=3, max_tokens=30
        )
    )
    decoder = Decoder.open(pack.folder)
    passage = replace(golden_passage(Kind.S2_V2), style=style, noise=decoder.noise(1))
    samples = decoder.decode(np.array(tokens), passage)
    assert samples.size == 1280 * len(tokens)
    assert np.isfinite(samples).all()


def test_a_second_pack_takes_hubert_and_the_speaker_network_of_the_first(tmp_path: Path) -> None:
    store = ModelStore(tmp_path / "packs")
    shutil.copytree(
        golden_pack(Kind.S2_V2_PRO_PLUS).folder, tmp_path / "packs" / "s2_tiny_v2proplus"
    )
    request = tiny_request(tmp_path, Kind.S2_V2_PRO)
    pack = make_pack(request, store)
    sums = {file.path: file.sha256 for file in golden_pack(Kind.S2_V2_PRO_PLUS).manifest.files}
    taken = {file.path: file.sha256 for file in pack.manifest.files if file.path in HUBERT_FILES}
    assert taken == {file: sums[file] for file in HUBERT_FILES}
    damage(tmp_path / "packs" / "s2_tiny_v2proplus" / "speaker.weights")
    store.remove(pack.manifest.name)
    with pytest.raises(ModelFileError, match="is damaged") as caught:
        make_pack(request, store)
    assert caught.value.hint == "hub-agent models verify s2_tiny_v2proplus"
    assert store.names() == ("s2_tiny_v2proplus",)


def test_networks_that_were_downloaded_are_taken(tmp_path: Path) -> None:
    packs = tmp_path / "packs"
    publish(packs / "hf-hubert", *golden_folder("hubert_tiny").iterdir())
    publish(packs / "hf-others", golden_file("s1_tiny.ckpt"), golden_file("sv_tiny.ckpt"))
    pack = make_pack(tiny_request(tmp_path, Kind.S2_V2_PRO), ModelStore(packs))
    made_otherwise = {
        file.path: file.sha256 for file in golden_pack(Kind.S2_V2_PRO_PLUS).manifest.files
    }
    for file in pack.manifest.files:
        if file.path in (*HUBERT_FILES, *SPEAKER_FILES):
            assert file.sha256 == made_otherwise[file.path]


def test_a_bert_that_was_downloaded_is_taken_if_it_fits_and_changes_nothing_else(
    tmp_path: Path,
) -> None:
    packs = tmp_path / "packs"
    write_bert(tmp_path / "bert", SMALL_BERT)
    publish(packs / "hf-bert", *(tmp_path / "bert").iterdir())
    publish(packs / "hf-a-bert", *(path for path in TINY_BERT.iterdir() if path.is_file()))
    pack = make_pack(golden_request(), ModelStore(packs))
    figures: Any = pack.manifest.figures
    assert figures[BERT_FIGURE]["hidden_size"] == SMALL_BERT.hidden_size
    assert BERT_SNR_FIGURE not in figures
    files, before = (
        {file.path: file.sha256 for file in each.manifest.files} for each in (pack, golden_pack())
    )
    assert files.keys() - before.keys() == set(bert_maker.FILES)
    assert before.items() <= files.items()


def publish(folder: Path, *files: Path) -> None:
    """As `models add hf:…` leaves them."""
    folder.mkdir(parents=True)
    for file in files:
        shutil.copy(file, folder)
    manifest = Manifest(
        name=folder.name, kind=FILES_KIND, licence="MIT", files=describe_files(folder)
    )
    (folder / MANIFEST).write_bytes(manifest.to_bytes())


def tiny_request(folder: Path, kind: Kind = Kind.S2_V2, **changed: Any) -> PackRequest:
    """Random checkpoints, and nothing to enrol with."""
    request = PackRequest(
        s1=write_s1(folder / "s1.ckpt", TINY_S1),
        s2=write_s2(folder / "s2.pth", kind),
        precision=Precision.FP32,
    )
    return replace(request, **changed)


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("kind", "hubert", "hint"),
    [
        (Kind.S2_V2, None, "hub-agent models add hf:lj1995/GPT-SoVITS/chinese-hubert-base"),
        (Kind.S2_V2_PRO, "hubert_tiny", "hub-agent models add hf:lj1995/GPT-SoVITS/sv"),
    ],
)
def test_a_pack_that_could_not_enrol_is_not_made(
    tmp_path: Path, kind: Kind, hubert: str | None, hint: str
) -> None:
    store = ModelStore(tmp_path / "packs")
    folder = golden_folder(hubert) if hubert else None
    with pytest.raises(NotFoundError) as caught:
        make_pack(tiny_request(tmp_path, kind, hubert=folder), store)
    assert hint in (caught.value.hint or "")
    assert store.names() == ()
    assert not list(tmp_path.rglob("*.onnx"))


def wrong_s1(_folder: Path) -> dict[str, Any]:
    return {"s1": golden_file("s2_tiny_v2.pth")}


def wrong_s2(_folder: Path) -> dict[str, Any]:
    return {"s2": golden_file("s1_tiny.ckpt")}


def v1(folder: Path) -> dict[str, Any]:
    config = replace(tiny_s2(Kind.S2_V2), num_phones=322)
    return {"s2": write_s2(folder / "v1.pth", Kind.S2_V2, config)}


def hostile(folder: Path) -> dict[str, Any]:
    call = Call(Name("os", "system"), (f"touch {folder / 'trace'}",))
    return {"s2": write_torch_file(folder / "hostile.pth", {"weight": {"w": call}}, {})}


def cut_off(folder: Path) -> dict[str, Any]:
    whole = golden_file("s1_tiny.ckpt").read_bytes()
    (folder / "cut.ckpt").write_bytes(whole[: len(whole) // 2])
    return {"s1": folder / "cut.ckpt"}


def flipped(folder: Path) -> dict[str, Any]:
    shutil.copy(golden_file("s2_tiny_v2.pth"), folder / "flipped.pth")
    damage(folder / "flipped.pth")
    return {"s2": folder / "flipped.pth"}


def nothing_there(folder: Path) -> dict[str, Any]:
    return {"s2": folder / "nowhere.pth"}


def another_hubert(folder: Path) -> dict[str, Any]:
    return {"hubert": folder}


def another_bert(_folder: Path) -> dict[str, Any]:
    """Of another width."""
    return {"bert": TINY_BERT}


def no_bert(folder: Path) -> dict[str, Any]:
    return {"bert": folder}


def another_training(folder: Path) -> dict[str, Any]:
    config = replace(TINY_S1, vocabulary_size=513)
    return {"s1": write_s1(folder / "other.ckpt", config)}


def another_ear(folder: Path) -> dict[str, Any]:
    config = replace(tiny_s2(Kind.S2_V2), ssl_channels=64)
    return {"s2": write_s2(folder / "other.pth", config=config)}


def flipped_hubert(folder: Path) -> dict[str, Any]:
    shutil.copytree(golden_folder("hubert_tiny"), folder / "hubert")
    damage(folder / "hubert" / "pytorch_model.bin")
    return {"hubert": folder / "hubert"}


@pytest.mark.parametrize(
    ("change", "reason", "words"),
    [
        (wrong_s1, "unsupported_checkpoint", "GPT (s1): this checkpoint cannot be used"),
        (wrong_s2, "unsupported_checkpoint", "SoVITS (s2): this checkpoint cannot be used"),
        (v1, "unsupported_checkpoint", "it is SoVITS v1"),
        (hostile, "unsafe_checkpoint", "SoVITS (s2): the checkpoint is refused"),
        (cut_off, "damaged_checkpoint", "GPT (s1): the checkpoint is damaged"),
        (flipped, "damaged_checkpoint", "SoVITS (s2): the checkpoint is damaged"),
        (nothing_there, "unreadable_checkpoint", "SoVITS (s2): the checkpoint cannot be read"),
        (another_hubert, "unreadable_checkpoint", "HuBERT: the checkpoint cannot be read"),
        (flipped_hubert, "damaged_checkpoint", "HuBERT: the checkpoint is damaged"),
        (another_ear, "other_checkpoint", "not trained with this HuBERT"),
        (no_bert, "unreadable_checkpoint", "BERT: the checkpoint cannot be read"),
        (another_bert, "other_checkpoint", "not trained with this BERT"),
        (another_training, "other_checkpoint", "do not belong together"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_cannot_be_used_is_refused_and_nothing_of_it_stays(
    tmp_path: Path, change: Any, reason: str, words: str
) -> None:
    store = ModelStore(tmp_path / "packs")
    request = golden_request(**change(tmp_path))
    with pytest.raises(ModelFileError) as caught:
        make_pack(request, store)
    assert caught.value.reason == reason
    assert words in str(caught.value)
    assert caught.value.hint
    assert store.names() == ()
    assert not list(tmp_path.rglob("*.onnx"))
    assert not (tmp_path / "trace").exists()


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"name": "../elsewhere"}, UsageError),
        ({"name": "speaker-check"}, UsageError),
        ({"name": ""}, UsageError),
        ({"licence": "two\nlines"}, UsageError),
        ({"licence": ""}, UsageError),
        ({"name": "s2_tiny_v2"}, ModelFileError),
    ],
)
def test_names_and_licences_are_looked_at_before_any_work(
    changed: dict[str, Any], error: type[HubAgentError]
) -> None:
    golden_pack()
    steps: list[str] = []
    with pytest.raises(error) as caught:
        make_pack(golden_request(**changed), store_of(golden_pack()), steps.append)
    assert caught.value.hint
    assert steps == []


def test_a_checkpoint_whose_name_has_no_usable_letters_asks_for_a_name(tmp_path: Path) -> None:
    request = golden_request(s2=tmp_path / "妈妈.pth")
    with pytest.raises(UsageError) as caught:
        make_pack(request, ModelStore(tmp_path / "packs"))
    assert "--name" in (caught.value.hint or "")


def die_at(step: str, now: str) -> None:
    if now == step:
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_power_cut_leaves_no_half_pack(tmp_path: Path) -> None:
    store = ModelStore(tmp_path / "packs")
    request = tiny_request(tmp_path, hubert=golden_folder("hubert_tiny"))
    process = multiprocessing.get_context("spawn").Process(
        target=make_pack, args=(request, store, partial(die_at, "GPT (s1)"))
    )
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    assert store.names() == ()
    with store.staging() as staging:
        assert list(staging.iterdir()) == []
    assert not list(tmp_path.rglob("*.onnx"))
