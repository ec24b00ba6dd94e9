"""All graphs that a SoVITS checkpoint makes, by the names of their files."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from hub_agent.gpt_sovits.checkpoint.s2_shapes import S2Config
from hub_agent.gpt_sovits.checkpoint.weights import Weights
from hub_agent.gpt_sovits.graphs.codes import build_codes
from hub_agent.gpt_sovits.graphs.flow import build_flow
from hub_agent.gpt_sovits.graphs.generator import build_coarse, build_fine
from hub_agent.gpt_sovits.graphs.style import build_style
from hub_agent.gpt_sovits.graphs.text_encoder import build_text_encoder

if TYPE_CHECKING:
    import onnx

TEXT_ENCODER_FILE: Final = "text_encoder.onnx"
FLOW_FILE: Final = "flow.onnx"
COARSE_FILE: Final = "generator_coarse.onnx"
FINE_FILE: Final = "generator_fine.onnx"
COARSE_INT8_FILE: Final = "generator_coarse_int8.onnx"
FINE_INT8_FILE: Final = "generator_fine_int8.onnx"
GENERATOR_INT8_WEIGHTS_FILE: Final = "generator_int8.weights"
STYLE_FILE: Final = "style.onnx"
CODES_FILE: Final = "codes.onnx"

Build = Callable[[Weights, S2Config], "onnx.ModelProto"]

SPEAKING: Final[Mapping[str, Build]] = {
    TEXT_ENCODER_FILE: build_text_encoder,
    FLOW_FILE: build_flow,
    COARSE_FILE: build_coarse,
    FINE_FILE: build_fine,
}
ENROLLING: Final[Mapping[str, Build]] = {STYLE_FILE: build_style, CODES_FILE: build_codes}
