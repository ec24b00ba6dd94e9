"""A generator of small integers, beside the exact one, where it sounds nearly the same."""

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from hub_agent.gpt_sovits.checkpoint.s2 import S2Checkpoint
from hub_agent.gpt_sovits.decoder_networks import DecoderNetworks
from hub_agent.gpt_sovits.graphs.generator import build_coarse, build_fine
from hub_agent.gpt_sovits.graphs.sovits import (
    COARSE_INT8_FILE,
    FINE_INT8_FILE,
    GENERATOR_INT8_WEIGHTS_FILE,
)
from hub_agent.gpt_sovits.graphs.stored import WeightsFile
from hub_agent.gpt_sovits.made_up_speech import GeneratorInput, made_up_speech
from hub_agent.gpt_sovits.memory import give_back_memory
from hub_agent.gpt_sovits.quantise_convolutions import (
    measured_ranges,
    quantisable,
    quantise_convolutions,
)
from hub_agent.gpt_sovits.reference import ReferenceEncoder

MIN_SNR_DB: Final = 30.0
"""Of the exact sound to what is added to it: below this it may be heard."""
FILES: Final = (COARSE_INT8_FILE, FINE_INT8_FILE, GENERATOR_INT8_WEIGHTS_FILE)


def make_int8_generator(
    folder: Path, checkpoint: S2Checkpoint, encoder: ReferenceEncoder
) -> float | None:
    """Write `FILES` beside the exact graphs in `folder`, if they turn out good enough.

    Returns their signal-to-noise ratio in dB for a speaker they were not fitted to; None where
    the generator is too narrow for it to be worth while.
    """
    weights, config = checkpoint.weights, checkpoint.config
    if not quantisable(build_fine(weights, config)):
        return None
    exact = DecoderNetworks.open(folder)
    *known, unknown = made_up_speech(encoder, exact)
    features = [exact.coarse(speech.z, speech.style) for speech in known]
    sound = _sound(exact, unknown)
    del exact
    with WeightsFile(folder / GENERATOR_INT8_WEIGHTS_FILE) as file:
        for name, build, examples in (
            (COARSE_INT8_FILE, build_coarse, [_coarse_feeds(speech) for speech in known]),
            (FINE_INT8_FILE, build_fine, [{"features": piece} for piece in features]),
        ):
            model = build(weights, config)
            quantise_convolutions(model, measured_ranges(model, examples))
            file.save(model, folder / name)
            # One graph at a time is in memory.
            del model
            give_back_memory()
    reached_db = snr_db(sound, _sound(DecoderNetworks.open(folder), unknown))
    if reached_db < MIN_SNR_DB:
        for name in FILES:
            (folder / name).unlink()
    give_back_memory()
    return reached_db


def snr_db(exact: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Of a signal to how far another is from it."""
    least = np.finfo(np.float32).tiny
    return float(10 * np.log10((np.sum(exact**2) + least) / (np.sum((other - exact) ** 2) + least)))


def _coarse_feeds(speech: GeneratorInput) -> dict[str, NDArray[Any]]:
    return {"z": speech.z, "ge": speech.style.ge}


def _sound(networks: DecoderNetworks, speech: GeneratorInput) -> NDArray[np.float32]:
    return networks.fine(networks.coarse(speech.z, speech.style))
