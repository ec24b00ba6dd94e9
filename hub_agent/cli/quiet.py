"""Commands talk themselves; of the log they show only what went badly wrong."""

import os

from hub_agent.cli.shell import DEBUG_VARIABLE
from hub_agent.logs import set_up_logs
from hub_agent.settings.models import LogSettings


def log_only_errors() -> None:
    """Keep the log off the terminal, unless everything is asked for."""
    level = "debug" if os.environ.get(DEBUG_VARIABLE) else "error"
    set_up_logs(LogSettings.model_validate({"level": level, "format": "console"}))
