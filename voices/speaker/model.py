"""The speaker model on disk: made of the published weights once, verified whenever it is read."""

import hashlib
import json
import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from voices.durable import DiskFiles
from voices.errors import SpeakerModelError
from voices.speaker.checkpoint import read_checkpoint
from voices.speaker.graph import build_graph

NAME: Final = "speaker-check"
HINT: Final = f"hub-agent models add {NAME}"

PROJECT: Final = "resemblyzer"
VERSION: Final = "0.1.4"
LICENCE: Final = "Apache-2.0"
WHEEL: Final = "Resemblyzer-0.1.4-py3-none-any.whl"
WHEEL_BYTES: Final = 15_747_704
WHEEL_SHA256: Final = "8f12eb2f1a9982d32e8db7856de754709b59c93a77bcf0ff536584b619a9dd1f"

_WEIGHTS: Final = "resemblyzer/pretrained.pt"
_WEIGHTS_BYTES: Final = 17_090_379
_SECTION: Final = "model_state"
_MODEL: Final = f"{NAME}.onnx"
_MANIFEST: Final = "manifest.json"
_MAX_MODEL_BYTES: Final = 16 << 20
_MAX_MANIFEST_BYTES: Final = 4096


def model_path(models_folder: Path) -> Path:
    """Where the model lies in `models_folder`, whether it is there or not."""
    return models_folder / NAME / _MODEL


def make_model(wheel: Path, models_folder: Path) -> Path:
    """Make the model of the published wheel (about 1 s); replaces one that is there."""
    content = _read(wheel.resolve(), WHEEL_BYTES)
    if _sha256(content) != WHEEL_SHA256:
        raise _wrong_wheel("its checksum is another one")
    model = build_graph(read_checkpoint(_weights(content), section=_SECTION))
    return _store(model, model_path(models_folder))


def read_model(path: Path) -> bytes:
    """The model's content; an error says when it is missing, damaged or of another origin."""
    if not path.exists():
        raise SpeakerModelError("the speaker model is not installed", hint=HINT)
    model = _read(path, _MAX_MODEL_BYTES)
    manifest = _manifest(path.with_name(_MANIFEST))
    if manifest.get("sha256") != _sha256(model):
        raise _damaged("its checksum is another one")
    if manifest.get("source_sha256") != WHEEL_SHA256:
        raise _damaged("it was made of other weights")
    return model


def remove_model(models_folder: Path) -> bool:
    """Remove the model; says whether there was one."""
    path, files = model_path(models_folder), DiskFiles()
    present = path.parent.exists()
    if present:
        files.remove(path)
        files.remove(path.with_name(_MANIFEST))
        files.remove_folder(path.parent)
    return present


def _store(model: bytes, path: Path) -> Path:
    files = DiskFiles()
    try:
        files.make_folder(path.parent)
        # A power cut between the two leaves a model that is not used, and says so.
        files.write(path, model)
        files.write(path.with_name(_MANIFEST), _manifest_of(model))
    except OSError as error:
        why = (error.strerror or "unknown reason").lower()
        raise SpeakerModelError(f"the speaker model cannot be written: {why}") from error
    return path


def _manifest_of(model: bytes) -> bytes:
    entries = {
        "kind": NAME,
        "sha256": _sha256(model),
        "size": len(model),
        "source": f"{PROJECT} {VERSION}",
        "source_sha256": WHEEL_SHA256,
        "licence": LICENCE,
    }
    return json.dumps(entries, indent=2).encode() + b"\n"


def _manifest(path: Path) -> Mapping[str, Any]:
    try:
        content = json.loads(_read(path, _MAX_MANIFEST_BYTES))
    except (ValueError, RecursionError) as error:
        raise _damaged("its manifest cannot be read") from error
    return content if isinstance(content, dict) else {}


def _weights(wheel: bytes) -> bytes:
    try:
        with zipfile.ZipFile(BytesIO(wheel)) as archive, archive.open(_WEIGHTS) as weights:
            data = weights.read(_WEIGHTS_BYTES + 1)
    except (OSError, KeyError, RuntimeError, zipfile.BadZipFile) as error:
        raise _wrong_wheel(f"it cannot be opened ({type(error).__name__})") from error
    if len(data) != _WEIGHTS_BYTES:
        raise _wrong_wheel("its weights have another size")
    return data


def _read(path: Path, max_bytes: int) -> bytes:
    try:
        return DiskFiles().read(path, max_bytes)
    except OSError as error:
        why = (error.strerror or "it is no plain file, or too big").lower()
        raise SpeakerModelError(f"{path.name} cannot be read: {why}", hint=HINT) from error


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _damaged(why: str) -> SpeakerModelError:
    return SpeakerModelError(
        f"the speaker model is damaged: {why}", hint=HINT, reason="speaker_model_damaged"
    )


def _wrong_wheel(why: str) -> SpeakerModelError:
    return SpeakerModelError(
        f"the file is not the wheel {PROJECT} {VERSION}: {why}",
        hint=f"pip download --no-deps {PROJECT}=={VERSION}",
        reason="wrong_file",
    )
