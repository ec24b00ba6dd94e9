"""The networks of the speaking side, as functions of arrays."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from hub_agent.gpt_sovits.graphs.generator import RATE, REACH
from hub_agent.gpt_sovits.graphs.sovits import (
    COARSE_FILE,
    COARSE_INT8_FILE,
    FINE_FILE,
    FINE_INT8_FILE,
    FLOW_FILE,
    TEXT_ENCODER_FILE,
)
from hub_agent.gpt_sovits.memory import give_back_memory
from hub_agent.gpt_sovits.parts import InParts
from hub_agent.gpt_sovits.passage import Style, Tokens
from hub_agent.gpt_sovits.providers import Provider
from hub_agent.gpt_sovits.sessions import computing, open_session
from hub_agent.gpt_sovits.windows import Signal, Windowed

_FRAMES_PER_S: Final = 50


class DecoderNetworks:
    """The four graphs, loaded; `[1, channels, t]` goes in and out of all but the first.

    `fine` is computed in `num_parts` parts at once.
    """

    def __init__(
        self, *, text_encoder: Any, flow: Any, coarse: Any, fine: Any, num_parts: int = 1
    ) -> None:
        self._text_encoder = text_encoder
        self._flow = flow
        self._coarse = coarse
        self._fine = fine
        self._fine_in_parts = InParts(
            lambda features: _run(fine, {"features": features}),
            reach=_property(fine, REACH),
            rate=_property(fine, RATE),
            num_parts=num_parts,
        )
        _latents, noise, ge = flow.get_inputs()
        self.noise_channels = int(noise.shape[1])
        self.style_channels = int(ge.shape[1])
        self.sample_rate = _FRAMES_PER_S * _property(coarse, RATE) * _property(fine, RATE)

    @classmethod
    def open(cls, folder: Path, *, num_threads: int = 2, provider: Provider = Provider.CPU) -> Self:
        """Load the graphs in a folder; on a CPU, the int8 generator if it is there."""
        is_cpu = provider is Provider.CPU
        is_int8 = is_cpu and (folder / FINE_INT8_FILE).is_file()
        num_parts = num_threads if is_cpu else 1
        opened = partial(open_session, provider=provider)
        networks = cls(
            text_encoder=opened(folder / TEXT_ENCODER_FILE, num_threads=num_threads),
            flow=opened(folder / FLOW_FILE, num_threads=num_threads),
            coarse=opened(
                folder / (COARSE_INT8_FILE if is_int8 else COARSE_FILE), num_threads=num_threads
            ),
            fine=opened(
                folder / (FINE_INT8_FILE if is_int8 else FINE_FILE),
                num_threads=num_threads // num_parts,
            ),
            num_parts=num_parts,
        )
        give_back_memory()
        return networks

    def blank_style(self) -> Style:
        """Nobody's, for trying the networks."""
        shapes = {value.name: value.shape for value in self._text_encoder.get_inputs()}
        return Style(
            ge=np.zeros((1, self.style_channels, 1), np.float32),
            ge_mrte=np.zeros((1, shapes["style"][1], 1), np.float32),
        )

    def latents(self, tokens: Tokens, phones: Sequence[int], style: Style) -> Signal:
        """`[1, hidden, 2 n]` of n tokens and all phones of the text."""
        ids = np.array(phones, np.int64)
        return _run(self._text_encoder, {"tokens": tokens, "phones": ids, "style": style.ge_mrte})

    def flow(self, latents: Signal, noise: Signal, style: Style) -> Signal:
        """What the generator takes, `[1, inter, t]`; a frame depends on 32 to either side."""
        return _run(self._flow, {"latents": latents, "noise": noise, "ge": style.ge})

    def coarse(self, z: Signal, style: Style) -> Signal:
        """The first part of the generator."""
        return _run(self._coarse, {"z": z, "ge": style.ge})

    def fine(self, features: Signal) -> Signal:
        """The second part: sound `[1, 1, n]`."""
        return self._fine_in_parts(features)

    def windowed_coarse(self, style: Style) -> Windowed:
        """The first part, for latents that come in pieces."""
        return _windowed(self._coarse, lambda z: self.coarse(z, style))

    def windowed_fine(self) -> Windowed:
        """The second part, for features that come in pieces."""
        return _windowed(self._fine, self.fine)


def _windowed(session: Any, run: Callable[[Signal], Signal]) -> Windowed:
    return Windowed(run, reach=_property(session, REACH), rate=_property(session, RATE))


def _property(session: Any, name: str) -> int:
    """What the builder of a graph wrote into it."""
    return int(session.get_modelmeta().custom_metadata_map[name])


def _run(session: Any, feeds: Mapping[str, NDArray[Any]]) -> Signal:
    """The graph's first output."""
    with computing():
        first: Signal = session.run([session.get_outputs()[0].name], feeds)[0]
    return first
