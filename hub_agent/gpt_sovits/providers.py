"""What computes the networks: the CPU, or something quicker that onnxruntime can use."""

from enum import StrEnum
from typing import Any

from hub_agent.errors import UnavailableError


class Provider(StrEnum):
    """Execution providers of onnxruntime, by short names."""

    CPU = "cpu"
    CUDA = "cuda"
    TENSORRT = "tensorrt"
    MIGRAPHX = "migraphx"
    OPENVINO = "openvino"
    COREML = "coreml"
    QNN = "qnn"
    DIRECTML = "directml"
    XNNPACK = "xnnpack"

    @property
    def official_name(self) -> str:
        """As onnxruntime calls it."""
        return f"{_OFFICIAL[self]}ExecutionProvider"


_OFFICIAL = {
    Provider.CPU: "CPU",
    Provider.CUDA: "CUDA",
    Provider.TENSORRT: "Tensorrt",
    Provider.MIGRAPHX: "MIGraphX",
    Provider.OPENVINO: "OpenVINO",
    Provider.COREML: "CoreML",
    Provider.QNN: "QNN",
    Provider.DIRECTML: "Dml",
    Provider.XNNPACK: "Xnnpack",
}


def offered_by(onnxruntime: Any) -> tuple[Provider, ...]:
    """What the installed onnxruntime was built for; whether it starts is another matter."""
    names = onnxruntime.get_available_providers()
    return tuple(provider for provider in Provider if provider.official_name in names)


def require_offered(provider: Provider, onnxruntime: Any) -> None:
    """Raise `UnavailableError` where the installed onnxruntime was built without it."""
    offered = offered_by(onnxruntime)
    if provider not in offered:
        raise _unavailable(
            f"the installed onnxruntime cannot compute with {provider}",
            f"use one of {', '.join(offered)}, or install the onnxruntime made for {provider}",
        )


def require_used(provider: Provider, session: Any) -> None:
    """Raise `UnavailableError` where onnxruntime quietly took the CPU instead."""
    if session.get_providers()[0] != provider.official_name:
        raise not_started(provider)


def not_started(provider: Provider) -> UnavailableError:
    """The error of a provider that onnxruntime has and this machine does not."""
    return _unavailable(
        f"{provider} could not be started: its driver, a library or the model cannot be used",
        "install what it needs, or set engines.gpt_sovits.provider: cpu",
    )


def _unavailable(message: str, hint: str) -> UnavailableError:
    return UnavailableError(message, hint=hint, reason="provider_unavailable")
