"""The speaker network tells speakers as the official one does."""

import numpy as np

from hub_agent.gpt_sovits.checkpoint.speaker import read_speaker_weights
from hub_agent.gpt_sovits.filterbank import log_mel
from hub_agent.gpt_sovits.graphs.speaker import build_speaker
from hub_agent.gpt_sovits.sessions import open_session
from tests.fakes.golden import arrays, golden_file


def test_the_embedding_is_the_official_one() -> None:
    golden = arrays("sv_tiny")
    model = build_speaker(read_speaker_weights(golden_file("sv_tiny.ckpt")))
    session = open_session(model.SerializeToString(), num_threads=1)
    for bands in (golden["fbank"], log_mel(golden["wave16k"])):
        (embedding,) = session.run(None, {"bands": bands})
        assert np.abs(embedding[0] - golden["emb"]).max() < 5e-4
