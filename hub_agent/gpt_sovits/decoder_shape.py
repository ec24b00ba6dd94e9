"""What of a SoVITS network the decoder must know beside its graphs."""

from dataclasses import dataclass
from math import prod
from typing import Final, Self

from hub_agent.gpt_sovits.checkpoint.s2_shapes import S2Config
from hub_agent.gpt_sovits.graphs.generator import NUM_COARSE

_OUTER_REACH: Final = 3
"""Of the first and the last convolution of the generator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecoderShape:
    """Rates and reaches of the generator's two graphs; frames are those of the latents.

    A reach is how far to either side an output depends on the input.
    """

    sample_rate: int
    inter_channels: int
    coarse_rate: int
    """Steps to a frame."""
    coarse_reach: int
    """In frames."""
    fine_rate: int
    """Samples to a step."""
    fine_reach: int
    """In steps."""

    @property
    def frame_samples(self) -> int:
        """Samples to a frame."""
        return self.coarse_rate * self.fine_rate

    @classmethod
    def of(cls, config: S2Config) -> Self:
        """The shape of a checkpoint's decoder."""
        stages = len(config.upsample_rates)
        coarse, fine = range(NUM_COARSE), range(NUM_COARSE, stages)
        return cls(
            sample_rate=config.sample_rate,
            inter_channels=config.inter_channels,
            coarse_rate=prod(config.upsample_rates[stage] for stage in coarse),
            coarse_reach=_OUTER_REACH + _reach(config, coarse, 0),
            fine_rate=prod(config.upsample_rates[stage] for stage in fine),
            fine_reach=_reach(config, fine, _OUTER_REACH),
        )


def _reach(config: S2Config, stages: range, reach: int) -> int:
    """In inputs of the first of these stages; `reach` is what follows the last one."""
    blocks = max(
        sum(kernel // 2 * (dilation + 1) for dilation in dilations)
        for kernel, dilations in zip(
            config.resblock_kernel_sizes, config.resblock_dilations, strict=True
        )
    )
    for stage in reversed(stages):
        rate, kernel = config.upsample_rates[stage], config.upsample_kernel_sizes[stage]
        padding = (kernel - rate) // 2
        # Output o hears inputs from (o + padding - kernel + 1) / rate to (o + padding) / rate.
        reach = (reach + blocks + kernel - 1 - padding) // rate
    return reach
