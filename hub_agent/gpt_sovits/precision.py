"""How exactly the weights of the networks that speak are kept."""

from enum import StrEnum


class Precision(StrEnum):
    """Of the token network, and of the generator where that sounds nearly the same.

    Everything else is float32.
    """

    INT8 = "int8"
    FP32 = "fp32"
