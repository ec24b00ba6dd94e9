"""Spectra are the official ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_agent.gpt_sovits.filterbank import log_mel
from hub_agent.gpt_sovits.spectrogram import MIN_SAMPLES, spectrogram, within_scale
from tests.fakes.golden import arrays


@pytest.mark.parametrize(("wave", "spectrum"), [("wave32k", "spec"), ("wave32k_b", "spec_b")])
def test_the_spectrogram_is_the_official_one(wave: str, spectrum: str) -> None:
    golden = arrays("reference_audio")
    ours = spectrogram(golden[wave])
    assert ours.shape == golden[spectrum].shape
    assert np.abs(ours - golden[spectrum]).max() < 1e-4


def test_log_mel_energies_are_the_official_ones() -> None:
    golden = arrays("sv_tiny")
    ours = log_mel(golden["wave16k"])
    assert ours.shape == golden["fbank"].shape
    assert np.abs(ours - golden["fbank"]).max() < 5e-4


@given(st.integers(min_value=MIN_SAMPLES, max_value=5000))
def test_there_is_a_frame_for_every_whole_hop(num_samples: int) -> None:
    assert spectrogram(np.zeros(num_samples, np.float32)).shape == (1, 1025, num_samples // 640)


@given(st.integers(min_value=400, max_value=2000))
def test_log_mel_counts_whole_windows_only(num_samples: int) -> None:
    assert log_mel(np.zeros(num_samples, np.float32)).shape == (1 + (num_samples - 400) // 160, 80)


@pytest.mark.parametrize(("peak", "expected"), [(0.5, 0.5), (1.6, 1.0), (5.0, 2.5)])
def test_what_is_too_loud_is_divided_by_two_at_most(peak: float, expected: float) -> None:
    samples = np.array([0.1, -peak], np.float32)
    assert np.abs(within_scale(samples)).max() == pytest.approx(expected)
