"""From recordings of a voice to what is kept of it: the tokens of a prompt, and the style."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from hub_agent.audio.resample import resample
from hub_agent.errors import NotFoundError
from hub_agent.gpt_sovits import filterbank, spectrogram
from hub_agent.gpt_sovits.graphs.sovits import CODES_FILE, STYLE_FILE
from hub_agent.gpt_sovits.memory import give_back_memory
from hub_agent.gpt_sovits.passage import Style, Tokens
from hub_agent.gpt_sovits.providers import Provider
from hub_agent.gpt_sovits.sessions import computing, open_session
from voices.errors import EnrolmentRefusedError
from voices.recording import Recording

Samples = NDArray[np.float32]

_HUBERT_RATE: Final = 16_000
PROMPT_S: Final = (3.0, 10.0)
"""Shortest and longest recording that a prompt may be made of, as in the original."""
_MIN_STYLE_S: Final = 1.0
_PAUSE: Final = np.zeros(9600, np.float32)
"""0.6 s behind the recording, as in the original; tokens depend on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceEncoder:
    """The networks of the enrolling side; each is loaded only while it is used."""

    pack: Path
    """The folder of the graphs that were made of the SoVITS checkpoint."""
    hubert: Path
    speaker: Path | None = None
    """The graph that v2Pro and v2ProPlus need beside it."""
    num_threads: int = 2
    provider: Provider = Provider.CPU

    def prompt(self, recording: Recording) -> Tokens:
        """Semantic tokens of a recording of 3 to 10 seconds, 25 a second."""
        _check(recording, *PROMPT_S)
        at_16k = resample(recording.samples, recording.sample_rate, _HUBERT_RATE)
        samples = np.concatenate([at_16k, _PAUSE])
        with computing():
            (hidden,) = self._open(self.hubert).run(None, {"samples": samples})
            (tokens,) = self._open(self.pack / CODES_FILE).run(None, {"hidden": hidden})
        give_back_memory()
        return np.asarray(tokens, np.int64)

    def style(self, recordings: Sequence[Recording]) -> Style:
        """The mean of the styles of one recording or more, of a second at least each."""
        if not recordings:
            raise ValueError("a style needs a recording")
        heard = [_for_style(recording) for recording in recordings]
        with computing():
            styles = self._styles(heard)
        give_back_memory()
        ge, ge_mrte = (np.mean(vectors, axis=0) for vectors in zip(*styles, strict=True))
        return Style(ge=ge, ge_mrte=ge_mrte)

    def _styles(self, recordings: Sequence[Samples]) -> list[Sequence[NDArray[np.float32]]]:
        """`ge` and `ge_mrte` of each."""
        session = self._open(self.pack / STYLE_FILE)
        feeds = [{"spectrum": spectrogram.spectrogram(samples)} for samples in recordings]
        if len(session.get_inputs()) > 1:
            for feed, embedding in zip(feeds, self._speakers(recordings), strict=True):
                feed["speaker"] = embedding
        return [session.run(["ge", "ge_mrte"], feed) for feed in feeds]

    def _speakers(self, recordings: Sequence[Samples]) -> list[NDArray[np.float32]]:
        """Of 32 kHz audio, `[1, 20480]` each."""
        if self.speaker is None:
            raise NotFoundError(
                "voices of this model need the speaker verification model",
                hint="hub-agent models list",
                reason="no_speaker_model",
            )
        session = self._open(self.speaker)
        embeddings = []
        for samples in recordings:
            at_16k = resample(samples, spectrogram.SAMPLE_RATE, filterbank.SAMPLE_RATE)
            embeddings += session.run(None, {"bands": filterbank.log_mel(at_16k)})
        return embeddings

    def _open(self, graph: Path) -> Any:
        return open_session(graph, num_threads=self.num_threads, provider=self.provider)


def _for_style(recording: Recording) -> Samples:
    """32 kHz audio within full scale."""
    _check(recording, _MIN_STYLE_S, math.inf)
    at_32k = resample(recording.samples, recording.sample_rate, spectrogram.SAMPLE_RATE)
    return spectrogram.within_scale(at_32k)


def _check(recording: Recording, least_s: float, most_s: float) -> None:
    if recording.samples.ndim != 1 or recording.sample_rate <= 0:
        raise ValueError("a recording is one row of mono audio, with a sample rate above 0")
    if not np.isfinite(recording.samples).all():
        raise EnrolmentRefusedError(
            "the recording holds values that are no numbers", reason="broken_audio"
        )
    if not least_s <= recording.duration_s <= most_s:
        limit = "at least 1 second" if most_s == math.inf else "3 to 10 seconds"
        raise EnrolmentRefusedError(
            f"the reference takes {recording.duration_s:.1f} s; it should take {limit}",
            hint="cut it to one or two whole sentences",
            reason="reference_length",
        )
