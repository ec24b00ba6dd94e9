"""Every model there is on this hub, whatever it is: the speaker check, packs, published files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from hub_agent.errors import ModelFileError, NotFoundError
from hub_agent.models.content import Progress
from hub_agent.models.manifest import FILES_KIND
from hub_agent.models.store import ModelStore, pack_store
from voices.speaker.model import (
    LICENCE,
    NAME,
    PROJECT,
    VERSION,
    model_path,
    read_model,
    remove_model,
)


class Model(Protocol):
    """One model."""

    @property
    def name(self) -> str:
        """What people type."""
        ...

    @property
    def is_here(self) -> bool:
        """Whether it is on this disk, damaged or not."""
        ...

    def row(self) -> Mapping[str, Any]:
        """What is to be listed of it, without reading all of it."""
        ...

    def verify(self, progress: Progress) -> None:
        """Raises an error that says what is wrong with it (reads every byte)."""
        ...

    def remove(self) -> None:
        """Remove it from the disk."""
        ...


def models_in(models_folder: Path) -> list[Model]:
    """All that are here or that the hub itself can download."""
    store = pack_store(models_folder)
    return [SpeakerCheck(models_folder), *(Pack(store, name) for name in store.names())]


def model_named(name: str, models_folder: Path) -> Model:
    """One of them, or `NotFoundError` with all there are."""
    models = {model.name: model for model in models_in(models_folder)}
    if name not in models:
        raise NotFoundError(
            f"there is no model {name!r}",
            hint=f"hub-agent models list; there are: {', '.join(models)}",
        )
    return models[name]


class SpeakerCheck:
    """The network that tells speakers apart."""

    name = NAME

    def __init__(self, models_folder: Path) -> None:
        self._folder = models_folder
        self._path = model_path(models_folder)

    @property
    def is_here(self) -> bool:
        """Whether it is on this disk, damaged or not."""
        return self._path.exists()

    def row(self) -> Mapping[str, Any]:
        """What is to be listed of it."""
        return {
            "model": NAME,
            "here": self.is_here,
            "kind": "speakers",
            "engine": None,
            "size_mb": _size_mb(self._path.stat().st_size) if self.is_here else None,
            "licence": LICENCE,
            "languages": [],
            "source": f"{PROJECT} {VERSION}",
            "use": "recognises speakers when somebody enrols",
            "undamaged": None,
        }

    def verify(self, progress: Progress) -> None:
        """Raises `SpeakerModelError`."""
        content = read_model(self._path)
        progress(len(content), len(content))

    def remove(self) -> None:
        """Remove it; it is downloaded again when it is needed."""
        if not remove_model(self._folder):
            raise NotFoundError(f"{NAME} is not here", hint="hub-agent models list")


class Pack:
    """A pack or published files, in the store."""

    is_here = True

    def __init__(self, store: ModelStore, name: str) -> None:
        self._store = store
        self.name = name

    def row(self) -> Mapping[str, Any]:
        """What its manifest says; `undamaged` is None where only `verify` would tell."""
        try:
            manifest = self._store.open(self.name).manifest
        except ModelFileError:
            return {"model": self.name, "here": True, "undamaged": False}
        is_raw = manifest.kind == FILES_KIND
        return {
            "model": self.name,
            "here": True,
            "kind": manifest.kind,
            "engine": manifest.engine,
            "size_mb": _size_mb(manifest.size),
            "licence": manifest.licence,
            "languages": list(manifest.languages),
            "source": manifest.source,
            "use": "published files, to make a pack of" if is_raw else "speaks",
            "undamaged": None,
        }

    def verify(self, progress: Progress) -> None:
        """Raises `ModelFileError`."""
        self._store.verify(self.name, progress)

    def remove(self) -> None:
        """Remove it for good."""
        self._store.remove(self.name)


def _size_mb(num_bytes: int) -> float:
    return round(num_bytes / 1e6, 1)
