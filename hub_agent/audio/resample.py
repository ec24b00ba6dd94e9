"""Changing the sample rate."""

from typing import Protocol, cast

import numpy as np

from hub_agent.audio.stage import Samples


class Resampler:
    """Changes the sample rate; equal rates pass through untouched.

    Look-ahead upwards: 241 input samples – 10 ms from 24 kHz, 10.9 ms from 22.05 kHz, 15.1 ms
    from 16 kHz; see `look_ahead_ms` for the rest. soxr's variable-rate core is used at a
    constant rate because its usual core waits for 37–42 ms at the same quality; pass band to 0.9
    of the lower Nyquist frequency, images below -115 dB. The output has
    `num_samples * rate_out / rate_in` samples, to the nearest.
    """

    def __init__(self, rate_in: int, rate_out: int) -> None:
        self._stream = None if rate_in == rate_out else _variable_rate_stream(rate_in, rate_out)
        self._ratio = rate_out / rate_in
        self._taken = self._given = 0
        self.look_ahead_ms = look_ahead_ms(rate_in, rate_out)

    def process(self, samples: Samples) -> Samples:
        """See `Stage.process`."""
        if self._stream is None or not samples.size:
            return samples
        resampled = self._stream.resample_chunk(np.ascontiguousarray(samples, dtype=np.float32))
        self._taken += samples.size
        self._given += resampled.size
        return resampled

    def finish(self) -> Samples:
        """See `Stage.finish`."""
        nothing = np.zeros(0, np.float32)
        if self._stream is None:
            return nothing
        rest = self._stream.resample_chunk(nothing, last=True)
        wanted = max(0, round(self._taken * self._ratio) - self._given)
        return np.concatenate([rest[:wanted], np.zeros(max(0, wanted - rest.size), np.float32)])


def look_ahead_ms(rate_in: int, rate_out: int) -> float:
    """How far a `Resampler` between these rates looks ahead, as measured on soxr 1.1.

    The filter spans 241 input samples down to half the rate; every further halving puts
    another filter before it.
    """
    if rate_in == rate_out:
        return 0.0
    halvings = 0
    while rate_out << (halvings + 1) < rate_in:
        halvings += 1
    return 1000 * ((362 << halvings) - 121) / rate_in


def resample(samples: Samples, rate_in: int, rate_out: int) -> Samples:
    """A whole recording at another rate."""
    resampler = Resampler(rate_in, rate_out)
    return np.concatenate([resampler.process(samples), resampler.finish()])


class _SoxrStream(Protocol):
    def resample_chunk(self, x: Samples, last: bool = False) -> Samples: ...


def _variable_rate_stream(rate_in: int, rate_out: int) -> _SoxrStream:
    import soxr

    stream = soxr.ResampleStream(rate_in, rate_out, 1, dtype="float32", quality="HQ", vr=True)
    return cast("_SoxrStream", stream)
