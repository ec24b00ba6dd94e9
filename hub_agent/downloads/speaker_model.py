"""The speaker model: fetched at first need, from where the user's packages come from."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from hub_agent.downloads.address import Address
from hub_agent.downloads.fetch import Progress, Wanted, WrongContentError, fetch
from hub_agent.downloads.index_settings import read_index_settings
from hub_agent.downloads.locate import Missed, locate
from hub_agent.downloads.web import Patience, Web, WebError, open_web
from hub_agent.errors import UnavailableError
from voices.errors import SpeakerModelError
from voices.speaker.model import (
    PROJECT,
    VERSION,
    WHEEL,
    WHEEL_BYTES,
    WHEEL_SHA256,
    make_model,
    model_path,
    read_model,
)

DOWNLOADS: Final = ".downloads"
"""Folder of what is on its way, in the folder of models."""
WHEEL_WANTED: Final = Wanted(filename=WHEEL, size=WHEEL_BYTES, sha256=WHEEL_SHA256)


async def ensure_speaker_model(
    models_folder: Path,
    *,
    progress: Progress,
    env: Mapping[str, str] = os.environ,
    patience: Patience | None = None,
) -> Path:
    """The model's path, downloaded and made first where it is missing or damaged.

    Raises `UnavailableError` when nobody has it, with what to do by hand.
    """
    if await asyncio.to_thread(is_usable, models_folder):
        return model_path(models_folder)
    async with _wheel(models_folder, progress, env, patience or Patience()) as wheel:
        return await asyncio.to_thread(make_model, wheel, models_folder)


def is_usable(models_folder: Path) -> bool:
    """Whether the model is there and undamaged (reads it)."""
    try:
        read_model(model_path(models_folder))
    except SpeakerModelError:
        return False
    return True


@asynccontextmanager
async def _wheel(
    models_folder: Path, progress: Progress, env: Mapping[str, str], patience: Patience
) -> AsyncIterator[Path]:
    """The verified wheel; a downloaded one is gone afterwards."""
    target = models_folder / DOWNLOADS / WHEEL
    settings = await asyncio.to_thread(read_index_settings, env)
    missed: list[str] = []
    async with (
        open_web(settings, patience) as web,
        aclosing(locate(web, settings, PROJECT, WHEEL_WANTED)) as places,
    ):
        async for place in places:
            if isinstance(place, Missed):
                missed.append(place.why)
            elif (why := await _got(web, place, target, progress, patience)) is None:
                break
            else:
                missed.append(why)
        else:
            raise _not_to_be_had(missed)
    try:
        yield place.path if not place.is_web else target
    finally:
        await asyncio.to_thread(_clear, target)


async def _got(
    web: Web, place: Address, target: Path, progress: Progress, patience: Patience
) -> str | None:
    """Why the wheel could not be got from there; None: it is here."""
    if not place.is_web:
        return None
    try:
        await fetch(web, place, WHEEL_WANTED, target, progress=progress, patience=patience)
    except (WebError, WrongContentError) as error:
        return str(error)
    return None


def _clear(target: Path) -> None:
    """Leaves the folder where another download is in it."""
    target.unlink(missing_ok=True)
    with suppress(OSError):
        target.parent.rmdir()


def _not_to_be_had(missed: list[str]) -> UnavailableError:
    why = "; ".join(dict.fromkeys(missed)) or "no package index is configured"
    return UnavailableError(
        f"the speaker model ({PROJECT} {VERSION}) cannot be downloaded: {why}",
        hint="where there is a network, `pip download --no-deps "
        f"{PROJECT}=={VERSION}`; here, `hub-agent models add speaker-check --file {WHEEL}`",
        reason="download_failed",
    )
