"""Options that many commands have."""

from pathlib import Path
from typing import Annotated

import typer

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        envvar="HUB_AGENT_CONFIG",
        help="Settings file.",
        show_default="the user's, else the machine's, else the defaults",
    ),
]
