"""How exactly the weights of the token network are kept."""

from enum import StrEnum


class Precision(StrEnum):
    """Of the token network's weights; everything else is float32."""

    INT8 = "int8"
    FP32 = "fp32"
