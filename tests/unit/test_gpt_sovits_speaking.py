"""A segment is heard while its tokens come, the same each time, and what goes wrong is told."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hub_agent.errors import EngineError
from hub_agent.gpt_sovits.checkpoint.kind import Kind
from hub_agent.gpt_sovits.decoder import LOOK_AHEAD, Decoder, DecoderStream
from hub_agent.gpt_sovits.decoder_networks import DecoderNetworks
from hub_agent.gpt_sovits.passage import Passage, Style, Tokens
from hub_agent.gpt_sovits.sampler import Sampling
from hub_agent.gpt_sovits.schedule import FIRST
from hub_agent.gpt_sovits.speaking import ATTEMPTS, Manner
from hub_agent.gpt_sovits.windows import Signal
from tests.fakes.golden import arrays, golden_file
from tests.fakes.gpt_sovits_voice import golden_synthesiser, golden_voice
from tests.fakes.random_checkpoints import write_s1
from tests.fakes.sovits import BOTH, golden_networks, golden_passage

Samples = NDArray[np.float32]

GREEDY = Manner(sampling=Sampling(top_k=1), noise_scale=0.0)
SAMPLES_PER_TOKEN = 1280
ONE_LSB = 1 / 32768
EXACT_LOOK_AHEAD = 22
"""Tokens: 32 frames that the flow sees ahead, and 11.5 that the generator does."""
MIN_TOKENS = 11
"""So many come before a sentence may end."""


class Listener:
    """Takes what is emitted, until it has been asked `patience` times."""

    def __init__(self, patience: int = 10**9) -> None:
        self.polls = 0
        self.pieces: list[Samples] = []
        self.polls_before_sound = 0
        self._patience = patience

    def __call__(self, samples: Samples) -> bool:
        self.polls += 1
        if samples.size:
            self.polls_before_sound = self.polls_before_sound or self.polls - 1
            self.pieces.append(samples)
        return self.polls < self._patience

    @property
    def heard(self) -> Samples:
        return np.concatenate(self.pieces) if self.pieces else np.zeros(0, np.float32)


def text() -> NDArray[np.int64]:
    """The golden text, which greedy decoding ends after 121 tokens."""
    phones: NDArray[np.int64] = arrays("t2s")["text_phones"]
    return phones


def said(
    manner: Manner = GREEDY, phones: NDArray[np.int64] | None = None, speed: float = 1.0
) -> Samples:
    listener = Listener()
    words = text() if phones is None else phones
    golden_synthesiser(manner).speak(words, golden_voice(), speed=speed, emit=listener)
    return listener.heard


def test_a_segment_sounds_nearly_as_the_official_code_says_it_at_once() -> None:
    heard = said()
    assert heard.size == len(arrays("t2s")["greedy_tokens"]) * SAMPLES_PER_TOKEN
    official = arrays("stream_v2")["full_pcm16"][: heard.size] * ONE_LSB
    assert np.std(heard - official) < 0.15 * np.std(official)


def test_the_first_sound_waits_for_the_first_tokens_only() -> None:
    listener = Listener()
    golden_synthesiser(GREEDY).speak(text(), golden_voice(), speed=1.0, emit=listener)
    assert listener.polls_before_sound == FIRST
    assert listener.pieces[0].size > 0.1 * 32_000
    assert len(listener.pieces) > 4


def test_a_faster_segment_is_shorter() -> None:
    normal, fast = said(), said(speed=2.0)
    assert fast.size == pytest.approx(normal.size / 2, abs=SAMPLES_PER_TOKEN)


def test_the_same_text_sounds_the_same_and_another_seed_reads_it_another_way() -> None:
    short, voice = text()[:8], Manner()
    assert np.array_equal(said(voice, short), said(voice, short))
    assert not np.array_equal(said(voice, short), said(Manner(seed=1), short))
    assert not np.array_equal(said(voice, short), said(voice, text()[8:16]))


@pytest.mark.parametrize("patience", [1, 5, FIRST])
def test_whoever_stops_before_the_first_sound_hears_none(patience: int) -> None:
    listener = Listener(patience)
    golden_synthesiser(GREEDY).speak(text(), golden_voice(), speed=1.0, emit=listener)
    assert listener.polls == patience
    assert not listener.pieces


def test_whoever_stops_hears_nothing_more() -> None:
    listener = Listener(FIRST + 5)
    golden_synthesiser(GREEDY).speak(text(), golden_voice(), speed=1.0, emit=listener)
    assert listener.polls == FIRST + 5
    assert len(listener.pieces) == 1


def test_a_sentence_that_is_left_out_unheard_is_tried_again_and_then_told_of() -> None:
    listener = Listener()
    synthesiser = golden_synthesiser(Manner(), s1=golden_file("s1_tiny_eos.ckpt"))
    with pytest.raises(EngineError) as caught:
        synthesiser.speak(text(), golden_voice(), speed=1.0, emit=listener)
    assert caught.value.reason == "nearly_empty"
    assert listener.polls == ATTEMPTS * (MIN_TOKENS + 1)
    assert not listener.pieces


def test_a_voice_that_goes_round_is_stopped_and_what_was_heard_is_not_said_again(
    tmp_path: Path,
) -> None:
    repeating = Manner(sampling=Sampling(top_k=1, repetition_penalty=0.5))
    synthesiser = golden_synthesiser(repeating, s1=write_s1(tmp_path / "s1.ckpt"))
    listener = Listener()
    with pytest.raises(EngineError) as caught:
        synthesiser.speak(text(), golden_voice(), speed=1.0, emit=listener)
    assert caught.value.reason == "goes_round"
    assert listener.pieces
    assert listener.polls < 80


def test_what_goes_wrong_in_a_network_is_an_error_of_the_engine() -> None:
    beyond_all = np.array([1 << 20])
    with pytest.raises(EngineError) as caught:
        golden_networks(Kind.S2_V2).latents(beyond_all, [1], golden_voice().style)
    assert caught.value.reason == "computing_failed"


class GivenLatents(DecoderNetworks):
    """Real networks whose text encoder has heard everything from the beginning."""

    def __init__(self, networks: DecoderNetworks, whole: Signal) -> None:
        super().__init__(
            text_encoder=networks._text_encoder,
            flow=networks._flow,
            coarse=networks._coarse,
            fine=networks._fine,
        )
        self._whole = whole

    def latents(self, tokens: Tokens, phones: Sequence[int], style: Style) -> Signal:
        del phones, style
        return self._whole[:, :, : 2 * len(tokens)]


def strayed(kind: Kind, sizes: list[int], look_ahead: int) -> tuple[Samples, Samples]:
    """The streamed sound less the whole, both of the same latents, and the whole."""
    networks, tokens = golden_networks(kind), arrays("t2s")["greedy_tokens"][:50]
    passage = Passage(
        phones=text().tolist(),
        style=golden_passage(kind).style,
        noise=Decoder(networks).noise(3),
    )
    latents = networks.latents(tokens, passage.phones, passage.style)
    stream = DecoderStream(GivenLatents(networks, latents), passage, look_ahead)
    pieces = [stream.push(chunk) for chunk in np.split(tokens, np.cumsum(sizes))]
    whole = Decoder(networks).decode(tokens, passage)
    return np.concatenate([*pieces, stream.finish()]) - whole, whole


CHUNKS = st.lists(st.integers(min_value=0, max_value=30), max_size=6)


@pytest.mark.parametrize("kind", BOTH)
@settings(max_examples=3, deadline=None)
@given(sizes=CHUNKS)
def test_the_same_latents_sound_the_same_in_any_chunks(kind: Kind, sizes: list[int]) -> None:
    difference, _whole = strayed(kind, sizes, EXACT_LOOK_AHEAD)
    assert np.abs(difference).max() <= ONE_LSB


@pytest.mark.parametrize("kind", BOTH)
def test_the_usual_look_ahead_strays_by_less_than_a_thousandth(kind: Kind) -> None:
    difference, whole = strayed(kind, [FIRST, 10, 14], LOOK_AHEAD)
    assert 0 < np.std(difference) < 0.001 * np.std(whole)
