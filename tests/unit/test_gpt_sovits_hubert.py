"""HuBERT hears what the official one hears."""

import numpy as np
import pytest

from hub_agent.errors import ModelFileError
from hub_agent.gpt_sovits.checkpoint.hubert import HubertCheckpoint
from hub_agent.gpt_sovits.checkpoint.kind import Kind
from hub_agent.gpt_sovits.checkpoint.weights import Renamed
from hub_agent.gpt_sovits.graphs.codes import build_codes
from hub_agent.gpt_sovits.graphs.hubert import build_hubert
from hub_agent.gpt_sovits.sessions import open_session
from tests.fakes.golden import arrays, golden_folder
from tests.fakes.sovits import golden_checkpoint, session_of


def test_hubert_gives_the_official_features_and_tokens() -> None:
    golden = arrays("hubert_tiny")
    checkpoint = HubertCheckpoint.read(golden_folder("hubert_tiny"))
    model = build_hubert(checkpoint.weights, checkpoint.config)
    session = open_session(model.SerializeToString(), num_threads=1)
    (hidden,) = session.run(None, {"samples": golden["wave16k_padded"]})
    assert np.abs(hidden.transpose(0, 2, 1) - golden["last_hidden_state"]).max() < 5e-5
    codes = session_of(build_codes, golden_checkpoint(Kind.S2_V2))
    (tokens,) = codes.run(None, {"hidden": hidden})
    assert tokens.tolist() == golden["prompt_semantic_v2"].tolist()


def test_a_missing_weight_is_named() -> None:
    checkpoint = HubertCheckpoint.read(golden_folder("hubert_tiny"))
    name = "encoder.layers.1.attention.k_proj.weight"
    incomplete = Renamed(
        checkpoint.weights, {key: key for key in checkpoint.weights if key != name}
    )
    with pytest.raises(ModelFileError, match=r"k_proj\.weight is missing"):
        build_hubert(incomplete, checkpoint.config)
