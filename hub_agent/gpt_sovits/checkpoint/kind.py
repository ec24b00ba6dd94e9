"""What a checkpoint is, told by what is in it."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from hub_agent.gpt_sovits.checkpoint.problems import SUPPORTED, damaged, unsupported
from hub_agent.gpt_sovits.checkpoint.torch_zip import TorchFile, read_torch_zip
from hub_agent.gpt_sovits.checkpoint.weights import Weights

PHONES: Final = 732
"""Rows of the phone table since v2; v1 has fewer."""

TEXT_TABLE: Final = "model.ar_text_embedding.word_embeddings.weight"
_S2_TEXT_TABLE: Final = "enc_p.text_embedding.weight"
_FIRST_UPSAMPLING: Final = ("dec.ups.0.weight_v", "dec.ups.0.weight")
_PRO_PLUS_KERNEL: Final = 20
"""Of the first upsampling; 16 in v2 and v2Pro."""


class Kind(StrEnum):
    """Kinds of checkpoints; those we can use come first."""

    S1 = "GPT (s1)"
    S2_V2 = "SoVITS v2"
    S2_V2_PRO = "SoVITS v2Pro"
    S2_V2_PRO_PLUS = "SoVITS v2ProPlus"
    SPEAKER = "speaker verification (ERes2NetV2)"
    HUBERT = "HuBERT"
    BERT = "a BERT"
    S1_V1 = "GPT (s1) of v1"
    S2_V1 = "SoVITS v1"
    S2_V3 = "SoVITS v3"
    S2_V4 = "SoVITS v4"
    LORA = "LoRA of SoVITS v3 or v4"
    DISCRIMINATOR = "a discriminator (s2D), which is only for training"
    TRAINING_STATE = "the state of an unfinished training"


SPEAKING: Final = (Kind.S2_V2, Kind.S2_V2_PRO, Kind.S2_V2_PRO_PLUS)

_INSTEAD: Final = {
    Kind.S1_V1: f"a GPT checkpoint of {SUPPORTED}",
    Kind.DISCRIMINATOR: "the generator (s2G) beside it",
    Kind.TRAINING_STATE: "the file the trainer put in its folder GPT_weights_… or SoVITS_weights_…",
}


def recognise(path: Path) -> Kind:
    """The kind of a file, whatever its name and size; damaged or unsafe files are errors."""
    return kind_of(read_torch_zip(path))


def kind_of(file: TorchFile) -> Kind:
    """The kind of a file that is open already."""
    tensors = file.tensors
    if TEXT_TABLE in tensors:
        return Kind.S1 if _rows(tensors, TEXT_TABLE) >= PHONES else Kind.S1_V1
    if _S2_TEXT_TABLE in tensors or any("lora_" in name for name in tensors):
        return _s2_kind(tensors, _version(file.content))
    for name, kind in _SIGNS.items():
        if name in tensors:
            return kind
    if any(name.startswith("discriminators.") for name in tensors):
        return Kind.DISCRIMINATOR
    raise damaged("it holds the weights of no network we know")


def require(file: TorchFile, *kinds: Kind) -> Kind:
    """The kind, which is one of `kinds`; the error says what it is and what to use instead."""
    kind = kind_of(file)
    if kind not in kinds:
        raise unsupported(kind.value, _INSTEAD.get(kind, _wanted(kinds)))
    return kind


_SIGNS: Final = {
    "layer3_ds.weight": Kind.SPEAKER,
    "feature_extractor.conv_layers.0.conv.weight": Kind.HUBERT,
    "bert.embeddings.word_embeddings.weight": Kind.BERT,
    "embeddings.word_embeddings.weight": Kind.BERT,
}


def _wanted(kinds: tuple[Kind, ...]) -> str:
    if set(kinds) == set(SPEAKING):
        return f"a SoVITS checkpoint of {SUPPORTED}"
    return f"the checkpoint of {kinds[0].value}"


def _s2_kind(tensors: Weights, version: str) -> Kind:
    if any("lora_" in name for name in tensors):
        return Kind.LORA
    if any(name.startswith(("cfm.", "bridge.", "wns1.")) for name in tensors):
        return Kind.S2_V4 if version == "v4" else Kind.S2_V3
    if "sv_emb.weight" in tensors:
        return Kind.S2_V2_PRO_PLUS if _is_plus(tensors, version) else Kind.S2_V2_PRO
    return Kind.S2_V2 if _rows(tensors, _S2_TEXT_TABLE) >= PHONES else Kind.S2_V1


def _is_plus(tensors: Weights, version: str) -> bool:
    if version in {"v2Pro", "v2ProPlus"}:
        return version == "v2ProPlus"
    kernels = [tensors.shape(name)[-1:] for name in _FIRST_UPSAMPLING if name in tensors]
    return kernels == [(_PRO_PLUS_KERNEL,)]


def _version(content: Mapping[str, Any]) -> str:
    config = content.get("config")
    model = config.get("model") if isinstance(config, dict) else None
    return str(model.get("version")) if isinstance(model, dict) else ""


def _rows(tensors: Weights, name: str) -> int:
    return tensors.shape(name)[0] if tensors.shape(name) else 0
