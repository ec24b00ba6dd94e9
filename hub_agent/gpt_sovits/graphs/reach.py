"""How far the generator sees, by its kernels and dilations."""

from math import prod
from typing import Final

from hub_agent.gpt_sovits.checkpoint.s2_shapes import S2Config

OUTER_REACH: Final = 3
"""Of the generator's first and last convolution, of 7 each."""


def rate_of(config: S2Config, stages: range) -> int:
    """Outputs of these stages to an input."""
    return prod(config.upsample_rates[stage] for stage in stages)


def reach_of(config: S2Config, stages: range, *, behind: int = 0) -> int:
    """How many inputs to either side an output of these stages depends on.

    `behind` is how many of their outputs what comes after them sees.
    """
    widest = max(
        sum(kernel // 2 * (dilation + 1) for dilation in dilations)
        for kernel, dilations in zip(
            config.resblock_kernel_sizes, config.resblock_dilations, strict=True
        )
    )
    reach = behind
    for stage in reversed(stages):
        rate, kernel = config.upsample_rates[stage], config.upsample_kernel_sizes[stage]
        padding = (kernel - rate) // 2
        # Output o hears inputs from (o + padding - kernel + 1) / rate to (o + padding) / rate.
        reach = (reach + widest + kernel - 1 - padding) // rate
    return reach
