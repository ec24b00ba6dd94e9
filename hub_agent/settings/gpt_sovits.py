"""Settings of the engine that speaks with a GPT-SoVITS model on this machine."""

from pydantic import Field

from hub_agent.gpt_sovits.providers import Provider
from hub_agent.settings.base import Name, Section


class GptSovitsSettings(Section):
    """A GPT-SoVITS model that speaks on this machine; nothing leaves it."""

    model: Name | None = Field(
        default=None,
        title="Model",
        description="Of `hub-agent models list`; none: the only one there is for this engine",
    )
    provider: Provider = Field(
        default=Provider.CPU,
        title="Provider",
        description="What computes the sound; `hub-agent doctor` lists what is there. Tokens, "
        "which come one by one, are always the CPU's",
    )
    threads: int = Field(
        default=2,
        ge=1,
        le=32,
        title="Threads",
        description="Of the CPU; 1 where other programs need the cores",
    )
    temperature: float = Field(
        default=1.0,
        ge=0.0,
        le=2.0,
        title="Temperature",
        description="How freely it speaks; lower is steadier and flatter",
    )
    top_k: int = Field(
        default=15, ge=1, le=1024, title="Top k", description="Choose among so many tokens"
    )
    top_p: float = Field(
        default=1.0,
        gt=0.0,
        le=1.0,
        title="Top p",
        description="Choose among the likeliest tokens that make up this share",
    )
    repetition_penalty: float = Field(
        default=1.35,
        ge=1.0,
        le=3.0,
        title="Repetition penalty",
        description="How much less likely tokens are that were there before; 1 is not at all",
    )
    noise_scale: float = Field(
        default=0.5, ge=0.0, le=1.0, title="Noise scale", description="How lively the sound is"
    )
    seed: int = Field(
        default=0,
        ge=0,
        le=2**32 - 1,
        title="Seed",
        description="The same text always sounds the same; another seed reads it another way",
    )
