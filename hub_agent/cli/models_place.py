"""Where the models lie, by the settings."""

import os
from pathlib import Path


def models_place(config: Path | None, *, make: bool = False) -> Path:
    """The folder of the models; with `make` the data folder is there afterwards."""
    from hub_agent.paths import data_folder, make_data_folder, models_folder
    from hub_agent.settings.load import load_settings

    data_dir = data_folder(load_settings(config, env=os.environ).core.data_dir)
    return models_folder(make_data_folder(data_dir) if make else data_dir)
