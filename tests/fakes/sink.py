"""A sink that remembers what it was given and can play in real time, break or hang."""

import asyncio
from typing import Self

import numpy as np

from hub_agent.audio.stage import Samples
from hub_agent.errors import SinkError


class RecordingSink:
    """Takes everything at once, or, when `paced`, holds each write for its duration."""

    name = "recording"
    underruns = 0

    def __init__(self, *, sample_rate: int = 16_000, paced: bool = False) -> None:
        self.sample_rate = sample_rate
        self.paced = paced
        self.broken = False
        self.hangs = False
        self.utterances: list[str] = []
        self.recordings: list[list[Samples]] = []
        self.cuts = 0
        self.finished = 0
        self.open = False
        self.wrote = asyncio.Event()

    async def __aenter__(self) -> Self:
        self.open = True
        return self

    async def __aexit__(self, *exc: object) -> None:
        self.open = False

    async def begin(self, utterance_id: str) -> None:
        if self.broken:
            raise SinkError("unplugged")
        self.utterances.append(utterance_id)
        self.recordings.append([])

    async def write(self, samples: Samples) -> None:
        if self.hangs:
            await asyncio.Event().wait()
        if self.broken:
            raise SinkError("unplugged")
        if self.paced:
            await asyncio.sleep(samples.size / self.sample_rate)
        self.recordings[-1].append(samples)
        self.wrote.set()

    async def finish(self) -> None:
        self.finished += 1

    async def cut(self, rest: Samples) -> int:
        self.cuts += 1
        if rest.size:
            self.recordings[-1].append(rest * np.linspace(1, 0, rest.size, dtype=np.float32))
        return 0

    def unplayed(self) -> int:
        return 0

    def audio(self, index: int = -1) -> Samples:
        """One utterance as it was heard."""
        pieces = self.recordings[index]
        return np.concatenate(pieces) if pieces else np.zeros(0, np.float32)
