"""What is kept of a person's voice for one model, and how it is sealed."""

from dataclasses import dataclass, field
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from hub_agent.errors import EngineError
from hub_agent.gpt_sovits.passage import Style, Tokens
from voices.payload import Payload

FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class ModelId:
    """Which model voice data is for: its name and the hash of all its files."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VoiceData:
    """One reference as tokens and phones, and the style of several."""

    phones: NDArray[np.int64] = field(repr=False)
    """Of what is said in the reference."""
    features: NDArray[np.float32] | None = field(default=None, repr=False)
    """What BERT makes of it, `[width, phones]`; None without Mandarin or BERT."""
    prompt: Tokens = field(repr=False)
    """Semantic tokens of the reference."""
    style: Style = field(repr=False)

    def sealed(self, model: ModelId) -> Payload:
        """As it is kept."""
        meta = {"format": FORMAT, "model": model.name, "sha256": model.sha256}
        arrays: dict[str, NDArray[Any]] = {
            "phones": self.phones,
            "prompt": self.prompt,
            "ge": self.style.ge,
            "ge_mrte": self.style.ge_mrte,
        }
        if self.features is not None:
            arrays["features"] = self.features
        return Payload(meta, arrays)

    @classmethod
    def opened(cls, payload: Payload, model: ModelId) -> Self:
        """What `sealed` made, without copies, so that wiping the payload wipes it too.

        Raises `EngineError` for what was made for another model.
        """
        made_for = ModelId(payload.meta.get("model", ""), payload.meta.get("sha256", ""))
        if payload.meta.get("format") != FORMAT or made_for != model:
            raise EngineError(
                "this voice was fitted to another model than the one in use",
                hint="hub-agent voices fit ID --engine gpt_sovits",
                reason="fitted_to_another_model",
            )
        arrays = payload.arrays
        try:
            style = Style(ge=arrays["ge"], ge_mrte=arrays["ge_mrte"])
            return cls(
                phones=arrays["phones"],
                features=arrays.get("features"),
                prompt=arrays["prompt"],
                style=style,
            )
        except KeyError as error:
            raise EngineError(
                "this voice data is incomplete",
                hint="hub-agent voices fit ID --engine gpt_sovits",
                reason="damaged_voice_data",
            ) from error
