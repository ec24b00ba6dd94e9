"""Check of what networks are computed with."""

from hub_agent.cli.checkup import Check, failed, ok
from hub_agent.gpt_sovits.sessions import providers
from hub_agent.settings.models import CoreSettings


def check_computing(settings: CoreSettings) -> Check:
    """Whether the installed onnxruntime has the provider of the settings."""
    wanted, offered = settings.engines.gpt_sovits.provider, providers()
    listed = ", ".join(offered)
    if wanted not in offered:
        return failed(
            "computing",
            f"onnxruntime cannot compute with {wanted} here, only with: {listed}",
            f"install the onnxruntime made for {wanted}, or set engines.gpt_sovits.provider: cpu",
        )
    return ok("computing", f"with {wanted}; onnxruntime has: {listed}")
