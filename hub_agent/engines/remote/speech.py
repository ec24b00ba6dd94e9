"""An answer of a speech server as samples."""

from collections.abc import Iterator

from hub_agent.audio.resample import Resampler
from hub_agent.audio.stage import Samples
from hub_agent.engines.remote import api_v2
from hub_agent.engines.remote.exchange import Head
from hub_agent.engines.remote.wav import WavStream


def speech(arrivals: Iterator[Head | bytes], sample_rate: int) -> Iterator[Samples]:
    """At `sample_rate`, whatever the server's is; empty ones while nothing comes.

    Raises `HubAgentError` for an answer that is none.
    """
    wav = WavStream()
    resampler: Resampler | None = None
    for arrived in arrivals:
        if isinstance(arrived, Head):
            api_v2.require_speech(arrived)
            continue
        samples = wav.feed(arrived)
        if resampler is None and wav.sample_rate:
            resampler = Resampler(wav.sample_rate, sample_rate)
        yield samples if resampler is None else resampler.process(samples)
    if resampler is not None:
        yield resampler.finish()
